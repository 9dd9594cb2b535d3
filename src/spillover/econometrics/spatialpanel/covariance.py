"""The covariance of the estimates that a user names: observed, expected, robust, and so on.

It chooses and feeds the formulae of `information`; the last row and column belong to σ².
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spillover.econometrics.spatialpanel import (
    information,
    prediction,
    random_effects,
    random_error,
)
from spillover.econometrics.spatialpanel.data import PanelData
from spillover.econometrics.spatialpanel.design import Design
from spillover.econometrics.spatialpanel.errors import SpatialPanelError, some
from spillover.econometrics.spatialpanel.estimation import (
    Estimate,
    expected_information,
    ingredients,
)
from spillover.econometrics.spatialpanel.operator import SpatialWeights
from spillover.econometrics.spatialpanel.specification import Specification

Array = NDArray[np.float64]
COV_TYPES = ("observed", "expected", "robust", "clustered", "driscoll-kraay")


@dataclass(frozen=True, eq=False)
class Inference:
    """What kind of covariance is asked for.

    Attributes
    ----------
    cov_type : "observed", "expected", "robust", "clustered" or "driscoll-kraay"
    groups : cluster number of each row, for clustered errors
    bandwidth : lags of the Bartlett kernel, for Driscoll–Kraay
    small_sample : multiply a clustered covariance by C/(C−1), C clusters
    """

    cov_type: str
    groups: NDArray[np.intp] | None = None
    bandwidth: int = 0
    small_sample: bool = False


def inference(
    data: PanelData,
    cov_type: str,
    clusters: Any = None,
    bandwidth: int | None = None,
    small_sample: bool = False,
) -> Inference:
    """Check what is asked of a covariance.

    Raises
    ------
    SpatialPanelError
        Unknown type; clusters missing, not needed or of other rows; a bandwidth below zero or
        not below T.
    """
    cov_type = str(cov_type).lower().replace("_", "-")
    if cov_type not in COV_TYPES:
        raise SpatialPanelError(f"cov_type={cov_type!r}; expected one of {some(COV_TYPES, 9)}")
    if (clusters is not None) != (cov_type == "clustered"):
        fault = "needs clusters=" if cov_type == "clustered" else "takes no clusters="
        raise SpatialPanelError(f"cov_type={cov_type!r} {fault}")
    if bandwidth is not None and cov_type != "driscoll-kraay":
        raise SpatialPanelError(f"cov_type={cov_type!r} takes no bandwidth=")
    n, t = data.shape
    if bandwidth is None:
        bandwidth = min(information.default_bandwidth(t), t - 1)
    if not 0 <= bandwidth < t:
        raise SpatialPanelError(f"bandwidth={bandwidth}; expected 0 to {t - 1}, below T = {t}")
    groups = np.repeat(np.arange(n), t) if cov_type == "robust" else None
    if cov_type == "clustered":
        groups = _cluster_numbers(data, clusters)
    return Inference(cov_type, groups, bandwidth, small_sample)


def _cluster_numbers(data: PanelData, clusters: Any) -> NDArray[np.intp]:
    """Number the groups, given for each row (Series over the panel) or for each entity."""
    if isinstance(clusters, pd.DataFrame) and clusters.shape[1] == 1:
        clusters = clusters.iloc[:, 0]
    labels: Any
    if isinstance(clusters, pd.Series) and isinstance(clusters.index, pd.MultiIndex):
        labels = clusters.reindex(data.index)
    elif isinstance(clusters, pd.Series | dict):
        by_entity = pd.Series(clusters).reindex(data.entities)
        labels = pd.Series(np.repeat(by_entity.to_numpy(), data.shape[1]))
    else:
        labels = pd.Series(np.asarray(clusters).ravel())
    if len(labels) != len(data.y) or labels.isna().any():
        raise SpatialPanelError(
            f"clusters= leaves rows without a group or has {len(labels)} rows; expected one "
            f"group for each of {len(data.y)} rows, or a Series keyed by entity"
        )
    codes, found = pd.factorize(labels)
    if len(found) < 2:
        raise SpatialPanelError("clusters= has one group; expected at least two")
    return np.asarray(codes, dtype=np.intp)


def covariance(
    design: Design, weights: SpatialWeights, spatial: str | None, at: Estimate, how: Inference
) -> Array:
    """Covariance of (b, spatial coefficient, σ²).

    Raises
    ------
    SpatialPanelError
        The information matrix is not positive definite at the estimates.
    """
    if at.kappa is not None:
        if how.cov_type != "observed":
            raise SpatialPanelError(
                f"cov_type={how.cov_type!r} is not available for random effects outside a spatial "
                "error; use 'observed', or random_effects='kkp'"
            )
        hessian = random_error.observed_information(design, weights, at)
    else:
        hessian = _information(design, weights, spatial, at, how.cov_type == "expected")
    try:
        bread = information.inverse(hessian)
    except np.linalg.LinAlgError:
        raise SpatialPanelError(
            "the information matrix is not positive definite at the estimates: the likelihood "
            "is flat in some direction; try cov_type='expected' or a smaller model"
        ) from None
    if how.cov_type in ("observed", "expected"):
        return bread
    rows = scores(design, weights, spatial, at)
    if how.cov_type == "driscoll-kraay":
        by_period = rows.reshape(*design.shape, -1).sum(axis=0)
        return information.driscoll_kraay(bread, by_period, how.bandwidth)
    assert how.groups is not None
    meat = information.sandwich(bread, rows, how.groups)
    count = int(how.groups.max()) + 1
    return meat * (count / (count - 1)) if how.small_sample else meat


def _information(
    design: Design, weights: SpatialWeights, spatial: str | None, at: Estimate, expected: bool
) -> Array:
    """Information about (b, spatial coefficient, σ²) and, inside (0, 1), about φ."""
    parts = ingredients(design, weights, spatial, at)
    if spatial is None:
        hessian = information.least_squares(parts)
    elif expected:
        hessian = expected_information(design, weights, spatial, at)
    else:
        hessian = information.observed(parts)
    if at.phi is None or at.phi == 1.0:
        return hessian
    if expected:
        return random_effects.border_expected(hessian, design, spatial, at, parts)
    return random_effects.border(hessian, design, spatial, at)


def residuals(design: Design, spatial: str | None, at: Estimate) -> Array:
    """e of the transformed model, shape (N·T,)."""
    if spatial is None:
        return np.asarray(design.y - design.Z @ at.b)
    assert at.rho is not None
    assert design.lag_y is not None
    e = design.y - at.rho * design.lag_y - design.Z @ at.b
    if design.lag_Z is not None:
        e += at.rho * (design.lag_Z @ at.b)
    return np.asarray(e)


def residuals_of_random(
    data: PanelData, weights: SpatialWeights, spec: Specification, at: Estimate
) -> Array:
    """y − fitted with the predicted random effects taken out, shape (N·T,).

    For a spatial error the innovations of u − μ are (I − λW)(u − μ).
    """
    effects = prediction.recover(data, weights, spec, at)
    e = prediction.predict(data, weights, spec, at, "structural", effects)
    rest = data.y - e
    if spec.spatial == "error" and at.rho is not None:
        rest = rest - at.rho * weights.lag(rest)
    return np.asarray(rest)


def scores(design: Design, weights: SpatialWeights, spatial: str | None, at: Estimate) -> Array:
    """Score of each row: [z·e/σ²; ℓ·e/σ² − tr(G)/N; −1/2σ² + e²/2σ⁴], shape (N·T, p+1).

    For the spatial error z is filtered and ℓ is v = Wu.
    """
    e = residuals(design, spatial, at)
    s2 = at.sigma2
    last = -0.5 / s2 + e**2 / (2 * s2**2)
    if spatial is None:
        columns = [design.Z * (e / s2)[:, None], last]
        return np.column_stack(columns + _score_phi(e, design, at))
    assert at.rho is not None
    assert design.lag_y is not None
    z, v = design.Z, design.lag_y
    if design.lag_Z is not None:
        z, v = z - at.rho * design.lag_Z, v - design.lag_Z @ at.b
    trace = weights.log_determinant.trace(at.rho)
    if at.u:
        trace -= 1 / (1 - at.rho)
    share = trace * at.m / at.n
    columns = [z * (e / s2)[:, None], v * e / s2 - share, last]
    return np.column_stack(columns + _score_phi(e, design, at))


def _score_phi(e: Array, design: Design, at: Estimate) -> list[Array]:
    if at.phi is None or at.phi == 1.0:
        return []
    return [random_effects.score_phi(e, design.shape, at)]
