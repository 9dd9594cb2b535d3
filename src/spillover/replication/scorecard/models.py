"""Claims about regressions: the choice of model, Tables 6, 7 and 8, and the hypotheses.

Ours are the models that the paper's text describes, on public figures.
"""

from __future__ import annotations

import pandas as pd

from spillover.econometrics.formats import fmt, interval, percent, pvalue
from spillover.replication.lags import lag_evidence
from spillover.replication.scorecard.evidence import (
    Cell,
    Evidence,
    Finding,
    decided,
    directed,
    printed,
    row_of,
    sized,
)
from spillover.replication.scorecard.registry import claim
from spillover.replication.target import target

EFFECTS = ("direct", "indirect", "total")
BOTH = ("OLS", "FE")


@claim("C01")
def home_effect(e: Evidence) -> Finding:
    """H1: the direct effect in Table 8."""
    return directed(e.cells(8, "GIA", ["direct"]))


@claim("C03", "C04")
def home_and_around(e: Evidence) -> Finding:
    """H3 and the abstract: direct and indirect effect in Table 8."""
    return directed(e.cells(8, "GIA", EFFECTS[:2]))


def _mediated(e: Evidence, kind: str) -> tuple[float, float, str]:
    effects = pd.DataFrame(e.study.mediate().effects()[kind])
    row = row_of(effects, "mediated")
    value, p = row["effect"], row["pvalue"]
    span = interval(row["low"], row["high"], 3)
    return value, p, f"mediated {kind} effect {fmt(value, 4)} {span} (p {pvalue(p)})"


@claim("C02")
def innovation_mediates_and_spills_over(e: Evidence) -> Finding:
    """H2: the product path, at home and around."""
    paths = [_mediated(e, kind) for kind in EFFECTS[:2]]
    return decided(all(v > 0 and p < 0.1 for v, p, _ in paths), "; ".join(w for _, _, w in paths))


@claim("C05")
def mediation_strengthens_around(e: Evidence) -> Finding:
    """The abstract: the mediated spillover."""
    value, p, words = _mediated(e, "indirect")
    return decided(value > 0 and p < 0.1, words)


@claim("C08")
def every_regressor_is_lagged(_: Evidence) -> Finding:
    """If controls are lagged, indirect over direct differs between them."""
    found = [lag_evidence(target(name)) for name in ("Table 8", "Table 9, 2016-2021")]
    ours = target("Table 8")
    ratio = ours.values["indirect"] / ours.values["direct"]
    controls = ratio[ours.controls]
    words = (
        f"in Table 8 indirect over direct lies between {fmt(controls.min(), 3)} and "
        f"{fmt(controls.max(), 3)} for all six controls and is {fmt(ratio['GIA'], 3)} for GIA; one "
        f"ρ of about {fmt(found[0]['rho'], 2)} ({fmt(found[1]['rho'], 2)} in 2016 to 2021) gives "
        "the former if no control is lagged"
    )
    return decided(bool(min(f["ratio_spread"] for f in found) > 0.2), words)


LM = ("LM error", "robust LM error", "LM lag", "robust LM lag")


def _tests(e: Evidence, rows: tuple[str, ...]) -> list[Cell]:
    return [e.cell(3, row, "test", "chi2") for row in rows]


@claim("C11")
def all_lm_tests_pass(e: Evidence) -> Finding:
    """All four at 10 %."""
    cells = _tests(e, LM)
    words = "; ".join(f"{c.row} p {pvalue(c.p)}" for c in cells)
    own = printed(3, "robust LM error", "test", "chi2")
    note = f"; the printed robust LM error of {fmt(own, 3)} is itself far below 2.706"
    return decided(all(c.p < 0.1 for c in cells), words + note)


@claim("C12")
def durbin_is_best(e: Evidence) -> Finding:
    """Both LR and both Wald tests at 1 %."""
    cells = _tests(e, ("LR SAR", "LR SEM", "Wald SAR", "Wald SEM"))
    words = "; ".join(f"{c.row} {fmt(c.ours, 1)} (p {pvalue(c.p)})" for c in cells)
    return decided(all(c.p < 0.01 for c in cells), words)


@claim("C26")
def pooled_coefficient(e: Evidence) -> Finding:
    """Table 6, OLS."""
    return sized(e.cell(6, "GIA", "OLS"))


@claim("C27")
def two_way_coefficient(e: Evidence) -> Finding:
    """Table 6, FE: smaller, positive, significant."""
    return sized(e.cell(6, "GIA", "FE"))


@claim("C28")
def income_and_density(e: Evidence) -> Finding:
    """Agdp and PDE in both columns."""
    return directed([*e.cells(6, "Agdp", BOTH), *e.cells(6, "PDE", BOTH)])


@claim("C29")
def secondary_sector(e: Evidence) -> Finding:
    """IND in both columns."""
    return directed(e.cells(6, "IND", BOTH), sign=-1)


@claim("C30")
def regulation(e: Evidence) -> Finding:
    """ER in both columns."""
    return directed(e.cells(6, "ER", BOTH))


@claim("C31")
def urbanisation_and_openness_change(e: Evidence) -> Finding:
    """Signs of URB and OP differ between the columns."""
    pairs = [e.cells(6, row, BOTH) for row in ("URB", "OP")]
    changed = all(a.ours * b.ours < 0 for a, b in pairs)
    return decided(changed, "; ".join(str(c) for pair in pairs for c in pair))


@claim("C32")
def two_way_fits_better(e: Evidence) -> Finding:
    """R² of the two columns."""
    fe, ols = (e.cell(6, "model", c, "r_squared") for c in ("FE", "OLS"))
    words = f"R² {fmt(fe.ours, 4)} with effects (printed {fmt(fe.printed, 4)}: {fe.verdict})"
    return decided(fe.near and fe.ours > ols.ours, f"{words}, {fmt(ols.ours, 4)} pooled")


@claim("C33")
def agglomeration_raises_innovation(e: Evidence) -> Finding:
    """Table 7, model 2."""
    return directed(e.cells(7, "GIA", ["(2) direct", "(2) indirect"]))


@claim("C34")
def direct_effect_falls(e: Evidence) -> Finding:
    """Table 7: positive at 1 % in models 1 and 3, smaller in 3."""
    without, held = e.cells(7, "GIA", ["(1) direct", "(3) direct"])
    both = without.has(1, 0.01) and held.has(1, 0.01)
    return decided(both and held.ours < without.ours, f"{without}; {held}")


@claim("C35")
def mediated_share(e: Evidence) -> Finding:
    """The share by which the direct effect falls; it needs a direct effect that is not zero."""
    shares = e.study.mediate().shares()
    row = row_of(shares, "1 − not mediated / total effect", "direct")
    span = f"{percent(row['low'])} to {percent(row['high'])}"
    words = f"share {percent(row['share'])}, 95 % interval {span}"
    p = row["denominator_pvalue"]
    holds = p < 0.1 and row["low"] <= 0.167 <= row["high"]
    return decided(holds, f"{words}; the effect it is a share of has p {pvalue(p)}")


@claim("C36")
def spillover_stays(e: Evidence) -> Finding:
    """Table 7, model 3, indirect."""
    return directed(e.cells(7, "GIA", ["(3) indirect"]))


@claim("C37")
def innovation_raises_productivity(e: Evidence) -> Finding:
    """Table 7, model 3, TEC."""
    return directed(e.cells(7, "TEC", ["(3) direct", "(3) indirect"]))


@claim("C38")
def direct_at_one_percent(e: Evidence) -> Finding:
    """Table 8, direct."""
    return sized(e.cell(8, "GIA", "direct"), level=0.01)


@claim("C39")
def spillover_size(e: Evidence) -> Finding:
    """Table 8, indirect."""
    return sized(e.cell(8, "GIA", "indirect"))


@claim("C40")
def total_size(e: Evidence) -> Finding:
    """Table 8, total."""
    return sized(e.cell(8, "GIA", "total"))


@claim("C55")
def sizes_together(e: Evidence) -> Finding:
    """Table 8, all three."""
    found = [sized(cell) for cell in e.cells(8, "GIA", EFFECTS)]
    words = "; ".join(f.evidence for f in found)
    return decided(all(f.verdict == "upheld" for f in found), words)


@claim("C56")
def share_of_the_total(_: Evidence) -> Finding:
    """By the printed numbers themselves: of which effect are 16.7 % the share?"""
    shares = {
        kind: 1 - printed(7, "GIA", f"(3) {kind}") / printed(7, "GIA", f"(1) {kind}")
        for kind in ("direct", "total")
    }
    words = (
        f"by Table 7 itself {percent(shares['direct'])} is the fall of the direct effect; the "
        f"total effect falls by {percent(shares['total'])}"
    )
    return decided(abs(shares["total"] - 0.167) < 0.02, words)
