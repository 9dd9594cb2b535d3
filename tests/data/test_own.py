"""Series of one's own: the door refuses what it must, and the second study runs on what it gets."""

import os
import re
import subprocess
import sys

import made_up
import numpy as np
import pandas as pd
import pytest

from spillover.data import own, panel
from spillover.data.files import root
from spillover.data.panel import PanelError
from spillover.studies import CARBON, GROWTH, StudyError


@pytest.fixture
def use(tmp_path, monkeypatch):
    """Write lines to a file and put it in the place of ``data/own/series.csv``."""

    def put(lines):
        file = made_up.write(tmp_path / "series.csv", lines)
        monkeypatch.setenv("SPILLOVER_OWN", str(file))
        return file

    return put


def short():
    """The second study in the years of the series, as its declaration has it."""
    return GROWTH.but(years=own.window(2011, 2022))


def fault(tmp_path, change):
    lines = change(made_up.rows("nev_output", "nev_patents"))
    with pytest.raises(PanelError) as caught:
        own.read(made_up.write(tmp_path / "mine.csv", lines))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_good_file_is_read_as_written(tmp_path):
    table = own.read(made_up.write(tmp_path / "a.csv", made_up.rows("nev_firms", "nev_output")))
    assert table["nev_firms"]["Beijing", 2015] == 1
    assert table["nev_output"]["Xinjiang", 2020] == 2 * (29 * 10 + 6)
    assert table.values.shape == (180, 2)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: [r[0].replace("nev_patents", "nev_patent"), *r[1:]],
         "column 'nev_patent'.*did you mean nev_patents"),
        (lambda r: [",".join(line.split(",")[:3]) for line in r], "no series"),
        (lambda r: r[:-1], "province Xinjiang, year 2020: found no row"),
        (lambda r: [*r, r[-1]], "Xinjiang, year 2020: found two rows"),
        (lambda r: [r[0], r[2], r[1], *r[3:]], "line 2: province Beijing, year 2016.*out of order"),
        (lambda r: [r[0], r[1].replace(",1,2", ",many,2"), *r[2:]],
         "nev_output: province Beijing, year 2015: found 'many'"),
        (lambda r: [r[0], r[1].replace(",1,2", ",-1,2"), *r[2:]],
         "nev_output: province Beijing, year 2015: found -1, below"),
        (lambda r: [r[0], r[1].replace(",1,2", ",1001,2"), *r[2:]], "1001, above the plausible 1"),
        (lambda r: [r[0], r[1], r[2].replace(",2,4", ",,4"), *r[3:]],
         "nev_output: province Beijing, year 2016: found nothing"),
        (lambda r: [r[0], r[1].replace(",1,2", ",,2"), *r[2:]],
         "nev_output: province Beijing, year 2015: found nothing"),
        (lambda r: [r[0], r[1].replace("Beijing", "Peking"), *r[2:]], "found Peking.*Beijing"),
        (lambda r: [r[0], r[1].replace("2015", "15"), *r[2:]], "found '15'.*four digits"),
        (lambda r: [r[0], r[1].replace("2015", "next"), *r[2:]], "found 'next'.*four digits"),
        (lambda r: [line.replace(",2015,", ",2009,") for line in r], "2009.*2011 to 2022"),
        (lambda r: [line for line in r if ",2017," not in line], "2017: found no row"),
        (lambda r: [r[0].replace("year", "jahr"), *r[1:]], "header.*'jahr'"),
        (lambda r: [r[0], r[1] + ",9", *r[2:]], "line 2: found 6 fields"),
        (lambda r: [], "an empty file"),
    ],
)  # fmt: skip
def test_each_fault_is_one_line_that_says_where(tmp_path, change, words):
    message = fault(tmp_path, change)
    assert re.search(words, message), message
    assert "mine.csv" in message


def test_a_column_without_a_value_is_refused(tmp_path):
    template = root() / "data" / "own" / "template.csv"
    with pytest.raises(PanelError, match="column nev_output: found no value"):
        own.read(template)


def test_the_template_names_every_column_and_has_every_row(tmp_path):
    template = (root() / "data" / "own" / "template.csv").read_text().splitlines()
    assert template[0].split(",") == ["province_code", "province", "year", *own.COLUMNS]
    filled = [template[0], *(line.replace(",,,,", ",1,1,1,1") for line in template[1:])]
    table = own.read(made_up.write(tmp_path / "filled.csv", filled))
    assert len(table.values) == 360
    assert (table.values == 1).all(axis=None)


def test_without_a_file_nothing_is_said_and_the_proxies_run(monkeypatch, tmp_path):
    monkeypatch.setattr(own.files, "root", lambda: tmp_path)
    assert own.note() == ""
    assert GROWTH.variable("LQ").variant == "vehicle output"
    assert own.window(2011, 2022) == (2011, 2022)


def test_a_named_file_that_is_not_there_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv("SPILLOVER_OWN", str(tmp_path / "gone.csv"))
    with pytest.raises(PanelError, match=r"gone\.csv: whole file: found no such file"):
        own.note()


def test_the_second_study_switches_to_the_series_and_says_so(use):
    use(made_up.rows("nev_output", "nev_patents", "nev_firms"))
    data = short().frame()
    assert data.index.unique("year").tolist() == list(range(2015, 2021))
    # Output is 1 of Σ(10·i + 1) = 10·435 + 30 = 4380 in 2015, GDP is Beijing's share of that year.
    gdp = panel.load()["gdp_census5_100m"].xs(2015, level="year")
    assert data.at[("Beijing", 2015), "LQ"] == pytest.approx(
        1 / 4380 / (gdp["Beijing"] / gdp.sum())
    )
    assert data.at[("Beijing", 2016), "RD"] == pytest.approx(np.log(1 + 4))
    assert data.at[("Tianjin", 2015), "Indu"] == pytest.approx(np.log(1 + 33))
    assert "new-energy vehicles made (2015 to 2020)" in own.note()
    assert GROWTH.not_official("LQ").all()


def test_the_lag_of_the_cluster_follows_the_series(use):
    use(made_up.rows("nev_output"))
    late = GROWTH.but(years=(2016, 2020))
    assert late.frame("LQ_last").at[("Hebei", 2016), "LQ_last"] == pytest.approx(
        short().frame("LQ").at[("Hebei", 2015), "LQ"]
    )


def test_revenue_takes_the_place_of_output_only_where_there_is_none(use):
    use(made_up.rows("nev_revenue"))
    alone = short().frame("LQ")["LQ"]
    use(made_up.rows("nev_output", "nev_revenue"))
    # Revenue is twice output everywhere, so the shares are the same.
    beside = short().but(LQ="your revenue").frame("LQ")["LQ"]
    pd.testing.assert_series_equal(beside, alone)
    assert GROWTH.variable("LQ").columns[0] == "nev_output"


def test_the_model_runs_on_the_series_and_part_one_does_not_change(use):
    before = CARBON.frame()
    use(made_up.rows("nev_output"))
    fit = short().spatial().fit(cov_type="robust")
    assert fit.nobs == 180
    pd.testing.assert_frame_equal(CARBON.frame(), before)


def test_a_changed_file_is_read_again(use):
    use(made_up.rows("nev_output"))
    assert own.spans() == {"nev_output": (2015, 2020)}
    use(made_up.rows("nev_firms", years=range(2015, 2023)))
    assert own.spans() == {"nev_firms": (2015, 2022)}


def test_a_series_may_begin_late_and_then_sets_the_window(use):
    lines = made_up.rows("nev_output", "nev_firms")
    late = [re.sub(r",(201[56]),\d+,", r",\1,,", line) for line in lines]
    use(late)
    assert own.spans() == {"nev_output": (2017, 2020), "nev_firms": (2015, 2020)}
    assert own.window(2011, 2022) == (2017, 2020)


def test_series_without_a_year_in_common_are_an_error(use):
    lines = made_up.rows("nev_output", "nev_firms")
    early = [re.sub(r",(201[567]),(\d+),\d+$", r",\1,\2,", line) for line in lines]
    use([re.sub(r",(2018|2019|2020),\d+,", r",\1,,", line) for line in early])
    with pytest.raises(PanelError, match="nev_output 2015 to 2017, nev_firms 2018 to 2020"):
        own.window(2011, 2022)


def test_years_outside_the_series_are_an_error_of_the_study(use):
    use(made_up.rows("nev_output"))
    with pytest.raises(StudyError, match=r"LQ \(your own series\).*complete from 2015 to 2020"):
        GROWTH.but(years=(2011, 2020)).frame("LQ")


def test_the_declaration_itself_takes_the_window_of_the_series(use):
    file = use(made_up.rows("nev_output"))
    code = "from spillover.studies import CARBON, GROWTH; print(GROWTH.years, CARBON.years)"
    environment = {**os.environ, "SPILLOVER_OWN": str(file)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "(2015, 2020) (2013, 2022)"
