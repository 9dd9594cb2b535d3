"""All printed numbers of the first paper beside ours, one line each.

Comparisons are made by :mod:`spillover.replication.tables`; here they are put under one another and
counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from spillover.replication import published
from spillover.replication import tables as replication
from spillover.replication.scorecard.registry import ScorecardError
from spillover.studies.study import CARBON, Study

COLUMNS = [
    "table", "row", "column", "statistic", "printed", "ours", "difference", "difference_in_se",
    "verdict", "reason", "printed_in_sd", "ours_in_sd", "link",
]  # fmt: skip

CHAPTERS = {
    1: "moran",
    2: "moran",
    3: "choice",
    5: "measurement",
    6: "benchmark",
    7: "mediation",
    8: "durbin",
    9: "robustness",
    10: "robustness",
    11: "endogeneity",
    12: "heterogeneity",
}
"""The chapter that shows each table."""


def link(table: int) -> str:
    """Address of a table's comparison within the book."""
    return f"chapters/carbon/{CHAPTERS[table]}.html#tab-table{table}"


def _known(tables: Iterable[int] | None) -> list[int]:
    wanted = list(published.TABLES if tables is None else tables)
    if lacking := [t for t in wanted if t not in replication.TABLES]:
        raise ScorecardError(
            f"no counterpart of Table {', '.join(map(str, lacking))} in spillover.replication.tables; "
            f"add one, or ask for tables={sorted(replication.TABLES)}"
        )
    return wanted


def scorecard(tables: Iterable[int] | None = None, study: Study = CARBON) -> pd.DataFrame:
    """Every printed number beside ours, with the verdict.

    Parameters
    ----------
    tables : iterable of int, optional
        All that print numbers by default: 581 lines.
    study : Study
        The first paper's study, or a variant of it.

    Returns
    -------
    DataFrame
        In the order of the tables and of their lines: table, row, column, statistic, printed
        (text), ours, difference, difference_in_se (in printed standard errors), verdict, reason,
        printed_in_sd and ours_in_sd (in standard deviations of the variable in whose units the
        number stands, theirs and ours), link (the chapter that shows it).

    Raises
    ------
    ScorecardError
        A table has no counterpart yet, or a line was lost on the way.

    Examples
    --------
    >>> scorecard([5])[["row", "statistic", "verdict"]].iloc[0].to_list()
    ['CP', 'observations', 'reproduced']
    """
    wanted = _known(tables)
    parts = [replication.compare(t, study).assign(link=link(t)) for t in wanted]
    whole = pd.concat(parts, ignore_index=True)[COLUMNS]
    printed = sum(len(published.load(t)) for t in wanted)
    if len(whole) != printed:
        raise ScorecardError(f"found {len(whole)} lines; expected {printed}, one a printed number")
    return whole


def summary(tables: Iterable[int] | None = None, study: Study = CARBON) -> pd.DataFrame:
    """Verdicts by table, with a last row of totals.

    Examples
    --------
    >>> int(summary([5]).loc["all", "total"])
    45
    """
    return count(scorecard(tables, study))


def count(numbers: pd.DataFrame) -> pd.DataFrame:
    """Count the verdicts of a scorecard by table, with a last row of totals."""
    by_table = published.totals(numbers)
    by_table.index = pd.Index([str(t) for t in by_table.index], name="table")
    by_table.loc["all"] = by_table.sum()
    return by_table


def write_csv(path: Path | str, tables: Iterable[int] | None = None, study: Study = CARBON) -> Path:
    """Write the scorecard as CSV: UTF-8, one line a printed number, numbers to ten digits."""
    target = Path(path)
    numbers = scorecard(tables, study)
    numbers.to_csv(target, index=False, lineterminator="\n", float_format="%.10g")
    return target
