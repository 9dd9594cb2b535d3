"""What a reader meets in a browser, wide and narrow, light and dark."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
WIDTHS = (1280, 500)
MODES = ("light", "dark")


def page_names() -> list[str]:
    from build_book import toc_pages

    return toc_pages(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))


def open_page(browser: Browser, width: int, mode: str) -> tuple[Page, list[str]]:
    """Open a new page, and a list that fills with what goes wrong on it."""
    page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    trouble: list[str] = []
    page.on("console", lambda m: trouble.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on(
        "requestfailed",
        lambda request: (
            # aborted: the test went on to the next page before an icon had come
            None
            if request.failure == "net::ERR_ABORTED"
            else trouble.append(f"not loaded: {request.url}")
        ),
    )
    page.on(
        "request",
        lambda request: (
            trouble.append(f"outside: {request.url}")
            if request.url.startswith(("http:", "https:", "ws:", "wss:"))
            else None
        ),
    )
    page.add_init_script(f"for (k of ['mode', 'theme']) localStorage[k] = '{mode}'")
    return page, trouble


def visit(page: Page, html: Path, name: str) -> None:
    page.goto((html / f"{name}.html").as_uri())
    page.wait_for_function("!document.querySelector('.math') || window.MathJax?.startup?.promise")
    page.evaluate("window.MathJax?.startup?.promise")


FIT = "document.documentElement.scrollWidth - window.innerWidth"
FORMULAE = (
    "['.math', 'mjx-container svg', 'mjx-merror, [data-mml-node=merror]']"
    ".map(s => document.querySelectorAll(s).length)"
)
SCROLLING_TABLES = (
    "() => [...document.querySelectorAll('.pst-scrollable-table-container')]"
    ".filter(box => box.scrollWidth > box.clientWidth + 1)"
    ".map(box => `${box.querySelector('table').id} by "
    "${box.scrollWidth - box.clientWidth} pixels`)"
)
# Contrast of text with what is behind it.
FAINT = """() => {
  const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0.99) return c;
    }
    return [255, 255, 255];
  };
  const texts = '.verdict, .se, .provenance, .table-notes p, td, th, caption, '
    + 'figcaption p, .downloads a, .admonition-title, article p, article a';
  return [...document.querySelectorAll(texts)].filter(e => e.offsetParent).map(e => {
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return [ratio, e.className || e.tagName];
  }).filter(([ratio]) => ratio < 4.5).map(([r, n]) => `${n} ${r.toFixed(2)}`);
}"""


@pytest.fixture(scope="session")
def readings(browser: Browser, html: Path) -> dict[str, set[str]]:
    """Every page loaded once in each mode and measured at each width: what is wrong, by kind."""
    wrong: dict[str, set[str]] = {kind: set() for kind in ("page", "table", "contrast")}
    for mode in MODES:
        page, trouble = open_page(browser, WIDTHS[0], mode)
        for name in page_names():
            page.set_viewport_size({"width": WIDTHS[0], "height": 900})
            visit(page, html, name)
            wrong["page"] |= {f"{name}: {what}" for what in faults(page, mode)}
            wrong["contrast"] |= {f"{name}, {mode}: {what}" for what in page.evaluate(FAINT)}
            page.set_viewport_size({"width": WIDTHS[1], "height": 900})
            wrong["page"] |= {f"{name}: {what}" for what in faults(page, mode)}
            wrong["table"] |= {f"{name}: {what}" for what in page.evaluate(SCROLLING_TABLES)}
        wrong["page"] |= set(trouble)
        page.context.close()
    return wrong


def faults(page: Page, mode: str) -> list[str]:
    """What is wrong with an open page at its present width."""
    found = []
    if (wide := page.evaluate(FIT)) > 0:
        found.append(f"{wide} pixels too wide at {page.viewport_size}")
    if page.evaluate("document.documentElement.dataset.theme") != mode:
        found.append(f"not {mode}")
    formulae, drawn, errors = page.evaluate(FORMULAE)
    if drawn < formulae or errors:
        found.append(f"{drawn} of {formulae} formulae drawn, {errors} with errors")
    return found


def test_pages_fit_load_nothing_and_render_their_formulae(readings: dict[str, set[str]]) -> None:
    assert readings["page"] == set()


def test_tables_do_not_scroll_on_a_narrow_screen(readings: dict[str, set[str]]) -> None:
    assert readings["table"] == set()


def test_badges_and_notes_can_be_read(readings: dict[str, set[str]]) -> None:
    """Contrast at least 4.5 to 1 (WCAG AA)."""
    assert readings["contrast"] == set()


def test_the_theme_can_be_switched(browser: Browser, html: Path) -> None:
    page, trouble = open_page(browser, 1280, "light")
    visit(page, html, "index")
    seen = set()
    for _ in range(3):
        page.locator("button.theme-switch-button:visible").first.click()
        seen.add(page.evaluate("document.documentElement.dataset.theme"))
    page.context.close()
    assert seen == {"light", "dark"}
    assert trouble == []


def test_the_search_finds_a_word(browser: Browser, html: Path) -> None:
    page, trouble = open_page(browser, 1280, "light")
    page.goto(f"{(html / 'search.html').as_uri()}?q=colophon")
    page.wait_for_selector("#search-results ul.search li a", timeout=10_000)
    titles = page.locator("#search-results ul.search li a").all_inner_texts()
    page.context.close()
    assert any("Colophon" in title for title in titles)
    assert trouble == []
