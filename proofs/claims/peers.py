"""P: what other papers state about other random weights. Stated, with how sure we may be of it."""

from __future__ import annotations

from typing import Literal

from proofs.claims.model import Claim, Source
from proofs.evidence import Rung

_ROWS: tuple[tuple[str, str, str, str, str, str, Literal["R", "S", "M"]], ...] = (
    (
        "P1",
        "products of random weights, one by one",
        "With weights from any bounded distribution, a network of polynomial width O(d⁵l²), with "
        "1/ε², and depth 2l contains an approximation of the target.",
        r"N=O(d^5l^2/\varepsilon^2),\quad L=2l",
        "norm and sparsity assumptions on the target; 1/ε² is recalled, not re-read",
        "Malach, Yehudai, Shalev-Shwartz, Shamir 2020, arXiv 2002.00585",
        "S",
    ),
    (
        "P2",
        "hyperbolic weights, digits in base 3/2",
        "With weights of density ∝ 1/|w| on a bounded range, O(log 1/ε) intermediate neurons a "
        "target weight and depth 2l are enough, about d²·log(dl/ε) a layer.",
        r"O(\log(1/\varepsilon))\ \text{neurons a weight},\quad L=2l",
        "the density is recalled, not re-read",
        "Orseau, Hutter, Rivasplata 2020, arXiv 2006.12156",
        "S",
    ),
    (
        "P3",
        "subset sums of uniform products",
        "With weights uniform on [−1, 1], width d·C·log(dl/min(ε, δ)) and depth 2l are enough.",
        r"N=C\,d\log\frac{dl}{\min(\varepsilon,\delta)},\quad L=2l",
        "‖W‖ ≤ 1, ‖x‖ ≤ 1; the constant is not numeric (Lueker 1998)",
        "Pensia, Rajput, Nagle, Vishwakarma, Papailiopoulos 2020, arXiv 2006.07990",
        "S",
    ),
    (
        "P4",
        "binary weights, unary counts",
        "With binary weights, width O(l·d^{3/2}/ε + l·d·log(ld/ε)) and depth 2l are enough.",
        r"N=O\bigl(l\,d^{3/2}/\varepsilon+l\,d\log(ld/\varepsilon)\bigr),\quad L=2l",
        "the depth is recalled, not re-read",
        "Diffenderfer, Kailkhura 2021, Multi-Prize Lottery Ticket, ICLR",
        "S",
    ),
    (
        "P5",
        "weights on a grid, exact representation",
        "With weights uniform on a grid of step δ in [−1, 1], width O(d·log(1/δ)) and depth 2l "
        "(l + 1 with one more logarithm) represent targets on a coarser grid exactly, with a "
        "matching lower bound.",
        r"N=O(d\log(1/\delta)),\quad L=2l",
        "a grid of ±1 alone is not covered",
        "Kumar, Natale 2025, Quantization vs Pruning, arXiv 2508.11020",
        "R",
    ),
    (
        "P6",
        "edge-popup",
        "Masks found by gradient search on scores; a random Wide ResNet-50's subnetwork reaches "
        "73.3% top-1 on ImageNet.",
        r"\text{empirical}",
        "empirical",
        "Ramanujan, Wortsman, Kembhavi, Farhadi, Rastegari 2020, arXiv 1911.13299",
        "S",
    ),
)

CLAIMS = tuple(
    Claim(
        id=label,
        title=title,
        statement=statement,
        latex=latex,
        source=Source("literature", reference, sure),
        domain=domain,
        depends_on=(),
        required=Rung.STATED,
        outline="As its authors state it; nothing here proves it.",
        checks=(),
    )
    for label, title, statement, latex, domain, reference, sure in _ROWS
)
