"""Groups, curves and thresholds against statsmodels, explicit dummies and known truth."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from spillover.econometrics import regression
from spillover.econometrics.heterogeneity import (
    HeterogeneityError,
    by_group,
    local,
    threshold,
    varying,
)
from spillover.econometrics.heterogeneity.curves import natural_spline
from spillover.econometrics.heterogeneity.groups import Fit, least_squares
from spillover.replication.tables import compare
from spillover.studies import CARBON
from spillover.studies.groups import sensitivity, study_groups
from spillover.studies.rankings import percentile, ranking, split

N, T = 30, 8
UNITS = [f"u{i:02d}" for i in range(N)]
INDEX = pd.MultiIndex.from_product([UNITS, range(T)], names=["unit", "year"])
Z = pd.Series((np.arange(N) + 0.5) / N, index=UNITS)
GROUPS = split(Z)


def simulated(slope, seed=0, noise=0.5, years=1.0):
    """y = slope(z)·x − c + effects; x is correlated with the unit effects."""
    rng = np.random.default_rng(seed)
    unit, year = np.repeat(rng.normal(size=N), T), np.tile(years * rng.normal(size=T), N)
    c = rng.normal(size=N * T)
    x = rng.normal(size=N * T) + 0.5 * unit
    z = np.repeat(Z.to_numpy(), T)
    y = slope(z) * x - c + unit + year + noise * rng.normal(size=N * T)
    X = pd.DataFrame({"x": x, "c": c}, index=INDEX)
    return pd.Series(y, index=INDEX, name="y"), X


STEP = {"low": 0.5, "medium": 1.0, "high": -0.5}


def steps(z):
    return np.where(z < 1 / 3, 0.5, np.where(z < 2 / 3, 1.0, -0.5))


def dummies(level, drop=False):
    table = pd.get_dummies(INDEX.get_level_values(level), dtype=float).set_index(INDEX)
    return table.add_prefix(f"{level}_").iloc[:, int(drop) :]


@pytest.mark.parametrize("cov_type", ["heteroskedastic", "clustered", "unadjusted"])
def test_group_regressions_against_statsmodels(cov_type):
    y, X = simulated(steps)
    ours = by_group(y, X, "x", GROUPS, cov_type=cov_type)
    for group in ("low", "medium", "high"):
        chosen = GROUPS.index[group == GROUPS]
        rows = INDEX.get_level_values("unit").isin(chosen)
        codes = pd.factorize(INDEX.get_level_values("unit")[rows])[0]
        kind = {
            "heteroskedastic": {"cov_type": "HC1"},
            "clustered": {"cov_type": "cluster", "cov_kwds": {"groups": codes}},
            "unadjusted": {},
        }[cov_type]
        theirs = sm.OLS(y[rows], X[rows].assign(const=1.0)).fit(**kind, use_t=True)
        table = ours.coefficients.loc[group]
        np.testing.assert_allclose(table["estimate"], theirs.params)
        np.testing.assert_allclose(table["std_error"], theirs.bse)
        np.testing.assert_allclose(table["pvalue"], theirs.pvalues)
        assert ours.fit.loc[group, "r_squared"] == pytest.approx(theirs.rsquared)
        assert ours.fit.loc[group, "nobs"] == 80


def test_equality_against_the_fully_interacted_regression():
    y, X = simulated(steps)
    ours = by_group(y, X, "x", GROUPS)
    of_row = GROUPS.reindex(INDEX.get_level_values("unit")).astype(str).to_numpy()
    full = pd.concat({g: X.assign(const=1.0).mul(of_row == g, axis=0) for g in STEP}, axis=1)
    full.columns = [f"{g}:{c}" for g, c in full.columns]
    codes = pd.factorize(INDEX.get_level_values("unit"))[0]
    theirs = sm.OLS(y, full).fit(cov_type="cluster", cov_kwds={"groups": codes}, use_t=True)
    test = theirs.f_test("low:x = medium:x, low:x = high:x")
    assert ours.tests.loc["exposure", "statistic"] == pytest.approx(float(test.fvalue))
    assert ours.tests.loc["exposure", "pvalue"] == pytest.approx(float(test.pvalue))
    every = "low:x = medium:x, low:x = high:x, low:c = medium:c, low:c = high:c"
    slopes = theirs.f_test(every)
    assert ours.tests.loc["all slopes", "statistic"] == pytest.approx(float(slopes.fvalue))
    pair = theirs.f_test("medium:x = high:x")
    assert ours.tests.loc["medium = high", "statistic"] == pytest.approx(float(pair.fvalue))
    for group in STEP:
        estimate = ours.exposure.loc[group, "estimate"]
        assert estimate == pytest.approx(ours.coefficients.loc[(group, "x"), "estimate"])
        assert ours.exposure.loc[group, "std_error"] == pytest.approx(theirs.bse[f"{group}:x"])


def test_partial_interaction_with_two_way_effects_by_dummies():
    y, X = simulated(steps)
    ours = by_group(y, X, "x", GROUPS, fixed_effects="twoway", full=False)
    of_row = GROUPS.reindex(INDEX.get_level_values("unit")).astype(str).to_numpy()
    products = pd.DataFrame({g: X["x"] * (of_row == g) for g in STEP})
    full = pd.concat([products, X[["c"]], dummies("unit"), dummies("year", drop=True)], axis=1)
    codes = pd.factorize(INDEX.get_level_values("unit"))[0]
    theirs = sm.OLS(y, full).fit(cov_type="cluster", cov_kwds={"groups": codes}, use_t=True)
    np.testing.assert_allclose(ours.exposure["estimate"], theirs.params[list(STEP)])
    np.testing.assert_allclose(ours.exposure["std_error"], theirs.bse[list(STEP)])
    test = theirs.f_test("low = medium, low = high")
    assert ours.tests.loc["exposure", "statistic"] == pytest.approx(float(test.fvalue))
    assert "all slopes" not in ours.tests.index


@pytest.mark.parametrize("effects", ["none", "time", "entity", "twoway"])
@pytest.mark.parametrize("full", [True, False])
def test_groups_recover_the_truth(effects, full):
    y, X = simulated(steps, noise=0.05, years=float(effects == "twoway"))
    if effects in ("none", "time"):
        # without entity effects x must not be correlated with them
        X = X.assign(x=np.random.default_rng(5).normal(size=N * T))
        of_row = GROUPS.reindex(INDEX.get_level_values("unit")).astype(str)
        y = of_row.map(STEP).to_numpy() * X["x"] - X["c"]
    found = by_group(
        y.rename("y"), X, "x", GROUPS, fixed_effects=effects, full=full, cov_type="heteroskedastic"
    )
    np.testing.assert_allclose(found.exposure["estimate"], [0.5, 1.0, -0.5], atol=0.05)
    assert found.tests.loc["exposure", "pvalue"] < 1e-6


def test_equality_test_has_its_size():
    rejected = [
        by_group(*simulated(lambda z: 1.0 + 0 * z, s), "x", GROUPS, "twoway", full=False).tests.loc[
            "exposure", "pvalue"
        ]
        < 0.05
        for s in range(120)
    ]
    # 120 draws of a 5 % test with few clusters: between 0 and 14 %
    assert np.mean(rejected) < 0.14


def test_wald_by_hand():
    """Two coefficients, diagonal covariance: F = ((1 − 0)²/0.25 + (3 − 0)²/1)/2 = 6.5."""
    fit = Fit(np.array([1.0, 3.0]), np.diag([0.25, 1.0]), 10, np.zeros(3))
    assert fit.wald(np.eye(2))["statistic"] == pytest.approx(6.5)


def test_natural_spline_is_linear_outside_and_smooth_inside():
    knots = np.array([0.2, 0.5, 0.8])
    grid = np.linspace(-1, 2, 3001)
    B = natural_spline(grid, knots)
    assert B.shape == (3001, 2)
    second = np.gradient(np.gradient(B[:, 1], grid), grid)
    outside = (grid < 0.15) | (grid > 0.85)
    np.testing.assert_allclose(second[outside][5:-5], 0, atol=1e-6)
    assert np.abs(second[~outside]).max() > 1
    assert np.abs(np.diff(second[3:-3])).max() < 0.1


@pytest.mark.parametrize("effects", ["none", "twoway"])
def test_linear_curve_against_an_explicit_product(effects):
    y, X = simulated(lambda z: 1 - z)
    ours = varying(y, X, "x", Z, effects, "linear", points=2)
    z = Z.reindex(INDEX.get_level_values("unit")).to_numpy()
    full = X.assign(product=X["x"] * z)
    if effects == "none":
        full = full.assign(z=z, const=1.0)
    else:
        full = pd.concat([full, dummies("unit"), dummies("year", drop=True)], axis=1)
    codes = pd.factorize(INDEX.get_level_values("unit"))[0]
    theirs = sm.OLS(y, full).fit(cov_type="cluster", cov_kwds={"groups": codes}, use_t=True)
    weights = np.zeros((2, full.shape[1]))
    weights[:, full.columns.get_loc("x")] = 1
    weights[:, full.columns.get_loc("product")] = [Z.min(), Z.max()]
    test = theirs.t_test(weights)
    np.testing.assert_allclose(ours.points["estimate"], test.effect)
    np.testing.assert_allclose(ours.points["std_error"], test.sd.ravel())
    np.testing.assert_allclose(ours.points[["low", "high"]], test.conf_int())
    assert ours.test["statistic"] == pytest.approx(theirs.tvalues["product"] ** 2)


def test_spline_and_local_follow_a_bend():
    def bend(z):
        return 1 + np.sin(2 * np.pi * z)

    y, X = simulated(bend, noise=0.1)
    truth = bend(np.linspace(Z.min(), Z.max(), 21))
    spline = varying(y, X, "x", Z, "twoway", "spline", knots=6, points=21)
    assert np.abs(spline.points["estimate"] - truth).max() < 0.25
    assert spline.test["pvalue"] < 1e-4
    near = local(y, X, "x", Z, "twoway", bandwidth=0.07, points=21)
    assert np.abs(near.points["estimate"] - truth).iloc[3:-3].max() < 0.25
    line = varying(y, X, "x", Z, "twoway", "linear", points=21)
    assert np.abs(line.points["estimate"] - truth).max() > 0.4


@pytest.mark.parametrize("effects", ["none", "time", "entity", "twoway"])
def test_local_regression_by_weighted_dummies(effects):
    y, X = simulated(steps)
    ours = local(y, X, "x", Z, effects, bandwidth=0.2, points=3).points.iloc[1]
    middle = (Z.min() + Z.max()) / 2
    w = np.exp(-0.5 * ((Z.reindex(INDEX.get_level_values("unit")) - middle) / 0.2) ** 2)
    parts = {
        "none": [pd.DataFrame({"const": 1.0}, index=INDEX)],
        "time": [dummies("year")],
        "entity": [dummies("unit")],
        "twoway": [dummies("unit"), dummies("year", drop=True)],
    }[effects]
    full = pd.concat([X, *parts], axis=1)
    codes = pd.factorize(INDEX.get_level_values("unit"))[0]
    theirs = sm.WLS(y, full, weights=w.to_numpy()).fit(
        cov_type="cluster", cov_kwds={"groups": codes}, use_t=True
    )
    assert ours["estimate"] == pytest.approx(theirs.params["x"])
    # entity effects within clusters are not counted, see linearmodels' PanelOLS
    n, k = len(y), full.shape[1]
    counted = {"entity": (n - k) / (n - 3)}.get(effects, 1.0)
    assert ours["std_error"] == pytest.approx(theirs.bse["x"] * np.sqrt(counted))


def test_very_wide_kernel_is_the_plain_regression():
    y, X = simulated(steps)
    wide = local(y, X, "x", Z, "twoway", bandwidth=1e6, points=2).points
    plain = regression.ols(y, X, "twoway", "clustered")
    np.testing.assert_allclose(wide["estimate"], plain.params["x"])
    np.testing.assert_allclose(wide["std_error"], plain.std_errors["x"])
    np.testing.assert_allclose(wide["effective_units"], N)


@pytest.mark.parametrize("effects", ["none", "entity", "twoway"])
def test_threshold_is_found_by_brute_force(effects):
    y, X = simulated(lambda z: np.where(z <= 0.4, 1.0, 0.4))
    found = threshold(y, X, "x", Z, effects, draws=99)
    parts = {
        "none": [pd.DataFrame({"const": 1.0}, index=INDEX)],
        "entity": [dummies("unit")],
        "twoway": [dummies("unit"), dummies("year", drop=True)],
    }[effects]
    z = Z.reindex(INDEX.get_level_values("unit")).to_numpy()
    plain = sm.OLS(y, pd.concat([X, *parts], axis=1)).fit()
    fits = {}
    for border in found.profile.index:
        low = (X["x"] * (z <= border)).rename("below")
        high = (X["x"] * (z > border)).rename("above")
        fits[border] = sm.OLS(y, pd.concat([low, high, X[["c"]], *parts], axis=1)).fit()
    ssr = pd.Series({b: f.ssr for b, f in fits.items()})
    np.testing.assert_allclose(found.profile["ssr"], ssr)
    assert found.value == ssr.idxmin()
    best = fits[found.value]
    statistic = (plain.ssr - best.ssr) / (best.ssr / best.df_resid)
    assert found.statistic == pytest.approx(statistic)
    np.testing.assert_allclose(found.coefficients["estimate"], best.params[["below", "above"]])


def test_threshold_interval_inverts_hansens_distribution():
    """P(LR ≤ r) = (1 − e^(−r/2))², in Hansen (2000, Econometrica 68, table I) 7.35 at 95 %.

    A border belongs to the set at every level above the probability of its ratio, and to none
    below it.
    """

    def probability(ratio):
        return (1 - np.exp(-ratio / 2)) ** 2

    published = {5.94: 0.90, 7.35: 0.95, 8.75: 0.975, 10.59: 0.99}
    for ratio, share in published.items():
        assert probability(ratio) == pytest.approx(share, abs=2e-4)
    y, X = simulated(lambda z: np.where(z <= 0.4, 0.7, 0.4), noise=1.0)
    ratios = threshold(y, X, "x", Z, draws=9).profile["likelihood_ratio"]
    first = ratios.index[0]
    # the first border is the only one so near to its own ratio from either side
    for step, inside in ((1e-6, True), (-1e-6, False)):
        level = probability(ratios[first]) + step
        low, high = threshold(y, X, "x", Z, draws=9, level=level).interval
        assert (low == first) == inside
        kept = ratios.index[probability(ratios) <= level]
        assert (low, high) == (kept.min(), kept.max())


def test_threshold_test_has_power_and_size():
    y, X = simulated(lambda z: np.where(z <= 0.4, 1.0, 0.4))
    found = threshold(y, X, "x", Z, draws=199)
    assert found.value == pytest.approx(Z.iloc[11])
    assert found.pvalue == pytest.approx(1 / 200)
    nothing = [
        threshold(*simulated(lambda z: 1 + 0 * z, s), "x", Z, draws=99, seed=s).pvalue
        for s in range(60)
    ]
    assert np.mean(np.array(nothing) <= 0.05) < 0.16
    assert 0.3 < np.mean(nothing) < 0.7


def test_split_and_percentile():
    values = pd.Series([5.0, 1.0, 3.0, 2.0], index=list("abcd"))
    assert split(values, (1, 3), ("low", "high")).tolist() == ["high", "low", "high", "high"]
    np.testing.assert_allclose(percentile(values), [0.875, 0.125, 0.625, 0.375])
    with pytest.raises(HeterogeneityError, match="same value"):
        split(pd.Series([1.0, 1.0], index=list("ab")), (1, 1), ("low", "high"))
    with pytest.raises(HeterogeneityError, match="add up"):
        split(values)


def test_default_ranking_from_the_figures():
    """Beijing 2011–2012: 15 880 and 20 140 invention patents, 20.24 and 20.78 million people."""
    figure = ranking()
    assert figure["Beijing"] == pytest.approx((15880 / 2024 + 20140 / 2078) / 2, rel=0.01)
    assert len(figure) == 30
    with pytest.raises(HeterogeneityError, match="innovation"):
        ranking("green")


def test_table12_has_every_printed_label():
    table = compare(12)
    assert len(table) == 54
    observations = table["statistic"] == "observations"
    assert set(table.loc[observations, "verdict"]) == {"reproduced"}
    assert set(table.loc[~observations, "verdict"]) == {"not comparable"}
    assert table["ours"].notna().all()


def test_sensitivity_lays_rankings_side_by_side():
    table = sensitivity(CARBON, ["innovation"], [(10, 10, 10), (9, 12, 9)], ["twoway"])
    first = study_groups(CARBON, "innovation", fixed_effects="twoway", full=False)
    row = table.loc[("innovation", "10-10-10", "twoway")]
    assert row["low_estimate"] == pytest.approx(first.exposure.loc["low", "estimate"])
    assert not table["on_outcome"].any()


def test_errors_name_the_fault():
    y, X = simulated(steps)
    with pytest.raises(HeterogeneityError, match="u05"):
        by_group(y, X, "x", GROUPS.drop("u05"))
    with pytest.raises(HeterogeneityError, match="two or more"):
        by_group(y, X, "x", pd.Series("all", index=UNITS))
    with pytest.raises(HeterogeneityError, match="no column"):
        by_group(y, X, "q", GROUPS)
    with pytest.raises(HeterogeneityError, match="twoway"):
        by_group(y, X, "x", GROUPS, fixed_effects="both")
    with pytest.raises(HeterogeneityError, match="collinear"):
        least_squares(np.ones(4), np.ones((4, 2)), np.arange(4))
    with pytest.raises(HeterogeneityError, match="spline"):
        varying(y, X, "x", Z, basis="wavelet")
    with pytest.raises(HeterogeneityError, match="positive"):
        local(y, X, "x", Z, bandwidth=0)
    with pytest.raises(HeterogeneityError, match="trim"):
        threshold(y, X, "x", Z, trim=0.6)
