"""What the website adds to the pages: search, titles, cards, downloads and links under results.

Nothing of it needs a server: the index of the search is a script, since a page that is opened as a
file may not fetch others.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import nbformat
from docutils import nodes
from execute import is_cached, is_executable, read_chapter
from jupyter_cache import get_cache
from manifest import in_order
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode

from website import card

HERE = Path(__file__).parent
INDEX = "search-index.js"
CARD = "card.png"
DESCRIPTION = "Two papers on industrial clusters in China's provinces, replicated on public data."
PARAMETERS = re.compile(r"(<span class=\"sig-paren\">\(</span>)\s*<dl>(.*?)</dl>", re.DOTALL)
EMPTY_HEADER = re.compile(r"<th( class=\"[^\"]*\")?>(?:<p></p>)?</th>")

# Whole files that a page may offer; a reader's own series stay with the reader.
OFFERED = ("data/examples/", "data/geo/", "data/official/", "data/published/", "data/simulated/")


@dataclass
class Record:
    """What the search finds: a section, a table, a figure or an object of the package.

    Attributes
    ----------
    anchor : str
        Where it is on its page.
    kind : str
        ``text``, ``table``, ``figure`` or ``code``.
    title : str
    lines : list of str
        Its text, a paragraph or a table's row each.
    """

    anchor: str
    kind: str
    title: str
    lines: list[str] = field(default_factory=list)


def plain(node: nodes.Node) -> str:
    """Text of a node as a reader sees it: no markup of ours, formulae without backslashes."""
    if isinstance(node, nodes.math | nodes.math_block):
        return re.sub(r"[\\{}$]|\\(?:mathrm|text)", "", node.astext())
    if isinstance(node, nodes.Text):
        return node.astext()
    if isinstance(node, nodes.raw):
        return " " if "<br" in node.astext() else ""
    return "".join(plain(child) for child in node.children)


def one_line(node: nodes.Node) -> str:
    """:func:`plain` without line ends and runs of blanks."""
    return " ".join(plain(node).split())


def records(doctree: nodes.document) -> list[Record]:
    """What the search can find on a page, in its order; cells' code and download rows are not."""
    found: list[Record] = []

    def walk(node: nodes.Element, into: Record | None) -> None:
        for child in node.children:
            if not isinstance(child, nodes.Element) or _is_left_out(child):
                continue
            if isinstance(child, nodes.section):
                found.append(Record(child["ids"][0], "text", _title(child)))
                walk(child, found[-1])
            elif isinstance(child, nodes.table):
                found.append(Record(_anchor(child, into), "table", _title(child), _rows(child)))
            elif isinstance(child, nodes.figure):
                found.append(_figure(child, into))
            elif isinstance(child, addnodes.desc):
                signature = next(iter(child.findall(addnodes.desc_signature)))
                name = str(signature.get("fullname", "")) or one_line(signature)
                found.append(Record(_anchor(signature, into), "code", name))
                walk(child, found[-1])
            elif isinstance(child, nodes.TextElement) and not isinstance(child, nodes.title):
                if into is not None and (line := one_line(child)):
                    into.lines.append(line)
            else:
                walk(child, into)

    walk(doctree, None)
    return found


def _is_left_out(node: nodes.Element) -> bool:
    classes = set(node.get("classes", ()))
    return bool(classes & {"cell_input", "downloads", "toctree-wrapper"}) or isinstance(
        node,
        nodes.literal_block | nodes.comment | nodes.raw | addnodes.index | addnodes.desc_signature,
    )


def _title(node: nodes.Element) -> str:
    return next((one_line(c) for c in node.children if isinstance(c, nodes.title)), "")


def _anchor(node: nodes.Element, into: Record | None) -> str:
    return node["ids"][0] if node.get("ids") else (into.anchor if into else "")


def _rows(table: nodes.table) -> list[str]:
    rows = ([one_line(e) for e in row.findall(nodes.entry)] for row in table.findall(nodes.row))
    return [" | ".join(row) for row in rows]


def _figure(figure: nodes.figure, into: Record | None) -> Record:
    caption = next((one_line(c) for c in figure.children if isinstance(c, nodes.caption)), "")
    alts = [str(image.get("alt", "")) for image in figure.findall(nodes.image)]
    return Record(_anchor(figure, into), "figure", caption, alts)


def summary(doctree: nodes.document, longest: int = 200) -> str:
    """First paragraph of a page's prose, cut after a sentence, for search engines and cards."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section) and (text := one_line(paragraph)):
            if len(text) <= longest:
                return text
            sentences = re.match(rf".{{40,{longest}}}[.?!](?= )", text)
            return sentences[0] if sentences else text[:longest].rpartition(" ")[0] + " …"
    return DESCRIPTION


class OfferDataFiles(SphinxTransform):
    """Let the names of data files under a result be links to the files."""

    default_priority = 870  # before the files that pages offer are gathered

    def apply(self, **_: Any) -> None:
        """Replace the names that stand under tables and figures."""
        for literal in provenance(self.document):
            name = literal.astext()
            if name.startswith(OFFERED) and Path(self.env.srcdir, name).is_file():
                link = addnodes.download_reference(
                    "", "", literal.deepcopy(), reftarget=f"/{name}", refdoc=self.env.docname
                )
                literal.parent.replace(literal, link)


class LinkFunctions(SphinxPostTransform):
    """Let the names of functions under a result be links to their documentation."""

    default_priority = 5
    formats = ("html",)

    def run(self, **_: Any) -> None:
        """Replace the names that the package's own documentation knows."""
        objects = self.env.get_domain("py").data["objects"]
        for literal in provenance(self.document):
            name = literal.astext()
            ends = [full for full in objects if full.endswith(f".{name}")]
            full = f"spillover.{name}" if f"spillover.{name}" in objects else next(iter(ends), None)
            if full is None or isinstance(literal.parent, addnodes.download_reference):
                continue
            entry = objects[full]
            link = make_refnode(
                self.app.builder, self.env.docname, entry.docname, entry.node_id, literal.deepcopy()
            )
            literal.parent.replace(literal, link)


def provenance(document: nodes.document) -> list[nodes.literal]:
    """Names of functions and files in the lines under tables and figures."""
    lines = (n for n in document.findall(nodes.inline) if "provenance" in n["classes"])
    return [literal for line in lines for literal in line.findall(nodes.literal)]


def notebook(app: Sphinx, pagename: str) -> str | None:
    """Put a page's notebook, with its results, beside its source; None where it has no cells."""
    root = Path(app.srcdir)
    if not is_executable(root / f"{pagename}.md"):
        return None
    cache, made = get_cache(app.config.nb_execution_cache_path), read_chapter(root, pagename)
    if is_cached(cache, made):
        _, executed = cache.merge_match_into_notebook(made.notebook)
    else:
        return None  # a quick build, which executes other pages
    copy = Path(app.outdir, "_sources", f"{pagename}.ipynb")
    copy.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(executed, copy)
    return f"{pagename}.ipynb"


def add_to_page(
    app: Sphinx, pagename: str, _: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Title, description, card and notebook of a page; and note what the search finds on it."""
    title, book = re.sub(r"<[^>]+>", "", str(context.get("title") or "")), context["docstitle"]
    whole = f"{book}: industrial clusters in China's provinces, two papers replicated"
    context["page_title"] = whole if pagename == app.config.root_doc else f"{title} — {book}"
    context["description"] = summary(doctree) if doctree else DESCRIPTION
    # Readers of cards need a whole address; it is known where the site's own is configured.
    picture, base = f"_static/{CARD}", app.config.html_baseurl
    context["card_address"] = urljoin(base, picture) if base else context["pathto"](picture, 1)
    context["card_description"] = card.DESCRIPTION
    if doctree is not None:
        found_by_page(app)[pagename] = records(doctree)
        if found := notebook(app, pagename):
            context["ipynb_source"] = found
    if "body" in context:
        # A list may not hold this role, which DPUB-ARIA 1.1 gives up.
        body = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')
        # The corner over a column of labels heads nothing.
        body = EMPTY_HEADER.sub(r"<td\1></td>", body)
        # Sphinx sets long signatures as lists of descriptions that describe nothing.
        context["body"] = PARAMETERS.sub(parameters, body)


def parameters(found: re.Match[str]) -> str:
    """Return the lines of a long signature as lines."""
    lines = re.sub(r"<dd>(.*?)</dd>", r'<span class="sig-line">\1</span>', found[2])
    return f"{found[1]}{lines}"


def found_by_page(app: Sphinx) -> dict[str, list[Record]]:
    """What the search finds, by page, as far as pages were written in this run."""
    if not hasattr(app, "website_records"):
        app.website_records = {}  # type: ignore[attr-defined]
    return app.website_records  # type: ignore[attr-defined,no-any-return]


def index(app: Sphinx) -> str:
    """The search's index as a script: pages, and what is found on each."""
    pages, entries = [], []
    known = found_by_page(app)
    for number, name in enumerate(in_order(app.env)):
        if name not in known:
            known[name] = records(app.env.get_and_resolve_doctree(name, app.builder))
        title = one_line(app.env.titles[name])
        secnum = app.env.toc_secnumbers.get(name, {}).get("")
        numbered = f"{secnum[0]}. {title}" if secnum else title
        pages.append([app.builder.get_target_uri(name), numbered])
        entries += [
            [number, r.anchor, r.kind, r.title, "\n".join(r.lines)]
            for r in known[name]
            if r.title or r.lines
        ]
    text = json.dumps(
        {"pages": pages, "entries": entries}, ensure_ascii=False, separators=(",", ":")
    )
    # A line end in a string of JSON may be one of two that scripts once did not take.
    text = text.replace("\u2028", " ").replace("\u2029", " ")
    return f"window.BOOK_INDEX={text};\n"


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Write the index and the card once the pages are there."""
    if exception is None and app.builder.format == "html":
        static = Path(app.outdir, "_static")
        (static / INDEX).write_text(index(app), encoding="utf-8")
        card.draw(static / CARD)


def configure(_: Sphinx, config: Config) -> None:
    """Let templates and scripts be found."""
    config.templates_path = [*config.templates_path, str(HERE / "templates")]
    config.html_static_path = [*config.html_static_path, str(HERE / "static")]


def setup(app: Sphinx) -> None:
    """Connect all of it to the build."""
    app.connect("config-inited", configure)
    app.add_transform(OfferDataFiles)
    app.add_post_transform(LinkFunctions)
    app.add_js_file("site.js", loading_method="defer")
    app.connect("html-page-context", add_to_page)
    app.connect("build-finished", finish)
