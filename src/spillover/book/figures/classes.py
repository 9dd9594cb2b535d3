"""Classes of a quantity for maps and heat maps: bounds, colours and legible names.

The bounds come from mapclassify; this room draws nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import mapclassify
import numpy as np
import pandas as pd

from spillover.book.figures.numbers import decimals
from spillover.book.figures.style import FigureError, colours
from spillover.econometrics.formats import fmt


@dataclass(frozen=True)
class Classes:
    """Ordered classes of a quantity.

    Attributes
    ----------
    lowest : float
        Smallest value.
    upper : tuple of float
        Upper bound of each class, included in it; the last is the largest value.
    colours : tuple of str
        Light to dark.
    """

    lowest: float
    upper: tuple[float, ...]
    colours: tuple[str, ...]

    def of(self, values: np.ndarray) -> np.ndarray:
        """Return the class (0, 1, …) of each value; −1 where it is missing."""
        found = np.searchsorted(self.upper, values, side="left")
        return np.where(np.isnan(values), -1, np.minimum(found, len(self.upper) - 1))

    def colour(self, value: float) -> str:
        """Return the colour of one value that is not missing."""
        return self.colours[int(self.of(np.array([value]))[0])]

    @property
    def names(self) -> list[str]:
        """Ranges as they stand in a legend, with as few decimals as keep the bounds apart."""
        edges = [self.lowest, *self.upper]
        shown = [fmt(edge, decimals(edges), thousands=True) for edge in edges]
        return [f"{low} – {high}" for low, high in pairwise(shown)]


def classify(
    values: Sequence[float] | np.ndarray | pd.Series,
    k: int = 4,
    scheme: str = "quantiles",
    bins: Sequence[float] | None = None,
) -> Classes:
    """Cut values into classes.

    Parameters
    ----------
    values
        Numbers; missing ones are left out.
    k
        Number of classes.
    scheme
        Any scheme of mapclassify that takes k: ``quantiles``, ``fisherjenks`` (the natural
        breaks, found exactly), ``equalinterval`` …
    bins
        Upper bounds of one's own instead, ascending; the last must reach the largest value.

    Raises
    ------
    FigureError
        Fewer distinct values than classes, or bounds that leave values out.

    Examples
    --------
    >>> classify([1, 2, 3, 4, 5, 6, 7, 8], k=4).upper
    (2.75, 4.5, 6.25, 8.0)
    """
    known = np.asarray(values, dtype=float).ravel()
    known = known[~np.isnan(known)]
    distinct = len(np.unique(known))
    if distinct < (k if bins is None else 1):
        raise FigureError(f"{k} classes need {k} distinct values; found {distinct}; lower k")
    upper = tuple(float(b) for b in bins) if bins is not None else _bounds(known, k, scheme)
    if bins is not None and (list(upper) != sorted(set(upper)) or known.max() > upper[-1]):
        raise FigureError(f"bins {upper} must ascend and reach the largest value {known.max():g}")
    return Classes(float(known.min()), upper, tuple(colours(len(upper))))


def _bounds(known: np.ndarray, k: int, scheme: str) -> tuple[float, ...]:
    """Return the upper bounds by a scheme of mapclassify."""
    with warnings.catch_warnings():
        # Natural breaks in plain Python are slow only for thousands of values.
        warnings.filterwarnings("ignore", message="Numba not installed")
        # Answered below by an error that says what to do.
        warnings.filterwarnings("ignore", message="Not enough unique values")
        bounds = mapclassify.classify(known, scheme, k=k).bins
    if len(set(bounds)) < k:
        raise FigureError(f"{scheme} with k={k} gives {len(set(bounds))} distinct bounds; lower k")
    return tuple(float(b) for b in bounds)
