"""The picture that stands beside a link to the book where others show links: one for all pages."""

from __future__ import annotations

import csv
import json
from collections import deque
from pathlib import Path

from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from pyproj import Transformer

from spillover.data import files

DESCRIPTION = (
    "A map of China's provinces. One province is orange, its neighbours are dark, and provinces "
    "are lighter the more borders lie between."
)
ALBERS = "+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +datum=WGS84"
START = "Hubei"
START_COLOUR = "#d1491f"
COLOURS = ["#1f5f74", "#3f93a8", "#7fb7c4", "#b5d3d8", "#d7e3e2"]
NO_NEIGHBOUR = "#e4e0d6"
PAPER, INK, MUTED = "#fbfaf6", "#20252b", "#5a636c"


def steps() -> dict[str, int]:
    """How many borders lie between each province and the one that the picture starts from."""
    neighbours: dict[str, set[str]] = {}
    with (files.geo() / "contiguity.csv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            one, other = row["province_a"], row["province_b"]
            neighbours.setdefault(one, set()).add(other)
            neighbours.setdefault(other, set()).add(one)
    found, waiting = {START: 0}, deque([START])
    while waiting:
        here = waiting.popleft()
        for there in sorted(neighbours[here] - found.keys()):
            found[there] = found[here] + 1
            waiting.append(there)
    return found


def draw(path: Path) -> None:
    """Save the picture, 1200 by 630 pixels, the same bytes each time."""
    figure = Figure(figsize=(12, 6.3), dpi=100, facecolor=PAPER)
    axes = figure.add_axes((0.46, 0.02, 0.53, 0.96))
    axes.set_axis_off()
    axes.set_aspect("equal")
    to_plane = Transformer.from_crs("EPSG:4326", ALBERS, always_xy=True)
    distance = steps()
    outlines = json.loads((files.geo() / "provinces.geojson").read_text(encoding="utf-8"))
    for feature in outlines["features"]:
        name, shape = feature["properties"]["province"], feature["geometry"]
        parts = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        rings = [list(to_plane.itransform(part[0])) for part in parts]
        far = distance.get(name)
        colour = NO_NEIGHBOUR if far is None else COLOURS[min(far, len(COLOURS)) - 1]
        colour = START_COLOUR if far == 0 else colour
        axes.add_collection(PolyCollection(rings, facecolor=colour, edgecolor=PAPER, linewidth=1))
    axes.set_xlim(-2.75e6, 2.5e6)
    axes.set_ylim(1.9e6, 6.0e6)
    words = {"fontfamily": "DejaVu Serif", "color": INK, "va": "top"}
    figure.text(0.055, 0.80, "Spillover", fontsize=58, fontweight="bold", **words)
    figure.text(
        0.055, 0.60, "Two papers on industrial\nclusters in China’s provinces,\nreplicated on "
        "public data", fontsize=22, linespacing=1.4, **words,
    )  # fmt: skip
    figure.text(
        0.055, 0.26, "Every published number beside ours", fontsize=17, fontfamily="DejaVu Serif",
        color=MUTED, va="top",
    )  # fmt: skip
    figure.savefig(path, format="png", metadata={"Software": None})
