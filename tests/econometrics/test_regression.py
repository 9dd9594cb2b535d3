"""Pooled least squares and fixed effects against statsmodels, pyfixest and a jackknife."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from spillover.econometrics import regression, wild
from spillover.studies import CARBON


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


EFFECTS = ["none", "entity", "time", "twoway"]


@pytest.mark.parametrize(
    ("fixed_effects", "clustered", "cr3"),
    [
        ("none", (0.566562730271, 0.276800430119), (0.674669742278, 0.363780948885)),
        ("entity", (0.50132611428, 0.157637154747), (0.557267304622, 0.192073136964)),
        ("time", (0.659609201376, 0.43707934936), (0.849780283898, 0.564797381473)),
        ("twoway", (0.505690082721, 0.343493510338), (0.648618321423, 0.47487675337)),
    ],
)
def test_clustered_errors_against_pyfixest(data, fixed_effects, clustered, cr3):
    """pyfixest 0.60.0, ``feols("y ~ x1 + x2 | effects")``.

    CRV1 with ssc(k_adj=True, k_fixef="nonnested", G_adj=True); for two-way effects the years are
    given as dummies, C(year) | province, since they are not nested. CRV3 without its own factor,
    ssc(k_adj=False, G_adj=False): the jackknife's is (C − 1)/C.
    """
    ours = regression.ols(*data, fixed_effects, "clustered")
    np.testing.assert_allclose(ours.std_errors[["x1", "x2"]], clustered)
    ours = regression.ols(*data, fixed_effects, "cr3")
    np.testing.assert_allclose(ours.std_errors[["x1", "x2"]], np.sqrt(7 / 8) * np.array(cr3))


def jackknife(y, X, fixed_effects):
    """(C − 1)/C times the spread of the estimates that leave one province out."""
    whole = regression.ols(y, X, fixed_effects).params[list(X)]
    gaps = []
    for name in y.index.unique(0):
        kept = y.index.get_level_values(0) != name
        gaps.append(regression.ols(y[kept], X[kept], fixed_effects).params[list(X)] - whole)
    c = len(gaps)
    return (c - 1) / c * sum(np.outer(gap, gap) for gap in gaps)


@pytest.mark.parametrize("fixed_effects", EFFECTS)
@pytest.mark.parametrize("balanced", [True, False])
def test_cr3_is_the_jackknife_over_clusters(data, fixed_effects, balanced):
    y, X = data if balanced else (part.drop(part.index[[3, 10, 11, 30]]) for part in data)
    ours = regression.ols(y, X, fixed_effects, "cr3").cov.loc[list(X), list(X)]
    np.testing.assert_allclose(ours, jackknife(y, X, fixed_effects))


@pytest.mark.parametrize("fixed_effects", EFFECTS)
def test_cr2_is_unbiased_under_independent_errors(data, fixed_effects):
    """E[V] over e ~ (0, I), summed over its unit vectors, is A⁻¹ as i.i.d. errors have it."""
    _, X = data
    entities, periods = np.repeat(np.arange(8), 6), np.tile(np.arange(6), 8)
    columns = regression.design(X.to_numpy(), entities, periods, fixed_effects)
    bread = np.linalg.inv(columns.T @ columns)
    maker = np.eye(48) - columns @ bread @ columns.T
    if fixed_effects in ("entity", "twoway"):  # which the columns have lost, and so must errors
        maker = maker @ (np.eye(48) - np.kron(np.eye(8), np.full((6, 6), 1 / 6)))
    each = (
        regression.clustered_covariance(columns, maker[:, i], entities, "cr2") for i in range(48)
    )
    np.testing.assert_allclose(sum(each)[:2, :2], bread[:2, :2])


def test_few_clusters_widen_the_interval(data):
    fit = regression.ols(*data, "twoway", "cr3")
    assert fit.df == 7
    low, high = fit.conf_int(0.9).loc["x1"]
    assert (high - low) / 2 == pytest.approx(1.894579 * fit.std_errors["x1"])  # t table, 7 df
    edge = regression.ols(*data, "twoway", "cr3").conf_int(1 - fit.pvalues["x1"]).loc["x1"]
    assert np.abs(edge).min() == pytest.approx(0, abs=1e-9)


def test_where_a_regressor_moves_in_one_cluster_alone_the_jackknife_does_without_it(data):
    y, X = data
    own = (y.index.get_level_values(0) == "a").astype(float)
    ours = regression.ols(y, X.assign(a=own), cov_type="cr3")
    gaps = []
    for name in y.index.unique(0):
        kept = y.index.get_level_values(0) != name
        part = X[kept] if name == "a" else X.assign(a=own)[kept]
        gaps.append((regression.ols(y[kept], part).params - ours.params)[["x1", "x2"]])
    expected = 7 / 8 * sum(np.outer(gap, gap) for gap in gaps)
    np.testing.assert_allclose(ours.cov.loc[["x1", "x2"], ["x1", "x2"]], expected)


@pytest.mark.parametrize(
    ("fixed_effects", "counts"), [("none", (36, 28)), ("entity", (36, 82)), ("twoway", (10, 4))]
)
def test_wild_bootstrap_against_wildboottest(data, fixed_effects, counts):
    """wildboottest 0.3.2, all 2⁸ draws, bootstrap_type="11", effects as dummies.

    Its p-values are 36, 26, 36, 80, 8 and 2 of 256; it leaves out the draw that is the data and
    the one with all signs changed where rounding lets it (all but the first and third).
    """
    fit = regression.ols(*data, fixed_effects, "clustered")
    for name, count in zip(["x1", "x2"], counts, strict=True):
        found = fit.wild(name)
        assert found.replications == 256
        assert found.pvalue == count / 256
        assert found.statistic == pytest.approx(fit.tstats[name] ** 2)


def test_wild_set_holds_what_is_not_rejected(data):
    fit = regression.ols(*data, "twoway", "cr3")
    found = fit.wild("x1", level=0.9, replications=199, weights="webb").confidence_set
    assert found.kind == "interval"
    for end, inwards in ((found.low, 1), (found.high, -1)):
        step = 0.01 * inwards * fit.std_errors["x1"]
        options = {"level": None, "replications": 199, "weights": "webb"}
        assert fit.wild("x1", end + step, **options).pvalue > 0.1
        assert fit.wild("x1", end - step, **options).pvalue <= 0.1


def test_sizes_with_thirty_provinces():
    """5 % tests of the exposure's coefficient over the first study's own regressors.

    Errors that depend over time and spread unequally between provinces, 300 samples. Clustered
    errors alone reject too often; the bounds are three standard errors of the simulation about
    sizes of 3 and 7 %.
    """
    X = CARBON.frame(*CARBON.regressors)
    rng = np.random.default_rng(3)
    entities, periods = np.repeat(np.arange(30), 10), np.tile(np.arange(10), 30)
    columns = regression.design(X.to_numpy(), entities, periods, "none")
    bread = np.linalg.inv(columns.T @ columns)
    test = wild.CoefficientTest(columns[:, :1], columns[:, 1:], entities)
    signs, _ = wild.draws(30, 199, seed=1)
    rejected = []
    for _ in range(300):
        y = rng.normal(size=(30, 10))
        for j in range(1, 10):
            y[:, j] += 0.6 * y[:, j - 1]
        y = y.ravel()
        b = bread @ columns.T @ y
        row = []
        for cov_type in ("clustered", "cr3"):
            V = regression.clustered_covariance(columns, y - columns @ b, entities, cov_type)
            row.append(b[0] ** 2 / V[0, 0] > 4.183)  # F(1, 29) at 5 %
        row.append(1 + (test.drawn(y, signs) >= test.statistic(y)).sum() <= 10)
        rejected.append(row)
    clustered, cr3, bootstrap = np.mean(rejected, axis=0)
    assert clustered > 0.08
    assert 0.005 < cr3 < 0.115
    assert 0.005 < bootstrap < 0.115


def test_rows_must_say_whose_and_when_they_are(data):
    y, X = data
    with pytest.raises(ValueError, match="y is an array"):
        regression.ols(y.to_numpy(), X)
    with pytest.raises(ValueError, match="X has no two-level index"):
        regression.ols(y, X.reset_index(drop=True))


@pytest.mark.parametrize("kernel", ["bartlett", "uniform"])
@pytest.mark.parametrize("lags", [0, 2])
@pytest.mark.parametrize("balanced", [True, False])
def test_conley_is_the_double_sum_over_rows(data, kernel, lags, balanced):
    """Every pair of rows by its weight: same period by distance, same province by lag."""
    y, X = data if balanced else (part.drop(part.index[[3, 10, 11, 30]]) for part in data)
    names = list("hgfedcba")  # another order than the panel's
    at = np.random.default_rng(9).uniform(size=(8, 2))
    distances = pd.DataFrame(np.linalg.norm(at[:, None] - at, axis=2), names, names)
    ours = regression.ols(y, X, "none", "conley", distances, 0.5, kernel, lags)
    H = X.assign(const=1.0).to_numpy()
    e, bread, meat = ours.resids.to_numpy(), np.linalg.inv(H.T @ H), np.zeros((3, 3))
    for a, (i, s) in enumerate(y.index):
        for b, (j, t) in enumerate(y.index):
            near, back = distances.at[i, j] / 0.5, abs(s - t)
            weight = 0.0
            if s == t:
                weight = (near < 1) * (1 - near if kernel == "bartlett" else 1.0)
            elif i == j:
                weight = max(0.0, 1 - back / (lags + 1))
            meat += weight * e[a] * e[b] * np.outer(H[a], H[b])
    n = len(y)
    np.testing.assert_allclose(ours.cov, n / (n - 3) * bread @ meat @ bread)


@pytest.mark.parametrize("fixed_effects", EFFECTS)
def test_conley_of_the_nearest_alone_is_white(data, fixed_effects):
    apart = pd.DataFrame(10.0 * (1 - np.eye(8)), list("abcdefgh"), list("abcdefgh"))
    ours = regression.ols(*data, fixed_effects, "conley", apart, 5.0)
    white = regression.ols(*data, fixed_effects, "heteroskedastic")
    names = ["x1", "x2"]
    np.testing.assert_allclose(ours.cov.loc[names, names], white.cov.loc[names, names])
    np.testing.assert_allclose(ours.pvalues[names], white.pvalues[names])


def test_conley_needs_all_distances(data):
    apart = pd.DataFrame(np.zeros((7, 7)), list("abcdefg"), list("abcdefg"))
    with pytest.raises(ValueError, match="distances have no 'h'"):
        regression.ols(*data, "none", "conley", apart, 5.0)
    with pytest.raises(ValueError, match="takes distances and a cutoff"):
        regression.ols(*data, "none", "conley")
    with pytest.raises(ValueError, match="takes distances and a cutoff"):
        regression.ols(*data, "none", "cr3", apart, 5.0)
