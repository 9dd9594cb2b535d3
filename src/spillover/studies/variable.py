"""What a variable is: a name, a unit and a formula over the official figures.

It says how a variable is declared; the declarations of the two parts stand in modules of their
own, and :mod:`spillover.studies.variables` finds and computes them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from spillover.data import geography as geo
from spillover.data import own
from spillover.data.panel import Panel, national

GDP_VINTAGES = ("census4", "census5", "first_release")


class VariableError(ValueError):
    """A variable or variant that does not exist, or has no value where one is needed."""


@dataclass(frozen=True)
class Inputs:
    """The figures a formula may use: the official panel, the GDP vintage, series of your own."""

    panel: Panel
    gdp_vintage: str

    def __getitem__(self, column: str) -> pd.Series:
        if column in own.COLUMNS:
            return own.series(column).reindex(self.panel.values.index)
        return self.panel[f"gdp_{self.gdp_vintage}_100m" if column == "gdp" else column]

    def per_province(self, column: str) -> pd.Series:
        """A constant of each province, repeated over the years."""
        index = self.panel.values.index
        values = geo.capitals()[column].reindex(index.get_level_values("province"))
        return pd.Series(values.to_numpy(dtype=float), index=index, name=column)

    def per_year(self, column: str) -> pd.Series:
        """A national series, repeated over the provinces."""
        index = self.panel.values.index
        values = national()[column].reindex(index.get_level_values("year"))
        return pd.Series(values.to_numpy(dtype=float), index=index, name=column)


@dataclass(frozen=True)
class Variable:
    """One variant of one variable.

    Attributes
    ----------
    symbol : str
        The name in tables and models.
    variant : str
        Which of the symbol's variants this is; the first entry of a symbol is its default.
    label, unit : str
        For readers.
    columns : tuple of str
        Official columns behind it; "gdp" stands for the chosen vintage. Their flags travel on.
    formula : callable
        From :class:`Inputs` to a Series.
    years : tuple of int
        The window in which it is complete.
    note : str
        What a reader must know before using it.
    proxy : str
        What the paper measured, where this stands in for it.
    """

    symbol: str
    variant: str
    label: str
    unit: str
    columns: tuple[str, ...]
    formula: Callable[[Inputs], pd.Series]
    years: tuple[int, int] = (2011, 2022)
    note: str = ""
    proxy: str = ""

    @property
    def is_own(self) -> bool:
        """Whether it runs on a series of your own."""
        return any(column in own.COLUMNS for column in self.columns)
