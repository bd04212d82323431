"""S*: groups of k neurons in base −2 (S*1–S*5), and signed inputs held in groups (H4)."""

from __future__ import annotations

import itertools
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from constructions import exact, grouped
from constructions.grouped_plan import plan_of_groups
from constructions.input_groups import over_wires, read_by_wires
from constructions.numbers import total
from constructions.quantize import Precision
from constructions.request import Request
from proofs.claims import draws
from proofs.claims.failure_sums import failure_sum
from proofs.claims.model import OURS, Check, Claim, Clause
from proofs.evidence import Case, Evidence, Rung, from_cases
from proofs.symbolic import exact as exact_ball

LEAST_GAMMA = 3


def _more(case: Case, *values: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Return what a full run looks at besides."""
    return values if case.effort == "full" else ()


# -- H4 ----------------------------------------------------------------------------------------


def hold_wires(case: Case) -> Evidence:
    """Hold the wires of random integer inputs against H4, written out once more."""
    rng, count = case.rng(), case.pick(200, 2000)
    for i in range(count):
        d, c = (int(v) for v in rng.integers(1, 9, size=2))
        x, V = rng.integers(-9, 10, size=d), rng.integers(-8, 9, size=(2, d))
        halves = np.concatenate([np.maximum(x, 0), np.maximum(-x, 0)])
        wires = np.array([halves[row].sum() for row in read_by_wires(d, c)])
        expected, columns = [], []
        for start in range(0, d, c):
            members = range(start, min(start + c, d))
            w_0 = sum(max(x[j], 0) for j in members)
            expected += [w_0, *(w_0 - x[j] for j in members)]
            columns += [V[:, start : start + c].sum(axis=1), *(-V[:, j] for j in members)]
        right = wires.tolist() == [int(v) for v in expected] and (wires >= 0).all()
        right &= over_wires(V, c).tolist() == np.stack(columns, axis=1).tolist()
        if not right or ((over_wires(V, c) @ wires) != V @ x).any():
            return from_cases(i + 1, "inputs", {"x": x.tolist(), "V": V.tolist(), "c": c})
    return from_cases(count, "inputs")


def check_input_groups(case: Case) -> Evidence:
    """All signs of small pools: the failure of one group of c inputs against H4's sum."""
    count, slack = 0, None
    for c, N in ((1, 2), (1, 3), (1, 4), (2, 3), (2, 4), *_more(case, (2, 5))):
        neurons = list(itertools.product((0, 1), repeat=2 * c))
        reads, failures, draws_ = read_by_wires(c, c), 0, 0
        for signs in itertools.product(neurons, repeat=N):
            draws_ += 1
            failures += not _wires_are_served(signs, reads)
        probability = Fraction(failures, draws_)
        bound = sum(_binomial_at_most(i, N, c) for i in range(c + 1))
        count += draws_
        if probability > bound:
            found = {"c": c, "N": N, "failure": probability, "bound": bound}
            return from_cases(count, "sign matrices", found)
        gap = float(bound - probability)
        slack = gap if slack is None else min(slack, gap)
    return from_cases(count, "sign matrices", slack=slack)


def _wires_are_served(signs: tuple[tuple[int, ...], ...], reads: list[list[int]]) -> bool:
    unused = list(range(len(signs)))
    for row in reads:
        fit = next((r for r in unused if all(signs[r][h] for h in row)), None)
        if fit is None:
            return False
        unused.remove(fit)
    return True


def _binomial_at_most(i: int, N: int, c: int) -> Fraction:
    fit = Fraction(1, 2**c)
    return sum((math.comb(N, a) * fit**a * (1 - fit) ** (N - a) for a in range(i + 1)), Fraction(0))


# -- S*1–S*3 -----------------------------------------------------------------------------------


def run_group(start: int, digits: list[tuple[int, ...]]) -> list[list[int]]:
    """Return what the members hold after every stage: the sum of the others, less the old own."""
    values = [[start + d for d in digits[0]]]
    for more in digits[1:]:
        old = values[-1]
        values.append([sum(old) - 2 * own + d for own, d in zip(old, more, strict=True)])
    return values


def check_recursion(case: Case) -> Evidence:
    """Small groups with all digits: the differences are those of Σ_t (−2)^{K−t} d_i(t)."""
    count = 0
    for k, K in ((2, 1), (2, 2), (2, 3), (3, 2), (4, 2), *_more(case, (2, 5), (3, 3), (5, 2))):
        for flat in itertools.product((-1, 0, 1), repeat=k * K):
            digits = [tuple(flat[k * t : k * t + k]) for t in range(K)]
            count += 1
            last = run_group(3, digits)[-1]
            x = [sum((-2) ** (K - 1 - t) * digits[t][i] for t in range(K)) for i in range(k)]
            if any(a - last[-1] != v - x[-1] for a, v in zip(last, x, strict=True)):
                return from_cases(count, "groups", {"k": k, "digits": digits})
    return from_cases(count, "groups")


def check_range(case: Case) -> Evidence:
    """All N of small groups: how often no R serves every |V_i| ≤ 2^p, against S*2."""
    count, slack = 0, None
    for k, p, K in (
        *((3, p, K) for p in (0, 1) for K in (2, 3, 4)),
        *((4, p, 3) for p in (0, 1)),
        *_more(case, (3, 2, 5), (4, 1, 4), (5, 0, 3)),
    ):
        M, T, half = 2**K, 2 ** (p + 1), 2**p
        failures = sum(not _reached(N, p, K) for N in itertools.product(range(M), repeat=k))
        pairs = Fraction((k - 1) * (k - 2), 2) * T * (T + 1) + (k - 1) * half * (half + 1)
        bound, probability = pairs / 4**K, Fraction(failures, M**k)
        count += M**k
        exactly = exact.group_range_failure(k, p, K)
        if probability != exactly or probability > bound:
            found = {"k": k, "p": p, "K": K, "failure": probability, "bound": bound}
            return from_cases(count, "groups", found)
        gap = float(bound - probability)
        slack = gap if slack is None else min(slack, gap)
    return from_cases(count, "groups", slack=slack)


def _reached(N: tuple[int, ...], p: int, K: int) -> bool:
    """Whether some R puts every V_i + R into [−N_i, 2^K − 1 − N_i], for all |V_i| ≤ 2^p at once."""
    ends = itertools.product((-(2**p), 2**p), repeat=len(N) - 1)
    sums = ([n + v for n, v in zip(N, (*V, 0), strict=True)] for V in ends)
    return all(max(s) - min(s) <= 2**K - 1 for s in sums)


def check_no_clip(case: Case) -> Evidence:
    """Random groups, weights and R at the ends of their ranges: no member falls below 0."""
    rng, count, met = case.rng(), 0, None
    for k, p, e in itertools.product((4, 5, 6), range(5), (1, 2)):
        groups = case.pick(5_000, 50_000) * (12 if k == 4 and e == 1 and p >= 3 else 1)
        least, example = least_coefficients(rng, k, p, e, LEAST_GAMMA, groups)
        count += groups
        if least < 0:
            found = {"k": k, "p": p, "e": e, "least": least, "digits": example}
            return from_cases(count, "groups", found)
        met = least if met is None else min(met, least)
    return from_cases(count, "groups", details={"least coefficient": met})


def least_coefficients(
    rng: np.random.Generator, k: int, p: int, e: int, gamma: int, groups: int
) -> tuple[int, list[list[int]]]:
    """Return the least value that a member holds in random groups, and the digits it comes from.

    Weights are ±2^p or ±(2^p − 1), the last member is the reference, and R is the least or the
    largest that fits; groups in which none fits are passed over. Digits from the most significant.
    """
    K = p + 1 + e
    powers, turned = 2 ** np.arange(K - 1, -1, -1), (-1) ** np.arange(K - 1, -1, -1)
    signs = rng.choice((-1, 1), size=(groups, k, K)) * turned
    N = ((signs < 0) * powers).sum(axis=2)
    V = rng.choice((-(2**p), 1 - 2**p, 2**p - 1, 2**p), size=(groups, k))
    V[:, -1] = 0
    low, high = (-N - V).max(axis=1), (2**K - 1 - N - V).min(axis=1)
    best: tuple[int, list[list[int]]] = (2**K * gamma, [])
    for R in (low, high):
        bits = (V + R[:, None] + N)[low <= high][..., None] // powers % 2
        sign = signs[low <= high]
        digits = np.where(sign > 0, bits, 1 - bits) * sign * turned
        values = run_groups(gamma, digits)
        i = int(values.argmin()) if len(values) else -1
        if i >= 0 and values[i] < best[0]:
            best = int(values[i]), digits[i].T.tolist()
    return best


def run_groups(gamma: int, digits: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each group the least value a member ever holds; digits (groups, k, K)."""
    a = gamma + digits[..., 0]
    least: NDArray[np.int64] = a.min(axis=1)
    for t in range(1, digits.shape[-1]):
        a = a.sum(axis=1, keepdims=True) - 2 * a + digits[..., t]
        np.minimum(least, a.min(axis=1), out=least)
    return least


# -- S*4, S*5 ----------------------------------------------------------------------------------


def hold_plans(case: Case) -> Evidence:
    """Hold random plans against S*4's formulas, written out once more, and against δ."""
    rng, count = case.rng(), case.pick(30, 300)
    for i, (dims, eps, delta) in enumerate(draws.parameters(rng, count), 1):
        k, nonnegative = int(rng.integers(4, 7)), bool(i % 3 == 0)
        request = Request.of(dims, eps, delta, nonnegative=nonnegative)
        made = plan_of_groups(request, k, grouped_inputs=not nonnegative and bool(i % 2))
        first = 0 if nonnegative else 2 if made.c else 1
        m = [dims[0] if nonnegative else 2 * dims[0], *dims[1:-1]]
        if made.c:
            m[0] = dims[0] + math.ceil(dims[0] / (k - 1))
        groups = [math.ceil(n / (k - 1)) for n in dims[1:]]
        N = [
            wires + made.s_U + max(k * G + made.s_A, made.g)
            for wires, G in zip(m, groups, strict=True)
        ]
        right = (
            first + len(groups) * (made.K + 4) + 1 == made.L
            and made.p + 1 + made.e == made.K
            and max(N) <= made.N
            and list(made.widths[first + 1 : -1 : made.K + 4]) == N
            and bool(total(made.failure_bounds()) <= exact_ball(Fraction(Decimal(delta))))
        )
        if not right:
            at = {"dims": dims, "eps": eps, "delta": delta, "k": k, "c": made.c}
            return from_cases(i, "plans", at)
    return from_cases(count, "plans")


def certify_grouped(case: Case) -> Evidence:
    """Prune small random targets and let the kernel judge the tickets."""
    return draws.certify(case, grouped, case.pick(6, 60))


def measure_grouped(case: Case) -> Evidence:
    """Whole draws against δ, and every event against its bound."""
    return draws.measure(case, grouped, (2, 2, 1), "0.3", "0.6", case.pick(150, 1500))


def hold_limits(case: Case) -> Evidence:
    """Plans ever farther out: random weights over d²·l·log₂(1/ε) fall towards S*5's limits."""
    points = [(12, 300), (20, 3000), *_more(case, (28, 30_000))]
    count, slack = 0, None
    for layers, nonnegative in itertools.product((1, 3), (True, False)):
        found: dict[float, list[float]] = {4.0: []}
        for log_d, log_eps in points:
            scale = layers * 4.0**log_d * log_eps
            request = _far(layers, log_d, log_eps, nonnegative)
            found[4.0].append(grouped.plan(request).random_weights / scale)
            count += 1
            for k in (4, 6) if nonnegative else ():
                limit = ((2 * k - 1) / (k - 1)) ** 2
                ratio = plan_of_groups(request, k).random_weights / scale
                found.setdefault(limit, []).append(ratio)
                count += 1
        for limit, ratios in found.items():
            last = ratios[-1] / limit - 1
            falling = all(later < before for before, later in itertools.pairwise(ratios))
            if not (falling and 0 < last < (0.3 if limit == 4 else 0.05)):
                at = {"l": layers, "nonnegative": nonnegative, "limit": limit, "ratios": ratios}
                return from_cases(count, "plans", at)
            slack = last if slack is None else max(slack, last)
    return from_cases(count, "plans", details={"largest excess at the last point": slack})


def _far(layers: int, log_d: int, log_eps: int, nonnegative: bool) -> Request:
    """Return the request for d = 2^log_d and p = log₂(dl/ε), rounded up, with δ = ½."""
    bits = log_eps + log_d + (layers - 1).bit_length()
    precision = Precision(bits, (0,) * layers, "weights below 1, far out")
    dims = (2**log_d,) * (layers + 1)
    return Request.of(dims, "0.5", "0.5", nonnegative=nonnegative, precision=precision)


_CERTIFIED = Check("certified-tickets", Rung.CERTIFIED, certify_grouped, cost=8)
_RANGE = Check("all-signs", Rung.TESTED, check_range, cost=4)
_PLANS = Check("plans", Rung.TESTED, hold_plans, cost=4)

CLAIMS = (
    Claim(
        id="H4",
        title="signed inputs in groups",
        statement="Of c inputs, w_0 = Σ_i x_i⁺ and w_i = w_0 − x_i⁺ + x_i⁻ are ≥ 0, each the sum "
        "of c of the values x_i^±, and x_i = w_0 − w_i. Serving the wires of d inputs, in groups "
        "of at most c, from N neurons fails with probability at most Σ_g Σ_{i=0..c_g} P(Bin(N − "
        "Σ_{g'<g}(c_{g'} + 1), 2^{−c_g}) ≤ i).",
        latex=r"x_i=w_0-w_i,\qquad\Pr(\text{fail})\le\sum_g\sum_{i=0}^{c_g}\Pr\Bigl("
        r"\mathrm{Bin}\bigl(N-\sum_{g'<g}(c_{g'}+1),2^{-c_g}\bigr)\le i\Bigr)",
        source=OURS,
        domain="c ≥ 1, d ≥ 1, N ≥ d + ⌈d/c⌉",
        depends_on=("H2",),
        outline="w_0 − x_i⁺ is a sum of the other x⁺. The i-th wire of a group finds its c edges "
        "+ at each neuron with probability 2^−c, independently over the neurons that no earlier "
        "group uses; at most i of these are used by its own group. Different groups read "
        "different edges.",
        clauses=(
            Clause("values", "The wires are ≥ 0 and give back the inputs.", argued="H4"),
            Clause("failure", "P(fail) ≤ the sum.", argued="H4"),
        ),
        tests=(
            Check("wires", Rung.TESTED, hold_wires),
            Check("all-small-pools", Rung.TESTED, check_input_groups, cost=10),
        ),
    ),
    Claim(
        id="S*1",
        title="a group works in base −2",
        statement="Let each new member of a group of k hold the sum of the old members but its "
        "own, less its own, plus d_i(t): a_i(t+1) = Σ_h a_h(t) − 2a_i(t) + d_i(t+1), a_i(1) = γ + "
        "d_i(1). Then a_i(K) − a_k(K) = x_i(K) − x_k(K) with x_i(K) = Σ_t (−2)^{K−t} d_i(t).",
        latex=r"a_i^{(K)}-a_k^{(K)}=x_i^{(K)}-x_k^{(K)},\qquad x_i^{(K)}=\sum_{t=1}^K(-2)^{K-t}"
        r"d_i^{(t)}",
        source=OURS,
        domain="k ≥ 2, K ≥ 1, any γ and digits; digit b = K − t of sign s counts (−1)^b·s·2^b",
        depends_on=("E1",),
        outline="Σ_h a_h(t) is common to all members, and so are γ and all that follows from it. "
        "Without it the recursion is x(t+1) = −2x(t) + d(t+1). By E1 the digits of sign s'_b = "
        "(−1)^b s_b reach an interval.",
        clauses=(Clause("recursion", "The differences are those of x_i(K).", argued="S*1"),),
        tests=(Check("all-digits", Rung.TESTED, check_recursion, cost=3), _CERTIFIED),
    ),
    Claim(
        id="S*2",
        title="the range of a group",
        statement="Let N_i be uniform on 0 … 2^K − 1, K = p + 1 + e, independent. Some R puts V_i "
        "+ R into [−N_i, 2^K − 1 − N_i] for all i, V_k = 0, for every |V_i| ≤ 2^p at once, except "
        "with probability at most ρ_k = [½(k−1)(k−2)T(T+1) + (k−1)T'(T'+1)]/4^K, T = 2^{p+1}, T' "
        "= 2^p.",
        latex=r"\rho_k=4^{-K}\bigl[\tfrac12(k-1)(k-2)T(T+1)+(k-1)T'(T'+1)\bigr],\quad T=2^{p+1},"
        r"\ T'=2^p",
        source=OURS,
        domain="k ≥ 3, p ≥ 0, e ≥ 0",
        depends_on=(),
        outline="There is such an R if and only if max(N_i + V_i) − min(N_i + V_i) ≤ 2^K − 1: for "
        "every ordered pair of outputs N − N' ≤ 2^K − 1 − T, and for every pair with the "
        "reference ≤ 2^K − 1 − T'. T(T+1)/2 pairs of numbers break the first, T'(T'+1)/2 the "
        "second. A union bound.",
        clauses=(Clause("range", "It fails with probability at most ρ_k.", argued="S*2"),),
        tests=(_RANGE,),
    ),
    Claim(
        id="S*3",
        title="no member falls below 0",
        statement="If γ ≥ 3 and all |V_i| ≤ 2^{K−1−e}, e ≥ 1, then every a_i(t) ≥ 0.",
        latex=r"\gamma\ge3,\ |V_i|\le2^{K-1-e}\ \Longrightarrow\ a_i^{(t)}\ge0",
        source=OURS,
        domain="k ≥ 4, e ≥ 1, digits as in S*1 and S*2",
        depends_on=("S*1", "S*2"),
        outline="x_i(K) = (−2)^{K−t}x_i(t) + r with |r| ≤ 2^{K−t} − 1, so members differ by less "
        "than 2 + 2^{t−e} at stage t. Their mean is at least γ − 1 at first, and then (k − 2) "
        "times itself less 1, so at least 1 + 2^{t−1}(γ − 2). A member is above 1 + 2^{t−1}(γ − "
        "2) − 2 − 2^{t−e} ≥ −1, and an integer.",
        clauses=(Clause("sign", "Every a_i(t) ≥ 0.", argued="S*3"),),
        tests=(Check("random-groups", Rung.TESTED, check_no_clip, cost=8), _CERTIFIED),
    ),
    Claim(
        id="S*4",
        title="the theorem: width m + n·k/(k−1) plus lower order",
        statement="Let p be Q1's, K = p + 1 + e; section i has m_i wires, n_i outputs, G_i = "
        "⌈n_i/(k−1)⌉ groups, |U_i| = m_i + s_U, |A_i| = max(k·G_i + s_A, g), N_i = |U_i| + |A_i|, "
        "and its read-out lies in a layer of N_{i+1} neurons, the last in one of N' = max(N_l, "
        "2n_l + s_U + s_A). With probability at least 1 − In − Σ_i {G_i Σ_j ρ_k(p_j) + "
        "m_i·P(Bin(g, ¼) ≤ 2) + (K+2)·G1(m_i, |U_i|, ½) + k·G_i(¾)^{|A_i|} + (K−1)·Σ_γ k(1 − "
        "2^−k)^{|A_i| − k(γ−1)}} − Σ_{i<l} Σ_γ (2^{n_γ} − 1)(¾)^{N_{i+1} − (k−1)(γ−1)} − G1(n_l, "
        "N', ¾) − Σ_γ n_γ(¾)^{N' − n_l − (k−1)(γ−1)}, a random ±1 network of these widths and "
        "depth L = s + l(K+4) + 1 has a ticket within ε for every target of the class. In = 0 and "
        "s = 0 for inputs ≥ 0; In = G1(2d_0, N^{(1)}, ½) and s = 1 for a split; with input groups "
        "H4's sum besides, s = 2, and p_j = p + q at w_0, 2^q ≥ c.",
        latex=r"N_i=m_i+s_U+\max(kG_i+s_A,g),\quad G_i=\lceil\tfrac{n_i}{k-1}\rceil,\qquad "
        r"L=s+l(K+4)+1",
        source=OURS,
        domain="every shape, k ≥ 4, e ≥ 1, 0 < ε ≤ 1, 0 < δ < 1; ‖W_i‖₂ ≤ 1, ‖x‖₂ ≤ 1",
        depends_on=("Q1", "H1", "H2", "H4", "S*1", "S*2", "S*3", "G1", "G2"),
        outline="g neurons add up the inputs that reach them by +, one adds up those that reach "
        "it, so γ_j ~ Bin(g, ¼). A member finds no copy with + with probability (¾)^{|A|}. The k "
        "patterns of a group exclude each other at a neuron, so its slots do not compete, and "
        "groups read different edges. An output is served like a fresh slot; then any unused "
        "neuron with + from the reference and an outgoing − will do, several outputs of a group "
        "may share it, and what was seen before only makes the − more likely. No event mentions "
        "the target.",
        clauses=(
            Clause("exactness", "The ticket is the rounded network, for every x.", argued="S*4"),
            Clause(
                "failure sum", "The bad event has at most the probability stated.", argued="S*4"
            ),
            Clause("theorem", "So there is a ticket within ε, by Q1.", argued="S*4"),
        ),
        tests=(
            _CERTIFIED,
            _PLANS,
            failure_sum(grouped),
            Check("whole-draws", Rung.MEASURED, measure_grouped, cost=120),
        ),
    ),
    Claim(
        id="S*5",
        title="four times the information bound",
        statement="All d_i = d, Λ = log(l·log(1/ε)/δ) = o(d), log(dl/δ) = o(log(1/ε)), d → ∞. "
        "With k, and c + 1 for signed inputs, such that 2^k ≈ √(d/Λ): N ≤ (2 + o(1))d, L ≤ (1 + "
        "o(1))·l·log₂(1/ε), so at most (4 + o(1))·d²·l·log₂(1/ε) random weights, which is 4 + "
        "o(1) times T1 (l = 1) and T2 (every l). For a fixed k and nonnegative inputs "
        "((2k−1)/(k−1))² takes the place of 4.",
        latex=r"N^2L\le(4+o(1))\,d^2\,l\log_2\tfrac1\varepsilon",
        source=OURS,
        domain="as stated",
        depends_on=("S*4", "T5", "T2"),
        outline="With |A| = kG + s the doublings fail with at most 2^{k+1}(1 − 2^−k)^s each, so s "
        "= O(2^k(k + Λ)) = o(d); g = O(log(dl/δ)); the input layer and the output need 2d + O(Λ); "
        "U and A take d(1 + 1/c) and dk/(k−1). e = O(log(dl/δ)).",
        clauses=(
            Clause("width", "N ≤ (2 + o(1))d for the plans of these k.", argued="S*5"),
            Clause("depth", "L ≤ (1 + o(1))·l·log₂(1/ε).", argued="S*5"),
            Clause("fixed k", "The limit ((2k−1)/(k−1))² for inputs ≥ 0.", argued="S*5"),
        ),
        tests=(Check("limits", Rung.TESTED, hold_limits, cost=12),),
    ),
)
