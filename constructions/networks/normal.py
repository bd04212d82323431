"""The standard normal quantile by + − × ÷ √ alone, so that it is the same on every platform.

Wichura's algorithm AS 241 (PPND16, Applied Statistics 37, 1988): ratios of polynomials, in the
middle in (u/2)², in the tails in √(−ln probability). The logarithm is a series here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LN2 = 0.6931471805599453  # the nearest float64
_SERIES = 21  # odd powers of a number below 0.1716: the rest is below 2^−100

_MIDDLE = (
    (
        3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
        1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
        3.3430575583588128105e4, 2.5090809287301226727e3,
    ),
    (
        1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
        2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
        5.2264952788528545610e3,
    ),
)  # fmt: skip
_NEAR = (
    (
        1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
        3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
        2.27238449892691845833e-2, 7.74545014278341407640e-4,
    ),
    (
        1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
        1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ),
)  # fmt: skip
_FAR = (
    (
        6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
        2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
        2.71155556874348757815e-5, 2.01033439929228813265e-7,
    ),
    (
        1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
        7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ),
)  # fmt: skip


def standard_normal(u: Floats) -> Floats:
    """Return the normal quantile at probability (1 + u)/2, for float64 u with −1 < u < 1.

    Within a few units of the last place of the quantile; odd in u exactly.

    >>> bool(abs(standard_normal(np.array([0.5]))[0] - 0.6744897501960817) < 1e-15)
    True
    """
    q = u * 0.5
    middle = np.abs(q) <= 0.425
    r = 0.180625 - np.where(middle, q, 0.0) ** 2
    inner = q * _ratio(_MIDDLE, r)
    tail = np.where(middle, 0.25, 0.5 - np.abs(q))  # exact: the probability of the smaller side
    r = np.sqrt(-logarithm(tail))
    outer = np.where(r <= 5.0, _ratio(_NEAR, r - 1.6), _ratio(_FAR, r - 5.0))
    return np.asarray(np.where(middle, inner, np.copysign(outer, q)), dtype=np.float64)


def logarithm(x: Floats) -> Floats:
    """Return ln x for positive float64 x: exponent·ln 2 + 2·artanh((m − 1)/(m + 1)), as a series.

    >>> bool(abs(logarithm(np.array([10.0]))[0] - 2.302585092994046) < 1e-15)
    True
    """
    mantissa, exponent = np.frexp(x)
    small = mantissa < 0.7071067811865476
    mantissa = np.where(small, 2.0 * mantissa, mantissa)
    exponent = np.where(small, exponent - 1, exponent)
    y = (mantissa - 1.0) / (mantissa + 1.0)
    square = y * y
    total = np.zeros_like(y)
    for k in range(2 * _SERIES + 1, 0, -2):
        total = total * square + 1.0 / k
    return np.asarray(exponent * _LN2 + 2.0 * y * total, dtype=np.float64)


def _ratio(polynomials: tuple[tuple[float, ...], tuple[float, ...]], r: Floats) -> Floats:
    top, bottom = np.zeros_like(r), np.zeros_like(r)
    for a, b in zip(reversed(polynomials[0]), reversed(polynomials[1]), strict=True):
        top = top * r + a
        bottom = bottom * r + b
    return top / bottom
