"""The whole book as one PDF, set by Typst from the pages of the built site.

The pages are the source because everything is resolved in them: results, numbers of tables, figures
and equations, citations and references. ``pandoc`` translates the formulae; ``tools/pdf.typ`` is
the look. What the site folds away stays out if it is code and is opened if it is text.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pypandoc
import typst
import yaml
from bs4 import BeautifulSoup, NavigableString, SoupStrainer, Tag
from bs4.element import PreformattedString
from inputs import ROOT
from sphinx.application import Sphinx
from sphinx.config import Config

TEMPLATE = Path(__file__).with_name("pdf.typ")
PDF = "spillover.pdf"
SPECIAL = re.compile(r"""([\\*_#$@<>\[\]`~/=+'"{}&^|-])""")
PANDOC_SCALE = re.compile(r"#scale\(x: (\d+)%, y: \d+%\)\[(\\?.)\]")
# Nothing to read on paper, by name and by class; folded code and its handle are such, too.
SKIPPED_NAMES = {"script", "style", "template", "button", "input", "select", "canvas"}
SKIPPED_CLASSES = {"headerlink", "download-links", "toctree-wrapper", "eqno", "above-input"}
SKIPPED_CLASSES |= {"run-here"}
# Stands within a paragraph.
INLINE = {"a", "abbr", "b", "br", "cite", "code", "em", "i", "kbd", "label", "q", "s", "small"}
INLINE |= {"span", "strong", "sub", "sup", "u", "var", "wbr"}
WIDTH = 425.0  # of the text, in points
SIZES = (9.0, 8.5, 8.0, 7.5, 7.0, 6.5)  # of the type of tables, in points
KEPT = 16  # rows of a table that stays with its notes
CHARACTER, GUTTER = 0.43, 1.3  # widths in tables, in sizes of the type


def escape(text: str) -> str:
    """Text as Typst markup that means just this text."""
    text = SPECIAL.sub(r"\\\1", re.sub(r"[ \t\r\n]+", " ", text))
    return text.replace("\xa0", "~")


def quoted(text: str) -> str:
    """A string of Typst's code."""
    return json.dumps(text, ensure_ascii=False)


def classes(tag: Tag) -> list[str]:
    """Classes of an element."""
    return [str(name) for name in tag.get_attribute_list("class") if name]


def readable(node: Tag) -> Iterator[Tag | NavigableString]:
    """What of the inside of an element is to be read on paper."""
    for child in node.children:
        if isinstance(child, Tag):
            hidden = child.name in SKIPPED_NAMES or child.has_attr("hidden")
            if not hidden and SKIPPED_CLASSES.isdisjoint(classes(child)):
                yield child
        elif not isinstance(child, PreformattedString):
            yield child


def readable_text(node: Tag) -> str:
    """Text of an element that is to be read on paper."""
    return "".join(readable_text(c) if isinstance(c, Tag) else str(c) for c in readable(node))


def source_of(tag: Tag) -> str:
    """LaTeX source of a formula, without the brackets that MathJax looks for."""
    text = "".join(s for s in tag.find_all(string=True, recursive=False)).strip()
    text = text.removeprefix(r"\(").removesuffix(r"\)").removeprefix(r"\[").removesuffix(r"\]")
    return re.sub(r"\\(begin|end)\{split\}", "", text).strip()


def translate_formulae(sources: list[str]) -> dict[str, str]:
    """LaTeX formulae in Typst's notation, all in one call of pandoc."""
    if not sources:
        return {}
    formula = [{"t": "Math", "c": [{"t": "InlineMath"}, source]} for source in sources]
    blocks = [{"t": "Para", "c": [one]} for one in formula]
    document = {"pandoc-api-version": [1, 23, 1], "meta": {}, "blocks": blocks}
    text = pypandoc.convert_text(
        json.dumps(document), "typst", format="json", extra_args=["--wrap=none"]
    )
    found = [block.strip() for block in text.strip().split("\n\n")]
    pairs = list(zip(sources, found, strict=True))
    strange = [source for source, text in pairs if not re.fullmatch(r"\$.*\$", text, re.DOTALL)]
    if strange:
        raise ValueError(f"pandoc cannot translate these formulae: {strange}")
    # A bracket that only looks larger would keep its place and its room; and ⊗ has a new name.
    return {
        source: PANDOC_SCALE.sub(r"lr(\2, size: #\1%)", text).replace("times.circle", "times.o")
        for source, text in pairs
    }


class Book:
    """Pages of a built site in the order of its contents, with what each refers to."""

    def __init__(self, site: Path) -> None:
        self.site = site
        self.parts: list[tuple[str, list[str]]] = [("", ["index.html"])]
        contents = self.parse("index.html", SoupStrainer("nav")).find(class_="bd-links")
        if not isinstance(contents, Tag):
            raise ValueError(f"{site / 'index.html'}: found no <nav class='bd-links'>")
        for item in contents.find_all(["p", "a"]):
            if item.name == "p":
                self.parts.append((item.get_text(" ", strip=True), []))
            elif "internal" in classes(item):
                self.parts[-1][1].append(str(item["href"]))
        self.pages: dict[str, Tag] = {}
        for _, names in self.parts:
            for name in names:
                self.pages[name] = self.article(name)
        self.places = {name: f"p{number}" for number, name in enumerate(self.pages)}
        self.ids = {
            name: {tag["id"] for tag in page.find_all(id=True)} for name, page in self.pages.items()
        }
        self.wanted = {
            target
            for name, page in self.pages.items()
            for link in page.find_all("a", href=True)
            if (target := self.target(name, str(link["href"])))
        }
        sources = {
            source_of(tag)
            for page in self.pages.values()
            for tag in page.find_all(["div", "span"], class_="math")
        }
        self.formulae = translate_formulae(sorted(sources))
        self.images: set[str] = set()
        states = self.pages["index.html"].find_all(string=re.compile(r"\bstate $"))
        self.state = states[0].find_next("code").get_text() if states else ""

    def parse(self, name: str, only: SoupStrainer) -> BeautifulSoup:
        """The wanted part of a page as a tree."""
        text = (self.site / name).read_text(encoding="utf-8")
        return BeautifulSoup(text, "html.parser", parse_only=only)

    def article(self, name: str) -> Tag:
        """What is to be read on a page."""
        found = self.parse(name, SoupStrainer("article")).find("article")
        if not isinstance(found, Tag):
            raise ValueError(f"{self.site / name}: found no <article>")
        return found

    def target(self, page: str, address: str) -> str | None:
        """Label of the place in the book that a page's link leads to, or None if it leads out."""
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            return None
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path)))
        path = path if parts.path else page
        if path not in self.places:
            return None
        tag = unquote(parts.fragment)
        if tag and tag not in self.ids[path]:
            raise ValueError(f"{page}: found no {address}")
        return f"{self.places[path]}:{tag}" if tag else self.places[path]

    def write(self) -> str:
        """The book in Typst's markup."""
        return "\n".join(self.body())

    def body(self) -> Iterator[str]:
        """One part and one page after the other."""
        for title, names in self.parts:
            if title:
                yield f"#part[{escape(title)}];"
            for name in names:
                yield Page(self, name).write()


class Page:
    """Translation of one page."""

    def __init__(self, book: Book, name: str) -> None:
        self.book, self.name = book, name
        self.place = book.places[name]

    def write(self) -> str:
        """The page in Typst's markup."""
        return self.blocks(self.book.pages[self.name])

    # Text within a paragraph.

    def inline(self, node: Any) -> str:
        """Text, links and formulae of a node that stands in a paragraph."""
        if isinstance(node, NavigableString):
            return escape(str(node))
        kinds = classes(node)
        if "math" in kinds:
            return self.anchor(node) + self.book.formulae[source_of(node)]
        if node.name == "br":
            return "#linebreak();"
        if node.name == "wbr":
            return "\u200b" + self.inlines(node)
        if node.name == "code":
            return f"#raw({quoted(node.get_text())});"
        if node.name == "img":
            return f"#box(image({quoted(self.image(node))}, height: 1em));"
        inner = self.inlines(node)
        if node.name == "a":
            return self.anchor(node) + self.link(node, inner)
        if node.name == "sup":
            return f"#super[{inner}];"
        if "se" in kinds:
            inner = f"#se[{inner}];"
        elif "verdict" in kinds:
            kind = next((k for k in kinds if k.startswith("verdict-")), "")
            inner = f"#verdict({quoted(kind.removeprefix('verdict-'))})[{inner}];"
        elif "section-number" in kinds:
            inner = f"#number[{inner.strip().rstrip('.')}];"
        elif "fallen" in kinds:
            inner = f"#strike[{inner}];"
        wrap = {"em": "emph", "cite": "emph", "i": "emph", "strong": "strong", "b": "strong"}
        wrap |= {"sub": "sub", "label": "strong"}  # a label is the name of a tab
        if node.name in wrap and inner.strip():
            inner = f"#{wrap[node.name]}[{inner}];"
        return self.anchor(node) + inner

    def inlines(self, node: Tag) -> str:
        """The inside of a node, as text of a paragraph."""
        return "".join(self.inline(child) for child in readable(node))

    def link(self, node: Tag, inner: str) -> str:
        """A link: within the book to its page, out of the book to its address."""
        address = str(node.get("href", ""))
        if target := self.book.target(self.name, address):
            far = node.select_one("span.doc") and target != self.place
            return f"#{'see' if far else 'link'}(label({quoted(target)}))[{inner}];"
        if urlsplit(address).scheme in ("http", "https", "mailto"):
            return f"#link({quoted(address)})[{inner}];"
        return inner  # a file beside the pages

    def anchor(self, node: Tag) -> str:
        """A label for a place that something refers to."""
        name = f"{self.place}:{node.get('id')}"
        return f"#anchor({quoted(name)});" if node.get("id") and name in self.book.wanted else ""

    # Paragraphs and larger things.

    def paragraph(self, text: str) -> str:
        """A paragraph; a number and a full stop at its start do not make it a list."""
        return re.sub(r"^(\d+)([.)])", r"\1\\\2", text.strip())

    def blocks(self, node: Tag) -> str:
        """The inside of a node, as paragraphs and larger things."""
        written: list[str] = []
        run = ""
        for child in [*readable(node), None]:
            if child is not None and (isinstance(child, NavigableString) or child.name in INLINE):
                run += self.inline(child)
                continue
            if run.strip():
                written.append(self.paragraph(run))
            run = ""
            if child is not None:
                anchor = "" if child.name == "section" else self.anchor(child)
                written.append(anchor + self.block(child))
        return "\n\n".join(text for text in written if text.strip())

    def block(self, node: Tag) -> str:
        """A paragraph, list, table, figure, or what else stands by itself."""
        kinds = classes(node)
        if re.fullmatch(r"h[1-6]", node.name):
            return self.heading(node)
        for kind, method in self.by_class().items():
            if kind in kinds:
                return method(node)
        method = self.by_name().get(node.name)
        return method(node) if method else self.blocks(node)

    def by_class(self) -> dict[str, Callable[[Tag], str]]:
        """How to write an element with one of these classes."""
        return {
            "math": self.equation,
            "highlight": self.code,
            "admonition": self.boxed,
            "table-notes": lambda node: f"#notes[{self.blocks(node)}];",
            "downloads": self.provenance,
            "citation": self.citation,
            "sig": self.signature,
            "rubric": lambda node: f"#block(sticky: true)[*{self.inlines(node)}*];",
        }

    def by_name(self) -> dict[str, Callable[[Tag], str]]:
        """How to write an element of one of these names."""
        return {
            "p": lambda node: self.paragraph(self.inlines(node)),
            "ul": lambda node: self.items(node, "list"),
            "ol": lambda node: self.items(node, "enum"),
            "dl": self.definitions,
            "pre": self.code,
            "table": self.table,
            "figure": self.figure,
            "blockquote": lambda node: f"#quote(block: true)[{self.blocks(node)}];",
            "summary": lambda node: f"*{self.inlines(node)}*",
            "hr": lambda _: "#line(length: 100%, stroke: 0.4pt + hair)",
            "img": lambda node: f"#image({quoted(self.image(node))});",
        }

    def provenance(self, node: Tag) -> str:
        """What made a result, from which files; a folder once, the state on the title page."""
        folder = ""
        for code in node.find_all("code"):
            text = code.get_text()
            if "/" in text:
                code.string = text.removeprefix(folder)
                folder = text[: text.rindex("/") + 1]
        text = re.sub(r"(\s*·)?\s*state\s*#raw\([^)]*\);", "", self.blocks(node))
        return f"#provenance[{text}];"

    def heading(self, node: Tag) -> str:
        """A heading; the page itself is a chapter."""
        inner = self.inlines(node).strip()
        section = node.parent
        place = f"{self.place}:{section.get('id')}" if section is not None else ""
        level = int(node.name[1])
        if level > 1:
            label = f"#label({quoted(place)})" if place in self.book.wanted else ""
            return f"#heading(level: {level + 1})[{inner}]{label};"
        inner = "Summary" if self.name == "index.html" else inner
        labels = [quoted(name) for name in (self.place, place) if name in self.book.wanted]
        return f"#chapter({', '.join(labels)})[{inner}];"

    def equation(self, node: Tag) -> str:
        """A formula on its own line, with its number."""
        found = node.find(class_="eqno")
        number = f"[{escape(readable_text(found))}]" if isinstance(found, Tag) else "none"
        return f"#equation({number}, {self.book.formulae[source_of(node)]});"

    def code(self, node: Tag) -> str:
        """A listing."""
        return f"#code({quoted(node.get_text().strip(chr(10)))});"

    def boxed(self, node: Tag) -> str:
        """A box with a title."""
        title = node.find(class_="admonition-title")
        text = self.inlines(title.extract()) if isinstance(title, Tag) else ""
        kind = next((k for k in ("answer", "fork") if k in classes(node)), "plain")
        return f"#boxed({quoted(kind)})[{text}][{self.blocks(node)}];"

    def citation(self, node: Tag) -> str:
        """An entry of the bibliography, which the text cites by author and year."""
        for label in node.select(".label"):
            label.decompose()
        return f"#reference[{self.blocks(node)}];"

    def signature(self, node: Tag) -> str:
        """Name and arguments of a function."""
        text = re.sub(r"\s+", " ", readable_text(node)).strip().replace("( ", "(")
        text = re.sub(r",? \)", ")", text)
        return f"#signature({quoted(text)});"

    def items(self, node: Tag, kind: str) -> str:
        """A list."""
        inside = "".join(
            f"[{self.anchor(item)}{self.blocks(item)}]"
            for item in node.find_all("li", recursive=False)
        )
        return f"#{kind}{inside};"

    def definitions(self, node: Tag) -> str:
        """Terms and what is said of each."""
        written, terms = "", ""
        for child in node.find_all(["dt", "dd"], recursive=False):
            if child.name == "dt":
                one = self.signature(child) if "sig" in classes(child) else self.inlines(child)
                one = one if "sig" in classes(child) else f"#emph[{one}];"
                terms += f"{self.anchor(child)}{one}#linebreak();"
            else:
                terms = terms.removesuffix("#linebreak();")
                written += f"#definition[{terms}][{self.blocks(child)}];"
                terms = ""
        return written

    # Tables and figures.

    def image(self, node: Tag) -> str:
        """Path of a picture below the folder of the site."""
        folder = posixpath.dirname(self.name)
        path = posixpath.normpath(posixpath.join(folder, unquote(str(node["src"]))))
        self.book.images.add(path)
        return f"/{path}"

    def caption(self, node: Tag | None) -> str:
        """Number and text of a caption, as arguments of a function."""
        if node is None:
            return "none"
        number, text = node.select_one(".caption-number"), node.select_one(".caption-text")
        inner = self.inlines(text or node).strip()
        label = escape(number.get_text(strip=True)) if number else ""
        return f"caption([{label}], [{inner}])"

    def figure(self, node: Tag) -> str:
        """A picture with its caption below."""
        image, legend = node.find("img"), node.select_one(".legend")
        if not isinstance(image, Tag):
            return self.blocks(node)
        below = f"[{self.blocks(legend.extract())}]" if legend else "none"
        caption = node.find("figcaption")
        arguments = [
            quoted(self.image(image)),
            quoted(str(image.get("alt", ""))),
            self.caption(caption if isinstance(caption, Tag) else None),
            below,
        ]
        return f"#book-figure({', '.join(arguments)});"

    def table(self, node: Tag) -> str:
        """A table with its caption above; many columns are set smaller."""
        caption = node.find("caption")
        head = [row for row in node.find_all("tr") if row.find_parent("thead")]
        body = [row for row in node.find_all("tr") if not row.find_parent("thead")]
        fold_heads(head, body)
        size, columns = fit(head + body)
        align = [alignment(cell) for cell in cells(body[0] if body else head[0])]
        parts = [
            f"{size}pt",
            f"({', '.join(columns)},)",
            f"({', '.join(align)},)",
            f"({' '.join(self.row(row, 'strong') for row in head)})",
            f"({' '.join(self.row(row) for row in body)})",
        ]
        text = self.caption(caption if isinstance(caption, Tag) else None)
        kept = "true" if len(body) <= KEPT else "false"
        return f"#book-table(caption: {text}, kept: {kept}, {', '.join(parts)});"

    def row(self, row: Tag, wrap: str = "") -> str:
        """Cells of a row, each followed by a comma."""
        written = ""
        for cell in cells(row):
            inner = "#linebreak();".join(
                self.inlines(part).strip() for part in cell.find_all("p") or [cell]
            )
            if "text-right" in classes(cell):
                inner = re.sub(r"(#super\[[^\]]*\]);", r"#hang[\1;];", inner)
                inner = re.sub(r"(#se\[.*?)\)\];", r"\1#hang[)];];", inner)
            inner = f"#{wrap}[{inner}];" if wrap and inner else inner
            spans = [
                f"{name}: {cell[key]}"
                for name, key in (("colspan", "colspan"), ("rowspan", "rowspan"))
                if str(cell.get(key, "1")) != "1"
            ]
            spans += [f"align: {alignment(cell)}"] if wrap else []
            written += f"table.cell({', '.join(spans)})[{inner}], " if spans else f"[{inner}], "
        return written


def cells(row: Tag) -> list[Tag]:
    """Cells of a row."""
    return list(row.find_all(["th", "td"], recursive=False))


def alignment(cell: Tag) -> str:
    """Alignment of a cell."""
    kinds = classes(cell)
    if "text-right" in kinds:
        return "right"
    return "center" if "text-center" in kinds else "left"


def fit(rows: list[Tag]) -> tuple[float, list[str]]:
    """Largest size of type of a table, and the widths of its columns.

    A column of short cells is as wide as its longest, and Typst makes the type smaller until the
    table fits. Columns of running text share what is left by the amount of text.
    """
    count = max(sum(int(cell.get("colspan", 1)) for cell in cells(row)) for row in rows)
    longest, word, amount = [0] * count, [0] * count, [0] * count
    for row in rows:
        column = 0
        for cell in cells(row):
            span = int(cell.get("colspan", 1))
            if span == 1:
                parts = [line for part in cell.find_all("p") or [cell] for line in lines(part)]
                words = (len(w) for line in parts for w in re.split(r"[\s/]|(?<=[_.-])", line) if w)
                longest[column] = max([longest[column], *(len(line) for line in parts)])
                word[column] = max([word[column], *words])
                amount[column] += sum(len(line) for line in parts)
            column += span
    running = [length > 26 for length in longest]
    if not any(running) or sum(longest) * CHARACTER + GUTTER * count <= WIDTH / SIZES[1]:
        return SIZES[0], ["auto"] * count
    least = sum(
        max(w, min(length, 26)) if run else length
        for w, length, run in zip(word, longest, running, strict=True)
    )
    fitting = (s for s in SIZES if (least * CHARACTER + GUTTER * count) * s <= WIDTH)
    share = [max(a / len(rows), w) ** 0.6 for a, w in zip(amount, word, strict=True)]
    widths = [f"{s:.2f}fr" if run else "auto" for s, run in zip(share, running, strict=True)]
    return next(fitting, SIZES[-1]), widths


def fold_heads(head: list[Tag], body: list[Tag]) -> None:
    """Set the head of a column in two lines if it is wider than everything below it."""
    for row in head:
        for column, cell in enumerate(cells(row)):
            below = [cells(other)[column] for other in body if len(cells(other)) > column]
            room = max([9, *(len(line) for one in below for line in lines(one))])
            texts = cell.find_all(string=True)
            text = str(texts[0]).strip() if len(texts) == 1 else ""
            gaps = [at for at, letter in enumerate(text) if letter == " "]
            if len(text) > room and gaps:
                middle = min(gaps, key=lambda at: abs(at - len(text) / 2))
                after = NavigableString(text[middle + 1 :])
                texts[0].replace_with(NavigableString(text[:middle]), Tag(name="br"), after)


def lines(tag: Tag) -> list[str]:
    """Lines of a cell."""
    text = "".join(
        "\n" if isinstance(node, Tag) and node.name == "br" else str(node)
        for node in tag.descendants
        if isinstance(node, NavigableString) or node.name == "br"
    )
    return [line.strip() for line in text.split("\n")]


def made_of(site: Path) -> tuple[dict[str, bytes], date]:
    """Files that Typst reads, of which the first is ``main.typ``, and the date of the version."""
    book = Book(site)
    body = book.write()
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    title, _, subtitle = citation["title"].partition(": ")
    released = citation["date-released"]
    released = released if isinstance(released, date) else date.fromisoformat(str(released))
    about = {
        "title": title,
        "subtitle": subtitle[:1].upper() + subtitle[1:],
        "author": ", ".join(one["name"] for one in citation["authors"]),
        "version": str(citation["version"]),
        "state": book.state,
    }
    given = ", ".join(f"{key}: {quoted(value)}" for key, value in about.items())
    day = f"datetime(year: {released.year}, month: {released.month}, day: {released.day})"
    main = f'#import "/pdf.typ": *\n#show: book.with({given}, date: {day})\n{body}\n'
    files = {"main.typ": main.encode(), "pdf.typ": TEMPLATE.read_bytes()}
    files |= {name: (site / name).read_bytes() for name in sorted(book.images)}
    return files, released


@contextmanager
def compiler(site: Path) -> Iterator[tuple[typst.Compiler, int]]:
    """Typst with the book before it, and the time of the version.

    It has its own fonts alone, so that every machine sets the same pages.
    """
    files, released = made_of(site)
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        main = Path(folder, "main.typ")
        midnight = datetime(released.year, released.month, released.day, tzinfo=UTC)
        yield (
            typst.Compiler(input=main, root=folder, ignore_system_fonts=True),
            int(midnight.timestamp()),
        )


def build(site: Path) -> Path:
    """Write the PDF into the folder of the site."""
    with compiler(site) as (book, released):
        (site / PDF).write_bytes(book.compile(format="pdf", timestamp=released))
    return site / PDF


def announce(app: Sphinx, config: Config) -> None:
    """Let pages speak of the PDF, with ``{only} printed``, if this build makes one."""
    if not os.environ.get("SPILLOVER_ONLY"):
        app.tags.add("printed")


def add_button(
    app: Sphinx, name: str, template: str, context: dict[str, Any], tree: object
) -> None:
    """Offer the PDF where a page offers its notebook and its source."""
    for group in context.get("header_buttons", []):
        if group.get("label") == "download-buttons" and app.tags.has("printed"):
            group["buttons"].append(
                {
                    "type": "link",
                    "url": context["pathto"](PDF, resource=True),
                    "text": "The whole book (.pdf)",
                    "tooltip": "Download the whole book as PDF",
                    "icon": "fas fa-book",
                    "label": "download-book-button",
                }
            )


def print_book(app: Sphinx, exception: Exception | None) -> None:
    """Build the PDF when all pages are written."""
    if exception is None and app.builder.format == "html" and app.tags.has("printed"):
        build(Path(app.outdir))


def setup(app: Sphinx) -> None:
    """Make the PDF a part of each whole build."""
    app.connect("config-inited", announce)
    app.connect("html-page-context", add_button, priority=502)  # after the theme's own
    app.connect("build-finished", print_book, priority=900)


def main() -> int:
    """Build the PDF of the site in ``_build/html``."""
    start = time.monotonic()
    site = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "_build" / "html"
    path = build(site)
    print(f"Built in {time.monotonic() - start:.0f} s: {path} ({path.stat().st_size >> 10} KB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
