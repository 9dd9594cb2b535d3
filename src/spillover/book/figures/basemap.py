"""The ground under every map of China: projection, outlines, names, scale bar, north arrow.

It colours provinces as it is told; what the colours mean is the business of the map drawn on it.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Polygon, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from pyproj import Transformer

from spillover.book.figures.keys import DOTS, HATCH
from spillover.book.figures.style import INK, MUTED, NO_DATA, PAPER, FigureError, ink_on
from spillover.data import geography as geo

ALBERS = "+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +datum=WGS84"
"""Albers equal-area conic, standard parallels 25° and 47° N: areas compare, the scale is true."""

EXTENT = (-2_750_000.0, 2_330_000.0, 1_780_000.0, 5_980_000.0)
"""West, east, south and north end of the mainland maps, in metres of the projection."""

BORDER = "#fdfcf9"
LARGE, SMALL = 3000.0, 12_000.0
"""Simplification in metres for a map as wide as the page, and for one of a row of four."""


@functools.cache
def projector() -> Transformer:
    """Return the transformer from longitude and latitude (degrees) to the projection (metres)."""
    return Transformer.from_crs("EPSG:4326", ALBERS, always_xy=True)


@functools.cache
def outlines(tolerance_m: float) -> gpd.GeoDataFrame:
    """Return the projected outlines, simplified by less than a printed dot at the map's size."""
    projected = geo.boundaries().to_crs(ALBERS)
    projected["geometry"] = shapely.coverage_simplify(projected.geometry.to_numpy(), tolerance_m)
    return projected


def panel_provinces() -> pd.Index:
    """Return the names that a map of the statistics must be given, in the order of the codes."""
    return geo.capitals().index


def checked(values: pd.Series, what: str) -> pd.Series:
    """Return `values` in the order of the codes; raise if a province is missing or unknown."""
    provinces = panel_provinces()
    missing = [name for name in provinces if name not in values.index]
    unknown = [str(name) for name in values.index if name not in provinces]
    if missing:
        raise FigureError(f"{what}: no value for {', '.join(missing)}; give NaN to draw no data")
    if unknown:
        raise FigureError(f"{what}: {', '.join(unknown)} is none of the 30 provinces")
    if not values.index.is_unique:
        twice = values.index[values.index.duplicated()][0]
        raise FigureError(f"{what}: {twice} stands twice")
    return values.reindex(provinces)


def draw_provinces(
    axes: Axes,
    fills: Mapping[str, str],
    marked: Iterable[str] = (),
    tolerance_m: float = LARGE,
    border: float = 0.6,
) -> None:
    """Draw all 34 outlines; those without a fill are hatched as "no data".

    Parameters
    ----------
    axes
        Emptied of ticks and frame, set to the map's extent.
    fills
        Province → colour.
    marked
        Provinces to overlay with dots (derived or modelled values).
    tolerance_m
        How far outlines may be simplified, in metres.
    border
        Width of the borders, in points.
    """
    axes.set_axis_off()
    axes.set_aspect("equal")
    axes.set_xlim(EXTENT[:2])
    axes.set_ylim(EXTENT[2:])
    flagged = set(marked)
    for name, geometry in outlines(tolerance_m).geometry.items():
        style = _look(fills.get(str(name)), border)
        axes.add_patch(PathPatch(outline(geometry), gid=f"province-{name}", **style))
        if name in flagged:
            axes.add_patch(_dots(geometry, str(name), fills[str(name)]))


def _look(fill: str | None, border: float) -> dict[str, Any]:
    if fill is None:
        return {"facecolor": NO_DATA, "edgecolor": HATCH, "hatch": "////", "linewidth": border}
    return {"facecolor": fill, "edgecolor": BORDER, "linewidth": border, "joinstyle": "round"}


def _dots(geometry: Any, name: str, fill: str) -> PathPatch:
    """Return the overlay that marks a value as not plainly official."""
    return PathPatch(
        outline(geometry),
        facecolor="none",
        edgecolor=ink_on(fill),
        linewidth=0,
        hatch=DOTS,
        alpha=0.75,
        gid=f"marked-{name}",
    )


def outline(geometry: Any) -> Outline:
    """Return all rings of a polygon or multipolygon as one matplotlib path.

    >>> len(outline(shapely.box(0, 0, 1, 1)).vertices)
    5
    """
    rings = [
        np.asarray(ring.coords)
        for part in shapely.get_parts(geometry)
        for ring in (part.exterior, *part.interiors)
    ]
    return Outline.make_compound_path(*(Outline(ring, closed=True) for ring in rings))


def scale_bar(axes: Axes, km: int = 1000, at: tuple[float, float] | None = None) -> None:
    """Draw a bar of `km` kilometres in two halves; true along the standard parallels.

    Parameters
    ----------
    axes
        A map in metres of the projection.
    km
        Length; an even number.
    at
        Left end in metres of the projection; by default in the south-eastern sea.
    """
    x, y = at or (EXTENT[1] - km * 1000 - 240_000, EXTENT[2] + 200_000)
    half, height = km * 500.0, 38_000.0
    for start, face in ((x, INK), (x + half, PAPER)):
        axes.add_patch(
            Rectangle(
                (start, y), half, height, facecolor=face, edgecolor=INK, linewidth=0.7, gid="scale"
            )
        )
    for metres, text in ((0.0, "0"), (half, f"{km // 2:,}"), (2 * half, f"{km:,} km")):
        axes.text(x + metres, y - 30_000, text, ha="center", va="top", fontsize=9)


def north_arrow(axes: Axes, at: tuple[float, float] = (-330_000.0, 5_330_000.0)) -> None:
    """Draw an arrow that points to true north where it stands (on a conic map north turns)."""
    lon, lat = projector().transform(*at, direction="INVERSE")
    towards = np.array(projector().transform(lon, lat + 1.0)) - at
    along = towards / np.linalg.norm(towards)
    across = np.array([along[1], -along[0]])
    tip, length, width = np.asarray(at) + 250_000 * along, 300_000, 80_000
    for side, face in ((-1, INK), (1, PAPER)):
        corner = tip - length * along + side * width * across
        notch = tip - 0.75 * length * along
        axes.add_patch(
            Polygon([tip, corner, notch], facecolor=face, edgecolor=INK, linewidth=0.7, gid="north")
        )
    label = tip + 85_000 * along
    axes.text(label[0], label[1], "N", ha="center", va="center", fontsize=10, fontweight="bold")


LABELS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "Beijing": (113.2, 46.3),
        "Tianjin": (118.9, 38.75),
        "Hebei": (115.6, 38.15),
        "Shanxi": (112.3, 37.2),
        "Inner Mongolia": (109.4, 41.35),
        "Liaoning": (122.9, 41.4),
        "Jilin": (126.5, 43.4),
        "Heilongjiang": (128.3, 47.0),
        "Shanghai": (122.6, 31.6),
        "Jiangsu": (120.0, 33.1),
        "Zhejiang": (120.1, 29.0),
        "Anhui": (117.2, 31.7),
        "Fujian": (118.0, 26.1),
        "Jiangxi": (115.7, 27.5),
        "Shandong": (118.2, 36.3),
        "Henan": (113.6, 33.8),
        "Hubei": (112.4, 31.1),
        "Hunan": (111.7, 27.6),
        "Guangdong": (113.5, 23.3),
        "Guangxi": (108.6, 23.7),
        "Hainan": (110.9, 18.2),
        "Chongqing": (107.6, 29.75),
        "Sichuan": (102.6, 30.6),
        "Guizhou": (106.8, 26.8),
        "Yunnan": (101.6, 24.6),
        "Shaanxi": (108.9, 34.3),
        "Gansu": (97.6, 40.45),
        "Qinghai": (96.2, 35.6),
        "Ningxia": (105.7, 37.4),
        "Xinjiang": (85.5, 41.3),
    }
)
"""Where each name stands, in longitude and latitude."""

BESIDE: Mapping[str, tuple[float, float, str, str]] = MappingProxyType(
    {
        "Beijing": (116.4, 40.2, "center", "bottom"),
        "Tianjin": (117.4, 39.2, "left", "center"),
        "Shanghai": (121.5, 31.15, "left", "center"),
        "Hainan": (109.9, 19.2, "left", "center"),
    }
)
"""Provinces too small for their name: a line runs to this place from the name, aligned so."""


def name_provinces(
    axes: Axes,
    fills: Mapping[str, str],
    names: Iterable[str] | None = None,
    marked: Collection[str] = (),
    size: float = 9,
) -> list[Text]:
    """Write the names of `names` (default: all 30), in the colour that reads on the fill."""
    labels = []
    for name in LABELS if names is None else names:
        x, y = projector().transform(*LABELS[name])
        fill = PAPER if name in BESIDE else fills.get(name, NO_DATA)
        align = BESIDE[name][2:] if name in BESIDE else ("center", "center")
        label = axes.text(
            x, y, name, ha=align[0], va=align[1], fontsize=size, color=ink_on(fill), zorder=4
        )
        if name in BESIDE:
            _leader(axes, (x, y), name)
        elif name in marked or not _inside(axes, label, name):
            label.set_path_effects([withStroke(linewidth=2, foreground=fill, alpha=0.8)])
        labels.append(label)
    return labels


def _leader(axes: Axes, start: tuple[float, float], name: str) -> None:
    """Draw a line with a light casing from a name to its province."""
    end = projector().transform(*BESIDE[name][:2])
    for colour, width in ((PAPER, 2.2), (MUTED, 0.9)):
        axes.plot(*zip(start, end, strict=True), color=colour, linewidth=width, zorder=3)
    axes.plot(*end, "o", color=INK, markeredgecolor=PAPER, markersize=4, zorder=3)


def _inside(axes: Axes, label: Text, name: str) -> bool:
    """Say whether `label` lies within its province, so that it needs no halo."""
    box = label.get_window_extent().transformed(axes.transData.inverted())
    return bool(outlines(LARGE).geometry[name].contains(shapely.box(*box.extents)))
