r"""Moran's I, its z and its stars: which tail, which null variance, which weights.

Every published pair implies the null variance that produced it, ((I − E)/z)² with E = −1/(n − 1).
Under normality that variance depends on W alone and is the same for every variable and year;
under randomisation it falls linearly in the variable's kurtosis b₂ = m₄/m₂², with intercept and
slope given by W (Cliff and Ord 1981). None of this needs the variable itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from spillover.replication import published
from spillover.replication.audit.intervals import Interval, exactly
from spillover.replication.audit.numbers import p_text, stars_of
from spillover.replication.audit.rules import (
    CERTAIN,
    POSSIBLE,
    UNITS,
    Number,
    Outcome,
    Published,
    rule,
)

if TYPE_CHECKING:
    from libpysal.graph import Graph

TABLES = (1, 2)


@dataclass(frozen=True)
class NullVariance:
    """Null variance of Moran's I on given weights.

    Attributes
    ----------
    normal : float
        Under normality.
    intercept, slope : float
        Under randomisation it is intercept − slope·b₂.
    """

    normal: float
    intercept: float
    slope: float


def null_variance(matrix: NDArray[np.float64]) -> NullVariance:
    r"""Return what Cliff and Ord's formulae make of a weights matrix.

    With S₀ = Σw, S₁ = ½Σ(wᵢⱼ + wⱼᵢ)², S₂ = Σ(w·ᵢ + wᵢ·)²:
    normality  [n²S₁ − nS₂ + 3S₀²]/[(n² − 1)S₀²] − E²;
    randomisation  {n[(n² − 3n + 3)S₁ − nS₂ + 3S₀²] − b₂[(n² − n)S₁ − 2nS₂ + 6S₀²]}
    /[(n − 1)(n − 2)(n − 3)S₀²] − E².

    Parameters
    ----------
    matrix : array, n × n
        Weights with a zero diagonal; any scaling.

    Examples
    --------
    >>> ring = np.roll(np.eye(10), 1, axis=1) + np.roll(np.eye(10), -1, axis=1)
    >>> round(null_variance(ring).normal, 6)
    0.078563
    """
    n = len(matrix)
    s0 = matrix.sum()
    s1 = 0.5 * ((matrix + matrix.T) ** 2).sum()
    s2 = ((matrix.sum(axis=0) + matrix.sum(axis=1)) ** 2).sum()
    square = 1 / (n - 1) ** 2
    normal = (n**2 * s1 - n * s2 + 3 * s0**2) / ((n**2 - 1) * s0**2) - square
    scale = (n - 1) * (n - 2) * (n - 3) * s0**2
    intercept = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2) / scale - square
    slope = ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2) / scale
    return NullVariance(float(normal), float(intercept), float(slope))


def _pairs(published: Published, *tables: int) -> list[tuple[Number, Number]]:
    """Moran's I and its z, cell by cell."""
    return [pair for t in tables or TABLES for pair in published.paired("moran_i", "z", t)]


def _implied(index: Number, z: Number) -> Interval:
    """Null variance ((I − E)/z)² before rounding."""
    return ((index.interval - exactly(-1 / (UNITS - 1))) / z.interval).square()


@rule("stars of Moran's I", "Stars")
def _moran_stars(published: Published) -> Iterator[Outcome]:
    """Stars of Moran's I against its z, with two tails and with one, and the same tail for all.

    Claim C10 rests on the stars of Table 2.
    """

    def fits(index: Number, z: Number, tails: int) -> bool:
        ends = (abs(z.interval).low, abs(z.interval).high)
        return len(index.stars) in {stars_of(tails * float(ndtr(-end))) for end in ends}

    every = _pairs(published)
    two = [i for i, z in every if fits(i, z, 2) and not fits(i, z, 1)]
    for index, z in every:
        p = 2 * float(ndtr(-abs(z.value)))
        finding, certainty = "", CERTAIN
        if not fits(index, z, 1) and not fits(index, z, 2):
            finding = f"{index.stars or 'no star'} is what no test of this z gives"
            smaller = [(i, y) for i, y in every if (i.table, i.column) == (z.table, z.column)
                       and y.value < z.value and len(i.stars) > len(index.stars)]  # fmt: skip
            if smaller:
                least = min(smaller, key=lambda pair: pair[1].value)
                finding += f"; a smaller z of the same column, {least[1].printed}, has "
                finding += least[0].stars
        elif two and not fits(index, z, 2):
            finding = (
                f"this star needs one tail, where {' and '.join(i.where for i in two)} need two. "
                "Other readings: the two tables were tested differently, or by permutation, which "
                "does not use z"
            )
            certainty = POSSIBLE
        words = f"{p_text(p)} with two tails, {p_text(p / 2)} with one"
        yield Outcome((index, z), words, finding, certainty)


def _line(published: Published) -> tuple[float, float, float, float] | None:
    """Line of Table 1's variances on Table 2's: slope, intercept, largest gap, its rounding.

    None with fewer than three pairs.
    """
    one, two = (
        {(i.row, i.column): _implied(i, z) for i, z in _pairs(published, t)} for t in TABLES
    )
    keys = [key for key in one if key in two]
    if len(keys) < 3:
        return None
    y = np.array([one[k].middle for k in keys])
    x = np.array([two[k].middle for k in keys])
    slope, intercept = np.polyfit(x, y, 1)
    half = np.array(
        [(one[k].high - one[k].low) / 2 + abs(slope) * (two[k].high - two[k].low) / 2 for k in keys]
    )
    gaps = np.abs(y - slope * x - intercept)
    worst = int(np.argmax(gaps - half))
    return float(slope), float(intercept), float(gaps[worst]), float(half[worst])


@rule("null variances of Tables 1 and 2", "Tests")
def _same_data(published: Published) -> Iterator[Outcome]:
    """Both tables' variances must lie on one line if the same series stand behind them.

    Under randomisation both fall linearly in the same kurtosis.
    """
    if fitted := _line(published):
        slope, intercept, gap, rounding = fitted
        yield Outcome(
            tuple(n for pair in _pairs(published) for n in pair),
            f"1000 × variance in Table 1 = {1e3 * intercept:.2f} + {slope:.2f} × 1000 × variance "
            f"in Table 2; largest gap {1e3 * gap:.3f}, rounding allows {1e3 * rounding:.3f}",
            ""
            if gap <= 2 * rounding
            else "the variances do not lie on one line, as the same series would under "
            "randomisation",
            POSSIBLE,
            "Tables 1 and 2",
        )


def implied_variances(matrices: Mapping[int, NDArray[np.float64]] | None = None) -> pd.DataFrame:
    """Return the null variance behind each published Moran's I, and the kurtosis it needs.

    Parameters
    ----------
    matrices : mapping, optional
        Candidate weights by table, N × N row-standardised.

    Returns
    -------
    DataFrame
        table, row (year), column (variable), variance = ((I − E)/z)² with its ends before
        rounding (low, high) and kurtosis (b₂ that gives it under randomisation), NaN without
        weights.

    Examples
    --------
    >>> round(float(implied_variances()["variance"][0]), 5)
    0.01562
    """
    nulls = {t: null_variance(matrix) for t, matrix in (matrices or {}).items()}
    lines = []
    for index, z in _pairs(Published(published.load())):
        span, null = _implied(index, z), nulls.get(index.table)
        kurtosis = (null.intercept - span.middle) / null.slope if null else np.nan
        place = (index.table, index.row, index.column)
        lines.append((*place, span.middle, span.low, span.high, kurtosis))
    names = ["table", "row", "column", "variance", "low", "high", "kurtosis"]
    return pd.DataFrame(lines, columns=names)


def variance_lines(rook: Graph, candidates: Mapping[str, Graph]) -> pd.DataFrame:
    """Line on which the variances of Tables 1 and 2 must lie, by candidate for Table 2's weights.

    Under randomisation both variances fall linearly in one kurtosis, so that one is a line in the
    other whose slope and intercept are given by the two weights alone, whatever the data.

    Parameters
    ----------
    rook : Graph
        Weights of Table 1.
    candidates : mapping
        Weights of Table 2, by name.

    Returns
    -------
    DataFrame
        Slope and intercept by candidate; the first row is the line through the published values.

    Examples
    --------
    >>> from spillover.studies import weights
    >>> other = {"inverse distance": weights.named("inverse distance")}
    >>> table = variance_lines(weights.rook(), other)
    >>> table["slope"].round(1).to_list()
    [14.4, 12.4]
    """
    found = _line(Published(published.load()))
    if found is None:
        raise ValueError("Tables 1 and 2 share fewer than three pairs of I and z")
    rows = {"as published": found[:2]}
    one = null_variance(rook.sparse.toarray())
    for name, graph in candidates.items():
        two = null_variance(graph.sparse.toarray())
        slope = one.slope / two.slope
        rows[name] = (slope, one.intercept - slope * two.intercept)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["slope", "intercept"])
