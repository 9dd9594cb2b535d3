"""Lay out a frame as a table: numbered on the page, and as LaTeX and CSV to take away.

Columns of numbers stand to the right, labels to the left; nothing is computed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from spillover.book.page import OnPage, artifact, csv_text, downloads_row, file_stem
from spillover.book.tables.cells import (
    Cell,
    Marked,
    Number,
    Stack,
    cell_text,
    is_filler,
    is_number,
    latex_text,
    myst_text,
)
from spillover.econometrics.formats import check_text, is_missing, pvalue

# Headings of p-values: "p", "$p$", "p_rand", "p (permutation)", "p-value".
_P_VALUE = re.compile(r"\$?p\$?(?:[-_ (].*)?")

Decimals = int | Mapping[str, int]


@dataclass(frozen=True)
class Grid:
    """A frame laid out: header, formatted cells, and which columns are numbers."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    right: tuple[bool, ...]


def _decimals(decimals: Decimals, column: str) -> int:
    return decimals if isinstance(decimals, int) else decimals.get(column, 3)


def _joined(label: Any) -> str:
    parts = label if isinstance(label, tuple) else (label,)
    return " · ".join(str(part) for part in parts if str(part))


def grid(frame: pd.DataFrame, decimals: Decimals = 3, index: bool = True) -> Grid:
    """Format every cell of a frame; the index gives the first columns.

    Columns headed "p" hold p-values and show a bound in place of zero. A column is set as numbers
    when it holds no other text than yes and no; the levels of a label are joined by a dot.
    """
    if index:
        names = ["" if name is None else str(name) for name in frame.index.names]
        labels = pd.DataFrame(
            [key if isinstance(key, tuple) else (key,) for key in frame.index], columns=names
        )
    else:
        names, labels = [], pd.DataFrame(index=range(len(frame)))
    header = [*names, *(_joined(column) for column in frame.columns)]
    columns: list[list[Any]] = [labels.iloc[:, i].map(str).tolist() for i in range(len(names))]
    columns += [frame.iloc[:, i].tolist() for i in range(frame.shape[1])]
    right = [i >= len(names) and _is_numeric(cells) for i, cells in enumerate(columns)]
    texts = [
        [_p_text(v, decimals, name) or cell_text(v, _decimals(decimals, name)) for v in column]
        for name, column in zip(header, columns, strict=True)
    ]
    return Grid(tuple(header), tuple(zip(*texts, strict=True)), tuple(right))


def _p_text(value: Any, decimals: Decimals, heading: str) -> str:
    """Text of a p-value, which must not read as zero; empty for any other number."""
    last = heading.rpartition(" · ")[2]
    if not _P_VALUE.fullmatch(last) or not isinstance(value, float) or is_missing(value):
        return ""
    return pvalue(value, _decimals(decimals, heading))


def _is_numeric(cells: list[Any]) -> bool:
    numeric = [is_number(cell) for cell in cells]
    return any(numeric) and all(n or is_filler(c) for n, c in zip(numeric, cells, strict=True))


def to_myst(frame: pd.DataFrame, decimals: Decimals = 3, index: bool = True) -> str:
    """Write a frame as a MyST table without caption.

    Examples
    --------
    >>> print(to_myst(pd.DataFrame({"I": [-0.5]}, index=["2012"])))
    |  | I |
    |:--|--:|
    | 2012 | −0.500 |
    """
    laid = grid(frame, decimals, index)
    lines = [laid.header, *([myst_text(cell) for cell in row] for row in laid.rows)]
    ruler = "|" + "|".join("--:" if right else ":--" for right in laid.right) + "|"
    written = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([written[0], ruler, *written[1:]])


def to_latex(
    frame: pd.DataFrame,
    caption: str = "",
    label: str = "",
    decimals: Decimals = 3,
    index: bool = True,
) -> str:
    """Write a frame as a LaTeX table with the rules of ``booktabs``.

    Examples
    --------
    >>> print(to_latex(pd.DataFrame({"I": [-0.5]}, index=["2012"])))
    \\begin{tabular}{lr}
    \\toprule
     & I \\\\
    \\midrule
    2012 & $-$0.500 \\\\
    \\bottomrule
    \\end{tabular}
    """
    laid = grid(frame, decimals, index)
    spec = "".join("r" if right else "l" for right in laid.right)
    body = [" & ".join(map(_latex_cell, row)) for row in laid.rows]
    head = " & ".join(latex_text(name) for name in laid.header)
    lines = [rf"\begin{{tabular}}{{{spec}}}", r"\toprule", rf"{head} \\", r"\midrule"]
    lines += [rf"{row} \\" for row in body]
    lines += [r"\bottomrule", r"\end{tabular}"]
    if not caption:
        return "\n".join(lines)
    lead = [r"\begin{table}", r"\centering", rf"\caption{{{latex_text(caption)}}}"]
    lead += [rf"\label{{{label}}}"] if label else []
    return "\n".join([*lead, *lines, r"\end{table}"])


def _latex_cell(cell: Cell) -> str:
    return latex_text(cell) if isinstance(cell, str) else cell.latex()


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Frame for a CSV file: an estimate becomes three columns, its value, error and stars."""
    columns: dict[str, list[Any]] = {}
    for i, label in enumerate(frame.columns):
        name, cells = _joined(label), frame.iloc[:, i].tolist()
        parts = [cell.cells if isinstance(cell, Stack) else (cell,) for cell in cells]
        columns[name] = [_bare(part[0]) for part in parts]
        if any(isinstance(part[-1], Number) and part[-1].parentheses for part in parts):
            columns[f"{name} std_error"] = [_bare(p[1]) if len(p) > 1 else None for p in parts]
        if any(isinstance(part[0], Number) for part in parts):
            columns[f"{name} stars"] = [getattr(part[0], "mark", "") for part in parts]
    return pd.DataFrame(columns, index=frame.index)


def _bare(cell: Any) -> Any:
    if isinstance(cell, Number):
        return cell.value
    return str(cell) if isinstance(cell, Marked) else cell


def numbered(
    frame: pd.DataFrame,
    caption: str,
    name: str,
    *,
    decimals: Decimals = 3,
    index: bool = True,
    notes: str = "",
    data: pd.DataFrame | None = None,
    by: object = None,
    sources: object = None,
) -> OnPage:
    """Put a table on the page: numbered, captioned, with notes and downloads.

    Parameters
    ----------
    frame
        Cells are numbers, text or :func:`estimate`; the index gives row labels.
    caption
        What the table is; MyST, may hold mathematics.
    name
        Label for references, ``tab:`` and words joined by hyphens; unique in the book.
    decimals
        Digits after the point, one for all columns or by column.
    index
        Whether to show the index.
    notes
        A short paragraph under the table; MyST.
    data
        Numbers behind the table, when more or finer than it shows; by default the frame itself.

    Raises
    ------
    ValueError
        When the label or the caption is not fit to print, or a cell shows a raw number.
    """
    stem = file_stem(name)
    check_text(caption, f"caption of {name}")
    table = to_myst(frame, decimals, index)
    csv = artifact(f"{stem}.csv", csv_text(plain(frame) if data is None else data))
    tex = artifact(f"{stem}.tex", to_latex(frame, caption, name, decimals, index) + "\n")
    row = downloads_row([("CSV", csv), ("LaTeX", tex)])
    parts = [f":::{{table}} {' '.join(caption.split())}", f":name: {name}", ":class: publication"]
    parts += ["", table, "", ":::", ""]
    if notes:
        parts += ['<div class="table-notes">', "", " ".join(notes.split()), "", "</div>", ""]
    return OnPage("\n".join([*parts, row]), _by_hand(frame, caption, notes, decimals, index))


def _by_hand(frame: pd.DataFrame, caption: str, notes: str, decimals: Decimals, index: bool) -> str:
    laid = grid(frame, decimals, index)
    head = "".join(f"<th>{html.escape(name)}</th>" for name in laid.header)
    cells = [[c if isinstance(c, str) else c.myst() for c in row] for row in laid.rows]
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in cells)
    title = f"<caption>{html.escape(caption)}</caption>"
    return f"<table>{title}<tr>{head}</tr>{body}</table><p>{html.escape(notes)}</p>"
