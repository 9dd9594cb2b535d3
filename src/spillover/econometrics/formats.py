"""Numbers as a reader sees them: fixed decimals, a true minus sign, never "nan" or "-0.000".

It turns values into text and nothing else; tables and chapters are composed elsewhere.
"""

from __future__ import annotations

import math
import re
from typing import SupportsFloat

import numpy as np
import pandas as pd

from spillover.econometrics.checks import shown, significance, whole

MINUS = "\u2212"
MISSING = "\u2013"

# Levels of the usual stars, strictest first.
STARS = ((0.01, "***"), (0.05, "**"), (0.10, "*"))

_UNFORMATTED = re.compile(r"\d\.\d{6,}|\b(?:nan|NaN|inf|NaT)\b|<NA>|^None$")


def is_missing(value: object) -> bool:
    """Whether a value stands for "no number": ``None``, NaN or pandas' ``NA``."""
    if isinstance(value, pd.Series | pd.DataFrame | np.ndarray) and np.ndim(value):
        return False
    return value is None or type(value).__name__ == "NAType" or value != value


def _number(value: object, name: str = "value") -> float:
    """A number as a float; refuses text, lists and tables, which are not one number."""
    if isinstance(value, bool | str) or not isinstance(value, SupportsFloat):
        raise ValueError(f"{name}={shown(value)}; expected a number, None or NaN")
    if isinstance(value, np.ndarray) and value.ndim:
        raise ValueError(f"{name} is {shown(value)}; expected one number")
    return float(value)


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
    whole(decimals, ValueError, "decimals")
    if is_missing(value):
        return MISSING
    number = _number(value)
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
    return MISSING if is_missing(share) else fmt(100 * _number(share, "share"), decimals) + "%"


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
    number = _probability(p)
    smallest = 10 ** -whole(decimals, ValueError, "decimals")
    return f"<{smallest:.{decimals}f}" if number < smallest / 2 else fmt(number, decimals)


def _probability(p: object) -> float:
    number = _number(p, "p-value")
    if not 0 <= number <= 1:
        raise ValueError(f"p-value is {number}, expected a number from 0 to 1")
    return number


def interval(low: SupportsFloat, high: SupportsFloat, decimals: int = 3) -> str:
    """Write an interval in brackets.

    Examples
    --------
    >>> interval(-0.12, 0.5, 2)
    '[−0.12, 0.50]'
    """
    if not (is_missing(low) or is_missing(high)) and _number(low) > _number(high):
        raise ValueError(f"low={low}, high={high}; expected the lower end first")
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
    return next((mark for level, mark in STARS if _probability(p) < level), "")


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
    held = [str(name) for name in estimate.index] if isinstance(estimate, pd.Series) else []
    if "pvalue" not in held or not {"effect", "estimate"} & set(held):
        raise ValueError(
            f"estimate is {shown(estimate)}; expected a row with 'pvalue', and 'effect' or "
            "'estimate'"
        )
    value = estimate["effect" if "effect" in estimate else "estimate"]
    return f"{fmt(value, decimals)} (p {pvalue(estimate['pvalue'])})"


def sign_in_words(value: float, p: float, level: float = 0.10) -> str:
    """Sign and significance of an estimate, in words.

    Examples
    --------
    >>> sign_in_words(-0.2, 0.03), sign_in_words(0.1, 0.5)
    ('significantly negative', 'positive, not significant')
    """
    significance(level, ValueError)
    if is_missing(value) or _number(value) == 0:
        raise ValueError(f"value={shown(value)}; expected a number other than zero")
    p = 1.0 if is_missing(p) else _probability(p)
    sign = "positive" if value > 0 else "negative"
    return f"significantly {sign}" if p < level else f"{sign}, not significant"


def count_signs(values: pd.Series, pvalues: pd.Series, level: float = 0.10) -> str:
    """How many estimates are negative and positive, and how many significantly so.

    Examples
    --------
    >>> count_signs(pd.Series([-1.0, -2.0, 0.5]), pd.Series([0.01, 0.4, 0.3]))
    '2 negative (1 significantly), 1 positive (0 significantly)'
    """
    significance(level, ValueError)
    if not isinstance(values, pd.Series) or not isinstance(pvalues, pd.Series):
        raise ValueError("values and pvalues must be Series of the same rows")
    if not values.index.equals(pvalues.index):
        raise ValueError("values and pvalues have different rows; give one p-value for each")
    if not pvalues.dropna().between(0, 1).all():
        raise ValueError(f"p-values from {pvalues.min()} to {pvalues.max()}; expected 0 to 1")
    return ", ".join(
        f"{side.sum()} {name} ({(side & (pvalues < level)).sum()} significantly)"
        for name, side in (("negative", values < 0), ("positive", values > 0))
    )


# fmt: off
_WORDS = (
    "none", "one", "two", "three", "four", "five", "six",
    "seven", "eight", "nine", "ten", "eleven", "twelve",
)
# fmt: on


def in_words(number: int) -> str:
    """A count as prose has it: in words up to twelve, in digits above.

    Examples
    --------
    >>> in_words(4), in_words(0), in_words(30)
    ('four', 'none', '30')
    """
    number = whole(number, ValueError, "number")
    return _WORDS[number] if number < len(_WORDS) else f"{number:,}"


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
