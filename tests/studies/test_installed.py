"""The package away from its checkout, as a wheel installs it, and beside a faulty own series."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import spillover

OWN_PANEL = """
import numpy as np, pandas as pd
from spillover import SpatialPanel, weights
units = list("abcdefgh")
rows = pd.MultiIndex.from_product([units, range(2001, 2011)])
rng = np.random.default_rng(0)
X = pd.DataFrame({"x": rng.normal(size=80)}, rows)
y = (2 * X["x"] + rng.normal(size=80)).rename("y")
ring = pd.DataFrame(np.roll(np.eye(8), 1, 0) + np.roll(np.eye(8), -1, 0), units, units)
print(SpatialPanel(y, X, weights.from_dense(ring), model="sdm").fit().effects().shape)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    source = Path(spillover.__file__).parent
    shutil.copytree(source, folder / "spillover", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def run(code: str, site: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SPILLOVER")}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=site,
        env={**kept, "PYTHONPATH": str(site), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_panel_of_ones_own_needs_no_data_of_the_project(site):
    done = run(OWN_PANEL, site)
    assert done.stdout.strip() == "(1, 9)", done.stderr


def test_a_declared_study_says_in_one_line_what_it_needs(site):
    code = "from spillover import CARBON, GROWTH\nprint(CARBON.outcome)\nCARBON.frame()"
    done = run(code, site)
    assert done.stdout.strip() == "CP", done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert "DataNotFoundError" in last
    assert "clone the project's repository and set SPILLOVER_ROOT" in last


def test_it_runs_on_a_checkout_that_is_named(site):
    checkout = str(Path(spillover.__file__).resolve().parents[2])
    code = "from spillover import CARBON; print(len(CARBON.frame()))"
    assert run(code, site, SPILLOVER_ROOT=checkout).stdout.strip() == "300"


def test_a_faulty_own_series_does_not_stop_the_other_study(site):
    checkout = str(Path(spillover.__file__).resolve().parents[2])
    faulty = site / "faulty.csv"
    faulty.write_text("no,such,table\n")
    code = (
        "from spillover import CARBON, GROWTH\nimport spillover.replication.scorecard\n"
        "import spillover.multiverse\nprint(len(CARBON.frame()))\nGROWTH.frame()"
    )
    done = run(code, site, SPILLOVER_ROOT=checkout, SPILLOVER_OWN=str(faulty))
    assert done.stdout.strip() == "300", done.stderr
    assert "PanelError" in done.stderr.splitlines()[-1]
