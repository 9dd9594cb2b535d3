"""The scorecard: every published number and every claim in words beside our own.

A number without a counterpart stays in the table with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from spillover.econometrics.formats import fmt
from spillover.replication import claims, published
from spillover.replication.evidence import REGISTRY
from spillover.replication.tables import compare
from spillover.studies import CARBON, Study

COLUMNS = [
    "table", "row", "column", "statistic", "group", "printed", "stars", "ours", "p_value",
    "difference", "ratio", "standard_error", "our_error", "z_difference", "significant", "verdict",
    "reason", "printed_in_sd", "ours_in_sd", "z_in_sd", "verdict_in_sd", "link",
]  # fmt: skip


class ScorecardError(ValueError):
    """A paper prints no tables; the message names it."""


def link(table: int, study: Study = CARBON) -> str:
    """Address, within the book, of the comparison with a printed table."""
    about = published.about(table, study.printed_folder)
    return f"chapters/{about['paper']}/{about['chapter']}.html#tab-table{table}"


def anchors(numbers: pd.DataFrame) -> pd.Series:
    """Name of each number on the page of all numbers: its table and its place in it.

    Examples
    --------
    >>> anchors(pd.DataFrame({"table": [1, 1, 2]})).to_list()
    ['number-1-1', 'number-1-2', 'number-2-1']
    """
    place = numbers.groupby("table").cumcount() + 1
    return "number-" + numbers["table"].astype(str) + "-" + place.astype(str)


def places(numbers: pd.DataFrame, page: str) -> dict[str, tuple[str, str]]:
    """Where each number stands on the page of all numbers, and what is said of it there.

    Parameters
    ----------
    numbers
        Of :func:`scorecard`.
    page
        Address of that page.

    Returns
    -------
    dict
        Name, as :func:`anchors` gives it, to (address, words).
    """
    words = (
        f"Table {line['table']}, {line['row']}, {line['column']}: published {line['printed']}, "
        f"ours {fmt(line['ours'], 3)}, {line['verdict']}"
        for _, line in numbers.iterrows()
    )
    return {n: (f"{page}#{n}", said) for n, said in zip(anchors(numbers), words, strict=True)}


def _tables_of(study: Study) -> list[int]:
    every = published.tables(study.printed_folder)
    return [int(t) for t in every.index[every["paper"] == study.key]]


def has_tables(study: Study) -> bool:
    """Whether the paper of a study publishes tables of numbers; of an abstract there are none."""
    return bool(_tables_of(study))


def scorecard(
    tables: Iterable[int] | None = None, study: Study = CARBON, published_errors: bool = False
) -> pd.DataFrame:
    """Every published number beside ours, with the verdict.

    Parameters
    ----------
    tables : iterable of int, optional
        All that print numbers by default.
    study : Study
        The paper's study, or a variant of it.
    published_errors : bool
        Compute our standard errors as the paper says it computed its own, not as the study does.

    Returns
    -------
    DataFrame
        In the order of the tables and of their lines, as :func:`.verdicts.compare` has them, and
        link: the chapter that shows it. :func:`.verdicts.totals` and :func:`.verdicts.agreement`
        summarise it.

    Examples
    --------
    >>> scorecard([5])[["row", "statistic", "verdict"]].iloc[0].to_list()
    ['CP', 'observations', 'reproduced']
    """
    numbers = [int(t) for t in (_tables_of(study) if tables is None else tables)]
    if not numbers:
        raise ScorecardError(f"no table of {study.key!r} is in {study.printed}/tables.csv")
    parts = [compare(t, study, published_errors).assign(link=link(t, study)) for t in numbers]
    return pd.concat(parts, ignore_index=True)[COLUMNS]


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
