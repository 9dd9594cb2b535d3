"""Sphinx extension: views to choose in, and long tables that sort and filter.

A page is complete without any of it: the pictures and tables that its cells made stand there as
they are. Scripts are copied once for the site, and a page loads only those that it needs.
"""

from __future__ import annotations

import re
import shutil
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

FOLDER = Path(__file__).parent
PLACE = "interactive"

# What a page must hold to load some scripts, in the order in which they run.
SCRIPTS = {
    'class="interactive': (
        "vendor/vega.min.js",
        "vendor/vega-lite.min.js",
        "vendor/vega-embed.min.js",
        "views.js",
    ),
    "sortable": ("vendor/sortable.min.js", "vendor/sortable.a11y.min.js", "tables.js"),
}
SORTABLE = re.compile(r'<table[^>]*class="[^"]*\bsortable\b')


def add_scripts(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Let a page load the scripts that it needs, and no other."""
    body = context.get("body", "")
    wanted = ['class="interactive'] if 'class="interactive' in body else []
    wanted += ["sortable"] if SORTABLE.search(body) else []
    for kind in wanted:
        for file in SCRIPTS[kind]:
            app.add_js_file(f"{PLACE}/{file}", loading_method="defer")


def copy_scripts(app: Sphinx, exception: Exception | None) -> None:
    """Copy the scripts and their licences beside the pages."""
    if exception is None and app.builder.format == "html":
        target = Path(app.outdir, "_static", PLACE)
        shutil.copytree(
            FOLDER, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__")
        )


def set_in_page(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put drawings with links into the page itself: in a picture file no link can be followed.

    The picture stays behind for narrow screens and for what is made of the pages, as the PDF.
    """
    if app.builder.format != "html":
        return
    for figure in list(doctree.findall(nodes.figure)):
        if "with-links" not in figure["classes"]:
            continue
        image = next(iter(figure.findall(nodes.image)))
        picture = Path(app.srcdir, image["uri"])
        drawing = picture.with_name(f"{picture.stem}-linked.svg").read_text(encoding="utf-8")
        # its rules of style would hold for all of the page
        drawing = re.sub(r"<style.*?</style>", "", drawing[drawing.index("<svg") :], flags=re.S)
        label = escape(image.get("alt", ""), quote=True)
        drawing = drawing.replace("<svg", f'<svg role="group" aria-label="{label}"', 1)
        figure.insert(0, nodes.raw("", drawing, format="html"))


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the pages as they are written."""
    app.connect("doctree-resolved", set_in_page)
    app.connect("html-page-context", add_scripts)
    app.connect("build-finished", copy_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
