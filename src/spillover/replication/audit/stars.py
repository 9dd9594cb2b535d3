"""Stars against the numbers that they decorate: only what no rounding and no reference allows.

A star is impossible if no unrounded coefficient and error, under the normal or any Student t with
at least as many degrees of freedom as clusters less one, could carry it. Moran's z is dealt with
in :mod:`.autocorrelation`.
"""

from __future__ import annotations

from collections.abc import Iterator

from scipy import special, stats

from spillover.replication.audit.cells import CERTAIN, LIKELY, Cells, Number, Outcome, Page
from spillover.replication.audit.intervals import Interval

LEVELS = (0.10, 0.05, 0.01)
ROUNDED_LEVELS = (0.105, 0.055, 0.015)
"""Where the levels lie if p is rounded to two decimals before it is compared."""

UNITS = {12: 10}
"""Provinces behind a regression where they are not all thirty: the groups of Table 12."""

CONTROLS_AND_EXPOSURE = 7


def stars_of(p: float, levels: tuple[float, ...] = LEVELS) -> int:
    """Return how many stars a p-value earns.

    Examples
    --------
    >>> [stars_of(p) for p in (0.2, 0.07, 0.03, 0.001)]
    [0, 1, 2, 3]
    """
    return sum(p < level for level in levels)


def p_text(p: float) -> str:
    """Return a p-value to four decimals, or that it is smaller.

    Examples
    --------
    >>> p_text(0.03456), p_text(1e-9)
    ('p = 0.0346', 'p < 0.0001')
    """
    return f"p = {p:.4f}" if p >= 0.0001 else "p < 0.0001"


def allowed(
    size: Interval, units: int, tails: int = 2, levels: tuple[float, ...] = LEVELS
) -> tuple[int, int]:
    """Return the fewest and the most stars that \\|t\\| within `size` can carry.

    The most come from the largest \\|t\\| and the normal, the fewest from the smallest and
    Student's t with `units` − 1 degrees of freedom: clustered errors have no fewer.

    Examples
    --------
    >>> allowed(Interval(2.434, 2.496), 30)
    (2, 2)
    """
    fewest = stars_of(tails * float(special.stdtr(units - 1, -size.low)), levels)
    return fewest, stars_of(tails * float(special.ndtr(-size.high)), levels)


def _size(number: Number, error: Number) -> Interval:
    return abs(number.interval) / error.interval


def _fits(number: Number, size: Interval, tails: int, levels: tuple[float, ...] = LEVELS) -> bool:
    fewest, most = allowed(size, UNITS.get(number.table, 30), tails, levels)
    return fewest <= len(number.stars) <= most


def _two_tailed_witness(cells: Cells, table: int) -> Number | None:
    """Return a number of the table whose stars fit two tails and cannot fit one."""
    for number in cells.of("coefficient", table=table):
        error = cells.beside(number, "std_error")
        if error is None:
            continue
        size = _size(number, error)
        if _fits(number, size, 2) and not _fits(number, size, 1):
            return number
    return None


def _explain(cells: Cells, number: Number, size: Interval) -> tuple[str, str]:
    """Finding and certainty for stars that two tails do not allow."""
    fewest, most = allowed(size, UNITS.get(number.table, 30))
    word = "more" if len(number.stars) > most else "fewer"
    earned = " or ".join(dict.fromkeys("no star" if n == 0 else "*" * n for n in (fewest, most)))
    finding = f"{number.stars or 'no star'}: {word} than the number can carry, which is {earned}"
    if not _fits(number, size, 1):
        return f"{finding}, with one tail or two", CERTAIN
    witness = _two_tailed_witness(cells, number.table)
    if witness is None:
        return f"{finding}, unless the test has one tail", LIKELY
    error = cells.beside(witness, "std_error")
    behind = f" {error.text}" if error else ""
    return (
        f"{finding}; one tail would allow it, but {witness.row}, {witness.column}, "
        f"{witness.text}{behind}, of the same table needs two",
        CERTAIN,
    )


def coefficient_stars(page: Page) -> Iterator[Outcome]:
    """Ask of each coefficient and effect whether its error allows its stars."""
    for number in page.cells.of("coefficient"):
        error = page.cells.beside(number, "std_error")
        if error is None:
            continue
        size = _size(number, error)
        implied = (
            f"|t| = {abs(number.value):g}/{error.value:g} = "
            f"{abs(number.value) / error.value:.3f}, before rounding {size.text()}"
        )
        finding, certainty = "", ""
        if not _fits(number, size, 2):
            finding, certainty = _explain(page.cells, number, size)
        yield Outcome("stars of coefficients", (number, error), implied, finding, certainty)


def star_rule(page: Page) -> Iterator[Outcome]:
    """Whether p rounded to two decimals before it is compared explains impossible stars.

    Rounded, p < 0.015 still prints as 0.01 and earns three stars.
    """
    found = [
        (number, error, _size(number, error))
        for number in page.cells.of("coefficient")
        if (error := page.cells.beside(number, "std_error")) is not None
    ]
    odd = [case for case in found if not _fits(case[0], case[2], 2)]
    left = [case for case in found if not _fits(case[0], case[2], 2, ROUNDED_LEVELS)]
    if not odd:
        return
    rescued = [case for case in odd if case not in left]
    explains = len(left) < len(odd)
    yield Outcome(
        "rule behind the stars",
        tuple(n for number, error, _ in rescued or odd for n in (number, error)),
        f"impossible stars: {len(odd)} of {len(found)} if p is compared as it is, "
        f"{len(left)} if it is rounded to two decimals first",
        "p-values rounded to two decimals (0.0137 to 0.01) before they were compared with 0.01 "
        "would explain most of the impossible stars"
        if explains
        else "",
        LIKELY if explains else "",
        ("all", "all"),
    )


def _degrees(number: Number) -> tuple[int, ...]:
    """Degrees of freedom that a test statistic can have."""
    if number.row.startswith(("LR", "Wald")):
        return 1, CONTROLS_AND_EXPOSURE
    return (1,)


def test_stars(page: Page) -> Iterator[Outcome]:
    """Ask of each LM, LR, Wald and rank statistic whether χ² allows its stars.

    One degree of freedom for the LM tests and for the rank test with one instrument; for LR and
    Wald anything from one to as many as there are regressors to be lagged.
    """
    for number in page.cells.of("chi2", "kp_rk_lm"):
        degrees = _degrees(number)
        span = number.interval
        p = [float(stats.chi2.sf(number.value, df)) for df in degrees]
        counts = [
            stars_of(float(stats.chi2.sf(end, df)))
            for df in degrees
            for end in (span.low, span.high)
        ]
        words = " or ".join(f"{p_text(x)} for χ²({df})" for x, df in zip(p, degrees, strict=True))
        finding = ""
        if not min(counts) <= len(number.stars) <= max(counts):
            many = "more" if len(number.stars) > max(counts) else "fewer"
            finding = f"{number.stars or 'no star'}: {many} than the statistic can carry"
        yield Outcome(
            "stars of test statistics",
            (number,),
            f"χ² = {number.printed}: {words}",
            finding,
            CERTAIN if finding else "",
        )
