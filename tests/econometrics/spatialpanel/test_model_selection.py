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
)
from spillover.econometrics.selection.choice import decide
from spillover.econometrics.spatialpanel import SpatialPanel, SpatialPanelError


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
    lm = lagrange_tests(SpatialPanel(y, X, W, model="ols"))
    assert lm.lag.statistic == pytest.approx(a**2 / J)
    assert lm.error.statistic == pytest.approx(c**2 / TW)
    assert lm.robust_lag.statistic == pytest.approx((a - c) ** 2 / (J - TW))
    assert lm.robust_error.statistic == pytest.approx((c - TW / J * a) ** 2 / (TW * (1 - TW / J)))
    assert lm.joint.statistic == pytest.approx(lm.lag.statistic + lm.robust_error.statistic)


def test_lagrange_tests_hold_their_size():
    """Without spatial dependence about 5 % of the tests reject at 5 %."""
    rejections = np.zeros(5)
    draws = 300
    y, X, W = panel(n=25, t=8, seed=0)
    for seed in range(draws):
        noise = pd.Series(np.random.default_rng(seed).normal(size=len(y)), y.index)
        lm = lagrange_tests(SpatialPanel(noise, X, W, model="ols", fixed_effects="none"))
        rejections += [test.rejects() for test in lm]
    assert (np.abs(rejections / draws - 0.05) < 4 * np.sqrt(0.05 * 0.95 / draws)).all()


def test_lagrange_tests_start_from_least_squares(small):
    with pytest.raises(SpatialPanelError, match="ols"):
        lagrange_tests(SpatialPanel(*small, model="sar"))


def test_hausman_by_its_definition():
    data = cigarettes()
    fixed = fit(data, "sar", fixed_effects="entity", correction="lee-yu")
    random = fit(data, "sar", random_effects=True)
    names = list(fixed.params.index)
    gap = (fixed.params - random.params[names]).to_numpy()
    spread = (fixed.cov - random.cov.loc[names, names]).to_numpy()
    test = hausman(fixed, random)
    if np.linalg.eigvalsh(spread).min() > 0:
        assert test.statistic == pytest.approx(gap @ np.linalg.inv(spread) @ gap)
        assert test.df == 3
    else:
        assert "not positive definite" in test.verdict


def test_hausman_without_a_positive_definite_difference_says_so():
    data = public_capital()
    test = hausman(fit(data, "sdm", fixed_effects="entity"), fit(data, "sdm", random_effects=True))
    assert np.isnan(test.pvalue)
    assert "not positive definite" in test.verdict


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
    full = fit(small, "sar")
    e = full.resids.unstack().to_numpy()
    n, t = e.shape
    r = np.corrcoef(e)
    expected = np.sqrt(2 * t / (n * (n - 1))) * r[np.triu_indices(n, 1)].sum()
    test = pesaran_cd(full)
    assert test.statistic == pytest.approx(expected)
    assert test.pvalue == pytest.approx(2 * stats.norm.sf(abs(expected)))


def test_pesaran_cd_needs_three_periods():
    with pytest.raises(SpatialPanelError, match="three periods"):
        pesaran_cd(fit(panel(n=12, t=2), "sar", fixed_effects="none"))


def test_decision_table():
    y, X, W = public_capital()
    choice = choose_model(y, X, W, fixed_effects="entity")
    table = choice.table
    assert list(table.columns) == ["statistic", "df", "pvalue", "verdict"]
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
    return HypothesisTest("", "", np.nan, 1.0, p)


def decision(
    lm=(0.9, 0.9, 0.9),
    robust=(0.9, 0.9),
    lags=0.9,
    ratios=(0.9, 0.9, 0.9),
    walds=(0.9, 0.9, 0.9),
    level=0.05,
):
    """The rule applied to p-values: LM lag, error, joint; robust lag, error; SAR, SEM, SLX."""
    (lag, error, joint), robust = map(with_pvalue, lm), [with_pvalue(p) for p in robust]
    tests = LagrangeTests(lag, error, *robust, joint)
    three = [tuple(with_pvalue(p) for p in group) for group in (ratios, walds)]
    return decide(tests, with_pvalue(lags), *three, level)


@pytest.mark.parametrize(
    ("lags", "against_slx", "expected"),
    [(0.2, 0.2, "ols"), (0.2, 0.01, "ols"), (0.01, 0.2, "slx"), (0.01, 0.01, "sdm")],
)
def test_without_lag_or_error_the_lagged_regressors_decide(lags, against_slx, expected):
    """Whatever the robust tests say: they are read only where the plain ones reject."""
    for robust in ((0.9, 0.9), (0.001, 0.9), (0.9, 0.001)):
        model, reason = decision(robust=robust, lags=lags, ratios=(0.9, 0.9, against_slx))
        assert model == expected
        assert "neither a spatial lag nor a spatial error" in reason


@pytest.mark.parametrize("which", [0, 1, 2], ids=["lag", "error", "joint"])
def test_each_lm_test_alone_finds_spatial_dependence(which):
    lm = [0.9, 0.9, 0.9]
    assert decision(lm)[0] == "ols"
    lm[which] = 0.01
    assert decision(lm) == decision((0.01, 0.01, 0.01))
    assert decision(lm)[0] == "sdm"


@pytest.mark.parametrize("by", ["ratios", "walds", "both"])
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
    by, sar_rejected, sem_rejected, robust_lag, robust_error, expected
):
    pvalues = (0.01 if sar_rejected else 0.9, 0.01 if sem_rejected else 0.9, 0.9)
    given = {name: pvalues for name in ("ratios", "walds") if by in (name, "both")}
    model, reason = decision((0.01, 0.01, 0.01), (robust_lag, robust_error), **given)
    assert model == expected
    named = {"sar": "SAR is preferred", "sem": "SEM is preferred", "sdm": "spatial Durbin model"}
    assert named[expected] in reason
    assert ("cannot be simplified" in reason) == (sar_rejected and sem_rejected)


def test_decision_where_the_error_model_is_not_nested():
    nan = float("nan")
    given = {"ratios": (0.01, nan, 0.9), "walds": (0.01, nan, 0.9)}
    model, reason = decision((0.01, 0.01, 0.01), (0.9, 0.01), **given)
    assert model == "sdm"
    assert "not nested" in reason


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
