"""Weights from coordinates, values and matrices: by hand, and against libpysal and scipy."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph
from scipy.spatial import cKDTree
from shapely.geometry import Point

from spillover.econometrics import weights
from spillover.econometrics.weights import WeightsError, dense

ABC = list("abc")


@pytest.fixture(scope="module")
def places():
    """Forty places spread over a hemisphere."""
    latitude, longitude = np.random.default_rng(3).uniform((-70, 0), (70, 180), (40, 2)).T
    names = [f"u{i}" for i in range(40)]
    return pd.DataFrame({"latitude": latitude, "longitude": longitude}, index=names)


def on_the_sphere(places):
    lat, lon = np.radians(places["latitude"]), np.radians(places["longitude"])
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def test_great_circle_by_quarters_of_the_meridian():
    corners = pd.DataFrame(
        {"latitude": [0.0, 0.0, 90.0], "longitude": [0.0, 90.0, 0.0]}, index=["a", "b", "pole"]
    )
    km = weights.great_circle_km(corners)
    quarter = np.pi / 2 * 6371.0088
    assert km.to_numpy() == pytest.approx(quarter * (1 - np.eye(3)))


def test_great_circle_is_the_angle_between_points(places):
    xyz = on_the_sphere(places)
    angle = np.arccos(np.clip(xyz @ xyz.T, -1, 1))
    np.fill_diagonal(angle, 0)
    assert weights.great_circle_km(places).to_numpy() == pytest.approx(6371.0088 * angle)


def test_k_nearest_are_the_nearest_by_chord(places):
    """On the sphere, order by distance is order by chord: scipy ranks the chords in 3-D."""
    xyz = on_the_sphere(places)
    nearest = cKDTree(xyz).query(xyz, k=5)[1][:, 1:]
    matrix = dense(weights.k_nearest(places, 4))
    for i, row in enumerate(matrix.to_numpy()):
        assert set(np.flatnonzero(row)) == set(nearest[i])
    assert set(np.unique(matrix)) == {0, 0.25}


def test_distances_by_hand(places):
    km = weights.great_circle_km(places).to_numpy()
    off = km + np.diag(np.full(40, np.inf))
    squared = dense(weights.inverse_distance(places, power=2, standardise=False))
    assert squared.to_numpy() == pytest.approx(off**-2.0)
    near = dense(weights.inverse_distance(places, cutoff_km=6000, standardise=False))
    assert near.to_numpy() == pytest.approx(np.where(off <= 6000, 1 / off, 0))
    band = dense(weights.distance_band(places, 6000, standardise=False))
    assert band.to_numpy() == pytest.approx((off <= 6000).astype(float))


def test_from_dense_equals_libpysal_graph():
    frame = gpd.GeoSeries([Point(0, 0), Point(1, 0), Point(3, 0)], index=ABC)
    kernel = Graph.build_kernel(frame, kernel=lambda d, bandwidth: 1 / d, bandwidth=1.0)
    matrix = pd.DataFrame([[0, 1, 1 / 3], [1, 0, 1 / 2], [1 / 3, 1 / 2, 0]], ABC, ABC)
    theirs = dense(kernel.transform("r")).loc[ABC, ABC]
    np.testing.assert_allclose(dense(weights.from_dense(matrix)), theirs)


def test_economic_distance_by_hand():
    income = pd.Series([1.0, 2.0, 4.0], index=ABC)
    matrix = dense(weights.economic_distance(income, standardise=False))
    assert matrix.to_numpy() == pytest.approx(
        np.array([[0, 1, 1 / 3], [1, 0, 1 / 2], [1 / 3, 1 / 2, 0]])
    )


def test_composites_by_hand(places):
    income = pd.Series(np.arange(40.0) + 1, index=places.index)
    graph = weights.inverse_distance(places, standardise=False)
    near, alike = (dense(g) for g in (graph, weights.economic_distance(income, False)))
    found = dense(weights.economic_geographic(income, graph))
    np.testing.assert_allclose(found, weights.row_standardise(near * alike))
    found = dense(weights.economic_geographic(income, graph, mix=0.25))
    by_rows = [weights.row_standardise(matrix) for matrix in (near, alike)]
    np.testing.assert_allclose(found, 0.25 * by_rows[0] + 0.75 * by_rows[1])


def test_a_subset_is_standardised_anew():
    line = pd.DataFrame(np.eye(4, k=1) + np.eye(4, k=-1), list("abcd"), list("abcd"))
    matrix = dense(weights.subset(weights.from_dense(line), ABC))
    assert matrix.to_numpy().tolist() == [[0, 1, 0], [0.5, 0, 0.5], [0, 1, 0]]
    with pytest.raises(WeightsError, match="a has no neighbours"):
        weights.subset(weights.from_dense(line), ["a", "c", "d"])


@pytest.mark.parametrize(
    ("cell", "value", "word"),
    [(("a", "b"), -1, "negative"), (("a", "a"), 1, "itself"), (("a", "b"), np.nan, "not finite")],
)
def test_bad_matrices_name_the_pair(cell, value, word):
    matrix = pd.DataFrame([[0, 1.0], [1.0, 0]], index=list("ab"), columns=list("ab"))
    matrix.loc[cell] = value
    with pytest.raises(WeightsError, match=f"{cell[0]} → {cell[1]}.*{word}"):
        weights.from_dense(matrix)


def test_faults_are_named(places):
    matrix = pd.DataFrame([[0, 1.0], [1.0, 0]], index=list("ab"), columns=list("ba"))
    with pytest.raises(WeightsError, match="different units"):
        weights.from_dense(matrix)
    with pytest.raises(WeightsError, match="b and c"):
        weights.economic_distance(pd.Series([1.0, 2.0, 2.0], index=ABC))
    with pytest.raises(WeightsError, match="k=40"):
        weights.k_nearest(places, 40)
    short = pd.Series(range(39), index=places.index[1:])
    with pytest.raises(WeightsError, match="u0' has no value"):
        weights.economic_geographic(short, weights.k_nearest(places, 2))
