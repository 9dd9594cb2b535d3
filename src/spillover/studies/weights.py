"""Weights between China's provinces, by name: contiguity, distances of capitals, incomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

from spillover.data.files import recorded, root, touched
from spillover.data.geography import capitals, contiguity
from spillover.econometrics.checks import is_graph, number, shown
from spillover.econometrics.weights import (
    WeightsError,
    distance_band,
    economic_distance,
    economic_geographic,
    from_dense,
    inverse_distance,
    k_nearest,
)

if TYPE_CHECKING:
    from libpysal.graph import Graph

IncomeWeights = Callable[[pd.Series], "Graph"]
"""From mean real GDP per capita by province to weights among the provinces."""


def rook(standardise: bool = True) -> Graph:
    """Provinces that share a border; Hainan is joined to Guangdong.

    Examples
    --------
    >>> sorted(rook()["Hainan"].index)
    ['Guangdong']
    """
    names = capitals().index
    matrix = pd.DataFrame(0.0, index=names, columns=names)
    for a, b in contiguity()[["province_a", "province_b"]].itertuples(index=False):
        matrix.loc[a, b] = matrix.loc[b, a] = 1.0
    return from_dense(matrix, standardise)


@dataclass(frozen=True)
class Mix:
    """Convex mix of inverse distance between capitals and economic distance.

    Attributes
    ----------
    share : float
        Weight of geography: 1 is inverse distance alone, 0 economic distance alone.

    Examples
    --------
    >>> income = pd.Series(range(1, 31), index=capitals().index)
    >>> Mix(1)(income)["Beijing"].idxmax()
    'Tianjin'
    """

    share: float = 0.5

    def __post_init__(self) -> None:
        if number(self.share, WeightsError, "share", 0.0) > 1:
            raise WeightsError(f"share is {self.share}; expected a number between 0 and 1")

    def __call__(self, income: pd.Series) -> Graph:
        """Weights among the provinces that `income` names."""
        near = inverse_distance(capitals(), standardise=False)
        return economic_geographic(income, near, self.share)


NAMED: dict[str, Callable[[], Graph]] = {
    "rook": rook,
    "inverse distance": lambda: inverse_distance(capitals()),
    "inverse distance squared": lambda: inverse_distance(capitals(), power=2),
    "4 nearest": lambda: k_nearest(capitals(), 4),
    "5 nearest": lambda: k_nearest(capitals(), 5),
    "6 nearest": lambda: k_nearest(capitals(), 6),
    "band 1,500 km": lambda: distance_band(capitals(), 1500),
    "band 2,000 km": lambda: distance_band(capitals(), 2000),
}
"""Weights that need nothing but the map, by the names that chapters use."""

ECONOMIC: dict[str, IncomeWeights] = {
    "economic distance": economic_distance,
    "economic-geographic product": lambda income: economic_geographic(
        income, inverse_distance(capitals(), standardise=False)
    ),
    "economic-geographic mix": Mix(),
}
"""Weights that need a study's incomes, by the names that chapters use."""


def named(name: str) -> Graph:
    """Return one of the weights in :data:`NAMED`.

    Raises
    ------
    WeightsError
        For an unknown name, listing the known ones.
    """
    if not isinstance(name, str) or name not in NAMED:
        known = sorted((*NAMED, *ECONOMIC))
        raise WeightsError(f"no weights called {shown(name)}; choose from {known}")
    graph, used = _made(name)
    for file in used:
        touched(root() / file)
    return graph


@cache
def _made(name: str) -> tuple[Graph, tuple[str, ...]]:
    """Weights by name, and the files they are made from."""
    with recorded() as used:
        graph = NAMED[name]()
    return graph, tuple(used)


def resolve(weights: str | Graph | IncomeWeights, income: Callable[[], pd.Series]) -> Graph:
    """Weights among all provinces: by name, as they are given, or made from their incomes.

    Parameters
    ----------
    weights : str, Graph or callable
        A name in :data:`NAMED` or :data:`ECONOMIC`, a graph, or a function from mean incomes to
        a graph.
    income : callable
        Gives mean real GDP per capita by province; called only where weights need it.

    Raises
    ------
    WeightsError
        For an unknown name, listing the known ones.
    """
    if is_graph(weights):
        return weights
    if isinstance(weights, str) and weights not in ECONOMIC:
        return named(weights)
    make = ECONOMIC[weights] if isinstance(weights, str) else weights
    if not callable(make):
        raise WeightsError(
            f"weights={shown(weights)}; expected a name, a libpysal Graph, or a function from "
            "incomes to one"
        )
    try:
        made = make(income())
    except TypeError as fault:
        raise WeightsError(f"the function for weights fails: {fault}; it gets incomes") from fault
    if not is_graph(made):
        raise WeightsError(
            f"the function for weights gives {shown(made)}; expected a libpysal Graph"
        )
    return made
