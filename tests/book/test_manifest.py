"""The manifest: what a page prints stands in it, and a number changed on purpose is named."""

from __future__ import annotations

import ast
import json
import re
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from typer.testing import CliRunner

from spillover import cli
from spillover.book import manifest, page, tables
from spillover.data.files import root

SITE = Path("_static") / manifest.NAME


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site whose manifest has a fact, two cells of a table and the mean of a drawing."""
    rows = [
        ("chapters/a", "direct", "−0.027", ""),
        ("chapters/a", "tab:effects | GIA | Direct", "−0.027*", "-0.027155"),
        ("chapters/a", "tab:effects | GIA | Direct | line 2", "(0.050)", "0.0501"),
        ("chapters/b", "fig:curve | estimate (mean)", "30 from −1 to 1", "0"),
    ]
    table = pd.DataFrame(rows, columns=["page", "key", "printed", "value"])
    table = table.reindex(columns=list(manifest.COLUMNS), fill_value="x")
    file = tmp_path / "one" / SITE
    file.parent.mkdir(parents=True)
    table.to_csv(file, index=False)
    return tmp_path / "one"


def changed(site: Path, old: str, new: str) -> Path:
    """A second site, in which one text of the manifest differs."""
    text = (site / SITE).read_text(encoding="utf-8")
    assert text.count(old) == 1
    file = site.parent / "two.csv"
    file.write_text(text.replace(old, new), encoding="utf-8")
    return file


def compare(*words: object, code: int) -> str:
    done = CliRunner().invoke(cli.app, ["compare", *map(str, words)])
    assert done.exit_code == code, done.output
    return done.output


def test_the_same_site_as_folder_zip_and_file_has_no_change(site: Path) -> None:
    packed = site.parent / "site.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(site / SITE, f"spillover/{SITE.as_posix()}")
    for other in (site, packed, site / SITE):
        assert "No number changed: 4 numbers" in compare(site, other, code=0)


def test_a_changed_number_is_named_with_its_difference(site: Path) -> None:
    other = changed(site, "−0.027*,-0.027155", "0.013*,0.012845")
    text = compare(site, other, "--csv", site / "out.csv", code=1)
    assert "1 changed: 4 numbers compared" in text
    assert "chapters/a: tab:effects | GIA | Direct: −0.027* -> 0.013* (+0.04)" in text
    line = pd.read_csv(site / "out.csv").iloc[0]
    assert (line["page"], line["key"]) == ("chapters/a", "tab:effects | GIA | Direct")
    assert line["difference"] == pytest.approx(0.04, abs=1e-12)


def test_without_the_unrounded_number_the_printed_ones_are_subtracted(site: Path) -> None:
    found = manifest.compare(
        manifest.read(site), manifest.read(changed(site, "direct,−0.027", "direct,0.003"))
    )
    assert found["difference"].to_list() == pytest.approx([0.03])


def test_what_is_in_one_alone_is_named(site: Path) -> None:
    other = changed(site, "chapters/a,direct", "chapters/a,directly")
    found = manifest.compare(manifest.read(site), manifest.read(other))
    assert dict(zip(found.index.get_level_values("key"), found["change"], strict=True)) == {
        "direct": "only in the old", "directly": "only in the new",
    }  # fmt: skip


def test_numbers_that_changed_come_before_those_in_one_alone(site: Path) -> None:
    other = changed(site, "chapters/a,direct", "chapters/a,directly")
    text = other.read_text(encoding="utf-8")
    other.write_text(text.replace("30 from −1 to 1", "31 from −1 to 1"), encoding="utf-8")
    first, *_, last = compare(site, other, code=1).splitlines()
    assert first.startswith("chapters/b: ")
    assert last == "1 changed, 1 only in the old, 1 only in the new: 5 numbers compared"


@pytest.mark.parametrize(("value", "code"), [("0.05010000001", 0), ("0.0502", 1)])
def test_before_rounding_only_more_than_the_tolerance_counts(
    site: Path, value: str, code: int
) -> None:
    other = changed(site, ",0.0501,", f",{value},")
    assert ("differ by at most 2.0e-10" in compare(site, other, code=code)) == (code == 0)
    assert "0.050" in compare(site, other, "--tolerance", 0, code=1)


def test_a_build_without_numbers_can_be_compared(site: Path) -> None:
    bare = site.parent / "bare.csv"
    bare.write_text(",".join(manifest.COLUMNS) + "\n", encoding="utf-8")
    assert "4 only in the old: 4 numbers compared" in compare(site, bare, code=1)


def test_pages_can_be_left_out(site: Path) -> None:
    other = changed(site, "30 from −1 to 1", "31 from −1 to 1")
    compare(site, other, code=1)
    assert "No number changed: 3" in compare(site, other, "--skip", "chapters/b", code=0)


@pytest.mark.parametrize(
    ("text", "message"),
    [("a,b\n1,2\n", "columns are ['a', 'b'], expected ['page'"), (None, "found 0 files")],
)
def test_what_is_no_manifest_is_one_line(site: Path, text: str | None, message: str) -> None:
    other = site.parent / "other"
    other.mkdir()
    if text is not None:
        (other / manifest.NAME).write_text(text, encoding="utf-8")
    assert message in compare(site, other, code=1)


def test_a_table_hands_over_every_number_with_its_place(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "data" / "official").mkdir(parents=True)
    monkeypatch.setenv("SPILLOVER_ROOT", str(tmp_path))
    frame = pd.DataFrame(
        {
            "Direct": [tables.estimate(-0.12345, 0.05, 0.03), tables.estimate(2.0, None, None)],
            "p": [0.00001, float("nan")],
            "Verdict": [tables.badge("supports"), "not a number"],
        },
        index=["GIA", "GIA"],
    )
    shown = tables.numbered(frame, "Effects in 2022", "tab:effects", notes="None here.")
    assert shown.numbers is not None
    assert {where: (printed, value) for where, printed, value in shown.numbers["numbers"]} == {
        "caption": ("Effects in 2022", None),
        "GIA | Direct": ("−0.123**", -0.12345),
        "GIA | Direct | line 2": ("(0.050)", 0.05),
        "GIA | p": ("<0.001", 0.00001),
        "GIA | Verdict": ("supports", None),
        "GIA | Direct | (2)": ("2.000", 2.0),
    }
    assert shown.numbers["download"].endswith("/tab-effects.csv")


def test_a_fact_names_what_its_own_argument_rests_on(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, str] = {}
    monkeypatch.setattr("myst_nb.glue", lambda key, value, display: kept.update({key: value}))
    asked: list[str] = []
    monkeypatch.setattr(
        page, "made_by", lambda part: asked.append(ast.unparse(part)) or (["f"], ["data/x.csv"])
    )
    first, second = "0.5", "0.7"
    page.say(one=first, two=second)
    assert asked == ["first", "second"]
    assert json.loads(kept["from-two"]) == {"functions": ["f"], "data": ["data/x.csv"]}


# --- the built book -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def built(html: Path) -> SimpleNamespace:
    pages = [html / "index.html", *sorted((html / "chapters").rglob("*.html"))]
    return SimpleNamespace(html=html, pages=pages, table=manifest.read(html))


def test_every_number_glued_into_prose_stands_in_it(built: SimpleNamespace) -> None:
    """Glued numbers are found on the pages by their class, not by the manifest's own reading."""
    lost = []
    for file in built.pages:
        name = file.relative_to(built.html).with_suffix("").as_posix()
        listed = built.table.loc[[name]] if name in built.table.index else built.table[:0]
        known = set(listed["printed"])
        article = BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser").article
        glued = {tag.get_text().replace("’", "'") for tag in article.select(".pasted-text")}
        lost += [f"{name}: {text}" for text in glued - known]
    assert lost == []


def test_numbers_in_tables_stand_in_it_under_the_number_of_their_table(
    built: SimpleNamespace,
) -> None:
    lost = []
    keys = built.table.index.get_level_values("key")
    for file in built.pages:
        article = BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser").article
        for table in article.select("table[id^=tab-]"):
            label = str(table["id"]).replace("-", ":", 1)
            listed = built.table[keys.str.startswith(f"{label} | ")]
            printed = tuple(listed["printed"].str.replace(" ", ""))
            number = table.select_one(".caption-number").get_text().strip()
            last = [row.select("td")[-1].get_text() for row in table.select("tbody tr")]
            numbers = [text for text in last if re.match(r"[−(]?\d", text)]
            if numbers and set(listed["number"]) != {number}:
                lost.append(f"{label}: {number} is {set(listed['number'])}")
            lost += [
                f"{label}: {text}"
                for text in numbers
                if not text.replace(" ", "").startswith(printed)
            ]
    assert lost == []


def test_what_is_behind_each_number_is_there(built: SimpleNamespace) -> None:
    files = {name for text in built.table["data"] for name in text.split("; ") if name}
    assert {name for name in files if not (root() / name).is_file()} == set()
    offered = set(built.table["download"]) - {""}
    assert {name for name in offered if not (built.html / name).is_file()} == set()
