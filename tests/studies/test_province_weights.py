"""Weights between the provinces: the map's facts, and incomes of other windows and studies."""

import numpy as np
import pandas as pd
import pytest

from spillover.data.geography import capitals
from spillover.econometrics.weights import (
    WeightsError,
    dense,
    economic_geographic,
    great_circle_km,
    subset,
)
from spillover.studies import CARBON, GROWTH, weights
from spillover.studies.weights import Mix, named


def inverse(distance):
    distance = distance.copy()
    np.fill_diagonal(distance, np.inf)
    return 1 / distance


def by_rows(matrix):
    return matrix / matrix.sum(axis=1, keepdims=True)


def equal(found, expected):
    pd.testing.assert_frame_equal(found, expected, check_index_type=False, check_column_type=False)


def test_rook_is_the_65_pairs():
    matrix = dense(weights.rook(standardise=False))
    assert matrix.to_numpy().sum() == 2 * 65
    assert (matrix == matrix.T).all(axis=None)
    assert set(matrix.columns[matrix.loc["Beijing"] > 0]) == {"Tianjin", "Hebei"}
    assert set(matrix.columns[matrix.loc["Hainan"] > 0]) == {"Guangdong"}
    # Shaanxi has eight neighbours, all of them in the sample.
    assert (matrix.loc["Shaanxi"] > 0).sum() == 8


@pytest.mark.parametrize("name", weights.NAMED)
def test_named_weights_are_standardised_in_panel_order(name):
    matrix = dense(named(name))
    assert list(matrix.index) == list(capitals().index)
    np.testing.assert_allclose(matrix.sum(axis=1), 1)
    assert (np.diag(matrix) == 0).all()


def test_economic_distance_by_its_formula():
    logs = GROWTH.frame("lnPGDP")["lnPGDP"].to_numpy().reshape(30, 12)
    income = np.exp(logs).mean(axis=1)
    expected = by_rows(inverse(np.abs(np.subtract.outer(income, income))))
    assert dense(GROWTH.graph()).to_numpy() == pytest.approx(expected)


def test_product_by_its_formula():
    income = GROWTH.mean_income().to_numpy()
    near = inverse(great_circle_km(capitals()).to_numpy())
    expected = by_rows(near * inverse(np.abs(np.subtract.outer(income, income))))
    found = dense(GROWTH.but(weights="economic-geographic product").graph())
    assert found.to_numpy() == pytest.approx(expected)


def test_mix_ends_in_its_two_parts_and_halves_them_by_name():
    near, alike = dense(named("inverse distance")), dense(GROWTH.graph())
    equal(dense(GROWTH.but(weights=Mix(1)).graph()), near)
    equal(dense(GROWTH.but(weights=Mix(0)).graph()), alike)
    half = dense(GROWTH.but(weights="economic-geographic mix").graph())
    equal(half, (near + alike) / 2)


def test_income_is_the_mean_of_the_window_and_of_either_study():
    short = GROWTH.but(years=(2012, 2012))
    assert short.mean_income()["Beijing"] == pytest.approx(19568.3 / 1.033 / 2078)
    # The first study uses the vintage of the fourth census: 19,024.7.
    early = CARBON.but(years=(2012, 2012), weights="economic distance")
    assert early.mean_income()["Beijing"] == pytest.approx(19024.7 / 1.033 / 2078)
    assert early.graph().n == 30


def test_a_province_left_out_leaves_the_rows_standardised():
    graph = GROWTH.but(without=("Beijing",), weights=Mix(0.3)).graph()
    assert "Beijing" not in graph.unique_ids
    assert dense(graph).sum(axis=1).tolist() == pytest.approx([1] * 29)
    with pytest.raises(WeightsError, match="Hainan has no neighbours"):
        subset(weights.rook(), [u for u in capitals().index if u != "Guangdong"])


def test_weights_of_ones_own_may_use_incomes():
    own = GROWTH.but(weights=lambda income: economic_geographic(income, weights.rook()))
    assert sorted(own.graph()["Hainan"].index) == ["Guangdong"]


def test_faults_are_named():
    with pytest.raises(WeightsError, match=r"economic-geographic mix.*rook"):
        GROWTH.but(weights="economic").graph()
    with pytest.raises(WeightsError, match=r"share is 1\.5"):
        Mix(1.5)
