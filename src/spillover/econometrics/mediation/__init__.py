"""Spatial mediation: does the exposure work through a mediator, here and next door, and how much?

Three spatial panels and inference on the product of their effects; it declares no causal reading,
which needs that nothing else moves mediator and outcome together.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from libpysal.graph import Graph

from spillover.econometrics.mediation.draws import Draws
from spillover.econometrics.mediation.effects import ROUTES
from spillover.econometrics.mediation.paths import PATHS
from spillover.econometrics.mediation.results import SHARES, Mediation
from spillover.econometrics.mediation.system import MediationError, System, estimate, models
from spillover.econometrics.spatialpanel import SpatialWeights

__all__ = [
    "PATHS",
    "ROUTES",
    "SHARES",
    "Draws",
    "Mediation",
    "MediationError",
    "System",
    "mediate",
]


def mediate(
    y: pd.Series,
    X: pd.DataFrame,
    exposure: str,
    mediator: pd.Series,
    W: Graph | pd.DataFrame | SpatialWeights,
    cov_type: str = "robust",
    independent: bool = False,
    small_sample: bool = False,
    level: float = 0.95,
    **options: Any,
) -> Mediation:
    """Estimate a spatial mediation.

    With E(ρ; β, θ) = (I − ρW)⁻¹(βI + θW), the exposure moves the mediator by E(λ; γ₁, κ₁) and the
    mediator moves the outcome by E(δ; α₂, φ₂). By the chain rule the mediated effect is the
    product of the two matrices, in every year; its mean diagonal is the mediated direct effect
    (what comes back through the neighbours' mediator included), its mean row sum the mediated
    total, and the rest the mediated spillover. E(δ; α₁, φ₁) is what is not mediated.

    Parameters
    ----------
    y : Series
        Outcome, N·T values indexed by (entity, time).
    X : DataFrame
        Exposure and controls, without the mediator.
    exposure : str
        A column of `X`.
    mediator : Series
        Named, on the same rows.
    cov_type : str
        As for :meth:`.SpatialPanel.fit`. "robust" (clustered by entity) sums the scores of all
        three equations by entity, so that their estimates may be correlated; any other covariance
        needs `independent`.
    independent : bool
        Take the errors of the mediator and the outcome equation as independent, which makes their
        estimates uncorrelated; what compares the total equation with the others (the gap, two of
        the shares) then has no error.
    small_sample : bool
        Multiply clustered covariances by N/(N − 1).
    **options
        ``lag_mediator`` (default True), and those of
        :class:`spillover.econometrics.spatialpanel.SpatialPanel`: model, lagged, fixed_effects, …

    Raises
    ------
    MediationError
        Names that do not fit, a covariance that the equations cannot have together.

    References
    ----------
    Baron and Kenny (1986), JPSP 51; Sobel (1982), Sociological Methodology 13; LeSage and Pace
    (2009), Introduction to Spatial Econometrics, ch. 2.
    """
    equations = models(y, X, exposure, mediator, W, **options)
    system = estimate(equations, exposure, cov_type, independent, small_sample)
    return Mediation(system, level)
