"""The table that a fit prints: as text in a terminal, as HTML in a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import zip_longest

import pandas as pd

from spillover.econometrics.formats import pvalue


@dataclass(frozen=True)
class Summary:
    """Head, coefficients and notes of a fit.

    Attributes
    ----------
    title : of the table
    head : pairs (what, value), laid out in two columns
    coefficients : one row for each parameter
    notes : sentences below the table
    """

    title: str
    head: tuple[tuple[str, str], ...]
    coefficients: pd.DataFrame
    notes: tuple[str, ...]

    def _body(self) -> pd.DataFrame:
        """The coefficients as text; a p-value that would round to zero as a bound."""
        ps = {"P-value": lambda p: pvalue(p, 4)}
        columns = {
            name: self.coefficients[name].map(ps.get(str(name), number))
            for name in self.coefficients
        }
        return pd.DataFrame(columns)

    def _head_rows(self) -> list[tuple[tuple[str, str], tuple[str, str]]]:
        half = (len(self.head) + 1) // 2
        return list(zip_longest(self.head[:half], self.head[half:], fillvalue=("", "")))

    def __repr__(self) -> str:
        body = self._body().to_string()
        width = max(78, max(len(line) for line in body.splitlines()))
        left = (width - 2) // 2
        lines = [self.title.center(width), "=" * width]
        for one, other in self._head_rows():
            lines.append(_padded(*one, left) + "  " + _padded(*other, width - left - 2))
        lines += ["Parameter estimates".center(width), "=" * width, body, "=" * width]
        return "\n".join([*lines, *self.notes])

    def _repr_html_(self) -> str:
        rows = "".join(
            "<tr>" + "".join(f"<th>{escape(k)}</th><td>{escape(v)}</td>" for k, v in pair) + "</tr>"
            for pair in self._head_rows()
        )
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        body = self._body().to_html()
        return f"<table><caption>{escape(self.title)}</caption>{rows}</table>{body}{notes}"


def _padded(label: str, value: str, width: int) -> str:
    return f"{label}:{value:>{max(width - len(label) - 1, len(value) + 1)}}" if label else ""


def number(value: float) -> str:
    """Four decimals, or four digits where there are more before the point.

    >>> number(1.23456), number(123456.7)
    ('1.2346', '1.235e+05')
    """
    return f"{value:.4f}" if abs(value) < 1e4 else f"{value:.4g}"
