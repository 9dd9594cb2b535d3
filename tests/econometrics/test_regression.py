"""Pooled least squares and fixed effects against statsmodels with explicit dummies."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from spillover.econometrics import regression


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    index = pd.MultiIndex.from_product(
        [list("abcdefgh"), range(2010, 2016)], names=["province", "year"]
    )
    X = pd.DataFrame(rng.normal(size=(48, 2)), index=index, columns=["x1", "x2"])
    effects = np.repeat(rng.normal(size=8), 6) + np.tile(rng.normal(size=6), 8)
    y = 2 + X["x1"] - 0.5 * X["x2"] + effects + rng.normal(size=48) * (1 + X["x1"].abs())
    return y.rename("y"), X


def test_pooled_against_statsmodels(data):
    y, X = data
    theirs = sm.OLS(y, X.assign(const=1.0)).fit(cov_type="HC1")
    ours = regression.tidy(regression.ols(y, X))
    np.testing.assert_allclose(ours["estimate"], theirs.params)
    np.testing.assert_allclose(ours["std_error"], theirs.bse)


def test_pooled_clustered_against_statsmodels(data):
    y, X = data
    groups = y.index.get_level_values("province").to_numpy()
    theirs = sm.OLS(y, X.assign(const=1.0)).fit(cov_type="cluster", cov_kwds={"groups": groups})
    ours = regression.tidy(regression.ols(y, X, cov_type="clustered"))
    np.testing.assert_allclose(ours["std_error"], theirs.bse)


def test_fixed_effects_against_dummies(data):
    y, X = data
    units = pd.get_dummies(y.index.get_level_values("province"), dtype=float).iloc[:, 1:]
    times = pd.get_dummies(y.index.get_level_values("year"), dtype=float).iloc[:, 1:]
    dummies = pd.concat([units, times], axis=1).set_index(y.index)
    full = pd.concat([X, dummies], axis=1).assign(const=1.0)
    theirs = sm.OLS(y, full).fit(cov_type="HC1")
    ours = regression.ols(y, X, "twoway")
    table = regression.tidy(ours)
    np.testing.assert_allclose(table["estimate"][["x1", "x2"]], theirs.params[["x1", "x2"]])
    np.testing.assert_allclose(table["std_error"][["x1", "x2"]], theirs.bse[["x1", "x2"]])
    assert ours.rsquared_inclusive == pytest.approx(theirs.rsquared)
    # The constant is the mean of the effects: mean y minus mean x times the slopes.
    assert table["estimate"]["const"] == pytest.approx(
        y.mean() - X.mean() @ table["estimate"][["x1", "x2"]]
    )


@pytest.mark.parametrize("fixed_effects", ["none", "twoway"])
def test_robust_is_clustered_by_entity_as_in_the_spatial_panels(data, fixed_effects):
    by_entity, robust = (
        regression.ols(*data, fixed_effects, cov_type) for cov_type in ("clustered", "robust")
    )
    pd.testing.assert_series_equal(by_entity.std_errors, robust.std_errors)


def test_unknown_choices_list_the_known(data):
    with pytest.raises(ValueError, match="heteroskedastic"):
        regression.ols(*data, cov_type="magic")
    with pytest.raises(ValueError, match="twoway"):
        regression.ols(*data, fixed_effects="both")
