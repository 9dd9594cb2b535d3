"""The box in which a reader runs the study, as far as it can be tested without a browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import run_here
from execute import is_executable
from inputs import ROOT

from spillover import CARBON, GROWTH
from spillover.book import layouts

# What a browser does not have; the box must not ask for it.
ABSENT = ["esda", "formulaic", "geopandas", "joblib", "linearmodels", "mapclassify", "matplotlib"]
ABSENT += ["myst_nb", "networkx", "shapely", "sklearn", "statsmodels"]
GUEST = f"""
import json, sys
sys.modules.update(dict.fromkeys({ABSENT}))
import box, libpysal
assert "stands in" in (libpysal.__doc__ or "").lower()
tables, lines = json.load(sys.stdin)
box.use(tables)
print(json.dumps([box.answer(code) for code in lines]))
"""
EXACT = "\nprint(fit.effects().to_numpy().tolist())"
NAMES = [*run_here.weights(), "economic distance", "economic-geographic mix"]
CHANGES = [
    *(f"CARBON.but(weights={name!r})" for name in NAMES),
    "CARBON.but(CP='CEADs sectoral', years=(2013, 2019), without=('Qinghai',))",
    "CARBON.but(lagged=('GIA',), fixed_effects='time', correction=None, cov_type='observed')",
    "GROWTH.but(LQ='vehicles per head', controls=())",
]
LINES = [f"study = {change}\n{run_here.FIT}{EXACT}" for change in CHANGES]


def chapters() -> list[Path]:
    return sorted(p for p in (ROOT / "chapters").rglob("*.md") if is_executable(p))


def in_the_browsers_stead(*lines: str) -> list[dict]:
    """Answers of the box where nothing is installed that the browser lacks."""
    paths = os.pathsep.join([str(run_here.GUEST), str(ROOT / "src")])
    done = subprocess.run(
        [sys.executable, "-c", GUEST],
        input=json.dumps([run_here.weights(), lines]),
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_without_graphs_it_gives_the_numbers_that_it_gives_with_them() -> None:
    for code, found in zip(LINES, in_the_browsers_stead(*LINES), strict=True):
        expected = run_here.native(code)
        assert "error" not in expected, expected
        assert found["rows"] == expected["rows"], code
        assert found["notes"] == expected["notes"], code  # the same to the last bit


@pytest.mark.parametrize("study", [CARBON, GROWTH], ids=["CARBON", "GROWTH"])
def test_it_prints_what_a_page_prints(study) -> None:
    page = layouts.estimates_table(study.spatial().fit(cov_type=study.cov_type).effects())
    found = run_here.native(f"study = {study.key.upper()}\n{run_here.FIT}")
    assert found["heads"] == list(page.columns)
    for (term, *cells), (label, row) in zip(found["rows"], page.iterrows(), strict=True):
        assert term == label
        assert [f"{value}{stars} ({error})" for value, stars, error in cells] == [
            str(cell) for cell in row
        ]


def test_what_does_not_work_says_why_without_a_traceback() -> None:
    places = "__import__('spillover.data.geography', fromlist=['x']).capitals()"
    own, absent, syntax, unset, name = in_the_browsers_stead(
        "study = CARBON.but(without=('Atlantis',))\n" + run_here.FIT,
        f"study = CARBON.but(weights=weights.k_nearest({places}, 3))\n{run_here.FIT}",
        "study = (",
        "study = CARBON",
        "study = CARBONS",
    )
    assert own == {
        "error": "Atlantis is no province of the panel; it cannot be left out",
        "absent": False,
    }
    assert absent["absent"]
    assert absent["error"].startswith("geopandas is not available in the browser")
    assert syntax["error"].startswith("Line 1 is not Python")
    assert unset["error"].startswith("no line sets fit")
    assert "The box knows CARBON, GROWTH" in name["error"]


@pytest.mark.parametrize("path", chapters(), ids=lambda p: p.parent.name + "/" + p.stem)
def test_every_line_to_start_from_gives_effects(path: Path) -> None:
    for line in run_here.offers(path.read_text(encoding="utf-8")):
        assert "error" not in run_here.native(f"{line}\n{run_here.FIT}"), line


def test_a_site_has_boxes_only_when_they_were_asked_for(html: Path) -> None:
    with_box = {
        page.relative_to(html).with_suffix("").as_posix()
        for page in html.rglob("*.html")
        if 'class="run-here"' in page.read_text(encoding="utf-8")
    }
    assert (html / "_static" / run_here.FOLDER).is_dir() == run_here.wanted()
    if run_here.wanted():
        assert {"chapters/carbon/durbin", "chapters/growth/benchmark"} <= with_box
        assert not with_box & run_here.DESCRIBING
    else:
        assert not with_box
