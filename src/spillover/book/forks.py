"""Fork a chapter: a copy of one's own in the table of contents, and the way back."""

from __future__ import annotations

import difflib
import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from spillover.data import files

FOLDER = "chapters/forks"

_HEADER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_TITLE = re.compile(r"^# +(?P<title>.+?)\s*$", re.MULTILINE)
_ROLES = "numref|ref|eq|any"

# Where a chapter gives something a label that must be the only one of its kind in the book.
_DEFINITIONS = (
    re.compile(r"^\(([^()\s]+)\)=\s*$", re.MULTILINE),
    re.compile(r"^\s*:(?:name|label):\s*([^\s]+)\s*$", re.MULTILINE),
    re.compile(r"^\s*(?:name|label):\s*((?:fig|tab|eq)[:-][^\s]+)\s*$", re.MULTILINE),
    re.compile(r"^\$\$\s*\(([^()\s]+)\)\s*$", re.MULTILINE),
    re.compile(r"""(?<=["'])((?:fig|tab):[a-z0-9-]+)(?=["'])"""),
)

# What stands before and after a path from the chapter's own folder.
_PATHS = (
    re.compile(r"(?P<before>\{(?:doc|download)\}`(?:[^`<]*<)?)(?P<path>[^`<>]+)(?P<after>>?`)"),
    re.compile(r"(?P<before>\{glue:[a-z]*\}`)(?P<path>[^`:]+\.md)(?P<after>::)"),
    re.compile(r"(?P<before>\]\()(?P<path>[\w./-]+\.(?:md|png|svg|csv))(?P<after>[)#])"),
    re.compile(
        r"(?P<before>^[`:]{3,}\{(?:figure|image|include)\} )(?P<path>\S+)(?P<after>)", re.MULTILINE
    ),
)

NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_PART = "  - caption: Forks\n    numbered: 1\n    chapters:"


class ForkError(ValueError):
    """A fork that cannot be made or removed; the message says why and what would do."""


@dataclass(frozen=True)
class Fork:
    """A fork that was made or removed.

    Attributes
    ----------
    name, parent : str
        The fork's name and its parent's page (empty when removed).
    file : Path
        Its chapter; where its text was put aside when it was removed.
    """

    name: str
    parent: str
    file: Path


def _toc(root: Path) -> tuple[Path, str, dict[str, Any]]:
    path = root / "_toc.yml"
    text = path.read_bytes().decode("utf-8")
    return path, text, yaml.safe_load(text)


def _write(path: Path, text: str) -> None:
    """Write text byte for byte: line ends stay as they are."""
    path.write_bytes(text.encode("utf-8"))


def chapters(root: Path | None = None) -> list[str]:
    """Chapters of the book that can be forked, by their names in the table of contents."""
    _, _, toc = _toc(root or files.root())
    entries = [c for part in toc.get("parts", [toc]) for c in part.get("chapters", [])]
    entries += [s for c in entries for s in c.get("sections", [])]
    pages = [str(entry["file"]).removesuffix(".md") for entry in entries]
    return [p for p in pages if p.startswith("chapters/") and not p.startswith(f"{FOLDER}/")]


def forks(root: Path | None = None) -> list[str]:
    """Names of the forks that there are, by file or by entry."""
    root = root or files.root()
    entered = re.findall(rf"- file: {FOLDER}/(\S+)", _toc(root)[1])
    return sorted({*entered, *(f.stem for f in (root / FOLDER).glob("*.md"))})


def _find(chapter: str, known: Sequence[str]) -> str:
    """Full name of the chapter that is named in full or by its end, or the nearest names.

    A name that several parts use means the first in the contents; the full name means the others.
    """
    wanted = chapter.removesuffix(".md").strip("/")
    found = [page for page in known if page == wanted or page.endswith(f"/{wanted}")]
    if found:
        return found[0]
    short = {page.rpartition("/")[2]: page for page in known}
    near = difflib.get_close_matches(wanted.rpartition("/")[2], short, n=3, cutoff=0.4)
    shown = [short[n] for n in near] or list(known)
    nearest = ", ".join(page.removeprefix("chapters/") for page in shown)
    raise ForkError(f"no chapter {chapter!r}; the nearest are {nearest}")


def _check_labels(text: str, root: Path, name: str) -> None:
    """No label of the fork may be one of another page's."""
    new = set(labels(text))
    for page in (*chapters(root), *(f"{FOLDER}/{other}" for other in forks(root))):
        file = root / f"{page}.md"
        both = new & set(labels(file.read_text(encoding="utf-8"))) if file.is_file() else set()
        if both:
            raise ForkError(f"{page} has a label {min(both)!r}; fork {name!r} under another name")


def _entered(text: str, name: str) -> str:
    """The table of contents with the fork in it, everything else byte for byte."""
    line = f"      - file: {FOLDER}/{name}"
    if _PART in text:
        at = text.index(_PART) + len(_PART)
        entries = re.compile(rf"(?:\n      - file: {FOLDER}/\S+)+").match(text, at)
        at = entries.end() if entries else at
        return f"{text[:at]}\n{line}{text[at:]}"
    block = f"{_PART}\n{line}"
    return f"{text}{block}\n" if text.endswith("\n") else f"{text}\n{block}"


def _left(text: str, name: str) -> str:
    """Inverse of :func:`_entered`."""
    line = f"\n      - file: {FOLDER}/{name}"
    text = re.sub(rf"{re.escape(line)}(?=\n|\Z)", "", text, count=1)
    if re.search(rf"{re.escape(_PART)}\n      - ", text):
        return text
    at_end = f"\n{_PART}"
    return text.removesuffix(at_end) if text.endswith(at_end) else text.replace(f"{_PART}\n", "")


def _check_toc(before: dict[str, Any], text: str, name: str) -> None:
    """The new table of contents is the old one with exactly this entry more at its end."""
    page = {"file": f"{FOLDER}/{name}"}
    parts = list(before.get("parts") or [])
    if parts and parts[-1]["caption"] == "Forks":
        last = {**parts[-1], "chapters": [*parts[-1]["chapters"], page]}
        parts = [*parts[:-1], last]
    else:
        parts.append({"caption": "Forks", "numbered": 1, "chapters": [page]})
    try:
        same = yaml.safe_load(text) == {**before, "parts": parts}
    except yaml.YAMLError:
        same = False
    if not same:
        raise ForkError(
            "_toc.yml: found another layout than parts indented by two, Forks last; mend it first"
        )


def fork(chapter: str, name: str, root: Path | None = None) -> Fork:
    """Copy a chapter under a name of your own and enter it in the table of contents.

    Parameters
    ----------
    chapter : str
        The chapter, in full or by its end: ``carbon/durbin``, ``durbin``.
    name : str
        Lower-case words joined by hyphens.
    root : Path, optional
        Another checkout.

    Raises
    ------
    ForkError
        Unknown chapter, with the nearest names; bad or taken name; a table of contents of
        another layout. Nothing is written then.
    """
    root = root or files.root()
    parent = _find(chapter, chapters(root))
    if not NAME.fullmatch(name):
        raise ForkError(
            f"bad name {name!r}: lower-case letters and digits, words joined by -, a letter first"
        )
    if name in forks(root):
        raise ForkError(f"there is a fork {name!r} already; take another name or remove it first")
    if taken := [page for page in chapters(root) if page.endswith(f"/{name}")]:
        raise ForkError(f"{taken[0]} has the name {name!r} already; take another")
    source = root / f"{parent}.md"
    if not source.is_file():
        raise ForkError(f"_toc.yml names {parent}, but there is no {parent}.md")
    text = source.read_bytes().decode("utf-8")
    if not _TITLE.search(_body(text)):
        raise ForkError(f"{parent}.md has no title; expected a line that starts with '# '")
    copy = fork_text(text, parent, name)
    _check_labels(copy, root, name)
    toc, old, structure = _toc(root)
    new = _entered(old, name)
    _check_toc(structure, new, name)
    file = root / FOLDER / f"{name}.md"
    file.parent.mkdir(exist_ok=True)
    _write(file, copy)
    _write(toc, new)
    return Fork(name, parent, file)


def remove(name: str, root: Path | None = None) -> Fork:
    """Remove a fork and its entry; its text is put aside below ``_build``.

    Raises
    ------
    ForkError
        When there is no fork of this name; lists the forks there are.
    """
    root = root or files.root()
    known = forks(root)
    if name not in known:
        there = f"there are {', '.join(known)}" if known else "there is none"
        raise ForkError(f"no fork {name!r}; {there}")
    toc, text, _ = _toc(root)
    _write(toc, _left(text, name))
    file = root / FOLDER / f"{name}.md"
    aside = root / "_build" / "removed_forks" / f"{name}.md"
    if file.is_file():
        aside.parent.mkdir(parents=True, exist_ok=True)
        file.replace(aside)
    if file.parent.is_dir() and not any(file.parent.iterdir()):
        file.parent.rmdir()
    return Fork(name, "", aside)


def _body(text: str) -> str:
    return _HEADER.sub("", text, count=1)


def labels(text: str) -> list[str]:
    """Labels that a chapter defines, in order, each once.

    Examples
    --------
    >>> labels("(here)=\\n# Title\\n\\npage.show(figure, 'fig:trend')")
    ['here', 'fig:trend']
    """
    found = [(m.start(1), m[1]) for d in _DEFINITIONS for m in d.finditer(_body(text))]
    return list(dict.fromkeys(label for _, label in sorted(found)))


def _relabel(text: str, label: str, new: str) -> str:
    """Change one label where it is defined and wherever it is referred to."""
    old = re.escape(label)
    for pattern in (
        rf"(?m)(^\(){old}(?=\)=)",
        rf"(?m)(^\s*:?(?:name|label):\s*){old}(?=\s*$)",
        rf"(?m)(^\$\$\s*\(){old}(?=\)\s*$)",
        rf"(\{{(?:{_ROLES})\}}`(?:[^`<]*<)?){old}(?=>?`)",
        rf"(\]\(#?){old}(?=\))",
        *([rf"([\"']){old}(?=[\"'])"] if label.startswith(("fig:", "tab:")) else []),
    ):
        text = re.sub(pattern, rf"\g<1>{new}", text)
    return text


def _repath(text: str, parent: str, name: str) -> str:
    """Make paths that start from the parent's folder start from the fork's; itself stays itself."""
    folder, own = posixpath.split(parent)

    def moved(found: re.Match[str]) -> str:
        path = found["path"]
        if path.startswith("/"):
            return found[0]
        whole = posixpath.normpath(posixpath.join(folder, path))
        ending = ".md" if path.endswith(".md") else ""
        if whole.removesuffix(".md") == f"{folder}/{own}":
            return f"{found['before']}{name}{ending}{found['after']}"
        return f"{found['before']}{posixpath.relpath(whole, FOLDER)}{found['after']}"

    for pattern in _PATHS:
        text = pattern.sub(moved, text)
    return text


def fork_text(text: str, parent: str, name: str) -> str:
    """Text of a fork of a chapter.

    Parameters
    ----------
    text : str
        The parent's text.
    parent : str
        Its name from the top of the book, without extension: ``chapters/carbon/durbin``.
    name : str
        The fork's name, without folder.

    Returns
    -------
    str
        The same chapter with the fork's name in the title, a note that links to the parent, own
        labels and references to them, and paths that start from the folder of forks. Glued facts
        belong to their page, so their keys stay.
    """
    header = _HEADER.match(text)
    start = header.end() if header else 0
    body = _repath(text[start:], parent, name)
    for label in labels(body):
        # fig:trend in the fork mine becomes fig:mine-trend.
        kind, colon, rest = label.rpartition(":")
        body = _relabel(body, label, f"{kind}{colon}{name}-{rest}")
    note = (
        ":::{admonition} A fork\n:class: note fork-note\n"
        f"This chapter began as a copy of {{doc}}`{posixpath.relpath(parent, FOLDER)}`. "
        "What differs is its author's own.\n:::\n"
    )
    return text[:start] + _TITLE.sub(rf"# \g<title> · `{name}`\n\n{note}", body, count=1)
