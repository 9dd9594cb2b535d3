"""The Moran scatterplot, and Moran's I over the years."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from spillover.book.figures.style import (
    DASHED,
    HERE,
    MUTED,
    PAPER,
    PRINTED,
    RULE,
    FigureError,
    PaperFigure,
    label_points,
    look,
    narrow,
    styled,
    width,
    wrapped,
)
from spillover.econometrics.formats import fmt
from spillover.econometrics.weights import dense

if TYPE_CHECKING:
    from libpysal.graph import Graph


@styled
def moran_scatter(
    y: pd.Series,
    W: Graph | pd.DataFrame,
    *,
    label: str,
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
    outliers
        How many units are named: the farthest from the centre, in standard deviations of each axis.

    Raises
    ------
    FigureError
        A unit of y is not in W or the reverse, a value is missing, all are equal, or a row of W
        does not sum to one.
    """
    weights = W if isinstance(W, pd.DataFrame) else dense(W)
    if odd := [str(u) for u in y.index.symmetric_difference(weights.index)]:
        raise FigureError(f"moran_scatter: {', '.join(odd)} stand only in one of y and W")
    if y.isna().any():
        raise FigureError(f"moran_scatter: no value for {y.index[y.isna()][0]}; leave no gap in y")
    if y.nunique() < 2:
        raise FigureError("moran_scatter: all values of y are equal; Moran's I is not defined")
    weights = weights.loc[y.index, y.index]
    sums = weights.sum(axis=1)
    if not np.allclose(sums, 1):
        unit = sums.index[~np.isclose(sums, 1)][0]
        raise FigureError(f"moran_scatter: row {unit} of W sums to {sums[unit]:g}; row-standardise")
    z = (y - y.mean()).to_numpy(float) / y.std(ddof=0)
    lag = weights.to_numpy(float) @ z
    slope = float(z @ lag / (z @ z))
    points = pd.DataFrame({"x": z, "y": lag, "far": np.hypot(z, lag / lag.std())}, index=y.index)
    figure = PaperFigure(width(), 5.3)
    edge = 0.75 / width()
    across = wrapped(f"{label}, standard deviations from the mean", width() - 0.9)
    foot = 0.105 + 0.032 * across.count("\n")
    axes = figure.add_axes((edge, foot, 0.98 - edge, 0.94 - foot))
    for axis, found in ((axes.set_xlim, points.x), (axes.set_ylim, points.y)):
        space = 0.13 * (found.max() - found.min())
        axis(min(found.min() - space, -0.5), max(found.max() + space, 0.5))
    axes.axhline(0, color=MUTED, linewidth=0.8, zorder=1)
    axes.axvline(0, color=MUTED, linewidth=0.8, zorder=1)
    for (x, height), text in {
        (0.99, 0.985): "high among high",
        (0.01, 0.985): "low among high",
        (0.01, 0.015): "low among low",
        (0.99, 0.015): "high among low",
    }.items():
        axes.text(
            x,
            height,
            text,
            ha="right" if x > 0.5 else "left",
            va="top" if height > 0.5 else "bottom",
            transform=axes.transAxes,
            color=MUTED,
            style="italic",
            gid="quadrant",
        )
    axes.scatter(points.x, points.y, s=34, color=HERE, edgecolor=PAPER, linewidth=0.8, zorder=3)
    axes.axline((0, 0), slope=slope, color=PRINTED, zorder=2)
    axes.set_title(f"Moran’s I = {fmt(slope, 3)}", loc="right", color=PRINTED, fontsize=10)
    far = points.nlargest(outliers, "far")
    label_points(axes, far, points.drop(index=far.index))
    axes.set_xlabel(across)
    axes.set_ylabel("Mean of the neighbours")
    return figure


@styled
def moran_by_year(
    table: pd.DataFrame,
    *,
    pvalues: pd.DataFrame | None = None,
    units: int = 30,
    alpha: float = 0.1,
) -> PaperFigure:
    """Draw Moran's I over the years, one line for each way of computing it.

    Parameters
    ----------
    table
        Rows years, columns names of the series (``replication``, ``published``, …), each
        written at the end of its line; a missing value leaves a gap.
    pvalues
        The same shape: a mark is hollow where p exceeds `alpha` (or is missing).
    units
        Number of units; E[I] = −1/(n − 1) under no autocorrelation is drawn.
    alpha
        Level of significance.

    Raises
    ------
    FigureError
        More series than colours, or p-values that lack one of them.
    """
    figure = PaperFigure(width(), 3.9)
    edge = 0.735 / width()
    axes = figure.add_axes((edge, 0.09, 1 - 1.5 / width() - edge, 0.86))
    axes.grid(axis="y")
    expected = -1 / (units - 1)
    axes.axhline(expected, color=MUTED, linewidth=0.9, linestyle=DASHED)
    ends = {"expected if random": (expected, MUTED)}
    for position, (name, series) in enumerate(table.items()):
        style = look(str(name), position)
        significant = np.ones(len(table), bool)
        if pvalues is not None:
            if name not in pvalues.columns:
                raise FigureError(f"moran_by_year: no p-values for {name!r}")
            significant = (pvalues[name].reindex(table.index) <= alpha).to_numpy()
        axes.plot(series.index, series, color=style.colour, linewidth=1.6)
        axes.scatter(
            series.index,
            series,
            s=42,
            c=[style.colour if s else PAPER for s in significant],
            edgecolors=style.colour,
            linewidths=1.4,
            marker=style.marker,
            zorder=3,
        )
        ends[str(name)] = (float(series.dropna().iloc[-1]), style.colour)
    axes.set_ylabel("Moran’s I")
    every = 3 if narrow() else 1
    years = list(table.index)[::every]
    axes.set_xticks(years, [str(year) for year in years])
    axes.spines[["left", "bottom"]].set_color(RULE)
    # Each line's name at its end, pushed apart where lines end close together.
    low, high = axes.get_ylim()
    axes.set_ylim(low, high)
    beside, at = axes.get_yaxis_transform(), -np.inf
    for name, (y, colour) in sorted(ends.items(), key=lambda item: item[1][0]):
        at = max(y, at + 0.06 * (high - low))
        text = textwrap.fill(name, 18)
        axes.text(1.015, at, text, transform=beside, va="center", color=colour, fontsize=9.5)
    if pvalues is not None:
        note = f"hollow: p > {alpha:g}"
        axes.text(1.015, 1.0, note, transform=axes.transAxes, va="bottom", color=MUTED, fontsize=9)
    return figure
