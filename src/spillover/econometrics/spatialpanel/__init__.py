"""Spatial panels by maximum likelihood: SAR, SEM, SLX, SDM, SDEM with fixed or random effects."""

from spillover.econometrics.spatialpanel.bootstrap import Bootstrap
from spillover.econometrics.spatialpanel.data import (
    LikelihoodWarning,
    SmallSampleWarning,
    SpatialPanelError,
)
from spillover.econometrics.spatialpanel.model import PanelResults, SpatialPanel
from spillover.econometrics.spatialpanel.weights import SpatialWeights

__all__ = [
    "Bootstrap",
    "LikelihoodWarning",
    "PanelResults",
    "SmallSampleWarning",
    "SpatialPanel",
    "SpatialPanelError",
    "SpatialWeights",
]
