"""The audit as tables: every question with its answer, the findings, counts, words for prose."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from spillover.replication import published
from spillover.replication.audit.rules import FINE, GROUPS, RESULTS, RULES, Published

COLUMNS = ["group", "check", "where", "published", "arithmetic", "finding", "result"]

HEADINGS = {
    "published": "Published",
    "arithmetic": "Arithmetic",
    "finding": "What does not fit",
    "result": "How sure",
}


def questions(numbers: pd.DataFrame | Published | None = None) -> pd.DataFrame:
    """Return every question put to the published tables, with its arithmetic and its answer.

    Parameters
    ----------
    numbers : DataFrame or Published, optional
        Numbers in the form of `spillover.replication.published.load`; those of the first paper
        with its claims and notes by default.

    Returns
    -------
    DataFrame
        group, check, where, published, arithmetic, finding (empty if all fits) and result
        ("fine", "possible", "likely", "certain"). A number that is published in several tables
        gives one finding, with all its places.

    Examples
    --------
    >>> lines = questions()
    >>> set(lines.loc[lines["check"] == "effects add up", "result"])
    {'fine'}
    """
    if numbers is None:
        notes = published.tables()["note_errors"].to_dict()
        numbers = Published(published.load(), published.claims("carbon"), notes)
    elif isinstance(numbers, pd.DataFrame):
        numbers = Published(numbers)
    lines: dict[object, dict[str, str]] = {}
    for group, check, ask in sorted(RULES, key=lambda r: GROUPS.index(r[0])):
        for outcome in ask(numbers):
            where = outcome.where or outcome.numbers[0].where
            texts = (outcome.published, outcome.arithmetic, outcome.finding)
            key = (check, outcome.published, outcome.finding) if outcome.finding else len(lines)
            if key in lines:
                lines[key]["where"] += f"; {where}"
                continue
            result = outcome.certainty if outcome.finding else FINE
            lines[key] = dict(zip(COLUMNS, (group, check, where, *texts, result), strict=True))
    return pd.DataFrame(lines.values(), columns=COLUMNS)


def findings(numbers: pd.DataFrame | Published | None = None) -> pd.DataFrame:
    """Return what does not fit in the published tables, surest first, by table.

    The one list behind the command ``spillover audit`` and the chapter on the audit.

    Parameters
    ----------
    numbers
        As for :func:`questions`.

    Examples
    --------
    >>> found = findings()
    >>> found.loc[found["where"].str.startswith("Table 12: Constant"), "published"].to_list()
    ['9.883** (1.730)']
    """
    held = questions(numbers).query("result != @FINE", local_dict={"FINE": FINE})
    surest = held["result"].map(RESULTS[::-1].index)
    table = held["where"].str.extract(r"(\d+)", expand=False).astype(int)
    order = held.assign(surest=surest, table=table).sort_values(["surest", "table"], kind="stable")
    return order[COLUMNS].reset_index(drop=True)


def summary(lines: pd.DataFrame) -> pd.DataFrame:
    """Count the :func:`questions` of each check: asked, and by what they came to.

    Examples
    --------
    >>> int(summary(questions()).loc["effects add up", "fine"])
    50
    """
    counts = pd.crosstab(lines["check"], lines["result"]).rename_axis(columns=None)
    order = [FINE, *RESULTS[:0:-1]]
    counts = counts.reindex(index=lines["check"].unique(), columns=order, fill_value=0)
    counts.insert(0, "asked", counts.sum(axis=1))
    return counts


def _typeset(text: str) -> str:
    """True minus signs, dashes between years, stars that no mark-up takes away."""
    signed = re.sub(r"(?<![\w.])-(?=\d)", "−", text)
    return re.sub(r"(?<=\b\d{4})-(?=\d{4}\b)", "–", signed).replace("*", "∗")


def for_readers(lines: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return some lines as a table for a page: the place in front, then the columns asked for."""
    shown = {HEADINGS[name]: lines[name].map(_typeset).to_list() for name in columns}
    return pd.DataFrame(shown, index=pd.Index(lines["where"].map(_typeset), name="Where"))


def example(lines: pd.DataFrame, name: str, check: str, where: str = "") -> dict[str, str]:
    """Return one line of a check as words for prose: where, published, arithmetic, any finding.

    Parameters
    ----------
    lines : DataFrame
        Of :func:`questions` or :func:`findings`.
    name
        What the keys of the result begin with.
    check
        Name of a check.
    where
        What the line's place must hold; the first line by default.

    Raises
    ------
    ValueError
        When there is no such line.

    Examples
    --------
    >>> example(questions(), "sum", "effects add up", "Table 8: GIA")["sum_arithmetic"]
    '0.090 + 0.138 = 0.2270 to 0.2290 before rounding'
    """
    held = lines[(lines["check"] == check) & lines["where"].str.contains(where, regex=False)]
    if held.empty:
        known = ", ".join(lines["check"].unique())
        raise ValueError(f"found no line of {check!r} at {where!r}; the checks are {known}")
    return {
        f"{name}_{part}": _typeset(str(held.iloc[0][part]))
        for part in ("where", "published", "arithmetic", "finding")
        if held.iloc[0][part]
    }
