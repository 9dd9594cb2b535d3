"""Charts: what is drawn stands where the numbers say, computed here by hand or by esda."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from esda.moran import Moran
from libpysal.graph import Graph
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.text import Annotation

from conftest import (
    TERMS,
    YEARS,
    argument,
    by_year,
    candidates,
    coefficients,
    decay,
    effects,
    flags,
    marginal,
    specifications,
    stretched,
    tiles,
    verdicts,
)
from spillover.book import figures
from spillover.book.figures import FigureError, style
from spillover.econometrics.weights import dense
from spillover.studies import weights


def dots(axes: Axes, gid: str) -> np.ndarray:
    found = [c for c in axes.collections if isinstance(c, PathCollection) and c.get_gid() == gid]
    return np.concatenate([np.asarray(c.get_offsets()) for c in found])


def segments(axes: Axes) -> list[np.ndarray]:
    lines = [c for c in axes.collections if isinstance(c, LineCollection)]
    return [np.asarray(s) for c in lines for s in c.get_segments()]


def test_bars_and_line_stand_at_their_values() -> None:
    bars = pd.Series([1.79, 1.71, 1.82], index=[2013, 2014, 2015])
    line = pd.Series([0.67, 0.80, 1.30], index=[2013, 2014, 2015])
    figure = figures.bars_and_line(bars, line, bar_label="GIA", line_label="CP")
    left, right = figure.axes
    drawn = [p for p in left.patches if isinstance(p, Rectangle)]
    assert [p.get_height() for p in drawn] == [1.79, 1.71, 1.82]
    assert left.get_ylim()[0] == 0
    assert right.lines[0].get_ydata().tolist() == [0.67, 0.80, 1.30]
    assert [t.get_text() for t in left.texts if isinstance(t, Annotation)] == [
        "1.79",
        "1.71",
        "1.82",
    ]
    assert [t.get_text() for t in right.texts if isinstance(t, Annotation)] == ["0.67", "1.30"]
    # The line never crosses a bar: its lowest point lies above the highest bar on the page.
    lowest = right.transData.transform((0, 0.67))[1]
    assert lowest > left.transData.transform((0, 1.82))[1]


def test_bars_and_line_refuse_other_years() -> None:
    with pytest.raises(FigureError, match=r"differ in years: \[2014, 2015\]"):
        figures.bars_and_line(
            pd.Series([1, 2], index=[2013, 2014]),
            pd.Series([1, 2], index=[2013, 2015]),
            bar_label="",
            line_label="",
        )


def test_heatmap_writes_each_value_in_the_order_of_the_means() -> None:
    values = by_year()
    values.loc["Hunan", 2015] = np.nan
    cells, key = figures.heatmap(values, label="rank", flagged=flags()).axes
    written = {(t.get_position(), t.get_text()) for t in cells.texts}
    assert len(written) == 299
    # Xinjiang has the highest code, so the highest value: first row, first year.
    assert ((0.5, 0.53), "30.0") in written
    rows = [t.get_text() for t in cells.get_yticklabels()]
    assert rows[0] == "Xinjiang"
    assert rows[-1] == "Beijing"
    assert [t.get_text() for t in cells.get_xticklabels()] == [str(year) for year in YEARS]
    assert sum(line.get_gid() == "flag" for line in cells.lines) == 4
    assert sum(p.get_hatch() is not None for p in cells.patches) == 1
    words = [t.get_text() for t in key.get_legend().get_texts()]
    assert words == ["no data", "partly modelled or derived"]


def test_heatmap_refuses_flags_of_other_cells() -> None:
    with pytest.raises(FigureError, match="flagged has no row Gansu"):
        figures.heatmap(by_year(), label="", flagged=flags().drop(index="Gansu"))
    with pytest.raises(FigureError, match="flagged has no column 2020"):
        figures.heatmap(by_year(), label="", flagged=flags().drop(columns=2020))


@pytest.mark.parametrize("name", ["rook", "inverse distance"])
def test_moran_scatter_has_the_slope_that_esda_computes(name: str) -> None:
    W: Graph = weights.named(name)
    y = pd.Series(np.random.default_rng(5).gamma(2, size=30), index=W.unique_ids)
    axes = figures.moran_scatter(y, W, label="CP").axes[0]
    expected = Moran(y.to_numpy(), W, permutations=0).I
    assert axes.lines[2].get_slope() == pytest.approx(expected, abs=1e-12)
    assert f"{expected:.3f}".replace("-", "−") in axes.get_title(loc="right")


def test_moran_scatter_by_hand() -> None:
    # Four on a line, a–b–c–d, values 1 2 3 6: z·√3.5 = −2 −1 0 3, and with the ends having one
    # neighbour, Wz·√3.5 = −1 −1 1 0, so I = (2 + 1 + 0 + 0) / (4 + 1 + 0 + 9) = 3/14.
    names = list("abcd")
    W = pd.DataFrame([[0, 1, 0, 0], [0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5], [0, 0, 1, 0]], names, names)
    y = pd.Series([1.0, 2.0, 3.0, 6.0], names)
    axes = figures.moran_scatter(y, W, label="y", outliers=1).axes[0]
    assert axes.lines[2].get_slope() == pytest.approx(3 / 14)
    points = np.asarray(axes.collections[0].get_offsets()) * np.sqrt(3.5)
    assert points == pytest.approx(np.array([[-2, -1], [-1, -1], [0, 1], [3, 0]]))
    corners = [t.get_text() for t in axes.texts if t.get_gid() == "quadrant"]
    assert corners == ["high among high", "low among high", "low among low", "high among low"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda y, w: (y.drop("Gansu"), w), "Gansu stand only in one of y and W"),
        (lambda y, w: (y.where(y.index != "Gansu"), w), "no value for Gansu"),
        (lambda y, w: (y * 0, w), "all values of y are equal"),
        (lambda y, w: (y, w * 2), "row Beijing of W sums to 2; row-standardise"),
    ],
)
def test_moran_scatter_refuses_what_does_not_fit(change: Any, message: str) -> None:
    y, w = change(by_year()[2022], dense(weights.rook()))
    with pytest.raises(FigureError, match=message):
        figures.moran_scatter(y, w, label="")


def test_moran_by_year_hollows_what_is_not_significant() -> None:
    table = pd.DataFrame({"replication": [0.1, 0.2], "published": [0.3, 0.4]}, index=[2013, 2014])
    p = pd.DataFrame({"replication": [0.5, 0.01], "published": [0.1, np.nan]}, index=[2013, 2014])
    axes = figures.moran_by_year(table, pvalues=p, units=30).axes[0]
    faces = [[to_hex(f) for f in c.get_facecolors()] for c in axes.collections]
    assert faces == [[style.PAPER, style.HERE], [style.PRINTED, style.PAPER]]
    assert axes.lines[0].get_ydata()[0] == pytest.approx(-1 / 29)
    assert [t.get_text() for t in axes.texts] == [
        "expected if random",
        "replication",
        "published",
        "hollow: p > 0.1",
    ]


def test_moran_by_year_wants_p_values_of_every_series() -> None:
    table = pd.DataFrame({"replication": [0.1], "published": [0.3]}, index=[2013])
    with pytest.raises(FigureError, match="no p-values for 'published'"):
        figures.moran_by_year(table, pvalues=table[["replication"]])


def test_a_year_without_a_value_leaves_a_gap() -> None:
    table = pd.DataFrame(
        {"replication": [0.1, np.nan, 0.3, np.nan]}, index=[2013, 2014, 2015, 2016]
    )
    axes = figures.moran_by_year(table).axes[0]
    assert np.isnan(axes.lines[-1].get_ydata()).tolist() == [False, True, False, True]
    assert axes.texts[-1].get_position()[1] == pytest.approx(0.3)


def test_lines_that_end_together_keep_their_names_apart() -> None:
    table = pd.DataFrame({"replication": [0.3, 0.2], "published": [0.1, 0.2]}, index=[2013, 2014])
    figure = figures.moran_by_year(table)
    figure.canvas.draw()
    boxes = [t.get_window_extent() for t in figure.axes[0].texts]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))


def test_coefficients_and_intervals_stand_in_their_rows() -> None:
    table = coefficients()
    figure = figures.coefficient_plot(table)
    axes = figure.axes[0]
    drawn = dots(axes, "estimate")
    assert drawn[:, 0] == pytest.approx(table["estimate"].to_numpy())
    assert np.rint(drawn[:, 1]).tolist() == list(range(8)) * 3
    ends = np.array([s[:, 0] for s in segments(axes)])
    assert ends == pytest.approx(table[["low", "high"]].to_numpy())
    assert [t.get_text() for t in axes.get_yticklabels()] == TERMS
    words = [t.get_text() for t in figure.legends[0].get_texts()]
    assert words == ["replication", "published", "replication, clustered"]


def test_coefficient_without_interval_is_a_mark_alone() -> None:
    table = coefficients().assign(low=np.nan)
    axes = figures.coefficient_plot(table).axes[0]
    assert segments(axes) == []
    assert len(dots(axes, "estimate")) == 24


def test_coefficients_refuse_a_term_twice_and_a_lacking_column() -> None:
    table = coefficients()
    with pytest.raises(FigureError, match="'GIA' stands twice in group 'replication'"):
        figures.coefficient_plot(pd.concat([table, table.head(1)]))
    with pytest.raises(FigureError, match="no column 'low'; the table has term"):
        figures.coefficient_plot(table.drop(columns="low"))


def test_effects_have_normal_intervals_and_a_panel_a_regressor() -> None:
    panels = figures.effects_plot({"replication": effects()}).axes
    assert [axes.texts[0].get_text() for axes in panels] == TERMS
    for value, axes in zip(np.linspace(-0.2, 0.3, 8), panels, strict=True):
        assert dots(axes, "estimate")[:, 0] == pytest.approx([value, 2 * value, 3 * value])
        # 1.959964 standard errors of .05, .1 and .15 to each side.
        widths = [s[1, 0] - s[0, 0] for s in segments(axes)]
        assert widths == pytest.approx([2 * 1.959964 * 0.05 * k for k in (1, 2, 3)], rel=1e-6)
    assert [t.get_text() for t in panels[0].get_yticklabels()] == ["direct", "indirect", "total"]


def beyond(axes: Axes) -> list[str]:
    return [t.get_text() for t in axes.texts if t.get_gid() == "beyond"]


def test_rows_that_stretch_the_axis_run_on_with_their_numbers() -> None:
    """Median reach 1: what lies farther than 4 does not decide the axis, which others fill."""
    axes = figures.coefficient_plot(stretched()).axes[0]
    # All but the two long rows reach from -.5 to 1; -7 is farther away than half of that.
    low, high = axes.get_xlim()
    assert (low, high) == pytest.approx((-0.5 - 0.06 * 1.5, 1 + 0.06 * 1.5))
    assert beyond(axes) == ["−9.00", "8.00", "−7.00 [−12.00, −2.00]"] or beyond(axes) == [
        "−9.00", "8.00", "−7.00 [−12.0, −2.00]",
    ]  # fmt: skip
    assert beyond(figures.coefficient_plot(coefficients()).axes[0]) == []


def test_effects_scale_to_standard_deviations() -> None:
    scale = pd.Series(2.0, TERMS)
    plain = figures.effects_plot({"replication": effects()}).axes[0]
    scaled = figures.effects_plot({"replication": effects()}, scale=scale).axes[0]
    assert dots(scaled, "estimate")[:, 0] == pytest.approx(2 * dots(plain, "estimate")[:, 0])
    with pytest.raises(FigureError, match="scale has no 'TEC'"):
        figures.effects_plot({"replication": effects()}, scale=scale.drop("TEC"))


def test_effects_refuse_what_the_first_source_lacks() -> None:
    with pytest.raises(FigureError, match="'published' has 'TEC', the first source has not"):
        figures.effects_plot({"replication": effects().drop("TEC"), "published": effects()})
    with pytest.raises(FigureError, match=r"no column \('total', 'effect'\)"):
        figures.effects_plot({"replication": effects().drop(columns="total", level=0)})


def test_decay_tells_the_share_reached() -> None:
    axes = figures.decay_plot(decay()).axes[0]
    # .4 + .3 + .2 + .1 = 1: the shares are 40, 70, 90 and 100 %.
    words = [t.get_text() for t in axes.get_xticklabels()]
    assert words == ["0\n40 %", "1\n70 %", "2\n90 %", "3\n100 %"]
    ends = np.array([s[:, 1] for s in segments(axes)])
    assert ends == pytest.approx(np.array([[0.3, 0.5], [0.2, 0.4], [0.1, 0.3], [0.0, 0.2]]))


def test_decay_takes_another_column_and_whole() -> None:
    table = decay().rename(columns={"effect": "total"})
    axes = figures.decay_plot(table, column="total", whole=2.0).axes[0]
    assert axes.get_xticklabels()[1].get_text() == "1\n35 %"
    with pytest.raises(FigureError, match="no column 'effect'"):
        figures.decay_plot(table)
    with pytest.raises(FigureError, match="sum to zero"):
        figures.decay_plot(pd.DataFrame({"effect": [1.0, -1.0]}))


def test_marginal_effect_has_its_rug_and_wants_order() -> None:
    rug = pd.Series([0.5, 1.0, 3.3])
    axes = figures.marginal_effect_plot(marginal(), xlabel="m", rug=rug).axes[0]
    assert axes.get_xlim() == (0, 5)
    line = next(line for line in axes.lines if line.get_gid() == "rug")
    assert list(line.get_xdata()) == [0.5, 1.0, 3.3]
    with pytest.raises(FigureError, match="x must ascend"):
        figures.marginal_effect_plot(marginal().iloc[::-1], xlabel="m")


def test_specifications_are_sorted_coloured_and_explained() -> None:
    table = specifications()
    mine = table["estimate"] == 40 / 40
    figure = figures.specification_curve(table, ["Fixed effects", "Clustered"], highlight=mine)
    below, above = figure.axes
    drawn = dots(above, "estimate")
    assert drawn[:, 1].tolist() == sorted(table["estimate"])
    # estimate − .9 > 0 from i = 37 on: 11 of 48 lie above zero, 23 %; none below.
    colours = [to_hex(c) for c in above.collections[1].get_facecolors()]
    assert colours.count(style.HERE) == 11
    assert above.texts[-1].get_text() == (
        "48 specifications: 23 % above zero, 77 % include zero, 0 % below zero"
    )
    ring = next(line for line in above.lines if line.get_gid() == "highlight")
    assert ring.get_xydata().tolist() == [[40, 1.0]]
    # 48 marks for each of the two choices; four categories of 12, two of 24.
    made = [len(c.get_offsets()) for c in below.collections if c.get_gid() == "choice"]
    assert sorted(made) == [12, 12, 12, 12, 24, 24]
    names = {t.get_text() for t in below.get_yticklabels()}
    assert names == {"none", "entity", "time", "two-way", "yes", "no"}


def test_named_specifications_have_a_ring_and_their_words() -> None:
    table = specifications()  # estimates ascend with the index
    above = figures.specification_curve(table, ["Clustered"], named={"ours": 3, "theirs": 41}).axes[
        1
    ]
    rings = [line.get_xydata()[0] for line in above.lines if line.get_gid() == "named"]
    assert [tuple(ring) for ring in rings] == [(i, table.loc[i, "estimate"]) for i in (3, 41)]
    assert {"ours", "theirs"} <= {text.get_text() for text in above.texts}
    with pytest.raises(FigureError, match="no specification 99"):
        figures.specification_curve(table, ["Clustered"], named={"ours": 99})


def test_tiles_are_bars_of_the_signs_that_were_found() -> None:
    figure = figures.sign_tiles(tiles(), rows="neighbours", columns="effects")
    assert len(figure.axes) == 4  # two effects by two measures
    widths = {
        to_hex(patch.get_facecolor()): round(patch.get_width(), 9)
        for patch in figure.axes[0].patches
        if patch.get_xy()[1] == 1 and patch.get_x() < 1 and patch.get_fill()
    }
    # the second row's first cell: a fifth negative from the left, three fifths positive
    assert widths[style.PRINTED] == 0.2
    assert widths[style.HERE] == 0.6
    words = [t.get_text() for t in figure.axes[0].texts if t.get_gid() == "sign"]
    assert words == ["−", "+", "+", "−"]
    last = [t.get_text() for t in figure.axes[-1].texts if t.get_gid() == "sign"]
    assert last == ["−", "+", "+", ""]  # nothing estimated has no sign


def test_tiles_want_the_same_three_choices() -> None:
    one = tiles()["Direct"]
    with pytest.raises(FigureError, match="no column 'median'"):
        figures.sign_tiles({"Direct": one.drop(columns="median")}, rows="r", columns="c")
    with pytest.raises(FigureError, match="same three choices"):
        figures.sign_tiles({"a": one, "b": one.iloc[:-1]}, rows="r", columns="c")


def test_one_endless_interval_does_not_flatten_the_others() -> None:
    table = specifications()
    table.iloc[3, table.columns.get_indexer(["low", "high"])] = [-500.0, 500.0]
    low, high = figures.specification_curve(table, ["Clustered"]).axes[1].get_ylim()
    assert low < table["estimate"].min() < table["estimate"].max() < high
    assert high - low < 10


def test_specification_curve_wants_its_columns() -> None:
    with pytest.raises(FigureError, match="no column 'Weights'"):
        figures.specification_curve(specifications(), ["Weights"])
    mine = pd.Series(True, index=range(48))
    with pytest.raises(FigureError, match="highlight and table have different indices"):
        figures.specification_curve(specifications(), ["Clustered"], highlight=mine)


def test_a_curve_names_its_ends_and_the_study() -> None:
    table = specifications()
    names = pd.Series([f"no. {i}" for i in table.index], table.index)
    mine = table["estimate"] == 20 / 40
    figure = figures.specification_curve(
        table, ["Clustered"], printed=0.4, highlight=mine, labels=names
    )
    figure.canvas.draw()
    above = figure.axes[1]
    written = [t for t in above.texts if t.get_gid() == "name"]
    assert [" ".join(t.get_text().split()) for t in written] == [
        "lowest, 0.00: no. 0", "highest, 1.18: no. 47", "the study’s own, 0.500",
    ]  # fmt: skip
    leaders = [line.get_xydata()[0].tolist() for line in above.lines if line.get_gid() == "leader"]
    assert leaders == [[0, 0.0], [47, 47 / 40], [20, 0.5]]
    assert "published\n0.400" in {t.get_text() for t in above.texts}
    # The names stand apart, and above or below every interval.
    boxes = [t.get_window_extent() for t in written]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    ends = above.transData.transform([(0, table["low"].min()), (0, table["high"].max())])[:, 1]
    assert all(box.y1 <= ends[0] or box.y0 >= ends[1] for box in boxes)


def test_many_specifications_are_drawn_as_pixels() -> None:
    many = pd.concat([specifications()] * 10, ignore_index=True)
    above = figures.specification_curve(many, ["Clustered"]).axes[1]
    assert all(c.get_rasterized() for c in above.collections)


def test_every_judged_number_is_one_square_and_counted_once() -> None:
    figure = figures.verdict_overview(verdicts())
    axes = figure.axes[0]
    ordered = ["supports", "contradicts", "not supported", "contradicts"]
    ordered += ["reproduced", "close", "same decision"]
    drawn = [to_hex(p.get_facecolor()) for p in axes.patches]
    assert drawn == [style.VERDICTS[verdict] for verdict in ordered]
    assert len({p.get_xy() for p in axes.patches}) == 7
    assert [t.get_text() for t in axes.texts] == ["Table 8", "Table 10", "Table 5", "Table 3"]
    titles = [key.get_title().get_text() for key in figure.legends]
    assert titles[0] == "3 distinct coefficients and effects"
    keys = [{t.get_text() for t in key.get_texts()} for key in figure.legends]
    assert keys[0] == {"supports 1", "not supported 1", "contradicts 1"}
    assert keys[1:] == [{"reproduced 1", "close 1"}, {"same decision 1"}]


def test_an_unknown_verdict_is_refused() -> None:
    table = verdicts().replace({"verdict": {"supports": "near"}})
    with pytest.raises(FigureError, match="table 8 has the verdict 'near'"):
        figures.verdict_overview(table)


def test_candidates_show_spread_and_moments() -> None:
    table, printed = candidates()
    axes = figures.candidates_plot(table, printed, xlabel="CP").axes[0]
    drawn: dict[str, list[np.ndarray]] = {"range": [], "sd": []}
    for c in axes.collections:
        if isinstance(c, LineCollection):
            drawn[str(c.get_gid())] += [np.asarray(s)[:, 0] for s in c.get_segments()]
    ranges, spreads = np.array(drawn["range"]), np.array(drawn["sd"])
    assert ranges == pytest.approx(np.array([[0.505, 4.491], [0.1, 6.1], [0.5, 6.3]]))
    assert spreads == pytest.approx(np.array([[0.97, 2.896], [0.1, 1.9], [0.7, 3.1]]))
    words = [t.get_text() for t in axes.texts]
    assert words[:3] == ["1.93 ± 0.96", "1.00 ± 0.90", "1.90 ± 1.20"]
    with pytest.raises(FigureError, match="no column 'sd'"):
        figures.candidates_plot(table.drop(columns="sd"), printed, xlabel="")
    with pytest.raises(FigureError, match=r"printed: no column 'max'"):
        figures.candidates_plot(table, printed.drop("max"), xlabel="")


def test_a_mechanism_draws_each_arrow_from_one_box_towards_another() -> None:
    arrows, names, areas = argument()
    axes = figures.mechanism(arrows, names, areas).axes[0]
    drawn = [p for p in axes.patches if isinstance(p, FancyArrowPatch)]
    texts = {t.get_text(): t for t in axes.texts}
    assert len(drawn) == len(arrows)
    for arrow, (source, target) in zip(
        drawn, arrows[["source", "target"]].itertuples(index=False), strict=True
    ):
        ends = np.array(arrow._posA_posB)
        here, there = (np.array(texts[names[key]].get_position()) for key in (source, target))
        assert np.linalg.norm(ends[0] - here) < np.linalg.norm(ends[0] - there)
        assert np.linalg.norm(ends[1] - there) < np.linalg.norm(ends[1] - here)


def test_a_mechanism_refuses_an_arrow_to_a_box_without_name() -> None:
    arrows, names, areas = argument()
    del names["outcome next door"]
    with pytest.raises(FigureError, match="no box 'outcome next door'"):
        figures.mechanism(arrows, names, areas)
