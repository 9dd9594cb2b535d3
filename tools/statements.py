"""Statements bound to conditions: what no longer holds stops the book and is marked in a fork.

A chapter computes conditions with ``page.check(key=…)`` and binds sentences to them by the class
``if-key``: on a span, ``[a sentence]{.if-key}``, or on a paragraph. Several keys must all hold.
"""

from __future__ import annotations

import ast
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from spillover.data import own

PREFIX = "if-"
FORKS = "chapters/forks/"
SPAN = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\{((?:[^{}\"]|\"[^\"]*\")*)\}")
"""A span in a text that is not MyST, such as the description of a figure."""

logger = logging.getLogger(__name__)


class StatementError(SphinxError):
    """Statements of the book's own chapters do not hold."""

    category = "Statement"


@dataclass(frozen=True)
class Statement:
    """A sentence and what became of its conditions.

    Attributes
    ----------
    text : str
        The sentence, as its page shows it.
    place : str
        File and line.
    holds : bool
    why : str
        Conditions that do not hold, with the values that were compared.
    """

    text: str
    place: str
    holds: bool
    why: str


def conditions(env: BuildEnvironment) -> dict[str, dict[str, Any]]:
    """What the cells of the document being read have checked, by key."""
    path = Path(env.app.outdir).parent / "jupyter_execute" / f"{env.docname}.glue.json"
    if "glue" not in getattr(env, "nb_metadata", {}).get(env.docname, {}) or not path.is_file():
        return {}
    glued = json.loads(path.read_text(encoding="utf-8"))
    return {
        key.removeprefix(PREFIX): json.loads(ast.literal_eval(found["data"]["text/plain"]))
        for key, found in glued.items()
        if key.startswith(PREFIX)
    }


class Statements(SphinxTransform):
    """Judge the bound sentences of a document, and mark those that do not hold."""

    default_priority = 10

    def apply(self, **_: Any) -> None:
        """Go through spans, paragraphs and descriptions of figures in their order."""
        self.found = conditions(self.env)
        judged: dict[tuple[str, str], Statement] = {}
        for node in list(self.document.findall(nodes.Element)):
            if keys := bound(node.get("classes", ())):
                one = self.judge(keys, node.astext(), node)
                if not one.holds:
                    node["classes"].append("fallen")
                    node += nodes.inline("", f" ({note(one)})", classes=["fallen-note"])
                judged[one.text, one.why] = one
            if isinstance(node, nodes.image) and "{." in node.get("alt", ""):
                node["alt"], parts = self.describe(node["alt"], node)
                judged |= {(one.text, one.why): one for one in parts}
        if self.env.docname.startswith(FORKS):
            self.summarise(list(judged.values()))
        elif fallen := [one for one in judged.values() if not one.holds]:
            stored(self.env)[self.env.docname] = fallen

    def judge(self, keys: list[str], text: str, node: nodes.Element) -> Statement:
        """Look up the conditions of a sentence."""
        failed = []
        for key in keys:
            if key not in self.found:
                known = ", ".join(self.found) or "none"
                message = "no page.check(%s=…) on this page for %s; it checks %s"
                logger.warning(message, key, text, known, location=node)
            elif not self.found[key]["holds"]:
                values = self.found[key]["values"].items()
                shown = ", ".join(f"{name} = {value}" for name, value in values)
                failed.append(self.found[key]["condition"] + (f", where {shown}" if shown else ""))
        here: Any = node
        while here.line is None and here.parent is not None:
            here = here.parent
        place = f"{self.env.doc2path(self.env.docname, False)}:{here.line or 1}"
        return Statement(" ".join(text.split()), place, not failed, "; ".join(failed))

    def describe(self, alt: str, node: nodes.Element) -> tuple[str, list[Statement]]:
        """Judge the spans of a figure's description, and take their marks out of it."""
        parts: list[Statement] = []

        def plain(span: re.Match[str]) -> str:
            keys = bound(c.removeprefix(".") for c in span[2].split())
            one = self.judge(keys, span[1], node)
            parts.extend([one] if keys else [])
            return span[1] if one.holds else f"{span[1]} ({note(one)})"

        return SPAN.sub(plain, alt), parts

    def summarise(self, statements: list[Statement]) -> None:
        """List at the top of a fork which of its parent's statements hold."""
        held = [one for one in statements if one.holds]
        fallen = [one for one in statements if not one.holds]
        notes = (n for n in self.document.findall(nodes.admonition) if "fork-note" in n["classes"])
        if not statements or (top := next(notes, None)) is None:
            return
        text = f"Of its parent's {len(statements)} checked statements {len(held)} hold here"
        top += nodes.paragraph("", text + (f", {len(fallen)} do not:" if fallen else "."))
        if fallen:
            top += listed([(one.text + " — ", nodes.literal("", one.why)) for one in fallen])
        if held:
            title = nodes.title("", "Statements that hold here")
            top += nodes.admonition(
                "", title, listed([(one.text,) for one in held]), classes=["dropdown"]
            )


def listed(items: list[tuple[str | nodes.Node, ...]]) -> nodes.bullet_list:
    """A list of texts."""
    made = nodes.bullet_list()
    for item in items:
        parts = [nodes.Text(part) if isinstance(part, str) else part for part in item]
        made += nodes.list_item("", nodes.paragraph("", "", *parts))
    return made


def bound(classes: Any) -> list[str]:
    """Keys among the classes of a node."""
    return [c.removeprefix(PREFIX) for c in classes if c.startswith(PREFIX)]


def note(one: Statement) -> str:
    """What stands after a sentence that does not hold."""
    source = "public data" if own.spans() else "the parent"
    return f"written for {source}; does not hold here: {one.why}"


def stored(env: BuildEnvironment) -> dict[str, list[Statement]]:
    """Statements of the book's own chapters that do not hold, by document."""
    if not hasattr(env, "spillover_fallen"):
        env.spillover_fallen = {}  # type: ignore[attr-defined]
    return env.spillover_fallen  # type: ignore[attr-defined,no-any-return]


def forget(_: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Drop what an earlier reading of a document found."""
    stored(env).pop(docname, None)


def merge(_: Sphinx, env: BuildEnvironment, docnames: list[str], other: BuildEnvironment) -> None:
    """Take over what another process found."""
    stored(env).update({d: found for d, found in stored(other).items() if d in docnames})


def stop(_: Sphinx, env: BuildEnvironment) -> None:
    """Stop the build when a statement of the book's own chapters does not hold.

    A quick build executes one chapter; the others are not asked. A book on a reader's own series is
    not stopped: what does not hold with them is marked on its page, as in a fork.
    """
    only = os.environ.get("SPILLOVER_ONLY", "").removesuffix(".md")
    fallen = [
        one for name, found in sorted(stored(env).items()) if name.endswith(only) for one in found
    ]
    if fallen and not own.spans():
        lines = [f"{one.place}: does not hold: “{one.text}” ({one.why})" for one in fallen]
        raise StatementError("\n".join(["", *lines]))


def setup(app: Sphinx) -> None:
    """Judge statements when a document is read, and stop before pages are written."""
    app.add_transform(Statements)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("env-check-consistency", stop)
