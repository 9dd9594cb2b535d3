"""Tests between models: by their definitions, and the sizes they have under their nulls."""

import numpy as np
import pandas as pd
import pytest
from classic_panels import cigarettes, public_capital
from scipy import stats
from simulated import panel

from spillover.econometrics.selection import (
    HypothesisTest,
    LagrangeTests,
    choose_model,
    hausman,
    lagrange_tests,
    likelihood_ratio,
    mundlak,
    pesaran_cd,
    wald,
    weighted_cd,
)
from spillover.econometrics.selection.batch import lagrange_scores, maxima
from spillover.econometrics.selection.choice import decide
from spillover.econometrics.spatialpanel import SpatialPanel, SpatialPanelError
from spillover.econometrics.spatialpanel.bootstrap import resampler
from spillover.econometrics.spatialpanel.data import within


def fit(panel_, model, **options):
    return SpatialPanel(*panel_, model=model, **options).fit()


@pytest.mark.parametrize(("model", "df"), [("sar", 2), ("sem", 2), ("slx", 1), ("ols", 3)])
def test_likelihood_ratio(small, model, df):
    full, restricted = fit(small, "sdm"), fit(small, model)
    test = likelihood_ratio(restricted, full)
    assert test.statistic == pytest.approx(2 * (full.loglik - restricted.loglik))
    assert test.df == df
    assert test.pvalue == pytest.approx(stats.chi2.sf(test.statistic, df))


def test_error_model_is_not_nested_in_a_partial_durbin_model(small):
    test = likelihood_ratio(fit(small, "sem"), fit(small, "sdm", lagged=["x1"]))
    assert np.isnan(test.pvalue)
    assert np.isnan(test.df)
    assert "not a test" in test.verdict
    assert not test.rejects()


def test_likelihood_ratio_refuses_what_is_not_comparable(small):
    with pytest.raises(SpatialPanelError, match="effects"):
        likelihood_ratio(fit(small, "sar", fixed_effects="entity"), fit(small, "sdm"))
    with pytest.raises(SpatialPanelError, match="special case"):
        likelihood_ratio(fit(small, "sem"), fit(small, "sar"))
    y, X, W = small
    with pytest.raises(SpatialPanelError, match="data"):
        likelihood_ratio(fit((y + 1, X, W), "sar"), fit(small, "sdm"))
    with pytest.raises(SpatialPanelError, match="different data"):
        likelihood_ratio(fit((y, X.assign(x1=X["x1"] ** 2), W), "sar"), fit(small, "sdm"))
    with pytest.raises(SpatialPanelError, match="different W"):
        likelihood_ratio(fit((y, X, W**2), "sar"), fit(small, "sdm", correction=None))
    with pytest.raises(SpatialPanelError, match="restricted is a Series"):
        likelihood_ratio(y, fit(small, "sdm"))
    with pytest.raises(SpatialPanelError, match="the same SDM"):
        likelihood_ratio(fit(small, "sdm"), fit(small, "sdm"))
    with pytest.raises(SpatialPanelError, match=r"draws=1\.5"):
        likelihood_ratio(fit(small, "sar"), fit(small, "sdm"), draws=1.5)


@pytest.mark.parametrize("correction", [None, "transformation", "lee-yu"])
def test_a_model_without_rho_is_the_larger_likelihood_at_zero(small, correction):
    """Whatever the correction of the larger one, and whether the smaller one is given it."""
    full = fit(small, "sdm", correction=correction)
    n, t = full.model.data.shape
    rows = (n - 1) * (t - 1) if correction == "transformation" else n * t
    e = fit(small, "slx").resids
    at_zero = -rows / 2 * (np.log(2 * np.pi * float(e @ e) / rows) + 1)
    for given in {None, "transformation"}:
        test = likelihood_ratio(fit(small, "slx", correction=given), full)
        assert test.statistic == pytest.approx(2 * (full.loglik - at_zero), abs=1e-8)


@pytest.mark.parametrize("effects", ["none", "entity", "time", "twoway"])
@pytest.mark.parametrize("model", ["ols", "slx", "sar", "sdm", "sem", "sdem"])
def test_likelihoods_of_many_outcomes_are_those_of_fits(small, model, effects):
    y, X, W = small
    outcomes = y.to_numpy()[:, None] + np.random.default_rng(4).normal(size=(len(y), 5))
    fits = [fit((y * 0 + v, X, W), model, fixed_effects=effects) for v in outcomes.T]
    heights = maxima(fits[0].model, outcomes)
    assert heights == pytest.approx([each.loglik for each in fits], abs=2e-4)


def test_wild_bootstrap_of_the_likelihood_ratio_by_refitting(small):
    entity = {"fixed_effects": "entity"}
    restricted, full = fit(small, "sar", **entity), fit(small, "sdm", **entity)
    test = likelihood_ratio(restricted, full, draws=39, seed=3)
    made = resampler(restricted, "webb", adjustment="cr2")
    signs = np.random.default_rng(3).choice(made.points, size=(39, made.clusters))
    larger = 1
    for outcome in map(made.outcome, signs):
        again = (small[0] * 0 + outcome, *small[1:])
        ratio = fit(again, "sdm", **entity).loglik - fit(again, "sar", **entity).loglik
        larger += 2 * ratio >= test.statistic
    assert test.bootstrap == larger / 40
    assert test.decisive == test.bootstrap
    assert test.pvalue == likelihood_ratio(restricted, full).pvalue


def test_bootstrap_holds_its_size_where_the_likelihood_ratio_does_not():
    """Errors that persist in entities of unequal variance: LR rejects often, the bootstrap 5 %."""
    n, t, samples = 20, 6, 160
    y, X, W = panel(n=n, t=t, seed=5)
    rng = np.random.default_rng(8)
    X = X + np.repeat(rng.normal(size=(n, 1, 2)), t, axis=1).cumsum(axis=1).reshape(n * t, 2)
    spread = np.exp(0.5 * rng.normal(size=(n, 1)))
    rejections = np.zeros(2)
    for seed in range(samples):
        noise = spread * rng.normal(size=(n, t)).cumsum(axis=1)
        given = (y * 0 + noise.ravel(), X, W)
        smaller, larger = fit(given, "ols"), fit(given, "slx")
        test = likelihood_ratio(smaller, larger, draws=99, seed=seed)
        rejections += test.pvalue <= 0.05, test.bootstrap <= 0.05
    classic, bootstrap = rejections / samples
    assert classic > 0.15
    assert 0.005 < bootstrap < 0.11


def test_wald_of_one_restriction_is_the_squared_t(small):
    full = fit(small, "sdm")
    assert wald(full, "slx").statistic == pytest.approx(full.tstats["rho"] ** 2)
    partial = fit(small, "sdm", lagged=["x1"])
    assert wald(partial, "sar").statistic == pytest.approx(partial.tstats["W_x1"] ** 2)


def test_wald_against_sem_by_numerical_delta_method(small):
    full = fit(small, "sdm")
    theta, cov = full.params.to_numpy(), full.cov.to_numpy()

    def gap(p):
        return p[2:4] + p[4] * p[:2]

    step = 1e-6
    J = np.column_stack([(gap(theta + m) - gap(theta - m)) / (2 * step) for m in step * np.eye(5)])
    expected = gap(theta) @ np.linalg.solve(J @ cov @ J.T, gap(theta))
    test = wald(full, "sem")
    assert test.statistic == pytest.approx(expected, rel=1e-6)
    assert test.df == 2


def test_wald_with_clusters_is_hotellings(small):
    y, X, W = small
    full = SpatialPanel(y, X, W).fit("cr3")
    theta = full.params[["W_x1", "W_x2"]].to_numpy()
    spread = full.cov.loc[["W_x1", "W_x2"], ["W_x1", "W_x2"]].to_numpy()
    squared = theta @ np.linalg.solve(spread, theta)
    test = wald(full, "sar")
    assert test.statistic == pytest.approx(squared)
    assert test.pvalue == pytest.approx(stats.f.sf(squared * 10 / (2 * 11), 2, 10))
    assert (test.df, test.denominator) == (2, 10)
    assert wald(full, "slx").pvalue == pytest.approx(full.pvalues["rho"])


def test_wald_of_lagged_regressors_without_rho(small):
    full = fit(small, "slx")
    theta = full.params[["W_x1", "W_x2"]].to_numpy()
    spread = full.cov.loc[["W_x1", "W_x2"], ["W_x1", "W_x2"]].to_numpy()
    assert wald(full, "ols").statistic == pytest.approx(theta @ np.linalg.solve(spread, theta))


def test_wald_from_the_durbin_error_model(small):
    full = fit(small, "sdem")
    theta = full.params[["W_x1", "W_x2"]].to_numpy()
    spread = full.cov.loc[["W_x1", "W_x2"], ["W_x1", "W_x2"]].to_numpy()
    assert wald(full, "sem").statistic == pytest.approx(theta @ np.linalg.solve(spread, theta))
    with pytest.raises(SpatialPanelError):
        wald(full, "sar")


def test_lagrange_tests_by_their_definition(small):
    """Every quantity written out with the N·T × N·T matrix."""
    y, X, W = small
    n, t = 12, 6
    big = np.kron(W.to_numpy(), np.eye(t))
    D = np.column_stack([np.kron(np.eye(n), np.ones((t, 1))), np.kron(np.ones((n, 1)), np.eye(t))])
    Q = np.eye(n * t) - D @ np.linalg.pinv(D)
    x, v = Q @ X.to_numpy(), Q @ y.to_numpy()
    M = np.eye(n * t) - x @ np.linalg.inv(x.T @ x) @ x.T
    e, signal = M @ v, big @ (v - M @ v)
    s2 = e @ e / (n * t)
    TW = t * np.trace(W.to_numpy() @ W.to_numpy() + W.to_numpy().T @ W.to_numpy())
    J = (signal @ M @ signal + TW * s2) / s2
    a, c = e @ big @ y.to_numpy() / s2, e @ big @ e / s2
    lm = lagrange_tests(SpatialPanel(y, X, W, model="ols"), standardised=False)
    assert lm.lag.statistic == pytest.approx(a**2 / J)
    assert lm.error.statistic == pytest.approx(c**2 / TW)
    assert lm.robust_lag.statistic == pytest.approx((a - c) ** 2 / (J - TW))
    assert lm.robust_error.statistic == pytest.approx((c - TW / J * a) ** 2 / (TW * (1 - TW / J)))
    assert lm.joint.statistic == pytest.approx(lm.lag.statistic + lm.robust_error.statistic)


@pytest.mark.parametrize("effects", ["none", "entity", "time", "twoway"])
def test_standardised_lagrange_tests_by_their_definition(small, effects):
    """Moments of e′We with the N·T × N·T matrices."""
    y, X, W = small
    model = SpatialPanel(y, X, W, model="ols", fixed_effects=effects)
    n, t = model.data.shape
    big, Z = np.kron(W.to_numpy(), np.eye(t)), model.design.Z
    M = within(np.eye(n * t), (n, t), effects) - Z @ np.linalg.solve(Z.T @ Z, Z.T)
    rows = np.trace(M)
    A = M @ big @ M
    S = (A + A.T) / 2
    mean = np.trace(A)
    spread = rows / (rows + 2) * (2 * np.sum(S * S) + mean**2) - mean**2
    v = y.to_numpy()
    e, signal = M @ v, M @ big @ (v - M @ v)
    s2 = e @ e / rows
    a, c, d = e @ big @ v / s2 - mean, e @ big @ e / s2 - mean, signal @ signal / s2
    lm = lagrange_tests(model)
    assert lm.lag.statistic == pytest.approx(a**2 / (d + spread))
    assert lm.error.statistic == pytest.approx(c**2 / spread)
    assert lm.robust_lag.statistic == pytest.approx((a - c) ** 2 / d)
    share = spread / (d + spread)
    assert lm.robust_error.statistic == pytest.approx((c - share * a) ** 2 / (spread * (1 - share)))
    assert lm.joint.statistic == pytest.approx(lm.lag.statistic + lm.robust_error.statistic)


@pytest.mark.parametrize("effects", ["none", "twoway"])
def test_standardised_lagrange_tests_hold_their_size(effects):
    """About 5 % of samples without dependence; with two-way effects, the classic ones do not."""
    y, X, W = panel(n=25, t=8, seed=0)
    model = SpatialPanel(y, X, W, model="ols", fixed_effects=effects)
    noise = np.random.default_rng(1).normal(size=(len(y), 3000))
    critical = stats.chi2.isf(0.05, [1, 1, 1, 1, 2])
    sizes = {
        standardised: (
            lagrange_scores(model.design, noise, standardised=standardised).statistics()
            > critical[:, None]
        ).mean(axis=1)
        for standardised in (True, False)
    }
    assert (np.abs(sizes[True] - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 3000)).all()
    if effects == "twoway":
        assert (sizes[False][[0, 1, 4]] > 0.09).all()


def test_bootstrap_of_lagrange_tests_by_refitting(small):
    y, X, W = small
    model = SpatialPanel(y, X, W, model="ols")
    lm = lagrange_tests(model, draws=39, seed=2)
    made = resampler(model.fit(), "webb", adjustment=None)
    signs = np.random.default_rng(2).choice(made.points, size=(39, made.clusters))
    larger = np.ones(5)
    for outcome in map(made.outcome, signs):
        again = lagrange_tests(SpatialPanel(y * 0 + outcome, X, W, model="ols"))
        larger += [a.statistic >= b.statistic for a, b in zip(again, lm, strict=True)]
    assert [test.bootstrap for test in lm] == pytest.approx(larger / 40)
    assert "bootstrap p" in lm.lag.verdict


def test_lagrange_tests_start_from_least_squares(small):
    with pytest.raises(SpatialPanelError, match="ols"):
        lagrange_tests(SpatialPanel(*small, model="sar"))
    with pytest.raises(SpatialPanelError, match=r"fit\.model"):
        lagrange_tests(fit(small, "ols"))


def test_hausman_by_its_definition():
    data = cigarettes()
    fixed = fit(data, "sar", fixed_effects="entity", correction="lee-yu")
    random = fit(data, "sar", random_effects=True)
    names = list(fixed.params.index)
    gap = (fixed.params - random.params[names]).to_numpy()
    spread = (fixed.cov - random.cov.loc[names, names]).to_numpy()
    test = hausman(fixed, random, covariances="own")
    if np.linalg.eigvalsh(spread).min() > 0:
        assert test.statistic == pytest.approx(gap @ np.linalg.inv(spread) @ gap)
        assert test.df == 3
    else:
        assert "not positive definite" in test.verdict


def test_hausman_without_a_positive_definite_difference_says_so():
    data = public_capital()
    pair = (fit(data, "sdm", fixed_effects="entity"), fit(data, "sdm", random_effects=True))
    test = hausman(*pair, covariances="own")
    assert np.isnan(test.pvalue)
    assert "not positive definite" in test.verdict
    assert 0 <= hausman(*pair).pvalue <= 1


def test_hausman_with_one_variance_is_the_comparison_of_within_and_between(small):
    """Without space: H = (β_w − β_b)′(V_w + V_b)⁻¹(β_w − β_b) for both variances of the RE fit."""
    y, X, _ = small
    random = fit(small, "ols", random_effects=True)
    test = hausman(fit(small, "ols", fixed_effects="entity"), random)
    means_y, means_x = y.groupby(level=0).mean(), X.groupby(level=0).mean()
    means_x, means_y = means_x - means_x.mean(), means_y - means_y.mean()
    inner = X - X.groupby(level=0).transform("mean")
    moments = inner.to_numpy().T @ inner.to_numpy(), 6 * means_x.to_numpy().T @ means_x.to_numpy()
    slopes = (
        np.linalg.solve(moments[0], inner.to_numpy().T @ y.to_numpy()),
        np.linalg.solve(moments[1], 6 * means_x.to_numpy().T @ means_y.to_numpy()),
    )
    variances = random.sigma2, random.sigma2 / random.estimate.phi**2
    spread = sum(v * np.linalg.inv(m) for v, m in zip(variances, moments, strict=True))
    gap = slopes[0] - slopes[1]
    assert test.statistic == pytest.approx(gap @ np.linalg.solve(spread, gap), rel=1e-5)
    assert test.df == 2


@pytest.mark.filterwarnings("ignore:the likelihood has")
@pytest.mark.parametrize("effects", ["entity", "twoway"])
def test_hausman_is_always_defined(effects):
    partner = {"entity": "none", "twoway": "time"}[effects]
    for seed in range(10):
        given = panel(n=30, t=6, seed=seed)
        fixed = fit(given, "sdm", fixed_effects=effects)
        random = fit(given, "sdm", random_effects=True, fixed_effects=partner)
        assert hausman(fixed, random).statistic >= 0


def test_bootstrap_of_hausman(small):
    fixed, random = (
        fit(small, "sar", fixed_effects="entity"),
        fit(small, "sar", random_effects=True),
    )
    test = hausman(fixed, random, draws=19, seed=1)
    assert 0.05 <= test.bootstrap <= 1
    assert (20 * test.bootstrap) % 1 == pytest.approx(0)
    assert test.bootstrap == hausman(fixed, random, draws=19, seed=1).bootstrap


def test_hausman_refuses_other_pairs(small):
    random = fit(small, "sar", random_effects=True)
    with pytest.raises(SpatialPanelError, match="entity effects"):
        hausman(fit(small, "sar"), random)
    with pytest.raises(SpatialPanelError, match="same model"):
        hausman(fit(small, "sdm", fixed_effects="entity"), random)


def test_mundlak_finds_correlated_effects_and_only_those():
    y, X, W = panel(n=40, t=6, seed=2)
    means = X["x1"].groupby(level=0).transform("mean")
    assert mundlak(fit((y + 4 * means, X, W), "sar", random_effects=True)).pvalue < 1e-4
    assert mundlak(fit((y, X, W), "sar", random_effects=True)).pvalue > 1e-3


def test_mundlak_without_space_is_the_regression_with_means(small):
    y, X, W = small
    random = fit(small, "ols", random_effects=True)
    means = X.groupby(level=0).transform("mean").add_prefix("mean_")
    extended = SpatialPanel(
        y, pd.concat([X, means], axis=1), W, model="ols", random_effects=True
    ).fit()
    gap = extended.params[["mean_x1", "mean_x2"]].to_numpy()
    spread = extended.cov.loc[["mean_x1", "mean_x2"], ["mean_x1", "mean_x2"]].to_numpy()
    assert mundlak(random).statistic == pytest.approx(gap @ np.linalg.solve(spread, gap))


def test_pesaran_cd_by_its_definition(small):
    full = fit(small, "sar", fixed_effects="entity")
    e = full.resids.unstack().to_numpy()
    n, t = e.shape
    r = np.corrcoef(e)
    expected = np.sqrt(2 * t / (n * (n - 1))) * r[np.triu_indices(n, 1)].sum()
    test = pesaran_cd(full)
    assert test.statistic == pytest.approx(expected)
    assert test.pvalue == pytest.approx(2 * stats.norm.sf(abs(expected)))


def test_weighted_cd_by_its_definition(small):
    full = fit(small, "sar")
    e = full.resids.unstack().to_numpy()
    n, t = e.shape
    signs = np.random.default_rng(7).choice([-1.0, 1.0], size=n)
    r = np.corrcoef(e) * np.outer(signs, signs)
    expected = np.sqrt(2 * t / (n * (n - 1))) * r[np.triu_indices(n, 1)].sum()
    assert weighted_cd(full, seed=7).statistic == pytest.approx(expected)


def test_weighted_cd_holds_its_size_where_pesarans_is_refused():
    """With time effects; r² is T/(T − 1) of what it is taken for, hence a little above 5 %."""
    y, X, W = panel(n=30, t=10, seed=3)
    model, rng = fit((y, X, W), "ols"), np.random.default_rng(0)
    with pytest.raises(SpatialPanelError, match="weighted_cd"):
        pesaran_cd(model)
    samples, rejections = 400, 0
    for seed in range(samples):
        noise = y * 0 + rng.normal(size=len(y))
        rejections += weighted_cd(fit((noise, X, W), "ols"), seed=seed).rejects()
    assert 0.02 < rejections / samples < 0.11


def test_cd_needs_three_periods():
    with pytest.raises(SpatialPanelError, match="three periods"):
        pesaran_cd(fit(panel(n=12, t=2), "sar", fixed_effects="none"))


def test_decision_table():
    y, X, W = public_capital()
    choice = choose_model(y, X, W, fixed_effects="entity", correction=None)
    table = choice.table
    assert list(table.columns) == ["statistic", "df", "pvalue", "bootstrap", "verdict"]
    assert choice.recommended == "sdm"
    assert "Durbin" in choice.reason
    assert table.loc["LM error", "statistic"] == pytest.approx(223.868, abs=5e-4)
    assert table.loc["LR SDM against SAR", "statistic"] == pytest.approx(
        2 * (1655.01902834 - 1609.72002982), abs=1e-5
    )
    assert table.loc["LR SDM against SEM", "statistic"] == pytest.approx(
        2 * (1655.01902834 - 1634.02068047), abs=1e-5
    )
    assert choice["Wald SDM against SAR"].df == 4
    assert "rejected" in choice._repr_html_()
    assert choice.reason in str(choice)


def test_decision_without_spatial_dependence():
    y, X, W = panel(n=25, t=8, seed=0)
    noise = pd.Series(np.random.default_rng(3).normal(size=len(y)), y.index, name="y")
    choice = choose_model(noise, X, W, fixed_effects="none")
    assert choice.recommended == "ols"
    assert "no test: the model has no entity effects" in set(choice.table["verdict"])


@pytest.mark.parametrize(
    ("rho", "theta", "lam", "expected"),
    [(0.5, 0.0, 0.0, "sar"), (0.5, 1.0, 0.0, "sdm"), (0.0, 0.0, 0.6, "sem")],
)
def test_decision_finds_the_model_that_made_the_data(rho, theta, lam, expected):
    n, t = 50, 12
    ring = (np.roll(np.eye(n), 1, axis=1) + np.roll(np.eye(n), -1, axis=1)) / 2
    rng = np.random.default_rng(1)
    x, e = rng.normal(size=(2, n, t))
    u = np.linalg.solve(np.eye(n) - lam * ring, e)
    y = np.linalg.solve(np.eye(n) - rho * ring, x + theta * ring @ x + rng.normal(size=(n, 1)) + u)
    index = pd.MultiIndex.from_product([range(n), range(t)])
    choice = choose_model(
        pd.Series(y.ravel(), index, name="y"),
        pd.DataFrame({"x": x.ravel()}, index),
        pd.DataFrame(ring),
        fixed_effects="entity",
    )
    assert choice.recommended == expected


def with_pvalue(p):
    return HypothesisTest("", "", float(stats.chi2.isf(p, 1)), 1.0, p)


def decision(lm=(0.9, 0.9, 0.9), robust=(0.9, 0.9), lags=0.9, simpler=(0.9, 0.9, 0.9), level=0.05):
    """The rule applied to p-values: LM lag, error, joint; robust lag, error; SAR, SEM, SLX."""
    (lag, error, joint), robust = map(with_pvalue, lm), [with_pvalue(p) for p in robust]
    tests = LagrangeTests(lag, error, *robust, joint)
    return decide(tests, with_pvalue(lags), [with_pvalue(p) for p in simpler], level)


@pytest.mark.parametrize(
    ("lags", "against_slx", "expected"),
    [(0.2, 0.2, "ols"), (0.2, 0.01, "ols"), (0.01, 0.2, "slx"), (0.01, 0.01, "sdm")],
)
def test_without_lag_or_error_the_lagged_regressors_decide(lags, against_slx, expected):
    """Whatever the robust tests say: they are read only where the plain ones reject."""
    for robust in ((0.9, 0.9), (0.001, 0.9), (0.9, 0.001)):
        model, reason = decision(robust=robust, lags=lags, simpler=(0.9, 0.9, against_slx))
        assert model == expected
        assert "neither a spatial lag nor a spatial error" in reason


@pytest.mark.parametrize("which", [0, 1, 2], ids=["lag", "error", "joint"])
def test_each_lm_test_alone_finds_spatial_dependence(which):
    lm = [0.9, 0.9, 0.9]
    assert decision(lm)[0] == "ols"
    lm[which] = 0.01
    assert decision(lm) == decision((0.01, 0.01, 0.01))
    assert decision(lm)[0] == "sdm"


@pytest.mark.parametrize(
    ("sar_rejected", "sem_rejected", "robust_lag", "robust_error", "expected"),
    [
        # both simplifications are open: the robust test that rejects, or rejects more clearly
        (False, False, 0.01, 0.2, "sar"),
        (False, False, 0.2, 0.01, "sem"),
        (False, False, 0.001, 0.01, "sar"),
        (False, False, 0.01, 0.001, "sem"),
        (False, False, 0.2, 0.6, "sdm"),
        (False, False, 0.6, 0.2, "sdm"),
        # only the lag model is open: unless the robust tests point to the error
        (False, True, 0.01, 0.2, "sar"),
        (False, True, 0.001, 0.01, "sar"),
        (False, True, 0.2, 0.6, "sar"),
        (False, True, 0.6, 0.2, "sar"),
        (False, True, 0.2, 0.01, "sdm"),
        (False, True, 0.01, 0.001, "sdm"),
        # only the error model is open: if the robust tests point to it
        (True, False, 0.2, 0.01, "sem"),
        (True, False, 0.01, 0.001, "sem"),
        (True, False, 0.01, 0.2, "sdm"),
        (True, False, 0.001, 0.01, "sdm"),
        (True, False, 0.2, 0.6, "sdm"),
        (True, False, 0.6, 0.2, "sdm"),
        # neither is open
        (True, True, 0.01, 0.2, "sdm"),
        (True, True, 0.2, 0.01, "sdm"),
    ],
)
def test_robust_lm_tests_choose_among_the_open_simplifications(
    sar_rejected, sem_rejected, robust_lag, robust_error, expected
):
    simpler = (0.01 if sar_rejected else 0.9, 0.01 if sem_rejected else 0.9, 0.01)
    model, reason = decision((0.01, 0.01, 0.01), (robust_lag, robust_error), simpler=simpler)
    assert model == expected
    named = {"sar": "SAR is preferred", "sem": "SEM is preferred", "sdm": "spatial Durbin model"}
    assert named[expected] in reason
    assert ("cannot be simplified" in reason) == (sar_rejected and sem_rejected)


@pytest.mark.parametrize("robust", [(0.9, 0.01), (0.01, 0.9), (0.9, 0.9)])
@pytest.mark.parametrize("against_sar", [0.01, 0.9])
def test_error_model_that_is_not_nested_is_never_chosen(robust, against_sar):
    simpler = (against_sar, float("nan"), 0.9)
    model, reason = decision((0.01, 0.01, 0.01), robust, simpler=simpler)
    assert model == ("sar" if against_sar > 0.05 and robust != (0.9, 0.01) else "sdm")
    assert ("not nested" in reason) == (against_sar < 0.05)


def test_decision_compares_statistics_where_both_p_values_are_zero():
    both = [HypothesisTest("", "", size, 1.0, 0.0) for size in (2000.0, 1900.0)]
    sure = with_pvalue(1e-9)
    simpler = [with_pvalue(0.9)] * 3
    for robust, expected in ((both, "sar"), (both[::-1], "sem")):
        lm = LagrangeTests(sure, sure, *robust, sure)
        assert decide(lm, sure, simpler)[0] == expected


def test_durbin_model_without_a_significant_lag_of_y_says_so():
    reasons = [
        decision((0.01, 0.01, 0.01), simpler=(0.01, 0.01, against_slx))[1]
        for against_slx in (0.9, 0.01)
    ]
    assert ["SLX does as well" in reason for reason in reasons] == [True, False]


def test_covariance_says_which_tests_decide():
    """Lagged regressors that χ² tests find, and tests for persistent errors do not."""
    from spillover import CARBON

    data = CARBON.frame()
    given = (data["CP"], data[list(CARBON.regressors)], CARBON.graph())
    same_variance = choose_model(*given)
    assert same_variance["LR SLX against OLS"].pvalue < 0.05
    assert np.isnan(same_variance["LR SLX against OLS"].bootstrap)
    assert same_variance.recommended == "slx"
    bootstrapped = choose_model(*given, cov_type="cr3", draws=199)
    assert bootstrapped["LR SLX against OLS"].bootstrap > 0.05
    assert bootstrapped.recommended == "ols"
    by_wald = choose_model(*given, cov_type="cr3", draws=0)
    assert np.isnan(by_wald["LR SLX against OLS"].bootstrap)
    assert wald(by_wald.fits["slx"], "ols").pvalue > 0.05
    # the LM tests have no version for clusters without a bootstrap
    assert by_wald.recommended == "ols"


def test_choice_refuses_a_level_that_is_no_share(small):
    with pytest.raises(SpatialPanelError, match="level=95"):
        choose_model(*small, level=95)


def test_decision_depends_on_the_level():
    assert decision((0.03, 0.9, 0.9), (0.03, 0.9), level=0.05)[0] == "sar"
    assert decision((0.03, 0.9, 0.9), (0.03, 0.9), level=0.01)[0] == "ols"


def test_decision_for_a_partial_durbin_model(small):
    choice = choose_model(*small, lagged=["x1"])
    row = choice.table.loc["LR SDM against SEM"]
    assert np.isnan(row["pvalue"])
    assert row["verdict"].startswith("not a test")


def test_lagged_regressors_alone():
    """The LM tests see no lag and no error in the first study, yet WX matters: SLX."""
    from spillover import CARBON

    data = CARBON.frame()
    choice = choose_model(data["CP"], data[list(CARBON.regressors)], CARBON.graph())
    assert choice["LM joint"].pvalue > 0.05
    assert choice["LR SLX against OLS"].pvalue < 0.05
    assert choice["LR SDM against SLX"].pvalue > 0.05
    assert choice.recommended == "slx"
    ratio = 2 * (choice.fits["slx"].loglik - choice.fits["ols"].loglik)
    assert choice["LR SLX against OLS"].statistic == pytest.approx(ratio)
