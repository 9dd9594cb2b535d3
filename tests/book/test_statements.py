"""A falsehood stops the book, except where a reader's own series have changed the results."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import statements

from spillover.data import own


@pytest.fixture
def env():
    fallen = statements.Statement("It is positive.", "a.md:7", False, "x > 0, where x = -1")
    return SimpleNamespace(spillover_fallen={"chapters/growth/durbin": [fallen]})


def test_a_falsehood_stops_the_book(monkeypatch, env):
    monkeypatch.delenv("SPILLOVER_ONLY", raising=False)
    monkeypatch.setattr(own, "spans", dict)
    with pytest.raises(statements.StatementError, match=r"a\.md:7: .*It is positive.*x = -1"):
        statements.stop(None, env)


def test_a_book_on_series_of_ones_own_is_built_and_marked(monkeypatch, env):
    monkeypatch.delenv("SPILLOVER_ONLY", raising=False)
    monkeypatch.setattr(own, "spans", lambda: {"nev_output": (2011, 2022)})
    statements.stop(None, env)
    (fallen,) = env.spillover_fallen["chapters/growth/durbin"]
    assert statements.note(fallen).startswith("written for public data; does not hold here: x > 0")
