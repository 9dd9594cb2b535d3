"""Likelihood-ratio, Wald and Hausman tests between fitted models.

They compare results that were estimated elsewhere, and refuse pairs that are not comparable.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spillover.econometrics.selection.hypothesis import HypothesisTest, chi_square, not_a_test
from spillover.econometrics.spatialpanel import PanelResults, SpatialPanelError

Array = NDArray[np.float64]
SHORT = {"ols": "OLS", "slx": "SLX", "sar": "SAR", "sem": "SEM", "sdm": "SDM", "sdem": "SDEM"}


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
    name = f"LR {SHORT[large.model]} against {SHORT[small.model]}"
    null = f"{SHORT[small.model]} suffices"
    statistic = 2 * (full.loglik - restricted.loglik)
    why = _why_not_nested(restricted, full)
    if why:
        return not_a_test(name, null, f"not a test: {why}", statistic)
    return chi_square(name, null, statistic, len(full.params) - len(restricted.params))


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
            f"{SHORT[small.model]} is not a special case of {SHORT[large.model]}; compare them "
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
    name = f"Wald {SHORT[model]} against {SHORT[against]}"
    null = f"{SHORT[against]} suffices"
    if (model, against) == ("sdm", "sem"):
        why = _why_error_not_nested(full)
        if why:
            return not_a_test(name, null, f"not a test: {why}", statistic)
    return chi_square(name, null, statistic, len(gap))


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
    return chi_square(name, null, float(gap @ np.linalg.solve(spread, gap)), len(gap))
