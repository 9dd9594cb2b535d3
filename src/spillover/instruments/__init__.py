"""Is the exposure endogenous? Instruments, with and without effects, without and within space.

Two-stage least squares, its tests and its weak-instrument-proof confidence sets; which instrument
is believable is for the reader to judge.
"""

from spillover.instruments.anderson_rubin import ReducedForm, confidence_set, reduced_form
from spillover.instruments.declared import (
    TERRAIN,
    comparison,
    endogeneity,
    instrumented,
    lagged,
    one_line,
    terrain,
    times,
)
from spillover.instruments.sample import InstrumentError
from spillover.instruments.spatial import SpatialTwoStage, spatial_two_stage
from spillover.instruments.strength import STOCK_YOGO, TESTS, stock_yogo
from spillover.instruments.two_stage import TwoStage, two_stage

__all__ = [
    "STOCK_YOGO",
    "TERRAIN",
    "TESTS",
    "InstrumentError",
    "ReducedForm",
    "SpatialTwoStage",
    "TwoStage",
    "comparison",
    "confidence_set",
    "endogeneity",
    "instrumented",
    "lagged",
    "one_line",
    "reduced_form",
    "spatial_two_stage",
    "stock_yogo",
    "terrain",
    "times",
    "two_stage",
]
