"""What holds for every figure: type, paper, bounds, bytes, no trace in matplotlib's settings."""

from __future__ import annotations

import inspect
import itertools
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.text import Text

from conftest import GALLERY
from spillover.book import figures
from spillover.book.figures import PaperFigure, style
from spillover.replication import verdicts


def texts(figure: PaperFigure) -> list[Text]:
    return [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]


def test_type_is_large_enough_and_of_one_face(any_figure: PaperFigure) -> None:
    # 328 and 704 pixels: the widths of a figure on screens of 360 and of more than 600 pixels.
    pixels = 328 if any_figure.get_figwidth() < 5 else 560
    smallest = min(text.get_fontsize() for text in texts(any_figure))
    assert smallest * pixels / (72 * any_figure.get_figwidth()) >= 9
    assert min(text.get_fontsize() for text in texts(any_figure)) >= 9
    assert {text.get_fontname() for text in texts(any_figure)} == {"DejaVu Sans"}


def test_ground_is_paper(any_figure: PaperFigure) -> None:
    assert to_hex(any_figure.get_facecolor()) == style.PAPER


def undrawn(figure: PaperFigure) -> set[Text]:
    """Labels of ticks that lie outside their axis' limits: they exist, but are not drawn."""
    every, shown = set(), set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            every |= {t for tick in axis.get_major_ticks() for t in (tick.label1, tick.label2)}
            shown |= {t for tick in axis._update_ticks() for t in (tick.label1, tick.label2)}
    return every - shown


def test_no_word_leaves_the_page(any_figure: PaperFigure) -> None:
    page = any_figure.bbox
    for text in set(texts(any_figure)) - undrawn(any_figure):
        box = Text.get_window_extent(text)
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= page.x1 + 1 and box.y1 <= page.y1 + 1
        assert inside, f"{text.get_text()!r} leaves the page: {box}"


@pytest.mark.parametrize("name", GALLERY)
def test_two_drawings_give_the_same_bytes(name: str, tmp_path: Path) -> None:
    data = pd.DataFrame({"a": [1.5, 2.5]}, index=pd.Index(["x", "y"], name="unit"))
    first = figures.save(GALLERY[name](), tmp_path / "first", name, data)
    second = figures.save(GALLERY[name](), tmp_path / "second", name, data)
    assert list(first) == ["png", "svg", "csv"]
    for kind in first:
        assert first[kind].read_bytes() == second[kind].read_bytes(), kind
    svg = first["svg"].read_text(encoding="utf-8")
    assert "<dc:date>" not in svg
    assert first["svg"].stat().st_size < 1_300_000
    assert first["csv"].read_text(encoding="utf-8") == "unit,a\nx,1.5\ny,2.5\n"


def test_a_foreign_style_leaves_no_trace(tmp_path: Path) -> None:
    data = pd.DataFrame({"a": [1]})
    plain = figures.save(GALLERY["moran_by_year"](), tmp_path / "plain", "f", data)
    with mpl.rc_context({"font.size": 31, "axes.facecolor": "red", "xtick.labelsize": 3}):
        other = figures.save(GALLERY["moran_by_year"](), tmp_path / "other", "f", data)
    assert plain["png"].read_bytes() == other["png"].read_bytes()


def test_matplotlib_settings_and_pyplot_stay_untouched() -> None:
    before = dict(mpl.rcParams)
    GALLERY["coefficient_plot"]()
    assert dict(mpl.rcParams) == before
    from matplotlib import pyplot

    assert pyplot.get_fignums() == []


def test_every_public_function_is_in_the_gallery() -> None:
    """A new figure joins the tests above, or this one fails."""
    functions = {n for n in figures.__all__ if inspect.isfunction(getattr(figures, n))}
    used = set().union(*(set(f.__code__.co_names) for f in GALLERY.values()))
    assert functions - used == {"save"}


# Colour, checked with formulae from outside: CIE L*a*b*, WCAG contrast, and the deuteranopia
# and protanopia matrices of Machado, Oliveira and Fernandes (2009), severity 1.
MACHADO = {
    "normal": np.eye(3),
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}


def lab(colour: str, eye: str = "normal") -> np.ndarray:
    rgb = np.asarray(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(MACHADO[eye] @ linear, 0, 1)
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = to_xyz @ seen / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("eye", MACHADO)
def test_the_sequence_darkens_evenly_for_every_eye(eye: str) -> None:
    lightness = np.array([lab(c, eye)[0] for c in style.colours(9)])
    steps = -np.diff(lightness)
    assert (steps > 0).all()
    assert steps.max() / steps.min() < 1.6


@pytest.mark.parametrize("eye", MACHADO)
@pytest.mark.parametrize(
    "palette",
    [set(style.VERDICTS.values()), style.CLUSTERS.values(), [style.HERE, style.PRINTED]],
    ids=["verdicts", "clusters", "here and printed"],
)
def test_categories_stay_apart_for_every_eye(palette: list[str], eye: str) -> None:
    pairs = itertools.combinations(palette, 2)
    assert min(np.linalg.norm(lab(a, eye) - lab(b, eye)) for a, b in pairs) > 15


@pytest.mark.parametrize("colour", [style.INK, style.MUTED, *style.SERIES])
def test_words_contrast_with_paper(colour: str) -> None:
    paper, ink = style.luminance(style.PAPER), style.luminance(colour)
    assert (paper + 0.05) / (ink + 0.05) >= 4.5


@pytest.mark.parametrize("fill", [*style.colours(7), *style.CLUSTERS.values()])
def test_words_contrast_with_the_fill_under_them(fill: str) -> None:
    a, b = sorted([style.luminance(fill), style.luminance(style.ink_on(fill))])
    assert (b + 0.05) / (a + 0.05) >= 3.5


def test_every_verdict_has_a_colour() -> None:
    assert set(style.VERDICTS) == set(itertools.chain(*verdicts.VERDICTS.values()))
    for names in verdicts.VERDICTS.values():
        assert len({style.VERDICTS[name] for name in names}) in (len(names), 1)
