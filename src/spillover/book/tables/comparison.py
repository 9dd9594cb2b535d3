"""Printed numbers and claims beside what is found here, each with its verdict in a badge.

Verdicts are reached in :mod:`spillover.replication`; here they are only shown and counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from spillover.book.page import OnPage
from spillover.book.tables.cells import Marked, Number, Stack
from spillover.book.tables.layout import numbered
from spillover.econometrics.formats import MINUS, is_missing, stars
from spillover.replication import claims
from spillover.replication.verdicts import VERDICTS

MODEL = "model"

# The badges of verdicts on claims, among those of verdicts on numbers.
CLAIMS = dict(zip(claims.VERDICTS, ("reproduced", "opposite", "not-comparable"), strict=True))

# Headings of statistics whose name in the data is not their name in print.
LABELS = {
    "moran_i": "Moran's I",
    "r_squared": "R²",
    "chi2": "χ²",
    "sd": "st. dev.",
    "std_error": "standard error",
    "p_value": "p",
    "loglik": "log-likelihood",
}
NEEDED = ("row", "column", "statistic", "printed", "ours", "verdict")


def badge(verdict: str) -> Marked:
    """Badge of a verdict, for a cell of a table or, by ``.myst()``, for prose.

    Raises
    ------
    ValueError
        When the verdict is none on a number and none on a claim.

    Examples
    --------
    >>> badge("same sign").kind
    'same-sign'
    """
    if verdict not in (known := (*VERDICTS, *CLAIMS)):
        raise ValueError(f"verdict is {verdict!r}, expected one of {', '.join(known)}")
    return Marked(verdict, CLAIMS.get(verdict, verdict.replace(" ", "-")))


def tally(comparison: pd.DataFrame) -> str:
    """Count the verdicts on numbers or on claims, best first, as text.

    Examples
    --------
    >>> tally(pd.DataFrame({"verdict": ["close", "reproduced", "close"]}))
    '1 reproduced, 2 close'
    """
    counts = comparison["verdict"].value_counts()
    return ", ".join(f"{counts[v]} {v}" for v in (*VERDICTS, *CLAIMS) if v in counts.index)


def claims_table(examined: pd.DataFrame) -> pd.DataFrame:
    """Claims for a page: the claim with its number, a badge, the evidence.

    Parameters
    ----------
    examined : DataFrame
        Of :func:`spillover.replication.scorecard.claims_evidence`, or some of its lines.

    Examples
    --------
    >>> one = pd.DataFrame({"text": ["Up"], "verdict": ["upheld"], "evidence": ["so"]}, ["C01"])
    >>> claims_table(one).iloc[0].astype(str).to_list()
    ['C01 · Up', 'upheld', 'so']
    """
    return pd.DataFrame(
        {
            "Claim": [f"{name} · {text}" for name, text in examined["text"].items()],
            "Verdict": [badge(verdict) for verdict in examined["verdict"]],
            "Evidence": examined["evidence"].to_list(),
        }
    )


def published_vs_here(
    comparison: pd.DataFrame,
    caption: str,
    name: str,
    *,
    labels: Mapping[str, str] | None = None,
    under: Sequence[str] = ("std_error", "z"),
    notes: str = "",
    by: object = None,
    sources: object = None,
) -> OnPage:
    """Put a comparison on the page: what was printed, what comes out here, the verdict.

    Parameters
    ----------
    comparison
        One line per printed number, as :func:`spillover.replication.verdicts.compare` returns it,
        or some of its lines. All its columns go into the CSV file.
    caption, name, notes, by, sources
        As for :func:`spillover.book.tables.numbered`.
    labels
        Headings by value of row, column or statistic; others keep their name.
    under
        Statistics set in parentheses under the other one of the same row and column.

    Raises
    ------
    KeyError
        When the comparison lacks a column.
    ValueError
        When it is empty or holds an unknown verdict.
    """
    missing = [column for column in NEEDED if column not in comparison.columns]
    if missing:
        raise KeyError(f"comparison for {name} lacks {missing}, expected {list(NEEDED)}")
    if comparison.empty:
        raise ValueError(f"comparison for {name} has no line; look at how it was selected")
    return numbered(
        side_by_side(comparison, labels or {}, under),
        caption,
        name,
        index=False,
        notes=" ".join([notes, *_footnotes(comparison, labels or {}, under)]).strip(),
        data=comparison,
        by=by,
        sources=sources,
    )


def side_by_side(
    comparison: pd.DataFrame, labels: Mapping[str, str], under: Sequence[str]
) -> pd.DataFrame:
    """Frame of the comparison as it is shown; headings that never differ are left out.

    Statistics of a whole model (rows called "model") are named in the first column.
    """
    main = comparison[~comparison["statistic"].isin(under)]
    if main.empty:
        main, comparison = comparison, comparison.iloc[:0]
    whole = main["row"] == MODEL
    titles = {"row": "", "column": "Column", "statistic": "Statistic"}
    shown = ["row"] + [c for c in ("column", "statistic") if main.loc[~whole, c].nunique() > 1]
    rows = []
    for (_, line), of_model in zip(main.iterrows(), whole, strict=True):
        same = (comparison["row"] == line["row"]) & (comparison["column"] == line["column"])
        below = comparison[same & comparison["statistic"].isin(under)]
        names = {**line, "row": line["statistic"], "statistic": ""} if of_model else line
        heads = {titles[c]: _label(str(names[c]), labels) for c in shown}
        rows.append({**heads, **_cells([line, *(row for _, row in below.iterrows())])})
    return pd.DataFrame(rows)


def _label(name: str, labels: Mapping[str, str]) -> str:
    return {**LABELS, **labels}.get(name, name.replace("_", " "))


def _footnotes(
    comparison: pd.DataFrame, labels: Mapping[str, str], under: Sequence[str]
) -> list[str]:
    """What stands in parentheses, and how many verdicts of each kind there are."""
    kinds = list(dict.fromkeys(comparison["statistic"]))
    inside = [_label(kind, labels) for kind in kinds if kind in under]
    shown = inside if len(inside) < len(kinds) else []
    first = [f"In parentheses: {' or '.join(shown)}."] if shown else []
    return [*first, f"Verdicts: {tally(comparison)}."]


def _cells(group: Sequence[pd.Series]) -> dict[str, Stack]:
    """Cells of one line of the table: the first number and those under it, in parentheses."""
    printed = [_printed(line, under=i > 0) for i, line in enumerate(group)]
    ours = [_ours(line, under=i > 0) for i, line in enumerate(group)]
    verdicts = [badge(str(line["verdict"])) for line in group]
    return {
        "Printed": Stack(tuple(printed)),
        "Here": Stack(tuple(ours)),
        "Verdict": Stack(tuple(verdicts)),
    }


def _printed(line: pd.Series, under: bool) -> Number:
    mark = line.get("stars")
    text = str(line["printed"]).replace(MINUS, "-")
    return Number(float(text), "" if is_missing(mark) else str(mark), _places(text), under)


def _ours(line: pd.Series, under: bool) -> Number:
    mark = "" if under else stars(line.get("p_value"))
    return Number(line["ours"], mark, _places(str(line["printed"])), under)


def _places(printed: str) -> int:
    """Digits after the point of a printed number."""
    return len(printed.partition(".")[2])
