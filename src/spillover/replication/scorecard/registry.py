"""Which function gives the evidence on which claim.

Modules of claims register their functions here; a claim without a function and a function without
a claim are both errors, so that none is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from spillover.replication import published

if TYPE_CHECKING:
    from spillover.replication.scorecard.evidence import Evidence, Finding

Examine = Callable[["Evidence"], "Finding"]


class ScorecardError(ValueError):
    """A table without counterpart, or a claim without evidence; the message names it."""


REGISTRY: dict[str, dict[str, Examine]] = {"carbon": {}, "growth": {}}
"""By paper, the function for each claim."""


def claim(*ids: str, paper: str = "carbon") -> Callable[[Examine], Examine]:
    """Register a function as the evidence on one or more claims."""

    def register(examine: Examine) -> Examine:
        for name in ids:
            if name in REGISTRY[paper]:
                raise ScorecardError(f"claim {name} has two functions; give it one")
            REGISTRY[paper][name] = examine
        return examine

    return register


def examiners(paper: str) -> dict[str, Examine]:
    """Return the function for each claim of a paper, in the order of the claims.

    Raises
    ------
    ScorecardError
        A claim has no function, or a function no claim.
    """
    listed, known = list(published.claims(paper).index), REGISTRY[paper]
    if lacking := [name for name in listed if name not in known]:
        raise ScorecardError(f"no evidence on {', '.join(lacking)} ({paper}); register a function")
    if surplus := [name for name in known if name not in listed]:
        raise ScorecardError(f"evidence on {', '.join(surplus)}, which {paper} does not claim")
    return {name: known[name] for name in listed}
