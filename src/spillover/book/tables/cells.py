"""One cell of a table in each of the forms it takes: on the page, in LaTeX, as plain text.

A cell knows how it reads; where it stands is the business of the layout.
"""

from __future__ import annotations

import html
import math
import numbers
import re
from dataclasses import dataclass
from typing import Any

from spillover.econometrics.formats import MINUS, MISSING, check_text, fmt, is_missing, stars

_LATEX = {"&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_", MINUS: "$-$", MISSING: "--"}


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
        return latex_text(self.digits) + star

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
        return latex_text(self.text)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Stack:
    """Several cells in one, under each other."""

    cells: tuple[Number | Marked, ...]

    def myst(self) -> str:
        """Cell of a page's table."""
        return "<br>".join(cell.myst() for cell in self.cells)

    def latex(self) -> str:
        """Cell of a LaTeX table."""
        lines = r"\\ ".join(cell.latex() for cell in self.cells)
        return rf"\shortstack{{{lines}}}"

    def __str__(self) -> str:
        return " ".join(map(str, self.cells))


Cell = str | Number | Marked | Stack


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


def latex_text(text: str) -> str:
    """Escape a text for LaTeX; what stands between dollar signs is left as it is."""
    parts = re.split(r"(\$[^$]*\$)", text)
    return "".join(p if i % 2 else _escape(p) for i, p in enumerate(parts))


def _escape(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)


def is_number(value: Any) -> bool:
    """Whether a value is a number or numbers stacked."""
    if isinstance(value, Stack):
        return all(isinstance(cell, Number) for cell in value.cells)
    return isinstance(value, numbers.Real | Number) and not isinstance(value, bool)


def is_filler(value: Any) -> bool:
    """Whether a value may stand in a column of numbers: nothing, a missing one, yes or no."""
    return isinstance(value, bool) or value == "" or is_missing(value)


def cell_text(value: Any, decimals: int) -> Cell:
    """Format a value of a frame: numbers with fixed decimals, whole numbers as they are.

    Raises
    ------
    ValueError
        When a text shows a raw or missing number.
    """
    if isinstance(value, Number | Marked | Stack):
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


def myst_text(cell: Cell) -> str:
    """Cell as MyST, safe inside a table with bars; a long name may break after an underscore."""
    text = cell if isinstance(cell, str) else cell.myst()
    if re.fullmatch(r"\w{12,}", text):
        text = re.sub(r"_(?=\w)", "_<wbr>", text)
    return text.replace("|", "\\|").replace("\n", " ")
