"""The transcribed tables: how many numbers, what they add up to, and what damage does."""

from __future__ import annotations

import hashlib
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from spillover.data import files
from spillover.replication.published import PublishedError, claims, load, tables

# rows × columns × numbers per cell, counted on the printed page
COUNTED = {
    1: 10 * 4,
    2: 10 * 4,
    3: 8,
    5: 9 * 5,
    6: 8 * 2 * 2 + 4,
    7: 7 * 9 * 2 + 3 * 2,
    8: 7 * 3 * 2,
    9: 7 * 8 * 2 + 2,
    10: 7 * 3 * 2,
    11: 8 * 2 + 12,
    12: 8 * 3 * 2 + 6,
}
STARRED = {1: 20, 2: 20, 3: 8, 5: 0, 6: 14, 7: 55, 8: 20, 9: 51, 10: 15, 11: 12, 12: 20}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "published"
    shutil.copytree(files.published(), folder)
    return folder


def renew(folder: Path) -> None:
    lines = [
        f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.name}"
        for f in sorted(folder.glob("*.csv"))
    ]
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n", encoding="ascii")


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    file.write_text(text.replace(old, new, 1), encoding="utf-8", newline="")


def test_581_numbers():
    assert sum(COUNTED.values()) == len(load()) == 581
    assert load()["table"].value_counts().to_dict() == COUNTED
    assert tables()["numbers"].to_dict() == COUNTED
    assert list(COUNTED) == list(tables().index)


def test_stars_by_table():
    starred = load().query("stars != ''")["table"].value_counts()
    assert starred.reindex(STARRED, fill_value=0).to_dict() == STARRED


@pytest.mark.parametrize(
    ("table", "statistic", "total"),
    [
        # added up by hand from the printed page
        (1, "moran_i", "7.0736"),
        (2, "z", "76.1104"),
        (3, "chi2", "282.534"),
        (5, "max", "36.495"),
        (8, "coefficient", "1.863"),
        (11, "std_error", "2.586"),
        (12, "r_squared", "1.4203"),
    ],
)
def test_column_sums(table, statistic, total):
    cells = load(table).query("statistic == @statistic")["printed"]
    assert sum(map(Decimal, cells)) == Decimal(total)


@pytest.mark.parametrize("table", [7, 8, 9, 10])
def test_direct_and_indirect_add_up_to_total(table):
    cells = load(table).query("statistic == 'coefficient'")
    by = cells.set_index(["row", "column"])["value"]
    prefixes = {c.removesuffix("direct") for c in cells["column"] if c.endswith(" direct")}
    checked = 0
    for prefix in prefixes or {""}:
        for row in cells["row"].unique():
            if (row, f"{prefix}direct") not in by.index:
                continue
            parts = by[row, f"{prefix}direct"] + by[row, f"{prefix}indirect"]
            assert parts == pytest.approx(by[row, f"{prefix}total"], abs=0.00151)
            checked += 1
    assert checked == {7: 22, 8: 7, 9: 14, 10: 7}[table]


def test_every_coefficient_has_its_error():
    pairs = load().query("statistic in ('coefficient', 'std_error')")
    sizes = pairs.groupby(["table", "row", "column"])["statistic"].apply(sorted)
    assert (sizes.map(tuple) == ("coefficient", "std_error")).all()
    assert (pairs.query("statistic == 'std_error'")["value"] > 0).all()


def test_repeated_tables_are_equal():
    """Table 8, model (1) of Table 7 and the full window of Table 9 are one estimate."""
    key = ["row", "column", "statistic"]
    eight = load(8).set_index(key)[["printed", "stars"]]
    for table, prefix in ((7, "(1) "), (9, "2013-2022 ")):
        other = load(table)
        other = other[other["column"].isin([prefix + e for e in ("direct", "indirect", "total")])]
        other = other[other["row"] != "model"]
        other = other.assign(column=other["column"].str.removeprefix(prefix)).set_index(key)
        assert other[["printed", "stars"]].equals(eight)


def test_observations_are_provinces_times_years():
    n = load().query("statistic == 'observations'").groupby("table")["value"].agg(list)
    assert n[5] == [30 * 10] * 9
    assert n[6] == [300, 300]
    assert n[9] == [30 * 10, 30 * 6]
    assert n[11] == [30 * 9, 30 * 9, 300, 300]
    assert n[12] == [10 * 10] * 3


def test_spot_numbers_with_ambiguous_separators():
    gia = load(5).query("row == 'GIA'").set_index("statistic")["printed"]
    assert gia[["min", "max"]].to_list() == ["0.0176", "14.29"]
    f = load(11).query("statistic == 'kp_rk_wald_f'")["printed"].to_list()
    assert f == ["472.15", "472.154", "184.89", "184.894"]
    const = load(12).query("row == 'Constant' and column == 'high' and statistic == 'coefficient'")
    assert const[["printed", "stars"]].to_numpy().tolist() == [["9.883", "**"]]


def test_plain_minus_signs():
    assert load()["printed"].str.isascii().all()
    assert (load()["printed"].str.startswith("-") == (load()["value"] < 0)).all()


def test_load_returns_a_copy():
    mine = load(3)
    mine.loc[0, "value"] = 99.0
    assert load(3).loc[0, "value"] == 18.765


@pytest.mark.parametrize("table", [0, 4, 13])
def test_a_table_without_numbers(table):
    with pytest.raises(PublishedError, match=f"Table {table} prints no numbers"):
        load(table)


DAMAGE = {
    "a unicode minus": ("-1.842,-1.842", "−1.842,-1.842", "OP, column OLS: printed.*plain minus"),
    "text for a number": ("0.040,0.040,*", "0.O40,0.040,*", "GIA, column FE: printed: found '0.O4"),
    "value and printed apart": (
        "0.040,0.040,*",
        "0.040,0.400,*",
        "value: found 0.400; expected 0.0",
    ),
    "wrong decimals": ("0.3967,0.3967,,4", "0.3967,0.3967,,3", "column OLS: decimals: found 3"),
    "four stars": ("0.108,0.108,***", "0.108,0.108,****", "stars: found '\\*\\*\\*\\*'"),
    "unknown statistic": ("OLS,r_squared", "OLS,r2", "statistic: found 'r2'; expected one of"),
    "another table's number": ("6,GIA,OLS,coef", "7,GIA,OLS,coef", "table: found '7'; expected 6"),
    "a repeated cell": ("6,URB,FE,coefficient", "6,Agdp,FE,coefficient", "Agdp, column FE.*second"),
    "a lost field": (",stars,", ",", "found 8 fields; expected 7"),
    "a renamed column": (",stars,", ",star,", "header: found columns without \\['stars'\\]"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_reported(copy, kind):
    old, new, message = DAMAGE[kind]
    edit(copy / "table06.csv", old, new)
    renew(copy)
    with pytest.raises(PublishedError, match=message) as caught:
        load(6, copy)
    assert "table06.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_line_is_reported(copy):
    file = copy / "table03.csv"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[:-1]))
    renew(copy)
    with pytest.raises(PublishedError, match="found 7 numbers; expected the 8 printed"):
        load(3, copy)


def test_a_consistent_change_is_caught_by_the_checksum(copy):
    edit(copy / "table06.csv", "0.108,0.108,***", "0.109,0.109,***")
    with pytest.raises(PublishedError, match=r"table06\.csv: whole file: found sha256"):
        load(6, copy)


def test_empty_missing_and_foreign_encoding(copy):
    (copy / "table01.csv").write_text("")
    (copy / "table02.csv").unlink()
    (copy / "table03.csv").write_bytes(b"table,row\n3,\xff\n")
    for table, message in ((1, "an empty file"), (2, "no such file"), (3, "UTF-8")):
        with pytest.raises(PublishedError, match=message):
            load(table, copy)


def test_claims_of_both_papers():
    assert set(claims()["paper"]) == {"carbon", "growth"}
    assert claims().index.is_unique
    assert (claims("growth").index.str[0] == "G").all()
    assert len(claims("carbon")) + len(claims("growth")) == len(claims())
    with pytest.raises(PublishedError, match="no paper 'paper 3'"):
        claims("paper 3")


def test_claims_rest_on_tables_that_exist():
    named = {int(t) for cell in claims()["tables"] for t in cell.split()}
    assert named <= set(tables().index)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",positive,", ",upwards,", "claim C01: sign: found 'upwards'"),
        ("C02,", "C01,", "claim C01: found its id twice"),
    ],
)
def test_damaged_claims(copy, old, new, message):
    edit(copy / "claims.csv", old, new)
    renew(copy)
    with pytest.raises(PublishedError, match=message):
        claims(folder=copy)
