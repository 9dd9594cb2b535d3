"""Evidence on the second paper's claims: one for each, judged by the numbers that it names."""

import pandas as pd
import pytest

from spillover.data import own
from spillover.replication import growth_claims, growth_evidence, published, scorecard
from spillover.replication.growth_evidence import COMPOSITE, ECONOMIC, MIX, Effect, proxies
from spillover.replication.scorecard.evidence import Evidence
from spillover.replication.scorecard.registry import examiners
from spillover.studies.study import GROWTH


@pytest.fixture(scope="module")
def evidence():
    return scorecard.claims_evidence("growth", GROWTH)


def effects(monkeypatch, **found):
    """Let the Durbin model find these effects of (variable, effect) under any weights."""

    def table(e, weights, *add):
        cells = {}
        for key, (value, p) in found.items():
            symbol, which = key.split("__")
            cells[(which, "effect"), symbol.replace("_x_", ":")] = value
            cells[(which, "pvalue"), symbol.replace("_x_", ":")] = p
        series = pd.Series({(*k[0], k[1]): v for k, v in cells.items()})
        return series.unstack([0, 1])

    for module in (growth_claims, growth_evidence):
        monkeypatch.setattr(module, "effects", table)


def verdict(claim):
    return examiners("growth")[claim](Evidence(GROWTH)).verdict


def test_every_claim_of_the_paper_has_evidence_and_nothing_else_has(evidence):
    assert list(evidence.index) == list(published.claims("growth").index)
    assert set(evidence["verdict"]) <= {"upheld", "not upheld"}
    assert evidence["evidence"].str.len().min() > 30


def test_claims_about_clusters_patents_and_firms_rest_on_proxies_and_say_so(evidence):
    about = published.claims("growth")["subject"].str.contains("LQ|RD|Indu")
    for claim in evidence.index:
        said = evidence["evidence"][claim].startswith("by proxy: ")
        assert said == proxies()[claim], claim
        assert proxies()[claim] or not about[claim], claim
    assert not proxies()["G02"]


def test_series_of_ones_own_are_no_proxies(monkeypatch, tmp_path):
    # Spans alone decide which variants there are.
    monkeypatch.setattr(own, "spans", lambda: {"nev_patents": (2011, 2022)})
    assert not proxies()["G12"]
    assert proxies()["G13"]


def test_the_numbers_in_a_sentence_are_the_models(evidence):
    table = GROWTH.but(weights=ECONOMIC).spatial().fit(cov_type="robust").effects()
    direct = table.loc["LQ", ("direct", "effect")]
    text = evidence.at["G05", "evidence"]
    assert f"{abs(direct):.3f}" in text
    assert ("−" in text) == (direct < 0)


def test_both_composites_are_named(evidence):
    for name in (COMPOSITE, MIX):
        total = GROWTH.but(weights=name).spatial().fit(cov_type="robust").effects()
        number = f"{abs(total.loc['LQ', ('total', 'effect')]):.3f}"
        assert number in evidence.at["G10", "evidence"]


@pytest.mark.parametrize(
    ("value", "p", "expected"),
    [(0.1, 0.5, "upheld"), (0.1, 0.05, "not upheld"), (-0.1, 0.5, "not upheld")],
)
def test_positive_but_not_significant(monkeypatch, value, p, expected):
    effects(monkeypatch, LQ__direct=(value, p), LQ__indirect=(value, p), LQ__total=(value, p))
    assert {verdict(c) for c in ("G05", "G06", "G07")} == {expected}


@pytest.mark.parametrize(
    ("value", "p", "expected"),
    [(0.1, 0.05, "upheld"), (0.1, 0.11, "not upheld"), (-0.1, 0.05, "not upheld")],
)
def test_positive_and_significant(monkeypatch, value, p, expected):
    effects(
        monkeypatch, LQ__indirect=(value, p), LQ__total=(value, p), RD__direct=(value, p),
        LQ_x_RD__direct=(value, p),
    )  # fmt: skip
    assert {verdict(c) for c in ("G08", "G10", "G12", "G14")} == {expected}


def test_negative_claims_need_a_negative_and_significant_effect(monkeypatch):
    for value, p, expected in ((-0.1, 0.05, "upheld"), (-0.1, 0.2, "not upheld")):
        effects(monkeypatch, LQ__indirect=(value, p), LQ_x_Indu__direct=(value, p))
        assert verdict("G16") == verdict("G18") == expected


def test_comparisons(monkeypatch):
    effects(monkeypatch, LQ__direct=(0.1, 0.01), LQ__indirect=(0.2, 0.01))
    assert verdict("G09") == "upheld"
    assert verdict("G04") == "not upheld"
    effects(monkeypatch, LQ__direct=(0.2, 0.01), LQ__indirect=(0.1, 0.01))
    assert verdict("G09") == "not upheld"
    effects(monkeypatch, RD__direct=(0.1, 0.01), Indu__direct=(0.1, 0.01))
    assert (verdict("G15"), verdict("G17")) == ("not upheld", "not upheld")
    effects(monkeypatch, RD__direct=(0.1, 0.01), Indu__direct=(0.1, 0.2))
    assert (verdict("G15"), verdict("G17")) == ("upheld", "upheld")


def test_an_effect_reads_as_value_and_p():
    assert str(Effect(-0.0229, 0.042)) == "−0.023 (p 0.042)"
    assert str(Effect(0.1, 1e-9)) == "0.100 (p <0.001)"
