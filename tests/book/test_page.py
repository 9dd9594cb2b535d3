"""Facts and figures on a page: what is handed to MyST, what is saved, what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spillover.book import page
from spillover.book.figures import PaperFigure

ALT = "A line rises from left to right without a break."


@pytest.fixture(autouse=True)
def chapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPILLOVER_ARTIFACTS", str(tmp_path))
    monkeypatch.setenv("SPILLOVER_CHAPTER", "chapters/carbon/moran")
    monkeypatch.setenv("SPILLOVER_FINGERPRINT", "0123456789abcdef")
    return tmp_path / "chapters" / "carbon" / "moran"


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


def test_a_figure_is_saved_described_and_linked(chapter: Path) -> None:
    shown = page.show(
        line(), "fig:a-line", "A line with $\\rho$", ALT,
        data=pd.DataFrame({"x": [1, 2]}), by=line, sources=["requirements.lock"],
    )  # fmt: skip
    assert {p.name for p in chapter.iterdir()} == {
        "fig-a-line.svg",
        "fig-a-line.png",
        "fig-a-line.csv",
    }
    text = shown.myst
    assert text.startswith("::::{figure} /")
    assert f':alt: "{ALT}"' in text
    assert ":name: fig:a-line" in text
    for ending in ("png", "svg", "csv"):
        assert f'href="../../downloads/chapters/carbon/moran/fig-a-line.{ending}"' in text
    assert "state <code>01234567</code>" in text
    assert f"{line.__module__}.line" in text


def test_the_same_figure_gives_the_same_bytes(chapter: Path) -> None:
    before = []
    for _ in range(2):
        page.show(line(), "fig:a-line", "A line", ALT, data=pd.DataFrame({"x": [1]}))
        now = [(chapter / f"fig-a-line.{kind}").read_bytes() for kind in ("svg", "png", "csv")]
        assert before in ([], now)
        before = now


@pytest.mark.parametrize("alt", ["", "A map", "fig-a-line.png"])
def test_a_figure_must_say_what_it_shows(alt: str) -> None:
    with pytest.raises(ValueError, match="description of fig:a-line"):
        page.show(line(), "fig:a-line", "A line", alt, data=pd.DataFrame({"x": [1]}))


def test_quotes_and_colons_in_a_description_survive() -> None:
    alt = 'The "north": it rises # faster than the south\nby far.'
    text = page.show(line(), "fig:a-line", "A line", alt, data=pd.DataFrame({"x": [1]})).myst
    assert '\n:alt: "The \\"north\\": it rises # faster than the south by far."\n' in text
