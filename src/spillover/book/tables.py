"""Publication tables: numbered and captioned on the page, as LaTeX and CSV to take away.

They lay out and format numbers that other modules computed.
"""

from __future__ import annotations

import html
import math
import numbers
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import pandas as pd

from spillover.book.page import (
    OnPage,
    Printed,
    artifact,
    csv_text,
    downloads_row,
    file_stem,
    numbers_record,
)
from spillover.econometrics.formats import (
    MINUS,
    MISSING,
    check_text,
    fmt,
    is_missing,
    pvalue,
    stars,
)
from spillover.econometrics.regression import Regression
from spillover.econometrics.spatialpanel import PanelResults
from spillover.replication import claims
from spillover.replication.scorecard import anchors
from spillover.replication.verdicts import NONE, VERDICTS, distinct

NOTE = "Standard errors in parentheses. Stars: p below 0.01 (three), 0.05 (two), 0.10 (one)."

Decimals = int | Mapping[str, int]

_LATEX = str.maketrans(
    {"&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_", MINUS: "$-$", MISSING: "--"}
)

# Headings of p-values: "p", "$p$", "p_rand", "p (permutation)", "p-value".
_P_VALUE = re.compile(r"\$?p\$?(?:[-_ (].*)?")

# Style of a table that stands alone: rules above and below, as journals print it.
_PRINTED = (
    "body{font-family:serif}table{border-collapse:collapse;border-top:1px solid;"
    "border-bottom:1px solid}caption{text-align:left;padding:.3em 0}"
    "th{border-bottom:1px solid;text-align:left}th,td{padding:.15em .6em;vertical-align:top}"
)

_NEEDED = ("estimate", "std_error", "pvalue")
_COMPARED = (
    "row",
    "column",
    "statistic",
    "printed",
    "ours",
    "standard_error",
    "ratio",
    "group",
    "verdict",
)

# The badges of verdicts on claims, among those of verdicts on numbers.
_CLAIMS = dict.fromkeys(claims.VERDICTS, "not-comparable") | {
    claims.UPHELD: "reproduced",
    claims.NOT_UPHELD: "contradicts",
}

# Headings of statistics whose name in the data is not their name in print.
_LABELS = {
    "moran_i": "Moran's I",
    "r_squared": "R²",
    "chi2": "χ²",
    "sd": "st. dev.",
    "std_error": "standard error",
    "p_value": "p",
    "loglik": "log-likelihood",
}


@dataclass(frozen=True)
class Number:
    """A number with its own decimals, maybe with stars or in parentheses.

    Attributes
    ----------
    value
        The number; NaN is missing.
    mark
        Stars, as :func:`spillover.econometrics.formats.stars` gives them.
    decimals
        Digits after the point.
    parentheses
        Whether it stands in parentheses, as errors do.
    """

    value: float
    mark: str = ""
    decimals: int = 3
    parentheses: bool = False

    @property
    def digits(self) -> str:
        """The number as text, without its stars."""
        text = fmt(self.value, self.decimals)
        return f"({text})" if self.parentheses else text

    def myst(self) -> str:
        """Cell of a page's table: stars hang to the right, so that digits stay in line."""
        star = f"<sup>{self.mark.replace('*', '&#42;')}</sup>" if self.mark else ""
        number = self.digits + star
        return f'<span class="se">{number}</span>' if self.parentheses else number

    def latex(self) -> str:
        """Cell of a LaTeX table, the stars without width."""
        star = rf"\rlap{{$^{{{self.mark}}}$}}" if self.mark else ""
        return _latex_text(self.digits) + star

    def __str__(self) -> str:
        return self.digits + self.mark


@dataclass(frozen=True)
class Marked:
    """Text in a coloured badge, as verdicts are shown."""

    text: str
    kind: str

    def myst(self) -> str:
        """Badge on a page."""
        return f'<span class="verdict verdict-{self.kind}">{html.escape(self.text)}</span>'

    def latex(self) -> str:
        """Plain text in LaTeX."""
        return _latex_text(self.text)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Stack:
    """Several cells in one, under each other; text among them is muted."""

    cells: tuple[str | Number | Marked | Linked, ...]

    def myst(self) -> str:
        """Cell of a page's table."""
        texts = [f'<span class="se">{html.escape(c)}</span>' if isinstance(c, str) else c.myst()
                 for c in self.cells]  # fmt: skip
        return "<br>".join(texts)

    def __str__(self) -> str:
        return " ".join(map(str, self.cells))


@dataclass(frozen=True)
class Linked:
    """A cell that leads to another place, or that others lead to.

    Attributes
    ----------
    cell
        What is shown.
    href
        Where it leads, relative to the page; nowhere if empty.
    name
        Its own anchor on the page, if any.
    """

    cell: str | Number | Marked
    href: str = ""
    name: str = ""

    def myst(self) -> str:
        """Cell of a page's table."""
        text = html.escape(self.cell) if isinstance(self.cell, str) else self.cell.myst()
        anchor = f'<span id="{html.escape(self.name)}"></span>' if self.name else ""
        link = f'<a href="{html.escape(self.href)}">{text}</a>' if self.href else text
        return anchor + link

    def latex(self) -> str:
        """Plain cell in LaTeX."""
        return _latex_text(self.cell) if isinstance(self.cell, str) else self.cell.latex()

    def __str__(self) -> str:
        return str(self.cell)


Cell = str | Number | Marked | Stack | Linked


def estimate(
    value: float, std_error: float | None, p: float | None, decimals: int = 3
) -> Stack | Number:
    """Coefficient with the stars of its p-value, its error in parentheses underneath.

    Examples
    --------
    >>> print(estimate(-0.5, 0.1, 0.001))
    −0.500*** (0.100)
    """
    number = Number(value, stars(p), decimals)
    if std_error is None or is_missing(std_error):
        return number
    return Stack((number, Number(std_error, "", decimals, parentheses=True)))


def _latex_text(text: str) -> str:
    """Escape a text for LaTeX; what stands between dollar signs is left as it is."""
    parts = re.split(r"(\$[^$]*\$)", text)
    return "".join(p if i % 2 else p.translate(_LATEX) for i, p in enumerate(parts))


def _latex_lines(row: Sequence[Cell]) -> Iterator[list[str]]:
    """Lines of a LaTeX table that a row takes: stacked cells stand one in each."""
    stacked = [cell.cells if isinstance(cell, Stack) else (cell,) for cell in row]
    for cells in zip_longest(*stacked, fillvalue=""):
        yield [_latex_text(c) if isinstance(c, str) else c.latex() for c in cells]


def _is_number(value: Any) -> bool:
    """Whether a value is a number or numbers stacked."""
    if isinstance(value, Stack):
        return all(isinstance(cell, Number) for cell in value.cells)
    return isinstance(value, numbers.Real | Number) and not isinstance(value, bool)


def _cell(value: Any, decimals: int) -> Cell:
    """Format a value of a frame: numbers with fixed decimals, whole numbers as they are.

    Raises
    ------
    ValueError
        When a text shows a raw or missing number.
    """
    if isinstance(value, Number | Marked | Stack | Linked):
        return value
    if is_missing(value):
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, numbers.Integral):
        return fmt(int(value), 0, thousands=abs(int(value)) >= 10_000)
    if isinstance(value, numbers.Real):
        if math.isinf(float(value)):
            raise ValueError(f"found {value}, expected a finite number in a table")
        return fmt(float(value), decimals)
    return check_text(str(value), "table cell") if str(value).strip() else ""


def _myst_cell(cell: Cell) -> str:
    """Cell as MyST, safe inside a table with bars; a long name may break after an underscore."""
    text = cell if isinstance(cell, str) else cell.myst()
    if re.fullmatch(r"\w{12,}", text):
        text = re.sub(r"_(?=\w)", "_<wbr>", text)
    return text.replace("|", "\\|").replace("\n", " ")


@dataclass(frozen=True)
class _Grid:
    """A frame laid out: header, formatted cells and the values behind them.

    Also which columns are set as numbers, and how many are labels.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    values: tuple[tuple[Any, ...], ...]
    right: tuple[bool, ...]
    labels: int


def _joined(label: Any) -> str:
    parts = label if isinstance(label, tuple) else (label,)
    return " · ".join(str(part) for part in parts if str(part))


def _grid(frame: pd.DataFrame, decimals: Decimals, index: bool) -> _Grid:
    """Format every cell of a frame; the index gives the first columns.

    Columns headed "p" hold p-values and show a bound in place of zero. A column is set as numbers
    when it holds no other text than yes and no; the levels of a label are joined by a dot.
    """
    labels = frame.index.to_frame(index=False) if index else pd.DataFrame(index=range(len(frame)))
    header = ["" if n is None else str(n) for n in frame.index.names] if index else []
    header += [_joined(column) for column in frame.columns]
    columns = [labels.iloc[:, i].map(str).tolist() for i in range(labels.shape[1])]
    columns += [frame.iloc[:, i].tolist() for i in range(frame.shape[1])]
    right, texts = [], []
    for i, (name, values) in enumerate(zip(header, columns, strict=True)):
        numeric = [_is_number(v) for v in values]
        filler = [isinstance(v, bool) or v == "" or is_missing(v) for v in values]
        fits = any(numeric) and all(n or f for n, f in zip(numeric, filler, strict=True))
        right.append(i >= labels.shape[1] and fits)
        places = decimals if isinstance(decimals, int) else decimals.get(name, 3)
        is_p = _P_VALUE.fullmatch(name.rpartition(" · ")[2]) is not None
        texts.append(
            [
                pvalue(v, places)
                if is_p and isinstance(v, float) and not is_missing(v)
                else _cell(v, places)
                for v in values
            ]
        )
    rows, behind = tuple(zip(*texts, strict=True)), tuple(zip(*columns, strict=True))
    return _Grid(tuple(header), rows, behind, tuple(right), labels.shape[1])


def _numbers(laid: _Grid) -> list[Printed]:
    """Cells that hold a digit or a badge, by row and column, and the numbers behind them.

    The first column names the rows of a table without index. Cells of one name are counted.
    """
    found: list[Printed] = []
    seen: Counter[str] = Counter()
    first = laid.labels or 1
    for row, values in zip(laid.rows, laid.values, strict=True):
        label = " · ".join(text for text in map(str, row[:first]) if text)
        for name, cell, value in list(zip(laid.header, row, values, strict=True))[first:]:
            for i, part in enumerate(cell.cells if isinstance(cell, Stack) else (cell,)):
                if not (isinstance(part, Marked) or re.search(r"\d", str(part))):
                    continue
                where = " | ".join([label, name, *([f"line {i + 1}"] if i else [])])
                seen[where] += 1
                key = where if seen[where] == 1 else f"{where} | ({seen[where]})"
                number = part.value if isinstance(part, Number) else value
                plain = isinstance(number, numbers.Real) and math.isfinite(number)
                found.append((key, str(part), float(number) if plain else None))
    return found


def to_myst(frame: pd.DataFrame, decimals: Decimals = 3, index: bool = True) -> str:
    """Write a frame as a MyST table without caption.

    Examples
    --------
    >>> print(to_myst(pd.DataFrame({"I": [-0.5]}, index=["2012"])))
    |  | I |
    |:--|--:|
    | 2012 | −0.500 |
    """
    laid = _grid(frame, decimals, index)
    lines = [laid.header, *([_myst_cell(cell) for cell in row] for row in laid.rows)]
    ruler = "|" + "|".join("--:" if right else ":--" for right in laid.right) + "|"
    written = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([written[0], ruler, *written[1:]])


def to_latex(
    frame: pd.DataFrame,
    caption: str = "",
    label: str = "",
    decimals: Decimals = 3,
    index: bool = True,
    notes: str = "",
) -> str:
    """Write a frame as a LaTeX table with the rules of ``booktabs``, errors in lines of their own.

    Without a caption it is a bare ``tabular``; notes are set under it either way.

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
    laid = _grid(frame, decimals, index)
    spec = "".join("r" if right else "l" for right in laid.right)
    body = [" & ".join(line) for row in laid.rows for line in _latex_lines(row)]
    head = " & ".join(_latex_text(name) for name in laid.header)
    lines = [rf"\begin{{tabular}}{{{spec}}}", r"\toprule", rf"{head} \\", r"\midrule"]
    lines += [rf"{row} \\" for row in body]
    lines += [r"\bottomrule", r"\end{tabular}"]
    if notes:
        lines += ["", rf"\smallskip {{\footnotesize {_latex_text(notes)}}}"]
    if not caption:
        return "\n".join(lines)
    lead = [r"\begin{table}", r"\centering", rf"\caption{{{_latex_text(caption)}}}"]
    lead += [rf"\label{{{label}}}"] if label else []
    return "\n".join([*lead, *lines, r"\end{table}"])


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Frame for a CSV file: an estimate becomes three columns, its value, error and stars."""
    columns: dict[str, list[Any]] = {}
    for i, label in enumerate(frame.columns):
        name, cells = _joined(label), frame.iloc[:, i].tolist()
        parts = [cell.cells if isinstance(cell, Stack) else (cell,) for cell in cells]
        bare = [
            [
                p.value if isinstance(p, Number) else p.text if isinstance(p, Marked) else p
                for p in ps
            ]
            for ps in parts
        ]
        columns[name] = [part[0] for part in bare]
        if any(isinstance(part[-1], Number) and part[-1].parentheses for part in parts):
            columns[f"{name} std_error"] = [p[1] if len(p) > 1 else None for p in bare]
        if any(isinstance(part[0], Number) for part in parts):
            columns[f"{name} stars"] = [getattr(part[0], "mark", "") for part in parts]
    return pd.DataFrame(columns, index=frame.index)


def to_html(
    frame: pd.DataFrame,
    caption: str = "",
    decimals: Decimals = 3,
    index: bool = True,
    notes: str = "",
) -> str:
    """Write a frame as a page of HTML of its own, which word processors open as a table.

    Examples
    --------
    >>> page = to_html(pd.DataFrame({"I": [-0.5]}, index=["2012"]), "Moran's I")
    >>> "<td>2012</td><td>−0.500</td>" in page
    True
    """
    table = _by_hand(frame, caption, notes, decimals, index)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{html.escape(caption)}</title><style>{_PRINTED}</style></head>"
        f"<body>{table}</body></html>\n"
    )


def write(
    frame: pd.DataFrame,
    path: str | Path,
    caption: str = "",
    label: str = "",
    decimals: Decimals = 3,
    index: bool = True,
    notes: str = "",
) -> Path:
    """Write a table to a file, for a paper: LaTeX, CSV or HTML, by the ending of its name.

    Parameters
    ----------
    frame
        As for :func:`numbered`, say of :func:`side_by_side`.
    path
        Ends with ``.tex`` (rules of ``booktabs``), ``.csv`` (estimates and errors in columns of
        their own, at full precision, without caption and notes) or ``.html`` (which Word and
        LibreOffice open as a table).
    caption, label, notes
        Plain text.

    Raises
    ------
    ValueError
        Another ending.
    """
    path = Path(path)
    if path.suffix == ".tex":
        text = to_latex(frame, caption, label, decimals, index, notes) + "\n"
    elif path.suffix == ".csv":
        text = csv_text(_plain(frame))
    elif path.suffix == ".html":
        text = to_html(frame, caption, decimals, index, notes)
    else:
        raise ValueError(f"{path}: found the ending {path.suffix!r}, expected .tex, .csv or .html")
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def numbered(
    frame: pd.DataFrame,
    caption: str,
    name: str,
    *,
    decimals: Decimals = 3,
    index: bool = True,
    notes: str = "",
    data: pd.DataFrame | None = None,
    compact: bool = False,
    sortable: bool = False,
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
    compact
        Whether columns stand close together, as many of them do.
    sortable
        Whether a click on a heading sorts the rows; a long table then has a filter, too.

    Raises
    ------
    ValueError
        When the label or the caption is not fit to print, or a cell shows a raw number.
    """
    stem = file_stem(name)
    check_text(caption, f"caption of {name}")
    table = to_myst(frame, decimals, index)
    csv = artifact(f"{stem}.csv", csv_text(_plain(frame) if data is None else data))
    tex = artifact(f"{stem}.tex", to_latex(frame, caption, name, decimals, index) + "\n")
    row = downloads_row([("CSV", csv), ("LaTeX", tex)])
    words = {"caption": caption, "notes": notes}
    held = numbers_record(name, words, _numbers(_grid(frame, decimals, index)), csv)
    parts = [f":::{{table}} {' '.join(caption.split())}", f":name: {name}"]
    parts += [":class: publication" + " compact" * compact + " sortable" * sortable]
    parts += ["", table, "", ":::", ""]
    if notes:
        parts += ['<div class="table-notes">', "", " ".join(notes.split()), "", "</div>", ""]
    by_hand = _by_hand(frame, caption, notes, decimals, index)
    return OnPage("\n".join([*parts, row]), by_hand, held)


def _by_hand(frame: pd.DataFrame, caption: str, notes: str, decimals: Decimals, index: bool) -> str:
    laid = _grid(frame, decimals, index)
    head = "".join(f"<th>{html.escape(name)}</th>" for name in laid.header)
    cells = [[c if isinstance(c, str) else c.myst() for c in row] for row in laid.rows]
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in cells)
    title = f"<caption>{html.escape(caption)}</caption>"
    return f"<table>{title}<tr>{head}</tr>{body}</table><p>{html.escape(notes)}</p>"


def regression_table(
    columns: Mapping[str, pd.DataFrame],
    *,
    labels: Mapping[str, str] | None = None,
    order: Sequence[str] | None = None,
    footer: Mapping[str, Mapping[str, Any]] | None = None,
    decimals: int = 3,
) -> pd.DataFrame:
    """Arrange estimations in columns, ready for :func:`numbered`.

    Parameters
    ----------
    columns
        By heading, a frame indexed by parameter with columns estimate, std_error, pvalue.
    labels
        Row headings by parameter name; others keep their name.
    order
        Parameters to show, in order; by default all, as they first appear.
    footer
        Further rows by heading, each with a value per column: observations, fixed effects.
    decimals
        Digits after the point.

    Returns
    -------
    pandas.DataFrame
        One row per parameter and footer line; a parameter absent from an estimation is empty.

    Raises
    ------
    KeyError
        When a frame lacks a column, or ``order`` or ``footer`` names what no estimation has.

    Examples
    --------
    >>> ols = pd.DataFrame({"estimate": [-0.5], "std_error": [0.1], "pvalue": [0.0]}, index=["gia"])
    >>> print(regression_table({"OLS": ols}, footer={"N": {"OLS": 300}}).to_string())
                     OLS
    gia  −0.500*** (0.100)
    N                  300
    """
    for heading, frame in columns.items():
        missing = [name for name in _NEEDED if name not in frame.columns]
        if missing:
            raise KeyError(f"column {heading!r} lacks {missing}, expected {list(_NEEDED)}")
    known = list(dict.fromkeys(name for frame in columns.values() for name in frame.index))
    unknown = [name for name in order or () if name not in known]
    if unknown:
        raise KeyError(f"order names {unknown}, which no estimation has; they have {known}")
    shown = list(order) if order is not None else known
    titles = [(labels or {}).get(str(name), str(name)) for name in shown]
    rows: list[list[Any]] = [[""] * len(columns) for _ in shown]
    for j, frame in enumerate(columns.values()):
        for i, name in enumerate(shown):
            if name in frame.index:
                value, error, p = frame[list(_NEEDED)].astype(float).loc[[name]].to_numpy()[0]
                rows[i][j] = estimate(value, error, p, decimals)
    for title, values in (footer or {}).items():
        if unknown := [heading for heading in values if heading not in columns]:
            raise KeyError(f"footer {title!r} names {unknown}; the columns are {list(columns)}")
        titles.append(title)
        rows.append([values.get(heading, "") for heading in columns])
    return pd.DataFrame(rows, index=titles, columns=list(columns), dtype=object)


def side_by_side(
    fits: Mapping[str, Any],
    *,
    labels: Mapping[str, str] | None = None,
    order: Sequence[str] | None = None,
    footer: Mapping[str, Mapping[str, Any]] | None = None,
    decimals: int = 3,
) -> pd.DataFrame:
    """Arrange fits in columns, with stars and errors, ready for :func:`numbered` and :func:`write`.

    Parameters
    ----------
    fits
        By heading, results with ``params``, ``std_errors`` and ``pvalues``: of
        :meth:`spillover.SpatialPanel.fit`, :func:`spillover.econometrics.regression.ols` or
        linearmodels.
    labels, order, decimals
        As for :func:`regression_table`.
    footer
        Further rows; by default observations, fixed effects, errors and, of likelihood models,
        log-likelihood and AIC.

    Raises
    ------
    TypeError
        A result of another kind.

    Examples
    --------
    >>> from spillover.econometrics.regression import ols
    >>> rows = pd.MultiIndex.from_product([range(4), range(3)])
    >>> x = pd.Series([1.0, 4, 2, 8, 5, 7, 3, 9, 1, 6, 2, 4], rows, name="x")
    >>> y = (2 * x + [0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1, 1]).rename("y")
    >>> fits = {"OLS": ols(y, x.to_frame(), cov_type="unadjusted")}
    >>> print(side_by_side(fits, order=["x"]).to_string())
                               OLS
    x              2.033*** (0.059)
    Observations                 12
    Fixed effects              none
    Errors               unadjusted
    """
    columns, rows = {}, {}
    for heading, fit in fits.items():
        missing = [n for n in ("params", "std_errors", "pvalues") if not hasattr(fit, n)]
        if missing:
            raise TypeError(
                f"{heading!r} is a {type(fit).__name__} without {', '.join(missing)}; expected "
                "the result of a fit"
            )
        columns[heading] = pd.DataFrame(
            {"estimate": fit.params, "std_error": fit.std_errors, "pvalue": fit.pvalues}
        )
        rows[heading] = _described(fit)
    described = {title: {h: r[title] for h, r in rows.items() if title in r}
                 for title in dict.fromkeys(t for r in rows.values() for t in r)}  # fmt: skip
    return regression_table(
        columns,
        labels=labels,
        order=order,
        footer=described if footer is None else footer,
        decimals=decimals,
    )


def _described(fit: Any) -> dict[str, Any]:
    """Lines under the column of a fit."""
    lines: dict[str, Any] = {"Observations": int(fit.nobs)}
    if isinstance(fit, Regression):
        lines |= {"Fixed effects": fit.fixed_effects, "Errors": fit.cov_type}
    if isinstance(fit, PanelResults):
        lines |= {
            "Fixed effects": "random" if fit.model.spec.random_effects else
            fit.model.spec.fixed_effects,
            "Errors": fit.inference.cov_type,
            "Log-likelihood": Number(fit.loglik, decimals=1),
            "AIC": Number(fit.aic, decimals=1),
        }  # fmt: skip
    return lines


def badge(verdict: str) -> Marked:
    """Badge of a verdict, for a cell of a table or, by ``.myst()``, for prose.

    Raises
    ------
    ValueError
        When the verdict is none on a number and none on a claim.

    Examples
    --------
    >>> badge("other size").kind
    'other-size'
    """
    if verdict not in (known := list(dict.fromkeys((*chain(*VERDICTS.values()), *_CLAIMS)))):
        raise ValueError(f"verdict is {verdict!r}, expected one of {', '.join(known)}")
    return Marked(verdict, _CLAIMS.get(verdict, verdict.replace(" ", "-")))


def tally(comparison: pd.DataFrame) -> str:
    """Count the verdicts on distinct numbers or on claims, best first, as text.

    Numbers of different groups are counted apart; what is not judged is left out.

    Examples
    --------
    >>> tally(pd.DataFrame({"verdict": ["not upheld", "upheld", "not upheld"]}))
    '1 upheld, 2 not upheld'
    """
    if "group" not in comparison.columns:
        return re.sub(r"; (by proxy: \w+)", r" (\1)", _counted(comparison, _CLAIMS))
    once = distinct(comparison)
    groups = {name: once[once["group"] == name] for name in list(VERDICTS)[:-1]}
    counts = {name: _counted(held, VERDICTS[name]) for name, held in groups.items() if len(held)}
    if len(counts) < 2:
        return "".join(counts.values())
    return "; ".join(f"{name}: {text}" for name, text in counts.items())


def _counted(held: pd.DataFrame, order: Iterable[str]) -> str:
    counts = held["verdict"].value_counts()
    return ", ".join(f"{counts[v]} {v}" for v in order if v in counts.index)


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
            "Verdict": [
                Stack(tuple(Marked(part, badge(verdict).kind) for part in verdict.split("; ")))
                for verdict in examined["verdict"]
            ],
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
) -> OnPage:
    """Put a comparison on the page: what was published, our replication, the verdict.

    Parameters
    ----------
    comparison
        One line per printed number, as :func:`spillover.replication.verdicts.compare` returns it,
        or some of its lines. All its columns go into the CSV file.
    caption, name, notes
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
    missing = [column for column in _COMPARED if column not in comparison.columns]
    if missing:
        raise KeyError(f"comparison for {name} lacks {missing}, expected {list(_COMPARED)}")
    if comparison.empty:
        raise ValueError(f"comparison for {name} has no line; look at how it was selected")
    inner = comparison["statistic"].isin(under)
    if inner.all():
        inner[:] = False
    main, below = comparison[~inner], comparison[inner]
    # Statistics of a whole model are named in the first column; headings that never differ go.
    whole = main["row"] == "model"
    titles = {"row": "", "column": "Column", "statistic": "Statistic"}
    shown = ["row"] + [c for c in ("column", "statistic") if main.loc[~whole, c].nunique() > 1]
    words = {**_LABELS, **(labels or {})}

    def word(key: object) -> str:
        return words.get(str(key), str(key).replace("_", " "))

    rows = []
    for (_, line), of_model in zip(main.iterrows(), whole, strict=True):
        same = (below["row"] == line["row"]) & (below["column"] == line["column"])
        group = [line, *(other for _, other in below[same].iterrows())]
        names = {**line, "row": line["statistic"], "statistic": ""} if of_model else line
        pairs = [_pair(one, i > 0) for i, one in enumerate(group)]
        rows.append(
            {
                **{titles[c]: word(names[c]) for c in shown},
                "Published": Stack(tuple(printed for printed, _ in pairs)),
                "Replication": Stack(tuple(ours for _, ours in pairs)),
                "Verdict": Stack(tuple(_verdict(one) for one in group)),
            }
        )
    kinds = list(dict.fromkeys(comparison["statistic"]))
    inside = [word(kind) for kind in kinds if kind in under]
    if 0 < len(inside) < len(kinds):
        notes = (
            f"{notes} In parentheses: {' or '.join(inside)}. After ×: replication over published."
        )
    if counted := tally(comparison):
        notes = f"{notes} Verdicts: {counted}.".strip()
    frame = pd.DataFrame(rows).set_index([titles[c] for c in shown])
    return numbered(frame, caption, name, notes=notes, data=comparison)


def whole_table(
    comparison: pd.DataFrame,
    columns: Mapping[str, str],
    caption: str,
    name: str,
    *,
    notes: str = "",
) -> OnPage:
    """Put columns of a published table of estimates on the page, all its errors included.

    Each column stands twice, as published and as replicated: stars, and the standard error in
    parentheses underneath. A letter gives the verdict; the notes say which.

    Parameters
    ----------
    comparison
        As for :func:`published_vs_here`.
    columns
        By heading, a column of the published table.
    caption, name, notes
        As for :func:`spillover.book.tables.numbered`.

    Raises
    ------
    KeyError
        When the comparison has no such column.
    """
    known = list(dict.fromkeys(comparison["column"]))
    if unknown := [column for column in columns.values() if column not in known]:
        raise KeyError(f"{name}: found no column {unknown[0]!r}, expected one of {known}")
    part = comparison[comparison["column"].isin(columns.values())]
    lines = {(line["row"], line["column"], line["statistic"]): line for _, line in part.iterrows()}
    main = part[part["statistic"] != "std_error"]
    letters = _letters()
    labels, rows = [], []
    for row, statistic in dict.fromkeys(zip(main["row"], main["statistic"], strict=True)):
        cells: list[Cell] = []
        for column in columns.values():
            keys = [(row, column, kind) for kind in dict.fromkeys((statistic, "std_error"))]
            held = [lines[key] for key in keys if key in lines]
            pairs = [_pair(line, i > 0) for i, line in enumerate(held)]
            cells += [Stack(tuple(numbers)) for numbers in zip(*pairs, strict=True)] or ["", ""]
            verdict = str(held[0]["verdict"]) if held else ""
            cells.append(Marked(letters[verdict], badge(verdict).kind) if held else "")
        labels.append(_LABELS.get(statistic, statistic) if row == "model" else row)
        rows.append(cells)
    heads = [h for name in columns for h in (f"{name}: published", "replication", "")]
    given = [verdict for verdict in letters if verdict in set(main["verdict"])]
    key = ", ".join(f"{Marked(letters[v], badge(v).kind).myst()} {v}" for v in given)
    notes = f"{notes} {NOTE} Verdicts on estimates: {key}.".strip()
    frame = pd.DataFrame(rows, index=labels, columns=heads)
    return numbered(frame, caption, name, notes=notes, data=comparison, compact=True)


def numbers_table(numbers: pd.DataFrame, top: str = "../../") -> pd.DataFrame:
    """Every published number beside ours, one a row, ready for :func:`numbered`.

    Parameters
    ----------
    numbers
        Of :func:`spillover.replication.scorecard.scorecard`.
    top
        Way from the page to the top of the book.

    Returns
    -------
    DataFrame
        Columns Table, Number (with the reason of its verdict under it), Published, Ours, Verdict
        (which leads to the chapter that compares them). Each row has its anchor.
    """
    rows = []
    for (_, line), name in zip(numbers.iterrows(), anchors(numbers), strict=True):
        statistic = _LABELS.get(line["statistic"], line["statistic"])
        label = " · ".join(str(part) for part in (line["row"], line["column"], statistic) if part)
        reason = "" if is_missing(line["reason"]) else str(line["reason"])
        printed, ours = _pair(line, False)
        rows.append(
            [
                int(line["table"]),
                Stack((Linked(label, name=name), reason)) if reason else Linked(label, name=name),
                printed,
                ours,
                Linked(badge(str(line["verdict"])), href=f"{top}{line['link']}"),
            ]
        )
    heads = ["Table", "Number", "Published", "Ours", "Verdict"]
    return pd.DataFrame(rows, columns=heads, dtype=object)


def _letters() -> dict[str, str]:
    """A letter for each verdict on a number: its first that none before it has."""
    letters = {NONE: MISSING}
    for verdict in chain(*VERDICTS.values()):
        known = letters.values()
        initials = [word[0].upper() for word in verdict.split()]
        letters.setdefault(
            verdict, next(i for i in (*initials, *verdict.upper()) if i not in known)
        )
    return letters


def _verdict(line: pd.Series) -> Marked:
    """Badge of a number; of one that is not judged, as an error, ours over the published."""
    if line["verdict"] != "not judged":
        return badge(str(line["verdict"]))
    return Marked(f"× {fmt(line['ratio'], 2)}", "not-judged")


def _pair(line: pd.Series, under: bool) -> tuple[Number, Number]:
    """Return the printed number with its own decimals and stars, and ours in the same form."""
    text = str(line["printed"]).replace(MINUS, "-")
    places, mark = len(text.partition(".")[2]), line.get("stars")
    printed = Number(float(text), "" if is_missing(mark) else str(mark), places, under)
    return printed, Number(line["ours"], "" if under else stars(line.get("p_value")), places, under)
