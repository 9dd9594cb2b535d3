"""Sphinx extension: keep the finished pages free of the network.

It copies MathJax's one-file build beside the pages; it draws no page and changes no text.
"""

from __future__ import annotations

import shutil
from importlib.metadata import files
from pathlib import Path

from sphinx.application import Sphinx

MATHJAX = "static/mathjax/tex-svg.js"


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


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the copy to the end of the build."""
    # Jupyter Book always sets this value, whose extension is not loaded here.
    app.add_config_value("comments_config", {}, "html")
    app.connect("build-finished", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
