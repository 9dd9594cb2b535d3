"""The printed book, read back from the bytes of the PDF, says what the pages say."""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from urllib.parse import urlsplit

import build_pdf
import pytest
from bs4 import BeautifulSoup, Tag

INSIDE = rb"(?:\\.|[^\\()])*"
for _ in range(3):  # brackets within a string need no sign before them if they are balanced
    INSIDE = rb"(?:\\.|[^\\()]|\(" + INSIDE + rb"\))*"
STRING = rb"\(" + INSIDE + rb"\)"


class Pdf:
    """As much of a PDF reader as these tests need: Typst writes every object in plain sight."""

    def __init__(self, content: bytes) -> None:
        found = re.finditer(rb"(?:^|\n)(\d+) 0 obj\s(.*?)\sendobj", content, re.DOTALL)
        self.objects = {int(match[1]): match[2] for match in found}
        self.fonts: dict[int, dict[bytes, str]] = {}

    def of_type(self, name: bytes) -> dict[int, bytes]:
        start = b"<</Type/" + name
        return {n: o for n, o in self.objects.items() if re.match(re.escape(start) + rb"(?!\w)", o)}

    def stream(self, number: int) -> bytes:
        raw = self.objects[number].split(b"stream", 1)[1].lstrip(b"\r\n")
        return zlib.decompressobj().decompress(raw)

    def pages(self) -> list[str]:
        """Text of each page, without blanks."""
        (tree,) = self.of_type(b"Pages").values()
        kids = re.findall(rb"\d+", tree.split(b"/Kids[")[1].replace(b" 0 R", b""))
        return [self.text(self.objects[int(kid)]) for kid in kids]

    def text(self, page: bytes) -> str:
        resources = self.objects[int(re.search(rb"/Resources (\d+)", page)[1])]
        fonts = dict(re.findall(rb"/(f\d+) (\d+) 0 R", resources))
        written, letters = [], {}
        drawn = self.stream(int(re.search(rb"/Contents (\d+)", page)[1]))
        for font, shown in re.findall(rb"/(f\d+) [\d.]+ Tf|(" + STRING + rb")", drawn, re.DOTALL):
            if font:
                letters = self.letters(int(fonts[font]))
            else:
                code = unescaped(shown[1:-1])
                written += [letters.get(code[i : i + 2], "") for i in range(0, len(code), 2)]
        return squeezed("".join(written))

    def letters(self, font: int) -> dict[bytes, str]:
        """What each glyph of a font stands for."""
        if font not in self.fonts:
            table = self.stream(int(re.search(rb"/ToUnicode (\d+)", self.objects[font])[1]))
            pairs = re.findall(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>\n", table)
            self.fonts[font] = {
                bytes.fromhex(a.decode()): bytes.fromhex(b.decode()).decode("utf-16-be")
                for a, b in pairs
            }
        return self.fonts[font]


ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def unescaped(string: bytes) -> bytes:
    def one(match: re.Match[bytes]) -> bytes:
        code = match[1]
        return bytes([int(code, 8)]) if code.isdigit() else ESCAPES.get(code, code)

    return re.sub(rb"\\([0-7]{1,3}|.)", one, string, flags=re.DOTALL)


def squeezed(text: str) -> str:
    """Text without what the setting of lines changes: blanks, and hyphens between syllables."""
    return re.sub(r"[\s\u200b\u00ad\u2010-]", "", text.replace("ﬁ", "fi").replace("ﬂ", "fl"))


@pytest.fixture(scope="module")
def pdf(html: Path) -> Pdf:
    return Pdf((html / build_pdf.PDF).read_bytes())


@pytest.fixture(scope="module")
def printed(pdf: Pdf) -> list[str]:
    return pdf.pages()


@pytest.fixture(scope="module")
def articles(html: Path) -> dict[str, Tag]:
    found = {}
    for path in [html / "index.html", *sorted((html / "chapters").rglob("*.html"))]:
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        article = page.select_one("article.bd-article")
        assert article is not None
        for link in article.select(".headerlink"):
            link.decompose()
        found[path.relative_to(html).as_posix()] = article
    return found


def test_every_chapter_is_there_under_its_number(
    printed: list[str], articles: dict[str, Tag]
) -> None:
    text = "".join(printed)
    titles = [a.find("h1").get_text() for name, a in articles.items() if name != "index.html"]
    assert len(titles) > 20
    missing = [t for t in titles if squeezed(re.sub(r"^(\d+)\. ", r"\1", t)) not in text]
    assert missing == []


def test_each_caption_is_printed_once(printed: list[str], articles: dict[str, Tag]) -> None:
    text = "".join(printed)
    counts = {}
    for article in articles.values():
        for number in article.select(".caption-number"):
            caption = squeezed(number.parent.get_text())
            counts[caption] = text.count(caption)
    assert len(counts) > 100
    assert {caption: n for caption, n in counts.items() if n != 1} == {}


def test_tables_are_whole(printed: list[str], articles: dict[str, Tag]) -> None:
    """Every row of every table stands in the PDF, unbroken."""
    text = "".join(printed)
    lost = []
    for name, article in articles.items():
        for row in article.select("tbody tr"):
            cells = [squeezed(cell.get_text()) for cell in row.find_all("td")]
            if not row.select(".math") and "".join(cells) not in text:
                lost.append((name, cells))
    assert lost == []


def test_numbered_formulae_have_their_number(printed: list[str], articles: dict[str, Tag]) -> None:
    text = "".join(printed)
    numbers = [n.get_text() for article in articles.values() for n in article.select(".eqno")]
    assert len(numbers) > 15
    assert [number for number in numbers if number not in text] == []


def test_nothing_is_left_unresolved(printed: list[str]) -> None:
    text = "".join(printed)
    for sign in ("??", "\\frac", "\\rho", "\\beta", "{doc}", "{math}", "�"):
        assert sign not in text


def test_links_lead_out_as_on_the_pages_and_else_to_a_page(
    pdf: Pdf, articles: dict[str, Tag]
) -> None:
    links = [o for o in pdf.of_type(b"Annot").values() if b"/Link" in o]
    out = {m[1] for o in links if (m := re.search(rb"/URI\((.*?)\)>>", o))}
    addresses = {
        str(a["href"]) for article in articles.values() for a in article.find_all("a", href=True)
    }
    wanted = {a for a in addresses if urlsplit(a).scheme in ("http", "https", "mailto")}
    assert {unescaped(one).decode() for one in out} == wanted
    inner = [o for o in links if b"/URI" not in o]
    assert len(inner) > 500
    assert [o for o in inner if b"/Dest" not in o] == []


def test_the_book_has_a_book_s_length(printed: list[str]) -> None:
    assert 150 < len(printed) < 400
    assert [n for n, page in enumerate(printed) if n > 0 and not page] == []


def test_two_builds_give_the_same_bytes(html: Path) -> None:
    with build_pdf.compiler(html) as (book, released):
        again = book.compile(format="pdf", timestamp=released)
    assert again == (html / build_pdf.PDF).read_bytes()


def test_a_page_without_an_article_is_named(tmp_path: Path) -> None:
    contents = '<nav class="bd-links"><a class="internal" href="one.html">One</a></nav>'
    (tmp_path / "index.html").write_text(f"{contents}<article><h1>T</h1></article>")
    (tmp_path / "one.html").write_text("<p>Nothing</p>")
    with pytest.raises(ValueError, match=r"one\.html: found no <article>"):
        build_pdf.Book(tmp_path)


def test_text_means_itself(tmp_path: Path) -> None:
    """Signs that Typst would read as markup, in text and at the start of a line."""
    signs = "= a * b _ c_ #d $e$ @f <g> [h] `i` ~ -- / 'j' \"k\" \\ {l} ^ & // x /* y */ - + 1. end"
    escaped = signs.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    (tmp_path / "index.html").write_text(
        f'<nav class="bd-links"></nav><article><h1>T</h1><p>{escaped}</p><p>1. One</p></article>'
    )
    with build_pdf.compiler(tmp_path) as (book, released):
        pages = Pdf(book.compile(format="pdf", timestamp=released)).pages()
    text = "".join(pages)
    assert squeezed(signs) in text
    assert "1.One" in text
