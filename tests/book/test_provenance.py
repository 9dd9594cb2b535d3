"""What stands under a result: the functions called for it and the data files used."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from spillover.book import provenance
from spillover.book.provenance import Recorder
from spillover.data import files
from spillover.studies import CARBON


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    before = list(files.observers)
    yield Recorder({"study": CARBON, "use": lambda name: files.touched(Path(name)) or name})
    files.observers[:] = before


def run(recorder: Recorder, *cells: str) -> None:
    for cell in cells:
        tree = ast.fix_missing_locations(recorder.visit(ast.parse(cell)))
        exec(compile(tree, "cell", "exec"), recorder.namespace)


def used(recorder: Recorder) -> set[str]:
    return {p.name for s in recorder.behind() for p in s.files}


def test_a_result_rests_on_what_its_variables_rest_on(recorder: Recorder) -> None:
    run(recorder, "a = use('a')\nb = use('b')", "c = a + 'x'", "(c, 1)")
    assert used(recorder) == {"a"}


def test_a_name_bound_again_forgets_its_past(recorder: Recorder) -> None:
    run(recorder, "a = use('old')", "a = use('new')", "a")
    assert used(recorder) == {"new"}


@pytest.mark.parametrize(
    "change", ["a['k'] = use('b')", "a |= {use('b'): 1}", "a = {**a, use('b'): 1}"]
)
def test_a_change_in_place_adds_to_it(recorder: Recorder, change: str) -> None:
    run(recorder, "a = {use('a'): 1}", change, "a")
    assert used(recorder) == {"a", "b"}


def test_names_unpacked_together_share_their_files(recorder: Recorder) -> None:
    run(recorder, "a, (b, c) = use('a'), ('b', 'c')", "a")
    assert used(recorder) == {"a"}


def test_chained_calls_are_named_in_the_order_in_which_they_run(recorder: Recorder) -> None:
    run(recorder, "fit = study.spatial(lagged=['GIA']).fit()", "effects = fit.effects()", "effects")
    assert recorder.makers() == ["Study.spatial", "SpatialPanel.fit", "PanelResults.effects"]


def test_what_lies_in_a_dictionary_is_named_too(recorder: Recorder) -> None:
    run(recorder, "fits = {w: study.but(weights=w).spatial().fit() for w in ['rook']}")
    run(recorder, "effects = {w: fit.effects() for w, fit in fits.items()}", "effects")
    assert recorder.makers() == [
        "Study.but", "Study.spatial", "SpatialPanel.fit", "PanelResults.effects",
    ]  # fmt: skip


def test_real_figures_are_found_also_when_they_are_in_memory(recorder: Recorder) -> None:
    for _ in range(2):
        run(recorder, "y = study.frame('CP')", "y.mean()")
        assert {"emissions.csv", "gdp.csv"} <= used(recorder)
        assert "technology.csv" not in used(recorder)


def test_a_statement_that_fails_shows_its_own_line(recorder: Recorder) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        run(recorder, "a = 1\nb = 2\nc = 1 / 0")
    assert caught.traceback[-1].lineno == 2


def test_a_function_is_named_by_the_outermost_package_that_offers_it() -> None:
    from spillover.econometrics import spatialpanel

    assert provenance.name_of(spatialpanel.SpatialPanel) == "econometrics.spatialpanel.SpatialPanel"


def test_outside_a_notebook_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "_recorders", [])
    monkeypatch.setitem(
        provenance.sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None)
    )
    assert provenance.made_by() == ([], [])
