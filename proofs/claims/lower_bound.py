"""T: how many weights and layers any such network needs."""

from __future__ import annotations

import itertools

import numpy as np

from proofs.claims.coverings import (
    all_masks,
    counts_all_masks,
    counts_the_grid,
    covers_by_balls,
    is_deep_enough,
    shapes_of,
    slopes,
)
from proofs.claims.machine import machine_checked
from proofs.claims.model import OURS, Check, Claim, Clause, Source
from proofs.evidence import Case, Evidence, Rung, from_cases

# -- T3 and T4 -------------------------------------------------------------------------------


def check_slopes(case: Case) -> Evidence:
    """All masked ±1 networks of width ≤ 2 and depth ≤ 3: their slope on a half-axis."""
    count = 0
    for k, L in ((1, 1), (1, 2), (1, 3), (2, 2), (2, 3)):
        shapes = shapes_of(k, L)
        size = sum(a * b for a, b in shapes)
        entries = np.array(list(itertools.product((-1, 0, 1), repeat=size)))
        count += len(entries)
        steep = np.abs(slopes(entries, shapes)) > k ** (L - 1)
        if steep.any():
            found = {"k": k, "L": L, "weights": entries[steep.argmax()].tolist()}
            return from_cases(count, "networks", found)
    return from_cases(count, "networks")


_BM = Source(
    "literature", "Brunn–Minkowski inequality, isodiametric form, for any norm on R^D", "M"
)

CLAIMS = (
    Claim(
        id="BM",
        title="Brunn–Minkowski",
        statement="A set of diameter 2ε in a D-dimensional normed space has at most the volume "
        "of a ball of radius ε.",
        latex=r"\mathrm{diam}\,A\le2\varepsilon\;\Rightarrow\;\mathrm{vol}\,A\le\varepsilon^D\,"
        r"\mathrm{vol}\,B",
        source=_BM,
        domain="any norm on R^D, D ≥ 1",
        depends_on=(),
        outline="From the literature; nothing here checks it: vol((A − A)/2) ≥ vol(A), and (A − "
        "A)/2 ⊂ εB.",
        clauses=(
            Clause("inequality", "The volume is at most that of the ball; from the literature."),
        ),
    ),
    Claim(
        id="T1",
        title="linear targets need d²·log₂(1/ε) weights",
        statement="l = 1, d_0 = d_1 = d: a network with n weights of any kind whose masks, at "
        "one scale, approximate every linear map of norm ≤ 1 within ε on the unit ball has n "
        "≥ d²·log₂(1/ε); half a bit a weight fewer on nonnegative inputs; log₂(1/(1−δ)) "
        "fewer if each target is served with probability 1 − δ. With a real scale for each "
        "target, n ≥ d²·log₂(1/(2ε)) − log₂(2 + 1/ε) (void for d = 1).",
        latex=r"n\ge d^2\log_2\frac1\varepsilon",
        source=OURS,
        domain="d ≥ 1, 0 < ε ≤ 1",
        depends_on=("BM",),
        outline="Maps served by one mask are within 2ε of each other, so their set has at most "
        "the volume of an ε-ball (BM); 2^n of them cover the unit ball. Tickets need not be "
        "linear. A free scale is rounded to a grid of fewer than 2 + 1/ε, at the price of ε.",
        clauses=(
            Clause(
                "counting",
                "A network of n weights of any kind has 2^n masks, which serve at most 2^n targets "
                "of which no two are served by one function.",
                (machine_checked("T1_counting", "T1_masks"),),
            ),
            Clause("volumes", "So n ≥ d²·log₂(1/ε).", argued="T1"),
            Clause("nonnegative inputs", "Half a bit per weight fewer.", argued="T1"),
            Clause("one target at a time", "log₂(1/(1−δ)) fewer.", argued="T1"),
            Clause("real scales", "n ≥ d²·log₂(1/(2ε)) − log₂(2 + 1/ε).", argued="T1"),
        ),
        tests=(all_masks(counts_all_masks),),
    ),
    Claim(
        id="T5",
        title="linear targets, without Brunn–Minkowski",
        statement="In the setting of T1, n ≥ d²·(log₂(1/ε) − 1), by volumes alone; half a bit a "
        "weight fewer on nonnegative inputs. And n ≥ d²·log₂⌈1/(εd)⌉, nonnegative inputs or not, "
        "by counting a grid of targets.",
        latex=r"n\ge d^2\Bigl(\log_2\frac1\varepsilon-1\Bigr)",
        source=OURS,
        domain="d ≥ 1, 0 < ε ≤ 1",
        depends_on=(),
        outline="Maps served by one mask lie in a ball of radius 2ε around any of them; volumes "
        "scale by (2ε)^{d²}, and 2^n of these balls cover the unit ball. Half a bit for "
        "nonnegative inputs as in T1. The grid: M = ⌈1/(εd)⌉ values in [−1/d, 1/d] more than 2ε "
        "apart make M^{d²} matrices of norm at most 1, and two of them differ by more than 2ε at "
        "some unit vector, so that no function is within ε of both.",
        clauses=(
            Clause("covering", "2^n balls of radius 2ε cover the unit ball.", argued="T5"),
            Clause("nonnegative inputs", "Half a bit per weight fewer.", argued="T5"),
            Clause(
                "grid",
                "n ≥ d²·log₂⌈1/(εd)⌉, weights of any kind, nonnegative inputs, one scale; for d_0 "
                "inputs and d_1 outputs d_0·d_1 takes the place of d², their maximum that of d.",
                (machine_checked("T5_grid", "T5_weights"),),
            ),
        ),
        tests=(all_masks(covers_by_balls), all_masks(counts_the_grid, "all-masks-grid")),
    ),
    Claim(
        id="T3",
        title="depth, if the width is of order d",
        statement="All d_i = d, width N ≤ c·d, c ≥ 1, l = 1, or l ≥ 2 and d ≥ 2: L ≥ T/(c²d²), T "
        "the bound of T1 or T2.",
        latex=r"L\ge\frac{T}{c^2d^2}",
        source=OURS,
        domain="all d_i = d; c ≥ 1; l = 1, or l ≥ 2 and d ≥ 2",
        depends_on=("T1", "T2"),
        outline="L layers between widths at most cd have at most L(cd)² weights.",
        clauses=(
            Clause("count", "At most L(cd)² weights, so L ≥ T/(c²d²).", argued="T3"),
            Clause(
                "linear targets, by a grid",
                "L ≥ log₂⌈1/(εd)⌉/c² for l = 1, from the grid of T5.",
                (machine_checked("T3_depth"),),
            ),
        ),
        tests=(all_masks(is_deep_enough),),
    ),
    Claim(
        id="T4",
        title="constant depth needs polynomial width",
        statement="On a coordinate half-axis a masked ±1 network of width k and depth L has an "
        "integer slope of size at most k^{L−1}; approximating every slope in [−1, 1] within "
        "ε at one scale needs k^{L−1} ≥ (1/ε − 1)/2.",
        latex=r"k^{L-1}\ge\tfrac12\Bigl(\frac1\varepsilon-1\Bigr)",
        source=OURS,
        domain="k, L ≥ 1, 0 < ε ≤ 1",
        depends_on=(),
        outline="The network is positively homogeneous, so on t·e_j it is t times an integer; "
        "its size grows by at most the width a layer. 2k^{L−1} + 1 slopes, each within ε of "
        "an interval of length 2ε, cover [−1, 1].",
        clauses=(
            Clause(
                "slopes",
                "They are integers of size at most k^{L−1}.",
                (machine_checked("T4_slope"),),
            ),
            Clause("width", "So k^{L−1} ≥ (1/ε − 1)/2.", (machine_checked("T4_width"),)),
        ),
        tests=(Check("all-small-networks", Rung.TESTED, check_slopes, cost=3),),
    ),
)
