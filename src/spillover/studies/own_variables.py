"""Variants of Part II's variables that run on series of your own, in the place of the proxies.

They are there only while the file is (:mod:`spillover.data.own`) and name the columns they need.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from spillover.data import measures as m
from spillover.data import own
from spillover.studies.growth_variables import GROWTH, log_count, quotient
from spillover.studies.variable import Inputs, Variable

OWN = "your own series"
"""Name of the variants that run on series of your own."""


def _lagged_quotient(column: str) -> Callable[[Inputs], pd.Series]:
    return lambda f: m.lag(quotient(column)(f))


_YOURS: tuple[tuple[str, str, Callable[[Inputs], pd.Series]], ...] = (
    ("nev_output", "LQ", quotient("nev_output")),
    ("nev_output", "LQ_last", _lagged_quotient("nev_output")),
    ("nev_revenue", "LQ", quotient("nev_revenue")),
    ("nev_revenue", "LQ_last", _lagged_quotient("nev_revenue")),
    ("nev_patents", "RD", log_count("nev_patents")),
    ("nev_firms", "Indu", log_count("nev_firms")),
)


def _variant(column: str, symbol: str, formula: Callable[[Inputs], pd.Series]) -> Variable:
    """Variant of a variable that runs on a column of yours, and needs a year before if lagged."""
    like = next(v for v in GROWTH if v.symbol == symbol)
    first, last = own.spans()[column]
    second_best = column == "nev_revenue" and "nev_output" in own.spans()
    return Variable(
        symbol, "your revenue" if second_best else OWN, like.label, like.unit,
        (column, "gdp") if symbol.startswith("LQ") else (column,), formula,
        (first + symbol.endswith("_last"), last),
        f"{own.COLUMNS[column].label.lower()}, from your own file",
    )  # fmt: skip


def yours() -> tuple[Variable, ...]:
    """Variants on the series of your own that are there; empty where there is no file."""
    held = own.spans()
    return tuple(_variant(*entry) for entry in _YOURS if entry[0] in held)
