"""Each claim has evidence; the rules, tried on numbers whose verdicts follow by hand."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from spillover.data import own
from spillover.replication import claims, evidence, published, scorecard, verdicts
from spillover.replication.claims import Cell, ClaimError, Estimate, Evidence, decided, directed
from spillover.replication.evidence import COMPOSITE, ECONOMIC, MIX
from spillover.studies import CARBON, GROWTH

AGREES, DISAGREES = (f"not testable; by proxy: {word}" for word in ("agrees", "disagrees"))


@pytest.fixture(scope="module")
def carbon() -> pd.DataFrame:
    return scorecard.claims_evidence()


@pytest.fixture(scope="module")
def growth() -> pd.DataFrame:
    return scorecard.claims_evidence(GROWTH)


def test_every_claim_has_a_verdict_and_a_sentence_fit_to_print(carbon, growth):
    for paper, found in (("carbon", carbon), ("growth", growth)):
        assert list(found.index) == list(published.claims(paper).index)
        assert found["verdict"].isin(claims.VERDICTS).all()
        assert (found["evidence"].str.len() > 20).all()
        for text in found["evidence"]:
            assert not re.search(r"\bnan\b|\binf\b|\d\.\d{6}|Interval|\[\d+ rows", text), text


def test_totals(carbon):
    totals = scorecard.claims_summary(carbon)
    assert totals.loc["all", "total"] == len(carbon)
    assert totals.loc["hypothesis", "total"] == 3


def test_groups_that_are_not_public_are_said_to_be(carbon):
    for name in ("C06", "C50", "C51", "C52", "C53", "C54"):
        assert carbon.loc[name, "verdict"] == "not testable"
        assert "not public" in carbon.loc[name, "evidence"]


def test_only_the_claims_asked_for_are_examined():
    assert list(scorecard.claims_evidence(CARBON, "C59", "C60").index) == ["C59", "C60"]


def test_a_claim_without_evidence_and_evidence_without_a_claim_are_errors(monkeypatch):
    functions = evidence.REGISTRY["carbon"]
    fewer = {k: v for k, v in functions.items() if k != "C48"}
    monkeypatch.setitem(evidence.REGISTRY, "carbon", fewer)
    with pytest.raises(ClaimError, match="no evidence on C48"):
        scorecard.claims_evidence()
    for name in ("C99", "C01"):  # not claimed; judged by a rule
        more = {**functions, name: lambda e: decided(True, "nothing")}
        monkeypatch.setitem(evidence.REGISTRY, "carbon", more)
        with pytest.raises(ClaimError, match=name):
            scorecard.claims_evidence()
    with pytest.raises(ClaimError, match="C02"):
        evidence.claim("carbon", "C02")(lambda e: decided(True, ""))


@pytest.mark.parametrize(
    ("ours", "p", "sign", "level", "verdict"),
    [
        (0.1, 0.05, 1, 0.10, "upheld"),
        (0.1, 0.05, 1, 0.01, "not upheld"),
        (0.1, 0.20, 1, 0.10, "not upheld"),
        (-0.1, 0.05, 1, 0.10, "not upheld"),
        (-0.1, 0.05, -1, 0.10, "upheld"),
        (0.1, 0.90, 1, 1.0, "upheld"),
    ],
)
def test_a_direction_needs_sign_and_significance(ours, p, sign, level, verdict):
    assert directed([Estimate(ours, p)], sign, level).verdict == verdict
    both = [Estimate(ours, p), Estimate(0.1 * sign, 0.001)]
    assert directed(both, sign, level).verdict == verdict


@pytest.mark.parametrize(
    ("verdict", "p", "expected"),
    [
        ("reproduced", 0.01, "upheld"),
        ("supports", 0.01, "upheld"),
        ("other size", 0.01, "not upheld"),
        ("inconclusive", 0.01, "not upheld"),
        ("reproduced", 0.5, "not upheld"),
    ],
)
def test_a_size_needs_a_near_number(monkeypatch, verdict, p, expected):
    found = Cell(0.1, p, 8, "GIA", "indirect", 0.138, verdict, "")
    monkeypatch.setattr(Evidence, "cell", lambda *_: found)
    assert scorecard.claims_evidence(CARBON, "C39", "C39").loc["C39", "verdict"] == expected


PRINTED_SAY = {
    # printed: direct .090 (.026), indirect .138 (.056)
    "C01": "upheld",
    "C03": "upheld",
    "C38": "upheld",
    # .138/.056 = 2.46: p .014, not significant at 1 %
    "C43": "not upheld",
    "C39": "upheld",
    "C55": "upheld",
    # printed .040 (.024): p .096
    "C27": "upheld",
    "C28": "upheld",
    "C29": "upheld",
    "C30": "upheld",
    # printed URB .808 and −7.032; OP −1.842 and .534
    "C31": "upheld",
    "C32": "upheld",
    # printed .002 (.001) p .046, .001 (.001) p .317: not both at 10 %
    "C33": "not upheld",
    "C34": "upheld",
    "C37": "upheld",
    "C41": "upheld",
    # of 12 direct and total effects only ER's total loses its star: .252 (.168)
    "C45": "upheld",
    # 2016 to 2021 holds 2016 to 2020
    "C42": "upheld",
    "C44": "not testable",
    "C57": "not testable",
}


def test_what_the_printed_tables_say_of_the_claims(monkeypatch):
    """Were our numbers the printed ones: what do the tables themselves say?"""

    def as_printed(table, study):
        return verdicts.compare(published.load(table)[[*published.KEY, "value"]], table)

    monkeypatch.setattr(claims.tables, "compare", as_printed)
    for name, expected in PRINTED_SAY.items():
        found = scorecard.claims_evidence(CARBON, name, name)
        assert found.loc[name, "verdict"] == expected, name


def test_trend_by_hand():
    up = pd.Series([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert evidence.trend(up) == (pytest.approx(1.0), pytest.approx(2 / 720))
    assert evidence.rises(up)
    assert not evidence.rises(up[::-1])
    # 15 pairs, one discordant: (14 − 1)/15
    assert evidence.trend(pd.Series([1.0, 3.0, 2.0, 4.0, 5.0, 6.0]))[0] == pytest.approx(13 / 15)


def test_claims_about_clusters_patents_and_firms_rest_on_proxies_and_say_so(growth):
    about = published.claims("growth")["subject"].str.contains("LQ|RD|Indu")
    assert growth["proxy"][about].all()
    assert not growth.loc["G02", "proxy"]
    assert growth.index[~growth["verdict"].str.startswith("not testable")].to_list() == ["G02"]
    assert growth.loc["G01", "verdict"] == "not testable"  # of what the paper did
    by_proxy = growth["verdict"].str.contains("by proxy")
    assert growth.index[growth["proxy"] & ~by_proxy].to_list() == ["G01"]


def test_series_of_ones_own_are_no_proxies(monkeypatch):
    # Spans alone decide which variants there are.
    monkeypatch.setattr(own, "spans", lambda: {"nev_patents": (2011, 2022)})
    monkeypatch.setattr(Evidence, "effect", lambda *_: Estimate(0.1, 0.01))
    found = scorecard.claims_evidence(GROWTH, "G12", "G13")
    assert found["proxy"].to_dict() == {"G12": False, "G13": True}
    assert found["verdict"].to_dict() == {"G12": "upheld", "G13": DISAGREES}


def test_the_numbers_in_a_sentence_are_the_models(growth):
    for claim, name, which in (
        ("G05", ECONOMIC, "direct"), ("G10", COMPOSITE, "total"), ("G10", MIX, "total"),
    ):  # fmt: skip
        study = GROWTH.but(weights=name, correction=None)
        effects = study.spatial().fit(cov_type="clustered").effects()
        value = effects.loc["LQ", (which, "effect")]
        text = f"{'−' if value < 0 else ''}{abs(value):.3f}"
        assert text in growth.at[claim, "evidence"]


def growth_verdicts(monkeypatch, ids, **found):
    """Verdicts if the Durbin model found these effects (variable__effect) under any weights."""

    def effect(e, weights, symbol, which, *add, as_papers=True):
        return Estimate(*found[f"{symbol.replace(':', '_x_')}__{which}"])

    monkeypatch.setattr(Evidence, "effect", effect)
    return {i: scorecard.claims_evidence(GROWTH, i, i).loc[i, "verdict"] for i in ids.split()}


def test_a_dependence_on_the_matrix_and_competition_must_show_in_every_way(monkeypatch):
    """Economic distance against the composite; dummies against transformed; two quotients."""
    numbers = {
        ("economic distance", True): (-0.1, 0.05),
        ("economic-geographic product", True): (-0.1, 0.2),
        ("economic distance", False): (-0.1, 0.2),
        ("economic-geographic product", False): (-0.1, 0.05),
    }
    per_head = (-0.1, 0.5)

    def effect(e, weights, symbol, which, *add, as_papers=True):
        head = e.study.variable("LQ").variant == "vehicles per head"
        return Estimate(*(per_head if head else numbers[weights, as_papers]))

    monkeypatch.setattr(Evidence, "effect", effect)
    assert scorecard.claims_evidence(GROWTH, "G04", "G04").loc["G04", "verdict"] == AGREES
    assert scorecard.claims_evidence(GROWTH, "G18", "G18").loc["G18", "verdict"] == DISAGREES
    numbers["economic distance", False] = (-0.1, 0.05)
    per_head = (-0.1, 0.05)
    assert scorecard.claims_evidence(GROWTH, "G04", "G04").loc["G04", "verdict"] == DISAGREES
    assert scorecard.claims_evidence(GROWTH, "G18", "G18").loc["G18", "verdict"] == AGREES


@pytest.mark.parametrize(
    ("value", "p", "insignificant", "significant"),
    [
        (0.1, 0.5, AGREES, DISAGREES),
        (0.1, 0.05, DISAGREES, AGREES),
        (0.1, 0.11, AGREES, DISAGREES),
        (-0.1, 0.5, DISAGREES, DISAGREES),
        (-0.1, 0.05, DISAGREES, DISAGREES),
    ],
)
def test_positive_with_and_without_significance(monkeypatch, value, p, insignificant, significant):
    names = ("LQ__direct", "LQ__indirect", "LQ__total", "RD__direct", "LQ_x_RD__direct")
    found = dict.fromkeys(names, (value, p))
    weak = growth_verdicts(monkeypatch, "G05 G06 G07", **found)
    strong = growth_verdicts(monkeypatch, "G08 G10 G12 G14", **found)
    assert set(weak.values()) == {insignificant}
    assert set(strong.values()) == {significant}


def test_negative_claims_need_a_negative_and_significant_effect(monkeypatch):
    for value, p, expected in ((-0.1, 0.05, AGREES), (-0.1, 0.2, DISAGREES)):
        found = {"LQ__indirect": (value, p), "LQ_x_Indu__direct": (value, p)}
        assert set(growth_verdicts(monkeypatch, "G16 G18", **found).values()) == {expected}


def test_comparisons(monkeypatch):
    larger = {"LQ__direct": (0.1, 0.01), "LQ__indirect": (0.2, 0.01)}
    found = growth_verdicts(monkeypatch, "G04 G09", **larger)
    assert found == {"G04": DISAGREES, "G09": AGREES}
    smaller = {"LQ__direct": (0.2, 0.01), "LQ__indirect": (0.1, 0.01)}
    assert growth_verdicts(monkeypatch, "G09", **smaller) == {"G09": DISAGREES}
    both = {"RD__direct": (0.1, 0.01), "Indu__direct": (0.1, 0.01)}
    assert set(growth_verdicts(monkeypatch, "G15 G17", **both).values()) == {DISAGREES}
    one = {**both, "Indu__direct": (0.1, 0.2)}
    assert set(growth_verdicts(monkeypatch, "G15 G17", **one).values()) == {AGREES}


def test_an_estimate_reads_as_value_and_p():
    assert str(Estimate(-0.0229, 0.042)) == "−0.023 (p 0.042)"
    assert str(Estimate(0.1, 1e-9)) == "0.100 (p <0.001)"
