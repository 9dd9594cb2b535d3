"""The scorecard's links lead to a place on a built page."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from spillover.replication import published
from spillover.replication.scorecard import link


@pytest.mark.parametrize("table", published.tables().index)
def test_each_printed_table_has_an_address(html: Path, table: int) -> None:
    page, _, anchor = link(table).partition("#")
    soup = BeautifulSoup((html / page).read_text(encoding="utf-8"), "html.parser")
    assert soup.find(id=anchor) is not None, link(table)
