"""The text of a fork: a chapter's text with labels and paths that hold in its new place.

It knows MyST, not files: what is copied where, and what the table of contents says, is the
business of :mod:`spillover.book.fork`.
"""

from __future__ import annotations

import posixpath
import re

FOLDER = "chapters/forks"

_HEADER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_TITLE = re.compile(r"^# +(?P<title>.+?)\s*$", re.MULTILINE)
_ROLES = "numref|ref|eq|any"

# Where a chapter gives something a label that must be the only one of its kind in the book.
_DEFINITIONS = (
    re.compile(r"^\(([^()\s]+)\)=\s*$", re.MULTILINE),
    re.compile(r"^\s*:?(?:name|label):\s*([^\s]+)\s*$", re.MULTILINE),
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


def title(text: str) -> str:
    """Title of a chapter: its first heading."""
    found = _TITLE.search(_body(text))
    return found["title"] if found else ""


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


def own_label(label: str, name: str) -> str:
    """A label that belongs to the fork: ``fig:trend`` in ``mine`` becomes ``fig:mine-trend``.

    Examples
    --------
    >>> own_label("fig:trend", "mine"), own_label("eq-benchmark", "mine")
    ('fig:mine-trend', 'mine-eq-benchmark')
    """
    kind, colon, rest = label.rpartition(":")
    return f"{kind}{colon}{name}-{rest}"


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


def _note(parent: str) -> str:
    way = posixpath.relpath(parent, FOLDER)
    return (
        ":::{admonition} A fork\n:class: note\n"
        f"This chapter began as a copy of {{doc}}`{way}`. What differs is its author's own.\n"
        ":::\n"
    )


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
        body = _relabel(body, label, own_label(label, name))
    mark = rf"# \g<title> · `{name}`\n\n{_note(parent)}"
    return text[:start] + _TITLE.sub(mark, body, count=1)
