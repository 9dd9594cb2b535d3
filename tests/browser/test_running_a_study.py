"""A reader changes the study and gets its effects, in Chromium, on a page from a server."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import run_here
from playwright.sync_api import Browser, Locator, Page, expect
from test_reading import AXE, open_page

pytestmark = pytest.mark.skipif(
    not run_here.wanted(), reason="the site has no box to run a study in; RUN_HERE=1 builds it"
)
PAGE = "chapters/carbon/durbin.html"
EXACT = "\nprint(fit.effects().to_numpy().tolist())"
BOX_FAULTS = """async () => (await axe.run('.run-here', {preload: false})).violations
  .map(rule => rule.id)"""
LINES = [
    "study = CARBON.but(weights='5 nearest')\n" + run_here.FIT,
    "study = CARBON.but(weights='economic-geographic mix', without=('Qinghai',))\n" + run_here.FIT,
    "study = CARBON.but(CP='CEADs sectoral', years=(2013, 2019))\n" + run_here.FIT,
    "study = CARBON.but(controls=('Agdp', 'IND'), GIA='hydro and wind')\n" + run_here.FIT,
    "study = CARBON.but(fixed_effects='time', lagged=('GIA',), correction=None)\n" + run_here.FIT,
    "study = GROWTH\nfit = study.spatial('sdem').fit(cov_type='observed')",
]


@pytest.fixture(scope="module")
def ready(browser: Browser, server: str) -> Iterator[tuple[Page, list[str], list[str]]]:
    """The page after its own line was run, what went wrong on it, and all that it asked for."""
    page, trouble = open_page(browser, 1280, "light", server)
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    begin(page, f"{server}/{PAGE}", asked)
    yield page, trouble, asked
    page.context.close()


def begin(page: Page, address: str, asked: list[str]) -> None:
    """Run the line of a page, with the keyboard; nothing is fetched before."""
    page.goto(address)
    page.locator(".run-here summary").press("Enter")
    assert not [url for url in asked if "worker" in url or url.endswith(".bin")]
    assert "MB" in page.locator(".run-here-go").inner_text()
    page.locator(".run-here-go").press("Enter")
    page.locator(".run-here-results table").nth(1).wait_for(timeout=120_000)


def cells(table: Locator) -> list[list[str]]:
    """Rows of a table as text, without the breaks between an estimate and its error."""
    rows = table.locator("tbody tr").all()
    return [["".join(c.split()) for c in row.locator("th, td").all_inner_texts()] for row in rows]


def expected(code: str) -> list[list[str]]:
    rows = run_here.native(code)["rows"]
    return [[t, *(f"{value}{stars}({error})" for value, stars, error in r)] for t, *r in rows]


def run(page: Page, code: str) -> None:
    page.locator("#run-here-lines").fill(code)
    page.locator("#run-here-lines").press("Control+Enter")
    page.locator(".run-here-go:enabled").wait_for(timeout=60_000)


def test_the_line_of_the_page_gives_its_table(ready: tuple[Page, list[str], list[str]]) -> None:
    page, _, _ = ready
    here, yours = (cells(page.locator(".run-here-results table").nth(i)) for i in (0, 1))
    assert here == yours == expected(f"study = CARBON\n{run_here.FIT}")
    assert cells(page.locator("table#tab-durbin")) == here


@pytest.mark.parametrize("code", LINES)
def test_every_digit_is_that_of_a_native_estimate(
    ready: tuple[Page, list[str], list[str]], code: str
) -> None:
    page, _, _ = ready
    run(page, code + EXACT)
    assert cells(page.locator(".run-here-results table").nth(1)) == expected(code)
    found, wanted = (
        np.array(ast.literal_eval(text.replace("nan", "None")), dtype=float)
        for text in (
            page.locator(".run-here-note").last.inner_text(),
            run_here.native(code + EXACT)["notes"][-1],
        )
    )
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-9)


def test_the_other_paper_runs_on_a_phone_in_the_dark(browser: Browser, server: str) -> None:
    page, trouble = open_page(browser, 360, "dark", server)
    begin(page, f"{server}/chapters/growth/durbin.html", [])
    here, yours = (cells(page.locator(".run-here-results table").nth(i)) for i in (0, 1))
    page.context.close()
    assert here == yours == expected(f"study = GROWTH\n{run_here.FIT}")
    assert trouble == []


def test_a_mistake_is_told_in_the_packages_words(ready: tuple[Page, list[str], list[str]]) -> None:
    page, _, _ = ready
    code = f"study = CARBON.but(weights='6 next')\n{run_here.FIT}"
    run(page, code)
    assert page.locator(".run-here-status").inner_text() == run_here.native(code)["error"]
    assert page.locator(".run-here-results table").count() == 0
    run(page, "from spillover import reliability")
    status = page.locator(".run-here-status")
    assert "spillover.multiverse is not available in the browser" in status.inner_text()
    assert status.locator("a").get_attribute("href") == "../beyond/fork.html"


def test_it_can_be_stopped_and_run_again_without_a_second_download(
    ready: tuple[Page, list[str], list[str]],
) -> None:
    page, _, asked = ready
    page.locator("#run-here-lines").fill("while True: pass")
    page.locator(".run-here-go").click()
    expect(page.locator(".run-here-status")).to_contain_text("Estimating")
    assert page.evaluate("1 + 1") == 2  # the page answers meanwhile
    page.locator("button", has_text="Stop").click()
    expect(page.locator(".run-here-status")).to_have_text("Stopped.")
    run(page, f"study = CARBON\n{run_here.FIT}")
    assert page.locator(".run-here-results table").count() == 2
    assert sorted(u.rsplit("/", 1)[1][:7] for u in asked if u.endswith(".bin")) == [
        "library",
        "program",
    ]


def test_the_box_is_accessible_and_fits(ready: tuple[Page, list[str], list[str]]) -> None:
    page, trouble, _ = ready
    run(page, f"study = CARBON\n{run_here.FIT}")
    page.evaluate(AXE)
    for link in page.locator(".run-here a").evaluate_all("all => all.map(a => a.href)"):
        address, _, anchor = link.partition("#")
        assert f'id="{anchor}"' in page.request.get(address).text() or not anchor, link
        assert page.request.get(address).ok, link
    for mode in ("light", "dark"):
        page.evaluate("mode => { document.documentElement.dataset.theme = mode }", mode)
        found = page.evaluate(BOX_FAULTS)
        assert found == []
    for width in (500, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        boxes = page.locator(".run-here-results > div")
        assert boxes.evaluate_all("all => all.filter(b => b.scrollWidth > b.clientWidth)") == []
    assert trouble == []


def test_a_page_opened_as_a_file_says_what_to_do_instead(browser: Browser, html: Path) -> None:
    page, trouble = open_page(browser, 500, "light")
    page.goto((html / PAGE).as_uri())
    page.locator(".run-here summary").click()
    box = page.locator(".run-here")
    assert box.locator("textarea, button").count() == 0
    assert "make serve RUN_HERE=1" in box.inner_text()
    for link in box.locator("a").all():
        target = (html / PAGE).parent / str(link.get_attribute("href"))
        assert target.resolve().is_file(), target
    page.context.close()
    assert trouble == []
