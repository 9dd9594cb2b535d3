"""Numbers as a reader sees them: fixed decimals, a true minus sign, never "nan" or "-0.000".

It turns values into text and nothing else; tables and chapters are composed elsewhere.
"""

from __future__ import annotations

import math
import re
from typing import SupportsFloat

import pandas as pd

MINUS = "\u2212"
MISSING = "\u2013"

# Levels of the usual stars, strictest first.
STARS = ((0.01, "***"), (0.05, "**"), (0.10, "*"))

_UNFORMATTED = re.compile(r"\d\.\d{6,}|\b(?:nan|NaN|inf|NaT)\b|<NA>|^None$")


def is_missing(value: object) -> bool:
    """Whether a value stands for "no number": ``None``, NaN or pandas' ``NA``."""
    return value is None or type(value).__name__ == "NAType" or value != value


def fmt(
    value: SupportsFloat | None, decimals: int = 3, *, thousands: bool = False, plus: bool = False
) -> str:
    """Write a number with fixed decimals; a missing one is an en dash.

    Parameters
    ----------
    value
        The number; ``None`` and NaN are missing.
    decimals
        Digits after the point.
    thousands
        Set groups of three digits apart by a comma.
    plus
        Write the sign of positive numbers too.

    Raises
    ------
    ValueError
        When the value is infinite: an estimate that diverged is not a number to print.

    Examples
    --------
    >>> fmt(-1.23456), fmt(-0.0001), fmt(float("nan")), fmt(12345.6, 0, thousands=True)
    ('−1.235', '0.000', '–', '12,346')
    """
    if is_missing(value):
        return MISSING
    number = float(value)  # type: ignore[arg-type]
    if math.isinf(number):
        raise ValueError(f"found {number}, expected a finite number; look where it was estimated")
    text = f"{abs(number):{',' if thousands else ''}.{decimals}f}"
    if not re.search("[1-9]", text):
        return text
    return (MINUS if number < 0 else "+" if plus else "") + text


def percent(share: SupportsFloat | None, decimals: int = 1) -> str:
    """Write a share as a percentage.

    Examples
    --------
    >>> percent(0.1234), percent(-0.5, 0)
    ('12.3%', '−50%')
    """
    return MISSING if is_missing(share) else fmt(100 * float(share), decimals) + "%"  # type: ignore[arg-type]


def pvalue(p: SupportsFloat | None, decimals: int = 3) -> str:
    """Write a p-value; one that would round to zero is written as a bound.

    Raises
    ------
    ValueError
        When ``p`` is outside 0 … 1.

    Examples
    --------
    >>> pvalue(0.0421), pvalue(1e-9)
    ('0.042', '<0.001')
    """
    if is_missing(p):
        return MISSING
    number = float(p)  # type: ignore[arg-type]
    if not 0 <= number <= 1:
        raise ValueError(f"p-value is {number}, expected a number from 0 to 1")
    smallest = 10**-decimals
    return f"<{smallest:.{decimals}f}" if number < smallest / 2 else fmt(number, decimals)


def interval(low: SupportsFloat, high: SupportsFloat, decimals: int = 3) -> str:
    """Write an interval in brackets.

    Examples
    --------
    >>> interval(-0.12, 0.5, 2)
    '[−0.12, 0.50]'
    """
    return f"[{fmt(low, decimals)}, {fmt(high, decimals)}]"


def stars(p: SupportsFloat | None) -> str:
    """Stars of a p-value: three below 0.01, two below 0.05, one below 0.10.

    Examples
    --------
    >>> stars(0.03), stars(0.2), stars(None)
    ('**', '', '')
    """
    if is_missing(p):
        return ""
    return next((mark for level, mark in STARS if float(p) < level), "")  # type: ignore[arg-type]


def with_pvalue(estimate: pd.Series, decimals: int = 3) -> str:
    """Write an estimate with its p-value, as prose quotes it.

    Parameters
    ----------
    estimate
        One row of estimates: "effect" or "estimate", and "pvalue".

    Examples
    --------
    >>> with_pvalue(pd.Series({"effect": -0.5, "std_error": 0.2, "pvalue": 0.0124}))
    '−0.500 (p 0.012)'
    """
    value = estimate["effect" if "effect" in estimate else "estimate"]
    return f"{fmt(value, decimals)} (p {pvalue(estimate['pvalue'])})"


def sign_in_words(value: float, p: float, level: float = 0.10) -> str:
    """Sign and significance of an estimate, in words.

    Examples
    --------
    >>> sign_in_words(-0.2, 0.03), sign_in_words(0.1, 0.5)
    ('significantly negative', 'positive, not significant')
    """
    sign = "positive" if value > 0 else "negative"
    return f"significantly {sign}" if p < level else f"{sign}, not significant"


def count_signs(values: pd.Series, pvalues: pd.Series, level: float = 0.10) -> str:
    """How many estimates are negative and positive, and how many significantly so.

    Examples
    --------
    >>> count_signs(pd.Series([-1.0, -2.0, 0.5]), pd.Series([0.01, 0.4, 0.3]))
    '2 negative (1 significantly), 1 positive (0 significantly)'
    """
    return ", ".join(
        f"{side.sum()} {name} ({(side & (pvalues < level)).sum()} significantly)"
        for name, side in (("negative", values < 0), ("positive", values > 0))
    )


def check_text(text: str, where: str) -> str:
    """Return a text meant for readers, refusing one that shows a raw or missing number.

    Raises
    ------
    TypeError
        When it is not a string: chapters format numbers where they are made.
    ValueError
        When it is empty or "None", or contains "nan", "inf" or six decimals in a row.
    """
    if not isinstance(text, str):
        kind = type(text).__name__
        raise TypeError(f"{where} is a {kind}, expected text; write it with fmt(value, decimals)")
    if not text.strip() or _UNFORMATTED.search(text):
        raise ValueError(f"{where} is {text!r}, expected finished text; write it with fmt()")
    return text
