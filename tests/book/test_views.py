"""Views to choose in: the line of Python is true, the page holds what it says, scripts are ours."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import altair
import numpy as np
import pandas as pd
import pytest

from spillover import CARBON, multiverse
from spillover.book import figures, page, tables, views
from spillover.replication import scorecard

VENDOR = Path(__file__).resolve().parents[2] / "tools" / "interactive" / "vendor"
CHOICES: dict[str, Any] = {
    "CP": ["CEADs apparent", "energy"],
    "years": [(2013, 2022), (2013, 2019)],
    "fixed_effects": ["entity", "twoway"],
    "durbin": ["all", "exposure", "none"],
    "cov_type": ["cr3", "observed"],
}


@pytest.fixture(scope="module")
def specifications() -> multiverse.Plan:
    return multiverse.plan(CARBON, **CHOICES)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return multiverse.grid(CARBON, **CHOICES)


def content(shown: page.OnPage) -> dict[str, Any]:
    found = re.search(r'<script type="application/json">(.*?)</script>', shown.myst)
    assert found is not None
    held: dict[str, Any] = json.loads(found[1])
    return held


@pytest.mark.parametrize("row", [0, 2, 5, 19, 43])
def test_a_line_gives_its_row(
    specifications: multiverse.Plan, table: pd.DataFrame, row: int
) -> None:
    line = views.line(specifications, specifications[row].choices)
    found = eval(line, {"CARBON": CARBON})
    expected = table.loc[row, ["direct", "direct_std_error", "direct_pvalue"]]
    assert expected.notna().all()
    np.testing.assert_allclose(found["direct"].to_numpy(float), expected.astype(float), rtol=1e-5)


def test_a_line_is_not_given_another_name_than_its_study() -> None:
    specs = multiverse.plan(CARBON.but(GIA="hydro"), cov_type=["cr3"])
    assert views.line(specs, {"cov_type": "cr3"}).startswith("study.but(")


def test_the_page_holds_every_row_in_its_place(
    specifications: multiverse.Plan, table: pd.DataFrame
) -> None:
    own = {name: str(labels[0]) for name, labels in CHOICES.items()} | {"years": "2013–2022"}
    shown = views.explorer(specifications, table, own, dict.fromkeys(CHOICES, "a choice"))
    held = content(shown)
    assert [choice["name"] for choice in held["choices"]] == list(CHOICES)
    for effect in ("direct", "indirect", "total"):
        found = np.array(held["effects"][effect]["estimate"], float)
        np.testing.assert_allclose(found, table[effect], rtol=1e-3)
    told = [held["reasons"][i] for i in held["reason"]]
    assert told == table["reason"].to_list()
    assert sum(reason != "" for reason in told) > 0
    with pytest.raises(views.ViewError, match="not of these specifications"):
        views.explorer(specifications, table.iloc[::-1].reset_index(drop=True), own, own)


def test_a_map_holds_the_matrices_of_the_model() -> None:
    held = content(views.province_map(CARBON, ["rook", "5 nearest"], {"GIA": "GIA", "CP": "CP"}))
    matrix = CARBON.but(weights="5 nearest").spatial().fit().effects_matrix("GIA")
    units = held["units"]
    effects = np.array(held["linked"]["5 nearest"]["effects"])
    np.testing.assert_allclose(effects, matrix.loc[units, units], rtol=6e-3)
    rows = np.array(held["linked"]["rook"]["weights"]).sum(axis=1)
    np.testing.assert_allclose(rows, 1, atol=0.01)
    gia = np.array(held["variables"]["GIA"]["values"])
    shown = gia[held["years"].index(2016), units.index("Yunnan")]
    assert shown == pytest.approx(CARBON.frame()["GIA"]["Yunnan", 2016], rel=1e-3)


def test_each_square_leads_to_its_row() -> None:
    numbers = scorecard.scorecard([3, 5, 8])
    places = scorecard.places(numbers, "numbers.html")
    shown = page.show(
        figures.verdict_overview(numbers),
        "fig:squares",
        "Squares",
        "Squares of three tables, each in its own place",
        data=numbers,
        links=places,
    )
    root = page.artifact("probe", "").parents[3]
    picture = root / shown.myst.split()[1].lstrip("/")
    drawing = picture.with_name("fig-squares-linked.svg").read_text(encoding="utf-8")
    linked = re.findall(r'<a href="numbers\.html#([\w-]+)"[^>]*><title>([^<]*)</title>', drawing)
    rows = tables.to_myst(tables.numbers_table(numbers), index=False)
    drawn = numbers[numbers["group"].isin(["coefficients", "descriptives", "tests"])]
    assert len(linked) == len(drawn)
    for name, words in linked:
        row = next(line for line in rows.splitlines() if f'id="{name}"' in line)
        assert words.rpartition(", ")[2] in row


def test_scripts_of_others_are_as_they_were_published() -> None:
    listed = (VENDOR / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = dict(reversed(line.split()) for line in listed)
    assert set(sums) == {path.name for path in VENDOR.glob("*.js")}
    for name, digest in sums.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name


def test_scripts_are_those_that_altair_writes_for() -> None:
    told = (VENDOR / "README.md").read_text(encoding="utf-8")
    assert f"vega-lite {altair.VEGALITE_VERSION.lstrip('v')} " in told
    assert f"vega {altair.VEGA_VERSION.lstrip('v')}." in told
    assert f"vega-embed {altair.VEGAEMBED_VERSION.lstrip('v')}." in told
