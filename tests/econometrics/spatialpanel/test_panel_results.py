"""What a results object says, and that it says it consistently."""

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS
from scipy import stats

from spillover.econometrics.spatialpanel import SpatialPanel, SpatialPanelError

MODELS = ["ols", "slx", "sar", "sem", "sdm", "sdem"]
KINDS = [
    {"fixed_effects": "none"},
    {"fixed_effects": "entity"},
    {"fixed_effects": "time"},
    {"fixed_effects": "twoway"},
    {"random_effects": True},
    {"correction": "lee-yu"},
]


@pytest.fixture(scope="module")
def fit(small):
    return SpatialPanel(*small).fit()


def test_order_of_parameters(small):
    assert list(SpatialPanel(*small).fit().params.index) == ["x1", "x2", "W_x1", "W_x2", "rho"]
    error = SpatialPanel(*small, model="sdem", fixed_effects="none").fit()
    assert list(error.params.index) == ["const", "x1", "x2", "W_x1", "W_x2", "lambda"]


def test_inference_from_the_covariance(fit):
    errors = np.sqrt(np.diag(fit.cov))
    assert fit.std_errors.to_numpy() == pytest.approx(errors)
    assert fit.tstats.to_numpy() == pytest.approx(fit.params.to_numpy() / errors)
    assert fit.pvalues.to_numpy() == pytest.approx(2 * stats.norm.sf(np.abs(fit.tstats)))
    bounds = fit.conf_int(0.9)
    assert bounds["upper"].to_numpy() == pytest.approx(fit.params + 1.6448536269514722 * errors)
    with pytest.raises(SpatialPanelError):
        fit.conf_int(95)


def test_information_criteria_count_slopes_rho_and_sigma2(fit):
    assert fit.aic == pytest.approx(-2 * fit.loglik + 2 * 6)
    assert fit.bic == pytest.approx(-2 * fit.loglik + 6 * np.log(72))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("kind", KINDS)
def test_outcome_is_fitted_plus_residual(small, model, kind):
    if kind.get("correction") and model in ("ols", "slx"):
        pytest.skip("corrections are for models with rho or lambda")
    y, X, W = small
    found = SpatialPanel(y, X, W, model=model, **kind).fit()
    assert (found.fitted_values + found.resids).to_numpy() == pytest.approx(y.to_numpy())
    assert found.resids.index.equals(y.index)


@pytest.mark.parametrize("model", ["ols", "slx", "sar", "sdm"])
@pytest.mark.parametrize("effects", ["none", "entity", "time", "twoway"])
def test_effects_and_signal_rebuild_the_fitted_values(small, model, effects):
    found = SpatialPanel(*small, model=model, fixed_effects=effects).fit()
    rebuilt = found.predict(kind="structural")
    assert rebuilt.to_numpy() == pytest.approx(found.fitted_values.to_numpy())
    assert found.entity_effects.sum() == pytest.approx(0, abs=1e-9)
    assert found.time_effects.sum() == pytest.approx(0, abs=1e-9)


def test_effects_of_least_squares_are_those_of_linearmodels(small):
    y, X, W = small
    found = SpatialPanel(y, X, W, model="ols").fit()
    other = PanelOLS(y, X, entity_effects=True, time_effects=True).fit()
    expected = other.estimated_effects.iloc[:, 0].to_numpy()
    assert found.estimated_effects.to_numpy() == pytest.approx(expected)


def test_reduced_form_prediction_solves_the_model(small):
    y, X, W = small
    found = SpatialPanel(y, X, W, model="sdm", fixed_effects="entity").fit()
    predicted = found.predict()
    n = len(W)
    wide = predicted.to_numpy().reshape(n, -1)
    right = found.predict(kind="signal") + found.estimated_effects
    rho = found.params["rho"]
    assert (wide - rho * W.to_numpy() @ wide).ravel() == pytest.approx(right.to_numpy())


def test_prediction_for_other_regressors_checks_them(fit, small):
    _, X, _ = small
    with pytest.raises(SpatialPanelError, match="x1"):
        fit.predict(X[["x2", "x1"]])
    with pytest.raises(SpatialPanelError, match="rows"):
        fit.predict(X.iloc[:-1])
    with pytest.raises(SpatialPanelError, match="kind"):
        fit.predict(kind="both")
    again = fit.predict(X.iloc[::-1])
    pd.testing.assert_series_equal(again, fit.predict())


def test_measures_of_fit_are_squared_correlations(small):
    y, X, W = small
    found = SpatialPanel(y, X, W, model="sar", fixed_effects="entity").fit()
    predicted = found.predict(effects=False)
    overall = np.corrcoef(y, predicted)[0, 1] ** 2
    mean_y, mean_p = y.groupby(level=0).mean(), predicted.groupby(level=0).mean()
    assert found.rsquared_overall == pytest.approx(overall)
    assert found.rsquared_between == pytest.approx(np.corrcoef(mean_y, mean_p)[0, 1] ** 2)
    inner = [v - v.groupby(level=0).transform("mean") for v in (y, predicted)]
    assert found.rsquared_within == pytest.approx(np.corrcoef(*inner)[0, 1] ** 2)


def test_summary_reads_like_a_table(fit):
    text = str(fit.summary)
    for word in ("Spatial Durbin", "Entity and time", "Log-likelihood", "W_x1", "rho", "P-value"):
        assert word in text
    assert text == repr(fit.summary)
    html = fit._repr_html_()
    assert html.count("<table") == 2
    assert "W_x1" in html


def test_a_small_p_value_is_written_as_a_bound(small):
    y, X, W = small
    strong = SpatialPanel(y + 1000 * X["x1"], X, W).fit()
    assert strong.pvalues["x1"] < 1e-9
    assert "<0.0001" in str(strong.summary)
    assert "0.0000 " not in str(strong.summary)
    assert "&lt;0.0001" in strong._repr_html_()


def test_summary_escapes_names(small):
    y, X, W = small
    odd = SpatialPanel(y.rename("<b>y</b>"), X, W).fit()
    assert "<b>y</b>" not in odd.summary._repr_html_()


def test_tidy(fit):
    table = fit.tidy()
    assert list(table["term"]) == list(fit.params.index)
    assert list(table.columns) == [
        "term",
        "estimate",
        "std_error",
        "statistic",
        "pvalue",
        "lower",
        "upper",
    ]
    assert table["estimate"].to_numpy() == pytest.approx(fit.params.to_numpy())


def test_formula(small):
    y, X, W = small
    data = X.assign(y=y, e=np.exp(X["x1"]))
    found = SpatialPanel.from_formula("y ~ log(e) + x2", data, W, model="sar").fit()
    direct = SpatialPanel(y, X, W, model="sar").fit()
    assert list(found.params.index) == ["log(e)", "x2", "rho"]
    assert found.params.to_numpy() == pytest.approx(direct.params.to_numpy())
    with_one = SpatialPanel.from_formula("y ~ 0 + log(e) + x2", data, W, model="sar").fit()
    assert with_one.params.to_numpy() == pytest.approx(direct.params.to_numpy())


@pytest.mark.parametrize(
    "formula", ["y", "y ~ nothing", "y + x1 ~ x2", "y ~ x1 ~ x2", "y ~ x1 +", "~ x1"]
)
def test_formulas_that_cannot_be_read(small, formula):
    y, X, W = small
    with pytest.raises(SpatialPanelError, match="formula") as fault:
        SpatialPanel.from_formula(formula, X.assign(y=y), W)
    assert "\n" not in str(fault.value)


def test_formula_keeps_missing_values_for_the_check(small):
    y, X, W = small
    data = X.assign(y=y)
    data.iloc[3, 0] = np.nan
    with pytest.raises(SpatialPanelError, match="missing"):
        SpatialPanel.from_formula("y ~ x1 + x2", data, W)


@pytest.mark.parametrize("form", ["series", "keyed", "dict", "array"])
def test_clusters_in_every_form(small, form):
    y, X, W = small
    by_entity = pd.Series(np.arange(12) // 3, W.index)
    by_row = pd.Series(np.repeat(np.arange(12) // 3, 6), y.index)
    given = {
        "series": by_row,
        "keyed": by_entity.iloc[::-1],
        "dict": dict(by_entity),
        "array": by_row.to_numpy(),
    }[form]
    model = SpatialPanel(y, X, W, model="ols")
    found = model.fit("clustered", clusters=given, small_sample=False)
    other = PanelOLS(y, X, entity_effects=True, time_effects=True).fit(
        cov_type="clustered",
        clusters=by_row.to_frame(),
        group_debias=False,
        debiased=False,
        auto_df=False,
        count_effects=False,
    )
    assert found.cov.to_numpy() == pytest.approx(other.cov.to_numpy())


def test_robust_is_clustered_by_entity(small):
    model = SpatialPanel(*small)
    groups = pd.Series(range(12), small[2].index)
    robust = model.fit("robust")
    for clustered in (model.fit("clustered"), model.fit("clustered", clusters=groups)):
        assert robust.cov.to_numpy() == pytest.approx(clustered.cov.to_numpy())
    n, t = model.data.shape
    k = len(robust.params) + 1 + t - 1
    factor = n / (n - 1) * (n * t - 1) / (n * t - k)
    plain = model.fit("robust", small_sample=False)
    assert robust.cov.to_numpy() == pytest.approx(plain.cov.to_numpy() * factor)


def test_point_estimates_are_shared_by_all_covariances(small):
    model = SpatialPanel(*small)
    assert model.fit().estimate is model.fit("robust").estimate


def test_integers_and_booleans_are_numbers(small):
    y, X, W = small
    whole = (10 * X).round().astype(int).assign(flag=X["x1"] > 0)
    found = SpatialPanel(y, whole, W, model="sar").fit()
    assert list(found.params.index) == ["x1", "x2", "flag", "rho"]


def test_results_are_frozen(fit):
    with pytest.raises(AttributeError):
        fit.cov_full = None
