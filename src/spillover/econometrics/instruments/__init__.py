"""Is the exposure endogenous? Instruments, with and without effects, without and within space.

Two-stage least squares, its tests and its weak-instrument-proof confidence sets; which instrument
is believable is for the reader to judge.
"""

from spillover.econometrics.instruments.sample import InstrumentError
from spillover.econometrics.instruments.spatial import SpatialTwoStage, spatial_two_stage
from spillover.econometrics.instruments.spatial_gmm import SpatialGMM, spatial_gmm
from spillover.econometrics.instruments.two_stage import (
    STOCK_YOGO,
    ReducedForm,
    TwoStage,
    two_stage,
)

__all__ = [
    "STOCK_YOGO",
    "InstrumentError",
    "ReducedForm",
    "SpatialGMM",
    "SpatialTwoStage",
    "TwoStage",
    "spatial_gmm",
    "spatial_two_stage",
    "two_stage",
]
