"""Maps of one quantity: classes of a value, clusters of local Moran statistics, small multiples.

Flows between provinces are in :mod:`spillover.book.figures.flows`; the ground is in ``basemap``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from spillover.book.figures.basemap import (
    SMALL,
    checked,
    draw_provinces,
    name_provinces,
    north_arrow,
    panel_provinces,
    scale_bar,
)
from spillover.book.figures.classes import Classes, classify
from spillover.book.figures.keys import MARK, stepped_key, swatches
from spillover.book.figures.style import CLUSTERS, WIDTH, FigureError, PaperFigure, head, styled

KEY_WIDTH, KEY_HEIGHT = 3.4, 1.25
"""Inches that the key of small multiples needs."""


@styled
def class_map(
    values: pd.Series,
    *,
    label: str,
    title: str = "",
    k: int = 4,
    scheme: str = "quantiles",
    bins: Sequence[float] | None = None,
    flagged: Collection[str] = (),
    mark: str = MARK,
    names: bool = True,
) -> PaperFigure:
    """Draw a map of one value a province, in classes.

    Parameters
    ----------
    values
        Province → value; all 30 provinces, NaN where there is none.
    label
        Title of the legend: the quantity and its unit.
    title
        Above the map; empty for none.
    k, scheme, bins
        The classes; see :func:`spillover.book.figures.classify`.
    flagged
        Provinces to be dotted, and `mark`, what the dots say in the legend.
    mark
        Legend entry of the dots.
    names
        Whether to write the provinces' names.

    Returns
    -------
    PaperFigure
        With scale bar and north arrow, Albers equal-area.

    Raises
    ------
    FigureError
        A province is missing, unknown or twice there.
    """
    complete = checked(values, "class_map")
    _known(flagged, "flagged")
    classes = classify(complete, k, scheme, bins)
    fills = {str(n): classes.colour(v) for n, v in complete.items() if pd.notna(v)}
    figure, axes = sheet(title)
    dotted = [name for name in flagged if name in fills]
    draw_provinces(axes, fills, dotted)
    if names:
        name_provinces(axes, fills, marked=dotted)
    counts = pd.Series(classes.of(complete.to_numpy(float))).value_counts()
    handles = [
        Patch(facecolor=colour, label=f"{name}  ({counts.get(i, 0)})")
        for i, (name, colour) in enumerate(zip(classes.names, classes.colours, strict=True))
    ]
    _legend(axes, handles, label, mark if dotted else "")
    _furniture(axes)
    return figure


CLUSTER_NAMES = {
    "HH": "high among high",
    "LL": "low among low",
    "HL": "high among low",
    "LH": "low among high",
    "ns": "not significant",
}


@styled
def lisa_map(
    clusters: pd.Series,
    *,
    label: str = "Local Moran cluster",
    title: str = "",
    flagged: Collection[str] = (),
    mark: str = MARK,
) -> PaperFigure:
    """Draw the clusters of a local Moran analysis; only significant provinces are named.

    Parameters
    ----------
    clusters
        Province → ``HH``, ``LL``, ``HL``, ``LH`` or ``ns``; all 30 provinces.
    label, title
        Title of the legend and of the map.
    flagged, mark
        Provinces to be dotted and what the dots say.

    Raises
    ------
    FigureError
        A province is missing, or a cluster has another name.
    """
    complete = checked(clusters, "lisa_map")
    _known(flagged, "flagged")
    if not (strange := complete[~complete.isin(CLUSTERS)]).empty:
        raise FigureError(
            f"lisa_map: {strange.index[0]} is {strange.iloc[0]!r}; expected {', '.join(CLUSTERS)}"
        )
    fills = {str(name): CLUSTERS[str(cluster)] for name, cluster in complete.items()}
    figure, axes = sheet(title)
    draw_provinces(axes, fills, flagged)
    name_provinces(axes, fills, [str(n) for n in complete.index[complete != "ns"]], flagged)
    counts = complete.value_counts()
    handles = [
        Patch(facecolor=CLUSTERS[c], label=f"{name}  ({counts.get(c, 0)})")
        for c, name in CLUSTER_NAMES.items()
    ]
    _legend(axes, handles, label, mark if flagged else "")
    _furniture(axes)
    return figure


@styled
def map_small_multiples(
    values: pd.DataFrame,
    *,
    label: str,
    k: int = 5,
    scheme: str = "quantiles",
    bins: Sequence[float] | None = None,
    flagged: pd.DataFrame | None = None,
    mark: str = MARK,
    columns: int = 4,
) -> PaperFigure:
    """Draw one small map a year, all in the same classes, with one legend.

    Parameters
    ----------
    values
        Rows provinces (all 30), columns years.
    label
        Title of the legend: the quantity and its unit.
    k, scheme, bins
        The classes of all values together.
    flagged
        The same shape, True where a cell is derived or modelled: dotted.
    mark
        What the dots say in the legend.
    columns
        Maps in a row.

    Raises
    ------
    FigureError
        A province is missing from the rows.
    """
    complete = values.apply(lambda column: checked(column, f"map of {column.name}"))
    classes = classify(complete.to_numpy(), k, scheme, bins)
    figure, maps, key = _grid(complete.shape[1], columns)
    for axes, year in zip(maps, complete.columns, strict=True):
        _small_map(axes, complete[year], classes, _marked(flagged, year))
        axes.text(0.02, 0.98, str(year), transform=axes.transAxes, va="top", fontweight="bold")
    any_marked = flagged is not None and bool(flagged.to_numpy().any())
    stepped_key(key, classes, label, swatches(mark if any_marked else ""))
    return figure


def _grid(count: int, columns: int) -> tuple[PaperFigure, list[Axes], Axes]:
    """Return places for `count` maps, and one for the key: beside the last of them if it fits."""
    cell = WIDTH / columns
    rows = -(-count // columns)
    used = count % columns
    beside = used > 0 and (columns - used) * cell >= KEY_WIDTH
    heights = [cell * 0.845] * rows + ([] if beside else [KEY_HEIGHT])
    figure = PaperFigure(WIDTH, sum(heights))
    grid = figure.add_gridspec(
        len(heights),
        columns,
        height_ratios=heights,
        left=0.005,
        right=0.995,
        bottom=0.01,
        top=0.99,
        wspace=0.02,
        hspace=0.03,
    )
    maps = [figure.add_subplot(grid[i // columns, i % columns]) for i in range(count)]
    key = figure.add_subplot(grid[-1, used if beside else 0 :])
    return figure, maps, key


def _small_map(axes: Axes, values: pd.Series, classes: Classes, marked: Iterable[str]) -> None:
    fills = {str(n): classes.colour(v) for n, v in values.items() if pd.notna(v)}
    dotted = [name for name in marked if name in fills]
    draw_provinces(axes, fills, dotted, tolerance_m=SMALL, border=0.3)


def _marked(flagged: pd.DataFrame | None, year: object) -> list[str]:
    """Return the provinces flagged in `year`."""
    if flagged is None:
        return []
    column = checked(flagged[year], f"flags of {year}").astype(bool)
    return [str(name) for name in column.index[column]]


def _known(names: Collection[str], what: str) -> None:
    unknown = [name for name in names if name not in panel_provinces()]
    if unknown:
        raise FigureError(f"{what}: {', '.join(unknown)} is none of the 30 provinces")


def sheet(title: str) -> tuple[PaperFigure, Axes]:
    """Return a figure filled by one map."""
    map_height, title_height = 5.7, 0.3 if title else 0.0
    height = map_height + title_height
    figure = PaperFigure(WIDTH, height)
    axes = figure.add_axes((0.005, 0.005, 0.99, map_height / height - 0.01))
    head(figure, title)
    return figure, axes


def _furniture(axes: Axes) -> None:
    scale_bar(axes)
    north_arrow(axes)


def _legend(axes: Axes, handles: list[Patch], label: str, mark: str) -> None:
    """Add the key at the lower left: classes, "no data", and the dots if any province has them."""
    axes.legend(
        handles=[*handles, *swatches(mark)],
        title=label,
        alignment="left",
        loc="lower left",
        handlelength=1.6,
        handleheight=1.0,
        labelspacing=0.35,
        borderaxespad=0.3,
    )
