"""The loaders of data/geo against hand counts, libpysal and damaged copies."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from libpysal.graph import Graph

from spillover.data import files
from spillover.data import geography as geo

ALBERS = "+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +datum=WGS84"
NO_DATA = ["Tibet", "Taiwan", "Hong Kong", "Macao"]
# Counted on a printed map: the neighbours of four provinces, and of the two that sit inside Hebei.
NEIGHBOURS = {
    "Beijing": {"Tianjin", "Hebei"},
    "Hainan": {"Guangdong"},
    "Shanghai": {"Jiangsu", "Zhejiang"},
    "Heilongjiang": {"Inner Mongolia", "Jilin"},
    "Xinjiang": {"Gansu", "Qinghai"},
    "Ningxia": {"Inner Mongolia", "Shaanxi", "Gansu"},
}


def land_pairs() -> set[frozenset[str]]:
    pairs = geo.contiguity().query("kind == 'land'")
    return {frozenset(pair) for pair in zip(pairs.province_a, pairs.province_b, strict=True)}


def test_contiguity_is_what_the_boundaries_say() -> None:
    outlines = geo.boundaries().drop(index=NO_DATA)
    graph = Graph.build_contiguity(outlines, rook=True)
    found = {frozenset((a, b)) for a, b in graph.adjacency.index if a != b}
    assert len(found) == 64
    assert found == land_pairs()


def test_queen_gives_the_same_pairs_as_rook() -> None:
    graph = Graph.build_contiguity(geo.boundaries().drop(index=NO_DATA), rook=False)
    assert {frozenset((a, b)) for a, b in graph.adjacency.index if a != b} == land_pairs()


@pytest.mark.parametrize("province", NEIGHBOURS)
def test_neighbours_known_from_any_map(province: str) -> None:
    pairs = geo.contiguity()[["province_a", "province_b"]].to_numpy()
    assert {b if a == province else a for a, b in pairs if province in (a, b)} == NEIGHBOURS[
        province
    ]


def test_pairs_are_65_sorted_and_each_once() -> None:
    pairs = geo.contiguity()
    codes = list(zip(pairs.code_a, pairs.code_b, strict=True))
    assert len(codes) == 65
    assert codes == sorted(set(codes))
    assert all(a < b for a, b in codes)
    assert pairs.loc[pairs.kind == "sea", ["province_a", "province_b"]].to_numpy().tolist() == [
        ["Guangdong", "Hainan"]
    ]
    assert pairs.border_km.isna().tolist() == (pairs.kind == "sea").tolist()


def test_codes_and_names_agree_between_the_three_tables() -> None:
    outlines, places, pairs = geo.boundaries(), geo.capitals(), geo.contiguity()
    names = {**dict(zip(pairs.code_a, pairs.province_a, strict=True))}
    names |= dict(zip(pairs.code_b, pairs.province_b, strict=True))
    assert dict(zip(places.province_code, places.index, strict=True)) == names
    assert outlines.province_code.drop(NO_DATA).to_dict() == places.province_code.to_dict()
    assert places.province_code.is_monotonic_increasing
    assert len(places) == 30


def test_every_outline_is_valid_and_near_its_known_area() -> None:
    outlines, places = geo.boundaries(), geo.capitals()
    assert outlines.is_valid.all()
    square_km = outlines.to_crs(ALBERS).area / 1e6
    # China's land area is given as about 9.6 million km²; the outlines are simplified.
    assert square_km.sum() == pytest.approx(9.6e6, rel=0.02)
    large = places.area_geodesic_km2[places.area_geodesic_km2 > 50_000]
    # Another boundary set draws Gansu's desert borders elsewhere: 5 %; the others come closer.
    assert (square_km[large.index] / large - 1).abs().max() < 0.08


def test_every_capital_lies_in_its_province() -> None:
    outlines, places = geo.boundaries(), geo.capitals()
    points = pd.Series(gpd.points_from_xy(places.longitude, places.latitude), index=places.index)
    outside = [name for name in points.index if not outlines.geometry[name].covers(points[name])]
    # Haikou stands on the shore that the simplified outline cuts.
    assert set(outside) <= {"Hainan"}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(files.geo(), tmp_path / "data" / "geo"))


Loader = Callable[[Path], object]
LOADERS = [
    (geo.boundaries, "provinces.geojson"),
    (geo.capitals, "capitals.csv"),
    (geo.contiguity, "contiguity.csv"),
]


@pytest.mark.parametrize(("load", "name"), LOADERS)
def test_one_changed_byte_is_refused(copy: Path, load: Loader, name: str) -> None:
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content.replace(b"Hebei", b"hebei", 1))
    with pytest.raises(
        geo.GeoError, match=rf"data/geo/{name}: whole file: found sha256 .* by SHA256SUMS"
    ):
        load(copy)


@pytest.mark.parametrize(("load", "name"), LOADERS)
def test_a_missing_file_is_named(copy: Path, load: Loader, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(geo.GeoError, match=rf"data/geo/{name}: no such file"):
        load(copy)


def test_an_unlisted_file_is_refused(copy: Path) -> None:
    (copy / "SHA256SUMS").write_text("", encoding="utf-8")
    with pytest.raises(geo.GeoError, match="expected a line in it"):
        geo.capitals(copy)


def test_missing_checksums_are_named(copy: Path) -> None:
    (copy / "SHA256SUMS").unlink()
    with pytest.raises(geo.GeoError, match="data/geo/SHA256SUMS: no such file"):
        geo.contiguity(copy)
