"""Sphinx extension: execute what is stale before the pages are made, and need no network after.

With it ``jupyter-book build .`` gives the same site as ``make book``. Stale chapters are executed
two at a time into a cache of this very code and data; MathJax is copied beside the pages. A figure
beside which a file ``…-narrow`` lies shows that on narrow screens.
"""

from __future__ import annotations

import os
import shutil
from importlib.metadata import files
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

import build_pdf
import manifest
import run_here
import statements
import website
import yaml
from docutils import nodes
from execute import bring_up_to_date, is_executable, report
from inputs import engine_fingerprint
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import SphinxError

NARROW = "(max-width: 600px)"
MATHJAX = "static/mathjax/tex-svg.js"


class StaleError(SphinxError):
    """Chapters could not be executed, so that there are no pages to make."""

    category = "Execution"


def toc_pages(toc: dict[str, Any]) -> list[str]:
    """Pages of a table of contents, in order, without the extension."""
    pages = [str(toc["root"])]
    for part in toc.get("parts", [{"chapters": toc.get("chapters", [])}]):
        for chapter in part.get("chapters", []):
            pages.append(str(chapter["file"]).removesuffix(".md"))
            pages += [str(s["file"]).removesuffix(".md") for s in chapter.get("sections", [])]
    return pages


def find_page(pages: list[str], name: str) -> str:
    """Full name of the page that is named in full or by its end, the first of several."""
    wanted = name.removesuffix(".md").removeprefix("./")
    found = [page for page in pages if page == wanted or page.endswith(f"/{wanted}")]
    if not found:
        raise StaleError(f"_toc.yml: no page is called {name!r}; it knows: {', '.join(pages)}")
    return found[0]


def cache_folder(build: Path, engine: str) -> Path:
    """Execution cache of this code and data; caches of other states are removed."""
    folder = build / "cache" / engine
    for other in (build / "cache").glob("*"):
        if other != folder:
            shutil.rmtree(other)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def execute_stale(app: Sphinx, config: Config) -> None:
    """Bring the chapters' outputs up to date and let myst-nb find them.

    ``SPILLOVER_ONLY`` names the one chapter to execute; the others then keep what they have.
    """
    root, engine = Path(app.srcdir), engine_fingerprint(Path(app.srcdir))
    pages = toc_pages(yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8")))
    if missing := [name for name in pages if not (root / f"{name}.md").is_file()]:
        raise StaleError(f"_toc.yml names pages that are not there: {', '.join(missing)}")
    only = os.environ.get("SPILLOVER_ONLY")
    folder = cache_folder(root / "_build", engine)
    page = find_page(pages, only) if only else None
    failures, left = bring_up_to_date(root, pages, folder, engine, page)
    if failures:
        report(failures)
        raise StaleError(", ".join(failure.chapter for failure in failures))
    # Other numbers make other pages, although no page's source has changed.
    config.spillover_state = engine
    config.nb_execution_cache_path = str(folder)
    config.nb_execution_excludepatterns = [f"{name}.md" for name in left]
    if left:
        config.html_theme_options["announcement"] = (
            f"A quick build: {len(left)} other chapters are shown without their results. "
            "Build the whole book with <code>make book</code>."
        )


def mathjax_file() -> Path:
    """Path of MathJax's one-file build inside the installed ``sphinx-mathjax-offline``."""
    for file in files("sphinx-mathjax-offline") or []:
        if str(file).endswith(MATHJAX):
            return Path(str(file.locate()))
    raise FileNotFoundError(
        f"sphinx-mathjax-offline: found no {MATHJAX}; reinstall with make clean"
    )


def copy_mathjax(app: Sphinx, exception: Exception | None) -> None:
    """Copy MathJax (2 MB of the package's 29) once the pages are written."""
    if exception is None and app.builder.format == "html":
        folder = Path(app.outdir, "_static", "mathjax")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(mathjax_file(), folder / "tex-svg.js")


def offer_binder(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: object
) -> None:
    """Put a button on executable pages that opens them at mybinder.org, given an address."""
    options = app.config.html_theme_options
    address = str(options.get("repository_url") or "").rstrip("/").removesuffix(".git")
    source = Path(app.srcdir, f"{page}.md")
    if not address or not source.is_file() or not is_executable(source):
        return
    # Binder has a short form for GitHub and takes the address of any other repository whole.
    short = address.removeprefix("https://github.com/")
    place = f"git/{quote(address, safe='')}" if short == address else f"gh/{short}"
    branch = options.get("repository_branch") or "main"
    context["header_buttons"].append(
        {
            "type": "link",
            "url": f"https://mybinder.org/v2/{place}/{branch}?urlpath=lab/tree/{page}.ipynb",
            "text": "Binder",
            "tooltip": "Open in Binder",
            "icon": "fas fa-rocket",
            "label": "binder-button",
        }
    )


def offer_narrow(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Find the narrow version of each figure, and have it copied with the other images."""
    if app.builder.format != "html":
        return
    for image in doctree.findall(nodes.image):
        wide = PurePosixPath(image["uri"])
        narrow = wide.with_name(f"{wide.stem}-narrow{wide.suffix}")
        if wide.suffix and (Path(app.srcdir) / narrow).is_file():
            app.builder.images[str(narrow)] = narrow.name
            image["narrow"] = narrow.name


def visit_image(translator: Any, node: nodes.image) -> None:
    """Put an image that has a narrow version into a ``picture`` with both."""
    if "narrow" in node:
        address = f"{translator.builder.imgpath}/{node['narrow']}"
        translator.body.append(f'<picture><source media="{NARROW}" srcset="{address}">')
    type(translator).visit_image(translator, node)


def depart_image(translator: Any, node: nodes.image) -> None:
    """Close the ``picture``."""
    type(translator).depart_image(translator, node)
    if "narrow" in node:
        translator.body.append("</picture>")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the execution to the start of the build and the copy to its end."""
    # Jupyter Book always sets this value, whose extension is not loaded here.
    app.add_config_value("comments_config", {}, "html")
    app.add_config_value("spillover_state", "", "env")
    statements.setup(app)
    manifest.setup(app)
    build_pdf.setup(app)
    website.setup(app)
    if run_here.wanted():
        run_here.setup(app)
    app.connect("config-inited", execute_stale)
    app.connect("html-page-context", offer_binder, priority=502)  # after the theme's own buttons
    app.connect("doctree-resolved", offer_narrow)
    app.add_node(nodes.image, override=True, html=(visit_image, depart_image))
    app.connect("build-finished", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
