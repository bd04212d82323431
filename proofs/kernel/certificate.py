"""What `check` returns: the verdict, and exactly what was proved."""

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

import numpy.typing as npt

Verdict = Literal["accepted", "rejected", "malformed"]
EXIT_CODES = {"accepted": 0, "rejected": 1, "malformed": 4}
SCHEMA = "pmone-certificate/1"


@dataclass(frozen=True)
class Certificate:
    """The verdict on one ticket file.

    accepted: for all x of `domain`, ‖f(x) − ticket(x)‖₂ ≤ bound ≤ epsilon, where f is the network
    of the target matrices with SHA-256 `target_sha256`. rejected: the file is well formed but
    does not establish this. malformed: the file is no ticket. What was not reached is None (or
    empty).

    output_bounds: for each output o, |f_o(x) − ticket_o(x)| ≤ output_bounds[o] ≤ bound, for all
    those x (±1 weights only); the largest of them bounds the error in the maximum norm.

    exact: whether every W_i is 2^−p_i V_i, so that the ticket computes the target itself.

    bound, output_bounds and radius are float64 rounded up; epsilon and delta are exact. delta is
    what the producer states and is not checked. matrices are the extracted V_1…V_l (int64, or
    Python integers where 2^62 is not enough): ticket(x) = Ŵ_l σ(… σ(Ŵ_1 x)) with Ŵ_i = 2^−p_i V_i
    exactly. For real weights (the file states a distribution) matrices are empty: the bound then
    speaks of effective weights that are enclosed.

    >>> found = Certificate("malformed", reasons=("the header is not JSON",))
    >>> found.accepted, found.exit_code, found.bound
    (False, 4, None)
    """

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    bound: float | None = None
    epsilon: Fraction | None = None
    delta: Fraction | None = None
    domain: str | None = None
    radius: float | None = None
    homogenized: bool | None = None
    target_sha256: str | None = None
    dims: tuple[int, ...] = ()
    widths: tuple[int, ...] = ()
    random_weights: int | None = None
    kept_weights: int | None = None
    layer_scale_log2: tuple[int, ...] = ()
    construction: str | None = None
    seed: int | None = None
    distribution: tuple[str, int] | None = None
    output_bounds: tuple[float, ...] = ()
    exact: bool | None = None
    matrices: tuple[npt.NDArray[Any], ...] = field(default=(), repr=False, compare=False)

    @property
    def accepted(self) -> bool:
        """Whether the claim is established."""
        return self.verdict == "accepted"

    @property
    def exit_code(self) -> int:
        """0 accepted, 1 rejected, 4 malformed."""
        return EXIT_CODES[self.verdict]

    @property
    def max_bound(self) -> float | None:
        """A bound on the error in the maximum norm, over all inputs of the domain."""
        return max(self.output_bounds, default=self.bound)

    @property
    def depth(self) -> int | None:
        """L, the number of layers of the random network."""
        return len(self.widths) - 1 if self.widths else None

    def as_dict(self) -> dict[str, Any]:
        """The certificate as JSON values, without the matrices; big integers are strings."""
        return {
            "schema": SCHEMA,
            "verdict": self.verdict,
            "reasons": list(self.reasons),
            "bound": _finite(self.bound),
            "exact": self.exact,
            "max_bound": _finite(self.max_bound),
            "output_bounds": [_finite(value) for value in self.output_bounds],
            "epsilon": None if self.epsilon is None else str(self.epsilon),
            "delta": None if self.delta is None else str(self.delta),
            "domain": self.domain,
            "radius": _finite(self.radius),
            "homogenized": self.homogenized,
            "target_sha256": self.target_sha256,
            "dims": list(self.dims),
            "widths": list(self.widths),
            "depth": self.depth,
            "random_weights": None if self.random_weights is None else str(self.random_weights),
            "kept_weights": self.kept_weights,
            "layer_scale_log2": list(self.layer_scale_log2),
            "construction": self.construction,
            "seed": None if self.seed is None else str(self.seed),
            "distribution": None if self.distribution is None else list(self.distribution),
        }

    def describe(self) -> str:
        """What was proved, or why nothing was, in a few lines."""
        lines = [f"{self.verdict}"]
        lines += [f"  because {reason}" for reason in self.reasons]
        if self.epsilon is not None and self.domain is not None:
            claim = f"for all x with {self.domain}:  ||f(x) - ticket(x)||_2 <= "
            if self.accepted:
                lines.append(
                    f"  proved: {claim}{self.bound!r} <= epsilon = {_decimal(self.epsilon)}"
                )
                if self.exact:
                    lines.append("  exact: every W_i is 2^-p_i V_i, V_i the integers found")
                elif len(self.output_bounds) > 1 and self.max_bound != self.bound:
                    claim = f"|f_o(x) - ticket_o(x)| <= {self.max_bound!r}"
                    lines.append(f"  and for every output o:  {claim}")
            else:
                lines.append(f"  not proved: {claim}epsilon = {_decimal(self.epsilon)}")
                if self.bound is not None:
                    lines.append(f"  the bound that holds: {self.bound!r}")
        if self.target_sha256 is not None:
            biases = ", biases as a constant last input 1" if self.homogenized else ""
            lines.append(f"  f: target network {_arrow(self.dims)}{biases}")
            lines.append(f"     SHA-256 {self.target_sha256}")
        if self.widths:
            real = "" if self.distribution is None else f" ({self.distribution[0]})"
            lines.append(
                f"  ticket: {self.construction}, seed {self.seed}, width {max(self.widths)}, depth "
                f"{self.depth}, {self.kept_weights} of {self.random_weights} random weights{real} "
                "kept"
            )
        return "\n".join(lines)

    __str__ = describe


def _arrow(numbers: tuple[int, ...]) -> str:
    shown = [str(n) for n in numbers]
    return "-".join(shown if len(shown) <= 12 else [*shown[:6], "…", *shown[-5:]])


def _decimal(value: Fraction) -> str:
    """A rational as the decimal it came from, or as a float64 if that is long."""
    text = repr(float(value)) if value < 10**300 else "huge"
    return text if text != "huge" and Fraction(text) == value else f"about {text}"


def _finite(value: float | None) -> float | None:
    """The value for strict JSON: null where it is beyond float64."""
    return None if value is None or not math.isfinite(value) else value
