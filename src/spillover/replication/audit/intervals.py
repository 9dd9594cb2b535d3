"""Interval arithmetic: what a published number can have been before it was rounded."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """All values between `low` and `high`, both included.

    Examples
    --------
    >>> rounded("0.090", 3) + rounded("0.138", 3)
    Interval(low=0.227, high=0.229)
    """

    low: float
    high: float

    def __add__(self, other: Interval) -> Interval:
        return Interval(_tidy(self.low + other.low), _tidy(self.high + other.high))

    def __sub__(self, other: Interval) -> Interval:
        return Interval(_tidy(self.low - other.high), _tidy(self.high - other.low))

    def __mul__(self, other: Interval) -> Interval:
        corners = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(corners), max(corners))

    def __truediv__(self, other: Interval) -> Interval:
        if other.low <= 0 <= other.high:
            return Interval(-math.inf, math.inf)
        corners = [a / b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(corners), max(corners))

    def __abs__(self) -> Interval:
        if self.low <= 0 <= self.high:
            return Interval(0.0, max(-self.low, self.high))
        low, high = sorted((abs(self.low), abs(self.high)))
        return Interval(low, high)

    @property
    def middle(self) -> float:
        """Midpoint."""
        return (self.low + self.high) / 2

    def square(self) -> Interval:
        """Return the squares of all values."""
        size = abs(self)
        return Interval(size.low**2, size.high**2)

    def overlaps(self, other: Interval) -> bool:
        """Say whether the two have a value in common."""
        return self.low <= other.high and other.low <= self.high

    def widened(self, by: float) -> Interval:
        """Return the interval with `by` more on either side."""
        return Interval(self.low - by, self.high + by)

    def text(self, decimals: int = 3) -> str:
        """Return both ends in words, or one if they read alike."""
        low, high = f"{self.low:.{decimals}f}", f"{self.high:.{decimals}f}"
        return low if low == high else f"{low} to {high}"


def _tidy(x: float) -> float:
    """Drop the last binary digits, so that sums of decimals end where decimals do."""
    return round(x, 12)


def exactly(x: float) -> Interval:
    """Return the interval of one value."""
    return Interval(x, x)


def rounded(printed: str, decimals: int) -> Interval:
    """Return what rounds to `printed`: half a unit of the last decimal on either side.

    Examples
    --------
    >>> rounded("-7.03", 2)
    Interval(low=-7.035, high=-7.025)
    """
    half = 0.5 * 10.0**-decimals
    value = float(printed)
    return Interval(_tidy(value - half), _tidy(value + half))
