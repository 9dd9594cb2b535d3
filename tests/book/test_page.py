"""Facts and figures on a page: what is handed to MyST, what is saved, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spillover.book import page
from spillover.book.figures import PaperFigure

ALT = "A line rises from left to right without a break."


@pytest.fixture(autouse=True)
def artifacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "data" / "official").mkdir(parents=True)
    monkeypatch.setenv("SPILLOVER_ROOT", str(tmp_path))
    monkeypatch.setenv("SPILLOVER_FINGERPRINT", "0123456789abcdef")
    return tmp_path / "_build" / "artifacts"


def line() -> PaperFigure:
    figure = PaperFigure(4, 3)
    figure.add_subplot().plot([1, 2], [1, 3])
    return figure


@pytest.mark.parametrize(
    ("fact", "error"),
    [
        (0.5, TypeError),
        (np.float64(0.5), TypeError),
        (3, TypeError),
        ("nan", ValueError),
        ("", ValueError),
        ("0.1234567", ValueError),
    ],
)
def test_only_finished_text_is_said(fact: object, error: type[Exception]) -> None:
    with pytest.raises(error, match="fact 'rho'"):
        page.say(rho=fact)  # type: ignore[arg-type]


def test_a_fact_needs_a_plain_key() -> None:
    with pytest.raises(ValueError, match="lower-case"):
        page.say(**{"Rho-1": "0.5"})


@pytest.mark.parametrize("value", [pd.Series([True]), 1, 0.3, None, "yes"])
def test_only_a_truth_value_is_checked(value: object) -> None:
    with pytest.raises(TypeError, match="condition 'rising' is a "):
        page.check(rising=value)  # type: ignore[arg-type]


def test_what_is_refused_is_shown_and_what_is_not_stops(capsys: pytest.CaptureFixture) -> None:
    with page.refused():
        page.say(share=0.25)
    assert capsys.readouterr().out.startswith("fact 'share' is a float, expected text")
    with pytest.raises(ValueError, match="nothing was refused"), page.refused():
        pass
    with pytest.raises(KeyError), page.refused():
        raise KeyError("x")


def test_a_condition_is_kept_as_written_with_its_values(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, str] = {}
    monkeypatch.setattr("myst_nb.glue", lambda key, value, display: kept.update({key: value}))
    effect, p, table = -0.02713, np.float64(0.75), pd.Series([1.0])
    page.check(
        rising=effect > 0
        and p < 0.05,
        short=len(table) == 1,
    )  # fmt: skip
    rising, short = json.loads(kept["if-rising"]), json.loads(kept["if-short"])
    assert rising["condition"] == "effect > 0 and p < 0.05"
    assert rising["values"] == {"effect": "-0.0271", "p": "0.75"}
    assert (rising["holds"], short["holds"], short["values"]) == (False, True, {})


def test_a_figure_is_saved_described_and_linked(artifacts: Path) -> None:
    data = pd.DataFrame({"x": [1, 2]})
    shown = page.show(line(), "fig:a-line", "A line with $\\rho$", ALT, data=data)
    saved = {p.name: p.relative_to(artifacts.parents[1]) for p in artifacts.glob("*/*")}
    assert sorted(saved) == ["fig-a-line.csv", "fig-a-line.png", "fig-a-line.svg"]
    text = shown.myst
    assert text.startswith(f"::::{{figure}} /{saved['fig-a-line.svg']}")
    assert f':alt: "{ALT}"' in text
    assert ":name: fig:a-line" in text
    for path in saved.values():
        assert f"{{download}}`{path.suffix[1:].upper()} </{path}>`" in text
    assert "state `01234567`" in text


def test_the_book_takes_the_text_and_a_notebook_the_drawing() -> None:
    shown = page.show(line(), "fig:a-line", "A line", ALT, data=pd.DataFrame({"x": [1]}))
    bundle, _ = shown._repr_mimebundle_()
    assert bundle["text/markdown"].startswith("::::{figure}")
    assert bundle["text/html"].startswith("<figure role=")


def test_the_same_figure_gives_the_same_files_and_another_one_others(artifacts: Path) -> None:
    for _ in range(2):
        page.show(line(), "fig:a-line", "A line", ALT, data=pd.DataFrame({"x": [1]}))
        assert len(list(artifacts.glob("*/*"))) == 3
    page.show(line(), "fig:a-line", "A line", ALT, data=pd.DataFrame({"x": [2]}))
    assert len(list(artifacts.glob("*/fig-a-line.csv"))) == 2
    assert len(list(artifacts.glob("*/fig-a-line.svg"))) == 1


@pytest.mark.parametrize("alt", ["", "A map", "fig-a-line.png"])
def test_a_figure_must_say_what_it_shows(alt: str) -> None:
    with pytest.raises(ValueError, match="description of fig:a-line"):
        page.show(line(), "fig:a-line", "A line", alt, data=pd.DataFrame({"x": [1]}))


def test_quotes_and_colons_in_a_description_survive() -> None:
    alt = 'The "north": it rises # faster than the south\nby far.'
    text = page.show(line(), "fig:a-line", "A line", alt, data=pd.DataFrame({"x": [1]})).myst
    assert '\n:alt: "The \\"north\\": it rises # faster than the south by far."\n' in text
