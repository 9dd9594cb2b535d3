"""What an audit rule is, what it may read, and how all rules are run.

A rule is one function with the decorator :func:`rule`, which names its check, its group and how
sure its findings are. It takes the printed tables and yields an :class:`Outcome` for every
question it asks; to add or to remove a rule is to add or to remove that function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from libpysal.graph import Graph
from numpy.typing import NDArray

from spillover.replication import published
from spillover.replication.audit.intervals import Interval, exactly, rounded

CERTAIN, LIKELY, POSSIBLE = "certain", "likely", "possible"
CERTAINTIES = (CERTAIN, LIKELY, POSSIBLE)
"""Certain: arithmetic on the printed numbers. Likely: needs one assumption, which the finding
names. Possible: another reading exists, which the finding names."""

GROUPS = (
    "Stars: coefficients",
    "Stars: statistics",
    "Moran's I",
    "Sums, repeats",
    "Lags and ρ",
    "Tests",
    "Moments, counts",
    "Words",
)
"""Groups of rules, in the order in which they are run and shown."""

UNITS = 30
"""Provinces behind the printed tables."""

EFFECTS = ("direct", "indirect", "total")

QUOTED = 14
"""More numbers than this are quoted by their first and last only."""

Weights = Mapping[str, Graph | pd.DataFrame]


@dataclass(frozen=True)
class Number:
    """One printed number; `printed` is its text without the stars."""

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


class Printed:
    """Printed numbers by table, row, column and statistic, and what else a rule may read.

    Parameters
    ----------
    numbers : DataFrame
        In the form of `spillover.replication.published.load`.
    weights : mapping, optional
        Candidate weights, N × N row-standardised, by the name "rook" or "distance".
    notes, claims : Series, optional
        What the note under each table says of errors; the papers' claims by their ids.

    Examples
    --------
    >>> Printed(published.load(8)).get(8, "GIA", "direct").text
    '0.090***'
    """

    def __init__(
        self,
        numbers: pd.DataFrame,
        weights: Weights | None = None,
        notes: pd.Series | None = None,
        claims: pd.Series | None = None,
    ) -> None:
        names = list(Number.__dataclass_fields__)
        every = [Number(*line) for line in numbers[names].itertuples(index=False)]
        self.numbers = {(n.table, n.row, n.column, n.statistic): n for n in every}
        self.weights = {name: _matrix(name, given) for name, given in (weights or {}).items()}
        self.notes = {} if notes is None else notes.to_dict()
        self.claims = {} if claims is None else claims.to_dict()

    def get(
        self, table: int, row: str, column: str, statistic: str = "coefficient"
    ) -> Number | None:
        """Return a number, or None where it is not printed."""
        return self.numbers.get((table, row, column, statistic))

    def of(self, *statistics: str, table: int | None = None) -> list[Number]:
        """Return all numbers of some kinds, in printed order."""
        every = self.numbers.values()
        return [n for n in every if n.statistic in statistics and table in (None, n.table)]

    def several(self, *places: tuple[int, str, str, str]) -> tuple[Number, ...] | None:
        """Return the numbers at all `places`, or None if one of them is not printed."""
        numbers = tuple(self.numbers[place] for place in places if place in self.numbers)
        return numbers if len(numbers) == len(places) else None

    def paired(
        self, statistic: str, other: str, table: int | None = None
    ) -> list[tuple[Number, Number]]:
        """Return all numbers of one kind that share their cell with one of another kind."""
        pairs = [(n, self.get(n.table, n.row, n.column, other)) for n in self.of(statistic)]
        return [(n, m) for n, m in pairs if m is not None and table in (None, n.table)]


def _matrix(name: str, given: Graph | pd.DataFrame) -> NDArray[np.float64]:
    """Candidate weights as an array; raise on a name or a size that no table has."""
    matrix = given.sparse.toarray() if isinstance(given, Graph) else given.to_numpy()
    if name not in ("rook", "distance"):
        raise ValueError(f"found weights named {name!r}; expected 'rook' or 'distance'")
    if matrix.shape != (UNITS, UNITS):
        raise ValueError(
            f"weights {name!r}: found {matrix.shape[0]} × {matrix.shape[1]}; expected "
            f"{UNITS} × {UNITS}, the provinces of the printed tables"
        )
    return np.asarray(matrix, dtype=float)


@dataclass(frozen=True)
class Outcome:
    """What a rule says of one or several numbers.

    Attributes
    ----------
    numbers : tuple of Number
        All printed numbers that took part, the one in question first.
    implied : str
        The arithmetic, so that a reader can repeat it.
    holds : bool
        Whether the numbers pass.
    finding : str
        In words what does not fit, where they do not pass.
    place : tuple, optional
        Row and column to name where several numbers are meant at once.
    certainty : str, optional
        Where it differs from the rule's.
    """

    numbers: tuple[Number, ...]
    implied: str
    holds: bool = True
    finding: str = ""
    place: tuple[str, str] | None = None
    certainty: str = ""

    @property
    def printed(self) -> str:
        """The numbers as printed, an error behind its coefficient; of many, the first and last."""
        texts = [n.text for n in self.numbers]
        if len(texts) > QUOTED:
            texts = [*texts[:3], "…", f"{texts[-1]}: {len(texts)} numbers"]
        return ", ".join(texts).replace(", (", " (")


@dataclass(frozen=True)
class Rule:
    """One rule: the name of its check, its group, the certainty of its findings."""

    check: str
    group: str
    certainty: str
    ask: Callable[[Printed], Iterator[Outcome]]


RULES: list[Rule] = []
"""All rules, each registered by :func:`rule` where it is defined."""


def rule(
    check: str, group: str, certainty: str = CERTAIN
) -> Callable[[Callable[[Printed], Iterator[Outcome]]], Callable[[Printed], Iterator[Outcome]]]:
    """Register a function as a rule of the audit; several rules may share the name of a check."""
    if group not in GROUPS or certainty not in CERTAINTIES:
        raise ValueError(
            f"rule {check!r}: found group {group!r} and certainty {certainty!r}; expected one of "
            f"{GROUPS} and one of {CERTAINTIES}"
        )

    def register(
        ask: Callable[[Printed], Iterator[Outcome]],
    ) -> Callable[[Printed], Iterator[Outcome]]:
        RULES.append(Rule(check, group, certainty, ask))
        return ask

    return register


def run(
    printed: pd.DataFrame | None = None,
    weights: Weights | None = None,
    folder: Path | None = None,
) -> list[tuple[Rule, Outcome]]:
    """Ask every rule, group by group; notes and claims are read only with the papers' own tables.

    Parameters
    ----------
    printed : DataFrame, optional
        Numbers in the form of `spillover.replication.published.load`; the papers' by default.
    weights : mapping, optional
        Candidate weights, N × N row-standardised, by the name "rook" or "distance".
    folder : Path, optional
        Where the published tables stand.
    """
    if printed is None:
        notes = published.tables(folder)["note_errors"]
        claims = published.claims(folder=folder)["text"].astype(str)
        tables = Printed(published.load(folder=folder), weights, notes, claims)
    else:
        tables = Printed(printed, weights)
    ordered = sorted(RULES, key=lambda r: GROUPS.index(r.group))
    return [(r, outcome) for r in ordered for outcome in r.ask(tables)]
