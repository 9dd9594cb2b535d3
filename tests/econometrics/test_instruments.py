"""Two-stage least squares and its tests against explicit matrices, dummies and statsmodels."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from linearmodels.iv import IV2SLS
from statsmodels.sandbox.regression.gmm import IV2SLS as StatsmodelsIV

from spillover.econometrics import regression, wild
from spillover.econometrics.instruments import InstrumentError, two_stage
from spillover.econometrics.instruments.sample import sample
from spillover.econometrics.spatialpanel import SpatialPanelError
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
        # nothing to test: ivreg2 prints 0.000 (equation exactly identified)
        assert fit.diagnostics.loc["Hansen J", "statistic"] == 0
        assert np.isnan(fit.diagnostics.loc["Hansen J", "pvalue"])


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


EFFECTS = ["none", "entity", "time", "twoway"]


@pytest.mark.parametrize("effects", EFFECTS)
@pytest.mark.parametrize("cov_type", ["heteroskedastic", "clustered", "cr2", "cr3"])
def test_a_regressor_that_instruments_itself_is_least_squares(effects, cov_type):
    y, c, x, _ = simulated()
    data = sample(y, c, x, x.rename(columns={"x": "z"}), effects, cov_type)
    plain = regression.ols(y, x.join(c), effects, cov_type)
    table = data.table(data.two_stage()).loc[["x", "c"]]
    np.testing.assert_allclose(table["estimate"], plain.params[["x", "c"]])
    np.testing.assert_allclose(table["std_error"], plain.std_errors[["x", "c"]])
    np.testing.assert_allclose(table["pvalue"], plain.pvalues[["x", "c"]], atol=1e-12)


@pytest.mark.parametrize("cov_type", ["clustered", "cr2", "cr3"])
def test_anderson_rubin_with_one_instrument_is_its_t_in_the_reduced_form(cov_type):
    y, c, x, Z = simulated(instruments=1)
    form = two_stage(y, c, x, Z, "twoway", cov_type).reduced_form
    for beta in (0.0, 1.2):
        reduced = regression.ols((y - beta * x["x"]).rename("u"), Z.join(c), "twoway", cov_type)
        assert form.statistic(beta) == pytest.approx(reduced.tstats["z0"] ** 2)
        assert form.pvalue(beta) == pytest.approx(reduced.pvalues["z0"])


def test_cr3_is_near_the_jackknife_over_clusters():
    """Exactly so for least squares; for two stages to the first order in 1/C."""
    y, c, x, Z = simulated()
    X = np.column_stack([x, c, np.ones(N * T)])
    H = np.column_stack([Z, c, np.ones(N * T)])

    def estimate(kept):
        fitted = H[kept] @ np.linalg.lstsq(H[kept], X[kept], rcond=None)[0]
        return np.linalg.lstsq(fitted, y.to_numpy()[kept], rcond=None)[0][0]

    units = np.repeat(np.arange(N), T)
    spread = np.array([estimate(units != g) for g in range(N)]) - estimate(units >= 0)
    ours = two_stage(y, c, x, Z, "none", "cr3").coefficients.at["x", "std_error"]
    assert ours == pytest.approx(np.sqrt((N - 1) / N * (spread**2).sum()), rel=0.03)


@pytest.mark.parametrize("effects", ["none", "twoway"])
@pytest.mark.parametrize("instruments", [1, 2])
def test_wild_bootstrap_of_two_stages_by_brute_force(effects, instruments):
    """Draw by draw: new y and x from the restricted estimates, two stages, clustered t²."""
    y, c, x, Z = simulated(4, instruments=instruments)
    fit, value = two_stage(y, c, x, Z, effects, "clustered"), 1.2
    arrays = fit.sample
    signs, _ = wild.draws(N, 19, seed=3)
    y_, x_ = arrays.y.to_numpy(), arrays.endogenous["x"].to_numpy()
    test = wild.InstrumentedTest(y_, x_, arrays.instruments.to_numpy(), arrays.outer, arrays.groups)
    t = (fit.coefficients.at["x", "estimate"] - value) / fit.coefficients.at["x", "std_error"]
    assert test.statistic(value) == pytest.approx(t**2)
    # restricted second stage, then the first stage with its residuals, by statsmodels
    unit, year = (
        pd.get_dummies(y.index.get_level_values(k), dtype=float).set_index(y.index) for k in (0, 1)
    )
    parts = [c.assign(const=1.0)]
    if effects == "twoway":
        parts += [unit.iloc[:, 1:].add_prefix("u"), year.iloc[:, 1:].add_prefix("t")]
    outer = pd.concat(parts, axis=1)
    second = sm.OLS(y - value * x["x"], outer).fit()
    first = sm.OLS(x["x"], pd.concat([Z, outer], axis=1).assign(u=second.resid)).fit()
    fitted = first.fittedvalues - first.params["u"] * second.resid
    left = x["x"] - fitted
    for draw in range(3):
        factor = np.repeat(signs[:, draw], T)
        new_x = (fitted + factor * left).to_frame("x")
        new_y = value * new_x["x"] + second.fittedvalues + factor * second.resid
        again = two_stage(new_y, c, new_x, Z, effects, "clustered").coefficients.loc["x"]
        expected = ((again["estimate"] - value) / again["std_error"]) ** 2
        assert test.drawn(value, signs)[draw] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("effects", ["none", "twoway"])
def test_wild_anderson_rubin_by_brute_force(effects):
    y, c, x, Z = simulated(4)
    value = 1.2
    arrays = two_stage(y, c, x, Z, effects, "clustered").sample
    test = wild.CoefficientTest(arrays.instruments.to_numpy(), arrays.outer, arrays.groups)
    signs, _ = wild.draws(N, 19, seed=3)
    u = arrays.y.to_numpy() - value * arrays.endogenous["x"].to_numpy()
    form = two_stage(y, c, x, Z, effects, "clustered").reduced_form
    assert test.statistic(u) == pytest.approx(form.statistic(value))
    restricted = regression.ols((y - value * x["x"]).rename("u"), c, effects)
    for draw in range(3):
        gap = (np.repeat(signs[:, draw], T) - 1) * restricted.resids
        new = y + gap  # the same null with other residuals
        form = two_stage(new, c, x, Z, effects, "clustered").reduced_form
        assert test.drawn(u, signs)[draw] == pytest.approx(form.statistic(value))


def test_wild_sets_hold_what_is_not_rejected():
    y, c, x, Z = simulated(1)
    fit = two_stage(y, c, x, Z, "twoway", "cr3")
    for test in (fit.wild, fit.wild_anderson_rubin):
        found = test(1.2, level=0.9, replications=199).confidence_set
        for end, inwards in ((found.low, 1), (found.high, -1)):
            step = 0.02 * inwards * fit.coefficients.at["x", "std_error"]
            assert test(end + step, level=None, replications=199).pvalue > 0.1
            assert test(end - step, level=None, replications=199).pvalue <= 0.1
        assert test(level=None).confidence_set is None
    weak = two_stage(*simulated(2, strength=0.0, instruments=1), cov_type="clustered")
    assert not weak.wild_anderson_rubin(replications=199).confidence_set.bounded


def drawn_errors(rng):
    """A structural and a first-stage error that depend on each other and over time."""
    e = rng.normal(size=(2, 30, 5)) * np.exp(0.5 * rng.normal(size=(30, 1)))
    for j in range(1, 5):
        e[:, :, j] = 0.6 * e[:, :, j - 1] + 0.8 * e[:, :, j]
    return e[0].ravel(), (0.6 * e[0] + 0.8 * e[1]).ravel()


def test_sizes_of_the_bootstraps_with_thirty_clusters():
    """5 % tests of the truth, 300 samples: where F of clustered errors has 10 %, these have 5.

    Terrain-like instrument, one value an entity and skewed. The bounds are three standard errors
    of the simulation about sizes of 3 and 7 %.
    """
    rng = np.random.default_rng(5)
    Z = np.repeat(np.exp(rng.normal(size=30)), 5)[:, None]
    groups, outer = np.repeat(np.arange(30), 5), np.ones((150, 1))
    signs, _ = wild.draws(30, 199, seed=1)
    rejected = []
    for _ in range(300):
        u, v = drawn_errors(rng)
        x = Z[:, 0] + v
        two, plain = wild.InstrumentedTest(u, x, Z, outer, groups), wild.CoefficientTest
        ar = plain(Z, outer, groups)
        row = [
            1 + (test.drawn(null, signs) >= test.statistic(null)).sum() <= 10
            for test, null in ((two, 0.0), (ar, u))
        ]
        rejected.append([*row, ar.statistic(u) > 4.183])  # F(1, 29) at 5 %
    wre, bootstrap, naive = np.mean(rejected, axis=0)
    assert 0.005 < wre < 0.115
    assert 0.005 < bootstrap < 0.115
    assert bootstrap < naive


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda y, c, x, Z: (y, c, x, Z.assign(z9=Z["z0"] - Z["z1"])), "'z9' is a linear"),
        (
            lambda y, c, x, Z: (y, c.assign(d=3 * c["c"]), x, Z),
            "'d' is a linear combination of 'c'",
        ),
        (lambda y, c, x, Z: (y, c, x, Z.assign(c=c["c"])), "'c' given more than once"),
        (lambda y, c, x, Z: (y, c.rename(columns={"c": "const"}), x, Z), "called 'const'"),
        (lambda y, c, x, Z: (y.to_numpy(), c, x, Z), "y is a ndarray; expected a Series"),
        (lambda y, c, x, Z: (y.droplevel(1), c, x, Z), "y is a Series without a two-level"),
        (lambda y, c, x, Z: (y, c, x, Z.to_numpy()), "instruments is a ndarray; expected"),
        (lambda y, c, x, Z: (y, c, x, Z.iloc[1:]), "instruments and y have different rows"),
    ],
)
def test_tables_that_cannot_be_used_are_named(change, says):
    with pytest.raises(InstrumentError, match=says) as error:
        two_stage(*change(*simulated()))
    assert "\n" not in str(error.value)


def test_collinear_under_the_effects():
    y, c, x, Z = simulated()
    shifted = Z.assign(z2=Z["z0"] + np.repeat(np.arange(N), T))
    assert two_stage(y, c, x, shifted).nobs == N * T
    with pytest.raises(InstrumentError, match="'z2' is a linear combination of 'z0'"):
        two_stage(y, c, x, shifted, "entity")


def test_no_exogenous_regressors_and_one_column_as_a_series():
    y, c, x, Z = simulated()
    without = two_stage(y, None, x["x"], Z["z0"])
    empty = two_stage(y, c.iloc[:, :0], x, Z[["z0"]])
    pd.testing.assert_frame_equal(without.coefficients, empty.coefficients)
    shuffled = two_stage(y, None, x.sample(frac=1, random_state=1), Z[["z0"]])
    pd.testing.assert_frame_equal(without.coefficients, shuffled.coefficients)


def test_an_unbalanced_panel_is_refused_in_one_line():
    parts = [part.iloc[1:] for part in simulated()]
    with pytest.raises(SpatialPanelError, match=r"unbalanced panel: 149 rows") as error:
        two_stage(*parts)
    assert "\n" not in str(error.value)


def test_table11_has_every_printed_label():
    table = compare(11)
    assert len(table) == 28
    assert table["ours"].notna().all()
    observations = table[table["statistic"] == "observations"]
    assert set(observations["verdict"]) == {"reproduced"}
