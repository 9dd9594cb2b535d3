r"""Moran's I, its z and its stars: which tail, which null variance, which weights.

Every printed pair implies the null variance that produced it, ((I − E)/z)² with E = −1/(n − 1).
Under normality that variance depends on W alone and is the same for every variable and year;
under randomisation it falls linearly in the variable's kurtosis b₂ = m₄/m₂², with intercept and
slope given by W (Cliff and Ord 1981). None of this needs the variable itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from libpysal.graph import Graph
from numpy.typing import NDArray
from scipy import stats

from spillover.replication import published
from spillover.replication.audit.intervals import Interval, common, exactly
from spillover.replication.audit.rules import UNITS, Number, Outcome, Printed, Weights, rule
from spillover.replication.audit.statistics import p_text, stars_of

TABLES = {1: "rook", 2: "distance"}
"""Tables of Moran's I and the weights they rest on."""


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

    def kurtosis(self, variance: Interval) -> Interval:
        """b₂ that gives the variance under randomisation."""
        return (exactly(self.intercept) - variance) / exactly(self.slope)


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


Pair = tuple[Number, Number]


def _pairs(printed: Printed, *tables: int) -> list[Pair]:
    """Moran's I and its z, cell by cell."""
    return [pair for t in tables or TABLES for pair in printed.paired("moran_i", "z", t)]


def _implied(index: Number, z: Number) -> Interval:
    """Null variance ((I − E)/z)² before rounding."""
    return ((index.interval - exactly(-1 / (UNITS - 1))) / z.interval).square()


@rule("stars of Moran's I", "Stars: statistics")
def _moran_stars(printed: Printed) -> Iterator[Outcome]:
    """Stars of Moran's I against its z, with two tails and with one, and the same tail for all."""

    def fits(index: Number, z: Number, tails: int) -> bool:
        ends = (abs(z.interval).low, abs(z.interval).high)
        return len(index.stars) in {stars_of(tails * float(stats.norm.sf(end))) for end in ends}

    every = _pairs(printed)
    two = [i for i, z in every if fits(i, z, 2) and not fits(i, z, 1)]
    one = [i for i, z in every if fits(i, z, 1) and not fits(i, z, 2)]
    witness = " and ".join(f"{i.column} {i.row} of Table {i.table}" for i in two)
    for index, z in every:
        p = 2 * float(stats.norm.sf(abs(z.value)))
        finding = ""
        if index in one and two and len(two) >= len(one):
            finding = f"the star needs one tail; {witness} need two"
        elif not fits(index, z, 1) and not fits(index, z, 2):
            finding = (
                f"z = {z.printed} fits {index.stars or 'no star'} neither with two tails nor one"
            )
        yield Outcome(
            (index, z),
            f"{p_text(p)} with two tails, {p_text(p / 2)} with one",
            not finding,
            finding,
        )


@rule("null variance by year", "Moran's I")
def _which_variance(printed: Printed) -> Iterator[Outcome]:
    """Whether one null variance can stand behind all years, as under normality it must."""
    for table in TABLES:
        found = _pairs(printed, table)
        for name in dict.fromkeys(i.column for i, _ in found):
            mine = [(i, z) for i, z in found if i.column == name]
            spans = {i.row: _implied(i, z) for i, z in mine}
            if len(spans) < 2:
                continue
            low = min(spans, key=lambda year: spans[year].high)
            high = max(spans, key=lambda year: spans[year].low)
            yield Outcome(
                tuple(n for pair in mine for n in pair),
                f"((I + 1/29)/z)²: {low} {spans[low].middle:.6f}, {high} {spans[high].middle:.6f}",
                common(list(spans.values())) is not None,
                "the null variance changes from year to year beyond rounding, so it is the "
                "randomisation variance, which depends on the variable's kurtosis, and not the "
                "normal one, which depends on the weights alone",
                ("all years", name),
            )


def _line(printed: Printed) -> tuple[float, float, float, float] | None:
    """Line of Table 1's variances on Table 2's: slope, intercept, largest gap, its rounding.

    None with fewer than three pairs.
    """
    one, two = ({(i.row, i.column): _implied(i, z) for i, z in _pairs(printed, t)} for t in TABLES)
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


@rule("null variances of Tables 1 and 2", "Moran's I")
def _same_data(printed: Printed) -> Iterator[Outcome]:
    """Both tables' variances must lie on one line if the same series stand behind them.

    Under randomisation both fall linearly in the same kurtosis.
    """
    fitted = _line(printed)
    if fitted is None:
        return
    slope, intercept, gap, rounding = fitted
    yield Outcome(
        tuple(n for pair in _pairs(printed) for n in pair),
        f"variance in Table 1 = {intercept:.6f} + {slope:.2f} × variance in Table 2; "
        f"largest gap {gap:.1e}, rounding allows {rounding:.1e}",
        gap <= 2 * rounding,
        "the variances do not lie on one line, as the same series under randomisation would",
        ("all years", "CP and GIA"),
    )


@rule("kurtosis on the weights supplied", "Moran's I")
def _possible_kurtosis(printed: Printed) -> Iterator[Outcome]:
    """Whether the kurtosis that each variance implies on candidate weights is possible.

    n values have 1 ≤ b₂ ≤ n − 2 + 1/(n − 1).
    """
    limits = Interval(1.0, UNITS - 2 + 1 / (UNITS - 1))
    for table, name in TABLES.items():
        if name not in printed.weights:
            continue
        null = null_variance(printed.weights[name])
        for index, z in _pairs(printed, table):
            variance = _implied(index, z)
            span = null.kurtosis(variance)
            yield Outcome(
                (index, z),
                f"b₂ = ({null.intercept:.6f} − variance)/{null.slope:.6f} = {span.text(2)}; "
                f"variance {variance.middle:.6f}, under normality {null.normal:.6f}",
                span.overlaps(limits),
                "no thirty values have that kurtosis: other weights were used",
            )


@rule("one kurtosis under both weights", "Moran's I")
def _one_kurtosis(printed: Printed) -> Iterator[Outcome]:
    """One series has one kurtosis, whatever the weights."""
    if not set(TABLES.values()) <= set(printed.weights):
        return
    one, two = (
        {
            (i.row, i.column): null_variance(printed.weights[name]).kurtosis(_implied(i, z))
            for i, z in _pairs(printed, table)
        }
        for table, name in TABLES.items()
    )
    for name in dict.fromkeys(column for _, column in one):
        years = [key for key in one if key[1] == name and key in two]
        apart = [key for key in years if not one[key].overlaps(two[key])]
        ends = [
            f"{min(s[k].middle for k in years):.1f} to {max(s[k].middle for k in years):.1f}"
            for s in (one, two)
        ]
        yield Outcome(
            tuple(n for pair in _pairs(printed) if pair[0].column == name for n in pair),
            f"b₂ of {name}: {ends[0]} by Table 1, {ends[1]} by Table 2",
            not apart,
            f"the two tables imply different kurtoses of {name} in {len(apart)} of {len(years)} "
            "years, so at least one of the weights supplied is not the one behind the table",
            ("all years", name),
        )


def implied_variances(weights: Weights | None = None, folder: Path | None = None) -> pd.DataFrame:
    """Return the null variance behind each printed Moran's I, and the kurtosis it needs.

    Parameters
    ----------
    weights : mapping, optional
        Candidate weights, N × N row-standardised, by the name "rook" or "distance".
    folder : Path, optional
        Where the published tables stand.

    Returns
    -------
    DataFrame
        table, row (year), column (variable), variance = ((I − E)/z)² with its ends before
        rounding (low, high), normal (the variance under normality on the weights given for that
        table) and kurtosis (b₂ that gives the variance under randomisation), NaN without weights.

    Examples
    --------
    >>> round(float(implied_variances()["variance"][0]), 5)
    0.01562
    """
    printed = Printed(published.load(folder=folder), weights)
    nulls = {
        t: null_variance(printed.weights[w]) for t, w in TABLES.items() if w in printed.weights
    }
    lines = []
    for index, z in _pairs(printed):
        span, null = _implied(index, z), nulls.get(index.table)
        normal = null.normal if null else np.nan
        kurtosis = null.kurtosis(span).middle if null else np.nan
        place = (index.table, index.row, index.column)
        lines.append((*place, span.middle, span.low, span.high, normal, kurtosis))
    names = ["table", "row", "column", "variance", "low", "high", "normal", "kurtosis"]
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
        Slope and intercept by candidate; the first row is the line through the printed values.

    Examples
    --------
    >>> from spillover.studies import weights
    >>> other = {"inverse distance": weights.named("inverse distance")}
    >>> table = variance_lines(weights.rook(), other)
    >>> table["slope"].round(1).to_list()
    [14.4, 12.4]
    """
    printed = _line(Printed(published.load()))
    if printed is None:
        raise ValueError("Tables 1 and 2 share fewer than three pairs of I and z")
    rows = {"as printed": printed[:2]}
    one = null_variance(rook.sparse.toarray())
    for name, graph in candidates.items():
        two = null_variance(graph.sparse.toarray())
        slope = one.slope / two.slope
        rows[name] = (slope, one.intercept - slope * two.intercept)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["slope", "intercept"])
