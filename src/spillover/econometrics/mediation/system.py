"""The three equations of a spatial mediation: their joint covariance and the paths they imply.

Total (outcome on exposure), mediator (mediator on exposure) and outcome (outcome on exposure and
mediator), each a spatial panel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from spillover.econometrics.spatialpanel import PanelResults, SpatialPanel
from spillover.econometrics.spatialpanel.covariance import (
    clustered_scores,
    information,
    inverse,
    small_sample_factor,
)
from spillover.econometrics.spatialpanel.data import Array

Models = Sequence[SpatialPanel]
KINDS = ("direct", "indirect", "total")
PATHS = (
    "total effect",
    "exposure to mediator",
    "mediator to outcome",
    "not mediated",
    "mediated",
    "sum of paths",
    "gap",
)
"""Each has a direct, an indirect and a total effect; the gap is total effect less sum of paths."""

ROUTES = (
    "own mediator",
    "through the neighbours' mediator and back",
    "mediator of the unit that receives",
    "mediator of the unit that sends",
    "mediator of third units",
)
"""How a mediated effect travels: the first two add up to the direct, the rest to the indirect."""

QUANTITIES = pd.MultiIndex.from_tuples(
    [(path, kind) for path in PATHS[:5] for kind in KINDS]
    + [("route", route) for route in ROUTES]
    + [(path, kind) for path in PATHS[5:] for kind in KINDS],
    names=["path", "kind"],
)


class MediationError(ValueError):
    """A mediation cannot be set up or computed as asked; the message says how to mend it."""


@dataclass(frozen=True, eq=False)
class System:
    """Three fitted equations that share exposure, controls, weights and effects.

    Attributes
    ----------
    fits : tuple of PanelResults
        Equations of total effect, mediator and outcome: of Baron and Kenny's steps.
    exposure, through : str
        The exposure and the mediator.
    covariance : array
        Of all parameters (no σ²) in the order total, mediator, outcome.
    """

    fits: tuple[PanelResults, PanelResults, PanelResults]
    exposure: str
    through: str
    covariance: Array

    @property
    def models(self) -> Models:
        """The three models."""
        return [fit.model for fit in self.fits]

    @property
    def df(self) -> int | None:
        """Degrees of freedom of t, C − 1 of C clusters; None: the normal distribution."""
        return self.fits[0].df

    @property
    def parameters(self) -> list[Array]:
        """The three vectors of estimates."""
        return [fit.estimate.theta for fit in self.fits]


def independent_covariance(fits: Sequence[PanelResults]) -> Array:
    """Block-diagonal covariance; blocks of equations that share the outcome are unknown.

    The likelihood of a recursive system with independent errors factors into mediator and
    outcome equation, so their estimates are uncorrelated. The total equation explains the same
    outcome as the third: nothing is known of that block without scores, so it is NaN.
    """
    ends = np.cumsum([0, *(len(fit.names) for fit in fits)])
    joint = np.zeros((ends[-1], ends[-1]))
    for fit, low, high in zip(fits, ends[:-1], ends[1:], strict=True):
        joint[low:high, low:high] = fit.cov_full[: high - low, : high - low]
    joint[: ends[1], ends[1] :] = joint[ends[1] :, : ends[1]] = np.nan
    return joint


def stacked_covariance(fits: Sequence[PanelResults]) -> Array:
    """Covariance of several equations' estimates, clustered by entity across all of them.

    Each equation solves Σ_i s_ei(θ_e) = 0; stacking the scores of all equations gives
    H⁻¹ (Σ_i s_i s_i′) H⁻¹ with block-diagonal H (the observed information) and s_i the scores of
    entity i in every equation and year (`cluster_scores`). It allows any dependence over time and
    across equations within an entity, and none between entities beyond what the spatial terms
    capture. The diagonal blocks are the equations' own clustered covariances.
    """
    scores = [clustered_scores(f.model.design, f.estimate, f.inference) for f in fits]
    breads = [inverse(information(f.model.design, f.estimate))[: len(f.names)] for f in fits]
    scales = [np.sqrt(small_sample_factor(f.model.design, f.inference)) for f in fits]
    parts = list(zip(scores, breads, scales, strict=True))
    blocks = [[c * d * a @ s.cross(r) @ b.T for r, b, d in parts] for s, a, c in parts]
    return np.block(blocks)


class EffectMatrix(NamedTuple):
    """E with E_ij = ∂(outcome of i)/∂(regressor of j), and ∂E/∂θ_p by position of a parameter."""

    value: Array
    partials: dict[int, Array]


def effect_matrix(model: SpatialPanel, parameters: Array, name: str) -> EffectMatrix:
    """Return the effect matrix of a regressor at given parameters.

    E = S(ρ)(β·I + θ·W), S = (I − ρW)⁻¹ where the outcome is lagged and I elsewhere; then
    ∂E/∂β = S, ∂E/∂θ = SW, ∂E/∂ρ = SWE (LeSage and Pace 2009, ch. 2). The spatial coefficient is
    the last of `parameters`.
    """
    column = model.data.names.index(name)
    own, lag = (int(places[column]) for places in model.positions)
    S = np.eye(len(model.weights))
    SW = model.weights.matrix.toarray()
    if model.spec.spatial == "lag":
        S = model.weights.multiplier(parameters[-1], S)
        SW = model.weights.lag(S)
    value = parameters[own] * S + (parameters[lag] if lag >= 0 else 0.0) * SW
    partials = {own: S} | ({lag: SW} if lag >= 0 else {})
    if model.spec.spatial == "lag":
        partials[len(parameters) - 1] = SW @ value
    return EffectMatrix(value, partials)


def _effect_matrices(
    models: Models, parameters: Sequence[Array], exposure: str, through: str
) -> tuple[EffectMatrix, EffectMatrix, EffectMatrix, EffectMatrix]:
    """Effect matrices of the exposure in total, on the mediator, of that on y, and the rest."""
    total, mediator, outcome = zip(models, parameters, strict=True)
    return (
        effect_matrix(*total, exposure),
        effect_matrix(*mediator, exposure),
        effect_matrix(*outcome, through),
        effect_matrix(*outcome, exposure),
    )


def _averages(matrix: Array) -> Array:
    """Direct, indirect and total effect: mean diagonal, the rest, mean row sum."""
    n = len(matrix)
    direct, total = np.trace(matrix) / n, matrix.sum() / n
    return np.array([direct, total - direct, total])


def _chained(second: Array, first: Array) -> Array:
    """Averages of the product second·first, then its five :data:`ROUTES`.

    The effect on i of a change in k through the mediator of j is second_ij·first_jk. Direct is
    i = k, with j = i or not; indirect is i ≠ k, with j = i (receiver), j = k (sender) or neither.
    All entries are bilinear in the two matrices, which the delta method makes use of.
    """
    n = len(first)
    d1, d2 = np.diag(first), np.diag(second)
    direct, indirect, total = _averages(second @ first)
    own = float(d2 @ d1) / n
    receiver = float(d2 @ first.sum(axis=1)) / n - own
    sender = float(second.sum(axis=0) @ d1) / n - own
    third = indirect - receiver - sender
    return np.array([direct, indirect, total, own, direct - own, receiver, sender, third])


def _with_sums(base: Array) -> Array:
    """Add the sum of paths and the gap to the first twenty quantities, along the first axis."""
    total, rest, mediated = base[0:3], base[9:12], base[12:15]
    return np.concatenate([base, rest + mediated, total - (rest + mediated)])


def quantities(models: Models, parameters: Sequence[Array], exposure: str, through: str) -> Array:
    """All :data:`QUANTITIES` at given parameters of the three equations."""
    matrices = _effect_matrices(models, parameters, exposure, through)
    single = [_averages(matrix.value) for matrix in matrices]
    return _with_sums(np.concatenate([*single, _chained(matrices[2].value, matrices[1].value)]))


def delta(system: System) -> tuple[Array, Array]:
    """All :data:`QUANTITIES` and their covariance by the delta method.

    A chain is bilinear, so its derivative is the chain with one matrix replaced by its own. Of an
    independent covariance, what mixes the total equation with the others is NaN.
    """
    named = (system.exposure, system.through)
    matrices = _effect_matrices(system.models, system.parameters, *named)
    _, first, second, _ = matrices
    starts = np.cumsum([0, *(len(p) for p in system.parameters)])
    base = np.zeros((len(QUANTITIES) - 6, starts[-1]))
    for row, (matrix, equation) in enumerate(zip(matrices, (0, 1, 2, 2), strict=True)):
        for position, partial in matrix.partials.items():
            base[3 * row : 3 * row + 3, starts[equation] + position] = _averages(partial)
    for position, partial in first.partials.items():
        base[12:, starts[1] + position] = _chained(second.value, partial)
    for position, partial in second.partials.items():
        base[12:, starts[2] + position] = _chained(partial, first.value)
    gradient = _with_sums(base)
    unknown = np.isnan(system.covariance)
    covariance = gradient @ np.where(unknown, 0.0, system.covariance) @ gradient.T
    used = np.abs(gradient) @ unknown.astype(float) @ np.abs(gradient).T
    point = quantities(system.models, system.parameters, *named)
    return point, np.where(used > 0, np.nan, covariance)
