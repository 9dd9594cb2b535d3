"""Effects of a fitted spatial panel in detail: who reaches whom, and through how many borders.

It reads results of `spillover.econometrics.spatialpanel`, whose `effects()` gives the averages; it estimates
nothing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spillover.econometrics.spatialpanel import PanelResults, SpatialPanelError
from spillover.econometrics.spatialpanel.errors import some

Array = NDArray[np.float64]
LARGEST_MATRIX = 5000


def effects_matrix(fit: PanelResults, variable: str) -> pd.DataFrame:
    """Effect of a change of x in each entity on y in each entity.

    ∂y/∂x_k = (I − ρW)⁻¹(β_k I + θ_k W): rows are affected, columns are where x changes. The
    mean of the diagonal is the direct effect, the mean of the row sums the total one.

    Parameters
    ----------
    fit : results of a `SpatialPanel`
    variable : a column of X

    Returns
    -------
    DataFrame, N × N, entities on both axes

    Raises
    ------
    SpatialPanelError
        Not a column of X, or more than 5,000 entities: the matrix would be dense.
    """
    weights = fit.model.weights
    n = len(weights)
    if n > LARGEST_MATRIX:
        raise SpatialPanelError(
            f"the matrix of effects would have {n} × {n} cells; it is made for up to "
            f"{LARGEST_MATRIX} entities: use effects() for their averages"
        )
    beta, theta = _coefficients(fit, variable)
    own = beta * np.eye(n) + theta * weights.matrix.toarray()
    rho = fit.effect_parts.rho
    values = own if rho is None else weights.multiplier(rho, own)
    return pd.DataFrame(values, index=weights.entities, columns=weights.entities)


def effects_by_order(fit: PanelResults, variable: str, orders: int = 10) -> pd.DataFrame:
    """Effects split by the order of neighbours that they pass through.

    (I − ρW)⁻¹(βI + θW) = βI + Σ_q (ρ^q β + ρ^(q−1) θ)W^q (LeSage and Pace 2009, ch. 2.7):
    order 0 is the entity itself, order 1 its neighbours, order 2 theirs, with the feedback.

    Parameters
    ----------
    orders : highest order q

    Returns
    -------
    DataFrame, index: order; columns direct, indirect, total and cumulative_total; the last row's
    cumulative_total tends to the total effect as orders grow, if |ρ| < 1/max|λ|.
    """
    if orders < 0:
        raise SpatialPanelError(f"orders={orders}; expected zero or more")
    weights = fit.model.weights
    n = len(weights)
    if n > LARGEST_MATRIX:
        raise SpatialPanelError(f"effects by order are made for up to {LARGEST_MATRIX} entities")
    beta, theta = _coefficients(fit, variable)
    rho = fit.effect_parts.rho or 0.0
    power = np.eye(n)
    rows = [(beta, 0.0, beta)]
    for order in range(1, orders + 1):
        power = weights.lag(power)
        scale = beta * rho**order + theta * rho ** (order - 1)
        direct, total = scale * np.trace(power) / n, scale * power.sum() / n
        rows.append((direct, total - direct, total))
    index = pd.RangeIndex(len(rows), name="order")
    table = pd.DataFrame(rows, index=index, columns=["direct", "indirect", "total"])
    return table.assign(cumulative_total=table["total"].cumsum())


def indirect_to_direct(fit: PanelResults) -> pd.DataFrame:
    """Ratio of the indirect to the direct effect of each regressor, with delta-method errors.

    Without θ the ratio is the same for every regressor, which is what the spatial lag model
    imposes (Elhorst 2014, ch. 2.7).

    Returns
    -------
    DataFrame, index: columns of X; columns ratio and std_error
    """
    parts = fit.effect_parts
    effects, gradient = parts.point(), parts.gradient()
    ratio = effects[:, 1] / effects[:, 0]
    slope = (gradient[:, 1] - ratio[:, None] * gradient[:, 0]) / effects[:, :1]
    variance = ((slope @ parts.cov) * slope).sum(axis=1)
    table = {"ratio": ratio, "std_error": np.sqrt(np.maximum(variance, 0.0))}
    return pd.DataFrame(table, index=fit.model.regressors)


def _coefficients(fit: PanelResults, variable: str) -> tuple[float, float]:
    names = fit.model.data.names
    if variable not in names:
        raise SpatialPanelError(f"variable {variable!r} is not in X, which has {some(names, 20)}")
    beta, theta = fit.effect_parts.coefficients(fit.estimate.theta)
    place = names.index(variable)
    return float(beta[place]), float(theta[place])
