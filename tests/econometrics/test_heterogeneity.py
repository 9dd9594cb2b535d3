"""Groups, curves and thresholds against statsmodels, explicit dummies and known truth."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from spillover.econometrics import regression
from spillover.econometrics.heterogeneity import (
    HeterogeneityError,
    by_group,
    local,
    threshold,
    varying,
)
from spillover.econometrics.heterogeneity.curves import natural_spline
from spillover.econometrics.heterogeneity.groups import (
    columns,
    least_squares,
    wild_cluster_test,
)
from spillover.replication.tables import compare
from spillover.studies import CARBON
from spillover.studies.groups import sensitivity, study_curve, study_groups
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


def jackknife(y, full, weights=None):
    """Coefficients and their covariance from leaving out one unit at a time, by lstsq.

    CR3 with the factor (C − 1)/C is Σ_g (b_(g) − b)(b_(g) − b)′·(C − 1)/C (Bell and McCaffrey
    2002); dummies of the unit left out have no part in the other coefficients.
    """
    units = INDEX.get_level_values("unit")
    root = np.sqrt(np.ones(len(y)) if weights is None else weights)[:, None]
    A, b = full.to_numpy() * root, y.to_numpy() * root[:, 0]
    every = np.linalg.lstsq(A, b)[0]
    gaps = []
    for unit in np.unique(units):
        kept = units != unit
        gaps.append(np.linalg.lstsq(A[kept], b[kept])[0] - every)
    gaps = np.array(gaps)
    return every, gaps.T @ gaps * (N - 1) / N


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


@pytest.mark.parametrize("effects", ["none", "time", "entity", "twoway"])
def test_group_regressions_are_those_of_the_group_alone(effects):
    y, X = simulated(steps)
    for kind in ("cr3", "cr2", "clustered", "heteroskedastic"):
        ours = by_group(y, X, "x", GROUPS, effects, kind, draws=19)
        for group in STEP:
            rows = INDEX.get_level_values("unit").isin(GROUPS.index[group == GROUPS])
            alone = regression.ols(y[rows], X[rows], effects, kind)
            table = ours.coefficients.loc[group]
            np.testing.assert_allclose(table["estimate"], alone.params[table.index])
            np.testing.assert_allclose(table["std_error"], alone.std_errors[table.index])
            np.testing.assert_allclose(table["pvalue"], alone.pvalues[table.index], rtol=1e-6)
            # the joint model with everything interacted has the same estimates, and CR3 errors
            cr3 = regression.ols(y[rows], X[rows], effects, "cr3")
            assert ours.exposure.loc[group, "estimate"] == pytest.approx(alone.params["x"])
            assert ours.exposure.loc[group, "std_error"] == pytest.approx(cr3.std_errors["x"])
            low, high = cr3.conf_int().loc["x"]
            assert ours.exposure.loc[group, "low"] == pytest.approx(low)
            assert ours.exposure.loc[group, "high"] == pytest.approx(high)


def wald(b, V, R):
    return float((R @ b) @ np.linalg.inv(R @ V @ R.T) @ (R @ b)) / len(R)


def test_statistics_of_equality_by_the_jackknife():
    y, X = simulated(steps)
    ours = by_group(y, X, "x", GROUPS, draws=19)
    of_row = GROUPS.reindex(INDEX.get_level_values("unit")).astype(str).to_numpy()
    full = pd.concat({g: X.assign(const=1.0).mul(of_row == g, axis=0) for g in STEP}, axis=1)
    b, V = jackknife(y, full)
    unit = pd.DataFrame(np.eye(9), columns=full.columns)
    low, medium, high = (unit[g, "x"] for g in STEP)
    R = np.array([medium - low, high - low])
    assert ours.tests.loc["exposure", "statistic"] == pytest.approx(wald(b, V, R))
    R = np.array([unit[g, c] - unit["low", c] for g in ("medium", "high") for c in ("x", "c")])
    assert ours.tests.loc["all slopes", "statistic"] == pytest.approx(wald(b, V, R))
    assert ours.tests.loc["all slopes", "df"] == 4
    R = np.array([medium - high])
    assert ours.tests.loc["medium = high", "statistic"] == pytest.approx(wald(b, V, R))


def test_partial_interaction_with_two_way_effects_by_the_jackknife():
    y, X = simulated(steps)
    ours = by_group(y, X, "x", GROUPS, fixed_effects="twoway", full=False, draws=19)
    of_row = GROUPS.reindex(INDEX.get_level_values("unit")).astype(str).to_numpy()
    products = pd.DataFrame({g: X["x"] * (of_row == g) for g in STEP})
    full = pd.concat([products, X[["c"]], dummies("unit"), dummies("year", drop=True)], axis=1)
    b, V = jackknife(y, full)
    np.testing.assert_allclose(ours.exposure["estimate"], b[:3])
    np.testing.assert_allclose(ours.exposure["std_error"], np.sqrt(np.diag(V)[:3]))
    R = np.eye(len(b))[1:3] - np.eye(len(b))[0]
    assert ours.tests.loc["exposure", "statistic"] == pytest.approx(wald(b, V, R))
    assert "all slopes" not in ours.tests.index


def test_wild_bootstrap_by_every_sign():
    """Six units and all 64 sign vectors, each regression anew by lstsq and the jackknife."""
    rng = np.random.default_rng(3)
    units, years = 6, 5
    X = rng.normal(size=(units * years, 3))
    X[:, 2] = 1.0
    y = X @ [0.4, -0.3, 1.0] + rng.normal(size=len(X)) + np.repeat(rng.normal(size=units), years)
    R = np.eye(2, 3)
    unit = np.repeat(np.arange(units), years)

    def statistic(outcome):
        every = np.linalg.lstsq(X, outcome)[0]
        gaps = np.array(
            [np.linalg.lstsq(X[unit != u], outcome[unit != u])[0] - every for u in range(units)]
        )
        return wald(every, gaps.T @ gaps * (units - 1) / units, R)

    u = y - y.mean()
    # under the null X is a constant: H_gg has every entry 1/30, one eigenvalue 1/6
    H = np.full((years, years), 1 / len(X))
    w, V = np.linalg.eigh(np.eye(years) - H)
    root = V @ np.diag(w**-0.5) @ V.T
    u = (u.reshape(units, years) @ root).ravel()
    signs = np.array(np.meshgrid(*[[-1, 1]] * units)).reshape(units, -1).T
    drawn = np.array([statistic(y.mean() + u * s[unit]) for s in signs])
    observed = statistic(y)
    found = wild_cluster_test(y, X, R, units, 64, 0)
    assert found["statistic"] == pytest.approx(observed)
    assert found["pvalue"] == np.mean(drawn >= observed * (1 - 1e-9))
    assert 0.05 < found["pvalue"] < 0.95
    # and with more signs than draws, near to it
    assert wild_cluster_test(y, X, R, units, 63, 0)["pvalue"] == pytest.approx(
        found["pvalue"], abs=0.2
    )


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
    assert found.tests.loc["exposure", "pvalue"] == 1 / 1000


@pytest.mark.parametrize("design", ["iid", "both"])
def test_equality_test_has_its_size(design):
    """Both: one deviation for each unit, and autocorrelation of .6; slopes by group, ten units."""
    shape, X = (N, T), simulated(steps)[1]
    of_row = np.repeat(np.arange(3), N * T // 3)
    Z = columns(X.to_numpy(), shape, "none")
    Z = np.hstack([Z * (of_row == g)[:, None] for g in range(3)])
    R = np.eye(9)[[3, 6]] - np.eye(9)[0]
    rng = np.random.default_rng(0)
    pvalues = []
    for _ in range(400):
        e = rng.normal(size=shape)
        if design == "both":
            for t in range(1, T):
                e[:, t] = 0.6 * e[:, t - 1] + 0.8 * e[:, t]
            e = e * np.exp(0.6 * rng.normal(size=(N, 1)))
        pvalues.append(wild_cluster_test(e.ravel(), Z, R, N, 199, 0)["pvalue"])
    # two errors of a share of 5 % in 400 are 2.2 points
    assert 0.02 < np.mean(np.array(pvalues) <= 0.05) < 0.085
    assert 0.44 < np.mean(pvalues) < 0.56


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
    b, V = jackknife(y, full)
    weights = np.zeros((2, full.shape[1]))
    weights[:, full.columns.get_loc("x")] = 1
    weights[:, full.columns.get_loc("product")] = [Z.min(), Z.max()]
    error = np.sqrt(np.diag(weights @ V @ weights.T))
    np.testing.assert_allclose(ours.points["estimate"], weights @ b)
    np.testing.assert_allclose(ours.points["std_error"], error)
    reach = stats.t.ppf(0.975, N - 1) * error
    np.testing.assert_allclose(ours.points["high"], weights @ b + reach)
    R = np.eye(1, full.shape[1], full.columns.get_loc("product"))
    assert ours.test["statistic"] == pytest.approx(wald(b, V, R))


def test_spline_and_local_follow_a_bend():
    def bend(z):
        return 1 + np.sin(2 * np.pi * z)

    y, X = simulated(bend, noise=0.1)
    truth = bend(np.linspace(Z.min(), Z.max(), 21))
    spline = varying(y, X, "x", Z, "twoway", "spline", knots=6, points=21)
    assert np.abs(spline.points["estimate"] - truth).max() < 0.25
    assert spline.test["pvalue"] == 1 / 1000
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
    b, V = jackknife(y, full, w.to_numpy())
    assert ours["estimate"] == pytest.approx(b[0])
    assert ours["std_error"] == pytest.approx(np.sqrt(V[0, 0]))


def test_very_wide_kernel_is_the_plain_regression():
    y, X = simulated(steps)
    wide = local(y, X, "x", Z, "twoway", bandwidth=1e6, points=2).points
    plain = regression.ols(y, X, "twoway", "cr3")
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
    codes = pd.factorize(INDEX.get_level_values("unit"))[0]
    fits = {}
    for border in found.profile.index:
        low = (X["x"] * (z <= border)).rename("below")
        level = [pd.Series(1.0 * (z <= border), INDEX, name="jump")] if effects == "none" else []
        full = pd.concat([low, X, *level, *parts], axis=1)
        fits[border] = sm.OLS(y, full).fit(cov_type="cluster", cov_kwds={"groups": codes})
    ssr = pd.Series({b: f.ssr for b, f in fits.items()})
    np.testing.assert_allclose(found.profile["ssr"], ssr)
    assert found.value == ssr.idxmin()
    best = fits[found.value]
    # statsmodels counts unit dummies as parameters, which lie within the clusters
    k = len(best.params) - (N - 1) * (effects != "none")
    counted = (N * T - k) / (N * T - len(best.params))
    f = np.array([fit.tvalues["below"] ** 2 for fit in fits.values()]) * counted
    np.testing.assert_allclose(found.profile["f"], f)
    assert found.statistic == pytest.approx(f.max())
    slopes = best.params["x"] + np.array([best.params["below"], 0.0])
    np.testing.assert_allclose(found.coefficients["estimate"], slopes)


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
    ratios = threshold(y, X, "x", Z, draws=19).profile["likelihood_ratio"]
    first = ratios.index[0]
    # the first border is the only one so near to its own ratio from either side
    for step, inside in ((1e-6, True), (-1e-6, False)):
        level = probability(ratios[first]) + step
        low, high = threshold(y, X, "x", Z, draws=19, level=level).interval
        assert (low == first) == inside
        kept = ratios.index[probability(ratios) <= level]
        assert (low, high) == (kept.min(), kept.max())


def test_threshold_finds_a_border():
    y, X = simulated(lambda z: np.where(z <= 0.4, 1.0, 0.4))
    found = threshold(y, X, "x", Z, draws=199)
    assert found.value == pytest.approx(Z.iloc[11])
    assert found.pvalue == pytest.approx(1 / 200)


@pytest.mark.parametrize("jump", [0.0, 5.0])
def test_threshold_test_has_its_size_whether_or_not_the_level_jumps(jump):
    """Without entity effects; x is larger above the border, errors belong in part to the unit."""
    rng = np.random.default_rng(0)
    z = np.repeat(Z.to_numpy(), T)
    pvalues = []
    for seed in range(100):
        x = rng.normal(size=N * T) + 0.5 * np.repeat(rng.normal(size=N), T) + (z > 0.4)
        e = rng.normal(size=N * T) + np.repeat(rng.normal(size=N), T)
        y = pd.Series(x + jump * (z > 0.4) + e, index=INDEX)
        X = pd.DataFrame({"x": x}, index=INDEX)
        pvalues.append(threshold(y, X, "x", Z, "none", draws=99, seed=seed).pvalue)
    # two errors of a share of 5 % in 100 are 4.4 points
    assert 0.0 < np.mean(np.array(pvalues) <= 0.05) < 0.1
    assert 0.4 < np.mean(pvalues) < 0.62


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


ODD_GROUPS = [
    ({"groups": GROUPS.drop("u05")}, "no value for 'u05'"),
    ({"groups": GROUPS.to_numpy()}, "groups is an array"),
    ({"groups": pd.concat([GROUPS, GROUPS])}, "more than once"),
    ({"groups": GROUPS.where(GROUPS.index != "u05")}, "missing for 'u05'"),
    ({"groups": pd.Series("all", index=UNITS)}, "two or more"),
    ({"groups": pd.Series(["one", *["rest"] * (N - 1)], UNITS)}, "group 'one' has one entity"),
    ({"exposure": "q"}, "'q' is no column of X"),
    ({"exposure": ["x"]}, "is no column of X"),
    ({"fixed_effects": "both"}, "'twoway'"),
    ({"cov_type": "hc1"}, "'cr3'"),
    (
        {"groups": pd.Series(np.arange(N) // 2, UNITS), "fixed_effects": "twoway"},
        "so few entities",
    ),
    ({"full": "no"}, "True or False"),
    ({"level": 95}, "0.95 for 95 %"),
    ({"draws": 1}, "draws=1"),
    ({"seed": "a"}, "seed='a'"),
]
ODD_CURVES = [
    (varying, {"by": GROUPS.astype(str)}, "has 'low' at 'u00'"),
    (varying, {"by": 0 * Z}, "0 everywhere"),
    (varying, {"by": Z.replace(Z.iloc[3], np.inf)}, "infinite at 'u03'"),
    (varying, {"basis": "wavelet"}, "'spline'"),
    (varying, {"basis": "spline", "knots": 2}, "knots=2"),
    (varying, {"basis": "spline", "by": 1.0 * (Z > 0.5)}, "2 different values"),
    (local, {"bandwidth": 0}, "positive"),
    (local, {"bandwidth": "wide"}, "bandwidth='wide'"),
    (local, {"points": 0}, "points=0"),
    (threshold, {"trim": 0.6}, "trim"),
    (threshold, {"trim": "half"}, "trim='half'"),
    (threshold, {"draws": 0}, "draws=0"),
    (threshold, {"by": Z.to_numpy()}, "by is an array"),
]


@pytest.mark.parametrize(("faulty", "words"), ODD_GROUPS)
def test_groups_name_the_fault_in_one_line(faulty, words):
    y, X = simulated(steps)
    given = {"y": y, "X": X, "exposure": "x", "groups": GROUPS} | faulty
    with pytest.raises(HeterogeneityError, match=words) as caught:
        by_group(**given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("function", "faulty", "words"), ODD_CURVES)
def test_curves_name_the_fault_in_one_line(function, faulty, words):
    y, X = simulated(steps)
    given = {"y": y, "X": X, "exposure": "x", "by": Z} | faulty
    with pytest.raises(HeterogeneityError, match=words) as caught:
        function(**given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: study_groups(CARBON, by=3), "by is 3"),
        (lambda: study_groups(CARBON, by=ranking().iloc[1:]), "no value for 'Beijing'"),
        (lambda: study_groups(CARBON, sizes=10), "sizes=10"),
        (lambda: study_groups(CARBON, sizes=(-5, 25, 10)), "a size=-5"),
        (lambda: study_curve(CARBON, kind="cubic"), "kind='cubic'"),
        (lambda: sensitivity(CARBON, ["green"]), "names 'green'"),
        (lambda: sensitivity(CARBON, ["income"], (10, 10, 10)), "sizes=10"),
        (lambda: sensitivity(CARBON, fixed_effects="both"), "names 'both'"),
    ],
)
def test_a_study_names_the_fault(call, words):
    with pytest.raises(HeterogeneityError, match=words):
        call()


def test_collinear_regressors_are_refused():
    with pytest.raises(HeterogeneityError, match="collinear"):
        least_squares(np.ones(4), np.ones((4, 2)), np.arange(4))
