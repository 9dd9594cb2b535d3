"""What a reader meets in a browser, wide and narrow, light and dark."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
WIDTHS = (1280, 500, 360)
MODES = ("light", "dark")


def page_names() -> list[str]:
    from build_book import toc_pages

    return toc_pages(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))


def open_page(
    browser: Browser, width: int, mode: str, served: str | None = None
) -> tuple[Page, list[str]]:
    """Open a new page, and a list that fills with what goes wrong on it.

    Pages are opened as files; with ``served``, from that address and no other.
    """
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
            and not (served and request.url.startswith(served))
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
# All rules of WCAG 2.1 A and AA and the best practices in the light scheme. The dark one differs in
# colours alone: contrast is measured there on pages that together have all components. All code has
# one palette, so that of code is measured on one page.
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
CODE_PAGE = "chapters/beyond/fork"
DARK_PAGES = {
    "index",
    "search",
    "chapters/carbon/durbin",
    "chapters/appendix/data",
    "chapters/appendix/references",
    CODE_PAGE,
}
VIOLATIONS = """async ([light, code]) => {
  const run = async (where, options) =>
    (await axe.run(where, {resultTypes: ['violations'], preload: false, ...options})).violations
      .flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(' ')}`));
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];
  const rest = {'color-contrast': {enabled: false}};
  return [
    ...(light ? await run(document, {runOnly: {type: 'tag', values: tags}, rules: rest}) : []),
    ...await run(code ? document : {exclude: [['div.highlight']]}, {runOnly: ['color-contrast']}),
  ];
}"""
# What scrolls sideways and does not say so.
SILENT = """() => [...document.querySelectorAll(
    '.pst-scrollable-table-container, div.highlight > pre, mjx-container[display=true]')]
  .filter(box => box.scrollWidth > box.clientWidth + 1)
  .filter(box => box.tabIndex !== 0 || !box.classList.contains('more-right')
    || !(box.matches('mjx-container') || (box.role === 'region' && box.ariaLabel)))
  .map(box => box.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="session")
def readings(browser: Browser, html: Path) -> dict[str, set[str]]:
    """Every page loaded once in each mode and measured at each width: what is wrong, by kind."""
    wrong: dict[str, set[str]] = {
        kind: set() for kind in ("page", "table", "silent", "axe", "contrast")
    }
    for mode in MODES:
        page, trouble = open_page(browser, WIDTHS[0], mode)
        for name in [*page_names(), "search", "genindex"]:
            page.set_viewport_size({"width": WIDTHS[0], "height": 900})
            visit(page, html, name)
            wrong["contrast"] |= {f"{name}, {mode}: {what}" for what in page.evaluate(FAINT)}
            if mode == "light" or name in DARK_PAGES:
                page.evaluate(AXE)
                found = page.evaluate(VIOLATIONS, [mode == "light", name == CODE_PAGE])
                wrong["axe"] |= {f"{name}, {mode}: {what}" for what in found}
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                wrong["page"] |= {f"{name}: {what}" for what in faults(page, mode)}
                if width == 500:
                    tables = page.evaluate(SCROLLING_TABLES)
                    wrong["table"] |= {f"{name}: {what}" for what in tables}
            page.wait_for_timeout(100)
            wrong["silent"] |= {f"{name}: {what}" for what in page.evaluate(SILENT)}
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


def test_what_scrolls_on_a_phone_says_so(readings: dict[str, set[str]]) -> None:
    assert readings["silent"] == set()


def test_badges_and_notes_can_be_read(readings: dict[str, set[str]]) -> None:
    """Contrast at least 4.5 to 1 (WCAG AA)."""
    assert readings["contrast"] == set()


def test_pages_are_accessible(readings: dict[str, set[str]]) -> None:
    """No violation of WCAG 2.1 AA or of a best practice that axe-core finds."""
    assert readings["axe"] == set()


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


def cell_of_a_table(html: Path) -> str:
    """A number that one table prints: the last indirect effect of Table 7.1."""
    text = (html / "chapters/carbon/durbin.html").read_text(encoding="utf-8")
    table = BeautifulSoup(text, "html.parser").select_one("table#tab-durbin")
    assert table is not None
    cell = table.select("tbody tr")[-1].select("td")[2]
    return next(cell.stripped_strings).lstrip("−").rstrip("*")


@pytest.mark.parametrize("way", ["file", "http"])
def test_the_search_finds_a_cell_of_a_table(
    browser: Browser, html: Path, server: str, way: str
) -> None:
    number = cell_of_a_table(html)
    page, trouble = open_page(browser, 360, "dark", server if way == "http" else None)
    top = server if way == "http" else html.as_uri()
    page.goto(f"{top}/search.html?q={number}")
    hit = page.locator(".book-hits li", has=page.locator("a[href$='#tab-durbin']"))
    hit.wait_for(timeout=10_000)
    assert number in hit.locator(".book-excerpt mark").all_inner_texts()
    assert "7. Direct effects" in hit.inner_text()
    page.evaluate(AXE)
    found = page.evaluate(VIOLATIONS, [True, True])
    hit.locator("a").click()
    page.wait_for_url("**/durbin.html*#tab-durbin")
    assert page.locator("#tab-durbin").is_visible()
    page.context.close()
    assert trouble == []
    assert found == []


def test_the_search_dialog_shows_results_and_follows_the_keyboard(
    browser: Browser, html: Path
) -> None:
    page, trouble = open_page(browser, 1280, "light")
    visit(page, html, "chapters/carbon/maps")
    page.keyboard.press("Control+k")
    page.keyboard.type("wild cluster bootstrap")
    # results of the first letters may come before the last one is typed
    words = page.locator("#pst-search-dialog .book-hits li").first.locator("mark")
    words.filter(has_text="bootstrap").first.wait_for(timeout=20_000)
    marks = page.locator("#pst-search-dialog .book-hits li").first.locator("mark")
    assert {"wild", "cluster", "bootstrap"} <= {m.lower() for m in marks.all_inner_texts()}
    page.keyboard.press("ArrowDown")
    first = page.locator("#pst-search-dialog .book-hits a").first
    assert first.evaluate("a => a === document.activeElement")
    page.keyboard.press("Enter")
    page.wait_for_url("**highlight=**")
    page.context.close()
    assert trouble == []


def test_the_search_box_stays_in_view(browser: Browser, html: Path) -> None:
    page, _ = open_page(browser, 1280, "light")
    visit(page, html, "index")
    bar = page.locator("#pst-primary-sidebar")
    bar.evaluate("bar => bar.scrollTo(0, bar.scrollHeight)")
    assert bar.evaluate("bar => bar.scrollTop") > 100
    top = page.locator(".search-button-field").evaluate("box => box.getBoundingClientRect().top")
    page.context.close()
    assert 0 <= top < 100


def test_every_figure_has_a_version_for_narrow_screens(html: Path) -> None:
    found, lacking = 0, []
    for page in html.glob("**/*.html"):
        tree = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        for image in tree.select("article figure.paper img"):
            found += 1
            source = image.parent and image.parent.select_one("source[media][srcset]")
            if source is None or not (page.parent / str(source["srcset"])).is_file():
                lacking.append(f"{page.stem}: {image['src']}")
    assert found > 40
    assert lacking == []


def test_a_figure_opens_at_full_size_on_a_phone(browser: Browser, html: Path) -> None:
    page, trouble = open_page(browser, 360, "light")
    visit(page, html, "chapters/carbon/durbin")
    figure = page.locator("figure.paper img").first
    small = figure.evaluate("image => image.clientWidth")
    figure.click()
    large = page.locator("dialog.book-figure[open] img")
    assert large.evaluate("image => image.clientWidth") > 2.5 * small
    assert large.get_attribute("alt") == figure.get_attribute("alt")
    page.keyboard.press("Escape")
    assert not large.is_visible()
    page.context.close()
    assert trouble == []


# A sheet of A4 less margins of two centimetres, in the pixels of a style sheet.
SHEET = 642
CUT = """() => [...document.querySelectorAll('article table')]
  .filter(table => table.offsetParent && table.scrollWidth > %d + 1)
  .map(table => `${table.id}: ${table.scrollWidth}`)"""


@pytest.mark.parametrize("name", ["index", "chapters/carbon/durbin", "chapters/beyond/scorecard"])
def test_paper_has_no_sidebars_and_whole_tables(browser: Browser, html: Path, name: str) -> None:
    page, _ = open_page(browser, SHEET, "light")
    visit(page, html, name)
    page.emulate_media(media="print")
    for part in (".bd-sidebar-primary", ".bd-sidebar-secondary", ".bd-header-article"):
        assert not page.locator(part).first.is_visible(), part
    boxes = page.locator(".pst-scrollable-table-container")
    assert set(boxes.evaluate_all("all => all.map(b => getComputedStyle(b).overflowX)")) == {
        "visible"
    }
    cut = page.evaluate(CUT % SHEET)
    page.context.close()
    assert cut == []
