"""What the built pages must and must not hold, whatever the chapters say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag

RAW_MYST = re.compile(r"\{[a-z]+(?::[a-z]+)*\}\s*`|:::|```|\{code-cell\}")
MISSING = re.compile(r"\bnan\b|\bNaN\b|\b-?inf\b|<NA>|\bNaT\b")
UNFORMATTED = re.compile(r"(?<![\d.])\d+\.\d{6,}|\d(?:\.\d+)?e[-+]\d\d\b")
LOADING = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}


@pytest.fixture(scope="module")
def pages(html: Path) -> dict[Path, BeautifulSoup]:
    found = [*html.glob("*.html"), *(html / "chapters").rglob("*.html")]
    return {path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in found}


@pytest.fixture(scope="module")
def texts(pages: dict[Path, BeautifulSoup]) -> dict[Path, BeautifulSoup]:
    """Pages with text of our own, rather than the search and the index."""
    made = {"search.html", "genindex.html"}
    return {path: page for path, page in pages.items() if path.name not in made}


def article(page: BeautifulSoup) -> Tag:
    found = page.select_one("article.bd-article")
    assert found is not None
    return found


# The package's own documentation speaks of missing values, and has tables without numbers.
DOCSTRINGS = "api.html"


def words(page: BeautifulSoup) -> str:
    """Text of a page that is not code; the placeholder keeps words on its sides apart."""
    copy = BeautifulSoup(str(article(page)), "html.parser")
    for code in copy.select("pre, code, script, style"):
        code.replace_with(" … ")
    return copy.get_text(" ")


def targets(path: Path, page: BeautifulSoup) -> Iterator[tuple[str, Path, str]]:
    for tag in page.find_all(["a", *LOADING]):
        address = tag.get(LOADING.get(tag.name, "href"))
        if address and not urlsplit(address).scheme:
            parts = urlsplit(address)
            file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            yield address, file, unquote(parts.fragment)


def test_links_and_anchors_resolve(pages: dict[Path, BeautifulSoup]) -> None:
    ids = {path: {tag["id"] for tag in page.find_all(id=True)} for path, page in pages.items()}
    broken = []
    for path, page in pages.items():
        for address, file, anchor in targets(path, page):
            known = ids.get(file)
            if not file.is_file() or (anchor and known is not None and anchor not in known):
                broken.append(f"{path.name}: {address}")
    assert broken == []


def test_images_say_what_they_show(texts: dict[Path, BeautifulSoup]) -> None:
    silent = []
    for path, page in texts.items():
        for image in article(page).find_all("img"):
            alt = str(image.get("alt", "")).strip()
            if len(alt.split()) < 6 or Path(str(image["src"])).stem in alt:
                silent.append(f"{path.name}: {image['src']}: {alt!r}")
        for image in page.find_all("img"):
            if not str(image.get("alt", "")).strip():
                silent.append(f"{path.name}: {image['src']}")
    assert silent == []


def test_nothing_comes_from_the_network(pages: dict[Path, BeautifulSoup], html: Path) -> None:
    loading = []
    for path, page in pages.items():
        for name, attribute in LOADING.items():
            for tag in page.find_all(name):
                if re.match(r"(https?:)?//", str(tag.get(attribute, ""))):
                    loading.append(f"{path.name}: {tag}")
        for tag in [*page.find_all("style"), *page.find_all("script", src=False)]:
            if re.search(r"https?://(?!www\.w3\.org)", tag.get_text()):
                loading.append(f"{path.name}: {tag}")
    for sheet in (html / "_static").rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        if re.search(r"@import\s+[\"'(url]*\s*[\"']?(https?:)?//|url\(\s*[\"']?(https?:)?//", text):
            loading.append(sheet.name)
    assert loading == []


def test_no_traceback_and_no_error_stream(texts: dict[Path, BeautifulSoup]) -> None:
    bad = [
        path.name
        for path, page in texts.items()
        if article(page).select_one(".output.traceback, .output.stderr, .problematic")
    ]
    assert bad == []


@pytest.mark.parametrize("pattern", [RAW_MYST, MISSING, UNFORMATTED], ids=["raw", "nan", "float"])
def test_text_is_finished(texts: dict[Path, BeautifulSoup], pattern: re.Pattern[str]) -> None:
    found = [
        f"{path.name}: …{text[max(0, hit.start() - 30) : hit.end() + 30]}…"
        for path, page in texts.items()
        if path.name != DOCSTRINGS
        for text in [words(page)]
        for hit in pattern.finditer(text)
    ]
    assert found == []


def test_plain_outputs_show_no_raw_number(texts: dict[Path, BeautifulSoup]) -> None:
    found = [
        f"{path.name}: {output.get_text()[:60]!r}"
        for path, page in texts.items()
        for output in article(page).select(".cell_output .output.text_plain, .output.stream")
        if MISSING.search(output.get_text()) or UNFORMATTED.search(output.get_text())
    ]
    assert found == []


def test_tables_and_figures_have_captions_and_numbers(texts: dict[Path, BeautifulSoup]) -> None:
    bare = []
    for path, page in texts.items():
        if path.name == DOCSTRINGS:
            continue
        for table in article(page).select("table"):
            # what a reader chooses has a caption and changes, so that no text can refer to it
            chosen = table.find_parent(class_="interactive")
            if table.select_one("caption" if chosen else "caption .caption-number") is None:
                bare.append(f"{path.name}: table {table.get_text(' ')[:40]!r}")
        for figure in article(page).select("figure:not([role])"):
            if figure.select_one("figcaption .caption-number") is None:
                bare.append(f"{path.name}: figure {figure.get('id')}")
    assert bare == []


def test_no_download_holds_an_address_of_memory(html: Path) -> None:
    """It would differ from build to build."""
    files = [*html.glob("_downloads/*/*.csv"), *html.glob("_downloads/*/*.tex")]
    assert len(files) > 100
    assert [f.name for f in files if " at 0x" in f.read_text(encoding="utf-8")] == []


def test_labels_are_unique_in_the_book(texts: dict[Path, BeautifulSoup]) -> None:
    seen: dict[str, str] = {}
    twice = []
    for path, page in texts.items():
        for tag in article(page).select("figure[id], table[id]"):
            name = str(tag["id"])
            if re.match(r"(fig|tab)-", name):
                if name in seen:
                    twice.append(f"{name}: {seen[name]} and {path.name}")
                seen[name] = path.name
    assert twice == []


def test_every_verdict_has_its_colour(pages: dict[Path, BeautifulSoup], html: Path) -> None:
    style = (html / "_static" / "custom.css").read_text(encoding="utf-8")
    used = {
        kind
        for page in pages.values()
        for badge in page.select(".verdict")
        for kind in badge["class"]
        if kind != "verdict"
    }
    assert {kind for kind in used if not re.search(rf"\.{kind}[ ,)]", style)} == set()


def test_one_place_to_search(pages: dict[Path, BeautifulSoup]) -> None:
    for path, page in pages.items():
        fields = page.select("button.search-button-field")
        assert len(fields) == 1, f"{path.name} shows {len(fields)} search fields"


def test_every_page_of_the_table_of_contents_is_there(html: Path) -> None:
    import yaml
    from build_book import ROOT, toc_pages

    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    missing = [page for page in toc_pages(toc) if not (html / f"{page}.html").is_file()]
    assert missing == []


P_VALUE = re.compile(r"p(?!\w).*|.*\b[pP](-?values?)?$|P-value.*|pvalue")
ZERO = re.compile(r"[-−]?0(\.0+)?")
ZERO_IN_PROSE = re.compile(r"\bp(?:-value)?(?: of| is)?[ =<]{1,3}[-−]?0\.0+(?!\d)")


def zero_pvalues(page: BeautifulSoup) -> list[str]:
    """P-values of zero in tables (in columns or rows of p), in their cells and in the text."""
    found = [match[0] for match in ZERO_IN_PROSE.finditer(words(page))]
    for table in article(page).find_all("table"):
        rows = [[c.get_text(" ", strip=True) for c in r(["th", "td"])] for r in table("tr")]
        heads = rows[0] if rows else []
        for row in rows:
            of_p = [bool(row and P_VALUE.fullmatch(row[0]))] * len(row)
            if len(row) == len(heads):
                of_p = [a or bool(P_VALUE.fullmatch(b)) for a, b in zip(of_p, heads, strict=True)]
            found += [
                f"{row[0]}: {cell}"
                for cell, is_p in zip(row, of_p, strict=True)
                if is_p and ZERO.fullmatch(cell)
            ]
    return found


@pytest.mark.parametrize(
    ("made", "wrong"),
    [
        (
            "<table><tr><td></td><th>p, Holm</th></tr><tr><td>a</td><td>0.000</td></tr></table>",
            True,
        ),
        ("<table><tr><td></td><th>Effect</th></tr><tr><th>p</th><td>0.00</td></tr></table>", True),
        (
            "<table><tr><td></td><th>Spread</th></tr><tr><td>a</td><td>0.000</td></tr></table>",
            False,
        ),
        ("<table><tr><td>[0.1, 0.2], p 0.000</td></tr></table>", True),
        ("<p>It is significant (p = 0.000).</p><p>It has a p-value of 0.000.</p>", True),
        ("<p>It is significant (p &lt;0.001), p &lt; 0.0005 there, p 0.0004 here.</p>", False),
    ],
)
def test_a_zero_p_value_would_be_found(made: str, wrong: bool) -> None:
    page = BeautifulSoup(f"<article class='bd-article'>{made}</article>", "html.parser")
    assert bool(zero_pvalues(page)) == wrong


def test_no_p_value_is_zero(texts: dict[Path, BeautifulSoup]) -> None:
    """A probability that rounds to zero is written as a bound."""
    for path, page in texts.items():
        assert not (found := zero_pvalues(page)), f"{path.name}: {found[:3]}"
