"""Printed numbers by their place, and the outcome of asking whether one can be.

Shared by all checks; it performs none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spillover.replication.audit.intervals import Interval, exactly, rounded

CERTAIN, LIKELY, POSSIBLE = "certain", "likely", "possible"
CERTAINTIES = (CERTAIN, LIKELY, POSSIBLE)
"""Certain: arithmetic on the printed numbers. Likely: needs one assumption, which the finding
names. Possible: another reading exists, which the finding names."""

MANY = 14
"""More numbers than this are quoted by their first and last only."""

EFFECTS = ("direct", "indirect", "total")


@dataclass(frozen=True)
class Number:
    """One printed number."""

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
        """As it stands on the page: stars attached, errors in parentheses."""
        return f"({self.printed})" if self.statistic == "std_error" else self.printed + self.stars


@dataclass(frozen=True)
class Outcome:
    """What one check says of one or several numbers; no `finding` means that they pass.

    Attributes
    ----------
    check : str
        Name of the check.
    numbers : tuple of Number
        All printed numbers that took part, the one in question first.
    implied : str
        The arithmetic, so that a reader can repeat it.
    finding, certainty : str
        In words what does not fit, and how sure that is; both empty where all is well.
    place : tuple, optional
        Row and column to name where several numbers are meant at once.
    """

    check: str
    numbers: tuple[Number, ...]
    implied: str
    finding: str = ""
    certainty: str = ""
    place: tuple[str, str] | None = None

    @property
    def table(self) -> int | None:
        """Table of the first number."""
        return self.numbers[0].table if self.numbers else None

    @property
    def where(self) -> tuple[str, str]:
        """Row and column."""
        if self.place:
            return self.place
        return self.numbers[0].row, self.numbers[0].column

    @property
    def printed(self) -> str:
        """The numbers as printed, an error behind its coefficient; of many, the first and last."""
        texts = [n.text for n in self.numbers]
        if len(texts) > MANY:
            texts = [*texts[:3], "…", f"{texts[-1]}: {len(texts)} numbers"]
        return ", ".join(texts).replace(", (", " (")


class Cells:
    """Printed numbers by table, row, column and statistic.

    Examples
    --------
    >>> from spillover.replication.published import load
    >>> Cells(load(8)).get(8, "GIA", "direct").text
    '0.090***'
    """

    def __init__(self, printed: pd.DataFrame) -> None:
        self._by: dict[tuple[int, str, str, str], Number] = {}
        for line in printed.to_dict("records"):
            number = Number(
                int(line["table"]),
                str(line["row"]),
                str(line["column"]),
                str(line["statistic"]),
                str(line["printed"]),
                float(line["value"]),
                str(line["stars"]),
                int(line["decimals"]),
            )
            self._by[number.table, number.row, number.column, number.statistic] = number

    def __iter__(self) -> Iterator[Number]:
        return iter(self._by.values())

    def get(
        self, table: int, row: str, column: str, statistic: str = "coefficient"
    ) -> Number | None:
        """Return a number, or None where it is not printed."""
        return self._by.get((table, row, column, statistic))

    def of(self, *statistics: str, table: int | None = None) -> list[Number]:
        """Return all numbers of some kinds, in printed order."""
        return [
            n for n in self._by.values() if n.statistic in statistics and table in (None, n.table)
        ]

    def several(self, *places: tuple[int, str, str, str]) -> tuple[Number, ...] | None:
        """Return the numbers at all `places`, or None if one of them is not printed."""
        found = [self._by.get(place) for place in places]
        numbers = tuple(n for n in found if n is not None)
        return numbers if len(numbers) == len(places) else None

    def beside(self, number: Number, statistic: str) -> Number | None:
        """Return the number of another kind in the same cell."""
        return self.get(number.table, number.row, number.column, statistic)


@dataclass(frozen=True)
class Triple:
    """Direct, indirect and total effect of one variable, each with its error."""

    prefix: str
    effects: tuple[Number, Number, Number]
    errors: tuple[Number, Number, Number]

    @property
    def row(self) -> str:
        """The variable."""
        return self.effects[0].row


def triples(cells: Cells) -> list[Triple]:
    """Return every row that prints the three effects with their errors, model by model."""
    out = []
    for number in cells.of("coefficient"):
        head, _, effect = number.column.rpartition(" ")
        if effect != "direct":
            continue
        prefix = f"{head} " if head else ""
        places = [(number.table, number.row, prefix + e) for e in EFFECTS]
        effects = cells.several(*((*p, "coefficient") for p in places))
        errors = cells.several(*((*p, "std_error") for p in places))
        if effects and errors:
            out.append(
                Triple(
                    prefix, (effects[0], effects[1], effects[2]), (errors[0], errors[1], errors[2])
                )
            )
    return out


def by_model(found: Iterable[Triple]) -> dict[tuple[int, str], list[Triple]]:
    """Group the triples of one model: table and what stands before the effect's name."""
    out: dict[tuple[int, str], list[Triple]] = {}
    for triple in found:
        out.setdefault((triple.effects[0].table, triple.prefix), []).append(triple)
    return out


@dataclass(frozen=True)
class Page:
    """What the checks look at: the printed numbers and, if given, candidate weights.

    Attributes
    ----------
    cells : Cells
        The printed numbers.
    weights : mapping
        N×N arrays by the name that the tables give their weights: "rook", "distance".
    """

    cells: Cells
    weights: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
