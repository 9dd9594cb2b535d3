"""Views react to a choice, long tables sort and filter, squares open on rows; nothing is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from test_reading import FIT, open_page, visit

from spillover import CARBON

EXPLORER, MAPS = "chapters/beyond/explorer", "chapters/carbon/maps"
NUMBERS, SCORECARD = "chapters/beyond/numbers", "chapters/beyond/scorecard"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page on which anything that goes wrong fails the test."""
    made, trouble = open_page(browser, 1280, "light")
    yield made
    made.context.close()
    assert trouble == []


def cells(page: Page, row: str) -> list[float]:
    texts = page.locator(f".explorer tr:has(th:text-is('{row}')) td").all_inner_texts()
    return [float(text.replace("\u2212", "-")) for text in texts]


def test_the_explorer_reacts_and_its_line_is_true(page: Page, html: Path) -> None:
    visit(page, html, EXPLORER)
    page.wait_for_selector(".explorer[data-shown]")
    before = cells(page, "direct"), page.locator(".explorer .told").inner_text()
    page.get_by_role("combobox", name="Weights").select_option("5 nearest")
    page.get_by_role("combobox", name="Variables with a spatial lag").select_option("exposure")
    page.get_by_role("combobox", name="Years").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("combobox", name="Standard errors").select_option("observed")
    page.wait_for_function(
        "document.querySelector('.explorer .line').textContent.includes('observed')"
    )
    assert cells(page, "direct") != before[0]
    assert page.locator(".explorer .told").inner_text() != before[1]
    found = eval(page.locator(".explorer .line").inner_text(), {"CARBON": CARBON})
    for effect in ("direct", "indirect", "total"):
        estimate, _, _, p = cells(page, effect)
        np.testing.assert_allclose(estimate, found[effect, "effect"], atol=6e-4)
        np.testing.assert_allclose(p, found[effect, "pvalue"], atol=6e-4)


def test_the_explorer_says_what_cannot_be_estimated(page: Page, html: Path) -> None:
    visit(page, html, EXPLORER)
    page.wait_for_selector(".explorer[data-shown]")
    page.get_by_role("combobox", name="Inventory of carbon").select_option("energy")
    told = "document.querySelector('.explorer .told').textContent"
    page.wait_for_function(f"{told}.includes('complete from 2011 to 2020')")


@pytest.mark.parametrize("width", [360, 500])
@pytest.mark.parametrize("name", [EXPLORER, MAPS, NUMBERS])
def test_views_fit_a_narrow_screen(browser: Browser, html: Path, name: str, width: int) -> None:
    page, trouble = open_page(browser, width, "dark")
    visit(page, html, name)
    page.wait_for_timeout(500)
    assert page.evaluate(FIT) <= 0
    page.context.close()
    assert trouble == []


def test_the_map_follows_the_province(page: Page, html: Path) -> None:
    visit(page, html, MAPS)
    page.wait_for_selector(".map[data-shown]")
    page.get_by_role("combobox", name="Colour by").select_option("weight")
    page.get_by_role("combobox", name="Province").select_option("Hainan")
    page.wait_for_function("document.querySelector('.map').dataset.shown.includes('Hainan')")
    # by convention Guangdong is Hainan's one neighbour
    assert "the largest: Guangdong 1.000." in page.locator(".map .told").inner_text()
    drawn = page.locator(".map .chart canvas")
    box = drawn.bounding_box() or {}
    drawn.click(position={"x": 0.2 * box["width"], "y": 0.35 * box["height"]})
    page.wait_for_function("document.querySelector('.map').dataset.shown.includes('Xinjiang')")


def test_the_table_of_numbers_filters_and_sorts(page: Page, html: Path) -> None:
    visit(page, html, NUMBERS)
    rows = page.locator("table.sortable tbody tr:visible")
    every = rows.count()
    page.get_by_role("combobox", name="Verdict").select_option("contradicts")
    kept = rows.count()
    assert 0 < kept < every
    assert all("contradicts" in text for text in rows.all_inner_texts())
    page.locator(".filters").evaluate(
        "form => { form.reset(); form.dispatchEvent(new Event('input')) }"
    )
    page.get_by_role("columnheader", name="Ours").focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    shown = [float(t.split("*")[0].replace("\u2212", "-").replace(",", ""))
             for t in page.locator("table.sortable tbody td:nth-child(4)").all_inner_texts()
             if t.strip() != "–"]  # fmt: skip
    assert len(shown) > every / 2
    assert shown == sorted(shown, reverse=True)


def test_a_square_opens_on_its_row(page: Page, html: Path) -> None:
    visit(page, html, SCORECARD)
    square = page.locator("figure.with-links svg a").nth(40)
    told = square.locator("title").text_content() or ""
    square.click()
    page.wait_for_url("**/numbers.html#*")
    row = page.locator("tr:has(:target)")
    assert row.is_visible()
    assert told.rpartition(", ")[2] in row.inner_text()


def test_pages_without_views_load_no_script_of_theirs(page: Page, html: Path) -> None:
    visit(page, html, "chapters/appendix/colophon")
    assert page.evaluate("typeof vegaEmbed") == "undefined"


def test_without_scripts_the_study_stays(browser: Browser, html: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((html / f"{EXPLORER}.html").as_uri())
    assert page.locator(".explorer form").is_hidden()
    found = CARBON.spatial().fit(cov_type="cr3").effects().loc["GIA"]
    estimate, *_, p = cells(page, "direct")
    np.testing.assert_allclose(
        [estimate, p], [found["direct", "effect"], found["direct", "pvalue"]], atol=6e-4
    )
    page.goto((html / f"{NUMBERS}.html").as_uri())
    assert page.locator("table.sortable tbody tr:visible").count() > 500
    context.close()
