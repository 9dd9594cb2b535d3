"""Covariances of the estimates: information matrices, and sandwiches of them with scores.

Parameters are ordered b, spatial coefficient, σ², and φ of random effects.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spillover.econometrics.checks import by_label, flag, one_of, shown
from spillover.econometrics.spatialpanel import random_effects
from spillover.econometrics.spatialpanel.clusters import ClusterScores, cluster_scores
from spillover.econometrics.spatialpanel.data import (
    Array,
    PanelData,
    SmallSampleWarning,
    SpatialPanelError,
)
from spillover.econometrics.spatialpanel.design import Design
from spillover.econometrics.spatialpanel.likelihood import Estimate

COV_TYPES = (
    "observed",
    "expected",
    "robust",
    "clustered",
    "cr2",
    "cr3",
    "clustered-xsmle",
    "driscoll-kraay",
)
_CLUSTERED = ("robust", "clustered", "cr2", "cr3", "clustered-xsmle")
_FEW_PERIODS = 25


@dataclass(frozen=True, eq=False)
class Inference:
    """Which covariance of the estimates.

    Attributes
    ----------
    cov_type : one of `COV_TYPES`
    groups : cluster number of each row, where clustered
    bandwidth : lags of the Bartlett kernel, for Driscoll–Kraay
    small_sample : whether a clustered covariance has a factor for few clusters, and its tests
        and intervals the t distribution
    """

    cov_type: str
    groups: NDArray[np.intp] | None = None
    bandwidth: int = 0
    small_sample: bool = True

    @property
    def df(self) -> int | None:
        """Degrees of freedom of t, C − 1 of C clusters; None for the normal distribution."""
        if self.groups is None or not self.small_sample or self.cov_type == "clustered-xsmle":
            return None
        return int(self.groups.max())


def inference(
    data: PanelData,
    cov_type: str,
    clusters: Any = None,
    bandwidth: int | None = None,
    small_sample: bool = True,
) -> Inference:
    """Check the choice of a covariance; arguments as in `SpatialPanel.fit`.

    Raises
    ------
    SpatialPanelError
        Unknown type; clusters not needed or of other rows; a bandwidth below zero or not below T.

    Warns
    -----
    SmallSampleWarning
        Driscoll–Kraay with fewer than 25 periods.
    """
    if isinstance(cov_type, str):
        cov_type = cov_type.lower().replace("_", "-")
    one_of(cov_type, COV_TYPES, SpatialPanelError, "cov_type")
    small_sample = flag(small_sample, SpatialPanelError, "small_sample")
    if clusters is not None and cov_type not in ("clustered", "cr2", "cr3"):
        raise SpatialPanelError(f"cov_type={cov_type!r} takes no clusters=")
    if bandwidth is not None and cov_type != "driscoll-kraay":
        raise SpatialPanelError(f"cov_type={cov_type!r} takes no bandwidth=")
    n, t = data.shape
    if bandwidth is None:
        # Newey and West (1994)
        bandwidth = min(int(np.floor(4 * (t / 100) ** (2 / 9))), t - 1)
    fits = isinstance(bandwidth, int | np.integer) and not isinstance(bandwidth, bool)
    if not fits or not 0 <= bandwidth < t:
        raise SpatialPanelError(
            f"bandwidth={shown(bandwidth)}; expected a whole number, 0 to {t - 1}, below T = {t}"
        )
    if cov_type == "driscoll-kraay" and t < _FEW_PERIODS:
        warnings.warn(
            f"Driscoll and Kraay's errors are for many periods; the panel has {t}, and with so few "
            "they are too small: use cov_type='cr3', or see what they cover by reliability()",
            SmallSampleWarning,
            stacklevel=3,
        )
    groups = None
    if cov_type in _CLUSTERED:
        by_entity = np.repeat(np.arange(n), t)
        groups = by_entity if clusters is None else _cluster_numbers(data, clusters)
    return Inference(cov_type, groups, bandwidth, small_sample)


def _cluster_numbers(data: PanelData, clusters: Any) -> NDArray[np.intp]:
    """Number the groups, given for each row (Series over the panel) or for each entity."""
    if isinstance(clusters, pd.DataFrame) and clusters.shape[1] == 1:
        clusters = clusters.iloc[:, 0]
    n, t = data.shape
    labels: Any
    if isinstance(clusters, pd.Series) and isinstance(clusters.index, pd.MultiIndex):
        labels = by_label(clusters, data.index, SpatialPanelError, "clusters=", "row")
    elif isinstance(clusters, pd.Series | Mapping):
        of_entity = by_label(clusters, data.entities, SpatialPanelError, "clusters=")
        labels = np.repeat(of_entity.to_numpy(), t)
    else:
        labels = np.asarray(clusters)
        if labels.ndim != 1 or len(labels) != n * t:
            size = f"{len(labels)} rows" if labels.ndim == 1 else shown(clusters)
            raise SpatialPanelError(
                f"clusters= has {size}; expected one group for each of {n * t} rows, or a Series "
                "keyed by entity"
            )
        if pd.isna(labels).any():
            raise SpatialPanelError("clusters= leaves rows without a group; give every row one")
    codes, found = pd.factorize(pd.Series(np.asarray(labels)))
    if len(found) < 2:
        raise SpatialPanelError("clusters= has one group; expected at least two")
    return np.asarray(codes, dtype=np.intp)


def covariance(design: Design, at: Estimate, how: Inference) -> Array:
    """Covariance of (b, spatial coefficient, σ², φ).

    With the inverse H⁻¹ of the observed information: clustered, H⁻¹MH⁻¹ with M the products of
    the clusters' scores (`cluster_scores`), times C/(C−1)·(NT−1)/(NT−k) for small samples, as in
    Stata; "cr2" and "cr3" with residuals enlarged for the leverage of their cluster, the latter
    times (C−1)/C; "clustered-xsmle", H⁻¹(Σ_c s_c s_c′)H⁻¹ with `scores` summed within clusters;
    Driscoll and Kraay (1998), H⁻¹(Γ₀ + Σ_l w_l(Γ_l + Γ_l′))H⁻¹ with `scores` summed within
    periods, w_l = 1 − l/(L+1).

    Raises
    ------
    SpatialPanelError
        The information matrix is not positive definite at the estimates.
    """
    if at.kappa is not None and how.cov_type != "observed":
        raise SpatialPanelError(
            f"cov_type={how.cov_type!r} is not available for random effects outside a spatial "
            "error; use 'observed', or random_effects='kkp'"
        )
    bread = _bread(design, at, expected=how.cov_type == "expected")
    if how.cov_type in ("observed", "expected"):
        return bread
    if how.cov_type == "driscoll-kraay":
        sums = scores(design, at).reshape(*design.shape, -1).sum(axis=0)
        meat = sums.T @ sums
        for lag in range(1, how.bandwidth + 1):
            gamma = sums[lag:].T @ sums[:-lag]
            meat += (1 - lag / (how.bandwidth + 1)) * (gamma + gamma.T)
        return np.asarray(bread @ meat @ bread)
    assert how.groups is not None
    if how.cov_type == "clustered-xsmle":
        rows = scores(design, at)
        sums = np.zeros((int(how.groups.max()) + 1, rows.shape[1]))
        np.add.at(sums, how.groups, rows)
        return np.asarray(bread @ (sums.T @ sums) @ bread)
    influence = clustered_scores(design, at, how)
    return np.asarray(small_sample_factor(design, how) * bread @ influence.cross(influence) @ bread)


def _bread(design: Design, at: Estimate, expected: bool = False) -> Array:
    try:
        return inverse(information(design, at, expected=expected))
    except np.linalg.LinAlgError:
        raise SpatialPanelError(
            "the information matrix is not positive definite at the estimates: the likelihood "
            "is flat in some direction; try cov_type='expected' or a smaller model"
        ) from None


def clustered_scores(design: Design, at: Estimate, how: Inference) -> ClusterScores:
    """Scores by cluster, for a covariance of type "robust", "clustered", "cr2" or "cr3"."""
    assert how.groups is not None
    kind = "clustered" if how.cov_type == "robust" else how.cov_type
    return cluster_scores(design, at, residuals(design, at), how.groups, kind)


def small_sample_factor(design: Design, how: Inference) -> float:
    """What the products of clustered scores are multiplied by; 1 without `small_sample`.

    "clustered": C/(C−1)·(NT−1)/(NT−k), where k counts slopes, spatial coefficient, constant and
    T − 1 time effects, but no entity effects, as they are nested in the clusters (Stata's xtreg
    and reghdfe); "cr3": (C−1)/C, that of the jackknife; "cr2": 1.
    """
    if how.groups is None or not how.small_sample or how.cov_type == "cr2":
        return 1.0
    count = int(how.groups.max()) + 1
    if how.cov_type == "cr3":
        return (count - 1) / count
    (n, t), spec = design.shape, design.spec
    k = design.Z.shape[1] + (spec.spatial is not None) + (spec.fixed_effects != "none")
    k += (t - 1) * (spec.fixed_effects in ("time", "twoway"))
    return float(count / (count - 1) * (n * t - 1) / (n * t - k))


def inverse(matrix: Array) -> Array:
    """Inverse of an information matrix, scaled first so that units do not matter.

    Raises
    ------
    numpy.linalg.LinAlgError
        The matrix is not positive definite.
    """
    scale = 1 / np.sqrt(np.abs(np.diag(matrix)))
    scaled = matrix * np.outer(scale, scale)
    np.linalg.cholesky(scaled)
    return np.asarray(np.linalg.inv(scaled) * np.outer(scale, scale))


def information(design: Design, at: Estimate, *, expected: bool = False) -> Array:
    """Information about (b, spatial coefficient, σ²), and about φ where it is inside (0, 1).

    Observed, the negative Hessian (Stata's xsmle): H_bb = Z′Z/σ²; H_bρ = Z′ℓ/σ²;
    H_ρρ = T·tr(GG) + ℓ′ℓ/σ²; H_ρσ = ℓ′e/σ⁴; H_σσ = −NT/2σ⁴ + e′e/σ⁶, which is NT/2σ⁴ for
    e′e = NTσ²: true at a maximum, and taken as true where σ² was corrected afterwards. For the
    spatial error Z is filtered, Z − λWZ, ℓ is v = Wu and H_bλ = [Z(λ)′v + (WZ)′e]/σ².

    Expected (Elhorst 2014, eq. 3.22; splm; spreg): I_bρ = Z′(I_T⊗G)Zb/σ²;
    I_ρρ = T·tr(GG + G′G) + ‖(I_T⊗G)Zb‖²/σ²; I_ρσ = T·tr(G)/σ²; the rest as observed. For the
    spatial error the terms in Zb are zero. Where the unit eigenvalue of W is left out,
    tr(G), tr(GG) and tr(G′G) lose its share.
    """
    if at.kappa is not None:
        return random_effects.observed_information(design, at)
    k, R, s2 = design.Z.shape[1], design.R, at.sigma2
    if at.rho is None:
        matrix = np.zeros((k + 1, k + 1))
        matrix[:k, :k] = R[:k, :k].T @ R[:k, :k] / s2
        matrix[k, k] = at.n / (2 * s2**2)
    else:
        # in the coordinates of the triangle
        if design.lag_Z is None:
            z, v = R[:, :k], R[:, k + 1]
            e = R[:, k] - at.rho * v - z @ at.b
            cross = z.T @ v
        else:
            lag_z = R[:, k + 1 : 2 * k + 1]
            z = R[:, :k] - at.rho * lag_z
            v = R[:, -1] - lag_z @ at.b
            e = R[:, k] - at.rho * R[:, -1] - z @ at.b
            cross = z.T @ v + lag_z.T @ e
        trace, trace_square = _traces(design, at)
        if expected:
            cross, square, trace_cross = _expected_terms(design, at)
            corner = at.m * (trace_square + trace_cross) + square / s2
            edge = at.m * trace / s2
        else:
            corner = at.m * trace_square + float(v @ v) / s2
            edge = float(v @ e) / s2**2
        matrix = np.zeros((k + 2, k + 2))
        matrix[:k, :k] = z.T @ z / s2
        matrix[:k, k] = matrix[k, :k] = cross / s2
        matrix[k, k] = corner
        matrix[k, k + 1] = matrix[k + 1, k] = edge
        matrix[k + 1, k + 1] = at.n / (2 * s2**2)
    if at.phi is None or at.phi == 1.0:
        return matrix
    return random_effects.with_phi(matrix, design, at, expected)


def _traces(design: Design, at: Estimate) -> tuple[float, float]:
    """tr(G) and tr(GG), G = W(I − ρW)⁻¹, less those of the unit eigenvalue if it is left out."""
    assert at.rho is not None
    determinant = design.weights.log_determinant
    trace, square = determinant.trace(at.rho), determinant.trace_square(at.rho)
    if at.u:
        trace, square = trace - 1 / (1 - at.rho), square - 1 / (1 - at.rho) ** 2
    return trace, square


def _expected_terms(design: Design, at: Estimate) -> tuple[Array, float, float]:
    """Z′(I_T⊗G)Zb and ‖(I_T⊗G)Zb‖², zero for the spatial error, and tr(G′G)."""
    assert at.rho is not None
    weights = design.weights
    trace_cross = weights.trace_cross(at.rho).value
    if at.u:
        # without the unit eigenvalue tr(G′G) loses ‖1′G‖²/N
        column = weights.multiplier(at.rho, np.ones((len(weights), 1)), transpose=True)
        sums = weights.matrix.T @ column
        trace_cross -= float((sums**2).sum()) / len(weights)
    if design.spec.spatial == "error":
        return np.zeros(design.Z.shape[1]), 0.0, trace_cross
    signal = (design.Z @ at.b).reshape(design.shape)
    moved = weights.lag(weights.multiplier(at.rho, signal)).ravel()
    return design.Z.T @ moved, float(moved @ moved), trace_cross


def residuals(design: Design, at: Estimate) -> Array:
    """e of the transformed model, shape (N·T,)."""
    if at.rho is None:
        return np.asarray(design.y - design.Z @ at.b)
    assert design.lag_y is not None
    e = design.y - at.rho * design.lag_y - design.Z @ at.b
    if design.lag_Z is not None:
        e += at.rho * (design.lag_Z @ at.b)
    return np.asarray(e)


def scores(design: Design, at: Estimate) -> Array:
    """Score of each row: [z·e/σ²; ℓ·e/σ² − tr(G)/N; −1/2σ² + e²/2σ⁴], shape (N·T, p + 1).

    As Stata's xsmle has it; not to be summed by entity for the spatial coefficient (`clusters`).
    For the spatial error z is filtered and ℓ is v = Wu.
    """
    e = residuals(design, at)
    s2 = at.sigma2
    z, columns = design.Z, []
    if at.rho is not None:
        assert design.lag_y is not None
        v = design.lag_y
        if design.lag_Z is not None:
            z, v = z - at.rho * design.lag_Z, v - design.lag_Z @ at.b
        columns.append(v * e / s2 - _traces(design, at)[0] * at.m / at.n)
    columns.append(-0.5 / s2 + e**2 / (2 * s2**2))
    if at.phi is not None and at.phi != 1.0:
        columns.append(random_effects.score_of_phi(e, design.shape, at))
    return np.column_stack([z * (e / s2)[:, None], *columns])
