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
from scipy.special import ndtri

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
        return any(low <= float(str(value)) <= high for low, high in self.intervals)

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


def where_nonpositive(coefficients: Sequence[float]) -> tuple[Interval, ...]:
    """Intervals of the real line on which a polynomial is zero or negative.

    Parameters
    ----------
    coefficients : sequence of float
        Ascending powers.

    Examples
    --------
    >>> where_nonpositive([-1, 0, 1])
    ((-1.0, 1.0),)
    """
    polynomial = Polynomial(np.asarray(coefficients, dtype=float)).trim()
    roots = polynomial.roots()
    real = roots[np.abs(roots.imag) <= 1e-9 * (1 + np.abs(roots))].real
    ends = [-math.inf, *np.unique(real).tolist(), math.inf]
    parts: list[Interval] = []
    for low, high in pairwise(ends):
        if polynomial(_inside(low, high)) > 0:
            continue
        if parts and parts[-1][1] == low:
            parts[-1] = (parts[-1][0], high)
        else:
            parts.append((low, high))
    return tuple(parts)


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
) -> ConfidenceSet:
    """Fieller's (1954) set for a ratio of two jointly normal estimates.

    All r with (m − r·d)² ≤ z²·(V_mm − 2r·V_md + r²·V_dd). It is one interval where the
    denominator differs from zero at the same level, else two rays or the whole line: data that
    cannot tell the denominator from zero cannot bound the ratio.

    Examples
    --------
    >>> fieller(1.0, 0.0, 0.01, 1.0, 0.0).kind
    'two rays'
    """
    z2 = float(ndtri(0.5 + level / 2)) ** 2
    quadratic = [
        numerator**2 - z2 * var_numerator,
        2 * (z2 * covariance - numerator * denominator),
        denominator**2 - z2 * var_denominator,
    ]
    return ConfidenceSet(where_nonpositive(quadratic), level)
