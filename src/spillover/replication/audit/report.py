"""The audit as tables: findings, questions asked and the numbers that took part."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from spillover.replication import published
from spillover.replication.audit.rules import CERTAINTIES, GROUPS, RULES, Weights, run

FINE = "fine"
RESULTS = (FINE, *reversed(CERTAINTIES))
"""What a question can come to, from the quietest to the surest finding."""

HEADINGS = {
    "printed": "Printed",
    "implied": "Arithmetic",
    "finding": "What does not fit",
    "certainty": "How sure",
}


def audit(
    printed: pd.DataFrame | None = None,
    weights: Weights | None = None,
    full: bool = False,
    folder: Path | None = None,
) -> pd.DataFrame:
    """Return what does not fit in the printed tables, one line per check and number.

    Parameters
    ----------
    printed : DataFrame, optional
        Numbers in the form of `spillover.replication.published.load`; the papers' by default.
    weights : mapping, optional
        Candidate weights, N × N row-standardised, by the name "rook" or "distance".
    full : bool
        Also the lines of what was checked and found fine; their finding is empty.
    folder : Path, optional
        Where the published tables stand.

    Returns
    -------
    DataFrame
        table (missing for claims in words alone), row, column, check, printed, implied, finding,
        certainty ("certain", "likely", "possible"), by table.

    Examples
    --------
    >>> found = audit()
    >>> found.query("table == 12 and row == 'Constant'")["printed"].to_list()
    ['9.883** (1.730)']
    """
    lines = []
    for rule, outcome in run(printed, weights, folder):
        if outcome.holds and not full:
            continue
        first = outcome.numbers[0] if outcome.numbers else None
        place = outcome.place or ((first.row, first.column) if first else ("", ""))
        said = ("", "")
        if not outcome.holds:
            said = (outcome.finding, outcome.certainty or rule.certainty)
        table = first.table if first else None
        lines.append((table, *place, rule.check, outcome.printed, outcome.implied, *said))
    names = ["table", "row", "column", "check", "printed", "implied", "finding", "certainty"]
    frame = pd.DataFrame(lines, columns=names).astype({"table": "Int64"})
    return frame.sort_values("table", kind="stable", ignore_index=True)


def questions(full: pd.DataFrame) -> pd.DataFrame:
    """Return every line of ``audit(full=True)`` with its group and result in front, by group.

    The result is "fine" or the certainty of the finding.
    """
    group = full["check"].map({rule.check: rule.group for rule in RULES})
    result = full["certainty"].where(full["certainty"] != "", FINE)
    out = full.assign(group=group, result=result)
    out = out.iloc[group.map(GROUPS.index).argsort(kind="stable")].reset_index(drop=True)
    return out[["group", "result", *full.columns]]


def summary(full: pd.DataFrame) -> pd.DataFrame:
    """Count by check: questions asked, answered well, and findings by certainty.

    Parameters
    ----------
    full : DataFrame
        Of ``audit(full=True)``.

    Examples
    --------
    >>> int(summary(audit(full=True)).loc["effects add up", "fine"])
    50
    """
    held = questions(full)
    counts = pd.crosstab(held["check"], held["result"])
    counts = counts.reindex(
        index=held["check"].unique(), columns=[FINE, *CERTAINTIES], fill_value=0
    ).rename_axis(columns=None)
    counts.insert(0, "asked", counts.sum(axis=1))
    return counts


def coverage(
    printed: pd.DataFrame | None = None,
    weights: Weights | None = None,
    folder: Path | None = None,
) -> pd.DataFrame:
    """Return each printed number with the count of checks it took part in and of findings.

    Parameters
    ----------
    printed, weights, folder
        As for :func:`audit`.

    Examples
    --------
    >>> bool((coverage()["checks"] > 0).all())
    True
    """
    base = published.load(folder=folder) if printed is None else printed
    key = ["table", "row", "column", "statistic"]
    parts = pd.DataFrame(
        [
            (n.table, n.row, n.column, n.statistic, not outcome.holds)
            for _, outcome in run(printed, weights, folder)
            for n in outcome.numbers
        ],
        columns=[*key, "finding"],
    )
    counts = parts.groupby(key)["finding"].agg(checks="size", findings="sum").reset_index()
    out = base[[*key, "printed", "stars"]].merge(counts, on=key, how="left", validate="1:1")
    return out.fillna({"checks": 0, "findings": 0}).astype({"checks": int, "findings": int})


def typeset(text: str) -> str:
    """Write a line of the audit with true minus signs and with stars that no mark-up takes away.

    Decimals beyond the fifth are dropped; the CSV keeps them.

    Examples
    --------
    >>> typeset("-0.92*** in 2013-2022, lag-free")
    '−0.92∗∗∗ in 2013–2022, lag-free'
    """
    shorter = re.sub(r"(\d\.\d{5})\d+", r"\1", text)
    signed = re.sub(r"(?<![\w.])-(?=\d)", "−", shorter)
    return re.sub(r"(?<=\b\d{4})-(?=\d{4}\b)", "–", signed).replace("*", "∗")


def _where(line: Mapping[Hashable, Any]) -> str:
    """Table, row and column, without what says nothing."""
    spot = [str(line["row"]), str(line["column"])]
    if pd.isna(line["table"]):
        return typeset(" ".join(spot))
    words = ", ".join(s for s in spot if s not in ("all", "model", "note", "test"))
    return typeset(f"Table {line['table']}: {words}" if words else f"Table {line['table']}")


def findings(
    full: pd.DataFrame, *checks: str, show: Iterable[str] = ("implied", "certainty")
) -> pd.DataFrame:
    """Return the findings of some checks as a narrow table; places that share one share a row.

    Parameters
    ----------
    full : DataFrame
        Of :func:`audit`, full or not.
    *checks
        Names of checks.
    show
        Columns of the audit to show behind the place: "printed", "implied", "finding",
        "certainty".

    Raises
    ------
    ValueError
        When there is no check of that name.

    Examples
    --------
    >>> findings(audit(), "stars of test statistics")["Arithmetic"].to_list()[0]
    'χ² = 0.029: p = 0.8648 for χ²(1)'
    """
    shown = list(show)
    if unknown := set(checks) - set(full["check"]):
        known = ", ".join(dict.fromkeys(full["check"]))
        raise ValueError(f"found no check named {min(unknown)!r}; the checks are {known}")
    held = full[full["check"].isin(checks) & (full["finding"] != "")]
    held = held.assign(where=[_where(line) for line in held.to_dict("records")])
    if "finding" in shown:
        keys = ["table", "check", "finding", "certainty"]
        held = held.groupby(keys, sort=False, dropna=False, as_index=False).agg(_together)
    columns = {HEADINGS[name]: [typeset(str(text)) for text in held[name]] for name in shown}
    return pd.DataFrame(columns, index=pd.Index(held["where"], name="Where"))


def _together(texts: pd.Series) -> str:
    """Join several places or sums in one cell, what they share in front written once."""
    parts = [str(text) for text in texts]
    if len(set(parts)) == 1:
        return parts[0]
    head = parts[0].partition(": ")[0] + ": "
    if head.startswith("Table ") and all(part.startswith(head) for part in parts):
        return head + "; ".join(part.removeprefix(head) for part in parts)
    return "; ".join(parts)


def example(
    full: pd.DataFrame, name: str, check: str, *, found: bool = False, **where: object
) -> dict[str, str]:
    """Return the first line of a check as words for the prose: where, printed, implied, finding.

    Parameters
    ----------
    full : DataFrame
        Of ``audit(full=True)``.
    name
        What the keys of the result begin with.
    check
        Name of a check.
    found
        Whether only lines with a finding count.
    **where
        Table, row or column that the line must have.

    Examples
    --------
    >>> example(audit(full=True), "sum", "effects add up", table=8)["sum_implied"]
    '0.090 + 0.138 = 0.2270 to 0.2290 before rounding'
    """
    held = full[(full["check"] == check) & ((full["finding"] != "") | (not found))]
    for column, value in where.items():
        held = held[held[column] == value]
    if held.empty:
        raise ValueError(f"found no line of {check!r} with {where}; look at audit(full=True)")
    line = held.iloc[0].to_dict()
    words = {part: typeset(str(line[part])) for part in ("printed", "implied", "finding")}
    words["finding"] = words["finding"] or "nothing"
    return {f"{name}_{part}": text for part, text in {"where": _where(line), **words}.items()}
