"""Two-stage least squares and its tests against explicit matrices, dummies and statsmodels."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from linearmodels.iv import IV2SLS
from statsmodels.sandbox.regression.gmm import IV2SLS as StatsmodelsIV

from spillover.econometrics.instruments import InstrumentError, two_stage
from spillover.replication.tables import compare
from spillover.studies import CARBON
from spillover.studies.instruments import comparison, endogeneity, lagged, terrain, times

N, T = 25, 6


def simulated(seed=0, strength=0.6, instruments=2, invalid=0.0):
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product([range(N), range(T)], names=["unit", "year"])
    z = rng.normal(size=(N * T, instruments))
    c, u, e = rng.normal(size=(3, N * T))
    unit = np.repeat(rng.normal(size=N), T)
    x = strength * z.sum(axis=1) + 0.5 * c + u + unit
    y = 1.5 * x - c + 0.8 * u + e * (1 + np.abs(c)) + unit + invalid * z[:, -1]
    data = pd.DataFrame({"y": y, "x": x, "c": c}, index=index)
    Z = pd.DataFrame(z, index=index, columns=[f"z{j}" for j in range(instruments)])
    return data["y"], data[["c"]], data[["x"]], Z


def test_against_statsmodels():
    y, c, x, Z = simulated()
    ours = two_stage(y, c, x, Z, cov_type="unadjusted").coefficients
    exog = pd.concat([x, c.assign(const=1.0)], axis=1)
    theirs = StatsmodelsIV(y, exog, pd.concat([Z, c.assign(const=1.0)], axis=1)).fit()
    np.testing.assert_allclose(ours["estimate"], theirs.params)
    np.testing.assert_allclose(ours["std_error"], theirs.bse)
    np.testing.assert_allclose(ours["pvalue"], theirs.pvalues)


@pytest.mark.parametrize("cov_type", ["heteroskedastic", "clustered"])
def test_covariances_by_hand(cov_type):
    y, c, x, Z = simulated()
    ours = two_stage(y, c, x, Z, cov_type=cov_type).coefficients
    X = np.column_stack([x, c, np.ones(N * T)])
    H = np.column_stack([Z, c, np.ones(N * T)])
    fitted = H @ np.linalg.solve(H.T @ H, H.T @ X)
    bread = np.linalg.inv(fitted.T @ fitted)
    b = bread @ fitted.T @ y.to_numpy()
    rows = fitted * (y.to_numpy() - X @ b)[:, None]
    n, k = X.shape
    factor = n / (n - k)
    if cov_type == "clustered":
        rows = rows.reshape(N, T, -1).sum(axis=1)
        factor = N / (N - 1) * (n - 1) / (n - k)
    V = factor * bread @ rows.T @ rows @ bread
    np.testing.assert_allclose(ours["estimate"], b)
    np.testing.assert_allclose(ours["std_error"], np.sqrt(np.diag(V)))


@pytest.mark.parametrize("effects", ["entity", "time", "twoway"])
@pytest.mark.parametrize("cov_type", ["unadjusted", "heteroskedastic"])
def test_demeaning_equals_dummies(effects, cov_type):
    """Estimates, errors and every test again with explicit dummies as exogenous regressors."""
    y, c, x, Z = simulated()
    ours = two_stage(y, c, x, Z, fixed_effects=effects, cov_type=cov_type)
    unit, year = (pd.get_dummies(y.index.get_level_values(k), dtype=float) for k in (0, 1))
    dummies = {"entity": [unit], "time": [year], "twoway": [unit, year.iloc[:, 1:]]}[effects]
    exog = pd.concat(
        [c, *(d.set_index(y.index).add_prefix(f"d{len(d.columns)}_") for d in dummies)], axis=1
    )
    theirs = IV2SLS(y, exog, x, Z).fit(cov_type=cov_type, debiased=True)
    for name in ("x", "c"):
        assert ours.coefficients.loc[name, "estimate"] == pytest.approx(theirs.params[name])
        assert ours.coefficients.loc[name, "std_error"] == pytest.approx(theirs.std_errors[name])
    tests, first = ours.diagnostics["statistic"], theirs.first_stage
    assert tests["Kleibergen–Paap rk LM"] == pytest.approx(first.kleibergen_paap.stat)
    assert tests["Kleibergen–Paap rk Wald F"] == pytest.approx(first.kleibergen_paap_f)
    assert tests["Cragg–Donald F"] == pytest.approx(first.cragg_donald_f)
    assert tests["Sargan"] == pytest.approx(theirs.sargan.stat)
    assert tests["Durbin"] == pytest.approx(theirs.durbin().stat)
    assert tests["Wu–Hausman"] == pytest.approx(theirs.wu_hausman().stat)
    assert ours.diagnostics.loc["Wu–Hausman", "pvalue"] == pytest.approx(theirs.wu_hausman().pval)


def test_stock_yogo_values_are_those_of_their_table():
    """Stock and Yogo (2005), table 5.2: one endogenous regressor, by number of instruments."""
    published = {
        1: [16.38, 8.96, 6.66, 5.53],
        2: [19.93, 11.59, 8.75, 7.25],
        3: [22.30, 12.83, 9.54, 7.80],
    }
    for instruments, values in published.items():
        critical = two_stage(*simulated(instruments=instruments)).stock_yogo
        assert critical.to_dict() == dict(zip([10, 15, 20, 25], values, strict=True))
    assert two_stage(*simulated(instruments=4)).stock_yogo.empty


def test_robust_is_clustered_by_entity():
    by_entity, robust = (two_stage(*simulated(), cov_type=c) for c in ("clustered", "robust"))
    pd.testing.assert_frame_equal(by_entity.coefficients, robust.coefficients)
    pd.testing.assert_frame_equal(by_entity.diagnostics, robust.diagnostics)
    assert by_entity.anderson_rubin == robust.anderson_rubin


def test_just_identified_strength_is_the_squared_t():
    y, c, x, Z = simulated(instruments=1)
    for cov_type in ("unadjusted", "heteroskedastic", "clustered"):
        fit = two_stage(y, c, x, Z, cov_type=cov_type)
        t = fit.first_stage.loc[("x", "z0"), "tstat"]
        f = fit.diagnostics.loc["Kleibergen–Paap rk Wald F", "statistic"]
        assert f == pytest.approx(t**2)
        assert np.isnan(fit.diagnostics.loc["Hansen J", "statistic"])


@pytest.mark.parametrize("cov_type", ["heteroskedastic", "clustered"])
def test_hausman_is_the_control_function(cov_type):
    y, c, x, Z = simulated()
    fit = two_stage(y, c, x, Z, cov_type=cov_type)
    first = sm.OLS(x["x"], sm.add_constant(pd.concat([Z, c], axis=1))).fit()
    X = sm.add_constant(pd.concat([x, c], axis=1).assign(v=first.resid))
    groups = y.index.get_level_values(0).to_numpy()
    kind = {"heteroskedastic": {"cov_type": "HC1"}}.get(
        cov_type, {"cov_type": "cluster", "cov_kwds": {"groups": groups}}
    )
    theirs = sm.OLS(y, X).fit(**kind, use_t=True)
    row = fit.diagnostics.loc["Hausman, this covariance"]
    assert row["statistic"] == pytest.approx(theirs.tvalues["v"] ** 2)
    assert row["pvalue"] == pytest.approx(theirs.pvalues["v"])


def test_hansen_by_hand():
    """J = n·ḡ′S⁻¹ḡ at the two-step estimate, S from the 2SLS residuals."""
    y, c, x, Z = simulated()
    X = np.column_stack([c, np.ones(N * T), x])
    H = np.column_stack([c, np.ones(N * T), Z])
    target, n = y.to_numpy(), N * T

    def gmm(S):
        A = X.T @ H @ np.linalg.inv(S)
        return np.linalg.solve(A @ H.T @ X, A @ H.T @ target)

    rows = H * (target - X @ gmm(H.T @ H))[:, None]
    S = rows.T @ rows / n
    mean = H.T @ (target - X @ gmm(S)) / n
    J = n * mean @ np.linalg.solve(S, mean)
    fit = two_stage(y, c, x, Z)
    assert fit.diagnostics.loc["Hansen J", "statistic"] == pytest.approx(J)


@pytest.mark.parametrize("cov_type", ["unadjusted", "heteroskedastic", "clustered"])
@pytest.mark.parametrize(("instruments", "strength"), [(1, 0.6), (2, 0.6), (3, 0.05), (1, 0.02)])
def test_anderson_rubin_by_brute_force(cov_type, instruments, strength):
    """On a grid, the set holds just those values whose F test by statsmodels is not rejected."""
    y, c, x, Z = simulated(3, strength, instruments)
    fit = two_stage(y, c, x, Z, cov_type=cov_type, level=0.9)
    form, found = fit.reduced_form, fit.anderson_rubin
    X = sm.add_constant(pd.concat([Z, c], axis=1))
    groups = y.index.get_level_values(0).to_numpy()
    kind = {
        "unadjusted": {},
        "heteroskedastic": {"cov_type": "HC1"},
        "clustered": {"cov_type": "cluster", "cov_kwds": {"groups": groups}},
    }[cov_type]
    restriction = np.eye(len(X.columns))[[X.columns.get_loc(z) for z in Z]]
    for beta in [*np.linspace(-1, 4, 41), -50.0, 50.0]:
        theirs = sm.OLS(y - beta * x["x"], X).fit(**kind, use_t=True)
        test = theirs.f_test(restriction)
        assert form.statistic(beta) == pytest.approx(float(test.fvalue))
        assert form.pvalue(beta) == pytest.approx(float(test.pvalue))
        assert (beta in found) == (float(test.pvalue) >= 0.1)


def test_anderson_rubin_set_is_unbounded_just_where_instruments_do_not_matter():
    kinds = set()
    for seed in range(12):
        y, c, x, Z = simulated(seed, strength=0.1, instruments=1)
        fit = two_stage(y, c, x, Z)
        relevant = fit.first_stage.loc[("x", "z0"), "pvalue"] < 0.05
        assert fit.anderson_rubin.bounded == relevant
        kinds.add(fit.anderson_rubin.kind)
        # with one instrument the estimate fits perfectly and is never rejected
        estimate = fit.coefficients.loc["x", "estimate"]
        assert fit.reduced_form.statistic(estimate) == pytest.approx(0, abs=1e-12)
        assert estimate in fit.anderson_rubin
    assert {"interval", "whole line"} <= kinds


def test_anderson_rubin_set_is_empty_where_instruments_contradict_each_other():
    y, c, x, Z = simulated(1, strength=1.0, instruments=2, invalid=4.0)
    fit = two_stage(y, c, x, Z)
    assert fit.anderson_rubin.kind == "empty"
    assert str(fit.anderson_rubin) == "∅"
    assert fit.diagnostics.loc["Sargan", "pvalue"] < 0.01


def test_recovers_the_truth_where_least_squares_does_not():
    estimates = [two_stage(*simulated(s), fixed_effects="entity") for s in range(30)]
    iv = np.array([f.coefficients.loc["x", "estimate"] for f in estimates])
    ols = np.array([f.least_squares.loc["x", "estimate"] for f in estimates])
    assert abs(iv.mean() - 1.5) < 3.5 * iv.std() / np.sqrt(30)
    assert ols.mean() > 1.6


def test_terrain_under_province_effects_is_refused_in_words():
    for effects in ("entity", "twoway"):
        with pytest.raises(InstrumentError, match=r"Terrain.*does not change over time"):
            endogeneity(CARBON, ["Terrain"], effects)
    table = comparison(CARBON, cov_types=["heteroskedastic"])
    refused = table["nobs"].isna()
    assert table.loc[refused, "note"].str.contains("does not change over time").all()
    assert (table.loc[~refused, "note"] == "").all()
    assert refused.sum() == 4


def test_terrain_times_a_national_series_moves():
    data = CARBON.frame("GIA")
    by_year = pd.Series(range(10), index=range(2013, 2023), dtype=float)
    moved = times(terrain(data.index), by_year, "terrain × t")
    assert moved["Beijing", 2015] == pytest.approx(1.053 * 2)
    with pytest.raises(InstrumentError, match="2013"):
        times(terrain(data.index), by_year.drop(2013), "terrain × t")


def test_lag_stays_within_the_province():
    data = CARBON.frame("GIA")["GIA"]
    late = lagged(data)
    assert late["Tianjin", 2014] == data["Tianjin", 2013]
    assert np.isnan(late["Tianjin", 2013])
    assert endogeneity(CARBON, ["L.GIA"], lag_before_window=True).nobs == 300


def test_errors_name_the_fault():
    y, c, x, Z = simulated()
    with pytest.raises(InstrumentError, match="at least one"):
        two_stage(y, c, x, Z.iloc[:, :0])
    with pytest.raises(InstrumentError, match="clustered"):
        two_stage(y, c, x, Z, cov_type="hac")
    with pytest.raises(InstrumentError, match="twoway"):
        two_stage(y, c, x, Z, fixed_effects="both")
    with pytest.raises(InstrumentError, match=r"L\.GIA"):
        endogeneity(CARBON, ["rain"])
    with pytest.raises(InstrumentError, match="relief_index"):
        endogeneity(CARBON, ["Terrain"], terrain_column="height")
    assert two_stage(y, c.iloc[:, :0], x.join(c), Z).anderson_rubin is None


def test_table11_has_every_printed_label():
    table = compare(11)
    assert len(table) == 28
    assert table["ours"].notna().all()
    observations = table[table["statistic"] == "observations"]
    assert set(observations["verdict"]) == {"reproduced"}
