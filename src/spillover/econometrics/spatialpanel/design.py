"""The specification of a model, and the transformed columns that its likelihood works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from scipy.linalg import solve_triangular

from spillover.econometrics.checks import flag, one_of, some
from spillover.econometrics.checks import names as names_of
from spillover.econometrics.spatialpanel.data import (
    FIXED_EFFECTS,
    Array,
    PanelData,
    SpatialPanelError,
    absorbed,
    within,
)
from spillover.econometrics.spatialpanel.likelihood import triangle
from spillover.econometrics.spatialpanel.weights import SpatialWeights

_COLLINEAR = 1e-9
# figures are printed with about four digits, whose rounding such a condition number magnifies
# to the size of the coefficients themselves
_NEARLY = 1e4
MODELS = ("ols", "slx", "sar", "sem", "sdm", "sdem")
CORRECTIONS = ("auto", None, "lee-yu", "transformation")
FULL_NAMES = {
    "ols": "Panel without spatial terms (OLS)",
    "slx": "Spatial lag of X (SLX)",
    "sar": "Spatial lag (SAR)",
    "sem": "Spatial error (SEM)",
    "sdm": "Spatial Durbin (SDM)",
    "sdem": "Spatial Durbin error (SDEM)",
}


@dataclass(frozen=True)
class Specification:
    """A model with its effects; see `SpatialPanel` for the meaning of each field."""

    model: str
    lagged: tuple[str, ...]
    fixed_effects: str
    random_effects: bool | str
    lag_after_demeaning: bool
    correction: str | None

    @property
    def spatial(self) -> Literal["lag", "error"] | None:
        """What the spatial coefficient belongs to: Wy ("lag"), the error, or nothing."""
        if self.model in ("sar", "sdm"):
            return "lag"
        return "error" if self.model in ("sem", "sdem") else None

    @property
    def outside_error(self) -> bool:
        """Whether random effects are outside a spatial error rather than in it."""
        return self.random_effects is True and self.spatial == "error"

    @property
    def coefficient(self) -> str | None:
        """Name of the spatial coefficient: rho, lambda or none."""
        names: dict[str | None, str | None] = {"lag": "rho", "error": "lambda", None: None}
        return names[self.spatial]

    @property
    def effects_in_words(self) -> str:
        """The effects as a table names them."""
        if self.random_effects:
            return "Entity (random)" + (" and time" if self.fixed_effects == "time" else "")
        words = {"none": "None", "entity": "Entity", "time": "Time", "twoway": "Entity and time"}
        return words[self.fixed_effects]


def specify(
    model: str,
    names: tuple[str, ...],
    lagged: Sequence[str] | str | None,
    fixed_effects: str,
    random_effects: bool | str,
    lag_after_demeaning: bool,
    correction: str | None,
    weights: SpatialWeights,
) -> Specification:
    """Check a specification against the names of the regressors, and settle the correction.

    Raises
    ------
    SpatialPanelError
        Unknown model, effects or correction; lags of what is not in X, or in a model without
        any; random effects with fixed ones or with a correction.
    """
    model = model.lower() if isinstance(model, str) else model
    one_of(model, MODELS, SpatialPanelError, "model")
    one_of(fixed_effects, FIXED_EFFECTS, SpatialPanelError, "fixed_effects")
    one_of(correction, CORRECTIONS, SpatialPanelError, "correction")
    one_of(random_effects, (False, True, "kkp"), SpatialPanelError, "random_effects")
    random_effects = random_effects if isinstance(random_effects, str) else bool(random_effects)
    lag_after_demeaning = flag(lag_after_demeaning, SpatialPanelError, "lag_after_demeaning")
    if correction == "auto":
        biased = fixed_effects in ("time", "twoway") and weights.row_standardised
        plain = not random_effects and not lag_after_demeaning and len(weights) > 2
        correction = "transformation" if biased and plain else None
    if correction is not None and (random_effects or fixed_effects == "none"):
        raise SpatialPanelError(f"correction={correction!r} is for fixed effects; drop it")
    if correction == "lee-yu" and model in ("ols", "slx"):
        raise SpatialPanelError(f"correction={correction!r} is for models with rho or lambda")
    if correction == "transformation" and lag_after_demeaning:
        raise SpatialPanelError("the transformation uses Q(Wy): drop lag_after_demeaning=True")
    if random_effects and fixed_effects == "entity":
        raise SpatialPanelError(
            "entity effects are either random or fixed: drop random_effects or "
            "fixed_effects='entity' (fixed_effects='time' adds time effects to random ones)"
        )
    if random_effects and lag_after_demeaning:
        raise SpatialPanelError("random effects use ℓ = Wy: drop lag_after_demeaning=True")
    if random_effects and fixed_effects != "time":
        fixed_effects = "none"
    return Specification(
        model,
        _lagged(model, names, lagged),
        fixed_effects,
        random_effects,
        lag_after_demeaning,
        correction,
    )


def _lagged(
    model: str, names: tuple[str, ...], lagged: Sequence[str] | str | None
) -> tuple[str, ...]:
    if model in ("ols", "sar", "sem"):
        if lagged is not None and len(names_of(lagged, names, SpatialPanelError, "lagged")):
            durbin = {"ols": "slx", "sar": "sdm", "sem": "sdem"}[model]
            raise SpatialPanelError(
                f"model {model!r} has no spatial lags of X; drop lagged= or use {durbin!r}"
            )
        return ()
    if lagged is None:
        return names
    chosen = names_of(lagged, names, SpatialPanelError, "lagged")
    return tuple(name for name in names if name in chosen)


@dataclass(frozen=True, eq=False)
class Design:
    """A specified model on its data: within-transformed columns, entity-major.

    Attributes
    ----------
    data, weights, spec : what the columns were made of
    Z : [1, X, WX] as the model has them, shape (N·T, k)
    y : Qy
    lag_y : ℓ = Q(Wy), or W(Qy) if lagged after demeaning; None without a spatial coefficient
    lag_Z : Q(WZ), or W(QZ); None unless the error is spatial
    """

    data: PanelData
    weights: SpatialWeights
    spec: Specification
    Z: Array
    y: Array
    lag_y: Array | None
    lag_Z: Array | None

    @property
    def shape(self) -> tuple[int, int]:
        """Number of entities N and of periods T."""
        return self.data.shape

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns of Z: const, X, W_X."""
        const = ("const",) if self.spec.fixed_effects == "none" else ()
        return const + self.data.names + tuple(f"W_{name}" for name in self.spec.lagged)

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


def build(data: PanelData, weights: SpatialWeights, spec: Specification) -> Design:
    """Lag, transform and check the columns of a model.

    Raw columns are lagged first and demeaned afterwards, unless the specification has
    ``lag_after_demeaning``.

    Raises
    ------
    SpatialPanelError
        Columns that the effects absorb, collinear columns, too few observations.
    """
    raw = raw_columns(data, weights, spec)
    k = raw.shape[1]
    _check_size(k, data.shape, spec)
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
    design = Design(data, weights, spec, Z, y, lag_y, lag_Z)
    _check_names(design.names)
    _check_rank(design, raw)
    return design


def _check_size(k: int, shape: tuple[int, int], spec: Specification) -> None:
    n, t = shape
    if n < 2:
        raise SpatialPanelError("the panel has one entity; a spatial model needs at least two")
    if t == 1 and spec.fixed_effects in ("entity", "twoway"):
        raise SpatialPanelError(
            f"the panel has one period (T = 1), so {spec.fixed_effects} effects absorb "
            "everything; use fixed_effects='none' or more periods"
        )
    taken = absorbed(shape, spec.fixed_effects)
    if k >= n * t - taken:
        raise SpatialPanelError(
            f"more regressors than observations: {k} columns for {n * t} rows less {taken} "
            "effects; drop columns"
        )


def _check_names(names: tuple[str, ...]) -> None:
    twice = {name for name in names if names.count(name) > 1}
    reserved = {"rho", "lambda", "sigma2"} & set(names)
    if twice or reserved:
        raise SpatialPanelError(
            f"column names {some(sorted(twice | reserved))} clash with the names of parameters; "
            "rename them in X"
        )


def _check_rank(design: Design, raw: Array) -> None:
    """Refuse columns that the effects absorb and columns that others span, by name."""
    R, k, names = design.R, design.Z.shape[1], design.names
    before = np.sqrt(np.einsum("ij,ij->j", raw, raw))
    after = np.sqrt(np.square(R[:k, :k]).sum(axis=0))
    gone = [names[j] for j in np.flatnonzero(after <= _COLLINEAR * before)]
    if gone:
        why = {
            "entity": "do not change over time, so entity effects absorb them",
            "time": "do not differ between entities, so time effects absorb them",
            "twoway": "are sums of an entity part and a time part, so two-way effects absorb them",
            "none": "are zero",
        }[design.spec.fixed_effects]
        raise SpatialPanelError(
            f"columns {some(gone)} {why}; drop them or choose other fixed_effects"
        )
    bad = np.flatnonzero(np.abs(np.diag(R[:k, :k])) <= _COLLINEAR * after)
    if bad.size:
        j = int(bad[0])
        share = np.abs(solve_triangular(R[:j, :j], R[:j, j])) * np.linalg.norm(R[:j, :j], axis=0)
        spanning = [names[i] for i in np.flatnonzero(share > 1e-6 * share.max())]
        raise SpatialPanelError(
            f"column {names[j]!r} is a linear combination of {some(spanning)} "
            "(after the effects are taken out); drop one of them"
        )
    left = float(np.linalg.norm(R[:, k]))
    if left <= _COLLINEAR * float(np.linalg.norm(design.data.y)):
        raise SpatialPanelError("y has no variation left once the effects are taken out")
    if abs(R[k, k]) <= _COLLINEAR * left:
        raise SpatialPanelError("the regressors explain y exactly: there is nothing to estimate")
    if design.spec.spatial == "lag" and abs(R[-1, -1]) <= _COLLINEAR * np.linalg.norm(R[:, -1]):
        # ρ would only rescale y
        raise SpatialPanelError(
            "Wy is a linear combination of y and the regressors (after the effects are taken "
            "out), so that rho is not identified; use another W or other effects"
        )


def near_collinearity(design: Design) -> str | None:
    """A note where regressors nearly span each other, None where they do not.

    The condition number is that of the columns after the effects are taken out, each divided by
    its length (Belsley, Kuh and Welsch 1980, ch. 3). The standard error of a column is larger by
    the root of its variance inflation factor than with unrelated columns.
    """
    # a constant comes first and is taken out as the effects are
    first, k = int(design.spec.fixed_effects == "none"), design.Z.shape[1]
    columns = design.R[first:k, first:k]
    columns = columns / np.linalg.norm(columns, axis=0)
    condition = float(np.linalg.cond(columns))
    if not condition > _NEARLY:
        return None
    inflation = np.linalg.norm(np.linalg.inv(columns), axis=1)
    worst = np.argsort(-inflation)
    near = [design.names[first + i] for i in worst if inflation[i] > inflation[worst[0]] / 10]
    return (
        f"{some(near)} are nearly collinear (condition number {condition:.1e}): standard errors "
        f"are up to {inflation.max():.1e} times those of unrelated regressors, and rounding of "
        "the data moves the coefficients; drop one or combine them."
    )
