"""Printed numbers beside ours, each pair with its verdict in a badge.

Verdicts are reached elsewhere; here they are only shown and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from spillover.formats import is_missing
from spillover.page import Maker, OnPage
from spillover.tables.cells import Estimate, Marked
from spillover.tables.layout import numbered

# From best to worst, the last for numbers that have no counterpart.
VERDICTS = ("reproduced", "close", "same sign", "opposite", "not comparable")

_NEEDED = ("row", "printed", "ours", "verdict")
_SHOWN = {"row": "", "column": "Column", "statistic": "Statistic"}


def badge(verdict: str) -> Marked:
    """Badge of a verdict, for a cell of a table or, by ``.myst()``, for prose.

    Raises
    ------
    ValueError
        When the verdict is not one of :data:`VERDICTS`.

    Examples
    --------
    >>> badge("same sign").kind
    'same-sign'
    """
    if verdict not in VERDICTS:
        raise ValueError(f"verdict is {verdict!r}, expected one of {', '.join(VERDICTS)}")
    return Marked(verdict, verdict.replace(" ", "-"))


def tally(comparison: pd.DataFrame) -> str:
    """Count the verdicts in a sentence's worth of text.

    Examples
    --------
    >>> tally(pd.DataFrame({"verdict": ["close", "reproduced", "close"]}))
    '1 reproduced, 2 close'
    """
    counts = comparison["verdict"].value_counts()
    return ", ".join(f"{counts[v]} {v}" for v in VERDICTS if v in counts.index)


def published_vs_here(
    comparison: pd.DataFrame,
    caption: str,
    name: str,
    *,
    labels: Mapping[str, str] | None = None,
    decimals: int = 3,
    notes: str = "",
    by: Maker | Sequence[Maker] | None = None,
    sources: Iterable[str | Path] = (),
) -> OnPage:
    """Put a comparison on the page: what was printed, what comes out here, the verdict.

    Parameters
    ----------
    comparison
        One line per printed number, in the order to show: row, printed, ours, verdict; optional
        column and statistic (shown only where they differ), printed_stars, ours_stars, decimals
        (of the printed number) and reason. All columns go into the CSV file.
    caption, name, notes, by, sources
        As for :func:`numbered`.
    labels
        Headings by value of row, column or statistic; others keep their name.
    decimals
        Digits after the point where the comparison has no column of that name.

    Raises
    ------
    KeyError
        When the comparison lacks a column.
    ValueError
        When it is empty or holds an unknown verdict.
    """
    missing = [column for column in _NEEDED if column not in comparison.columns]
    if missing:
        raise KeyError(f"comparison for {name} lacks {missing}, expected {list(_NEEDED)}")
    if comparison.empty:
        raise ValueError(f"comparison for {name} has no line; look at how it was selected")
    columns: dict[str, list[Any]] = {}
    for column, title in _SHOWN.items():
        if column == "row" or _varies(comparison, column):
            texts = comparison[column].map(str)
            columns[title] = [(labels or {}).get(text, text) for text in texts]
    columns["Printed"] = _numbers(comparison, "printed", decimals)
    columns["Here"] = _numbers(comparison, "ours", decimals)
    columns["Verdict"] = [badge(str(verdict)) for verdict in comparison["verdict"]]
    foot = f"{notes} {tally(comparison).capitalize()}.".strip()
    return numbered(
        pd.DataFrame(columns),
        caption,
        name,
        index=False,
        notes=foot,
        data=comparison,
        by=by,
        sources=sources,
    )


def _varies(comparison: pd.DataFrame, column: str) -> bool:
    return column in comparison.columns and comparison[column].nunique(dropna=False) > 1


def _numbers(comparison: pd.DataFrame, column: str, decimals: int) -> list[Any]:
    """Numbers of a column with their stars, at the precision of the printed ones."""
    size = len(comparison)
    places = comparison.get("decimals", pd.Series([decimals] * size))
    marks = comparison.get(f"{column}_stars", pd.Series([""] * size))
    return [
        value if is_missing(value) else _number(value, mark, int(digits))
        for value, mark, digits in zip(comparison[column], marks, places, strict=True)
    ]


def _number(value: Any, mark: Any, decimals: int) -> Estimate:
    return Estimate(float(value), None, "" if is_missing(mark) else str(mark), decimals)
