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

from spillover.formats import MINUS, MISSING, check_text, fmt, is_missing, stars

_LATEX = {"&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_", MINUS: "$-$", MISSING: "--"}


@dataclass(frozen=True)
class Estimate:
    """A coefficient with its error in parentheses underneath and its stars.

    Attributes
    ----------
    value, std_error
        In the units of the estimate; the error may be missing.
    mark
        Stars, as :func:`spillover.formats.stars` gives them.
    decimals
        Digits after the point of both.
    """

    value: float
    std_error: float | None = None
    mark: str = ""
    decimals: int = 3

    @classmethod
    def of(
        cls, value: float, std_error: float | None, p: float | None, decimals: int = 3
    ) -> Estimate:
        """Estimate with the stars of its p-value."""
        return cls(value, std_error, stars(p), decimals)

    @property
    def lines(self) -> tuple[str, str]:
        """The number with no stars, and the error in parentheses (empty when missing)."""
        error = "" if is_missing(self.std_error) else f"({fmt(self.std_error, self.decimals)})"
        return fmt(self.value, self.decimals), error

    def myst(self) -> str:
        """Cell of a page's table: stars hang to the right, so that digits stay in line."""
        value, error = self.lines
        star = f"<sup>{self.mark.replace('*', '&#42;')}</sup>" if self.mark else ""
        return f'{value}{star}<br><span class="se">{error}</span>' if error else value + star

    def latex(self) -> str:
        """Cell of a LaTeX table, number and error stacked."""
        value, error = (latex_text(line) for line in self.lines)
        star = rf"\rlap{{$^{{{self.mark}}}$}}" if self.mark else ""
        return rf"\shortstack[r]{{{value}{star}\\{error}}}" if error else value + star

    def __str__(self) -> str:
        value, error = self.lines
        return f"{value}{self.mark} {error}".strip()


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


def latex_text(text: str) -> str:
    """Escape a text for LaTeX; what stands between dollar signs is left as it is."""
    parts = re.split(r"(\$[^$]*\$)", text)
    return "".join(p if i % 2 else _escape(p) for i, p in enumerate(parts))


def _escape(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)


def is_number(value: Any) -> bool:
    """Whether a value is set to the right as a number: a number, an estimate or a missing one."""
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return number or isinstance(value, Estimate) or is_missing(value)


def cell_text(value: Any, decimals: int) -> str | Estimate | Marked:
    """Format a value of a frame: numbers with fixed decimals, whole numbers as they are.

    Raises
    ------
    ValueError
        When a text shows a raw or missing number.
    """
    if isinstance(value, Estimate | Marked):
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


def myst_text(cell: str | Estimate | Marked) -> str:
    """Cell as MyST, safe inside a table with bars."""
    text = cell if isinstance(cell, str) else cell.myst()
    return text.replace("|", "\\|").replace("\n", " ")
