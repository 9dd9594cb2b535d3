"""The variables of both studies: found by symbol and variant, computed from the official figures.

One entry per variable and variant; a study names the variables it uses and may swap a variant.
How a measure works is in :mod:`spillover.data.measures`; nothing here estimates anything.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from spillover.data.panel import Panel
from spillover.studies.carbon_variables import CARBON
from spillover.studies.growth_variables import GROWTH
from spillover.studies.own_variables import yours
from spillover.studies.variable import GDP_VINTAGES, Inputs, Variable, VariableError

__all__ = [
    "CARBON",
    "GDP_VINTAGES",
    "GROWTH",
    "Inputs",
    "Variable",
    "VariableError",
    "build",
    "catalogue",
    "not_official",
    "pick",
]


def catalogue(*groups: tuple[Variable, ...]) -> dict[str, dict[str, Variable]]:
    """Index variables by symbol, then by variant, in the order of declaration.

    The variables of both parts by default. A symbol's first variant is its default, so that a
    series of your own takes the place of the proxy.
    """
    table: dict[str, dict[str, Variable]] = {}
    for variable in (v for group in groups or (CARBON, yours(), GROWTH) for v in group):
        table.setdefault(variable.symbol, {})[variable.variant] = variable
    return table


def pick(symbol: str, variant: str | Variable | None = None) -> Variable:
    """Return a variant of a variable, the default where none is named.

    Parameters
    ----------
    symbol : str
        A name of the catalogue.
    variant : str or Variable, optional
        The name of one of its variants, or a declaration of your own for this symbol.

    Raises
    ------
    VariableError
        For an unknown symbol or variant, listing the known ones.
    """
    if isinstance(variant, Variable):
        if variant.symbol != symbol:
            raise VariableError(f"{variant.symbol} ({variant.variant}) cannot stand for {symbol}")
        return variant
    table = catalogue()
    if symbol not in table:
        raise VariableError(f"no variable {symbol!r}; choose from {list(table)}")
    variants = table[symbol]
    if variant is None:
        return next(iter(variants.values()))
    if variant not in variants:
        raise VariableError(f"{symbol} has no variant {variant!r}; choose from {list(variants)}")
    return variants[variant]


def build(
    panel: Panel, symbols: Mapping[str, str | Variable | None], gdp_vintage: str = "census4"
) -> pd.DataFrame:
    """Compute variables from the official panel.

    Parameters
    ----------
    panel : Panel
        All years, so that mid-year means have last year's value.
    symbols : mapping
        Symbol to variant (None for the default), in the order of the columns wanted.
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
    with np.errstate(all="raise"):
        columns = {s: pick(s, v).formula(inputs).rename(s) for s, v in symbols.items()}
    return pd.DataFrame(columns)


def not_official(panel: Panel, symbol: str, variant: str | Variable | None = None) -> pd.Series:
    """Return True where a variable rests on a derived, modelled, estimated or filled figure.

    A series of your own is not official anywhere.
    """
    variable = pick(symbol, variant)
    columns = [c for c in variable.columns if c != "gdp"]
    if variable.is_own:
        return pd.Series(True, index=panel.values.index)
    return panel.not_official(*columns)
