"""One lock for every road: what is declared, what is locked and what conda gets agree."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
LOCKED = {
    canonicalize_name(found[1]): found[2]
    for found in re.finditer(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", LOCK, re.MULTILINE)
}


def declared() -> list[Requirement]:
    extras = [r for group in PROJECT["optional-dependencies"].values() for r in group]
    return [Requirement(text) for text in [*PROJECT["dependencies"], *extras]]


@pytest.mark.parametrize("requirement", declared(), ids=str)
def test_the_lock_satisfies_what_is_declared(requirement: Requirement) -> None:
    version = LOCKED.get(canonicalize_name(requirement.name))
    assert version is not None, f"requirements.lock does not have {requirement.name}"
    assert requirement.specifier.contains(version, prereleases=True)


def test_every_locked_package_has_a_hash() -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", LOCK, flags=re.MULTILINE)
    bare = [
        e.split()[0] for e in entries if re.match(r"[A-Za-z0-9._-]+==", e) and "sha256:" not in e
    ]
    assert bare == []


def test_conda_takes_everything_from_the_lock_and_python_as_declared() -> None:
    plain = [text for text in CONDA["dependencies"] if isinstance(text, str)]
    pip = [entry["pip"] for entry in CONDA["dependencies"] if isinstance(entry, dict)]
    assert pip == [["-r requirements.lock"]]
    python = [text for text in plain if text.startswith("python")]
    assert [SpecifierSet(text.removeprefix("python")) for text in python] == [
        SpecifierSet(PROJECT["requires-python"])
    ]
    beside = {re.split("[<>=]", text)[0] for text in plain}
    assert beside <= {"python", "pip", "git", "make"}, "a second source of versions"


def test_the_set_up_asks_for_the_same_python() -> None:
    text = (ROOT / "tools" / "set_up.py").read_text(encoding="utf-8")
    found = re.search(r"^NEEDED = \((\d+), (\d+)\)", text, re.MULTILINE)
    assert found is not None
    assert PROJECT["requires-python"] == f">={found[1]}.{found[2]}"


def test_numba_is_not_in_the_lock() -> None:
    """With numba installed esda compiles for 20 s per process, and its p-values change."""
    assert "numba" not in LOCKED


def test_no_registry_address_in_any_file() -> None:
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("not a git checkout: the list of files is not known")
    address = re.compile(
        r"https?://[^\s\"'<>]*(?:pypi|pythonhosted|anaconda|conda\.|/simple\b|/packages/)"
        r"|--(?:extra-)?index-url|--find-links|--trusted-host",
        re.IGNORECASE,
    )
    here = Path(__file__).name
    found = []
    for name in filter(None, done.stdout.split("\0")):
        path = ROOT / name
        if path.name != here and path.is_file():
            text = path.read_text(encoding="utf-8", errors="ignore")
            found += [f"{name}: {hit.group()}" for hit in address.finditer(text)]
    assert found == []


def test_an_old_python_is_told_in_a_sentence(tmp_path: Path) -> None:
    script = (ROOT / "tools" / "set_up.py").read_text(encoding="utf-8")
    copy = tmp_path / "set_up.py"
    copy.write_text(script.replace("NEEDED = (3, 11)", "NEEDED = (4, 2)"), encoding="utf-8")
    done = subprocess.run([sys.executable, str(copy)], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert done.stderr.count("\n") == 1
    assert "4.2 or newer is needed" in done.stderr
    assert not (tmp_path.parent / ".venv").exists()
