"""The scorecard: every printed number and every claim in words beside what is found here.

A number without a counterpart stays in the table with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from spillover.replication import claims, published, verdicts
from spillover.replication.evidence import REGISTRY
from spillover.replication.tables import compare
from spillover.studies import CARBON, Study

COLUMNS = [
    "table", "row", "column", "statistic", "printed", "ours", "difference", "difference_in_se",
    "verdict", "reason", "printed_in_sd", "ours_in_sd", "link",
]  # fmt: skip


class ScorecardError(ValueError):
    """A paper prints no tables; the message names it."""


def link(table: int, study: Study = CARBON) -> str:
    """Address, within the book, of the comparison with a printed table."""
    about = published.about(table, study.printed_folder)
    return f"chapters/{about['paper']}/{about['chapter']}.html#tab-table{table}"


def scorecard(tables: Iterable[int] | None = None, study: Study = CARBON) -> pd.DataFrame:
    """Every printed number beside ours, with the verdict.

    Parameters
    ----------
    tables : iterable of int, optional
        All that print numbers by default.
    study : Study
        The paper's study, or a variant of it.

    Returns
    -------
    DataFrame
        In the order of the tables and of their lines: table, row, column, statistic, printed
        (text), ours, difference, difference_in_se (in printed standard errors), verdict, reason,
        printed_in_sd and ours_in_sd (in standard deviations of the variable in whose units the
        number stands, theirs and ours), link (the chapter that shows it).

    Examples
    --------
    >>> scorecard([5])[["row", "statistic", "verdict"]].iloc[0].to_list()
    ['CP', 'observations', 'reproduced']
    """
    about = published.tables(study.printed_folder).query("paper == @study.key")
    numbers = [int(t) for t in (about.index if tables is None else tables)]
    if not numbers:
        raise ScorecardError(f"no table of {study.key!r} is in {study.printed}/tables.csv")
    parts = [compare(t, study).assign(link=link(t, study)) for t in numbers]
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def summary(numbers: pd.DataFrame) -> pd.DataFrame:
    """Count the verdicts of a scorecard by table, with a last row of totals.

    Examples
    --------
    >>> int(summary(scorecard([5])).loc["all", "total"])
    45
    """
    by_table = verdicts.totals(numbers)
    by_table.index = pd.Index([str(t) for t in by_table.index], name="table")
    by_table.loc["all"] = by_table.sum()
    return by_table


def claims_evidence(
    study: Study = CARBON, first: str | None = None, last: str | None = None
) -> pd.DataFrame:
    """Claims of a study's paper: upheld, not upheld or not testable, and why.

    Parameters
    ----------
    study : Study
        The paper's study, or a variant of it.
    first, last : str, optional
        Only the claims from one id to another.

    Returns
    -------
    DataFrame
        Index id; section, kind, text, tables, verdict, evidence (a sentence with numbers; it
        says first where a variable stands in for the paper's), proxy (whether one does).
    """
    return claims.examine(study, REGISTRY.get(study.key, {}), first, last)


def claims_summary(examined: pd.DataFrame) -> pd.DataFrame:
    """Count the verdicts on claims by kind, those that occur, with a last row of totals."""
    counts = pd.crosstab(examined["kind"], examined["verdict"])
    kinds = list(dict.fromkeys(examined["kind"]))
    occur = [verdict for verdict in claims.VERDICTS if verdict in counts]
    counts = counts.loc[kinds, occur].rename_axis(columns=None)
    counts.loc["all"] = counts.sum()
    return counts.assign(total=counts.sum(axis=1))
