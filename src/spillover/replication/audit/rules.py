"""What a check of the audit may read, what it may answer, and the list of all checks.

A check is one function with the decorator :func:`rule`. It takes the published numbers and yields
an :class:`Outcome` for every question it asks; to add or to remove a check is to add or to remove
that function.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from spillover.replication.audit.intervals import Interval, exactly, rounded

FINE, POSSIBLE, LIKELY, CERTAIN = "fine", "possible", "likely", "certain"
RESULTS = (FINE, POSSIBLE, LIKELY, CERTAIN)
"""What a question can come to. Certain: arithmetic on published numbers alone, whatever they were
before rounding, with no assumption, weights, threshold or data of ours. Likely: needs one
assumption, which the finding names. Possible: there is another reading, which the finding names."""

GROUPS = ("Stars", "Sums, repeats", "Moments, counts", "Tests", "Lags, effects", "Words")
"""Groups of checks, in the order in which they are asked and shown."""

UNITS = 30
"""Provinces behind the published tables."""

EFFECTS = ("direct", "indirect", "total")


@dataclass(frozen=True)
class Number:
    """One published number; `printed` is its text without the stars."""

    table: int
    row: str
    column: str
    statistic: str
    printed: str
    value: float
    stars: str
    decimals: int

    @property
    def interval(self) -> Interval:
        """What rounds to it; a count is exact."""
        if self.statistic == "observations":
            return exactly(self.value)
        return rounded(self.printed, self.decimals)

    @property
    def text(self) -> str:
        """As it stands on the page, stars attached, errors in parentheses."""
        return f"({self.printed})" if self.statistic == "std_error" else self.printed + self.stars

    @property
    def where(self) -> str:
        """Table, row and column, without what says nothing."""
        spot = [s for s in (self.row, self.column) if s not in ("all", "model", "test")]
        return f"Table {self.table}: {', '.join(spot)}" if spot else f"Table {self.table}"


class Published:
    """Published numbers by table, row, column and statistic, and what else a check may read.

    Parameters
    ----------
    numbers : DataFrame
        In the form of `spillover.replication.published.load`.
    claims : DataFrame, optional
        In the form of `spillover.replication.published.claims`; none by default.
    notes : mapping, optional
        What the note under each table says of errors.

    Examples
    --------
    >>> from spillover.replication import published
    >>> Published(published.load(8)).get(8, "GIA", "direct").text
    '0.090***'
    """

    def __init__(
        self,
        numbers: pd.DataFrame,
        claims: pd.DataFrame | None = None,
        notes: Mapping[Hashable, str] | None = None,
    ) -> None:
        names = list(Number.__dataclass_fields__)
        every = [Number(*line) for line in numbers[names].itertuples(index=False)]
        self.numbers = {(n.table, n.row, n.column, n.statistic): n for n in every}
        self.claims = pd.DataFrame() if claims is None else claims
        self.notes = notes or {}

    def get(
        self, table: int, row: str, column: str, statistic: str = "coefficient"
    ) -> Number | None:
        """Return a number, or None where it is not published."""
        return self.numbers.get((table, row, column, statistic))

    def of(self, *statistics: str, table: int | None = None) -> list[Number]:
        """Return all numbers of some kinds, in published order."""
        every = self.numbers.values()
        return [n for n in every if n.statistic in statistics and table in (None, n.table)]

    def several(
        self, *places: tuple[int, str, str] | tuple[int, str, str, str]
    ) -> tuple[Number, ...] | None:
        """Return the numbers at all `places`, or None if one of them is not published."""
        numbers = [self.get(*place) for place in places]
        return tuple(n for n in numbers if n) if all(numbers) else None

    def paired(
        self, statistic: str, other: str, table: int | None = None
    ) -> list[tuple[Number, Number]]:
        """Return all numbers of one kind that share their cell with one of another kind."""
        pairs = [(n, self.get(n.table, n.row, n.column, other)) for n in self.of(statistic)]
        return [(n, m) for n, m in pairs if m is not None and table in (None, n.table)]


@dataclass(frozen=True)
class Outcome:
    """What a check says of one or several numbers.

    Attributes
    ----------
    numbers : tuple of Number
        All that took part, the one in question first.
    arithmetic : str
        So that a reader can repeat it.
    finding : str
        In words what does not fit; empty if all does.
    certainty : str
        Of the finding.
    where : str
        What to name where several numbers are meant at once; else the place of the first.
    """

    numbers: tuple[Number, ...]
    arithmetic: str
    finding: str = ""
    certainty: str = CERTAIN
    where: str = ""

    @property
    def published(self) -> str:
        """The numbers as published, an error behind its coefficient; of many, the first."""
        texts = [n.text for n in self.numbers]
        if len(texts) > 8:
            texts = [*texts[:3], f"… ({len(texts)} numbers)"]
        return ", ".join(texts).replace(", (", " (")


Ask = Callable[[Published], Iterator[Outcome]]
RULES: list[tuple[str, str, Ask]] = []
"""Group, name and function of all checks, each registered where it is defined."""


def rule(check: str, group: str) -> Callable[[Ask], Ask]:
    """Register a function as a check of the audit; several may share a name."""
    if group not in GROUPS:
        raise ValueError(f"rule {check!r}: found group {group!r}; expected one of {GROUPS}")

    def register(ask: Ask) -> Ask:
        RULES.append((group, check, ask))
        return ask

    return register
