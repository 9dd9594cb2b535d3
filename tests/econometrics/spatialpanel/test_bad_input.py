"""Every fault of the data, the weights or the specification names itself and how to mend it.

Each test is one fault; what must appear in the message stands beside it.
"""

import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph
from simulated import panel

from spillover.econometrics.spatialpanel import (
    LikelihoodWarning,
    SpatialPanel,
    SpatialPanelError,
    SpatialWeights,
)


def refuses(*words):
    pattern = "(?s)" + "".join(f"(?=.*{word})" for word in words)
    return pytest.raises(SpatialPanelError, match=pattern)


def test_unbalanced_panel_names_what_is_missing(small):
    y, X, W = small
    with refuses("unbalanced", "p03", "2004"):
        SpatialPanel(y.drop(("p03", 2004)), X.drop(("p03", 2004)), W)


def test_unsorted_panel_is_sorted_and_says_so(small):
    y, X, W = small
    by_time = y.index.sortlevel(1)[0]
    fit = SpatialPanel(y.loc[by_time], X.loc[by_time], W).fit()
    assert fit.params.to_numpy() == pytest.approx(SpatialPanel(y, X, W).fit().params.to_numpy())
    assert any("sorted" in note for note in fit.notes)
    assert "sorted" in str(fit.summary)


def test_rows_of_x_in_another_order_are_aligned_and_said(small):
    y, X, W = small
    fit = SpatialPanel(y, X.iloc[::-1], W).fit()
    assert fit.params.to_numpy() == pytest.approx(SpatialPanel(y, X, W).fit().params.to_numpy())
    assert any("rows of X" in note for note in fit.notes)


def test_rows_that_differ_between_y_and_x(small):
    y, X, W = small
    with refuses("different rows", "p03", "2004"):
        SpatialPanel(y, X.drop(("p03", 2004)), W)


def test_no_multiindex(small):
    y, X, W = small
    with refuses("MultiIndex", "set_index"):
        SpatialPanel(y.reset_index(drop=True), X.reset_index(drop=True), W)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["y", "x1"])
def test_missing_and_infinite_values(small, value, where):
    y, X, W = small
    data = X.assign(y=y)
    data.loc[("p02", 2003), where] = value
    y, X = data["y"], data[["x1", "x2"]]
    with refuses("missing or infinite", where, "p02", "2003"):
        SpatialPanel(y, X, W)


def test_missing_values_of_nullable_types(small):
    y, X, W = small
    X = X.astype("Float64")
    X.loc[("p02", 2003), "x1"] = pd.NA
    with refuses("missing", "x1", "p02"):
        SpatialPanel(y, X, W)


def test_strings(small):
    y, X, W = small
    with refuses("grade", "expected numbers"):
        SpatialPanel(y, X.assign(grade="high"), W)
    with refuses("y", "expected numbers"):
        SpatialPanel(y.astype(str), X, W)


def test_duplicated_rows(small):
    y, X, W = small
    twice = y.index.append(y.index[:1])
    with refuses("more than once", "p00", "2001"):
        SpatialPanel(y.loc[twice], X.loc[twice], W)


def test_duplicated_column_names(small):
    y, X, W = small
    with refuses("named twice", "x1"):
        SpatialPanel(y, X[["x1", "x1"]], W)


def test_names_that_clash_with_parameters(small):
    y, X, W = small
    with refuses("rho", "clash"):
        SpatialPanel(y, X.rename(columns={"x1": "rho"}), W)
    with refuses("W_x1", "clash"):
        SpatialPanel(y, X.rename(columns={"x2": "W_x1"}), W)


def test_entities_of_weights_and_panel_differ(small):
    y, X, W = small
    renamed = W.rename(index={"p05": "q05"}, columns={"p05": "q05"})
    with refuses("p05", "q05", "different entities"):
        SpatialPanel(y, X, renamed)
    fewer = W.drop(index="p05", columns="p05")
    with refuses("only in y 'p05'"):
        SpatialPanel(y, X, fewer)
    with refuses("only in W 'p05'"):
        SpatialPanel(y.drop("p05"), X.drop("p05"), W)


def test_numbers_for_names_in_weights(small):
    y, X, W = small
    numbered = pd.DataFrame(W.to_numpy())
    with refuses("different entities", "p00"):
        SpatialPanel(y, X, numbered)


def test_islands(small):
    y, X, W = small
    W = W.copy()
    W.loc["p04"] = 0.0
    with refuses("islands", "p04"):
        SpatialPanel(y, X, W)


def test_islands_of_a_graph(small):
    y, X, W = small
    stacked = W.drop(columns="p04").drop(index="p04").stack()
    links = stacked[stacked > 0].rename_axis(["focal", "neighbor"]).rename("weight")
    links.loc[("p04", "p04")] = 0.0
    with refuses("islands", "p04"):
        SpatialPanel(y, X, Graph(links))


def test_negative_weights(small):
    y, X, W = small
    W = W.copy()
    W.loc["p01", "p02"] = -0.1
    with refuses("negative", "p01"):
        SpatialPanel(y, X, W)


def test_diagonal(small):
    y, X, W = small
    W = W.copy()
    W.loc["p01", "p01"] = 0.1
    with refuses("diagonal", "p01"):
        SpatialPanel(y, X, W)


def test_nan_in_weights(small):
    y, X, W = small
    W = W.copy()
    W.loc["p01", "p02"] = np.nan
    with refuses("NaN"):
        SpatialPanel(y, X, W)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda W: W.iloc[:, :-1], "square"),
        (lambda W: W.rename(columns={"p00": "zz"}), "zz"),
        (lambda W: W.iloc[:, ::-1], "different orders"),
        (lambda W: W.to_numpy(), "DataFrame"),
        (lambda W: W.astype(str), "expected numbers"),
    ],
)
def test_weights_of_the_wrong_form(small, change, word):
    y, X, W = small
    with refuses(word):
        SpatialPanel(y, X, change(W))


@pytest.mark.parametrize("correction", ["lee-yu", "transformation"])
def test_corrections_need_row_standardised_weights(unstandardised, correction):
    with refuses("row-standardised", correction):
        SpatialPanel(*unstandardised, correction=correction).fit()
    SpatialPanel(*unstandardised, correction=correction, fixed_effects="entity").fit()


def test_constant_columns(small):
    y, X, W = small
    with refuses("constant columns", "one"):
        SpatialPanel(y, X.assign(one=1.0), W)


@pytest.mark.parametrize(
    ("effects", "change", "why"),
    [
        ("entity", "entity", "do not change over time"),
        ("time", "time", "do not differ between entities"),
        ("twoway", "entity", "two-way effects absorb"),
        ("twoway", "time", "two-way effects absorb"),
    ],
)
def test_regressors_that_effects_absorb(small, effects, change, why):
    y, X, W = small
    codes = y.index.codes[0 if change == "entity" else 1]
    fixed = X.assign(fixed=np.sqrt(1.0 + np.asarray(codes)))
    with refuses("fixed", why):
        SpatialPanel(y, fixed, W, model="sar", fixed_effects=effects)


def test_lag_that_effects_absorb(small):
    """x sums to a constant over neighbours in each period: W x is absorbed, x is not."""
    y, X, _ = small
    names = y.index.unique(0)
    ring = np.roll(np.eye(12), 1, axis=1) + np.roll(np.eye(12), -1, axis=1)
    W = pd.DataFrame(ring / 2, names, names)
    sign = np.tile([1.0, 1.0, -1.0, -1.0], 3)
    alternating = np.outer(sign, np.arange(1.0, 7.0)).ravel()
    with refuses("W_swing"):
        SpatialPanel(y, X.assign(swing=alternating), W, fixed_effects="entity")


def test_collinear_columns(small):
    y, X, W = small
    both = X.assign(both=X["x1"] + 2 * X["x2"])
    with refuses("both", "x1", "x2", "linear combination"):
        SpatialPanel(y, both, W, model="sar")


def test_collinear_only_after_demeaning(small):
    y, X, W = small
    shifted = X.assign(shifted=X["x1"] + np.asarray(y.index.codes[0]) ** 2)
    SpatialPanel(y, shifted, W, model="sar", fixed_effects="none").fit()
    with refuses("shifted", "x1"):
        SpatialPanel(y, shifted, W, model="sar", fixed_effects="entity")


def test_lagged_names_not_in_x(small):
    with refuses("lagged", "gdp", "x1"):
        SpatialPanel(*small, lagged=["x1", "gdp"])


def test_lags_in_a_model_without_them(small):
    with refuses("sar", "sdm"):
        SpatialPanel(*small, model="sar", lagged=["x1"])


@pytest.mark.parametrize("effects", ["entity", "twoway"])
def test_one_period_with_entity_effects(effects):
    y, X, W = panel(n=12, t=1)
    with refuses("T = 1"):
        SpatialPanel(y, X, W, fixed_effects=effects)


def test_one_period_with_random_effects():
    y, X, W = panel(n=12, t=1)
    with refuses("T = 1"):
        SpatialPanel(y, X, W, random_effects=True).fit()


def test_one_period_without_effects_is_a_cross_section():
    y, X, W = panel(n=12, t=1)
    fit = SpatialPanel(y, X, W, model="sar", fixed_effects="none").fit()
    assert fit.nobs == 12


def test_more_regressors_than_observations():
    y, X, W = panel(n=5, t=3, k=5)
    with refuses("more regressors than observations", "10"):
        SpatialPanel(y, X, W)


def test_one_entity(small):
    y, X, _ = small
    W = pd.DataFrame([[0.0]], ["p00"], ["p00"])
    with refuses("islands|one entity"):
        SpatialPanel(y.loc[["p00"]], X.loc[["p00"]], W, fixed_effects="none")


@pytest.mark.parametrize(
    "options",
    [
        {"model": "garch"},
        {"fixed_effects": "both"},
        {"correction": "jackknife"},
        {"random_effects": "baltagi"},
        {"fixed_effects": "none", "correction": "lee-yu"},
        {"random_effects": True, "correction": "lee-yu"},
        {"random_effects": True, "fixed_effects": "entity"},
        {"random_effects": True, "lag_after_demeaning": True},
        {"model": "slx", "correction": "lee-yu"},
        {"correction": "transformation", "lag_after_demeaning": True},
    ],
)
def test_specifications_that_do_not_exist(small, options):
    with pytest.raises(SpatialPanelError):
        SpatialPanel(*small, **options)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"cov_type": "hc3"}, "hc3"),
        ({"cov_type": "robust", "clusters": [1]}, "takes no clusters"),
        ({"cov_type": "robust", "bandwidth": 2}, "takes no bandwidth"),
        ({"cov_type": "driscoll-kraay", "bandwidth": 6}, "below T = 6"),
        ({"cov_type": "clustered", "clusters": {"p00": 1}}, "no value for 'p01'"),
        ({"cov_type": "clustered", "clusters": np.ones(72)}, "one group"),
        ({"cov_type": "clustered", "clusters": np.ones(71)}, "71 rows"),
    ],
)
def test_covariances_that_do_not_exist(small, options, word):
    with refuses(word):
        SpatialPanel(*small).fit(**options)


def test_outcome_that_the_effects_explain(small):
    y, X, W = small
    flat = y * 0 + np.asarray(y.index.codes[0], dtype=float)
    with refuses("y", "variation"):
        SpatialPanel(flat, X, W, fixed_effects="entity")


def test_outcome_that_the_regressors_explain(small):
    _, X, W = small
    exact = (2 * X["x1"] - X["x2"]).rename("y")
    with refuses("exactly|perfect"):
        SpatialPanel(exact, X, W, model="sar").fit()


def test_maximum_at_the_edge():
    """A wave around a ring: Wy = .866y, so that the transformed likelihood rises up to ρ = 1."""
    n, t = 12, 5
    ring = (np.roll(np.eye(n), 1, axis=1) + np.roll(np.eye(n), -1, axis=1)) / 2
    W = pd.DataFrame(ring)
    rng = np.random.default_rng(0)
    index = pd.MultiIndex.from_product([range(n), range(t)])
    wave = np.outer(np.cos(2 * np.pi * np.arange(n) / n), rng.normal(size=t)).ravel()
    x = pd.DataFrame({"x": rng.normal(size=n * t)}, index)
    y = pd.Series(wave + 1e-3 * rng.normal(size=n * t), index)
    with refuses("edge of the interval"):
        SpatialPanel(y, x, W, model="sar", correction="transformation").fit()


def test_flat_likelihood():
    """All to all with two-way effects: Q(Wy) = −Qy/(N−1), so that ρ only rescales."""
    n, t = 6, 4
    names = list("abcdef")
    W = pd.DataFrame((1 - np.eye(n)) / (n - 1), names, names)
    rng = np.random.default_rng(0)
    index = pd.MultiIndex.from_product([names, range(t)])
    x = pd.DataFrame({"x": rng.normal(size=n * t)}, index)
    y = pd.Series(rng.normal(size=n * t), index)
    with refuses("not identified"):
        SpatialPanel(y, x, W, model="sar").fit()


def test_two_maxima_are_told(bimodal):
    with pytest.warns(LikelihoodWarning, match="2 maxima"):
        fit = SpatialPanel(*bimodal, model="sem", fixed_effects="none").fit()
    ((place, height),) = fit.estimate.others
    assert fit.params["lambda"] < -4 < 0.8 < place
    assert height < fit.loglik
    assert any(f"{place:.4f}" in note for note in fit.notes)


def test_weights_refuse_themselves_too(small):
    _, _, W = small
    with refuses("negative"):
        SpatialWeights(-W)
