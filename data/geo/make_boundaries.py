"""Make provinces.geojson, contiguity.csv and SHA256SUMS from one public boundary file.

Usage: ``python data/geo/make_boundaries.py path/to/map/json/china.json`` with the file of the npm
package echarts 4.9.0 (``npm pack echarts@4.9.0``). Not needed to build the book: its products are
committed, and this script only shows how they came about.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import shapely
from pyproj import Geod

HERE = Path(__file__).resolve().parent
SOURCE_SHA256 = "d392f651a48e6213c9bfc83f406711069de296c17f426cffc0ad1148078ee226"
SCALE = 1024
WGS84 = Geod(ellps="WGS84")
PRODUCTS = ("capitals.csv", "contiguity.csv", "provinces.geojson")

PROVINCES = {
    110000: "Beijing",
    120000: "Tianjin",
    130000: "Hebei",
    140000: "Shanxi",
    150000: "Inner Mongolia",
    210000: "Liaoning",
    220000: "Jilin",
    230000: "Heilongjiang",
    310000: "Shanghai",
    320000: "Jiangsu",
    330000: "Zhejiang",
    340000: "Anhui",
    350000: "Fujian",
    360000: "Jiangxi",
    370000: "Shandong",
    410000: "Henan",
    420000: "Hubei",
    430000: "Hunan",
    440000: "Guangdong",
    450000: "Guangxi",
    460000: "Hainan",
    500000: "Chongqing",
    510000: "Sichuan",
    520000: "Guizhou",
    530000: "Yunnan",
    540000: "Tibet",
    610000: "Shaanxi",
    620000: "Gansu",
    630000: "Qinghai",
    640000: "Ningxia",
    650000: "Xinjiang",
    710000: "Taiwan",
    810000: "Hong Kong",
    820000: "Macao",
}
OUTSIDE_THE_PANEL = {540000, 710000, 810000, 820000}
SEA_CONVENTION = (440000, 460000)

Vertex = tuple[int, int]
Ring = list[Vertex]


def main(source: Path) -> None:
    """Decode `source`, write the products beside this script, refuse any other source."""
    content = source.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != SOURCE_SHA256:
        sys.exit(f"{source}: SHA-256 is {found}, expected {SOURCE_SHA256} (echarts 4.9.0)")
    rings = {int(f["id"]): decode_rings(f["geometry"]) for f in json.loads(content)["features"]}
    rings = dict(sorted(rings.items()))
    write_boundaries(rings)
    write_contiguity(shared_borders(rings))
    write_checksums()


def decode_rings(geometry: dict[str, Any]) -> list[Ring]:
    """Return the closed rings of one province in integer units of 1/1024 degree.

    No province in this file has a hole, so every ring is the outside of a polygon.
    """
    polygons, offsets = geometry["coordinates"], geometry["encodeOffsets"]
    if geometry["type"] == "Polygon":
        polygons, offsets = [polygons], [offsets]
    rings = []
    for polygon, starts in zip(polygons, offsets, strict=True):
        (text,), (start,) = polygon, starts
        ring = decode_ring(text, start)
        rings.append(ring if ring[0] == ring[-1] else [*ring, ring[0]])
    return rings


def decode_ring(text: str, start: list[int]) -> Ring:
    """Undo the encoding: each pair of characters is a zig-zag-encoded step from the last vertex."""
    steps = [ord(character) - 64 for character in text]
    steps = [(step >> 1) ^ -(step & 1) for step in steps]
    x, y = start
    ring = []
    for dx, dy in zip(steps[::2], steps[1::2], strict=True):
        x, y = x + dx, y + dy
        ring.append((x, y))
    return ring


def to_geometry(rings: list[Ring]) -> shapely.MultiPolygon:
    """Return the province in degrees to four decimals; slivers without an area are left out.

    Seven provinces have a ring that touches or crosses itself in a small loop: those are split
    at the crossing, which adds that crossing as a vertex and moves no other.
    """
    polygons = [
        shapely.Polygon([(x / SCALE, y / SCALE) for x, y in ring])
        for ring in rings
        if len(ring) > 3
    ]
    valid = shapely.make_valid(shapely.MultiPolygon(polygons), method="structure")
    rounded = shapely.set_precision(valid, 1e-4)
    parts = [part for part in shapely.get_parts(rounded) if part.area > 0]
    return shapely.MultiPolygon([shapely.orient_polygons(part) for part in parts])


def write_boundaries(rings: dict[int, list[Ring]]) -> None:
    """Write one GeoJSON feature a line, in the order of the codes."""
    lines = []
    for code, province_rings in rings.items():
        feature = {
            "type": "Feature",
            "properties": {"province_code": code, "province": PROVINCES[code]},
            "geometry": rounded_mapping(to_geometry(province_rings)),
        }
        lines.append(json.dumps(feature, separators=(",", ":")))
    text = '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"
    (HERE / "provinces.geojson").write_text(text, encoding="utf-8")


def rounded_mapping(geometry: shapely.MultiPolygon) -> dict[str, Any]:
    """Return the GeoJSON mapping of `geometry` with four decimals (about 10 m)."""
    coordinates = [
        [[[round(x, 4), round(y, 4)] for x, y in ring.coords] for ring in rings_of(part)]
        for part in geometry.geoms
    ]
    return {"type": "MultiPolygon", "coordinates": coordinates}


def rings_of(polygon: shapely.Polygon) -> list[shapely.LinearRing]:
    """Return the outer ring and then the holes."""
    return [polygon.exterior, *polygon.interiors]


def shared_borders(rings: dict[int, list[Ring]]) -> dict[tuple[int, int], float]:
    """Return the length in km of the edges (two identical vertices) that two provinces share."""
    owners: dict[frozenset[Vertex], set[int]] = defaultdict(set)
    for code, province_rings in rings.items():
        for ring in province_rings:
            for edge in pairwise(ring):
                owners[frozenset(edge)].add(code)
    borders: dict[tuple[int, int], float] = defaultdict(float)
    for vertices, codes in owners.items():
        if len(codes) == 2:
            a, b = sorted(codes)
            (x1, y1), (x2, y2) = vertices
            borders[a, b] += WGS84.line_length([x1 / SCALE, x2 / SCALE], [y1 / SCALE, y2 / SCALE])
    return {pair: metres / 1000 for pair, metres in sorted(borders.items())}


def write_contiguity(borders: dict[tuple[int, int], float]) -> None:
    """Write the land pairs of the 30 provinces and the one pair joined by convention."""
    land = {pair: km for pair, km in borders.items() if not OUTSIDE_THE_PANEL & set(pair)}
    if len(land) != 64:
        sys.exit(f"found {len(land)} land pairs among the 30 provinces, expected 64")
    rows = [(a, b, "land", f"{km:.1f}") for (a, b), km in land.items()]
    rows.append((*SEA_CONVENTION, "sea", ""))
    with (HERE / "contiguity.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["code_a", "province_a", "code_b", "province_b", "kind", "border_km"])
        for a, b, kind, km in sorted(rows):
            writer.writerow([a, PROVINCES[a], b, PROVINCES[b], kind, km])


def write_checksums() -> None:
    """Write the SHA-256 of every table in this folder, in the format of sha256sum."""
    lines = [f"{hashlib.sha256((HERE / p).read_bytes()).hexdigest()}  {p}" for p in PRODUCTS]
    (HERE / "SHA256SUMS").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python data/geo/make_boundaries.py path/to/map/json/china.json")
    main(Path(sys.argv[1]))
