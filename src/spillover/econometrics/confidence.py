"""Confidence sets that need not be one finite interval: unions, rays, the whole line, nothing.

Ratios (Fieller) and tests under weak instruments (Anderson–Rubin) give such sets; this module
represents them as they are and knows neither ratios' nor instruments' meaning.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.polynomial import Polynomial
from scipy.special import ndtri, stdtrit

from spillover.econometrics import checks

Interval = tuple[float, float]


@dataclass(frozen=True)
class ConfidenceSet:
    """Disjoint closed intervals in ascending order, ends possibly infinite.

    Attributes
    ----------
    intervals : tuple of (low, high)
    level : float
        Confidence level.
    """

    intervals: tuple[Interval, ...]
    level: float = 0.95

    def __post_init__(self) -> None:
        if not isinstance(self.intervals, tuple):
            found = checks.shown(self.intervals)
            raise ValueError(f"intervals={found}; expected a tuple of pairs (low, high)")
        ends = [end for part in self.intervals for end in _pair(part)]
        if any(later < earlier for earlier, later in pairwise(ends)):
            raise ValueError(
                f"intervals={checks.shown(self.intervals)}; expected pairs (low, high) that "
                "ascend and do not overlap"
            )
        if checks.number(self.level, ValueError, "level", 0.0) >= 1:
            raise ValueError(f"level={self.level}; expected a share, 0.95 for 95 %")

    @property
    def kind(self) -> str:
        """Return "empty", "interval", "union", "ray", "two rays" or "whole line"."""
        if not self.intervals:
            return "empty"
        below = math.isinf(self.intervals[0][0])
        above = math.isinf(self.intervals[-1][1])
        if len(self.intervals) == 1:
            return {0: "interval", 1: "ray", 2: "whole line"}[below + above]
        return "two rays" if below and above else "union"

    @property
    def bounded(self) -> bool:
        """Whether both ends are finite (the empty set is bounded)."""
        return not self.intervals or bool(np.isfinite([self.low, self.high]).all())

    @property
    def low(self) -> float:
        """Smallest value, NaN where the set is empty."""
        return self.intervals[0][0] if self.intervals else math.nan

    @property
    def high(self) -> float:
        """Largest value, NaN where the set is empty."""
        return self.intervals[-1][1] if self.intervals else math.nan

    def __contains__(self, value: object) -> bool:
        point = checks.number(value, ValueError, "value")
        return any(low <= point <= high for low, high in self.intervals)

    def __str__(self) -> str:
        return self.format(".3f")

    def format(self, spec: str) -> str:
        """Write the set with its numbers formatted by `spec`.

        Examples
        --------
        >>> ConfidenceSet(((-math.inf, -1.0), (2.0, math.inf))).format(".1f")
        '(−∞, −1.0] ∪ [2.0, ∞)'
        """
        return " ∪ ".join(_written(part, spec) for part in self.intervals) or "∅"


def _written(part: Interval, spec: str) -> str:
    low, high = (format(end, spec).replace("-", "−") for end in part)
    left = "(−∞" if math.isinf(part[0]) else f"[{low}"
    right = "∞)" if math.isinf(part[1]) else f"{high}]"
    return f"{left}, {right}"


def _pair(part: object) -> Interval:
    """The two ends of an interval as floats."""
    if not isinstance(part, tuple) or len(part) != 2 or any(end != end for end in part):
        raise ValueError(f"found {checks.shown(part)}; expected a pair (low, high) of numbers")
    return float(part[0]), float(part[1])


def where_nonpositive(coefficients: Sequence[float]) -> tuple[Interval, ...]:
    """Intervals of the real line on which a polynomial is zero or negative.

    A point at which it touches zero from above is an interval of no length.

    Parameters
    ----------
    coefficients : sequence of float
        Ascending powers.

    Raises
    ------
    ValueError
        No coefficients, or one that is not a finite number.

    Examples
    --------
    >>> where_nonpositive([-1, 0, 1]), where_nonpositive([1, -2, 1])
    (((-1.0, 1.0),), ((1.0, 1.0),))
    """
    given = np.atleast_1d(np.asarray(coefficients))
    if given.ndim > 1 or not given.size or given.dtype.kind not in "fiu":
        raise ValueError(
            f"coefficients={checks.shown(coefficients)}; expected a list of numbers, the constant "
            "first"
        )
    if not np.isfinite(given).all():
        raise ValueError(f"coefficients={given.tolist()}; expected finite numbers")
    polynomial = Polynomial(given.astype(float)).trim()
    touching = _double_roots(polynomial)
    # rounding splits a double root into two, real or complex, close to it
    every = polynomial.roots().astype(complex)
    kept = [all(abs(r - t) > 1e-6 * (1 + abs(t)) for t in touching) for r in every]
    roots = every[np.array(kept, dtype=bool)]
    real = roots[np.abs(roots.imag) <= 1e-9 * (1 + np.abs(roots))].real
    ends = [-math.inf, *np.unique([*real.tolist(), *touching]).tolist(), math.inf]
    parts: list[Interval] = []
    for low, high in pairwise(ends):
        if polynomial(_inside(low, high)) <= 0:
            if parts and parts[-1][1] == low:
                parts[-1] = (parts[-1][0], high)
            else:
                parts.append((low, high))
        elif high in touching:
            parts.append((high, high))
    return tuple(parts)


def _double_roots(polynomial: Polynomial) -> list[float]:
    """Extremes of a polynomial at which it is zero but for rounding errors."""
    if polynomial.degree() < 2:
        return []
    extremes = polynomial.deriv().roots()
    real = extremes[np.abs(extremes.imag) <= 1e-9 * (1 + np.abs(extremes))].real
    size = Polynomial(np.abs(polynomial.coef))
    return [float(x) for x in real if abs(polynomial(x)) <= 1e-13 * size(abs(x))]


def _inside(low: float, high: float) -> float:
    """A point between two ends, either of which may be infinite."""
    if math.isinf(low) and math.isinf(high):
        return 0.0
    if math.isinf(low):
        return high - 1 - abs(high)
    return low + 1 + abs(low) if math.isinf(high) else (low + high) / 2


def fieller(
    numerator: float,
    denominator: float,
    var_numerator: float,
    var_denominator: float,
    covariance: float,
    level: float = 0.95,
    df: int | None = None,
) -> ConfidenceSet:
    """Fieller's (1954) set for a ratio of two jointly normal estimates.

    All r with (m − r·d)² ≤ z²·(V_mm − 2r·V_md + r²·V_dd), z being the quantile of the normal
    distribution or, with `df`, of t. It is one interval where the
    denominator differs from zero at the same level, else two rays or the whole line: data that
    cannot tell the denominator from zero cannot bound the ratio.

    Raises
    ------
    ValueError
        Not a number, a negative variance, a covariance beyond the product of the standard
        errors, or a level that is not a share.

    Examples
    --------
    >>> fieller(1.0, 0.0, 0.01, 1.0, 0.0).kind
    'two rays'
    """
    level = checks.confidence(level, ValueError)
    for name, value, low in (
        ("numerator", numerator, -math.inf),
        ("denominator", denominator, -math.inf),
        ("var_numerator", var_numerator, 0.0),
        ("var_denominator", var_denominator, 0.0),
        ("covariance", covariance, -math.inf),
    ):
        checks.number(value, ValueError, name, low)
    if covariance**2 > var_numerator * var_denominator * (1 + 1e-9):
        raise ValueError(
            f"covariance={covariance:g} is beyond √({var_numerator:g}·{var_denominator:g}); "
            "expected the covariance of the two estimates"
        )
    share = 0.5 + level / 2
    z2 = float(ndtri(share) if df is None else stdtrit(df, share)) ** 2
    quadratic = [
        numerator**2 - z2 * var_numerator,
        2 * (z2 * covariance - numerator * denominator),
        denominator**2 - z2 * var_denominator,
    ]
    return ConfidenceSet(where_nonpositive(quadratic), level)
