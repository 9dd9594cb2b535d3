"""What a variable is: a name, a unit and a formula over the figures of a panel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from spillover.data import geography, own
from spillover.data import measures as m
from spillover.data.panel import Panel, national
from spillover.econometrics.checks import shown

GDP_VINTAGES = ("census4", "census5", "first_release")

BASE_YEAR = 2011
"""Real values are at prices of this year, the first for which all official figures are there."""


class VariableError(ValueError):
    """A variable or variant that does not exist, or has no value where one is needed."""


@dataclass(frozen=True)
class Inputs:
    """The figures a formula may use: the panel's columns, the GDP vintage, series of your own."""

    panel: Panel
    gdp_vintage: str = "census4"

    def __getitem__(self, column: str) -> pd.Series:
        if column in self.panel.values:
            return self.panel[column]
        if column in own.COLUMNS:
            return own.series(column).reindex(self.panel.values.index)
        name = f"gdp_{self.gdp_vintage}_100m" if column == "gdp" else column
        if name not in self.panel.values:
            raise VariableError(f"the panel has no column {name!r}")
        return self.panel[name]

    def per_province(self, column: str) -> pd.Series:
        """A constant of each province, repeated over the years."""
        index = self.panel.values.index
        values = geography.capitals()[column].reindex(index.get_level_values("province"))
        return pd.Series(values.to_numpy(dtype=float), index=index, name=column)

    def per_year(self, column: str) -> pd.Series:
        """A national series, repeated over the provinces."""
        index = self.panel.values.index
        values = national()[column].reindex(index.get_level_values("year"))
        return pd.Series(values.to_numpy(dtype=float), index=index, name=column)

    def real_gdp(self) -> pd.Series:
        """GDP at consumer prices of the base year."""
        real = m.deflate(self["gdp"], self["cpi_previous_year_100"], BASE_YEAR)
        return real.rename("real GDP")

    def real_income(self) -> pd.Series:
        """GDP per capita at consumer prices of the base year, 10,000 yuan per person.

        Over the year-end population: its mid-year mean would need the population of 2010.
        """
        return (self.real_gdp() / self["population_10k"]).rename("real GDP per capita")


@dataclass(frozen=True)
class Variable:
    """One variant of one variable.

    Attributes
    ----------
    symbol : str
        The name in tables and models.
    variant : str
        Which of the symbol's variants this is; the first of a symbol is its default.
    label, unit : str
        For readers.
    columns : tuple of str
        Columns of the panel behind it; "gdp" is the chosen vintage. Their flags travel on.
    formula : callable
        From :class:`Inputs` to a Series.
    years : tuple of int
        The years in which it is complete.
    note : str
        What a reader must know before using it.
    proxy : str
        What the paper measured, where this takes its place.
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

    def __str__(self) -> str:
        return self.variant

    @property
    def is_own(self) -> bool:
        """Whether it runs on a series of your own."""
        return any(column in own.COLUMNS for column in self.columns)


INCOME = Variable(
    "income", "CPI-deflated", "income", f"10,000 yuan of {BASE_YEAR} per person",
    ("gdp", "population_10k", "cpi_previous_year_100"), Inputs.real_income,
)  # fmt: skip
"""Real GDP per capita, by which weights of economic distance compare provinces."""


def column(symbol: str, panel: Panel) -> Variable:
    """Declare a column of a panel as a variable, complete in the years without a gap."""
    whole = panel.values[symbol].notna().groupby(level="year").all()
    held = whole.index[whole] if whole.any() else whole.index
    years = (int(held.min()), int(held.max()))
    return Variable(symbol, "as given", symbol, "", (symbol,), lambda f: f[symbol], years)


def catalogue(variables: Iterable[Variable]) -> dict[str, dict[str, Variable]]:
    """Index variables by symbol, then by variant, in the order of declaration."""
    table: dict[str, dict[str, Variable]] = {}
    for variable in variables:
        table.setdefault(variable.symbol, {})[variable.variant] = variable
    return table


def build(
    panel: Panel, variables: Mapping[str, Variable], gdp_vintage: str = "census4"
) -> pd.DataFrame:
    """Compute variables from a panel.

    Parameters
    ----------
    panel : Panel
        All years, so that mid-year means have last year's value.
    variables : mapping
        Symbol to variable, in the order of the columns wanted.
    gdp_vintage : str
        One of :data:`GDP_VINTAGES`.

    Returns
    -------
    DataFrame
        One column per symbol; a value is missing where its figures are.
    """
    if gdp_vintage not in GDP_VINTAGES:
        raise VariableError(f"no GDP vintage {gdp_vintage!r}; choose from {list(GDP_VINTAGES)}")
    inputs = Inputs(panel, gdp_vintage)
    return pd.DataFrame({s: _values(s, v, inputs) for s, v in variables.items()})


def _values(symbol: str, variable: Variable, inputs: Inputs) -> pd.Series:
    """What a variable's formula gives; a fault in it is named."""
    where = f"{symbol} ({variable.variant})"
    if not callable(variable.formula):
        raise VariableError(f"{where}: formula={shown(variable.formula)}; expected a function")
    try:
        with np.errstate(all="raise"):
            found = variable.formula(inputs)
    except (ArithmeticError, LookupError, TypeError, AttributeError) as fault:
        kind = type(fault).__name__
        raise VariableError(f"{where}: its formula fails with {kind}: {fault}") from fault
    if not isinstance(found, pd.Series) or not found.index.equals(inputs.panel.values.index):
        raise VariableError(
            f"{where}: its formula gives {shown(found)}; expected a Series on the panel's rows"
        )
    return found.rename(symbol)
