"""Weights by hand, and against libpysal."""

import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph
from shapely.geometry import Point

from spillover.data import geography as geo
from spillover.studies import weights


def test_rook_is_the_65_pairs():
    matrix = weights.dense(weights.rook(standardise=False))
    assert matrix.to_numpy().sum() == 2 * 65
    assert (matrix == matrix.T).all(axis=None)
    assert set(matrix.columns[matrix.loc["Beijing"] > 0]) == {"Tianjin", "Hebei"}
    assert set(matrix.columns[matrix.loc["Hainan"] > 0]) == {"Guangdong"}
    # Shaanxi has eight neighbours, all of them in the sample.
    assert (matrix.loc["Shaanxi"] > 0).sum() == 8


@pytest.mark.parametrize("name", weights.NAMED)
def test_named_weights_are_standardised_in_panel_order(name):
    matrix = weights.dense(weights.named(name))
    assert list(matrix.index) == list(geo.capitals().index)
    np.testing.assert_allclose(matrix.sum(axis=1), 1)
    assert (np.diag(matrix) == 0).all()


def test_great_circle_against_known_arcs():
    places = pd.DataFrame(
        {"latitude": [0.0, 0.0, 90.0], "longitude": [0.0, 90.0, 0.0]}, index=["a", "b", "pole"]
    )
    quarter = np.pi / 2 * 6371.0088
    km = weights.great_circle_km(places)
    assert km.loc["a", "b"] == pytest.approx(quarter)
    assert km.loc["a", "pole"] == pytest.approx(quarter)
    assert km.loc["a", "a"] == 0


def test_great_circle_against_spherical_law_of_cosines():
    places = geo.capitals()
    lat, lon = np.radians(places["latitude"]), np.radians(places["longitude"])
    i, j = 0, 29  # Beijing and Urumqi
    cosine = np.sin(lat.iloc[i]) * np.sin(lat.iloc[j]) + np.cos(lat.iloc[i]) * np.cos(
        lat.iloc[j]
    ) * np.cos(lon.iloc[i] - lon.iloc[j])
    expected = 6371.0088 * np.arccos(cosine)
    assert weights.great_circle_km(places).iloc[i, j] == pytest.approx(expected)


def test_k_nearest_against_libpysal():
    """On points in a small flat region, great-circle and plane neighbours coincide."""
    rng = np.random.default_rng(3)
    matrix = weights.dense(weights.k_nearest(4))
    km = weights.great_circle_km(geo.capitals()).to_numpy() + np.diag([np.inf] * 30)
    unit = geo.capitals()
    lat, lon = np.radians(unit["latitude"]), np.radians(unit["longitude"])
    # On the sphere, order by distance equals order by chord: let libpysal rank the chords in 3-D.
    from scipy.spatial import cKDTree

    xyz = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    neighbours = cKDTree(xyz).query(xyz, k=5)[1][:, 1:]
    for i in rng.permutation(30):
        assert set(np.flatnonzero(matrix.iloc[i])) == set(neighbours[i])
        assert set(neighbours[i]) == set(np.argsort(km[i])[:4])


def test_from_dense_equals_libpysal_graph():
    points = [Point(0, 0), Point(1, 0), Point(3, 0)]
    import geopandas as gpd

    frame = gpd.GeoSeries(points, index=["a", "b", "c"])
    theirs = Graph.build_kernel(frame, kernel=lambda d, bandwidth: 1 / d, bandwidth=1.0).transform(
        "r"
    )
    matrix = pd.DataFrame(
        [[0, 1, 1 / 3], [1, 0, 1 / 2], [1 / 3, 1 / 2, 0]], index=list("abc"), columns=list("abc")
    )
    ours = weights.dense(weights.from_dense(matrix))
    np.testing.assert_allclose(ours, weights.dense(theirs).loc[list("abc"), list("abc")])


def test_inverse_distance_by_hand():
    km = weights.great_circle_km(geo.capitals())
    matrix = weights.dense(weights.inverse_distance(standardise=False))
    assert matrix.loc["Beijing", "Tianjin"] == pytest.approx(1 / km.loc["Beijing", "Tianjin"])
    squared = weights.dense(weights.inverse_distance(power=2, standardise=False))
    np.testing.assert_allclose(squared, matrix**2)


def test_economic_distance_by_hand():
    income = pd.Series([1.0, 2.0, 4.0], index=list("abc"))
    matrix = weights.dense(weights.economic_distance(income, standardise=False))
    assert matrix.loc["a"].tolist() == pytest.approx([0, 1, 1 / 3])
    assert matrix.loc["b"].tolist() == pytest.approx([1, 0, 1 / 2])


def test_composites():
    names = geo.capitals().index
    income = pd.Series(np.arange(30.0) + 1, index=names)
    near = weights.dense(weights.inverse_distance())
    alike = weights.dense(weights.economic_distance(income))
    mixed = weights.dense(weights.economic_geographic(income, mix=0.25))
    np.testing.assert_allclose(mixed, 0.25 * near + 0.75 * alike)
    product = weights.dense(weights.economic_geographic(income))
    raw = near * weights.dense(weights.economic_distance(income, standardise=False))
    np.testing.assert_allclose(product, weights.row_standardise(raw))


def test_equal_incomes_are_refused_by_name():
    income = pd.Series([1.0, 2.0, 2.0], index=list("abc"))
    with pytest.raises(weights.WeightsError, match="b and c"):
        weights.economic_distance(income)


def test_an_island_is_refused_by_name():
    with pytest.raises(weights.WeightsError, match="Xinjiang has no neighbours"):
        weights.distance_band(1000)


@pytest.mark.parametrize(
    ("cell", "value", "word"),
    [(("a", "b"), -1, "negative"), (("a", "a"), 1, "itself"), (("a", "b"), np.nan, "not finite")],
)
def test_bad_matrices_name_the_pair(cell, value, word):
    matrix = pd.DataFrame([[0, 1.0], [1.0, 0]], index=list("ab"), columns=list("ab"))
    matrix.loc[cell] = value
    with pytest.raises(weights.WeightsError, match=f"{cell[0]} → {cell[1]}.*{word}"):
        weights.from_dense(matrix)


def test_rows_and_columns_must_agree():
    matrix = pd.DataFrame([[0, 1.0], [1.0, 0]], index=list("ab"), columns=list("ba"))
    with pytest.raises(weights.WeightsError, match="different units"):
        weights.from_dense(matrix)


def test_subset_is_standardised_anew():
    units = [u for u in geo.capitals().index if u != "Shaanxi"]
    matrix = weights.dense(weights.subset(weights.rook(), units))
    assert matrix.shape == (29, 29)
    np.testing.assert_allclose(matrix.sum(axis=1), 1)
    with pytest.raises(weights.WeightsError, match="Hainan has no neighbours"):
        weights.subset(weights.rook(), [u for u in geo.capitals().index if u != "Guangdong"])


def test_unknown_name_lists_the_known():
    with pytest.raises(weights.WeightsError, match="rook"):
        weights.named("queen of hearts")
