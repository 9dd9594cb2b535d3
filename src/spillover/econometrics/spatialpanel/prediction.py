"""What a fitted model says about y: recovered effects, predictions and measures of fit.

It uses estimates and data of one fit; standard errors of predictions are not its business.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spillover.econometrics.spatialpanel import random_error
from spillover.econometrics.spatialpanel.data import PanelData
from spillover.econometrics.spatialpanel.design import raw_columns
from spillover.econometrics.spatialpanel.errors import SpatialPanelError
from spillover.econometrics.spatialpanel.estimation import Estimate
from spillover.econometrics.spatialpanel.operator import SpatialWeights
from spillover.econometrics.spatialpanel.specification import Specification

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Recovered:
    """Constant, entity effects and time effects; each kind of effects sums to zero.

    Attributes
    ----------
    constant : mean of y that neither regressors nor effects explain
    entity : shape (N,), zero without entity effects
    time : shape (T,), zero without time effects
    """

    constant: float
    entity: Array
    time: Array

    def on_panel(self) -> Array:
        """Constant and effects of every row, shape (N·T,)."""
        return np.asarray(self.constant + self.entity[:, None] + self.time[None, :]).ravel()


def signal(data: PanelData, weights: SpatialWeights, spec: Specification, at: Estimate) -> Array:
    """Xβ + WXθ of every row, the constant included where it is a parameter."""
    return np.asarray(raw_columns(data, weights, spec) @ at.b)


def recover(
    data: PanelData, weights: SpatialWeights, spec: Specification, at: Estimate
) -> Recovered:
    """Effects as means of y − ρWy − Xβ − WXθ (Baltagi, ch. 2); random ones shrunk by 1 − φ².

    For a spatial error, of y − Xβ − WXθ.
    """
    rest = data.y - signal(data, weights, spec, at)
    if spec.spatial == "lag" and at.rho is not None:
        rest = rest - at.rho * weights.lag(data.y)
    cube = rest.reshape(data.shape)
    constant = float(cube.mean())
    entity, time = cube.mean(axis=1) - constant, cube.mean(axis=0) - constant
    fixed = spec.fixed_effects
    if at.kappa is not None:
        entity = random_error.predicted_effects(rest, weights, data.shape, at)
    elif at.phi is not None:
        entity = (1 - at.phi**2) * entity
    elif fixed not in ("entity", "twoway"):
        entity = np.zeros_like(entity)
    if fixed not in ("time", "twoway"):
        time = np.zeros_like(time)
    if fixed == "none":
        # the constant is a parameter and already taken out
        constant = 0.0
    return Recovered(constant, entity, time)


def reduced_form(
    weights: SpatialWeights, spec: Specification, at: Estimate, values: Array
) -> Array:
    """(I − ρW)⁻¹ v for a spatial lag, v otherwise."""
    if spec.spatial != "lag" or at.rho is None:
        return values
    moved = weights.multiplier(at.rho, values.reshape(len(weights), -1))
    return np.asarray(moved.reshape(values.shape))


def squared_correlation(a: Array, b: Array) -> float:
    """Square of the correlation, NaN where either does not vary.

    >>> squared_correlation(np.array([1.0, 2, 3]), np.array([3.0, 2, 1]))
    1.0
    """
    a, b = a - a.mean(), b - b.mean()
    size = float(a @ a) * float(b @ b)
    return float(a @ b) ** 2 / size if size > 0 else float("nan")


def rsquared(
    data: PanelData, weights: SpatialWeights, spec: Specification, at: Estimate
) -> tuple[float, float, float]:
    """Within, between and overall R².

    Squared correlations of y with the reduced form (I − ρW)⁻¹(Xβ + WXθ), both demeaned by
    entity, averaged by entity, or as they are; effects are left out, as in Stata's xtreg.
    """
    fitted = reduced_form(weights, spec, at, signal(data, weights, spec, at))
    y, f = data.y.reshape(data.shape), fitted.reshape(data.shape)
    y_mean, f_mean = y.mean(axis=1), f.mean(axis=1)
    inner = [(v - m[:, None]).ravel() for v, m in ((y, y_mean), (f, f_mean))]
    return (
        squared_correlation(inner[0], inner[1]),
        squared_correlation(y_mean, f_mean),
        squared_correlation(data.y, fitted),
    )


def predict(
    data: PanelData,
    weights: SpatialWeights,
    spec: Specification,
    at: Estimate,
    kind: str,
    effects: Recovered | None,
) -> Array:
    """Prediction for regressors in `data`, whose y is read only by kind "structural".

    "reduced": (I − ρW)⁻¹(Xβ + WXθ + effects), the expectation of y given X; "structural":
    ρWy + Xβ + WXθ + effects, given the neighbours' y too; "signal": Xβ + WXθ.
    """
    values = signal(data, weights, spec, at)
    if kind == "signal":
        return values
    if effects is not None:
        values = values + effects.on_panel()
    if kind == "reduced":
        return reduced_form(weights, spec, at, values)
    if kind != "structural":
        raise SpatialPanelError(f"kind={kind!r}; expected 'reduced', 'structural' or 'signal'")
    if spec.spatial == "lag" and at.rho is not None:
        values = values + at.rho * weights.lag(data.y)
    return values
