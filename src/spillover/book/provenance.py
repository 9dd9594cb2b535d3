"""Where a result on a page comes from: the functions called for it and the data files they used.

A chapter's statements are followed one by one while they run. Each is noted with the names that it
sets and uses, the functions of this package that it calls, and the data files used meanwhile. What
stands under a table or figure is the union over all statements that its own rests on.
"""

from __future__ import annotations

import ast
import sys
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spillover.data import files

STEP = "_spillover_statement"
# What only sets a result in type is not named among its makers.
TYPESETTING = (
    "spillover.book.layouts",
    "spillover.book.page",
    "spillover.book.tables",
    "spillover.econometrics.formats",
)


@dataclass
class Statement:
    """One top-level statement of a cell, and the data files used while it ran."""

    node: ast.stmt
    files: set[Path] = field(default_factory=set)

    def sets(self) -> set[str]:
        """Names that it binds or changes in place."""
        targets: list[ast.expr] = []
        if isinstance(self.node, ast.Assign):
            targets = list(self.node.targets)
        elif isinstance(self.node, ast.AnnAssign | ast.AugAssign):
            targets = [self.node.target]
        names = set()
        for target in targets:
            for part in target.elts if isinstance(target, ast.Tuple | ast.List) else [target]:
                while isinstance(part, ast.Attribute | ast.Subscript | ast.Starred):
                    part = part.value
                if isinstance(part, ast.Name):
                    names.add(part.id)
        return names

    def uses(self) -> set[str]:
        """Names that it reads."""
        found = (n for n in ast.walk(self.node) if isinstance(n, ast.Name))
        read = {n.id for n in found if isinstance(n.ctx, ast.Load)}
        return read | self.sets() if isinstance(self.node, ast.AugAssign) else read


class Recorder(ast.NodeTransformer):
    """Follows the statements that IPython runs; registered as one of its syntax transformers."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self.waiting: list[Statement] = []
        self.run: list[Statement] = []
        self.drawn: dict[str, Any] = {}
        namespace[STEP] = self.start
        files.observers.append(self.used)

    def visit_Module(self, node: ast.Module) -> ast.Module:
        """Put a call of :meth:`start` before each statement of a cell."""
        body: list[ast.stmt] = []
        for statement in node.body:
            call = ast.parse(f"{STEP}({len(self.waiting)})").body[0]
            for part in ast.walk(call):
                ast.copy_location(part, statement)
            body += [call, statement]
            self.waiting.append(Statement(statement))
        node.body = body
        return node

    def start(self, number: int) -> None:
        """Note that a statement begins to run."""
        self.run.append(self.waiting[number])

    def used(self, path: Path) -> None:
        """Note that the running statement uses a data file."""
        if self.run:
            self.run[-1].files.add(path)

    def behind(self, part: ast.expr | None = None) -> list[Statement]:
        """Return the running statement and all that it rests on, in the order in which they ran.

        Of a part of the running statement, as one of several arguments, only what that rests on.
        """
        run = list(self.run)
        if part is not None and run:
            run[-1] = Statement(ast.Expr(part), run[-1].files)
        wanted: set[int] = set()
        open_ends = [len(run) - 1]
        while open_ends:
            if (here := open_ends.pop()) in wanted or here < 0:
                continue
            wanted.add(here)
            for name in run[here].uses():
                open_ends += self._set_before(name, here)
        return [run[i] for i in sorted(wanted)]

    def _set_before(self, name: str, here: int) -> Iterator[int]:
        """Numbers of the last binding of a name before a statement, and of changes since then."""
        for i in range(here - 1, -1, -1):
            if name in self.run[i].sets():
                yield i
                if name not in self.run[i].uses():
                    return

    def makers(self, part: ast.expr | None = None) -> list[str]:
        """Names of this package's functions that the running statement rests on, as called."""
        names: dict[str, None] = {}
        for statement in self.behind(part):
            calls = [n for n in ast.walk(statement.node) if isinstance(n, ast.Call)]
            self.drawn = self.drawn_from(statement.node)
            # Inner calls run first: a method's object is made before the method is called.
            for call in reversed(calls):
                maker = self.value(call.func)
                home = getattr(maker, "__module__", None) or ""
                if home.startswith("spillover.") and not home.startswith(TYPESETTING):
                    names[name_of(maker)] = None
        return list(names)

    def drawn_from(self, node: ast.stmt) -> dict[str, Any]:
        """What the names of its comprehensions stand for: the first value that each runs over."""
        found: dict[str, Any] = {}
        for part in ast.walk(node):
            if not isinstance(part, ast.comprehension):
                continue
            values: Iterable[Any] = ()
            view = part.iter.func if isinstance(part.iter, ast.Call) else None
            if isinstance(view, ast.Attribute) and view.attr in ("items", "values"):
                held = self.value(view.value)
                values = held.values() if isinstance(held, Mapping) else ()
            elif isinstance(held := self.value(part.iter), list | tuple):
                values = held
            name = part.target.elts[-1] if isinstance(part.target, ast.Tuple) else part.target
            if isinstance(name, ast.Name):
                found[name.id] = next(iter(values), None)
        return found

    def value(self, node: ast.expr) -> Any:
        """Return what an expression stands for, without running it.

        A class stands for its instances.
        """
        if isinstance(node, ast.Name):
            return self.drawn.get(node.id, self.namespace.get(node.id))
        if isinstance(node, ast.Subscript):
            held = self.value(node.value)
            return next(iter(held.values()), None) if isinstance(held, Mapping) else None
        if isinstance(node, ast.Call):
            return _returned(self.value(node.func))
        if isinstance(node, ast.Attribute):
            held = self.value(node.value)
            if isinstance(held, type) or type(held).__name__ == "module":
                return getattr(held, node.attr, None)
            return getattr(type(held), node.attr, None)
        return None


def _returned(function: Any) -> Any:
    """Class of what a function returns, as annotated; a class returns its own instances."""
    if isinstance(function, type):
        return function
    try:
        found = typing.get_type_hints(function).get("return")
    except (NameError, TypeError):
        return None
    return found if isinstance(found, type) else None


def name_of(maker: Callable[..., Any]) -> str:
    """Name of a function as a reader of the package finds it.

    A method is named with its class, a function with the outermost package that offers it.

    Examples
    --------
    >>> name_of(name_of), name_of(Recorder.makers)
    ('book.provenance.name_of', 'Recorder.makers')
    """
    name, home = maker.__qualname__, maker.__module__
    if "." in name:
        return name
    while getattr(sys.modules.get(home.rpartition(".")[0]), name, None) is maker:
        home = home.rpartition(".")[0]
    return f"{home}.{name}".removeprefix("spillover.")


_recorders: list[Recorder] = []


def follow() -> Recorder | None:
    """Follow the statements of the running notebook from here on; None outside a notebook."""
    if _recorders:
        return _recorders[0]
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        return None
    _recorders.append(Recorder(shell.user_ns))
    shell.ast_transformers.append(_recorders[0])
    shell.user_ns_hidden[STEP] = _recorders[0].start
    return _recorders[0]


def made_by(part: ast.expr | None = None) -> tuple[list[str], list[str]]:
    """Functions called and data files used for the statement that is running, both in order.

    Outside a notebook, and in the cell that first imports this package, there is none.

    Parameters
    ----------
    part
        An expression in the running statement, when only what is behind that is asked for.
    """
    recorder = follow()
    if recorder is None or not recorder.run:
        return [], []
    used = {path for statement in recorder.behind(part) for path in statement.files}
    return recorder.makers(part), [files.short(path) for path in sorted(used)]


# From the import of this module on, the statements of a notebook are followed.
follow()
