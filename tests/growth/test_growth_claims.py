"""Evidence on the second paper's claims: one for each, judged by the numbers that it names."""

import pandas as pd
import pytest

from spillover import growth_claims, published
from spillover.evidence import VERDICTS, Evidence, judged
from spillover.growth_claims import CLAIMS, COMPOSITE, ECONOMIC, MIX, Effect
from spillover.study import GROWTH


@pytest.fixture(scope="module")
def evidence():
    return {claim: gather() for claim, gather in CLAIMS.items()}


def effects(monkeypatch, **found):
    """Let the Durbin model find these effects of (variable, effect) under any weights."""

    def table(weights, *add):
        cells = {}
        for key, (value, p) in found.items():
            symbol, which = key.split("__")
            cells[(which, "effect"), symbol.replace("_x_", ":")] = value
            cells[(which, "pvalue"), symbol.replace("_x_", ":")] = p
        series = pd.Series({(*k[0], k[1]): v for k, v in cells.items()})
        return series.unstack([0, 1])

    monkeypatch.setattr(growth_claims, "_effects", table)


def verdict(claim):
    return CLAIMS[claim]().verdict


def test_every_claim_of_the_paper_has_evidence_and_nothing_else_has(evidence):
    assert list(evidence) == list(published.claims("growth").index)
    assert {e.verdict for e in evidence.values()} <= set(VERDICTS)


def test_claims_about_clusters_patents_and_firms_rest_on_proxies(evidence):
    claims = published.claims("growth")
    about = claims["subject"].str.contains("LQ|RD|Indu")
    for claim in claims.index[about]:
        assert evidence[claim].proxy, claim
    assert not evidence["G02"].proxy


def test_the_numbers_in_a_sentence_are_the_models(evidence):
    table = GROWTH.but(weights=ECONOMIC).spatial().fit(cov_type="robust").effects()
    direct = table.loc["LQ", ("direct", "effect")]
    assert f"{abs(direct):.3f}" in evidence["G05"].text
    assert ("−" in evidence["G05"].text) == (direct < 0)


def test_both_composites_are_named(evidence):
    for name in (COMPOSITE, MIX):
        total = GROWTH.but(weights=name).spatial().fit(cov_type="robust").effects()
        assert f"{abs(total.loc['LQ', ('total', 'effect')]):.3f}" in evidence["G10"].text


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


def test_evidence_needs_a_known_verdict_and_a_sentence():
    with pytest.raises(ValueError, match="choose from"):
        Evidence("maybe", "Who knows.")
    with pytest.raises(ValueError, match="without a sentence"):
        judged(True, " ")
