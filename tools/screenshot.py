"""Take pictures of built pages, wide and narrow, light and dark, to be looked at.

It needs a Chromium on this machine; it judges nothing.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from inputs import ROOT
from playwright.sync_api import sync_playwright

WIDTHS = (1280, 500)
MODES = ("light", "dark")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def take(pages: list[str], folder: Path, html: Path) -> None:
    """Save ``page-width-mode.png`` for each page into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or "chromium", args=FLAGS
        )
        for mode in MODES:
            for width in WIDTHS:
                view = browser.new_page(viewport={"width": width, "height": 900})
                view.add_init_script(f"for (k of ['mode', 'theme']) localStorage[k] = '{mode}'")
                for page in pages:
                    view.goto((html / f"{page}.html").as_uri())
                    view.wait_for_function("!window.MathJax?.startup || MathJax.startup.promise")
                    view.wait_for_timeout(300)
                    name = f"{page.replace('/', '-')}-{width}-{mode}.png"
                    view.screenshot(path=folder / name, full_page=True)
                    print(folder / name)
                view.close()
        browser.close()


def main() -> None:
    """Read the command line and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="+", help="pages by name: index chapters/carbon/moran")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    arguments = parser.parse_args()
    take(arguments.pages, arguments.folder, ROOT / "_build" / "html")


if __name__ == "__main__":
    main()
