"""From data and weights to the transformed regressors that a likelihood works on.

It lags raw columns first and demeans them afterwards, and refuses collinear ones; it does not
estimate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from spillover.econometrics.spatialpanel.data import PanelData
from spillover.econometrics.spatialpanel.errors import SpatialPanelError, some
from spillover.econometrics.spatialpanel.likelihood import triangle
from spillover.econometrics.spatialpanel.operator import SpatialWeights
from spillover.econometrics.spatialpanel.specification import Specification
from spillover.econometrics.spatialpanel.within import absorbed, within

Array = NDArray[np.float64]
COLLINEAR = 1e-9


@dataclass(frozen=True, eq=False)
class Design:
    """Within-transformed columns, entity-major.

    Attributes
    ----------
    Z : [1, X, WX] as the model asks, shape (N·T, k)
    y : Qy
    lag_y : ℓ = Q(Wy), or W(Qy) if lagged after demeaning; None without a spatial coefficient
    lag_Z : Q(WZ), or W(QZ); None unless the error is spatial
    names : of the columns of Z
    """

    Z: Array
    y: Array
    lag_y: Array | None
    lag_Z: Array | None
    names: tuple[str, ...]
    shape: tuple[int, int]

    @cached_property
    def R(self) -> Array:
        """Triangle of [Z, y, ℓ] or [Z, y, WZ, Wy]: all inner products of the columns."""
        blocks = [self.Z, self.y, self.lag_Z, self.lag_y]
        return triangle(*[block for block in blocks if block is not None])


def raw_columns(data: PanelData, weights: SpatialWeights, spec: Specification) -> Array:
    """[1, X, WX] before any transformation, shape (N·T, k)."""
    blocks = [data.X]
    if spec.fixed_effects == "none":
        blocks.insert(0, np.ones((len(data.y), 1)))
    if spec.lagged:
        columns = [data.names.index(name) for name in spec.lagged]
        chosen = data.X if len(columns) == data.X.shape[1] else data.X[:, columns]
        blocks.append(weights.lag(np.ascontiguousarray(chosen)))
    return np.concatenate(blocks, axis=1) if len(blocks) > 1 else data.X


def column_names(data: PanelData, spec: Specification) -> tuple[str, ...]:
    """Names of the columns of Z: const, X, W_X."""
    const = ("const",) if spec.fixed_effects == "none" else ()
    return const + data.names + tuple(f"W_{name}" for name in spec.lagged)


def build(data: PanelData, weights: SpatialWeights, spec: Specification) -> Design:
    """Lag, transform and check the columns of a model.

    Raises
    ------
    SpatialPanelError
        Columns that the effects absorb, collinear columns, too few observations.
    """
    raw = raw_columns(data, weights, spec)
    names = column_names(data, spec)
    _check_names(names)
    _check_size(raw, data.shape, spec)
    k = raw.shape[1]
    parts = [raw, data.y[:, None]]
    early = not spec.lag_after_demeaning
    if spec.spatial == "error" and early:
        parts.append(weights.lag(np.concatenate(parts, axis=1)))
    elif spec.spatial == "lag" and early:
        parts.append(weights.lag(data.y)[:, None])
    moved = within(np.concatenate(parts, axis=1), data.shape, spec.fixed_effects)
    Z, y, rest = moved[:, :k], moved[:, k], moved[:, k + 1 :]
    if spec.spatial is not None and not early:
        inner = moved if spec.spatial == "error" else y[:, None]
        rest = weights.lag(np.ascontiguousarray(inner))
    lag_y = rest[:, -1] if spec.spatial else None
    lag_Z = rest[:, :-1] if spec.spatial == "error" else None
    design = Design(Z, y, lag_y, lag_Z, names, data.shape)
    check_rank(design, raw, data.y, spec.fixed_effects)
    return design


def _check_names(names: tuple[str, ...]) -> None:
    twice = {name for name in names if names.count(name) > 1}
    reserved = {"rho", "lambda", "sigma2"} & set(names)
    if twice or reserved:
        raise SpatialPanelError(
            f"column names {some(sorted(twice | reserved))} clash with the names of parameters; "
            "rename them in X"
        )


def _check_size(raw: Array, shape: tuple[int, int], spec: Specification) -> None:
    if shape[0] < 2:
        raise SpatialPanelError("the panel has one entity; a spatial model needs at least two")
    if shape[1] == 1 and spec.fixed_effects in ("entity", "twoway"):
        raise SpatialPanelError(
            f"the panel has one period (T = 1), so {spec.fixed_effects} effects absorb "
            "everything; use fixed_effects='none' or more periods"
        )
    left = raw.shape[0] - absorbed(shape, spec.fixed_effects)
    if raw.shape[1] >= left:
        raise SpatialPanelError(
            f"more regressors than observations: {raw.shape[1]} columns for "
            f"{raw.shape[0]} rows less {raw.shape[0] - left} effects; drop columns"
        )


def check_rank(design: Design, raw: Array, y: Array, effects: str) -> None:
    """Refuse columns that the effects absorb and columns that others span, by name."""
    k = design.Z.shape[1]
    before = np.sqrt(np.einsum("ij,ij->j", raw, raw))
    after = np.sqrt(np.square(design.R[:k, :k]).sum(axis=0))
    gone = np.flatnonzero(after <= COLLINEAR * before)
    if gone.size:
        raise SpatialPanelError(_absorbed_message([design.names[j] for j in gone], effects))
    alone = np.abs(np.diag(design.R[:k, :k]))
    bad = np.flatnonzero(alone <= COLLINEAR * after)
    if bad.size:
        raise SpatialPanelError(_collinear_message(design, int(bad[0])))
    left = float(np.linalg.norm(design.R[:, k]))
    if left <= COLLINEAR * float(np.linalg.norm(y)):
        raise SpatialPanelError("y has no variation left once the effects are taken out")
    if abs(design.R[k, k]) <= COLLINEAR * left:
        raise SpatialPanelError("the regressors explain y exactly: there is nothing to estimate")
    _check_identified(design)


def _check_identified(design: Design) -> None:
    """Refuse a spatial lag that y and the regressors span: ρ would only rescale y."""
    if design.lag_y is None or design.lag_Z is not None:
        return
    column = design.R[:, -1]
    if np.abs(column[-1]) <= COLLINEAR * np.linalg.norm(column):
        raise SpatialPanelError(
            "Wy is a linear combination of y and the regressors (after the effects are taken "
            "out), so that rho is not identified; use another W or other effects"
        )


def _absorbed_message(names: list[str], effects: str) -> str:
    why = {
        "entity": "do not change over time, so entity effects absorb them",
        "time": "do not differ between entities, so time effects absorb them",
        "twoway": "are sums of an entity part and a time part, so two-way effects absorb them",
        "none": "are zero",
    }[effects]
    return f"columns {some(names)} {why}; drop them or choose other fixed_effects"


def _collinear_message(design: Design, column: int) -> str:
    """Name the columns that span the one that is collinear."""
    R = design.R[:column, :column]
    weights = solve_triangular(R, design.R[:column, column])
    share = np.abs(weights) * np.linalg.norm(R, axis=0)
    spanning = [design.names[j] for j in np.flatnonzero(share > 1e-6 * share.max())]
    return (
        f"column {design.names[column]!r} is a linear combination of {some(spanning)} "
        "(after the effects are taken out); drop one of them"
    )
