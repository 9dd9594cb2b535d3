"""Weights that need incomes beside the map: economic distance and its composites with geography.

They are functions of mean income by province; which incomes, of which years, is a study's choice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pandas as pd
from libpysal.graph import Graph

from spillover.studies.weights import NAMED, WeightsError, economic_distance, economic_geographic

IncomeWeights = Callable[[pd.Series], Graph]
"""From mean real GDP per capita by province to weights among the provinces."""


@dataclass(frozen=True)
class Mix:
    """Convex mix of inverse distance between capitals and economic distance.

    Attributes
    ----------
    share : float
        Weight of geography: 1 is inverse distance alone, 0 economic distance alone.

    Examples
    --------
    >>> from spillover.data.geography import capitals
    >>> income = pd.Series(range(1, 31), index=capitals().index)
    >>> Mix(1)(income)["Beijing"].idxmax()
    'Tianjin'
    """

    share: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise WeightsError(f"share is {self.share}; expected a number between 0 and 1")

    def __call__(self, income: pd.Series) -> Graph:
        """Weights among the provinces that `income` names."""
        return economic_geographic(income, mix=self.share)


ECONOMIC: dict[str, IncomeWeights] = {
    "economic distance": economic_distance,
    "economic-geographic product": economic_geographic,
    "economic-geographic mix": Mix(),
}
"""Weights that need a study's incomes, by the names that chapters use."""


def resolve(weights: str | Graph | IncomeWeights, income: Callable[[], pd.Series]) -> Graph:
    """Weights among all provinces: by name, as they are given, or made from their incomes.

    Parameters
    ----------
    weights : str, Graph or callable
        A name in :data:`spillover.studies.weights.NAMED` or :data:`ECONOMIC`, a graph, or a function
        from mean incomes to a graph.
    income : callable
        Gives mean real GDP per capita by province; called only where weights need it.

    Raises
    ------
    WeightsError
        For an unknown name, listing the known ones.
    """
    if isinstance(weights, Graph):
        return weights
    make = ECONOMIC.get(weights) if isinstance(weights, str) else weights
    return _named(str(weights)) if make is None else make(income())


@cache
def _named(name: str) -> Graph:
    if name not in NAMED:
        known = sorted((*NAMED, *ECONOMIC))
        raise WeightsError(f"no weights called {name!r}; choose from {known}")
    return NAMED[name]()
