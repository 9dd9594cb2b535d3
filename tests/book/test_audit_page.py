"""The audit's page and the command show one list."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from spillover.replication.audit import findings, questions


def test_the_page_shows_the_findings_of_the_command(html: Path) -> None:
    (file,) = html.glob("_downloads/*/tab-audit-certain.csv")
    shown, expected = pd.read_csv(file), findings()
    assert shown["where"].to_list() == expected["where"].to_list()
    assert shown["result"].to_list() == expected["result"].to_list()
    words = (html / "chapters/beyond/audit.html").read_text(encoding="utf-8")
    assert f">{len(questions())}</span> questions to the published numbers" in words
