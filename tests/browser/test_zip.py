"""The zip of the site is read with no network and no server."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import zip_site
from playwright.sync_api import Browser


def test_the_unpacked_zip_reads_without_a_network(
    html: Path, browser: Browser, tmp_path: Path
) -> None:
    packed = zip_site.write(html, tmp_path / f"{zip_site.NAME}.zip")
    again = zip_site.write(html, tmp_path / "again" / packed.name)
    assert packed.read_bytes() == again.read_bytes()
    with ZipFile(packed) as files:
        files.extractall(tmp_path)
    index = tmp_path / zip_site.NAME / "index.html"

    with browser.new_context(offline=True) as context:
        page = context.new_page()
        asked: list[str] = []
        wrong: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("requestfailed", lambda request: wrong.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(index.as_uri())
        assert page.locator("a[href='spillover.pdf']").count() > 0
        page.locator("nav.bd-links a", has_text="Durbin").first.click()
        page.wait_for_function("window.MathJax?.startup?.promise")
        page.evaluate("MathJax.startup.promise")
        assert page.locator("mjx-container").count() > 3
        assert page.locator("figure img").first.evaluate("image => image.naturalWidth") > 100
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert wrong == []
    assert (index.parent / "spillover.pdf").read_bytes().startswith(b"%PDF")
