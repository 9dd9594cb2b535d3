"""One study under many specifications: robustness checks, full grids, specification curves."""

from spillover.multiverse.curve import (
    by_choice,
    decomposition,
    signs,
    specification_curve,
    summary,
    weighted,
)
from spillover.multiverse.engine import Fitted, run, tidy
from spillover.multiverse.grid import grid
from spillover.multiverse.joint import CurveTests, curve_tests, joint_tests
from spillover.multiverse.reliability import reliability
from spillover.multiverse.robustness import GROUPS, choices, crossing, robustness, variants
from spillover.multiverse.specification import MultiverseError, Plan, Specification, plan, specify

__all__ = [
    "GROUPS",
    "CurveTests",
    "Fitted",
    "MultiverseError",
    "Plan",
    "Specification",
    "by_choice",
    "choices",
    "crossing",
    "curve_tests",
    "decomposition",
    "grid",
    "joint_tests",
    "plan",
    "reliability",
    "robustness",
    "run",
    "signs",
    "specification_curve",
    "specify",
    "summary",
    "tidy",
    "variants",
    "weighted",
]
