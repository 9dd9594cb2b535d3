"""One study under many specifications: robustness checks, full grids, specification curves.

It varies data, weights and estimator and tabulates what each variant gives; how near a variant
comes to printed numbers is asked in :mod:`spillover.multiverse.search`.
"""

from spillover.multiverse.curve import by_choice, specification_curve, summary
from spillover.multiverse.engine import Fitted, run
from spillover.multiverse.grids import grid, plan
from spillover.multiverse.robustness import GROUPS, robustness, variants
from spillover.multiverse.specification import MultiverseError, Specification, specify
from spillover.multiverse.tabulating import tidy

__all__ = [
    "GROUPS",
    "Fitted",
    "MultiverseError",
    "Specification",
    "by_choice",
    "grid",
    "plan",
    "robustness",
    "run",
    "specification_curve",
    "specify",
    "summary",
    "tidy",
    "variants",
]
