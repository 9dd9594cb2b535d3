"""One instance of every figure, from made-up numbers, for the tests that hold for all."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from spillover.book import figures
from spillover.book.figures import PaperFigure
from spillover.data import geography as geo
from spillover.replication.audit import RESULTS
from spillover.studies import weights

YEARS = list(range(2013, 2023))
TERMS = ["GIA", "Agdp", "URB", "OP", "ER", "IND", "PDE", "TEC"]


def by_year() -> pd.DataFrame:
    """Provinces × years: the province's rank (1 to 30) plus a tenth for every year."""
    names = geo.capitals().index
    values = np.arange(1, 31)[:, None] + np.arange(10) / 10
    return pd.DataFrame(values, index=names, columns=YEARS)


def flags() -> pd.DataFrame:
    marked = by_year() < 0
    marked.loc[["Hebei", "Yunnan"], [2013, 2014]] = True
    return marked


def effects() -> pd.DataFrame:
    parts = {}
    for i, kind in enumerate(("direct", "indirect", "total")):
        parts[kind, "effect"] = pd.Series(np.linspace(-0.2, 0.3, 8) * (i + 1), TERMS)
        parts[kind, "std_error"] = pd.Series(0.05 * (i + 1), TERMS)
        parts[kind, "pvalue"] = pd.Series(0.1, TERMS)
    return pd.DataFrame(parts)


def coefficients() -> pd.DataFrame:
    rows = [
        (term, group, 0.1 * i - shift, 0.1 * i - shift - 0.2, 0.1 * i - shift + 0.2)
        for group, shift in (
            ("replication", 0.0),
            ("published", 0.1),
            ("replication, clustered", 0.2),
        )
        for i, term in enumerate(TERMS)
    ]
    return pd.DataFrame(rows, columns=["term", "group", "estimate", "low", "high"])


def specifications() -> pd.DataFrame:
    """48 specifications: 11 above zero, 37 that include zero, none below."""
    rows = [
        (
            i / 40,
            i / 40 - 0.9,
            i / 40 + 0.9,
            ["none", "entity", "time", "two-way"][i % 4],
            i % 2 == 0,
        )
        for i in range(48)
    ]
    names = ["estimate", "low", "high", "Fixed effects", "Clustered"]
    return pd.DataFrame(rows, columns=names).sample(frac=1, random_state=7)


def stretched() -> pd.DataFrame:
    """Three terms within 1, one whose interval alone is longer, one that lies beyond itself."""
    rows = [
        ("near", "replication", 0.5, 0.2, 0.8),
        ("next", "replication", -0.3, -0.5, -0.1),
        ("third", "replication", 0.4, -0.2, 1.0),
        ("long", "replication", 0.2, -9.0, 8.0),
        ("far", "replication", -7.0, -12.0, -2.0),
    ]
    return pd.DataFrame(rows, columns=["term", "group", "estimate", "low", "high"])


def candidates() -> tuple[pd.DataFrame, pd.Series]:
    table = pd.DataFrame(
        {"mean": [1.0, 1.9], "sd": [0.9, 1.2], "min": [0.1, 0.5], "max": [6.1, 6.3]},
        index=["CEADs apparent", "final use"],
    )
    return table, pd.Series({"mean": 1.933, "sd": 0.963, "min": 0.505, "max": 4.491})


def verdicts() -> pd.DataFrame:
    """Three coefficients in two tables, the first of which stands in both; two descriptives."""
    lines = [
        (8, "a", "direct", "coefficients", "0.10", 0.2, "contradicts"),
        (8, "b", "direct", "coefficients", "0.20", 0.2, "supports"),
        (10, "a", "direct", "coefficients", "0.10", 0.2, "contradicts"),
        (10, "c", "direct", "coefficients", "0.30", 0.1, "not supported"),
        (5, "a", "all", "descriptives", "1.5", 1.6, "close"),
        (5, "b", "all", "descriptives", "2.5", 2.5, "reproduced"),
        (5, "b", "all", "sample sizes", "300", 300.0, "reproduced"),
        (3, "a", "test", "tests", "9.5", 7.5, "same decision"),
    ]
    names = ["table", "row", "column", "group", "printed", "ours", "verdict"]
    return pd.DataFrame(lines, columns=names).assign(
        statistic=lambda t: t["group"], standard_error=0.1
    )


def clusters() -> pd.Series:
    series = pd.Series("ns", index=geo.capitals().index)
    series[["Qinghai", "Sichuan"]] = "HH"
    series["Shanghai"] = "LL"
    series["Chongqing"] = "LH"
    return series


def argument() -> tuple[pd.DataFrame, dict[str, str], tuple[str, str]]:
    """Two paths at home and one next door."""
    rows = [
        ("exposure", "outcome", "H1"),
        ("exposure", "mediator", "H2"),
        ("mediator", "outcome", "H2"),
        ("exposure", "outcome next door", "H3"),
    ]
    arrows = pd.DataFrame(rows, columns=["source", "target", "label"])
    names = {"exposure": "GIA", "mediator": "TEC", "outcome": "CP", "outcome next door": "CP there"}
    return arrows, names, ("At home", "Next door")


def decay() -> pd.DataFrame:
    effect = pd.Series([0.4, 0.3, 0.2, 0.1])
    return pd.DataFrame({"effect": effect, "low": effect - 0.1, "high": effect + 0.1})


def marginal() -> pd.DataFrame:
    x = np.linspace(0, 5, 20)
    return pd.DataFrame({"x": x, "effect": 1 - x / 3, "low": 0.5 - x / 3, "high": 1.5 - x / 3})


def questions() -> pd.DataFrame:
    results = [RESULTS[i % len(RESULTS)] for i in range(40)]
    return pd.DataFrame({"group": ["Stars"] * 25 + ["Sums"] * 15, "result": results})


def distances() -> pd.DataFrame:
    weights = pd.Categorical(["rook", "5 nearest", "rook"], categories=["rook", "5 nearest"])
    return pd.DataFrame({"weights": weights, "distance_sd": [1.0, 4.0, 9.0], "reason": ""})


def coverages() -> pd.DataFrame:
    """Two panels across and down, three estimators, two designs, four values each."""
    names = ["column", "panel", "row", "design", "cell"]
    labels = [["First", "Second"], ["ρ", "Effects"], ["A", "B", "C"], ["iid", "both"], range(4)]
    table = pd.MultiIndex.from_product(labels, names=names).to_frame(index=False)
    return table.assign(coverage=np.linspace(0.6, 1.0, len(table)))


def tiles() -> dict[str, pd.DataFrame]:
    """Two effects by three choices: all negative, none significant, a fifth and three fifths."""
    levels = [["apparent", "energy"], ["rook", "4 nearest"], ["none", "both"]]
    index = pd.MultiIndex.from_product(levels, names=["CP", "weights", "fixed_effects"])
    direct = pd.DataFrame(
        {
            "median": [-1.0, 0.1, 0.1, -0.1] * 2,
            "negative_significant": [1.0, 0.0, 0.2, 0.0] * 2,
            "positive_significant": [0.0, 0.0, 0.6, 0.0] * 2,
        },
        index,
    )
    indirect = direct.copy()
    indirect.iloc[-1] = np.nan  # nothing estimated
    return {"Direct": direct, "Indirect": indirect}


GALLERY: dict[str, Callable[[], PaperFigure]] = {
    "class_map": lambda: figures.class_map(by_year()[2022], label="rank"),
    "class_map_flagged": lambda: figures.class_map(
        by_year()[2022], label="rank", flagged=["Hebei", "Hainan"]
    ),
    "lisa_map": lambda: figures.lisa_map(clusters()),
    "small_multiples": lambda: figures.map_small_multiples(
        by_year(), label="rank", flagged=flags()
    ),
    "heatmap": lambda: figures.heatmap(by_year(), label="rank", flagged=flags()),
    "bars_and_line": lambda: figures.bars_and_line(
        by_year().mean(),
        by_year().mean() / 7,
        bar_label="Green agglomeration (location quotient)",
        line_label="Carbon productivity (10,000 yuan per tonne)",
    ),
    "moran_scatter": lambda: figures.moran_scatter(by_year()[2022], weights.rook(), label="Rank"),
    "moran_by_year": lambda: figures.moran_by_year(
        pd.DataFrame({"replication": 0.2, "published": np.linspace(0.2, 0.4, 10)}, index=YEARS),
        pvalues=pd.DataFrame({"replication": 0.2, "published": 0.01}, index=YEARS),
    ),
    "coefficient_plot": lambda: figures.coefficient_plot(coefficients()),
    "effects_plot": lambda: figures.effects_plot(
        {"replication": effects(), "published": effects() * 1.2}
    ),
    "coverage_plot": lambda: figures.coverage_plot(coverages()),
    "mechanism": lambda: figures.mechanism(*argument()),
    "decay_plot": lambda: figures.decay_plot(decay()),
    "marginal_effect_plot": lambda: figures.marginal_effect_plot(
        marginal(), xlabel="Moderator", rug=pd.Series([0.5, 1.0, 3.3])
    ),
    "specification_curve": lambda: figures.specification_curve(
        specifications(),
        ["Fixed effects", "Clustered"],
        printed=0.4,
        highlight=specifications()["estimate"] == 0.5,
        labels="weights: " + specifications()["Fixed effects"],
    ),
    "coefficient_plot_cut": lambda: figures.coefficient_plot(stretched()),
    "class_map_diverging": lambda: figures.class_map(
        by_year()[2022] - 9, label="rank", k=3, diverging=True
    ),
    "sign_tiles": lambda: figures.sign_tiles(tiles(), rows="neighbours", columns="effects"),
    "verdict_overview": lambda: figures.verdict_overview(verdicts()),
    "questions_overview": lambda: figures.questions_overview(questions()),
    "distances_by_choice": lambda: figures.distances_by_choice(
        distances(), {"weights": "Spatial weights"}, lines={"A table of zeros": 6.0}
    ),
    "candidates_plot": lambda: figures.candidates_plot(
        *candidates(), xlabel="CP", apart={"final use": "Energy productivity (yuan per tonne)"}
    ),
}


@pytest.fixture(scope="session", params=[(name, w) for name in GALLERY for w in ("", "narrow")])
def any_figure(request: pytest.FixtureRequest) -> PaperFigure:
    """Every figure in turn, as drawn for wide and for narrow screens."""
    name, screen = request.param
    figure = GALLERY[name]()
    if screen:
        figure = figure.narrow()
        if figure is None:
            pytest.skip("drawn in one width")
    figure.canvas.draw()
    return figure
