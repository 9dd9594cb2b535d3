"""Weights from incomes: against the formula, at the ends of the mix, in other windows."""

import numpy as np
import pandas as pd
import pytest

from spillover.studies import weights
from spillover.studies.economic_weights import Mix
from spillover.studies.study import CARBON, GROWTH
from spillover.studies.weights import WeightsError, dense


def inverse_gap(income):
    gap = np.abs(np.subtract.outer(income, income))
    np.fill_diagonal(gap, np.inf)
    return 1 / gap


def by_rows(matrix):
    return matrix / matrix.sum(axis=1, keepdims=True)


def equal(found, expected):
    pd.testing.assert_frame_equal(found, expected, check_index_type=False, check_column_type=False)


def test_economic_distance_by_its_formula():
    logs = GROWTH.frame("lnPGDP")["lnPGDP"].to_numpy().reshape(30, 12)
    expected = by_rows(inverse_gap(np.exp(logs).mean(axis=1)))
    assert dense(GROWTH.graph()).to_numpy() == pytest.approx(expected)


def test_product_by_its_formula():
    near = dense(weights.inverse_distance(standardise=False)).to_numpy()
    expected = by_rows(near * inverse_gap(GROWTH.income().to_numpy()))
    found = dense(GROWTH.but(weights="economic-geographic product").graph())
    assert found.to_numpy() == pytest.approx(expected)


def test_mix_ends_in_its_two_parts_and_halves_them_by_name():
    near, alike = dense(weights.inverse_distance()), dense(GROWTH.graph())
    equal(dense(GROWTH.but(weights=Mix(1)).graph()), near)
    equal(dense(GROWTH.but(weights=Mix(0)).graph()), alike)
    half = dense(GROWTH.but(weights="economic-geographic mix").graph())
    equal(half, (near + alike) / 2)


def test_income_is_the_mean_of_the_window_and_of_either_study():
    short = GROWTH.but(years=(2012, 2012))
    assert short.income()["Beijing"] == pytest.approx(19568.3 / 1.033 / 2078)
    # The first study uses the vintage of the fourth census: 19,024.7.
    early = CARBON.but(years=(2012, 2012), weights="economic distance")
    assert early.income()["Beijing"] == pytest.approx(19024.7 / 1.033 / 2078)
    assert early.graph().n == 30


def test_a_province_left_out_leaves_the_rows_standardised():
    graph = GROWTH.but(without=("Beijing",), weights=Mix(0.3)).graph()
    assert "Beijing" not in graph.unique_ids
    assert dense(graph).sum(axis=1).tolist() == pytest.approx([1] * 29)


def test_weights_of_ones_own_may_use_incomes():
    own = GROWTH.but(
        weights=lambda income: weights.economic_geographic(income, geography=weights.rook())
    )
    assert sorted(own.graph()["Hainan"].index) == ["Guangdong"]


def test_faults_are_named():
    with pytest.raises(WeightsError, match=r"economic-geographic mix.*rook"):
        GROWTH.but(weights="economic").graph()
    with pytest.raises(WeightsError, match=r"share is 1\.5"):
        Mix(1.5)
