"""Spatial panels by maximum likelihood: SAR, SEM, SLX, SDM, SDEM with fixed or random effects.

The public face is `SpatialPanel`, its results, and `SpatialWeights`; choosing between models is
the business of `spillover.selection`.
"""

from spillover.spatialpanel.errors import LikelihoodWarning, SpatialPanelError
from spillover.spatialpanel.model import SpatialPanel
from spillover.spatialpanel.operator import SpatialWeights
from spillover.spatialpanel.results import PanelResults

__all__ = [
    "LikelihoodWarning",
    "PanelResults",
    "SpatialPanel",
    "SpatialPanelError",
    "SpatialWeights",
]
