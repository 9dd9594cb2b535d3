"""Is the exposure endogenous? Instruments, with and without effects, without and within space.

Two-stage least squares, its tests and its weak-instrument-proof confidence sets; which instrument
is believable is for the reader to judge.
"""

from spillover.econometrics.instruments.anderson_rubin import (
    ReducedForm,
    confidence_set,
    reduced_form,
)
from spillover.econometrics.instruments.sample import InstrumentError
from spillover.econometrics.instruments.spatial import SpatialTwoStage, spatial_two_stage
from spillover.econometrics.instruments.strength import STOCK_YOGO, TESTS, stock_yogo
from spillover.econometrics.instruments.two_stage import TwoStage, two_stage

__all__ = [
    "STOCK_YOGO",
    "TESTS",
    "InstrumentError",
    "ReducedForm",
    "SpatialTwoStage",
    "TwoStage",
    "confidence_set",
    "reduced_form",
    "spatial_two_stage",
    "stock_yogo",
    "two_stage",
]
