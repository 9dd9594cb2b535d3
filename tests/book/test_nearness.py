"""The search on its way to a page, on tables small enough to read."""

from __future__ import annotations

import csv
import math

import pandas as pd
import pytest

from spillover.book import beyond
from spillover.data import files
from spillover.multiverse import search
from spillover.studies.study import CARBON


@pytest.fixture
def table() -> pd.DataFrame:
    """Four specifications, the last of which failed."""
    frame = pd.DataFrame(
        {
            "fixed_effects": ["time", "twoway", "time", "twoway"],
            "durbin": ["exposure", "all", "exposure", "all"],
            "weights": ["rook", "rook", "5 nearest", "5 nearest"],
            "years": ["2013–2022"] * 4,
            "CP": ["energy"] * 4,
            "distance_sd": [2.5, 20.0, 3.5, math.nan],
            "signs_agree": [18.0, 11.0, 14.0, math.nan],
            "exposure_signs_agree": [3.0, 0.0, 1.0, math.nan],
            "ratio_spread": [0.0, 1.5, 0.0, math.nan],
            "reason": ["", "", "", "2020 has no value"],
        }
    )
    for name in ("fixed_effects", "durbin", "weights", "years", "CP"):
        frame[name] = pd.Categorical(frame[name], frame[name].unique(), ordered=True)
    return frame


def test_names_in_words_leave_the_search_as_it_was(table: pd.DataFrame) -> None:
    words = beyond.in_words(table)
    assert words["fixed_effects"].to_list()[:2] == ["year", "province and year"]
    assert table["fixed_effects"].to_list()[:2] == ["time", "twoway"]


def test_nearest_comes_first_and_failures_never(table: pd.DataFrame) -> None:
    shown = beyond.nearest_table(table, 10)
    assert shown["Distance"].to_list() == [2.5, 3.5, 20.0]
    assert shown["Signs"].to_list() == [18, 14, 11]


def test_best_of_each_kind(table: pd.DataFrame) -> None:
    best = beyond.best_by_kind(table)
    assert best.at["year", "GIA only lagged"] == 2.5
    assert math.isnan(best.at["year", "all lagged"])


def test_ratios_by_lag(table: pd.DataFrame) -> None:
    shown = beyond.ratios_by_lag(table, search.target("Table 8"))
    assert shown.loc["GIA only"].to_list() == [0.0, 0.0, 50.0]
    assert shown.loc["all"].to_list() == [1.5, 1.5, 0.0]
    assert math.isnan(shown.at["as printed", "GIA's signs, %"])


def test_across_takes_the_nearest_of_each(table: pd.DataFrame) -> None:
    shown = beyond.across({"Table 8": (table, 3.3)})
    assert shown.loc["Table 8"].to_list() == ["year", "GIA only", "rook", 2.5, 3.3]


def test_zeros_lie_as_far_as_the_printed_t_values() -> None:
    cells: dict[tuple[str, str], float] = {}
    with (files.published() / "table06.csv").open(encoding="utf-8") as file:
        for line in csv.DictReader(file):
            if line["column"] == "OLS" and line["row"] not in ("Constant", "model"):
                cells[line["row"], line["statistic"]] = float(line["value"])
    rows = {row for row, _ in cells}
    squares = [(cells[r, "coefficient"] / cells[r, "std_error"]) ** 2 for r in rows]
    assert len(squares) == 7
    assert beyond.zeros_of("OLS") == pytest.approx(math.sqrt(sum(squares) / 7), rel=1e-12)


def test_a_table_of_known_origin_is_found() -> None:
    """Rounding to three decimals is all that stands between the model and itself."""
    found = beyond.recovered(
        CARBON,
        {"fixed_effects": "time", "lagged": ("GIA",)},
        fixed_effects=["none", "time"],
        durbin=["all", "exposure"],
    )
    assert found[["fixed_effects", "durbin"]].iloc[0].to_list() == ["time", "exposure"]
    assert found["distance_sd"].iloc[0] < 0.05 < 1 < found["distance_sd"].iloc[1]
