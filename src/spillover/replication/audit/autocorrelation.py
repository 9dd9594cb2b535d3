r"""Moran's I, its z and its stars: which tail, which null variance, which weights.

Every printed pair implies the null variance that produced it, ((I − E)/z)² with E = −1/(n − 1).
Under normality that variance depends on W alone and is the same for every variable and year;
under randomisation it falls linearly in the variable's kurtosis b₂ = m₄/m₂², with intercept and
slope given by W (Cliff and Ord 1981). Nothing here needs the variable itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from spillover.replication.audit.cells import CERTAIN, Cells, Number, Outcome, Page
from spillover.replication.audit.intervals import Interval, common, exactly
from spillover.replication.audit.stars import p_text, stars_of

UNITS = 30
EXPECTED = exactly(-1 / (UNITS - 1))
MORAN = {1: "rook", 2: "distance"}
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


def pairs(cells: Cells, table: int) -> list[tuple[Number, Number]]:
    """Return Moran's I and z of a table, cell by cell."""
    found = [(i, cells.beside(i, "z")) for i in cells.of("moran_i", table=table)]
    return [(i, z) for i, z in found if z is not None]


def implied(index: Number, z: Number) -> Interval:
    """Return the null variance ((I − E)/z)² before rounding."""
    return ((index.interval - EXPECTED) / z.interval).square()


def _stars(z: Number, tails: int) -> set[int]:
    ends = abs(z.interval)
    return {stars_of(tails * float(stats.norm.sf(end))) for end in (ends.low, ends.high)}


def _needs(index: Number, z: Number) -> str:
    """Which tails the stars allow: "either", "two", "one", "none"."""
    fits = {tails: len(index.stars) in _stars(z, tails) for tails in (1, 2)}
    if all(fits.values()):
        return "either"
    return "two" if fits[2] else "one" if fits[1] else "none"


def moran_stars(page: Page) -> Iterator[Outcome]:
    """Stars of Moran's I against its z, with two tails and with one, and the same tail for all."""
    every = [pair for table in MORAN for pair in pairs(page.cells, table)]
    kinds = [_needs(*pair) for pair in every]
    two = [i for (i, _), kind in zip(every, kinds, strict=True) if kind == "two"]
    one = [i for (i, _), kind in zip(every, kinds, strict=True) if kind == "one"]
    for (index, z), kind in zip(every, kinds, strict=True):
        p = 2 * float(stats.norm.sf(abs(z.value)))
        finding = ""
        if kind == "none":
            finding = (
                f"z = {z.printed} fits {index.stars or 'no star'} neither with two tails nor one"
            )
        elif kind == "one" and len(two) >= len(one):
            witness = " and ".join(f"{i.column} {i.row} of Table {i.table}" for i in two)
            finding = f"the star needs one tail; {witness} need two" if two else ""
        yield Outcome(
            "stars of Moran's I",
            (index, z),
            f"{p_text(p)} with two tails, {p_text(p / 2)} with one",
            finding,
            CERTAIN if finding else "",
        )


def which_variance(page: Page) -> Iterator[Outcome]:
    """Whether one null variance can stand behind all years, as under normality it must."""
    for table in MORAN:
        found = pairs(page.cells, table)
        for name in dict.fromkeys(i.column for i, _ in found):
            mine = [(i, z) for i, z in found if i.column == name]
            spans = {i.row: implied(i, z) for i, z in mine}
            if len(spans) < 2:
                continue
            low = min(spans, key=lambda year: spans[year].high)
            high = max(spans, key=lambda year: spans[year].low)
            same = common(list(spans.values()))
            yield Outcome(
                "null variance by year",
                tuple(n for pair in mine for n in pair),
                f"((I + 1/29)/z)²: {low} {spans[low].middle:.6f}, {high} {spans[high].middle:.6f}",
                ""
                if same
                else "the null variance changes from year to year beyond rounding, so it is the "
                "randomisation variance, which depends on the variable's kurtosis, and not the "
                "normal one, which depends on the weights alone",
                "" if same else CERTAIN,
                ("all years", name),
            )


@dataclass(frozen=True)
class Line:
    """Null variances of one table as a line in those of another.

    Under randomisation both fall linearly in the same kurtosis, so they lie on a line whose slope
    is the ratio of the two weights' slopes.
    """

    slope: float
    intercept: float
    worst: float
    room: float


def line(cells: Cells) -> Line | None:
    """Fit the line of the rook table's variances on the distance table's, year by year."""
    one = {(i.row, i.column): implied(i, z) for i, z in pairs(cells, 1)}
    two = {(i.row, i.column): implied(i, z) for i, z in pairs(cells, 2)}
    keys = [key for key in one if key in two]
    if len(keys) < 3:
        return None
    y = np.array([one[k].middle for k in keys])
    x = np.array([two[k].middle for k in keys])
    slope, intercept = np.polyfit(x, y, 1)
    half = [
        (one[k].high - one[k].low) / 2 + abs(slope) * (two[k].high - two[k].low) / 2 for k in keys
    ]
    gaps = np.abs(y - slope * x - intercept)
    worst = int(np.argmax(gaps - np.array(half)))
    return Line(float(slope), float(intercept), float(gaps[worst]), float(half[worst]))


def same_data(page: Page) -> Iterator[Outcome]:
    """Both tables' variances must lie on one line if the same series stand behind them."""
    fitted = line(page.cells)
    if fitted is None:
        return
    off = fitted.worst > 2 * fitted.room
    yield Outcome(
        "null variances of Tables 1 and 2",
        tuple(n for t in MORAN for pair in pairs(page.cells, t) for n in pair),
        f"variance in Table 1 = {fitted.intercept:.6f} + {fitted.slope:.2f} × variance in Table 2; "
        f"largest gap {fitted.worst:.1e}, rounding allows {fitted.room:.1e}",
        "the variances do not lie on one line, as the same series under randomisation would"
        if off
        else "",
        CERTAIN if off else "",
        ("all years", "CP and GIA"),
    )


def kurtosis(page: Page) -> Iterator[Outcome]:
    """The kurtosis that each variance implies on candidate weights: possible, and the same twice.

    n values have 1 ≤ b₂ ≤ n − 2 + 1/(n − 1).
    """
    limits = Interval(1.0, UNITS - 2 + 1 / (UNITS - 1))
    spans: dict[int, dict[tuple[str, str], Interval]] = {}
    for table, name in MORAN.items():
        if name not in page.weights:
            continue
        null = null_variance(page.weights[name])
        for index, z in pairs(page.cells, table):
            span = null.kurtosis(implied(index, z))
            spans.setdefault(table, {})[index.row, index.column] = span
            possible = span.overlaps(limits)
            yield Outcome(
                "kurtosis on the weights supplied",
                (index, z),
                f"b₂ = ({null.intercept:.6f} − variance)/{null.slope:.6f} = {span.text(2)}; "
                f"variance {implied(index, z).middle:.6f}, under normality {null.normal:.6f}",
                "" if possible else "no thirty values have that kurtosis: other weights were used",
                "" if possible else CERTAIN,
            )
    if len(spans) == 2:
        yield from _twice(page.cells, spans[1], spans[2])


def _twice(
    cells: Cells,
    one: dict[tuple[str, str], Interval],
    two: dict[tuple[str, str], Interval],
) -> Iterator[Outcome]:
    """One series has one kurtosis, whatever the weights."""
    for name in dict.fromkeys(column for _, column in one):
        years = [key for key in one if key[1] == name and key in two]
        apart = [key for key in years if not one[key].overlaps(two[key])]
        numbers = tuple(
            n for t in MORAN for pair in pairs(cells, t) if pair[0].column == name for n in pair
        )
        ends = [
            f"{min(s[k].middle for k in years):.1f} to {max(s[k].middle for k in years):.1f}"
            for s in (one, two)
        ]
        yield Outcome(
            "one kurtosis under both weights",
            numbers,
            f"b₂ of {name}: {ends[0]} by Table 1, {ends[1]} by Table 2",
            f"the two tables imply different kurtoses of {name} in {len(apart)} of {len(years)} "
            "years, so at least one of the weights supplied is not the one behind the table"
            if apart
            else "",
            CERTAIN if apart else "",
            ("all years", name),
        )


CHECKS = (moran_stars, which_variance, same_data, kurtosis)
