"""Spatial autocorrelation in pictures: the Moran scatterplot, and Moran's I over the years.

The statistics and their tests come from :mod:`spillover.econometrics.moran`; the map of local clusters is
``lisa_map``.
"""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from libpysal.graph import Graph
from matplotlib.axes import Axes

from spillover.book.figures.labels import place_labels
from spillover.book.figures.style import (
    HERE,
    MUTED,
    PAPER,
    PRINTED,
    RULE,
    WIDTH,
    FigureError,
    Look,
    PaperFigure,
    head,
    look,
    styled,
)
from spillover.econometrics.formats import fmt
from spillover.econometrics.weights import dense


@styled
def moran_scatter(
    y: pd.Series,
    W: Graph | pd.DataFrame,
    *,
    label: str,
    title: str = "",
    outliers: int = 6,
) -> PaperFigure:
    r"""Draw each unit's value against the mean of its neighbours; the slope is Moran's I.

    With z the standardised values (divisor n) and a row-standardised W, the least-squares slope
    of Wz on z is :math:`I = z'Wz / z'z` (Anselin, 1996).

    Parameters
    ----------
    y
        Unit → value, nothing missing.
    W
        Row-standardised weights keyed by the same units.
    label
        The quantity, named at both axes.
    title
        Above the figure; empty for none.
    outliers
        How many units are named: the farthest from the centre, in standard deviations of each axis.

    Raises
    ------
    FigureError
        A unit of y is not in W or the reverse, a value is missing, all are equal, or a row of W
        does not sum to one.
    """
    weights = _weights(y, W)
    values = y.to_numpy(float)
    z = (values - values.mean()) / values.std()
    lag = weights.to_numpy(float) @ z
    points = pd.DataFrame({"x": z, "y": lag, "far": np.hypot(z, lag / lag.std())}, index=y.index)
    figure = PaperFigure(WIDTH, 5.3)
    axes = figure.add_axes((0.1, 0.105, 0.88, 0.825 if title else 0.875))
    _quadrants(axes, points)
    axes.scatter(points.x, points.y, s=34, color=HERE, edgecolor=PAPER, linewidth=0.8, zorder=3)
    _slope(axes, float(z @ lag / (z @ z)))
    far = points.nlargest(outliers, "far")
    place_labels(axes, far, points.drop(index=far.index))
    axes.set_xlabel(f"{label}, standard deviations from the mean")
    axes.set_ylabel("Mean of the neighbours")
    head(figure, title)
    return figure


def _slope(axes: Axes, slope: float) -> None:
    """Draw the line whose slope is Moran's I, and write the value at its end."""
    ends = np.array(axes.get_xlim())
    axes.plot(ends, slope * ends, color=PRINTED, zorder=2, gid="slope")
    axes.annotate(
        f"Moran’s I = {fmt(slope, 3)}",
        (ends[1], slope * ends[1]),
        (-4, 6 if slope >= 0 else -6),
        textcoords="offset points",
        ha="right",
        va="bottom" if slope >= 0 else "top",
        color=PRINTED,
        fontweight="bold",
    )


def _weights(y: pd.Series, W: Graph | pd.DataFrame) -> pd.DataFrame:
    """Return W as a square frame in the order of `y`, or say why it does not fit."""
    frame: pd.DataFrame = W if isinstance(W, pd.DataFrame) else dense(W)
    if odd := [str(u) for u in y.index.symmetric_difference(frame.index)]:
        raise FigureError(f"moran_scatter: {', '.join(odd)} stand only in one of y and W")
    if y.isna().any():
        raise FigureError(f"moran_scatter: no value for {y.index[y.isna()][0]}; leave no gap in y")
    if y.nunique() < 2:
        raise FigureError("moran_scatter: all values of y are equal; Moran's I is not defined")
    ordered = frame.loc[y.index, y.index]
    sums = ordered.sum(axis=1)
    if not np.allclose(sums, 1):
        unit = sums.index[~np.isclose(sums, 1)][0]
        raise FigureError(f"moran_scatter: row {unit} of W sums to {sums[unit]:g}; row-standardise")
    return ordered


def _quadrants(axes: Axes, points: pd.DataFrame) -> None:
    """Set limits, draw the two means and name the four corners."""
    for low, high, setter in (
        (points.x.min(), points.x.max(), axes.set_xlim),
        (points.y.min(), points.y.max(), axes.set_ylim),
    ):
        margin = 0.13 * (high - low)
        setter(min(low - margin, -0.5), max(high + margin, 0.5))
    axes.axhline(0, color=MUTED, linewidth=0.8, zorder=1)
    axes.axvline(0, color=MUTED, linewidth=0.8, zorder=1)
    corners: list[tuple[float, float, str, Any, Any]] = [
        (0.99, 0.985, "high among high", "right", "top"),
        (0.01, 0.985, "low among high", "left", "top"),
        (0.01, 0.015, "low among low", "left", "bottom"),
        (0.99, 0.015, "high among low", "right", "bottom"),
    ]
    for x, y, text, ha, va in corners:
        axes.text(
            x,
            y,
            text,
            ha=ha,
            va=va,
            transform=axes.transAxes,
            color=MUTED,
            style="italic",
            gid="quadrant",
        )


@styled
def moran_by_year(
    table: pd.DataFrame,
    *,
    pvalues: pd.DataFrame | None = None,
    units: int = 30,
    alpha: float = 0.1,
    title: str = "",
) -> PaperFigure:
    """Draw Moran's I over the years, one line for each way of computing it.

    Parameters
    ----------
    table
        Rows years, columns names of the series (for example ``here`` and ``printed``), each
        written at the end of its line; a missing value leaves a gap.
    pvalues
        The same shape: a mark is hollow where p exceeds `alpha` (or is missing).
    units
        Number of units; E[I] = −1/(n − 1) under no autocorrelation is drawn.
    alpha
        Level of significance.
    title
        Above the figure; empty for none.

    Raises
    ------
    FigureError
        More series than colours, or p-values that lack one of them.
    """
    figure = PaperFigure(WIDTH, 3.9)
    axes = figure.add_axes((0.105, 0.09, 0.68, 0.8 if title else 0.86))
    axes.grid(axis="y")
    expected = -1 / (units - 1)
    axes.axhline(expected, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
    ends = {"expected if random": (expected, MUTED)}
    for place, name in enumerate(table.columns):
        style = look(str(name), place)
        _series(axes, table[name], style, _significant(table[name], pvalues, alpha))
        ends[str(name)] = (float(table[name].dropna().iloc[-1]), style.colour)
    axes.set_ylabel("Moran’s I")
    axes.set_xticks(list(table.index), [str(year) for year in table.index])
    axes.spines[["left", "bottom"]].set_color(RULE)
    _end_labels(axes, ends)
    if pvalues is not None:
        note = f"hollow: p > {alpha:g}"
        axes.text(1.015, 1.0, note, transform=axes.transAxes, va="bottom", color=MUTED, fontsize=9)
    head(figure, title)
    return figure


def _series(axes: Axes, series: pd.Series, style: Look, solid: list[bool]) -> None:
    """Draw one series; a year without a value leaves a gap."""
    axes.plot(series.index, series, color=style.colour, linewidth=1.6)
    axes.scatter(
        series.index,
        series,
        s=42,
        c=[style.colour if significant else PAPER for significant in solid],
        edgecolors=style.colour,
        linewidths=1.4,
        marker=style.marker,
        zorder=3,
        gid=f"series-{series.name}",
    )


def _significant(series: pd.Series, pvalues: pd.DataFrame | None, alpha: float) -> list[bool]:
    if pvalues is None:
        return [True] * len(series)
    if series.name not in pvalues.columns:
        raise FigureError(f"moran_by_year: no p-values for {series.name!r}")
    return [bool(p <= alpha) for p in pvalues[series.name].reindex(series.index)]


def _end_labels(axes: Axes, ends: dict[str, tuple[float, str]]) -> None:
    """Write each line's name at its end, pushed apart where lines end close together."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, high)
    gap = 0.06 * (high - low)
    at = -np.inf
    for name, (y, colour) in sorted(ends.items(), key=lambda item: item[1][0]):
        at = max(y, at + gap)
        text = textwrap.fill(name, 18)
        beside = axes.get_yaxis_transform()
        axes.text(1.015, at, text, transform=beside, va="center", color=colour, fontsize=9.5)
