"""Spatial panels by maximum likelihood: SAR, SEM, SLX, SDM, SDEM with fixed or random effects.

The public face is `SpatialPanel`, its results, and `SpatialWeights`; choosing between models is
the business of `spillover.econometrics.selection`.
"""

from spillover.econometrics.spatialpanel.errors import LikelihoodWarning, SpatialPanelError
from spillover.econometrics.spatialpanel.model import SpatialPanel
from spillover.econometrics.spatialpanel.operator import SpatialWeights
from spillover.econometrics.spatialpanel.results import PanelResults

__all__ = [
    "LikelihoodWarning",
    "PanelResults",
    "SpatialPanel",
    "SpatialPanelError",
    "SpatialWeights",
]
