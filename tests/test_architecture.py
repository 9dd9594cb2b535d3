"""The rooms of the package and the one way in which they may import each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "spillover"

# From the bottom up; a room imports from itself and from those before it.
ROOMS = ("econometrics", "data", "studies", "replication", "multiverse", "book", "cli")
# The public face hands out names of any room, and loads them when they are asked for.
FACE = SOURCE / "__init__.py"


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything of this package that a module names to be imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.Call) and _is_dynamic(node.func):
            yield node.lineno, _literal(node.args[0])


def _is_dynamic(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in {"import_module", "__import__"}


def _literal(argument: ast.expr) -> str:
    """Text of a dynamic import's argument; one that is computed could reach any room."""
    return argument.value if isinstance(argument, ast.Constant) else "spillover.cli"


def faults(path: Path, room: str, text: str) -> list[str]:
    """Imports of a module that climb to a room above its own."""
    above = ROOMS[ROOMS.index(room) + 1 :]
    return [
        f"{path.name}:{line}: {room} imports {name}"
        for line, name in imported(ast.parse(text))
        if name.startswith("spillover.") and name.split(".")[1] in above
    ]


def modules() -> list[Path]:
    """Every module of the package but its face."""
    return [p for p in sorted(SOURCE.rglob("*.py")) if p != FACE]


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_a_room_imports_from_none_above_it(path: Path) -> None:
    room = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    assert room in ROOMS
    assert faults(path, room, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text",
    [
        "from spillover.studies import weights",
        "from spillover.book.tables import numbered",
        "import spillover.cli",
        "def f():\n    from spillover.data import panel",
        "if TYPE_CHECKING:\n    from spillover.studies.study import Study",
        "import_module('spillover.replication.claims')",
        "importlib.import_module(f'spillover.{name}')",
    ],
)
def test_an_import_that_climbs_is_found(text: str) -> None:
    assert len(faults(Path("module.py"), "econometrics", text)) == 1


def test_an_import_that_goes_down_is_none() -> None:
    text = "from spillover.econometrics import moran\nfrom spillover.data import panel"
    assert faults(Path("module.py"), "studies", text) == []
