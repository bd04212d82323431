"""T2: deep targets whose kinks and slopes any approximation gives back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from flint import arb
from numpy.typing import NDArray

from proofs.claims.model import OURS, Check, Claim, Clause
from proofs.evidence import Case, Evidence, Rung, from_cases
from proofs.symbolic import exact, log2, proof_evidence, prove_positive_on_box

CONSTANT = Fraction(162, 10)
Matrices = NDArray[np.float64]  # B_1 … B_l, shape (l, d, d)


@dataclass(frozen=True)
class Family:
    """T2's targets α^l(I − B_l)σ(… σ((I − B_1)x)) for l layers of width d.

    B_i has entries in [τ, τ + ρ] off the diagonal; on it 0, but [0, ρ] for i = l. Inputs are
    x_j ∈ [h/2, h] but for one coordinate x_k = s ∈ [0, h/2], the only one that is ever cut.
    """

    layers: int
    d: int
    spread: float = 48.0  # τ/(ρ·l)

    @property
    def tau(self) -> float:
        """τ = 1/(8ld)."""
        return 1 / (8 * self.layers * self.d)

    @property
    def rho(self) -> float:
        """ρ = τ/(48l), the side of the cube."""
        return self.tau / (self.spread * self.layers)

    @property
    def h(self) -> float:
        """The largest coordinate of an input, d^{−1/2}."""
        return 1 / math.sqrt(self.d)

    @property
    def gap(self) -> float:
        """G = τ(d − 1)h/8, the unit of distances between kinks."""
        return self.tau * (self.d - 1) * self.h / 8

    @property
    def parameters(self) -> int:
        """D = l·d² − (l − 1)·d."""
        return self.layers * self.d**2 - (self.layers - 1) * self.d

    def draw(self, rng: np.random.Generator) -> Matrices:
        """Return a member: uniform in the cube, or one of its corners."""
        shape = (self.layers, self.d, self.d)
        share = rng.random(shape) if rng.random() < 0.5 else rng.integers(0, 2, shape)
        B = self.tau + self.rho * share
        diagonal = np.arange(self.d)
        B[:, diagonal, diagonal] = 0
        B[-1, diagonal, diagonal] = self.rho * share[-1, diagonal, diagonal]
        return np.asarray(B, dtype=np.float64)

    def products(self, B: Matrices) -> Matrices:
        """Return P_0 = I, …, P_l with P_i = (I − B_i)…(I − B_1)."""
        found = [np.eye(self.d)]
        for one in B:
            found.append((np.eye(self.d) - one) @ found[-1])
        return np.array(found)

    def rows(self, B: Matrices, k: int) -> NDArray[np.float64]:
        """Return r_ikj = −(P_i)_kj/(P_i)_kk for i < l, shape (l − 1, d), and 0 at j = k."""
        P = self.products(B)[1 : self.layers, k]
        r = -P / P[:, k : k + 1]
        r[:, k] = 0
        return np.asarray(r)

    def values(self, B: Matrices, x: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Return the pre-activations of every layer, without the factors α; x of shape (d, …)."""
        found, z = [], x
        for one in B:
            found.append(z - one @ z)
            z = np.maximum(found[-1], 0)
        return found


def check_family(case: Case) -> Evidence:
    """Random and extreme members: norms, order of kinks, what is cut, slopes and jumps."""
    rng, count, slack = case.rng(), case.pick(60, 1500), None
    for i in range(count):
        family = Family(int(rng.integers(1, 9)), int(rng.integers(2, 8)))
        B, other, k = family.draw(rng), family.draw(rng), int(rng.integers(family.d))
        y = _corner(rng, family)
        fault, room = _faults(family, B, other, k, y)
        if fault:
            found = {"l": family.layers, "d": family.d, "k": k, "fault": fault}
            return from_cases(i + 1, "members", found)
        slack = room if slack is None else min(slack, room)
    return from_cases(count, "members", slack=slack)


def _corner(rng: np.random.Generator, family: Family) -> NDArray[np.float64]:
    share = rng.random(family.d) if rng.random() < 0.5 else rng.integers(0, 2, family.d)
    return np.asarray(family.h * (1 + share) / 2)


def _faults(
    family: Family, B: Matrices, other: Matrices, k: int, y: NDArray[np.float64]
) -> tuple[str, float]:
    """Return what is wrong with a member, "" for nothing, and the least distance G/4 − |θ − θ'|."""
    l_, d, h, G = family.layers, family.d, family.h, family.gap
    alpha = 1 / (1 + 1.03 * family.tau * d)
    if max(np.linalg.norm(alpha * (np.eye(d) - one), 2) for one in B) > 1:
        return "a layer's norm is above 1", 0.0
    diagonal = np.diagonal(family.products(B)[:l_], axis1=1, axis2=2)
    if diagonal.min() < 1 - 1e-15 or diagonal.max() > 1 + 0.0082 / d:
        return "a diagonal entry of P_i", 0.0
    theta = family.rows(B, k) @ y
    room = G / 4 - float(np.abs(theta - family.rows(other, k) @ y).max(initial=0.0))
    distances = np.diff(theta, prepend=0.0)
    if l_ > 1 and (distances[0] < 4 * G or theta[-1] > 0.13 * h):
        return "the first or the last kink", room
    if (distances[1:] < 2.9 * G).any() or room <= 0:
        return "kinks too near to one another, or too far from another member's", room
    ends = np.concatenate([[0.0], theta, [h / 2]])
    at = np.sort(np.concatenate([ends[:-1] + 0.1 * G, ends[1:] - 0.1 * G]))  # two per interval
    x = np.repeat(y[:, None], len(at), axis=1)
    x[k] = at
    layers = family.values(B, x)
    rest = np.delete(np.array(layers), k, axis=1)
    if rest[:-1].min(initial=h) < 0.37 * h:
        return "another coordinate is nearly cut", room
    interval = np.arange(len(at)) // 2  # the number of kinks below
    if any((layers[i][k] > 0).tolist() != (interval > i).tolist() for i in range(l_ - 1)):
        return "a coordinate is cut elsewhere than at its kink", room
    output = alpha**l_ * np.delete(layers[-1], k, axis=0)
    slopes = np.diff(output, axis=1)[:, ::2] / np.diff(at)[::2]
    if (slopes[:, :-1] - slopes[:, 1:] < 0.75 * family.tau).any():
        return "a jump of the slope below ¾τ", room
    return "", room


def check_recovery(case: Case) -> Evidence:
    """Members from their kinks and P_l, and the Jacobian of that map, by formula and by steps."""
    rng, count, slack = case.rng(), case.pick(20, 300), None
    for i in range(count):
        family = Family(int(rng.integers(1, 4)), int(rng.integers(2, 4)))
        B = family.draw(rng)
        error = float(np.abs(_from_image(family, _image(family, B)) - B).max())
        formula = _log_jacobian(family, B)
        measured = _measured_log_jacobian(family, B)
        bound = -0.0172 * family.layers * family.d
        if error > 1e-9 or formula < bound or abs(formula - measured) > 1e-5:
            found = {
                "l": family.layers,
                "d": family.d,
                "error": error,
                "log Jacobian": formula,
                "by differences": measured,
            }
            return from_cases(i + 1, "members", found)
        slack = formula - bound if slack is None else min(slack, formula - bound)
    return from_cases(count, "members", slack=slack)


def _image(family: Family, B: Matrices) -> list[NDArray[np.float64]]:
    """Return Φ(B): the rows r_ik of every layer but the last, then P_l."""
    rows = [family.rows(B, k) for k in range(family.d)]  # each (l − 1, d)
    return [*np.stack(rows, axis=1), family.products(B)[-1]]


def _from_image(family: Family, image: list[NDArray[np.float64]]) -> Matrices:
    """Return B from Φ(B): layer by layer, each row of (I − B_i) up to scale, and 1 at k."""
    eye, before, found = np.eye(family.d), np.eye(family.d), []
    for rows in image[:-1]:
        scaled = (eye - rows) @ np.linalg.inv(before)
        step = scaled / np.diagonal(scaled)[:, None]
        found.append(eye - step)
        before = step @ before
    found.append(eye - image[-1] @ np.linalg.inv(before))
    return np.array(found)


def _log_jacobian(family: Family, B: Matrices) -> float:
    """Return ln|Jac Φ| = Σ_{i<l} (d·ln|det P_{i−1}| − d·Σ_k ln(P_i)_kk) + d·ln|det P_{l−1}|."""
    P, d = family.products(B), family.d
    logs = [float(np.linalg.slogdet(one)[1]) for one in P[: family.layers]]
    kinks = (np.log(np.diagonal(one)).sum() for one in P[1 : family.layers])
    return d * sum(logs) - d * float(sum(kinks))


def _measured_log_jacobian(family: Family, B: Matrices) -> float:
    """The same by central differences in all D parameters."""
    free = ~np.eye(family.d, dtype=np.bool_)
    places = [np.flatnonzero(free.ravel())] * (family.layers - 1) + [np.arange(family.d**2)]
    step, columns = 1e-5, []
    for i, where in enumerate(places):
        for place in where:
            change = np.zeros_like(B)
            change[i].flat[place] = step
            up, down = (_image(family, B + sign * change) for sign in (1, -1))
            moved = [(a - b) / (2 * step) for a, b in zip(up, down, strict=True)]
            columns.append(
                np.concatenate([m.ravel()[w] for m, w in zip(moved, places, strict=True)])
            )
    return float(np.linalg.slogdet(np.array(columns))[1])


def prove_constants(case: Case) -> Evidence:
    """Prove every number of T2's proof, the common factors taken out."""
    side = 1 + arb(1) / 48  # (τ + ρ)/τ
    x = side / 8  # l·d·(τ + ρ)
    odd = sum((2 * x ** (q - 2) / math.factorial(q) for q in range(3, 30, 2)), arb(0))
    even = sum((2 * x ** (q - 2) / math.factorial(q) for q in range(4, 30, 2)), arb(0))
    ball = {
        "‖B_i‖ ≤ d(τ + ρ) ≤ 1.021·τd": arb("1.021") - side,
        "α^l ≥ e^{−1.03/8} ≥ 0.879": (-arb("1.03") / 8).exp() - arb("0.879"),
        "the term of order 2 of (P_i)_kk is at most 0.00815/d": arb("0.00815") - x**2 / 2,
        "its odd orders from 3 on are less than a quarter of it": arb(1) / 4 - arb("1.05") * odd,
        "its even orders from 4 on less than a five-hundredth": arb("0.002") - arb("1.05") * even,
        "so 1 ≤ (P_i)_kk ≤ 1 + 0.0082/d": arb("0.0082") - arb("0.00815") * arb("1.002"),
        "coordinates that are not cut stay above 0.37h": arb(1) / 2 - x - arb("0.37"),
        "kinks are 2.9G apart or more": 8 * arb("0.37") / (1 + arb("0.0082") / 2) - arb("2.9"),
        "and below 0.13h": arb("0.13") - x,
        "those of two members differ by less than G/4": arb(1) / 4 - 8 * x.exp() / 48,
        "v ≥ 0.867τ": 1 - side * x - side / 48 / 16 - arb("0.867"),
        "jumps are at least ¾τ": arb("0.879") * arb("0.867") - arb(3) / 4,
        "|θ − θ'| ≤ 4.5ε/(¾τ) = 6ε/τ": arb("4.5") - 4 - 1 / arb("2.4"),
        "entries of P_l agree within 9.2ε√d": arb("9.2") - 8 / arb("0.879"),
        "ln|det(I − B_i)| ≥ −Σ_{q≥2} tr(B_i^q)/q ≥ −0.009/l²": arb("0.009") + (1 - x).log() + x,
        "ln|Jac Φ| ≥ −0.0172·ld": arb("0.0172") - arb("0.009") / 2 - arb("0.0082"),
        "log₂(8·48·192) + 0.0172·log₂e ≤ 16.2": exact(CONSTANT)
        - log2(arb(8 * 48 * 192))
        - arb("0.0172") * log2(arb(1).exp()),
    }
    return proof_evidence(
        [prove_positive_on_box(name, name, lambda v=v: v, {}) for name, v in ball.items()]
    )


def refute_wide_cube(case: Case) -> Evidence:
    """Find two members of a cube of side τ/2 whose kinks are G/4 apart or more."""
    rng, count = case.rng(), case.pick(200, 2000)
    for i in range(count):
        layers, d = ((2, 2), (3, 2), (3, 3))[i % 3]
        family = Family(layers, d, spread=2.0 / layers)
        one, other = family.draw(rng), family.draw(rng)
        apart = np.abs((family.rows(one, 0) - family.rows(other, 0)) @ _corner(rng, family)).max()
        if apart >= family.gap / 4:
            found = {"l": layers, "d": d, "distance/G": float(apart / family.gap)}
            return from_cases(i + 1, "pairs", found)
    return from_cases(count, "pairs")


CLAIMS = (
    Claim(
        id="T2",
        title="targets of every depth need about l·d²·log₂(1/ε) weights",
        statement="d ≥ 2, all d_i = d: n ≥ D·(log₂(1/ε) − 3log₂l − (5/2)log₂d − "
        f"{float(CONSTANT)}), D = l·d² − (l−1)·d.",
        latex=r"n\ge D\Bigl(\log_2\frac1\varepsilon-3\log_2l-\tfrac52\log_2d-"
        rf"{float(CONSTANT)}\Bigr),\quad D=l\,d^2-(l-1)\,d",
        source=OURS,
        domain="l ≥ 1, d ≥ 2, 0 < ε; nonnegative inputs suffice",
        depends_on=(),
        outline="Layers α(I − B_i) with D small free entries. Where all coordinates but one are "
        "large, only that one is ever cut, once per hidden layer, at kinks θ_i whose distance and "
        "whose jumps of the slope are bounded below. Functions within 2ε have kinks within 6ε/τ "
        "of each other, and the kinks, as linear functions of the other coordinates, and P_l give "
        "back all B_i by a map whose Jacobian is nearly 1. So targets served by one mask have "
        "images in a box of side 192·εld^{3/2}, and 2^n boxes cover the image of a cube of side "
        "1/(384·l²d).",
        clauses=(
            Clause(
                "family",
                "Every member has layer norms at most 1, and only one coordinate is ever cut.",
                argued="T2",
            ),
            Clause("kinks", "Functions within 2ε have kinks within 6ε/τ.", argued="T2"),
            Clause(
                "recovery",
                "Kinks and P_l give back the D parameters, with ln|Jac| ≥ −0.0172·ld.",
                argued="T2",
            ),
            Clause("covering", "2^n boxes cover the image of the cube.", argued="T2"),
            Clause(
                "constants",
                "The numbers of the proof, and so the constant.",
                (Check("constants", Rung.PROVED, prove_constants),),
            ),
        ),
        tests=(
            Check("members", Rung.TESTED, check_family, cost=3),
            Check("recovery", Rung.TESTED, check_recovery, cost=3),
        ),
    ),
)
