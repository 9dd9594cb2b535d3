"""Tests between spatial panel models and of their errors: LM, LR, Wald, Hausman, Mundlak, CD."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import ndtr
from scipy.stats import chi2

from spillover.econometrics.spatialpanel import PanelResults, SpatialPanel, SpatialPanelError
from spillover.econometrics.spatialpanel.data import Array


@dataclass(frozen=True)
class HypothesisTest:
    """A test and its outcome.

    Attributes
    ----------
    name : of the test, as a table's row
    null : the hypothesis under test, in words
    statistic : its value
    df : degrees of freedom of the χ² distribution; NaN for a normal one, or where the statistic
        has no known distribution
    pvalue : probability of a larger statistic under the null; NaN where there is none
    note : why there is no p-value, or what else must be known

    Examples
    --------
    >>> _chi_square("LR", "rho = 0", 3.841459, 1).verdict
    'rho = 0: rejected at 5 % (p = 0.050)'
    """

    name: str
    null: str
    statistic: float
    df: float
    pvalue: float
    note: str = ""

    @property
    def verdict(self) -> str:
        """What follows, in words, at the 5 % level."""
        return self.at()

    def at(self, level: float = 0.05) -> str:
        """What follows, in words, at a level of significance."""
        if np.isnan(self.pvalue):
            return self.note
        outcome = "rejected" if self.rejects(level) else "not rejected"
        shown = "p < 0.001" if self.pvalue < 0.001 else f"p = {self.pvalue:.3f}"
        words = f"{self.null}: {outcome} at {100 * level:g} % ({shown})"
        return f"{words}; {self.note}" if self.note else words

    def rejects(self, level: float = 0.05) -> bool:
        """Whether the null is rejected; never where there is no p-value."""
        return bool(self.pvalue <= level)


def _chi_square(name: str, null: str, statistic: float, df: int, note: str = "") -> HypothesisTest:
    """A test whose statistic is χ²(df) under the null."""
    return HypothesisTest(
        name, null, float(statistic), float(df), float(chi2.sf(statistic, df)), note
    )


def not_a_test(name: str, null: str, note: str, statistic: float = np.nan) -> HypothesisTest:
    """A comparison that has a value but no distribution, with the reason."""
    return HypothesisTest(name, null, float(statistic), np.nan, np.nan, note)


@dataclass(frozen=True)
class LagrangeTests:
    """The four panel LM tests and the joint one.

    Attributes
    ----------
    lag, error : of ρ = 0 and of λ = 0, each as if the other were zero
    robust_lag, robust_error : each whatever the other is (Anselin, Bera, Florax and Yoon 1996)
    joint : of ρ = λ = 0
    """

    lag: HypothesisTest
    error: HypothesisTest
    robust_lag: HypothesisTest
    robust_error: HypothesisTest
    joint: HypothesisTest

    def __iter__(self) -> Iterator[HypothesisTest]:
        return iter((self.error, self.robust_error, self.lag, self.robust_lag, self.joint))


def lagrange_tests(model: SpatialPanel) -> LagrangeTests:
    """Panel LM tests on the least-squares residuals of a model's transformed data.

    With e the residuals of Qy on Z, σ² = e′e/NT, T_W = tr(WW + W′W) and
    J = [(WZb)′M(WZb) + T·T_W·σ²]/σ²: LM_lag = (e′Wy/σ²)²/J; LM_err = (e′We/σ²)²/(T·T_W);
    robust LM_lag = (e′Wy/σ² − e′We/σ²)²/(J − T·T_W);
    robust LM_err = (e′We/σ² − (T·T_W/J)·e′Wy/σ²)²/[T·T_W(1 − T·T_W/J)], each χ²(1);
    joint = LM_err + robust LM_lag, χ²(2) (Elhorst 2010, *Spatial Economic Analysis* 5).

    Parameters
    ----------
    model : "ols" or "slx", whose effects and regressors are those of the tests

    Raises
    ------
    SpatialPanelError
        The model has a spatial coefficient, or random effects.
    """
    if model.spec.spatial is not None or model.spec.random_effects:
        raise SpatialPanelError(
            f"LM tests start from the model without spatial coefficient; got {model.spec.model!r}: "
            "use model='ols' (or 'slx') with fixed effects"
        )
    design, weights = model.design, model.weights
    fitted = design.Z @ model.estimate.b
    e = design.y - fitted
    sigma2 = e @ e / len(e)
    # e is orthogonal to the effects, so that e′Wy needs no demeaning of Wy
    lag_y, lag_e = e @ weights.lag(model.data.y) / sigma2, e @ weights.lag(e) / sigma2
    signal = weights.lag(fitted)
    k = design.Z.shape[1]
    # M = I − Z(Z′Z)⁻¹Z′ over all N·T rows
    explained = np.linalg.solve(design.R[:k, :k].T, design.Z.T @ signal)
    spread = design.shape[1] * sum(weights.trace_moments)
    J = (signal @ signal - explained @ explained) / sigma2 + spread
    lag, error = float(lag_y**2 / J), float(lag_e**2 / spread)
    robust_lag = float((lag_y - lag_e) ** 2 / (J - spread))
    robust_error = float((lag_e - spread / J * lag_y) ** 2 / (spread * (1 - spread / J)))
    return LagrangeTests(
        _chi_square("LM lag", "no spatial lag", lag, 1),
        _chi_square("LM error", "no spatial error", error, 1),
        _chi_square("Robust LM lag", "no spatial lag (error allowed for)", robust_lag, 1),
        _chi_square("Robust LM error", "no spatial error (lag allowed for)", robust_error, 1),
        _chi_square("LM joint", "neither spatial lag nor error", error + robust_lag, 2),
    )


def likelihood_ratio(restricted: PanelResults, full: PanelResults) -> HypothesisTest:
    """LR = 2(lnL_full − lnL_restricted), χ² with as many degrees as restrictions.

    The SEM is the SDM with θ = −ρβ only if every column of X is lagged; otherwise the value is
    given without a p-value, for it can be negative.

    Raises
    ------
    SpatialPanelError
        Different data, effects or corrections; models that are not nested at all.
    """
    _check_comparable(restricted, full)
    small, large = restricted.model.spec, full.model.spec
    name = f"LR {large.model.upper()} against {small.model.upper()}"
    null = f"{small.model.upper()} suffices"
    statistic = 2 * (full.loglik - restricted.loglik)
    why = _why_not_nested(restricted, full)
    if why:
        return not_a_test(name, null, f"not a test: {why}", statistic)
    return _chi_square(name, null, statistic, len(full.params) - len(restricted.params))


def _check_comparable(one: PanelResults, other: PanelResults) -> None:
    a, b = one.model, other.model
    faults = {
        "data": not np.array_equal(a.data.y, b.data.y) or a.data.names != b.data.names,
        "effects": a.spec.effects_in_words != b.spec.effects_in_words,
        "corrections": a.spec.correction != b.spec.correction,
        "transformations": a.spec.lag_after_demeaning != b.spec.lag_after_demeaning,
    }
    wrong = [fault for fault, found in faults.items() if found]
    if wrong:
        raise SpatialPanelError(f"the two fits have different {' and '.join(wrong)}")


def _why_not_nested(restricted: PanelResults, full: PanelResults) -> str:
    small, large = restricted.model.spec, full.model.spec
    ladder = {
        "sdm": ("sar", "slx", "sem", "ols", "sdm"),
        "sdem": ("sem", "slx", "ols", "sdem"),
        "sar": ("ols",),
        "sem": ("ols",),
        "slx": ("ols", "slx"),
        "ols": (),
    }
    if small.model not in ladder[large.model]:
        raise SpatialPanelError(
            f"{small.model.upper()} is not a special case of {large.model.upper()}; compare them "
            "by aic or bic"
        )
    if not set(small.lagged) <= set(large.lagged):
        return "the smaller model lags columns that the larger one does not"
    if (small.model, large.model) == ("sem", "sdm"):
        return _why_error_not_nested(full)
    return ""


def _why_error_not_nested(full: PanelResults) -> str:
    spec, names = full.model.spec, full.model.data.names
    if set(spec.lagged) != set(names):
        return "SEM is nested in the Durbin model only if every column of X is lagged"
    if spec.lag_after_demeaning and spec.fixed_effects in ("time", "twoway"):
        return "with W(Qy) and time effects the SEM is not a special case of the Durbin model"
    if spec.random_effects is True:
        return "the SEM with random effects outside its error is not a special case of the SDM"
    return ""


def wald(full: PanelResults, against: str) -> HypothesisTest:
    """Wald test of the restrictions that turn a Durbin model into a smaller one.

    "sar" (from the SDM) and "sem" (from the SDEM): θ = 0; "sem" (from the SDM): θ + ρβ = 0,
    Jacobian [ρI, I, β]; "slx": ρ = 0 or λ = 0. The covariance is that of the fit.

    Raises
    ------
    SpatialPanelError
        The fit is not an SDM or SDEM, or `against` is not one of its special cases.
    """
    model = full.model.spec.model
    cases = {"sdm": ("sar", "sem", "slx"), "sdem": ("sem", "slx")}
    if against not in cases.get(model, ()):
        raise SpatialPanelError(
            f"no Wald test of {model!r} against {against!r}; expected 'sdm' against 'sar', 'sem' "
            "or 'slx', or 'sdem' against 'sem' or 'slx'"
        )
    if not full.model.spec.lagged:
        raise SpatialPanelError("the model lags no column of X: there is nothing to test")
    params, cov = full.estimate.theta, full.cov.to_numpy()
    gap, jacobian = _restrictions(full, against, params)
    statistic = float(gap @ np.linalg.solve(jacobian @ cov @ jacobian.T, gap))
    name = f"Wald {model.upper()} against {against.upper()}"
    null = f"{against.upper()} suffices"
    if (model, against) == ("sdm", "sem"):
        why = _why_error_not_nested(full)
        if why:
            return not_a_test(name, null, f"not a test: {why}", statistic)
    return _chi_square(name, null, statistic, len(gap))


def _restrictions(full: PanelResults, against: str, params: Array) -> tuple[Array, Array]:
    own, lag = full.model.positions
    own, lag = own[lag >= 0], lag[lag >= 0]
    if against == "slx":
        jacobian = np.zeros((1, len(params)))
        jacobian[0, -1] = 1.0
        return params[-1:], jacobian
    rows = np.arange(len(lag))
    jacobian = np.zeros((len(lag), len(params)))
    jacobian[rows, lag] = 1.0
    if full.model.spec.model == "sdem" or against == "sar":
        return params[lag], jacobian
    jacobian[rows, own] = params[-1]
    jacobian[:, -1] = params[own]
    return params[lag] + params[-1] * params[own], jacobian


def hausman(fixed: PanelResults, random: PanelResults) -> HypothesisTest:
    """Hausman's test of random against fixed entity effects, on the coefficients they share.

    H = d′(V_fixed − V_random)⁻¹d, d the difference of slopes and spatial coefficient; χ² with
    as many degrees (Hausman 1978). Where V_fixed − V_random is not positive definite, as can
    happen in samples, there is no p-value and the verdict says so.

    Raises
    ------
    SpatialPanelError
        Different models or data; effects other than entity (two-way) against random (random
        with time effects).
    """
    a, b = fixed.model, random.model
    pairs = {("entity", "none"), ("twoway", "time")}
    if not b.spec.random_effects or (a.spec.fixed_effects, b.spec.fixed_effects) not in pairs:
        raise SpatialPanelError(
            "Hausman compares entity effects with random effects, or two-way effects with "
            f"random entity and fixed time effects; got {a.spec.effects_in_words!r} and "
            f"{b.spec.effects_in_words!r}"
        )
    if a.spec.model != b.spec.model or not np.array_equal(a.data.y, b.data.y):
        raise SpatialPanelError("Hausman needs the same model on the same data, twice")
    shared = [name for name in fixed.params.index if name in random.params.index]
    gap = (fixed.params[shared] - random.params[shared]).to_numpy()
    spread = (fixed.cov.loc[shared, shared] - random.cov.loc[shared, shared]).to_numpy()
    name, null = "Hausman", "random effects are uncorrelated with X"
    scale = 1 / np.sqrt(np.diag(fixed.cov.loc[shared, shared].to_numpy()))
    scaled = spread * np.outer(scale, scale)
    if np.linalg.eigvalsh(scaled).min() <= 0:
        why = "no test: the difference of the covariances is not positive definite"
        return not_a_test(name, null, why)
    return _chi_square(name, null, float(gap @ np.linalg.solve(spread, gap)), len(gap))


def mundlak(random: PanelResults) -> HypothesisTest:
    """Wald test that means over time of X (and WX) do not belong in a random-effects model.

    Under the null they have no effect, so that random effects are uncorrelated with X (Mundlak
    1978; Debarsy 2012 for the Durbin model); χ² with as many degrees as means.

    Raises
    ------
    SpatialPanelError
        Not a fit with random effects, or no column of X varies over time and between entities.
    """
    model = random.model
    if not model.spec.random_effects:
        raise SpatialPanelError("Mundlak's test starts from a fit with random_effects=True")
    data, spec = model.data, model.spec
    n, t = data.shape
    cube = data.X.reshape(n, t, -1)
    means = cube.mean(axis=1)
    moves = np.abs(cube - means[:, None, :]).max(axis=(0, 1)) > 1e-12 * np.abs(data.X).max(axis=0)
    use = moves & (np.ptp(means, axis=0) > 0)
    if not use.any():
        raise SpatialPanelError("no column of X varies both over time and between entities")
    varying = [name for name, wanted in zip(data.names, use, strict=True) if wanted]
    added = tuple(f"mean_{name}" for name in varying)
    extended = replace(
        data,
        X=np.concatenate([data.X, np.repeat(means[:, use], t, axis=0)], axis=1),
        names=data.names + added,
        columns=pd.Index(data.names + added),
    )
    lagged = spec.lagged + tuple(f"mean_{name}" for name in varying if name in spec.lagged)
    fit = SpatialPanel.from_data(extended, model.weights, replace(spec, lagged=lagged)).fit()
    wanted = {*added, *(f"W_{name}" for name in added)}
    tested = [i for i, name in enumerate(fit.names) if name in wanted]
    gap = fit.estimate.theta[tested]
    spread = fit.cov_full[np.ix_(tested, tested)]
    statistic = float(gap @ np.linalg.solve(spread, gap))
    return _chi_square("Mundlak", "random effects are uncorrelated with X", statistic, len(gap))


def pesaran_cd(fit: PanelResults) -> HypothesisTest:
    """Pesaran's (2004) CD = √(2T/(N(N−1)))·Σ_{i<j} r_ij, standard normal without dependence.

    r_ij is the correlation over time of the residuals of i and j.

    Raises
    ------
    SpatialPanelError
        Fewer than three periods, or an entity whose residuals do not vary.
    """
    n, t = fit.model.data.shape
    if t < 3:
        raise SpatialPanelError(f"Pesaran's CD needs three periods or more; the panel has {t}")
    e = fit.resids.to_numpy().reshape(n, t)
    e = e - e.mean(axis=1, keepdims=True)
    size = np.linalg.norm(e, axis=1, keepdims=True)
    if (size == 0).any():
        raise SpatialPanelError("residuals of an entity do not vary: no correlation is defined")
    # Σ_{i<j} r_ij from the sum of the standardised series: no N × N matrix
    pairs = (np.square((e / size).sum(axis=0)).sum() - n) / 2
    statistic = float(np.sqrt(2 * t / (n * (n - 1))) * pairs)
    pvalue = float(2 * ndtr(-abs(statistic)))
    return HypothesisTest(
        "Pesaran CD", "no cross-section dependence of residuals", statistic, np.nan, pvalue
    )
