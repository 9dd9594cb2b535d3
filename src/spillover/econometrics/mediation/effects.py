"""Effect matrices of one equation and what chains of two of them average to.

Arithmetic on parameters and W alone; it estimates nothing and makes no frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spillover.econometrics.spatialpanel import SpatialPanel

Array = NDArray[np.float64]
KINDS = ("direct", "indirect", "total")
ROUTES = (
    "own mediator",
    "through the neighbours' mediator and back",
    "mediator of the province that receives",
    "mediator of the province that sends",
    "mediator of third provinces",
)
"""How a mediated effect travels: the first two add up to the direct, the rest to the indirect."""


@dataclass(frozen=True, eq=False)
class EffectMatrix:
    """E with E_ij = ∂(outcome of i)/∂(regressor of j), and ∂E/∂θ_p for each parameter it uses.

    E = S(ρ)(β·I + θ·W), S = (I − ρW)⁻¹ where the outcome is lagged and I elsewhere; then
    ∂E/∂β = S, ∂E/∂θ = SW, ∂E/∂ρ = SWE (LeSage and Pace 2009, ch. 2).

    Attributes
    ----------
    value : array, shape (N, N)
    partials : dict, position among the parameters to array of shape (N, N)
    """

    value: Array
    partials: dict[int, Array]


def effect_matrix(
    model: SpatialPanel, parameters: Array, name: str, slopes: bool = True
) -> EffectMatrix:
    """Return the effect matrix of a regressor at given parameters.

    Parameters
    ----------
    model : SpatialPanel
        Gives W and the places of the coefficients.
    parameters : array
        In the order of the model's results, the spatial coefficient last where there is one.
    name : str
        A column of the model's X.
    slopes : bool
        Also compute the partial derivatives.
    """
    column = model.regressors.get_loc(name)
    own, lag = (int(places[column]) for places in model.positions)
    identity = np.eye(len(model.weights))
    spatial = model.spec.spatial == "lag"
    S = model.weights.multiplier(parameters[-1], identity) if spatial else identity
    SW = model.weights.lag(S) if spatial else model.weights.matrix.toarray()
    theta = parameters[lag] if lag >= 0 else 0.0
    value = parameters[own] * S + theta * SW
    partials: dict[int, Array] = {}
    if slopes:
        partials = {own: S} | ({lag: SW} if lag >= 0 else {})
        if spatial:
            partials[len(parameters) - 1] = SW @ value
    return EffectMatrix(value, partials)


def averages(matrix: Array) -> Array:
    """Direct, indirect and total effect: mean diagonal, the rest, mean row sum."""
    n = len(matrix)
    direct, total = np.trace(matrix) / n, matrix.sum() / n
    return np.array([direct, total - direct, total])


def chained(second: Array, first: Array) -> Array:
    """Averages of the product second·first, then its five :data:`ROUTES`.

    The effect on i of a change in k through the mediator of j is second_ij·first_jk. Direct is
    i = k, with j = i or not; indirect is i ≠ k, with j = i (receiver), j = k (sender) or neither.
    All entries are bilinear in the two matrices, which the delta method makes use of.
    """
    n = len(first)
    product = second @ first
    d1, d2 = np.diag(first), np.diag(second)
    direct, indirect, total = averages(product)
    own = float(d2 @ d1) / n
    receiver = float(d2 @ first.sum(axis=1)) / n - own
    sender = float(second.sum(axis=0) @ d1) / n - own
    third = indirect - receiver - sender
    return np.array([direct, indirect, total, own, direct - own, receiver, sender, third])
