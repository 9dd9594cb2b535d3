"""Spatial weights between provinces: who is whose neighbour, and how much.

Every function returns a :class:`libpysal.graph.Graph` keyed by province name, in the order of
the panel, row-standardised unless asked otherwise; estimation is left to other rooms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
import pandas as pd
from libpysal.graph import Graph

from spillover.data import geography as geo

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG), in km."""


class WeightsError(ValueError):
    """A matrix cannot serve as spatial weights; the message names the unit."""


def from_dense(matrix: pd.DataFrame, standardise: bool = True) -> Graph:
    """Turn a square matrix into a graph.

    Parameters
    ----------
    matrix : DataFrame
        N × N, non-negative, zero diagonal, the same names on both sides in the same order.
    standardise : bool
        Divide each row by its sum.

    Raises
    ------
    WeightsError
        Names differ, a value is negative or not finite, the diagonal is not zero, or a unit has
        no neighbours.
    """
    _check(matrix)
    labelled = matrix.rename_axis(index="focal", columns="neighbor")
    pairs = cast(pd.Series, labelled.stack())
    weights = pairs[pairs > 0].rename("weight")
    graph = Graph(weights)
    return graph.transform("r") if standardise else graph


def _check(matrix: pd.DataFrame) -> None:
    if list(matrix.index) != list(matrix.columns):
        raise WeightsError("rows and columns of the matrix name different units; align them first")
    values = matrix.to_numpy(dtype=float)
    for problem, bad in (
        ("a weight that is not finite", ~np.isfinite(values)),
        ("a negative weight", values < 0),
        ("a weight on itself", np.diag(np.diag(values) != 0)),
    ):
        if bad.any():
            row, column = np.argwhere(bad)[0]
            pair = f"{matrix.index[row]} → {matrix.columns[column]}"
            raise WeightsError(f"{pair}: found {problem} ({values[row, column]:g})")
    if (alone := values.sum(axis=1) == 0).any():
        name = matrix.index[alone][0]
        raise WeightsError(f"{name} has no neighbours; give it one or leave it out of the panel")


def row_standardise(matrix: pd.DataFrame) -> pd.DataFrame:
    """Divide each row by its sum, so that a spatial lag is a weighted mean of neighbours."""
    return matrix.div(matrix.sum(axis=1), axis=0)


def dense(graph: Graph) -> pd.DataFrame:
    """Return the graph as a square DataFrame, both sides in the graph's order of units."""
    names = graph.unique_ids
    return pd.DataFrame(graph.sparse.toarray(), index=names, columns=names)


def great_circle_km(places: pd.DataFrame) -> pd.DataFrame:
    """Great-circle distances by the haversine formula, on a sphere of the Earth's mean radius.

    Parameters
    ----------
    places : DataFrame
        Index of names, columns ``latitude`` and ``longitude`` in degrees.

    Returns
    -------
    DataFrame
        N × N, km, zero diagonal.
    """
    lat = np.radians(places["latitude"].to_numpy())
    lon = np.radians(places["longitude"].to_numpy())
    half_lat = np.sin((lat[:, None] - lat) / 2) ** 2
    half_lon = np.sin((lon[:, None] - lon) / 2) ** 2
    chord = half_lat + np.cos(lat)[:, None] * np.cos(lat) * half_lon
    km = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))
    return pd.DataFrame(km, index=places.index, columns=places.index)


def _inverse(distance: pd.DataFrame, power: float = 1) -> pd.DataFrame:
    values = distance.to_numpy(dtype=float)
    off = ~np.eye(len(values), dtype=bool)
    if (values[off] <= 0).any():
        row, column = np.argwhere((values <= 0) & off)[0]
        pair = f"{distance.index[row]} and {distance.index[column]}"
        raise WeightsError(f"{pair} are at distance 0, so their inverse distance is not finite")
    inverse = np.zeros_like(values)
    inverse[off] = values[off] ** -power
    return pd.DataFrame(inverse, index=distance.index, columns=distance.columns)


def _capital_distances() -> pd.DataFrame:
    return great_circle_km(geo.capitals())


def rook(standardise: bool = True) -> Graph:
    """Provinces that share a border; Hainan is joined to Guangdong.

    Examples
    --------
    >>> sorted(rook()["Hainan"].index)
    ['Guangdong']
    """
    names = geo.capitals().index
    matrix = pd.DataFrame(0.0, index=names, columns=names)
    for a, b in geo.contiguity()[["province_a", "province_b"]].itertuples(index=False):
        matrix.loc[a, b] = matrix.loc[b, a] = 1.0
    return from_dense(matrix, standardise)


def inverse_distance(
    power: float = 1, cutoff_km: float | None = None, standardise: bool = True
) -> Graph:
    """Weights d⁻ᵖ between capitals, d the great-circle distance in km.

    Parameters
    ----------
    power : float
        The exponent p; 2 gives squared inverse distance.
    cutoff_km : float, optional
        Pairs further apart get no weight.
    """
    distance = _capital_distances()
    weights = _inverse(distance, power)
    if cutoff_km is not None:
        weights = weights.where(distance <= cutoff_km, 0.0)
    return from_dense(weights, standardise)


def distance_band(km: float, standardise: bool = True) -> Graph:
    """Equal weights on every province whose capital lies within `km`."""
    distance = _capital_distances()
    within = (distance <= km).astype(float)
    return from_dense(within - np.eye(len(within)), standardise)


def k_nearest(k: int, standardise: bool = True) -> Graph:
    """Equal weights on the `k` provinces with the nearest capitals (not symmetric)."""
    distance = _capital_distances()
    if not 1 <= k < len(distance):
        raise WeightsError(f"k is {k}; expected 1 to {len(distance) - 1}")
    far = distance.to_numpy() + np.diag(np.full(len(distance), np.inf))
    rank = far.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    nearest = pd.DataFrame((rank < k).astype(float), distance.index, distance.columns)
    return from_dense(nearest, standardise)


def economic_distance(income: pd.Series, standardise: bool = True) -> Graph:
    """Weights 1/|ȳᵢ − ȳⱼ|: the closer two provinces' mean incomes, the larger.

    Parameters
    ----------
    income : Series
        Mean real GDP per capita by province (one value each), any unit.
    """
    values = income.to_numpy(dtype=float)
    gap = pd.DataFrame(np.abs(values[:, None] - values), income.index, income.index)
    return from_dense(_inverse(gap), standardise)


def economic_geographic(
    income: pd.Series,
    mix: float | None = None,
    geography: Graph | None = None,
    standardise: bool = True,
) -> Graph:
    """Composite of economic and geographic weights.

    Parameters
    ----------
    income : Series
        Mean real GDP per capita by province.
    mix : float, optional
        None multiplies the two, wᵢⱼ = wᵢⱼ(geo)·wᵢⱼ(econ), the usual nested matrix. A number
        between 0 and 1 takes the convex mix mix·W(geo) + (1 − mix)·W(econ) of the two
        row-standardised matrices.
    geography : Graph, optional
        Inverse distance between capitals by default.
    """
    if mix is not None and not 0 <= mix <= 1:
        raise WeightsError(f"mix is {mix}; expected a number between 0 and 1, or None")
    near = dense(geography or inverse_distance(standardise=mix is not None))
    alike = dense(economic_distance(income, standardise=mix is not None))
    alike = alike.reindex(index=near.index, columns=near.columns)
    if alike.isna().any(axis=None):
        name = alike.index[alike.isna().all(axis=1)][0]
        raise WeightsError(f"{name} has no income; every unit of the geography needs one")
    blend = near * alike if mix is None else mix * near + (1 - mix) * alike
    return from_dense(blend, standardise)


NAMED: dict[str, Callable[[], Graph]] = {
    "rook": rook,
    "inverse distance": inverse_distance,
    "inverse distance squared": lambda: inverse_distance(power=2),
    "4 nearest": lambda: k_nearest(4),
    "5 nearest": lambda: k_nearest(5),
    "6 nearest": lambda: k_nearest(6),
    "band 1,500 km": lambda: distance_band(1500),
    "band 2,000 km": lambda: distance_band(2000),
}
"""Weights that need nothing but the map, by the names that chapters use."""


def named(name: str) -> Graph:
    """Return one of the weights in :data:`NAMED`.

    Raises
    ------
    WeightsError
        For an unknown name, listing the known ones.
    """
    if name not in NAMED:
        raise WeightsError(f"no weights called {name!r}; choose from {sorted(NAMED)}")
    return NAMED[name]()


def subset(graph: Graph, units: Sequence[str], standardise: bool = True) -> Graph:
    """Weights among `units` only, standardised anew; for samples that leave provinces out."""
    matrix = dense(graph)
    return from_dense(matrix.loc[list(units), list(units)], standardise)
