"""Claims that contradict one another in words, without any printed number.

Read from ``claims.csv``; what words say of numbers is in :mod:`.statements`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from spillover.replication.audit.cells import CERTAIN, LIKELY, Outcome

PAIRS = (
    (
        "C21",
        "C25",
        "Figure 4's scale runs from yellow (low) to purple (high), yet the coast, 'green to "
        "yellow', is called more agglomerated than the orange north-west: scale and reading "
        "cannot both hold",
        CERTAIN,
    ),
    (
        "G06",
        "G18",
        "among regions alike in income the spillover is estimated positive, if not significant; "
        "the contribution then claims that gains may fall there",
        LIKELY,
    ),
)


def contradictions(claims: pd.DataFrame) -> Iterator[Outcome]:
    """Return the pairs of claims that do not go together."""
    for one, other, finding, certainty in PAIRS:
        if not {one, other} <= set(claims.index):
            continue
        texts = claims["text"].astype(str)
        both = f"{one}: {texts[one]}; {other}: {texts[other]}"
        yield Outcome(
            "claims against each other", (), both, finding, certainty, (one, f"against {other}")
        )
