"""The audit's outcomes for readers: grouped, counted, worked examples, short tables of findings.

The arithmetic is :mod:`spillover.replication.audit`'s and is repeated here word for word, set in type.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd

from spillover.multiverse import search
from spillover.replication.audit.cells import CERTAINTIES

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Stars: coefficients": ("stars of coefficients", "rule behind the stars"),
        "Stars: statistics": ("stars of test statistics", "stars of Moran's I"),
        "Moran's I": (
            "null variance by year",
            "null variances of Tables 1 and 2",
            "kurtosis on the weights supplied",
            "one kurtosis under both weights",
        ),
        "Sums, repeats": (
            "effects add up",
            "errors of effects",
            "repeated numbers",
            "regression through the means",
        ),
        "Lags and ρ": (
            "indirect over direct",
            "which variables were lagged",
            "rho from total over main",
            "one rho within rounding",
            "lag of the exposure",
            "rho on the weights supplied",
            "kinship with the benchmark",
        ),
        "Tests": (
            "identity of LM tests",
            "LR tests that should differ",
            "restrictions behind the Wald test",
            "F against t squared",
            "statistics printed twice",
        ),
        "Moments, counts": (
            "order of moments",
            "spread within bounds",
            "observations",
            "equal errors",
        ),
        "Words": (
            "text against tables",
            "mediated share",
            "units of magnitude statements",
            "figures against tables",
            "note under the table",
            "claims against each other",
        ),
    }
)
"""Which checks are told together."""

OTHER = "Other"
"""Group of a check that :data:`GROUPS` does not name, so that none is lost."""

HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        "printed": "Printed",
        "implied": "Arithmetic",
        "finding": "What does not fit",
        "certainty": "How sure",
    }
)

FINE = "fine"
RESULTS = (FINE, *reversed(CERTAINTIES))
"""What a question can come to, from the quietest to the surest finding."""

_LONG = re.compile(r"(\d\.\d{5})\d+")
_MINUS = re.compile(r"(?<![\w.])-(?=\d)")
_YEARS = re.compile(r"(?<=\b\d{4})-(?=\d{4}\b)")


def in_type(text: str) -> str:
    """Set a line of the audit in type: true minus signs, stars that no mark-up takes for its own.

    Decimals beyond the fifth are dropped; the CSV keeps them.

    Examples
    --------
    >>> in_type("-0.92*** in 2013-2022")
    '−0.92∗∗∗ in 2013–2022'
    """
    shorter = _LONG.sub(r"\1", text)
    return _YEARS.sub("–", _MINUS.sub("−", shorter)).replace("*", "∗")


def _group(check: str) -> str:
    return next((name for name, checks in GROUPS.items() if check in checks), OTHER)


def squares(full: pd.DataFrame) -> pd.DataFrame:
    """Every question with its group and its result, for the picture and its CSV.

    Parameters
    ----------
    full : DataFrame
        Of ``audit(full=True)``.

    Returns
    -------
    DataFrame
        The same lines, in the order of the groups, with ``group`` and ``result`` in front.
    """
    group = full["check"].map(_group)
    result = full["certainty"].where(full["certainty"] != "", FINE)
    out = full.assign(group=group, result=result)
    order = {name: i for i, name in enumerate([*GROUPS, OTHER])}
    out = out.iloc[group.map(order).argsort(kind="stable")].reset_index(drop=True)
    return out[["group", "result", *full.columns]]


def by_check(full: pd.DataFrame) -> pd.DataFrame:
    """Questions asked, answered well, and findings, check by check.

    Examples
    --------
    >>> from spillover.replication.audit import audit
    >>> int(by_check(audit(full=True)).loc["Effects add up", "Fine"])
    50
    """
    held = squares(full)
    counts = pd.crosstab(held["check"], held["result"]).reindex(
        index=held["check"].unique(), columns=list(RESULTS), fill_value=0
    )
    shown = pd.DataFrame(
        {"Asked": counts.sum(axis=1), "Fine": counts[FINE]}
        | {name.capitalize(): counts[name] for name in CERTAINTIES}
    )
    shown.index = pd.Index([name[:1].upper() + name[1:] for name in shown.index], name="Check")
    return shown


def _place(line: Mapping[Any, Any]) -> str:
    """Table, row and column, without what says nothing."""
    spot = [str(line["row"]), str(line["column"])]
    words = ", ".join(s for s in spot if s not in ("all", "model", "note", "test"))
    if line["table"] is pd.NA or line["table"] is None:
        return in_type(" ".join(spot))
    return in_type(f"Table {line['table']}: {words}" if words else f"Table {line['table']}")


def _chosen(full: pd.DataFrame, checks: Iterable[str]) -> pd.DataFrame:
    wanted = list(checks)
    unknown = set(wanted) - set(full["check"])
    if unknown:
        raise ValueError(f"found no check named {sorted(unknown)[0]!r}; see audit.summary()")
    return full[full["check"].isin(wanted) & (full["finding"] != "")]


def findings(
    full: pd.DataFrame, *checks: str, show: Iterable[str] = ("implied", "certainty")
) -> pd.DataFrame:
    """Findings of some checks as a narrow table; places that share a finding share a row.

    Parameters
    ----------
    full : DataFrame
        Of ``audit()``, full or not.
    *checks
        Names of checks.
    show
        Columns of the audit to show behind the place: "printed", "implied", "finding",
        "certainty".

    Raises
    ------
    ValueError
        When a check has another name.

    Examples
    --------
    >>> from spillover.replication.audit import audit
    >>> findings(audit(), "stars of test statistics")["Arithmetic"].to_list()[0]
    'χ² = 0.029: p = 0.8648 for χ²(1)'
    """
    shown = list(show)
    held = _chosen(full, checks).assign(
        where=lambda t: [_place(line) for line in t.to_dict("records")]
    )
    if "finding" in shown:
        keys = ["table", "check", "finding", "certainty"]
        held = held.groupby(keys, sort=False, dropna=False, as_index=False).agg(_together)
    columns = {HEADINGS[name]: [in_type(str(text)) for text in held[name]] for name in shown}
    return pd.DataFrame(columns, index=pd.Index(held["where"], name="Where"))


def _together(texts: pd.Series) -> str:
    """Several places or sums in one cell, what they share in front written once."""
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
    """One line of a check as facts for the prose: where, printed, implied, finding.

    Parameters
    ----------
    full : DataFrame
        Of ``audit(full=True)``.
    name
        What the facts' keys begin with.
    check
        Name of a check.
    found
        Whether only lines with a finding count.
    **where
        Table, row or column that the line must have; the first such line is taken.

    Examples
    --------
    >>> from spillover.replication.audit import audit
    >>> example(audit(full=True), "sum", "effects add up", table=8)["sum_implied"]
    '0.090 + 0.138 = 0.2270 to 0.2290 before rounding'
    """
    held = full[(full["check"] == check) & ((full["finding"] != "") | (not found))]
    for column, value in where.items():
        held = held[held[column] == value]
    if held.empty:
        raise ValueError(f"found no line of {check!r} with {where}; look at audit(full=True)")
    line = held.iloc[0].to_dict()
    return {
        f"{name}_where": _place(line),
        f"{name}_printed": in_type(str(line["printed"])),
        f"{name}_implied": in_type(str(line["implied"])),
        f"{name}_finding": in_type(str(line["finding"])) or "nothing",
    }


def implied_rhos(
    names: Iterable[str] = ("Table 9, 2013-2022", "Table 9, 2016-2021"),
) -> pd.DataFrame:
    """The ρ that each variable's total and main coefficient imply, with rounding, by window.

    Returns
    -------
    DataFrame
        term, group (the window), estimate, low, high, role; ready for a coefficient plot.
    """
    parts = []
    for name in names:
        table = search.implied_rho(search.target(name)).rename_axis("term").reset_index()
        table["group"] = in_type(name.partition(", ")[2])
        parts.append(table)
    both = pd.concat(parts, ignore_index=True)
    renamed = both.rename(columns={"rho": "estimate", "rho_low": "low", "rho_high": "high"})
    return renamed[["term", "group", "estimate", "low", "high", "role"]]
