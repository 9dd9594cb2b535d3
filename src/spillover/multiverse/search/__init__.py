"""What was estimated? How near each specification comes to a printed table, and what they share.

It searches and tabulates; it judges neither the printed numbers nor those who printed them, and
nearness is not identity: another specification that was not searched may be nearer.
"""

from spillover.multiverse.search.least_squares import search_least_squares
from spillover.multiverse.search.sharing import importance, marginal_means, nearest, shared
from spillover.multiverse.search.spatial import DEFAULT_CHOICES, search
from spillover.replication.lag_structure import (
    Target,
    implied_rho,
    lag_evidence,
    target,
    targets,
)

__all__ = [
    "DEFAULT_CHOICES",
    "Target",
    "implied_rho",
    "importance",
    "lag_evidence",
    "marginal_means",
    "nearest",
    "search",
    "search_least_squares",
    "shared",
    "target",
    "targets",
]
