"""The three equations of a spatial mediation and the joint covariance of their estimates.

Total (outcome on exposure), mediator (mediator on exposure) and outcome (outcome on exposure and
mediator), each a spatial panel; what their parameters imply is left to :mod:`.paths`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from libpysal.graph import Graph
from numpy.typing import NDArray

from spillover.econometrics.spatialpanel import PanelResults, SpatialPanel, SpatialWeights
from spillover.econometrics.spatialpanel.covariance import residuals, scores

Array = NDArray[np.float64]
EQUATIONS = ("total", "mediator", "outcome")


class MediationError(ValueError):
    """A mediation cannot be set up or computed as asked; the message says how to mend it."""


@dataclass(frozen=True, eq=False)
class System:
    """Three fitted equations that share exposure, controls, weights and effects.

    Attributes
    ----------
    total, mediator, outcome : PanelResults
        Equations (2), (3) and (4) of the first paper.
    exposure, through : str
        The exposure and the mediator.
    covariance : array
        Of all parameters (no σ²) in the order total, mediator, outcome.
    """

    total: PanelResults
    mediator: PanelResults
    outcome: PanelResults
    exposure: str
    through: str
    covariance: Array

    @property
    def fits(self) -> tuple[PanelResults, PanelResults, PanelResults]:
        """The three fits in order."""
        return self.total, self.mediator, self.outcome

    @property
    def parameters(self) -> tuple[Array, Array, Array]:
        """The three vectors of estimates."""
        first, second, third = (fit.estimate.theta for fit in self.fits)
        return first, second, third

    @property
    def weights(self) -> SpatialWeights:
        """W, shared by all three."""
        return self.total.model.weights


def models(
    y: pd.Series,
    X: pd.DataFrame,
    exposure: str,
    mediator: pd.Series,
    W: Graph | pd.DataFrame | SpatialWeights,
    model: str = "sdm",
    lagged: Sequence[str] | None = None,
    lag_mediator: bool = True,
    **options: Any,
) -> tuple[SpatialPanel, SpatialPanel, SpatialPanel]:
    """Set up the three equations, ready to fit.

    Parameters are those of :func:`spillover.econometrics.mediation.mediate`.
    """
    if exposure not in X.columns:
        raise MediationError(f"the exposure {exposure!r} is no column of X: {list(X.columns)}")
    if mediator.name in X.columns or mediator.name is None:
        raise MediationError(
            f"the mediator's name is {mediator.name!r}; expected a name that X does not have: "
            "give the Series one, and take it out of X"
        )
    weights = SpatialWeights.of(W)
    through = str(mediator.name)
    durbin = model in ("slx", "sdm", "sdem")
    with_mediator = X.join(mediator)
    if len(with_mediator) != len(X) or with_mediator[through].isna().any():
        raise MediationError("the mediator has no value in some row of X; give it the same rows")
    both = lagged
    if durbin and (lagged is not None or not lag_mediator):
        both = [*(X.columns if lagged is None else lagged), *([through] if lag_mediator else [])]
    return (
        SpatialPanel(y, X, weights, model=model, lagged=lagged, **options),
        SpatialPanel(mediator, X, weights, model=model, lagged=lagged, **options),
        SpatialPanel(y, with_mediator, weights, model=model, lagged=both, **options),
    )


def estimate(
    equations: tuple[SpatialPanel, SpatialPanel, SpatialPanel],
    exposure: str,
    cov_type: str = "robust",
    independent: bool = False,
    small_sample: bool = False,
) -> System:
    """Fit the three equations and join their covariances.

    Parameters are those of :func:`spillover.econometrics.mediation.mediate`.
    """
    if not independent and cov_type != "robust":
        raise MediationError(
            f"the covariance of all three equations is cov_type='robust', not {cov_type!r}; "
            "set independent=True with another"
        )
    extra = {"small_sample": True} if small_sample else {}
    first, second, third = (model.fit(cov_type=cov_type, **extra) for model in equations)
    fits = (first, second, third)
    joint = _independent(fits) if independent else stacked(fits, small_sample)
    return System(*fits, exposure, second.model.data.outcome, joint)


def _independent(fits: Sequence[PanelResults]) -> Array:
    """Block-diagonal covariance; blocks of equations that share the outcome are unknown.

    The likelihood of a recursive system with independent errors factors into mediator and
    outcome equation, so their estimates are uncorrelated. The total equation explains the same
    outcome as the third: nothing is known of that block without scores, so it is NaN.
    """
    sizes = [len(fit.names) for fit in fits]
    ends = np.cumsum([0, *sizes])
    joint = np.zeros((ends[-1], ends[-1]))
    for fit, low, high in zip(fits, ends[:-1], ends[1:], strict=True):
        joint[low:high, low:high] = fit.cov_full[: high - low, : high - low]
    joint[: ends[1], ends[1] :] = np.nan
    joint[ends[1] :, : ends[1]] = np.nan
    return joint


def stacked(fits: Sequence[PanelResults], small_sample: bool = False) -> Array:
    """Covariance of several equations' estimates, clustered by unit across all of them.

    Each equation solves Σ_i s_ei(θ_e) = 0; stacking the scores of all equations gives
    H⁻¹ (Σ_i s_i s_i′) H⁻¹ with block-diagonal H (the observed information) and s_i the scores of
    unit i in every equation and year. It allows any dependence over time and across equations
    within a unit, and none between units beyond what the spatial terms capture. The diagonal
    blocks are the equations' own robust covariances.

    Parameters
    ----------
    fits : sequence of PanelResults
        On the same rows.
    small_sample : bool
        Multiply by N/(N − 1).
    """
    influence = [_influence(fit) for fit in fits]
    together = np.concatenate(influence, axis=1)
    joint = together.T @ together
    n = len(together)
    return joint * (n / (n - 1)) if small_sample else joint


def _influence(fit: PanelResults) -> Array:
    """H⁻¹ s_i of one equation without the row of σ², shape (N, p)."""
    model = fit.model
    if model.spec.correction or model.spec.random_effects:
        raise MediationError(
            "the stacked covariance is for fixed effects without a correction; "
            "set independent=True here"
        )
    bread = model.fit(cov_type="observed").cov_full
    rows = scores(model.design, fit.estimate)
    n, t = model.data.shape
    by_unit = rows.reshape(n, t, -1).sum(axis=1)
    return np.asarray(by_unit @ bread)[:, : len(fit.names)]


def innovations(fit: PanelResults) -> Array:
    """Residuals e of the transformed equation, shape (N, T)."""
    model = fit.model
    return residuals(model.design, fit.estimate).reshape(model.data.shape)
