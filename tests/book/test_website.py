"""What the website adds to the pages: titles, cards, downloads, links under results, the index."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from execute import is_executable
from website import card

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def pages(html: Path) -> dict[str, BeautifulSoup]:
    from build_book import toc_pages

    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return {
        name: BeautifulSoup((html / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
        for name in toc_pages(toc)
    }


def content(page: BeautifulSoup, name: str) -> str:
    tag = page.select_one(f'meta[name="{name}"], meta[property="{name}"]')
    assert tag is not None, name
    return str(tag["content"])


def test_titles_and_descriptions_are_of_their_page(pages: dict[str, BeautifulSoup]) -> None:
    titles = [page.title.get_text() for page in pages.values() if page.title]
    assert len(set(titles)) == len(pages)
    for name, page in pages.items():
        described = content(page, "description")
        assert 20 < len(described) <= 210, name
        assert content(page, "og:description") == described
        first = page.select_one("article section > p")
        if first is not None and name != "chapters/appendix/references":
            begin = " ".join(first.get_text().split())[:20]
            assert described.startswith(begin), f"{name}: {described!r}"


def test_the_card_is_there_and_the_same_each_time(
    pages: dict[str, BeautifulSoup], html: Path, tmp_path: Path
) -> None:
    for name, page in pages.items():
        address = content(page, "og:image")
        assert (html / name).parent.joinpath(address).resolve() == html / "_static" / "card.png"
    drawn = tmp_path / "card.png"
    card.draw(drawn)
    assert drawn.read_bytes() == (html / "_static" / "card.png").read_bytes()
    assert struct.unpack(">II", drawn.read_bytes()[16:24]) == (1200, 630)


def test_neighbours_are_one_step_away() -> None:
    """Hubei borders Anhui, Chongqing, Henan, Hunan, Jiangxi and Shaanxi."""
    steps = card.steps()
    near = {name for name, far in steps.items() if far == 1}
    assert near == {"Anhui", "Chongqing", "Henan", "Hunan", "Jiangxi", "Shaanxi"}
    assert len(steps) == 30


def test_pages_offer_their_source_and_their_executed_notebook(
    pages: dict[str, BeautifulSoup], html: Path
) -> None:
    for name, page in pages.items():
        offered = {
            kind: (html / f"{name}.html").parent / str(link["href"])
            for kind in ("notebook", "source")
            for link in page.select(f"a.btn-download-{kind}-button")
        }
        assert offered["source"].read_bytes() == (ROOT / f"{name}.md").read_bytes()
        assert ("notebook" in offered) == is_executable(ROOT / f"{name}.md"), name
        if "notebook" in offered:
            notebook = nbformat.read(offered["notebook"], as_version=4)
            assert any(cell.get("outputs") for cell in notebook.cells), name


def test_names_under_results_are_links(pages: dict[str, BeautifulSoup], html: Path) -> None:
    bare = set()
    for name, page in pages.items():
        for code in page.select(".provenance code"):
            text, link = code.get_text(), code.find_parent("a")
            if link is None and not re.fullmatch(r"[0-9a-f]{8}", text):
                bare.add(text)
            if link is not None and text.startswith("data/"):
                file = (html / f"{name}.html").parent / str(link["href"])
                assert file.read_bytes() == (ROOT / text).read_bytes()
    assert bare == set()


def test_the_index_holds_all_pages_and_stays_small(
    pages: dict[str, BeautifulSoup], html: Path
) -> None:
    script = (html / "_static" / "search-index.js").read_text(encoding="utf-8")
    assert len(script.encode()) < 1_500_000
    index = json.loads(script.removeprefix("window.BOOK_INDEX=").rstrip().removesuffix(";"))
    assert [address for address, _ in index["pages"]] == [f"{name}.html" for name in pages]
    names = list(pages)
    ids = {name: {tag["id"] for tag in page.find_all(id=True)} for name, page in pages.items()}
    for number, anchor, _, title, _ in index["entries"]:
        assert anchor in ids[names[number]], title
    tables = {anchor for _, anchor, kind, *_ in index["entries"] if kind == "table"}
    shown = {t["id"] for page in pages.values() for t in page.select("table[id^=tab-]")}
    assert shown <= tables
