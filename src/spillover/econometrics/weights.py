"""Spatial weights from coordinates, from values or from a matrix, as libpysal graphs.

Units are named by the index of what is given and keep its order; rows are standardised unless
asked otherwise. Where libpysal has the construction (contiguity, Delaunay, kernels), build the
graph there: every estimator of this package takes any :class:`libpysal.graph.Graph`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from spillover.econometrics.checks import (
    by_label,
    columns_of_numbers,
    flag,
    is_graph,
    number,
    shown,
    some,
    square,
    whole,
)

if TYPE_CHECKING:
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
    flag(standardise, WeightsError, "standardise")
    one_level = isinstance(matrix, pd.DataFrame) and matrix.index.nlevels == matrix.columns.nlevels
    if one_level and list(matrix.index) != list(matrix.columns):
        only = some(matrix.index.symmetric_difference(matrix.columns, sort=False)) or "none"
        raise WeightsError(
            f"rows and columns of the matrix name different units (in one only: {only}), or in "
            "another order; align them first"
        )
    values = square(matrix, WeightsError, "the matrix")
    for problem, bad in (
        ("a negative weight", values < 0),
        ("a weight on itself", np.diag(np.diag(values) != 0)),
    ):
        if bad.any():
            row, column = np.argwhere(bad)[0]
            pair = f"{matrix.index[row]} → {matrix.columns[column]}"
            raise WeightsError(f"{pair}: found {problem} ({values[row, column]:g})")
    if (alone := values.sum(axis=1) == 0).any():
        names = ", ".join(map(str, matrix.index[alone]))
        raise WeightsError(f"{names} has no neighbours; give it one or leave it out of the panel")
    from libpysal.graph import Graph

    plain = pd.DataFrame(values, matrix.index, matrix.columns)
    pairs = cast(pd.Series, plain.rename_axis(index="focal", columns="neighbor").stack())
    graph = Graph(pairs[pairs > 0].rename("weight"))
    return graph.transform("r") if standardise else graph


def as_graph(W: Graph | pd.DataFrame, fault: type[ValueError] = WeightsError) -> Graph:
    """Weights as a graph with the values they have: a graph itself, or a square matrix.

    Raises
    ------
    WeightsError
        Or the caller's error: neither of the two, or weights that are negative or not finite.
    """
    if is_graph(W):
        weights = W._adjacency.to_numpy(dtype=float)
        if not np.isfinite(weights).all() or (weights < 0).any():
            pair = W._adjacency.index[int(np.argmin(np.isfinite(weights) & (weights >= 0)))]
            raise fault(f"W has a negative or missing weight at {pair}; expected zero or more")
        return W
    try:
        return from_dense(W, standardise=False)
    except WeightsError as found:
        raise fault(str(found).replace("the matrix", "W")) from None


def dense(graph: Graph) -> pd.DataFrame:
    """Return the graph as a square DataFrame, both sides in the graph's order of units."""
    if not is_graph(graph):
        raise WeightsError(f"found {shown(graph)}; expected a libpysal Graph")
    names = graph.unique_ids
    return pd.DataFrame(graph.sparse.toarray(), index=names, columns=names)


def row_standardise(matrix: pd.DataFrame) -> pd.DataFrame:
    """Divide each row by its sum, so that a spatial lag is a weighted mean of neighbours.

    Raises
    ------
    WeightsError
        Not a square table of finite numbers, a negative weight, or a row without any.
    """
    values = square(matrix, WeightsError, "the matrix")
    if (values < 0).any():
        row, column = np.argwhere(values < 0)[0]
        pair = f"{matrix.index[row]} → {matrix.columns[column]}"
        raise WeightsError(f"{pair}: found a negative weight ({values[row, column]:g})")
    sums = values.sum(axis=1, keepdims=True)
    if (sums == 0).any():
        raise WeightsError(f"{some(matrix.index[sums[:, 0] == 0])}: no neighbours; give it one")
    return pd.DataFrame(values / sums, matrix.index, matrix.columns)


def subset(graph: Graph, units: Sequence[str], standardise: bool = True) -> Graph:
    """Weights among `units` only, standardised anew; for samples that leave some units out.

    Raises
    ------
    WeightsError
        A unit that the graph does not have, or one left without neighbours.
    """
    matrix = dense(graph)
    if isinstance(units, str | pd.Series | pd.DataFrame) or not isinstance(units, Iterable):
        raise WeightsError(f"units={shown(units)}; expected a list of units")
    kept = list(units)
    unknown = [unit for unit in kept if isinstance(unit, bool) or unit not in matrix.index]
    if unknown or not kept:
        raise WeightsError(f"units= names {some(unknown) or 'none'}; expected some of the graph's")
    if len(set(kept)) < len(kept):
        raise WeightsError(f"units= names {some([u for u in kept if kept.count(u) > 1])} twice")
    return from_dense(matrix.loc[kept, kept], standardise)


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
    _check_places(places)
    lat = np.radians(places["latitude"].to_numpy())
    lon = np.radians(places["longitude"].to_numpy())
    half_lat = np.sin((lat[:, None] - lat) / 2) ** 2
    half_lon = np.sin((lon[:, None] - lon) / 2) ** 2
    chord = half_lat + np.cos(lat)[:, None] * np.cos(lat) * half_lon
    km = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))
    return pd.DataFrame(km, index=places.index, columns=places.index)


def _check_places(places: pd.DataFrame) -> None:
    """Refuse what are not two or more places in degrees, each with a name of its own."""
    if not isinstance(places, pd.DataFrame):
        raise WeightsError(
            f"places is {shown(places)}; expected a DataFrame with columns latitude and longitude"
        )
    if missing := [name for name in ("latitude", "longitude") if name not in places.columns]:
        raise WeightsError(
            f"places has no column {some(missing)}, but {some(places.columns) or 'none at all'}; "
            "rename its columns to latitude and longitude"
        )
    labels = places.index
    if len(places) < 2:
        raise WeightsError(f"places has {len(places)} units; expected two or more")
    if labels.nlevels > 1 or labels.isna().any() or not labels.is_unique:
        twice = some(labels[labels.duplicated()].unique()) or "one without a name"
        raise WeightsError(f"places must have one name for each unit; found {twice} more than once")
    degrees = places[["latitude", "longitude"]]
    columns_of_numbers(degrees, WeightsError)
    for name, reach in (("latitude", 90), ("longitude", 360)):
        values = degrees[name].to_numpy(dtype=float, na_value=np.nan)
        bad = ~(np.abs(values) <= reach)
        if bad.any():
            unit = labels[bad][0]
            raise WeightsError(
                f"{name} of {unit} is {values[bad][0]:g}; expected degrees from −{reach} to "
                f"{reach}: are they metres, or latitude and longitude swapped?"
            )


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

    Raises
    ------
    WeightsError
        Two units at the same place, or a unit with none within the cutoff.
    """
    number(power, WeightsError, "power", 0.0)
    distance = great_circle_km(places)
    weights = _inverse(distance, power)
    if cutoff_km is not None:
        number(cutoff_km, WeightsError, "cutoff_km", 0.0)
        weights = weights.where(distance <= cutoff_km, 0.0)
    return from_dense(weights, standardise)


def distance_band(places: pd.DataFrame, km: float, standardise: bool = True) -> Graph:
    """Equal weights on every unit within `km` (great circle) of each unit.

    Raises
    ------
    WeightsError
        A unit with none so near.
    """
    number(km, WeightsError, "km", 0.0)
    within = (great_circle_km(places) <= km).astype(float)
    return from_dense(within - np.eye(len(within)), standardise)


def k_nearest(places: pd.DataFrame, k: int, standardise: bool = True) -> Graph:
    """Equal weights on the `k` units nearest to each (great circle); not symmetric.

    Raises
    ------
    WeightsError
        k is not below the number of units.
    """
    _check_places(places)
    k = whole(k, WeightsError, "k", 1, len(places) - 1)
    import geopandas as gpd
    from libpysal.graph import Graph

    twice = places.duplicated(["latitude", "longitude"], keep=False)
    if twice.any():
        raise WeightsError(f"{some(places.index[twice])} are at one place; move or merge them")
    given = places["longitude"]
    east = given.where(given.between(-180, 180), (given + 180) % 360 - 180)
    points = gpd.points_from_xy(east, places["latitude"])
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
        Two units have the same value, or one has none.
    """
    flag(standardise, WeightsError, "standardise")
    values = _one_value_each(values)
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

    Raises
    ------
    WeightsError
        Values and geography of different units, or two units of the same value.
    """
    if mix is not None and number(mix, WeightsError, "mix", 0.0) > 1:
        raise WeightsError(f"mix is {mix}; expected a number between 0 and 1, or None")
    geography = as_graph(geography)
    near = dense(geography if mix is None else geography.transform("r"))
    values = _one_value_each(values)
    for odd, where in (
        (near.index.difference(values.index, sort=False), "has no value"),
        (values.index.difference(near.index, sort=False), "is not in the geography"),
    ):
        if len(odd):
            raise WeightsError(
                f"{some(odd)} {where}; give values for the units of the geography, and no others"
            )
    alike = dense(economic_distance(values, standardise=mix is not None))
    alike = alike.reindex(index=near.index, columns=near.columns)
    blend = near * alike if mix is None else mix * near + (1 - mix) * alike
    return from_dense(blend, standardise)


def _one_value_each(values: Any) -> pd.Series:
    """Values by unit as finite numbers; refuses anything else by name."""
    if isinstance(values, pd.Series) and values.index.nlevels > 1:
        raise WeightsError(
            "values has two levels of labels; expected one value for each unit, as its mean over "
            "the years"
        )
    found = by_label(values, getattr(values, "index", pd.Index([])), WeightsError, "values", "unit")
    columns_of_numbers(found.to_frame(found.name or "values"), WeightsError)
    numbers = found.astype(float)
    if (bad := ~np.isfinite(numbers.to_numpy())).any():
        raise WeightsError(
            f"the value of {found.index[bad][0]} is {numbers[bad].iloc[0]}; expected a number"
        )
    if len(numbers) < 2:
        raise WeightsError(f"values has {len(numbers)} units; expected two or more")
    return numbers


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
