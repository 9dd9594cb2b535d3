"""Maps: classes of a value, clusters of local Moran statistics, small multiples.

Every function takes the outlines of its units; by default they are those of China's provinces.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.legend import Legend
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from mpl_toolkits.axes_grid1.anchored_artists import AnchoredSizeBar
from pyproj import Transformer

from spillover.book.figures.classes import DOTS, MARK, around_zero, classify, stepped_key, swatches
from spillover.book.figures.style import (
    CLUSTERS,
    HATCH,
    INK,
    MUTED,
    NO_DATA,
    PAPER,
    FigureError,
    PaperFigure,
    ink_on,
    narrow,
    styled,
    width,
)
from spillover.data import geography

ALBERS = "+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +datum=WGS84"
"""Albers equal-area conic, standard parallels 25° and 47° N: areas compare, the scale is true."""

BORDER = "#fdfcf9"
GROUND = "#e7e4da"
CLUSTER_NAMES = {
    "HH": "high among high",
    "LL": "low among low",
    "HL": "high among low",
    "LH": "low among high",
    "ns": "not significant",
}


@functools.cache
def china() -> gpd.GeoDataFrame:
    """Return the outlines of China's provinces in metres of the Albers projection.

    Returns
    -------
    geopandas.GeoDataFrame
        Index the provinces' names; ``geometry``.
    """
    return geography.boundaries().to_crs(ALBERS)


@styled
def class_map(
    values: pd.Series,
    *,
    label: str,
    k: int = 4,
    scheme: str = "quantiles",
    diverging: bool = False,
    flagged: Collection[str] = (),
    mark: str = MARK,
    names: bool = True,
    outlines: gpd.GeoDataFrame | None = None,
) -> PaperFigure:
    """Draw a map of one value a unit, in classes.

    Parameters
    ----------
    values
        Unit → value; units that are missing or NaN are drawn as "no data".
    label
        Title of the legend: the quantity and its unit of measurement.
    k, scheme
        Number of classes, and any scheme of mapclassify that takes it: ``quantiles``,
        ``fisherjenks``, ``equalinterval`` …
    diverging
        Draw values below and above zero in two colours, in `k` classes each with the same bounds
        (natural breaks of absolute values).
    flagged
        Units to be dotted.
    mark
        What the dots say in the legend.
    names
        Whether to write the units' names.
    outlines
        The units' polygons in a projected reference system, indexed by their names; by default
        China's provinces in an equal-area projection.

    Returns
    -------
    PaperFigure
        With scale bar and north arrow.

    Raises
    ------
    FigureError
        A unit is unknown or twice there, values are too few for the classes, or the outlines are
        not projected.
    """
    figure, axes, ground = _sheet(outlines, k * (1 + diverging) + 1 + bool(len(flagged)))
    complete = _aligned(values, ground, "class_map")
    classes = around_zero(complete, k) if diverging else classify(complete, k, scheme)
    fills = pd.Series(classes.fills(complete), ground.index)
    _draw(axes, ground, fills, flagged)
    counts = np.bincount(classes.of(complete) + 1, minlength=len(classes.colours) + 1)[1:]
    entries = zip(classes.colours, classes.names, counts, strict=True)
    handles = [Patch(facecolor=colour, label=f"{name}  ({n})") for colour, name, n in entries]
    special = swatches(mark if len(flagged) else "", bool(fills.isna().any()))
    _furnish(axes, ground, [*handles, *special], label)
    if names:
        _write_names(axes, ground, fills.dropna(), flagged)
    return figure


@styled
def lisa_map(
    clusters: pd.Series,
    *,
    label: str = "Local Moran cluster",
    flagged: Collection[str] = (),
    mark: str = MARK,
    outlines: gpd.GeoDataFrame | None = None,
) -> PaperFigure:
    """Draw the clusters of a local Moran analysis; only significant units are named.

    Parameters
    ----------
    clusters
        Unit → ``HH``, ``LL``, ``HL``, ``LH`` or ``ns``.
    label
        Title of the legend.
    flagged, mark, outlines
        As for :func:`class_map`.

    Raises
    ------
    FigureError
        A unit is unknown or twice there, or a cluster has another name.
    """
    figure, axes, ground = _sheet(outlines, len(CLUSTERS) + 1 + bool(len(flagged)))
    complete = _aligned(clusters, ground, "lisa_map")
    if not (odd := clusters[~clusters.isin(CLUSTERS)]).empty:
        raise FigureError(
            f"lisa_map: {odd.index[0]} is {odd.iloc[0]!r}; expected {', '.join(CLUSTERS)}"
        )
    fills = complete.map(CLUSTERS)
    _draw(axes, ground, fills, flagged)
    counts = clusters.value_counts()
    handles = [
        Patch(facecolor=CLUSTERS[c], label=f"{name}  ({counts.get(c, 0)})")
        for c, name in CLUSTER_NAMES.items()
    ]
    special = swatches(mark if len(flagged) else "", bool(fills.isna().any()))
    _furnish(axes, ground, [*handles, *special], label)
    _write_names(axes, ground, fills[complete.notna() & (complete != "ns")], flagged)
    return figure


@styled
def map_small_multiples(
    values: pd.DataFrame,
    *,
    label: str,
    k: int = 5,
    scheme: str = "quantiles",
    flagged: pd.DataFrame | None = None,
    mark: str = MARK,
    columns: int = 4,
    outlines: gpd.GeoDataFrame | None = None,
) -> PaperFigure:
    """Draw one small map a year, all in the same classes, with one key.

    Parameters
    ----------
    values
        Rows units, columns years.
    label
        Title of the key: the quantity and its unit of measurement.
    k, scheme
        The classes of all values together, as for :func:`class_map`.
    flagged
        Rows units, columns years, True where a cell is derived or modelled: dotted.
    mark
        What the dots say in the key.
    columns
        Maps in a row.
    outlines
        As for :func:`class_map`.

    Raises
    ------
    FigureError
        A unit is unknown or twice there, or the classes are impossible.
    """
    columns = min(columns, 2) if narrow() else columns
    ground = _ground(outlines, width() / columns)
    classes = classify(values, k, scheme)
    cell = width() / columns
    row = cell * _height(ground)
    rows, used = -(-values.shape[1] // columns), values.shape[1] % columns
    # The key stands right of the last map if it fits there, else under all.
    beside = used > 0 and (columns - used) * cell >= 3.4
    height = rows * row + (0 if beside else 1.25)
    figure = PaperFigure(width(), height)
    any_flag = False
    for i, year in enumerate(values.columns):
        x, y = i % columns * cell, height - (i // columns + 1) * row
        axes = figure.add_axes((x / width(), y / height, cell / width(), row / height))
        complete = _aligned(values[year], ground, f"map of {year}")
        dotted = () if flagged is None else flagged.index[flagged[year]]
        any_flag = any_flag or len(dotted) > 0
        _draw(axes, ground, pd.Series(classes.fills(complete), ground.index), dotted, 0.3)
        axes.text(0.02, 0.98, str(year), transform=axes.transAxes, va="top", fontweight="bold")
    left, middle = (used * cell, row / 2) if beside else (0.0, 0.62)
    special = swatches(mark if any_flag else "")
    stepped_key(figure, (left + 0.3, width() - 0.35, middle), classes, label, special)
    return figure


def _ground(outlines: gpd.GeoDataFrame | None, inches: float) -> gpd.GeoDataFrame:
    """Return outlines simplified by less than a printed dot on a map of this width."""
    ground = china() if outlines is None else outlines
    if ground.crs is not None and ground.crs.is_geographic:
        raise FigureError("outlines are in degrees; project them first: outlines.to_crs(…)")
    west, _, east, _ = ground.total_bounds
    simple = shapely.coverage_simplify(ground.geometry.to_numpy(), (east - west) / inches / 230)
    return ground.set_geometry(gpd.GeoSeries(simple, ground.index, crs=ground.crs))


def _height(ground: gpd.GeoDataFrame) -> float:
    """Return the height of a map as a multiple of its width."""
    west, south, east, north = ground.total_bounds
    return float((north - south) / (east - west))


def _sheet(
    outlines: gpd.GeoDataFrame | None, lines: int
) -> tuple[PaperFigure, Axes, gpd.GeoDataFrame]:
    """Return a figure for one map, and the outlines to draw on it.

    The map fills it; on a narrow screen a key of so many lines stands below.
    """
    ground = _ground(outlines, width())
    tall = width() * _height(ground)
    foot = 0.4 + 0.205 * lines if narrow() else 0.0
    figure = PaperFigure(width(), tall + foot)
    return figure, figure.add_axes((0, foot / (tall + foot), 1, tall / (tall + foot))), ground


def _aligned(values: pd.Series, ground: gpd.GeoDataFrame, what: str) -> pd.Series:
    """Return `values` in the order of the outlines; raise if a unit is unknown or twice there."""
    if unknown := [str(name) for name in values.index if name not in ground.index]:
        raise FigureError(f"{what}: the outlines have no {', '.join(unknown)}")
    if not values.index.is_unique:
        raise FigureError(f"{what}: {values.index[values.index.duplicated()][0]} is there twice")
    return values.reindex(ground.index)


def _draw(
    axes: Axes,
    ground: gpd.GeoDataFrame,
    fills: pd.Series,
    flagged: Iterable[str] = (),
    border: float = 0.6,
) -> None:
    """Draw all outlines in their colours, hatched where there is none, dotted where flagged."""
    axes.set_axis_off()
    west, south, east, north = ground.total_bounds
    space = 0.023 * (east - west)
    axes.set_xlim(west - space, east + space)
    axes.set_ylim(south - space, north + space)
    if unknown := [name for name in flagged if name not in ground.index]:
        raise FigureError(f"flagged: the outlines have no {', '.join(map(str, unknown))}")
    known = fills.notna()
    style: dict[str, Any] = {"ax": axes, "aspect": "equal", "autolim": False, "linewidth": border}
    ground[known].plot(color=fills[known], edgecolor=BORDER, joinstyle="round", **style)
    if not known.all():
        ground[~known].plot(facecolor=NO_DATA, edgecolor=HATCH, hatch="////", **style)
    dotted = fills.loc[list(flagged)].dropna()
    for ink, group in dotted.groupby(dotted.map(ink_on)):
        ground.loc[group.index].plot(
            facecolor="none", edgecolor=ink, hatch=DOTS, alpha=0.75, **{**style, "linewidth": 0}
        )
    axes.set(xlabel="", ylabel="")


def _furnish(axes: Axes, ground: gpd.GeoDataFrame, handles: list[Any], label: str) -> None:
    """Add the key at the lower left, a scale bar at the lower right, a north arrow at the top."""
    axes.legend(
        handles=handles,
        title=label,
        alignment="left",
        loc="lower left",
        bbox_to_anchor=(0, 0, 1, 1),
        bbox_transform=axes.figure.transFigure,
        handlelength=1.8,
        handleheight=1.0,
        labelspacing=0.35,
        borderaxespad=0.6,
    )
    west, east = axes.get_xlim()
    # The largest round number of kilometres that fits into a fifth of the width.
    fifth = (east - west) / 1000 / 5
    power = 10 ** np.floor(np.log10(fifth))
    km = max(step * power for step in (1, 2, 5) if step * power <= fifth)
    bar = AnchoredSizeBar(
        axes.transData,
        km * 1000,
        f"{km:,g} km",
        "lower right",
        pad=0.8,
        sep=4,
        frameon=False,
        color=INK,
        size_vertical=(east - west) * 0.004,
        fontproperties=FontProperties(size=10),
    )
    axes.add_artist(bar)
    # On most projections north turns with the place: the arrow points to it where it stands.
    foot = axes.transData.inverted().transform(axes.transAxes.transform((0.06, 0.86)))
    degrees = Transformer.from_crs(ground.crs, "EPSG:4326", always_xy=True)
    longitude, latitude = degrees.transform(*foot)
    north = np.array(degrees.transform(longitude, latitude + 0.1, direction="INVERSE")) - foot
    axes.annotate(
        "N",
        (foot[0], foot[1]),
        tuple(foot + north / np.linalg.norm(north) * 0.085 * (east - west)),
        ha="center",
        va="center",
        fontweight="bold",
        arrowprops={"arrowstyle": "<|-,head_width=0.35,head_length=0.7", "color": INK},
        gid="north",
    )


TURNS = (0, 90, 60, -60, 40, -40)
"""Degrees by which a name may be turned to fit into its polygon, the best first."""


def _write_names(
    axes: Axes, ground: gpd.GeoDataFrame, fills: pd.Series, flagged: Collection[str]
) -> None:
    """Write names wholly inside their polygons, turned if needed, or outside with a line.

    The smallest polygon chooses first. Outside, a name takes the nearest place off the land from
    which a line crosses neither another line nor a name. On a narrow figure names that do not fit
    into their polygons are left out if there are many.
    """
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    rough = shapely.coverage_simplify(ground.geometry.to_numpy(), (east - west) / 400)
    areas = pd.Series(rough, ground.index)
    land = shapely.union_all(rough)
    shapely.prepare(land)
    to_data = axes.transData.inverted()
    legend = cast(Legend, axes.get_legend()).get_window_extent()
    taken = [shapely.box(*legend.transformed(to_data).extents)]
    outside = []
    for name in ground.area[fills.index].sort_values().index:
        area, fill = areas[name], fills[name]
        text = axes.text(west, south, str(name), ha="center", va="center", fontsize=9, zorder=4)
        extent = text.get_window_extent().transformed(to_data).padded(0.001 * (east - west))
        size = np.array(extent.size)
        low, high = np.array(area.bounds[:2]), np.array(area.bounds[2:])
        grid = np.stack(np.meshgrid(*np.linspace(low, high, 31).T), -1).reshape(-1, 2)
        grid = grid[shapely.contains_xy(area, *grid.T)]
        off = shapely.distance(shapely.points(grid), area.centroid)
        shapely.prepare(area)
        for degrees in TURNS:
            boxes = _turned(grid, size * (1, 0.8), degrees)
            best = int(np.argmin(off - 1e9 * shapely.contains_properly(area, boxes)))
            if shapely.contains_properly(area, boxes[best]):
                text.set(position=tuple(grid[best]), rotation=degrees, color=ink_on(fill))
                taken.append(boxes[best])
                if name in flagged:
                    text.set_path_effects([withStroke(linewidth=2.2, foreground=fill, alpha=0.85)])
                break
        else:
            outside.append((text, size, area))
    if narrow() and len(outside) > 6:
        for text, _, _ in outside:
            text.remove()
        return
    lines: list[Any] = []
    for text, size, area in outside:
        centre = area.representative_point()
        low = np.maximum(np.array(area.bounds[:2]) - 5 * size[0], (west, south) + size / 2)
        high = np.minimum(np.array(area.bounds[2:]) + 5 * size[0], (east, north) - size / 2)
        grid = np.stack(np.meshgrid(*np.linspace(low, high, 61).T), -1).reshape(-1, 2)
        boxes = shapely.box(*(grid - size / 2).T, *(grid + size / 2).T)
        if (off := ~shapely.intersects(boxes, land)).any():
            grid, boxes = grid[off], boxes[off]
        ways = shapely.shortest_line(boxes, centre)
        wrong = np.zeros(len(grid))
        for other in (*taken, *lines):
            wrong += shapely.intersects(ways, other) + 2.0 * shapely.intersects(boxes, other)
        best = int(np.argmin(shapely.length(ways) / size[0] + 100 * wrong))
        text.set(position=tuple(grid[best]), color=INK)
        taken.append(boxes[best])
        lines.append(ways[best].buffer(0.15 * size[1]))
        line = np.array(ways[best].coords).T
        for colour, thick in ((PAPER, 2.2), (MUTED, 0.9)):
            axes.plot(*line, color=colour, linewidth=thick, zorder=3, gid="leader")
        axes.plot(centre.x, centre.y, "o", color=INK, mec=PAPER, markersize=4, zorder=3)


def _turned(centres: np.ndarray, size: np.ndarray, degrees: float) -> Any:
    """Return a box of this size round each centre, turned."""
    corners = size / 2 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    turn = np.deg2rad(degrees)
    turned = corners @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return shapely.polygons(centres[:, None] + turned)
