"""Effects as words of a sentence, so that prose follows the numbers whatever they are.

It reads tables of effects; it computes none.
"""

from __future__ import annotations

import pandas as pd

from spillover.econometrics.formats import fmt, pvalue
from spillover.replication.claims import pick_effect

LEVEL = 0.10


def sign_words(value: float, p: float) -> str:
    """Sign and significance at ten per cent, in words.

    Examples
    --------
    >>> sign_words(-0.2, 0.03), sign_words(0.1, 0.5)
    ('significantly negative', 'positive, not significant')
    """
    sign = "positive" if value > 0 else "negative"
    return f"significantly {sign}" if p < LEVEL else f"{sign}, not significant"


def effect_words(effects: pd.DataFrame, symbol: str, which: str) -> str:
    """Sign and significance of one effect, in words."""
    effect = pick_effect(effects, symbol, which)
    return sign_words(effect.value, effect.p)


def effect_number(effects: pd.DataFrame, symbol: str, which: str) -> str:
    """One effect with its p-value, as prose quotes it."""
    return str(pick_effect(effects, symbol, which))


def estimate_number(table: pd.DataFrame, symbol: str) -> str:
    """One coefficient of a tidy regression table with its p-value."""
    value, p = (float(table[name].to_dict()[symbol]) for name in ("estimate", "pvalue"))
    return f"{fmt(value)} (p {pvalue(p)})"


def counted(values: pd.Series, pvalues: pd.Series) -> str:
    """How many estimates are negative and positive, and how many significantly so.

    Examples
    --------
    >>> counted(pd.Series([-1.0, -2.0, 0.5]), pd.Series([0.01, 0.4, 0.3]))
    '2 negative (1 significantly), 1 positive (0 significantly)'
    """
    held = values.notna()
    parts = []
    for name, side in (("negative", values < 0), ("positive", values > 0)):
        sure = (side & (pvalues < LEVEL))[held].sum()
        parts.append(f"{side[held].sum()} {name} ({sure} significantly)")
    return ", ".join(parts)
