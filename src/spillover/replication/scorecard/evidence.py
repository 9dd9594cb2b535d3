"""What evidence on a claim is made of: our counterparts of printed cells, and findings.

The rule: a claim about an effect is upheld if ours has the claimed sign and is significant at the
claimed level, 10 % where none is named; a claim of a size, if the printed number is reproduced or
close. Everything else is counted as stated in the finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from spillover.econometrics.formats import fmt, pvalue
from spillover.replication import published
from spillover.replication import tables as replication
from spillover.studies.study import CARBON, Study

UPHELD, NOT_UPHELD, UNTESTABLE = "upheld", "not upheld", "cannot be tested"
LEVEL = 0.10


class CannotBeTestedError(Exception):
    """The evidence that a claim needs is not there; the message says why."""


@dataclass(frozen=True)
class Finding:
    """A claim's verdict and, in a sentence with numbers, why."""

    verdict: str
    evidence: str


def decided(holds: bool, evidence: str) -> Finding:
    """Upheld or not, with the evidence."""
    return Finding(UPHELD if holds else NOT_UPHELD, evidence)


@dataclass(frozen=True)
class Cell:
    """One of our numbers with what is printed in its place."""

    table: int
    row: str
    column: str
    ours: float
    p: float
    printed: float
    verdict: str
    reason: str

    def has(self, sign: int, level: float = LEVEL) -> bool:
        """Whether it has the sign, and is significant at the level; 1 asks for the sign alone."""
        return self.ours * sign > 0 and (level >= 1 or self.p < level)

    @property
    def near(self) -> bool:
        """Whether the printed number is reproduced or close."""
        return self.verdict in ("reproduced", "close")

    def __str__(self) -> str:
        where = f"Table {self.table}, {self.row} {self.column}"
        return f"{where}: {fmt(self.ours, 3)} (p {pvalue(self.p)}; printed {fmt(self.printed, 3)})"


@dataclass(frozen=True)
class Evidence:
    """Our side of every table of a study, compared once and kept."""

    study: Study = CARBON
    _tables: dict[int, pd.DataFrame] = field(default_factory=dict)

    def table(self, number: int) -> pd.DataFrame:
        """Comparison of a printed table, indexed by row, column and statistic."""
        if number not in replication.TABLES:
            raise CannotBeTestedError(f"Table {number} has no counterpart here")
        if number not in self._tables:
            compared = replication.compare(number, self.study)
            self._tables[number] = compared.set_index(["row", "column", "statistic"])
        return self._tables[number]

    def cell(self, table: int, row: str, column: str, statistic: str = "coefficient") -> Cell:
        """One number of a table."""
        line = self.table(table).loc[[(row, column, statistic)]].iloc[0]
        if line["verdict"] == "not comparable":
            raise CannotBeTestedError(f"Table {table}, {row}, {column}: {line['reason']}")
        return Cell(
            table,
            row,
            column,
            float(line["ours"]),
            float(line["p_value"]),
            float(line["printed"]),
            str(line["verdict"]),
            str(line["reason"]),
        )

    def cells(self, table: int, row: str, columns: Sequence[str]) -> list[Cell]:
        """Coefficients of one row."""
        return [self.cell(table, row, column) for column in columns]

    @cached_property
    def data(self) -> pd.DataFrame:
        """The study's variables in its window."""
        return self.study.frame()

    def wide(self, symbol: str) -> pd.DataFrame:
        """One variable: provinces in rows, years in columns."""
        return self.data[symbol].unstack("year").reindex(self.data.index.unique("province"))


def directed(cells: Sequence[Cell], sign: int = 1, level: float = LEVEL) -> Finding:
    """Upheld if every number has the sign and is significant at the level."""
    return decided(all(c.has(sign, level) for c in cells), "; ".join(map(str, cells)))


def sized(cell: Cell, sign: int = 1, level: float = LEVEL) -> Finding:
    """Upheld if sign and significance hold and the printed size is reproduced or close."""
    words = f"{cell} {cell.verdict}" + (f", {cell.reason}" if cell.reason else "")
    return decided(cell.near and cell.has(sign, level), words)


def row_of(table: pd.DataFrame, *keys: str) -> dict[str, float]:
    """One row of a table by its labels, as numbers by the name of the column."""
    key = keys if len(keys) > 1 else keys[0]
    line = table.loc[[key]]
    return {str(name): float(line[name].iloc[0]) for name in line if line[name].dtype == float}


def printed(table: int, row: str, column: str, statistic: str = "coefficient") -> float:
    """One printed number."""
    lines = published.load(table).set_index(["row", "column", "statistic"])["value"]
    return float(lines[row, column, statistic])
