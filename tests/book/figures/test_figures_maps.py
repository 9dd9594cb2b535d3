"""Maps: classes by hand, provinces drawn, scale and north checked on the ellipsoid, errors."""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import to_hex
from pyproj import Geod, Transformer
from shapely.affinity import rotate
from shapely.geometry import LineString, Polygon, box

from conftest import YEARS, by_year, clusters, flags
from spillover.book import figures
from spillover.book.figures import FigureError, PaperFigure, style
from spillover.book.figures.classes import around_zero, classify
from spillover.book.figures.maps import ALBERS, china
from spillover.data import geography as geo


def fills(axes: Axes, units: pd.Index) -> dict[str, str]:
    """Colours of the units that have one: the first collection that geopandas draws."""
    return dict(zip(units, map(to_hex, axes.collections[0].get_facecolor()), strict=True))


def shapes(axes: Axes) -> list[int]:
    """How many polygons each layer of a map holds."""
    return [len(c.get_paths()) for c in axes.collections if isinstance(c, PatchCollection)]


def legend_words(figure: PaperFigure) -> list[str]:
    return [t.get_text() for t in figure.axes[0].get_legend().get_texts()]


def test_quantile_classes_by_hand() -> None:
    # 30 values 1.9 … 30.9: the quartiles are at positions 7.25, 14.5 and 21.75 of 0 … 29.
    classes = classify(by_year()[2022], k=4)
    assert classes.bounds == pytest.approx((1.9, 9.15, 16.4, 23.65, 30.9))
    assert classes.names == ["1.9 – 9.2", "9.2 – 16.4", "16.4 – 23.6", "23.6 – 30.9"]


def test_natural_breaks_find_the_gaps_and_a_bound_belongs_to_the_class_below() -> None:
    classes = classify([1, 1.1, 1.2, 5, 5.1, 9, 9.2, 20], k=4, scheme="fisherjenks")
    assert classes.bounds == (1, 1.2, 5.1, 9.2, 20)
    assert classes.of([1.2, 1.3, 20, np.nan]).tolist() == [0, 1, 3, -1]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1, 1, 2], "4 classes need 4 distinct values; found 2"),
        ([1, 1, 1, 1, 1, 1, 2, 3, 4], "distinct bounds; lower k"),
    ],
)
def test_impossible_classes_are_refused(values: list[float], message: str) -> None:
    with pytest.raises(FigureError, match=message):
        classify(values)


def test_class_map_draws_each_province_in_the_colour_of_its_class() -> None:
    figure = figures.class_map(by_year()[2022], label="rank")
    drawn = fills(figure.axes[0], geo.capitals().index)
    assert shapes(figure.axes[0]) == [30, 4]
    four = style.colours(4)
    # Ranks 1–8, 9–15, 16–22 and 23–30 of the codes, from the bounds above.
    expected = [four[0]] * 8 + [four[1]] * 7 + [four[2]] * 7 + [four[3]] * 8
    assert [drawn[name] for name in geo.capitals().index] == expected
    assert legend_words(figure) == [
        "1.9 – 9.2  (8)",
        "9.2 – 16.4  (7)",
        "16.4 – 23.6  (7)",
        "23.6 – 30.9  (8)",
        "no data",
    ]


def test_missing_value_is_drawn_as_no_data() -> None:
    values = by_year()[2022].drop("Jilin")
    values["Hunan"] = np.nan
    figure = figures.class_map(values, label="rank", flagged=["Hebei", "Hunan"], mark="modelled")
    # Filled, hatched (Tibet, Taiwan, Hong Kong, Macao and these two), dotted.
    assert shapes(figure.axes[0]) == [28, 6, 1]
    assert legend_words(figure)[-2:] == ["no data", "modelled"]


def written(axes: Axes) -> dict[str, Polygon]:
    """Name → what it covers: its box before it is turned, less the space above small letters."""
    found = {}
    to_data = axes.transData.inverted()
    for text in axes.texts:
        if text.get_text() in geo.capitals().index:
            degrees = text.get_rotation()
            text.set_rotation(0)
            x0, y0, x1, y1 = text.get_window_extent().transformed(to_data).extents
            text.set_rotation(degrees)
            third = (y1 - y0) / 5
            found[text.get_text()] = rotate(box(x0, y0 + third, x1, y1 - third), degrees)
    return found


def test_names_lie_inside_or_have_a_line_and_nothing_crosses() -> None:
    axes = figures.class_map(by_year()[2022], label="rank").axes[0]
    axes.figure.canvas.draw()
    names, outlines = written(axes), china().geometry
    assert set(names) == set(geo.capitals().index)
    lines = [LineString(line.get_xydata()) for line in axes.lines if line.get_gid() == "leader"][
        ::2
    ]
    inside = {name for name, shape in names.items() if outlines[name].contains(shape)}
    # A line leads from each other name into its province; none touches another line or name.
    others = set(names) - inside
    led = {
        name: [n for n in others if line.distance(names[n]) < 6e4 and line.intersects(outlines[n])]
        for name, line in enumerate(lines)
    }
    assert sorted(n for (n,) in led.values()) == sorted(others)
    for a, b in itertools.combinations(names, 2):
        assert not names[a].intersects(names[b]), (a, b)
    for a, b in itertools.combinations(lines, 2):
        assert not a.intersects(b)
    for line, name in itertools.product(lines, inside):
        assert not line.intersects(names[name]), name


def test_classes_around_zero_are_alike_on_both_sides() -> None:
    classes = around_zero([-9.0, -1.0, 1.1, 4.0, np.nan], k=3)
    # Three groups of absolute values: 1 and 1.1, 4, 9.
    assert classes.bounds == (-9.0, -4.0, -1.1, 0.0, 1.1, 4.0, 9.0)
    assert classes.of([-9.0, -1.0, 1.1, 4.0, np.nan]).tolist() == [0, 2, 3, 4, -1]
    assert classes.colours[0] == style.PRINTED
    assert classes.colours[-1] == style.HERE
    assert classes.names[0] == "−9.00 to −4.00"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.rename({"Ningxia": "Atlantis"}), "class_map: the outlines have no Atlantis"),
        (lambda v: pd.concat([v, v.loc[["Hebei"]]]), "Hebei is there twice"),
    ],
)
def test_wrong_provinces_are_named(change, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(FigureError, match=message):
        figures.class_map(change(by_year()[2022]), label="rank")


def test_unknown_flagged_province_is_named() -> None:
    with pytest.raises(FigureError, match="flagged: the outlines have no Atlantis"):
        figures.class_map(by_year()[2022], label="rank", flagged=["Atlantis"])


def test_north_arrow_points_north() -> None:
    axes = figures.class_map(by_year()[2022], label="rank").axes[0]
    arrow = next(t for t in axes.texts if t.get_gid() == "north")
    to_degrees = Transformer.from_crs(ALBERS, "EPSG:4326", always_xy=True)
    start, end = to_degrees.transform(*arrow.xy), to_degrees.transform(*arrow.get_position())
    assert abs(Geod(ellps="WGS84").inv(*start, *end)[0]) < 2


def test_a_map_of_other_units_needs_only_their_outlines() -> None:
    squares = gpd.GeoDataFrame(
        geometry=[box(i * 1e4, 0, i * 1e4 + 1e4, 1e4) for i in range(4)],
        index=["Aa", "Bb", "Cc", "Dd"],
        crs="EPSG:32633",
    )
    values = pd.Series([1.0, 2.0, 3.0], index=["Cc", "Aa", "Bb"])
    axes = figures.class_map(values, label="x", k=3, outlines=squares).axes[0]
    three = style.colours(3)
    drawn = fills(axes, pd.Index(["Aa", "Bb", "Cc"]))
    assert drawn == {"Aa": three[1], "Bb": three[2], "Cc": three[0]}
    assert {"Aa", "Bb", "Cc"} < {t.get_text() for t in axes.texts}
    with pytest.raises(FigureError, match="project them first"):
        figures.class_map(values, label="x", k=3, outlines=squares.to_crs("EPSG:4326"))


def test_map_is_not_stretched() -> None:
    axes = figures.class_map(by_year()[2022], label="rank").axes[0]
    axes.figure.canvas.draw()
    (x0, y0), (x1, y1) = axes.transData.transform([(0, 3e6), (1e6, 4e6)])
    assert x1 - x0 == pytest.approx(y1 - y0)


def test_lisa_map_names_only_clusters_and_counts_all() -> None:
    figure = figures.lisa_map(clusters())
    names = {t.get_text() for t in figure.axes[0].texts} & set(geo.capitals().index)
    assert names == {"Qinghai", "Sichuan", "Shanghai", "Chongqing"}
    assert legend_words(figure) == [
        "high among high  (2)",
        "low among low  (1)",
        "high among low  (0)",
        "low among high  (1)",
        "not significant  (26)",
        "no data",
    ]
    assert fills(figure.axes[0], geo.capitals().index)["Qinghai"] == style.CLUSTERS["HH"]


def test_lisa_map_refuses_another_cluster() -> None:
    with pytest.raises(FigureError, match="Beijing is 'high'; expected HH"):
        figures.lisa_map(clusters().replace({"ns": "high"}))


@pytest.mark.parametrize(("count", "columns"), [(4, 2), (10, 4), (9, 3), (1, 1)])
def test_small_multiples_keep_clear_of_their_one_key(count: int, columns: int) -> None:
    values = by_year().iloc[:, :count]
    figure = figures.map_small_multiples(values, label="rank", columns=columns, flagged=flags())
    figure.canvas.draw()
    *maps, key = figure.axes
    assert [m.texts[0].get_text() for m in maps] == [str(year) for year in YEARS[:count]]
    dotted = [sum(shapes(m)[2:]) for m in maps]
    assert dotted == ([2, 2] + [0] * 8)[:count]
    words = [*key.get_xticklabels(), *key.get_legend().get_texts(), key.title]
    boxes = [word.get_window_extent() for word in words if word.get_text()]
    assert not any(m.get_window_extent().overlaps(b) for m in maps for b in boxes)
    assert all(b.x0 >= 0 and b.y0 >= 0 and b.x1 <= figure.bbox.x1 for b in boxes)
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
