"""Lagrange multiplier tests for a spatial lag and a spatial error in a panel.

They need only the model without spatial coefficient, estimated on the same transformed data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spillover.econometrics.selection.hypothesis import HypothesisTest, chi_square
from spillover.econometrics.spatialpanel import SpatialPanel, SpatialPanelError
from spillover.econometrics.spatialpanel.design import Design
from spillover.econometrics.spatialpanel.operator import SpatialWeights

Array = NDArray[np.float64]


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

    def __iter__(self):  # type: ignore[no-untyped-def]
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
    statistics = _statistics(model.design, model.weights, model.data.y, model.estimate.b)
    lag, error, robust_lag, robust_error = statistics
    return LagrangeTests(
        chi_square("LM lag", "no spatial lag", lag, 1),
        chi_square("LM error", "no spatial error", error, 1),
        chi_square("Robust LM lag", "no spatial lag (error allowed for)", robust_lag, 1),
        chi_square("Robust LM error", "no spatial error (lag allowed for)", robust_error, 1),
        chi_square("LM joint", "neither spatial lag nor error", error + robust_lag, 2),
    )


def _statistics(
    design: Design, weights: SpatialWeights, y: Array, b: Array
) -> tuple[float, float, float, float]:
    e = design.y - design.Z @ b
    sigma2 = e @ e / len(e)
    # e is orthogonal to the effects, so that e′Wy needs no demeaning of Wy
    lag_y, lag_e = e @ weights.lag(y) / sigma2, e @ weights.lag(e) / sigma2
    signal = weights.lag(design.Z @ b)
    k = design.Z.shape[1]
    # M = I − Z(Z′Z)⁻¹Z′ over all N·T rows
    explained = np.linalg.solve(design.R[:k, :k].T, design.Z.T @ signal)
    spread = design.shape[1] * sum(weights.trace_moments)
    J = (signal @ signal - explained @ explained) / sigma2 + spread
    return (
        float(lag_y**2 / J),
        float(lag_e**2 / spread),
        float((lag_y - lag_e) ** 2 / (J - spread)),
        float((lag_e - spread / J * lag_y) ** 2 / (spread * (1 - spread / J))),
    )
