"""The wild cluster bootstrap of a spatial panel: signs flip, the map stays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spillover.econometrics.spatialpanel.covariance import inference, residuals
from spillover.econometrics.spatialpanel.data import Array, PanelData, SpatialPanelError, within
from spillover.econometrics.spatialpanel.design import Design, raw_columns
from spillover.econometrics.spatialpanel.likelihood import Estimate

if TYPE_CHECKING:
    from spillover.econometrics.spatialpanel.model import PanelResults

WEIGHTS = ("rademacher", "webb")
ADJUSTMENTS = (None, "clustered", "cr2", "cr3")
# Webb (2014): six points with mean 0, variance 1 and more than two values a cluster
_WEBB = np.sqrt(np.array([0.5, 1.0, 1.5]))
_POINTS = {"rademacher": np.array([-1.0, 1.0]), "webb": np.concatenate([-_WEBB, _WEBB])}


@dataclass(frozen=True, eq=False)
class Resampler:
    """New outcomes from a fit: the residuals of each cluster times one random number.

    W, X, the effects and the places of all entities stay as they are. With residuals e of the
    fit, enlarged residuals ẽ and one number s_g for each cluster g,

        y* = y + (I − ρW)⁻¹(s_g·ẽ − e),

    ρ being λ where the error is spatial, and 0 in a model without either. Dependence over time,
    and unequal variances of the clusters, are kept (Cameron, Gelbach and Miller 2008).

    Attributes
    ----------
    data : the panel that was fitted
    residuals, enlarged : e and ẽ, shape (N, T)
    groups : cluster number of each row, shape (N, T)
    multiplier : (I − ρW)⁻¹, shape (N, N); None in a model without ρ and λ
    points : values that s_g takes, all with the same probability
    """

    data: PanelData
    residuals: Array
    enlarged: Array
    groups: NDArray[np.intp]
    multiplier: Array | None
    points: Array

    @property
    def clusters(self) -> int:
        """Number of clusters."""
        return int(self.groups.max()) + 1

    def outcome(self, signs: Array) -> Array:
        """y* for given s_g, shape (N·T,) as the panel's rows; `signs` has shape (clusters,)."""
        change = signs[self.groups] * self.enlarged - self.residuals
        if self.multiplier is not None:
            change = self.multiplier @ change
        return np.asarray(self.data.y + change.ravel())

    def draw(self, generator: np.random.Generator) -> PanelData:
        """The panel with a new outcome, for `SpatialPanel.from_data`."""
        signs = generator.choice(self.points, size=self.clusters)
        return replace(self.data, y=self.outcome(signs))


def resampler(
    fit: PanelResults,
    weights: str = "rademacher",
    clusters: Any = None,
    adjustment: str | None = "clustered",
) -> Resampler:
    """Prepare the wild cluster bootstrap of a fit.

    Parameters
    ----------
    fit : the fit whose fitted values and residuals are kept; for a test, that of the null
    weights : s_g: "rademacher", −1 or 1; "webb", one of ±√½, ±1, ±√(3/2), for ten clusters or
        fewer (Webb 2014)
    clusters : as in `SpatialPanel.fit`; None: the entities
    adjustment : how residuals, which are smaller than errors, are enlarged; as the covariance of
        the same name does it. None: not at all; "clustered": all by the root of
        C/(C−1)·NT/(NT−p), C clusters and p parameters; "cr2" and "cr3": those of cluster g by
        (I − H_gg) to the power of −½ and −1, H = Z(Z′Z)⁻¹Z′

    Raises
    ------
    SpatialPanelError
        Unknown weights or adjustment; random effects outside a spatial error, whose residuals
        are not independent between entities.
    """
    for name, value, allowed in (
        ("weights", weights, WEIGHTS),
        ("adjustment", adjustment, ADJUSTMENTS),
    ):
        if value not in allowed:
            raise SpatialPanelError(f"{name}={value!r}; expected one of {list(allowed)}")
    model, at = fit.model, fit.estimate
    if at.kappa is not None:
        raise SpatialPanelError(
            "the bootstrap has no random effects outside a spatial error: their residuals are not "
            "independent between entities; use random_effects='kkp' or fixed effects"
        )
    groups = inference(model.data, "clustered", clusters).groups
    assert groups is not None
    e = _innovations(model.design, at)
    identity = np.eye(len(model.weights))
    shape = model.data.shape
    return Resampler(
        model.data,
        e.reshape(shape),
        _enlarged(model.design, at, e, groups, adjustment).reshape(shape),
        groups.reshape(shape),
        None if at.rho is None else model.weights.multiplier(at.rho, identity),
        _POINTS[weights],
    )


def _innovations(design: Design, at: Estimate) -> Array:
    """e with random entity effects left in it, so that they flip with the rest of an entity."""
    if at.phi is None:
        return residuals(design, at)
    data, weights, spec = design.data, design.weights, design.spec
    rest = data.y - raw_columns(data, weights, spec) @ at.b
    if at.rho is not None:
        rest = rest - at.rho * weights.lag(data.y if spec.spatial == "lag" else rest)
    return within(rest[:, None], data.shape, spec.fixed_effects)[:, 0]


def _enlarged(
    design: Design, at: Estimate, e: Array, groups: NDArray[np.intp], adjustment: str | None
) -> Array:
    """ẽ, see `resampler`."""
    if adjustment is None:
        return e
    count = int(groups.max()) + 1
    if adjustment == "clustered":
        p = len(at.theta)
        return np.asarray(e * np.sqrt(count / (count - 1) * len(e) / (len(e) - p)))
    z = design.Z
    if design.lag_Z is not None and at.rho is not None:
        z = z - at.rho * design.lag_Z
    inner = np.linalg.inv(z.T @ z)
    made = np.empty_like(e)
    for group in range(count):
        rows = groups == group
        values, vectors = np.linalg.eigh(np.eye(rows.sum()) - z[rows] @ inner @ z[rows].T)
        power = np.maximum(values, 1e-6) ** (-0.5 if adjustment == "cr2" else -1.0)
        made[rows] = vectors @ (power * (vectors.T @ e[rows]))
    return made
