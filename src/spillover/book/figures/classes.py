"""Classes of a quantity for maps and heat maps, and the key that explains them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import mapclassify
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap, to_hex, to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import ArrayLike, NDArray

from spillover.book.figures.style import (
    HATCH,
    HERE,
    INK,
    NO_DATA,
    PRINTED,
    FigureError,
    PaperFigure,
    colours,
    decimals,
)
from spillover.econometrics.formats import fmt

MARK = "partly modelled or derived"
DOTS = "..."


@dataclass(frozen=True)
class Classes:
    """Ordered classes of a quantity.

    Attributes
    ----------
    bounds : tuple of float
        Smallest value, then the upper bound of each class, included in it.
    colours : tuple of str
        One for each class, light to dark.
    """

    bounds: tuple[float, ...]
    colours: tuple[str, ...]

    def of(self, values: ArrayLike) -> NDArray[np.int_]:
        """Return the class (0, 1, …) of each value; −1 where it is missing."""
        numbers = np.asarray(values, dtype=float)
        found = np.searchsorted(self.bounds[1:], numbers)
        return np.where(np.isnan(numbers), -1, np.minimum(found, len(self.colours) - 1))

    def fills(self, values: ArrayLike) -> NDArray[np.object_]:
        """Return the colour of each value; None where it is missing."""
        return np.array([*self.colours, None], dtype=object)[self.of(values)]

    @property
    def labels(self) -> list[str]:
        """Bounds as they stand in a key, with as few decimals as keep them apart."""
        return [fmt(bound, decimals(self.bounds), thousands=True) for bound in self.bounds]

    @property
    def names(self) -> list[str]:
        """Ranges as they stand in a legend."""
        between = " to " if min(self.bounds) < 0 else " – "
        return [f"{low}{between}{high}" for low, high in pairwise(self.labels)]


def classify(values: ArrayLike, k: int = 4, scheme: str = "quantiles") -> Classes:
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

    Raises
    ------
    FigureError
        Fewer distinct values or bounds than classes.

    Examples
    --------
    >>> classify([1, 2, 3, 4, 5, 6, 7, 8], k=4).bounds
    (1.0, 2.75, 4.5, 6.25, 8.0)
    """
    known = np.asarray(values, dtype=float).ravel()
    known = known[~np.isnan(known)]
    if (distinct := len(np.unique(known))) < k:
        raise FigureError(f"{k} classes need {k} distinct values; found {distinct}; lower k")
    with warnings.catch_warnings():
        # Natural breaks in plain Python are slow only for thousands of values.
        warnings.filterwarnings("ignore", message="Numba not installed")
        # Answered below by an error that says what to do.
        warnings.filterwarnings("ignore", message="Not enough unique values")
        upper = [float(b) for b in mapclassify.classify(known, scheme, k=k).bins]
    if len(set(upper)) < k:
        raise FigureError(f"{scheme} with k={k} gives {len(set(upper))} distinct bounds; lower k")
    return Classes((float(known.min()), *upper), tuple(colours(k)))


def around_zero(values: ArrayLike, k: int = 3) -> Classes:
    """Cut values into `k` classes on each side of zero, with the same bounds on both.

    Bounds are the natural breaks of absolute values; below zero is orange, above it blue, the
    farther from zero the deeper.

    Raises
    ------
    FigureError
        Fewer than `k` distinct absolute values.
    """
    bounds = classify(np.abs(np.asarray(values, dtype=float)), k, "fisherjenks").bounds[1:]
    shades = np.arange(1, k + 1)[:, None] / k
    sides = [
        [to_hex(c) for c in (1 - shades) * np.array(to_rgb(NO_DATA)) + shades * to_rgb(colour)]
        for colour in (PRINTED, HERE)
    ]
    both = (*(-b for b in reversed(bounds)), 0.0, *bounds)
    return Classes(both, (*reversed(sides[0]), *sides[1]))


def stepped_key(
    figure: PaperFigure,
    inches: tuple[float, float, float],
    classes: Classes,
    label: str,
    special: Sequence[Artist] = (),
) -> Axes:
    """Add a key: the label, a bar of the classes with their bounds, the swatches of `special`.

    Parameters
    ----------
    figure
        What the key is added to.
    inches
        Left end, right end and lower edge of the bar, from the lower left of the figure.
    classes, label
        What the key explains.
    special
        Of :func:`swatches`; they stand in a line under the bar.
    """
    left, right, bottom = inches
    width, height = figure.get_size_inches()
    axes = figure.add_axes((left / width, bottom / height, (right - left) / width, 0.17 / height))
    steps = range(len(classes.bounds))
    mappable = ScalarMappable(BoundaryNorm(steps, len(steps) - 1), ListedColormap(classes.colours))
    bar = figure.colorbar(mappable, cax=axes, orientation="horizontal", drawedges=False)
    bar.set_ticks(list(steps), labels=classes.labels)
    bar.outline.set_visible(False)
    axes.tick_params(length=0, pad=3)
    axes.set_title(label, loc="left", fontsize=9.5, pad=4)
    if special:
        axes.legend(
            handles=list(special),
            loc="upper left",
            bbox_to_anchor=(0, -1.65),
            ncols=2,
            borderaxespad=0,
            borderpad=0,
            handlelength=1.6,
            columnspacing=1.2,
        )
    return axes


def swatches(mark: str = "", no_data: bool = True, dot: bool = False) -> list[Artist]:
    """Return the entries of a key that are not classes.

    Parameters
    ----------
    mark
        What a mark says; empty where nothing is marked.
    no_data
        Whether anything is hatched as "no data".
    dot
        The mark is one dot (in a table), not a field of dots (on a map).
    """
    handles: list[Artist] = []
    if no_data:
        handles.append(Patch(facecolor=NO_DATA, edgecolor=HATCH, hatch="////", label="no data"))
    if mark and dot:
        handles.append(Line2D([], [], linestyle="", marker="o", ms=3, color=INK, label=mark))
    elif mark:
        handles.append(Patch(facecolor="none", edgecolor=INK, linewidth=0, hatch=DOTS, label=mark))
    return handles
