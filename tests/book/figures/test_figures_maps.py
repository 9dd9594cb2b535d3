"""Maps: classes by hand, provinces drawn, scale and north checked on the ellipsoid, errors."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch, PathPatch, Polygon, Rectangle
from matplotlib.text import Text
from pyproj import Geod

from conftest import YEARS, by_year, clusters, flags, spill
from spillover.book import figures
from spillover.book.figures import FigureError, PaperFigure, style
from spillover.book.figures.basemap import LABELS, projector
from spillover.data import geography as geo

NO_DATA = {"Tibet", "Taiwan", "Hong Kong", "Macao"}


def fills(figure: PaperFigure) -> dict[str, str]:
    patches = figure.findobj(
        lambda a: isinstance(a, PathPatch) and str(a.get_gid()).startswith("province-")
    )
    return {p.get_gid().removeprefix("province-"): to_hex(p.get_facecolor()) for p in patches}


def legend_words(figure: PaperFigure) -> list[str]:
    return [t.get_text() for t in figure.axes[0].get_legend().get_texts()]


def test_quantile_classes_by_hand() -> None:
    # 30 values 1.9 … 30.9: the quartiles are at positions 7.25, 14.5 and 21.75 of 0 … 29.
    classes = figures.classify(by_year()[2022], k=4)
    assert classes.lowest == 1.9
    assert classes.upper == pytest.approx((9.15, 16.4, 23.65, 30.9))
    assert classes.names == ["1.9 – 9.2", "9.2 – 16.4", "16.4 – 23.6", "23.6 – 30.9"]


def test_natural_breaks_find_the_gaps() -> None:
    values = [1, 1.1, 1.2, 5, 5.1, 9, 9.2, 20]
    assert figures.classify(values, k=4, scheme="fisherjenks").upper == (1.2, 5.1, 9.2, 20)


def test_a_bound_belongs_to_the_class_below_and_nan_to_none() -> None:
    classes = figures.classify([1.0, 2.0, 3.0, 4.0], bins=[2.0, 4.0])
    assert classes.of(np.array([1.0, 2.0, 2.1, 4.0, np.nan])).tolist() == [0, 0, 1, 1, -1]


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        ([1, 1, 2], {"k": 4}, "4 classes need 4 distinct values; found 2"),
        ([1, 2, 3], {"bins": [1, 2]}, "reach the largest value 3"),
        ([1, 2, 3], {"bins": [3, 2]}, "must ascend"),
        ([1, 1, 1, 1, 1, 1, 2, 3, 4], {"k": 4}, "distinct bounds; lower k"),
    ],
)
def test_impossible_classes_are_refused(
    values: list[float], options: dict[str, object], message: str
) -> None:
    with pytest.raises(FigureError, match=message):
        figures.classify(values, **options)  # type: ignore[arg-type]


def test_class_map_draws_each_province_in_the_colour_of_its_class() -> None:
    figure = figures.class_map(by_year()[2022], label="rank")
    drawn = fills(figure)
    assert len(drawn) == 34
    four = style.colours(4)
    # Ranks 1–8, 9–15, 16–22 and 23–30 of the codes, from the bounds above.
    expected = [four[0]] * 8 + [four[1]] * 7 + [four[2]] * 7 + [four[3]] * 8
    assert [drawn[name] for name in geo.capitals().index] == expected
    assert {name for name, fill in drawn.items() if fill == style.NO_DATA} == NO_DATA
    assert legend_words(figure) == [
        "1.9 – 9.2  (8)",
        "9.2 – 16.4  (7)",
        "16.4 – 23.6  (7)",
        "23.6 – 30.9  (8)",
        "no data",
    ]


def test_missing_value_is_drawn_as_no_data() -> None:
    values = by_year()[2022].copy()
    values["Hunan"] = np.nan
    drawn = fills(figures.class_map(values, label="rank"))
    assert {name for name, fill in drawn.items() if fill == style.NO_DATA} == NO_DATA | {"Hunan"}


def test_flagged_provinces_are_dotted_and_explained() -> None:
    figure = figures.class_map(
        by_year()[2022], label="rank", flagged=["Hebei", "Hunan"], mark="modelled"
    )
    marked = [str(p.get_gid()) for p in figure.axes[0].patches if "marked" in str(p.get_gid())]
    assert marked == ["marked-Hebei", "marked-Hunan"]
    assert legend_words(figure)[-1] == "modelled"


def test_all_thirty_names_stand_apart() -> None:
    figure = figures.class_map(by_year()[2022], label="rank")
    figure.canvas.draw()
    names = [t for t in figure.axes[0].texts if t.get_text() in LABELS]
    assert {t.get_text() for t in names} == set(geo.capitals().index)
    for a, b in itertools.combinations(names, 2):
        assert not a.get_window_extent().overlaps(b.get_window_extent()), (a, b)


def test_order_of_the_values_does_not_matter() -> None:
    values = by_year()[2022]
    shuffled = values.sample(frac=1, random_state=3)
    assert fills(figures.class_map(shuffled, label="")) == fills(
        figures.class_map(values, label="")
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.drop("Ningxia"), "no value for Ningxia"),
        (lambda v: v.rename({"Ningxia": "Atlantis"}), "no value for Ningxia"),
        (lambda v: pd.concat([v, pd.Series({"Atlantis": 1.0})]), "Atlantis is none of the 30"),
        (lambda v: pd.concat([v, v.loc[["Hebei"]]]), "Hebei stands twice"),
    ],
)
def test_wrong_provinces_are_named(change, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(FigureError, match=message):
        figures.class_map(change(by_year()[2022]), label="rank")


def test_unknown_flagged_province_is_named() -> None:
    with pytest.raises(FigureError, match="flagged: Atlantis"):
        figures.class_map(by_year()[2022], label="rank", flagged=["Atlantis"])


def test_scale_bar_is_true_on_the_standard_parallels() -> None:
    axes = figures.class_map(by_year()[2022], label="rank").axes[0]
    halves = [p for p in axes.patches if isinstance(p, Rectangle) and p.get_gid() == "scale"]
    length = sum(half.get_width() for half in halves)
    assert len(halves) == 2
    # Lay the bar along each standard parallel and measure it on the ellipsoid.
    for latitude in (25, 47):
        x0, y0 = projector().transform(105, latitude)
        start = projector().transform(x0 - length / 2, y0, direction="INVERSE")
        end = projector().transform(x0 + length / 2, y0, direction="INVERSE")
        metres = Geod(ellps="WGS84").line_length(*zip(start, end, strict=True))
        assert metres == pytest.approx(1_000_000, rel=0.01)
    assert "1,000 km" in [t.get_text() for t in axes.texts]


def test_north_arrow_points_north() -> None:
    axes = figures.class_map(by_year()[2022], label="rank").axes[0]
    half = next(p for p in axes.patches if isinstance(p, Polygon) and p.get_gid() == "north")
    tip, _, notch = half.get_xy()[:3]
    start = projector().transform(*notch, direction="INVERSE")
    end = projector().transform(*tip, direction="INVERSE")
    azimuth, _, _ = Geod(ellps="WGS84").inv(*start, *end)
    assert abs(azimuth) < 0.5


def test_map_is_not_stretched() -> None:
    axes = figures.class_map(by_year()[2022], label="rank", title="A title").axes[0]
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
    assert fills(figure)["Qinghai"] == style.CLUSTERS["HH"]


def test_lisa_map_refuses_another_cluster() -> None:
    with pytest.raises(FigureError, match="Beijing is 'high'; expected HH"):
        figures.lisa_map(clusters().replace({"ns": "high"}))


def test_small_multiples_share_one_key() -> None:
    figure = figures.map_small_multiples(by_year(), label="rank", k=5, flagged=flags())
    *maps, key = figure.axes
    titles = [next(t.get_text() for t in m.texts) for m in maps]
    assert titles == [str(year) for year in YEARS]
    assert sum(p.get_gid() == "class" for p in key.patches) == 5
    assert [t.get_text() for t in key.texts if t.get_gid() == "bound"][0::5] == ["1.0", "30.9"]
    dotted = [[str(p.get_gid()) for p in m.patches if "marked" in str(p.get_gid())] for m in maps]
    assert dotted == [["marked-Hebei", "marked-Yunnan"]] * 2 + [[]] * 8
    for axes in maps:
        assert sum(str(p.get_gid()).startswith("province-") for p in axes.patches) == 34


@pytest.mark.parametrize(("count", "columns"), [(4, 2), (10, 4), (10, 5), (9, 3), (12, 4), (1, 1)])
def test_small_multiples_fill_the_width_and_keep_clear_of_the_key(count: int, columns: int) -> None:
    values = by_year().iloc[:, [i % 10 for i in range(count)]]
    values.columns = pd.Index(range(2000, 2000 + count))
    figure = figures.map_small_multiples(values, label="rank", columns=columns)
    figure.canvas.draw()
    *maps, key = figure.axes
    assert len(maps) == count
    boxes = [m.get_window_extent() for m in maps]
    assert boxes[0].width > 0.9 * figure.bbox.width / columns
    words = [t.get_window_extent() for t in key.texts]
    words += [t.get_window_extent() for t in key.get_legend().get_texts()]
    assert not any(box.overlaps(word) for box in boxes for word in words)
    assert all(w.x0 >= 0 and w.y0 >= 0 and w.x1 <= figure.bbox.x1 for w in words)
    assert not any(a.overlaps(b) for a, b in itertools.combinations(words, 2))


def test_small_multiples_name_the_missing_province() -> None:
    with pytest.raises(FigureError, match=r"map of 2013: no value for Gansu"):
        figures.map_small_multiples(by_year().drop(index="Gansu"), label="rank")


def test_flows_run_from_sender_to_receiver() -> None:
    matrix = spill() * 0
    matrix.loc["Hainan", "Beijing"] = -0.4
    matrix.loc["Tianjin", "Hebei"] = 0.3
    flows = figures.largest_flows(matrix, 2)
    assert flows.to_numpy().tolist() == [["Beijing", "Hainan", -0.4], ["Hebei", "Tianjin", 0.3]]
    figure = figures.spillover_map(matrix, top=2)
    arrows = [p for p in figure.axes[0].patches if isinstance(p, FancyArrowPatch)]
    assert [to_hex(a.get_edgecolor()) for a in arrows] == [style.HERE, style.PRINTED]
    place = geo.capitals().loc[["Hebei", "Tianjin"]]
    ends = projector().transform(place.longitude.to_numpy(), place.latitude.to_numpy())
    assert pytest.approx(np.asarray(ends)) == np.asarray(arrows[0]._posA_posB).T
    assert arrows[0].get_linewidth() / arrows[1].get_linewidth() == pytest.approx(0.75)
    named = {t.get_text() for t in figure.findobj(Text)} & set(geo.capitals().index)
    assert named == {"Beijing", "Hainan", "Hebei", "Tianjin"}


def test_home_effects_are_no_flows() -> None:
    flows = figures.largest_flows(spill() + 9 * np.eye(30), 130)
    assert (flows.sender != flows.receiver).all()
    assert len(flows) == 130
    assert (flows.effect > 0).all()


@pytest.mark.parametrize(("direction", "axis"), [("sent", 0), ("received", 1)])
def test_totals_leave_out_home(direction: str, axis: int) -> None:
    matrix = spill()
    off = matrix - np.diag(np.diag(matrix))
    # Received from neighbours is the same everywhere with these weights: make it differ.
    off = off.mul(np.arange(1, 31), axis=0)
    figure = figures.spillover_totals_map(
        off + 5 * np.eye(30), direction=direction, label="sum", scheme="quantiles"
    )
    highest = off.sum(axis=axis).idxmax()
    assert fills(figure)[highest] == style.colours(4)[-1]
    last = legend_words(figure)[3].split(" – ")[1].split(" ")[0]
    assert float(last) == pytest.approx(off.sum(axis=axis).max(), abs=0.01)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.drop(index="Gansu"), "rows and the 30 provinces differ in Gansu"),
        (lambda m: m.drop(columns="Gansu"), "columns and the 30 provinces differ in Gansu"),
        (
            lambda m: m.assign(Beijing=m["Beijing"].mask(m.index == "Hebei")),
            "no effect in Hebei of Beijing",
        ),
    ],
)
def test_wrong_matrices_are_refused(change, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(FigureError, match=message):
        figures.spillover_map(change(spill()))


def test_unknown_direction_is_refused() -> None:
    with pytest.raises(FigureError, match="expected 'sent' or 'received'"):
        figures.spillover_totals_map(spill(), direction="both", label="")
