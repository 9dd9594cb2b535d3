"""How many decimals the numbers of a figure get.

It only counts digits; :mod:`spillover.econometrics.formats` writes the numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np


def digits(values: Iterable[float]) -> int:
    """Return how many decimals show three digits of the largest value.

    >>> digits([0.123, 1.5]), digits([1234.0])
    (2, 0)
    """
    largest = max((abs(v) for v in values), default=0.0) or 1.0
    return int(np.clip(2 - np.floor(np.log10(largest)), 0, 6))


def decimals(values: Sequence[float], most: int = 6) -> int:
    """Return how many decimals a set of bounds needs.

    Three digits for the largest value, at least one for the smallest that is not zero, and enough
    to keep all of them apart.

    >>> decimals([0.5, 1.25, 12.0]), decimals([0.5, 1.25, 12.0, 12.02]), decimals([0.02, 12.0])
    (1, 2, 2)
    """
    unique = sorted({float(v) for v in values})
    smallest = min((abs(v) for v in unique if v), default=1.0)
    fewest = int(np.clip(-np.floor(np.log10(smallest)), digits(unique), most))
    for places in range(fewest, most):
        if len({f"{v:.{places}f}" for v in unique}) == len(unique):
            return places
    return most
