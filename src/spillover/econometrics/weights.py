"""Spatial weights from coordinates, from values or from a matrix, as libpysal graphs.

Units are named by the index of what is given and keep its order; rows are standardised unless
asked otherwise. Where libpysal has the construction (contiguity, Delaunay, kernels), build the
graph there: every estimator of this package takes any :class:`libpysal.graph.Graph`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import pandas as pd
from libpysal.graph import Graph

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

    Examples
    --------
    >>> chain = pd.DataFrame([[0, 1, 0], [1, 0, 1], [0, 1, 0]], list("abc"), list("abc"))
    >>> from_dense(chain)["b"].to_dict()
    {'a': 0.5, 'c': 0.5}
    """
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
    pairs = cast(pd.Series, matrix.rename_axis(index="focal", columns="neighbor").stack())
    graph = Graph(pairs[pairs > 0].rename("weight"))
    return graph.transform("r") if standardise else graph


def dense(graph: Graph) -> pd.DataFrame:
    """Return the graph as a square DataFrame, both sides in the graph's order of units."""
    names = graph.unique_ids
    return pd.DataFrame(graph.sparse.toarray(), index=names, columns=names)


def row_standardise(matrix: pd.DataFrame) -> pd.DataFrame:
    """Divide each row by its sum, so that a spatial lag is a weighted mean of neighbours."""
    return matrix.div(matrix.sum(axis=1), axis=0)


def subset(graph: Graph, units: Sequence[str], standardise: bool = True) -> Graph:
    """Weights among `units` only, standardised anew; for samples that leave some units out."""
    matrix = dense(graph)
    return from_dense(matrix.loc[list(units), list(units)], standardise)


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

    Examples
    --------
    >>> poles = pd.DataFrame({"latitude": [90, -90], "longitude": [0, 0]}, index=["N", "S"])
    >>> round(great_circle_km(poles).loc["N", "S"])
    20015
    """
    lat = np.radians(places["latitude"].to_numpy())
    lon = np.radians(places["longitude"].to_numpy())
    half_lat = np.sin((lat[:, None] - lat) / 2) ** 2
    half_lon = np.sin((lon[:, None] - lon) / 2) ** 2
    chord = half_lat + np.cos(lat)[:, None] * np.cos(lat) * half_lon
    km = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))
    return pd.DataFrame(km, index=places.index, columns=places.index)


def inverse_distance(
    places: pd.DataFrame,
    power: float = 1,
    cutoff_km: float | None = None,
    standardise: bool = True,
) -> Graph:
    """Weights d⁻ᵖ, d the great-circle distance in km.

    Parameters
    ----------
    places : DataFrame
        As in :func:`great_circle_km`.
    power : float
        The exponent p; 2 gives squared inverse distance.
    cutoff_km : float, optional
        Pairs further apart get no weight.
    """
    distance = great_circle_km(places)
    weights = _inverse(distance, power)
    if cutoff_km is not None:
        weights = weights.where(distance <= cutoff_km, 0.0)
    return from_dense(weights, standardise)


def distance_band(places: pd.DataFrame, km: float, standardise: bool = True) -> Graph:
    """Equal weights on every unit within `km` (great circle) of each unit."""
    within = (great_circle_km(places) <= km).astype(float)
    return from_dense(within - np.eye(len(within)), standardise)


def k_nearest(places: pd.DataFrame, k: int, standardise: bool = True) -> Graph:
    """Equal weights on the `k` units nearest to each (great circle); not symmetric."""
    if not 1 <= k < len(places):
        raise WeightsError(f"k is {k}; expected 1 to {len(places) - 1}")
    import geopandas as gpd

    points = gpd.points_from_xy(places["longitude"], places["latitude"])
    graph = Graph.build_knn(gpd.GeoSeries(points, places.index), k=k, metric="haversine")
    return graph.transform("r") if standardise else graph


def economic_distance(values: pd.Series, standardise: bool = True) -> Graph:
    """Weights by the inverse of the distance in value: the closer two units, the larger.

    Parameters
    ----------
    values : Series
        One value a unit, any measure: usually its mean real GDP per capita.

    Raises
    ------
    WeightsError
        Two units have the same value.
    """
    v = values.to_numpy(dtype=float)
    gap = pd.DataFrame(np.abs(v[:, None] - v), values.index, values.index)
    return from_dense(_inverse(gap), standardise)


def economic_geographic(
    values: pd.Series,
    geography: Graph,
    mix: float | None = None,
    standardise: bool = True,
) -> Graph:
    """Composite of economic distance and geographic weights.

    Parameters
    ----------
    values : Series
        As in :func:`economic_distance`; one for every unit of `geography`.
    geography : Graph
        As it is given where `mix` is None; row-standardised where it is a number.
    mix : float, optional
        None multiplies the two, wᵢⱼ = wᵢⱼ(geo)·wᵢⱼ(econ), the usual nested matrix. A number
        between 0 and 1 takes the convex mix mix·W(geo) + (1 − mix)·W(econ) of the two
        row-standardised matrices.
    """
    if mix is not None and not 0 <= mix <= 1:
        raise WeightsError(f"mix is {mix}; expected a number between 0 and 1, or None")
    near = dense(geography if mix is None else geography.transform("r"))
    alike = dense(economic_distance(values, standardise=mix is not None))
    alike = alike.reindex(index=near.index, columns=near.columns)
    if alike.isna().any(axis=None):
        name = alike.index[alike.isna().all(axis=1)][0]
        raise WeightsError(f"{name} has no value; every unit of the geography needs one")
    blend = near * alike if mix is None else mix * near + (1 - mix) * alike
    return from_dense(blend, standardise)


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
