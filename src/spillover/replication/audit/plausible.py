"""Moments that a sample can have, counts that a panel can have, errors that look copied.

Bounds that hold for any data; no official figure is consulted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from spillover.replication.audit.cells import CERTAIN, LIKELY, Number, Outcome, Page
from spillover.replication.audit.intervals import Interval

PROVINCES = 30
YEARS = 10
MOMENTS = ("mean", "sd", "min", "max", "observations")

EXPECTED = {
    (5, ""): (PROVINCES * YEARS, "30 provinces × 10 years"),
    (6, ""): (PROVINCES * YEARS, "30 provinces × 10 years"),
    (9, "2013-2022"): (PROVINCES * 10, "30 provinces × 10 years"),
    (9, "2016-2021"): (PROVINCES * 6, "30 provinces × 6 years"),
    (11, "IV1"): (PROVINCES * 9, "30 provinces × 9 years, one lost to the lag"),
    (11, "IV2"): (PROVINCES * YEARS, "30 provinces × 10 years"),
    (12, ""): (PROVINCES // 3 * YEARS, "10 provinces × 10 years"),
}


def order(page: Page) -> Iterator[Outcome]:
    """The mean lies between minimum and maximum."""
    for mean, _, low, high, _ in _moments(page):
        span = Interval(low.interval.low, high.interval.high)
        holds = low.value <= high.value and span.overlaps(mean.interval)
        yield Outcome(
            "order of moments",
            (mean, low, high),
            f"{low.printed} ≤ {mean.printed} ≤ {high.printed}",
            "" if holds else "the mean lies outside minimum and maximum",
            "" if holds else CERTAIN,
        )


def _moments(page: Page) -> Iterator[tuple[Number, Number, Number, Number, Number]]:
    for mean in page.cells.of("mean"):
        found = [page.cells.beside(mean, kind) for kind in MOMENTS]
        numbers = [n for n in found if n is not None]
        if len(numbers) == len(MOMENTS):
            yield numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]


def _spread(mean: Number, low: Number, high: Number, n: float) -> Interval:
    """Least and largest sample deviation that mean and extremes allow.

    Largest: all mass on the extremes, s² ≤ n/(n − 1)·(max − mean)(mean − min) (Bhatia and Davis
    2000). Least: one value at either extreme and all others at the mean.
    """
    top = max(
        (b - m) * (m - a)
        for m in (mean.interval.low, mean.interval.high)
        for a in (low.interval.low, low.interval.high)
        for b in (high.interval.low, high.interval.high)
    )
    up = max(high.interval.low - mean.interval.high, 0.0)
    down = max(mean.interval.low - low.interval.high, 0.0)
    least = (up**2 + down**2) / (n - 1)
    return Interval(math.sqrt(least), math.sqrt(max(top, 0.0) * n / (n - 1)))


def spread(page: Page) -> Iterator[Outcome]:
    """The standard deviation fits mean, minimum and maximum."""
    for mean, sd, low, high, n in _moments(page):
        reach = _spread(mean, low, high, n.value)
        holds = reach.overlaps(sd.interval)
        yield Outcome(
            "spread within bounds",
            (sd, mean, low, high, n),
            f"between {reach.text(4)}",
            "" if holds else f"no {n.printed} values with these extremes have sd {sd.printed}",
            "" if holds else CERTAIN,
        )


def observations(page: Page) -> Iterator[Outcome]:
    """Observations are provinces times years."""
    for number in page.cells.of("observations"):
        for (table, head), (count, words) in EXPECTED.items():
            if number.table != table or not number.column.startswith(head):
                continue
            holds = number.value == count
            yield Outcome(
                "observations",
                (number,),
                f"{words} = {count}",
                "" if holds else f"{number.printed} observations do not fit the sample",
                "" if holds else CERTAIN,
            )


def _steady(page: Page, one: Number, other: Number) -> list[float]:
    """Ratio of the same two variables' errors in the table's other columns."""
    out = []
    for number in page.cells.of("std_error", table=one.table):
        if number.row != one.row or number.column == one.column:
            continue
        twin = page.cells.get(other.table, other.row, number.column, "std_error")
        if twin is not None:
            out.append(twin.value / number.value)
    return out


def twins(page: Page) -> Iterator[Outcome]:
    """Two errors in one column that agree to three figures although elsewhere they never do.

    Agreement by chance is common; it counts only where every other column of the table has one of
    the two at least five times the other.
    """
    errors = page.cells.of("std_error")
    for at, one in enumerate(errors):
        for other in errors[at + 1 :]:
            alike = one.printed == other.printed and one.value >= 0.1
            if not alike or (one.table, one.column) != (other.table, other.column):
                continue
            elsewhere = _steady(page, one, other)
            odd = bool(elsewhere) and min(max(r, 1 / r) for r in elsewhere) >= 5
            yield Outcome(
                "equal errors",
                (other, one),
                f"both {one.printed}; error of {other.row} over that of {one.row} in other "
                f"columns: {', '.join(f'{r:.1f}' for r in elsewhere)}",
                f"the error of {other.row} repeats that of {one.row}, which stands above it, and "
                "is far smaller than the other columns suggest; it may have been copied"
                if odd
                else "",
                LIKELY if odd else "",
            )


def notes(page: Page, tables: pd.DataFrame) -> Iterator[Outcome]:
    """A note that explains parentheses, and stars, needs some in the table."""
    for table, note in tables["note_errors"].items():
        numbers = tuple(n for n in page.cells if n.table == table)
        if not numbers or "parentheses" not in note:
            continue
        bare = all(n.statistic != "std_error" for n in numbers)
        yield Outcome(
            "note under the table",
            numbers,
            f"{sum(n.statistic == 'std_error' for n in numbers)} numbers in parentheses",
            "the note explains errors in parentheses; the table has none" if bare else "",
            CERTAIN if bare else "",
            ("note", "all"),
        )


CHECKS = (order, spread, observations, twins)
