"""The scorecard loses no printed number, and says what it lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from spillover.replication import published, scorecard
from spillover.replication import tables as replication
from spillover.studies.study import Study


def parroting(table: int) -> Callable[[Study], Iterable[dict[str, Any]]]:
    """A counterpart that repeats the printed numbers."""

    def lines(_: Study) -> Iterable[dict[str, Any]]:
        printed = published.load(table)
        yield from printed[["row", "column", "statistic", "value"]].to_dict("records")  # type: ignore[misc]

    return lines


@pytest.fixture
def parrot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replication, "TABLES", {t: parroting(t) for t in published.TABLES})


@pytest.mark.usefixtures("parrot")
def test_there_is_a_line_for_each_of_the_581_printed_numbers() -> None:
    numbers, printed = scorecard.scorecard(), published.load()
    assert len(numbers) == 581
    keys = ["table", "row", "column", "statistic", "printed"]
    pd.testing.assert_frame_equal(numbers[keys], printed[keys])
    assert (numbers["verdict"] != "").all()


@pytest.mark.usefixtures("parrot")
def test_the_printed_numbers_reproduce_themselves() -> None:
    numbers = scorecard.scorecard()
    # Table 12 has no counterpart but for its observations, whatever ours are
    rest = numbers[(numbers["table"] != 12) | (numbers["statistic"] == "observations")]
    assert set(rest["verdict"]) == {"reproduced"}
    others = numbers.drop(rest.index)
    assert set(others["verdict"]) == {"not comparable"}
    assert (others["reason"] != "").all()


@pytest.mark.usefixtures("parrot")
def test_totals_add_up() -> None:
    totals = scorecard.summary()
    assert totals.loc["all", "total"] == 581
    assert totals.drop(index="all")["total"].tolist() == [
        40,
        40,
        8,
        45,
        36,
        132,
        42,
        114,
        42,
        28,
        54,
    ]
    assert (totals.drop(columns="total").sum(axis=1) == totals["total"]).all()


@pytest.mark.usefixtures("parrot")
def test_the_file_is_what_the_table_is(tmp_path: Path) -> None:
    path = scorecard.write_csv(tmp_path / "score.csv")
    read = pd.read_csv(path, dtype={"printed": str})
    assert list(read.columns)[:5] == ["table", "row", "column", "statistic", "printed"]
    assert read["printed"].tolist() == published.load()["printed"].tolist()


def test_a_table_without_counterpart_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replication, "TABLES", {8: parroting(8)})
    with pytest.raises(scorecard.ScorecardError, match="Table 1, 2, 3, 5"):
        scorecard.scorecard()
    assert len(scorecard.scorecard(tables=[8])) == 42


def test_our_own_counterparts_are_judged_by_the_rule() -> None:
    numbers = scorecard.scorecard([5, 8])
    pd.testing.assert_series_equal(
        numbers.loc[numbers["table"] == 8, "verdict"].reset_index(drop=True),
        replication.compare(8)["verdict"],
    )
    held = numbers["ours"] - numbers["printed"].astype(float)
    pd.testing.assert_series_equal(numbers["difference"], held, check_names=False)
    assert numbers["link"].iloc[-1] == "chapters/carbon/durbin.html#tab-table8"
