"""What the two pictures must show: as many marks as there are things, and nothing unknown."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from spillover.book import figures
from spillover.book.figures import FigureError
from spillover.book.figures.audit import RESULT_COLOURS


def _marked(figure: Figure, gid: str) -> list[object]:
    return [a for a in figure.findobj() if a.get_gid() == gid]


def test_one_square_a_question_findings_first() -> None:
    table = pd.DataFrame({"group": ["a", "a", "b"], "result": ["fine", "certain", "likely"]})
    found = _marked(figures.questions_overview(table), "question")
    colours = [to_hex(patch.get_facecolor()) for patch in found]
    assert colours == [RESULT_COLOURS["certain"], RESULT_COLOURS["fine"], RESULT_COLOURS["likely"]]


def test_an_unknown_result_is_refused() -> None:
    with pytest.raises(FigureError, match="result 'fishy'"):
        figures.questions_overview(pd.DataFrame({"group": ["a"], "result": ["fishy"]}))


@pytest.fixture
def table() -> pd.DataFrame:
    """Three specifications, one of which failed."""
    return pd.DataFrame(
        {
            "durbin": pd.Categorical(["all", "none", "all"]),
            "weights": pd.Categorical(["rook", "rook", "far"]),
            "distance_sd": [2.0, 8.0, float("nan")],
            "reason": ["", "", "failed"],
        }
    )


def test_a_tick_for_each_choice_that_was_made(table: pd.DataFrame) -> None:
    figure = figures.distances_by_choice(table, {"durbin": "Lagged"})
    ticks = sum(len(lines.get_segments()) for lines in _marked(figure, "tick"))
    assert ticks == 4
    words = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert words == ["all", "none", "rook"]
    assert "Lagged" in [text.get_text() for text in figure.axes[0].texts]


def test_lines_are_named(table: pd.DataFrame) -> None:
    figure = figures.distances_by_choice(table, {}, lines={"all zeros": 3.3})
    assert "all zeros" in [text.get_text() for text in figure.axes[0].texts]


def test_a_table_without_distances_is_refused(table: pd.DataFrame) -> None:
    with pytest.raises(FigureError, match="no column 'distance_sd'"):
        figures.distances_by_choice(table.drop(columns="distance_sd"), {})
