"""A damaged copy of a table gives one line that names file, column, province, year."""

import hashlib
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spillover.data import panel
from spillover.data.files import official, recorded, root
from spillover.data.panel import write_controls

TABLE = "population"


@pytest.fixture
def folder(tmp_path):
    for file in official().iterdir():
        shutil.copy(file, tmp_path / file.name)
    return tmp_path


def damage(folder: Path, change) -> Path:
    path = folder / f"{TABLE}.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(change(lines)) + "\n")
    return path


def swap(at: int, old: str, new: str):
    def change(lines):
        assert old in lines[at]
        return [*lines[:at], lines[at].replace(old, new), *lines[at + 1 :]]

    return change


def repeat(first: int, second: int):
    return lambda lines: [*lines[:second], lines[first], *lines[second + 1 :]]


# Line 1 is Beijing 2011 (2024, 86.2); line 3 is Beijing 2013 (2125, 86.39).
DAMAGES = {
    "wrong header": (swap(0, "population_10k", "people"), ["header", "population_10k", "people"]),
    "columns swapped": (
        swap(0, "population_10k,urban_rate_pct", "urban_rate_pct,population_10k"),
        ["header", "order"],
    ),
    "text in a number column": (
        swap(3, "2125", "21Z5"),
        ["population_10k", "Beijing", "2013", "'21Z5'", "a number"],
    ),
    "missing province": (
        lambda lines: [line for line in lines if "Ningxia" not in line],
        ["Ningxia", "2011", "no row", "12 rows"],
    ),
    "missing year": (lambda lines: [*lines[:3], *lines[4:]], ["Beijing", "2013", "no row"]),
    "duplicated year": (repeat(3, 4), ["Beijing", "2013", "two rows"]),
    "swapped code": (swap(3, "110000", "120000"), ["Beijing", "2013", "Tianjin"]),
    "unknown code": (swap(3, "110000", "999999"), ["province_code", "999999", "2013"]),
    "out of range": (
        swap(3, "2125", "21250"),
        ["population_10k", "Beijing", "2013", "21250", "above", "15000"],
    ),
    "below range": (swap(3, "86.39", "8.639"), ["urban_rate_pct", "Beijing", "2013", "below"]),
    "extra row": (
        lambda lines: [*lines, "650000,Xinjiang,2023,2598,59.2"],
        ["Xinjiang", "2023", "an extra row"],
    ),
    "extra field": (swap(3, "86.39", "86.39,1"), ["line 4", "6 fields", "expected 5"]),
    "rows out of order": (
        lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
        ["out of order", "Beijing", "2012"],
    ),
    "a changed digit": (
        swap(3, "2125", "2126"),
        ["population_10k", "Beijing", "2013", "expected"],
    ),
    "a blank": (swap(3, "2125", ""), ["population_10k", "359 values", "360"]),
    "a year in words": (swap(3, ",2013,", ",MMXIII,"), ["column year", "Beijing", "MMXIII"]),
    "an infinite value": (swap(3, "2125", "inf"), ["population_10k", "Beijing", "2013"]),
}


@pytest.mark.parametrize("fault", DAMAGES)
def test_damage_is_named(folder, fault):
    change, expected = DAMAGES[fault]
    damage(folder, change)
    with pytest.raises(panel.PanelError) as caught:
        panel.read_official(TABLE, folder)
    message = str(caught.value)
    assert "\n" not in message
    assert f"{TABLE}.csv" in message
    for word in expected:
        assert word in message, message


def test_empty_file(folder):
    (folder / f"{TABLE}.csv").write_text("")
    with pytest.raises(panel.PanelError, match=r"population\.csv.*empty"):
        panel.read_official(TABLE, folder)


def test_other_encoding(folder):
    path = folder / f"{TABLE}.csv"
    path.write_bytes(path.read_text().replace("Beijing", "北京").encode("gbk"))
    with pytest.raises(panel.PanelError, match=r"population\.csv.*UTF-8"):
        panel.read_official(TABLE, folder)


def test_a_byte_that_changes_no_number_is_still_seen(folder):
    damage(folder, swap(3, "86.39", "86.390"))
    with pytest.raises(panel.PanelError, match=r"population\.csv.*sha256"):
        panel.read_official(TABLE, folder)


def test_unknown_flag(folder):
    path = folder / "power.csv"
    path.write_text(path.read_text().replace("above_scale_plants", "guessed", 1))
    with pytest.raises(panel.PanelError, match=r"power\.csv.*hydro_twh_flag.*Beijing.*2011"):
        panel.read_official("power", folder)


def test_every_table_is_as_its_checksum_says():
    lines = (official() / "SHA256SUMS").read_text().splitlines()
    names = {line.split()[1] for line in lines}
    assert names == {path.name for path in official().glob("*.csv")}
    for line in lines:
        digest, name = line.split()
        assert hashlib.sha256((official() / name).read_bytes()).hexdigest() == digest


def test_panel_is_balanced_and_flagged():
    whole = panel.load()
    assert whole.values.shape[0] == 30 * 12
    assert whole.flags.shape == whole.values.shape
    assert list(whole.values.index.unique("province")) == list(panel.provinces())


def test_only_the_named_gap_is_filled():
    whole = panel.load()
    filled = whole.flags == "interpolated"
    assert filled.to_numpy().sum() == 30
    column = "industrial_pollution_investment_100m"
    years = whole.values[filled[column]].index.get_level_values("year")
    assert set(years) == {2018}
    # The rule: halfway between the logarithms of the neighbours.
    before, after = whole[column]["Hubei", 2017], whole[column]["Hubei", 2019]
    assert whole[column]["Hubei", 2018] == pytest.approx((before * after) ** 0.5)


def test_codebook_and_tables_agree():
    from spillover.data.codebook import codebook

    book = codebook()
    for name, column in book.columns.items():
        header = pd.read_csv(official() / f"{column.table}.csv", nrows=0).columns
        assert name in header
        assert (f"{name}_flag" in header) == column.flagged
        assert column.rights in book.rights
        assert column.unit
        assert column.publisher
    for rule in book.rules.values():
        assert rule.flag in book.flags


def test_restricted_columns_are_carved_out_of_the_licence(tmp_path):
    from spillover.data.codebook import CodebookError, codebook, read_codebook

    text = (root() / "LICENSE-DATA").read_text(encoding="utf-8")
    start, end = text.index("\n3. "), text.index("\n4. ")
    book = codebook()
    listed = {w for w in re.findall(r"\w+", text[start:end]) if w in book.columns}
    restricted = {n for n, c in book.columns.items() if book.rights[c.rights].restricted}
    assert listed == restricted
    assert {c.publisher for n, c in book.columns.items() if n not in restricted} & {
        "China Electricity Council", "China Emission Accounts and Datasets (CEADs)",
    } == set()  # fmt: skip
    damaged = tmp_path / "codebook.yml"
    original = (official() / "codebook.yml").read_text(encoding="utf-8")
    damaged.write_text(original.replace("    rights: evcipa", "    rights: free", 1), "utf-8")
    with pytest.raises(CodebookError, match="public_charging_piles: rights are 'free'; expected"):
        read_codebook(damaged)


def test_sums_that_the_codebook_states_are_those_of_the_tables():
    from spillover.data.codebook import codebook

    book, whole = codebook(), panel.load()
    for column in ("hydro_twh", "wind_twh", "solar_twh"):
        stated = re.search(
            r"thirty provinces sum to ([\d,.]+\d) in 2022", book.columns[column].checked
        )
        held = whole[column].xs(2022, level="year").sum()
        assert round(held, 1) == float(stated[1].replace(",", "")), column


def test_national_totals_are_the_published_ones():
    """Sums that the publishers print: vehicles 2017 and students 2022."""
    p = panel.load()
    assert p["vehicle_output_10k"].xs(2017, level="year").sum() == pytest.approx(2902, abs=0.5)
    students = p["higher_education_students"].xs(2022, level="year").sum()
    assert students == pytest.approx(36.55e6, abs=0.1e6)


def test_controls_accept_a_deliberate_change_and_nothing_implausible(folder):
    damage(folder, swap(3, "2125", "2126"))
    write_controls(folder)
    assert panel.read_official(TABLE, folder)["population_10k"]["Beijing", 2013] == 2126
    damage(folder, swap(3, "2126", "21260"))
    with pytest.raises(panel.PanelError, match="Beijing, year 2013"):
        write_controls(folder)


def test_the_controls_are_those_of_the_tables(folder):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    write_controls(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_counts_of_flags_use_every_table():
    from spillover.data.codebook import codebook

    with recorded() as used:
        counts = panel.flag_counts(panel.load(), codebook())
    assert counts.at["`interpolated`", "Cells"] == 30
    assert {"data/official/codebook.yml", "data/official/gdp.csv"} < set(used)


def test_the_panel_in_one_table_is_the_files_side_by_side():
    whole = panel.load().with_flags()
    for table in ("power", "emissions"):
        raw = pd.read_csv(official() / f"{table}.csv", index_col=["province", "year"])
        for column in raw.columns.drop("province_code"):
            if column.endswith("_flag"):
                known = whole[column][raw[column].notna()]
                assert known.tolist() == raw[column].dropna().tolist()
            else:
                assert whole.index.tolist() == raw.index.tolist()
                np.testing.assert_array_equal(whole[column], raw[column])
    for number in range(0, whole.shape[1], 2):
        assert whole.columns[number + 1] == f"{whole.columns[number]}_flag"
