"""The built book, made once for all tests that look at its pages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / "tools"
sys.path.insert(0, str(TOOLS))

# Several folders have a conftest; none holds doctests, and one name cannot be imported twice.
collect_ignore_glob = ["conftest.py", "*/conftest.py", "*/*/conftest.py"]


@pytest.fixture(scope="session")
def html() -> Path:
    """Folder of the pages, built unless nothing has changed."""
    done = subprocess.run(
        [sys.executable, str(TOOLS / "build_book.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return ROOT / "_build" / "html"
