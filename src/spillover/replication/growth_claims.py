"""What Part II's figures say of each claim of the second paper's abstract.

One function per claim, registered under its number in ``data/published/claims.csv``; each
estimates what the claim is about and leaves the words of the claim to that table.
"""

from __future__ import annotations

from spillover.econometrics.formats import fmt, pvalue
from spillover.econometrics.moran import moran_by_year
from spillover.econometrics.selection import choose_model
from spillover.replication.growth_evidence import (
    COMPOSITE,
    ECONOMIC,
    MIX,
    Effect,
    cluster,
    direct_effects,
    effects,
    listed,
    on,
    pick_effect,
    study_of,
)
from spillover.replication.published.kinds import LEVEL
from spillover.replication.scorecard.evidence import Evidence, Finding, decided

MAPS = ("rook", "inverse distance")


@on("G01", "LQ")
def specification(e: Evidence) -> Finding:
    """Is the two-way Durbin model what the tests choose, under both of the paper's matrices?"""
    study = study_of(e)
    data = study.frame(study.outcome, *study.regressors)
    y, X = data[study.outcome], data[list(study.regressors)]
    chosen = {
        name: choose_model(y, X, study.but(weights=name).graph()).recommended.upper()
        for name in (ECONOMIC, COMPOSITE)
    }
    n, years = len(data.index.unique("province")), study.years
    named = "; ".join(
        f"under {name} the tests choose the {model}" for name, model in chosen.items()
    )
    text = f"estimated as stated for {n} provinces, {years[0]} to {years[1]}; {named}"
    return decided(set(chosen.values()) == {"SDM"}, text)


@on("G02")
def dependence(e: Evidence) -> Finding:
    """Moran's I of income per head in every year, under weights not made from income."""
    study = study_of(e)
    income = study.frame(study.outcome)[study.outcome]
    tables = {
        name: moran_by_year(income, study.but(weights=name).graph(), permutations=0)
        for name in MAPS
    }
    parts = [
        f"{name} {fmt(t['I'].min())} to {fmt(t['I'].max())}, largest p {pvalue(t['p_rand'].max())}"
        for name, t in tables.items()
    ]
    upheld = all((t["I"] > 0).all() and (t["p_rand"] < LEVEL).all() for t in tables.values())
    ending = "economic distance is left out, because it is made from income itself"
    return decided(upheld, f"Moran's I of income by year: {'; '.join(parts)}; {ending}")


@on("G03", "LQ")
def promotion(e: Evidence) -> Finding:
    """The total effect of clusters under either matrix."""
    found = {name: cluster(e, name, "total") for name in (ECONOMIC, COMPOSITE)}
    return decided(all(x.value > 0 for x in found.values()), f"total effect: {listed(found)}")


@on("G04", "LQ")
def pattern(e: Evidence) -> Finding:
    """Does the indirect effect differ in sign or significance between the matrices?"""
    found = {name: cluster(e, name, "indirect") for name in (ECONOMIC, COMPOSITE, MIX)}
    kinds = {(x.value > 0, x.significant) for x in (found[ECONOMIC], found[COMPOSITE])}
    return decided(len(kinds) > 1, f"indirect effect: {listed(found)}")


def _positive_but_weak(e: Evidence, which: str) -> Finding:
    effect = cluster(e, ECONOMIC, which)
    text = f"the {which} effect under economic distance is {effect}"
    return decided(effect.value > 0 and not effect.significant, text)


@on("G05", "LQ")
def direct_when_alike(e: Evidence) -> Finding:
    """Positive and not significant under economic distance."""
    return _positive_but_weak(e, "direct")


@on("G06", "LQ")
def indirect_when_alike(e: Evidence) -> Finding:
    """Positive and not significant under economic distance."""
    return _positive_but_weak(e, "indirect")


@on("G07", "LQ")
def total_when_alike(e: Evidence) -> Finding:
    """Positive and not significant under economic distance."""
    return _positive_but_weak(e, "total")


def _positive_in_the_composite(e: Evidence, which: str) -> Finding:
    product, mix = cluster(e, COMPOSITE, which), cluster(e, MIX, which)
    text = f"the {which} effect is {product} under the product and {mix} under the convex mix"
    return decided(product.positive, text)


@on("G08", "LQ")
def indirect_in_the_composite(e: Evidence) -> Finding:
    """Significantly positive under the product; the convex mix beside it."""
    return _positive_in_the_composite(e, "indirect")


@on("G10", "LQ")
def total_in_the_composite(e: Evidence) -> Finding:
    """Significantly positive under the product; the convex mix beside it."""
    return _positive_in_the_composite(e, "total")


@on("G09", "LQ")
def beyond_home(e: Evidence) -> Finding:
    """The indirect effect above the direct one under the composite."""
    table = effects(e, COMPOSITE)
    direct, indirect = (pick_effect(table, "LQ", which) for which in ("direct", "indirect"))
    text = f"under the composite the indirect effect is {indirect}, the direct one {direct}"
    return decided(indirect.value > direct.value, text)


@on("G11", "LQ")
def nearness(e: Evidence) -> Finding:
    """More spillover under the composite than under economic distance, and a positive one."""
    near, alike = cluster(e, COMPOSITE, "indirect"), cluster(e, ECONOMIC, "indirect")
    text = f"the indirect effect is {near} under the composite, {alike} under economic distance"
    return decided(near.value > alike.value and near.positive, text)


@on("G12", "RD")
def patents(e: Evidence) -> Finding:
    """The direct effect of patents, significantly positive under both matrices."""
    found = direct_effects(e, "RD", "RD")
    upheld = all(effect.positive for effect in found.values())
    return decided(upheld, f"direct effect of patents: {listed(found)}")


@on("G13", "LQ", "RD")
def weakening(e: Evidence) -> Finding:
    """A positive direct effect of clusters, smaller once patents are held fixed."""
    without, beside = cluster(e, ECONOMIC, "direct"), cluster(e, ECONOMIC, "direct", "RD")
    text = f"the direct effect is {without} without patents, {beside} with them"
    return decided(0 < beside.value < without.value, text)


def _interaction(e: Evidence, moderator: str) -> dict[str, Effect]:
    """How the direct effect of clusters changes with the moderator, under either matrix.

    Effects are linear in the coefficients, so the direct effect that the product of the centred
    variables seems to have is the slope of the clusters' own direct effect in the moderator.
    """
    product = f"LQ:{moderator}"
    return direct_effects(e, product, moderator, product)


@on("G14", "LQ", "RD")
def patents_reinforce(e: Evidence) -> Finding:
    """The direct effect of clusters rises with patents."""
    found = _interaction(e, "RD")
    lead = "change of the clusters' direct effect per unit of ln patents"
    return decided(all(x.positive for x in found.values()), f"{lead}: {listed(found)}")


@on("G15", "Indu")
def firms(e: Evidence) -> Finding:
    """The direct effect of firms is not significantly positive under both matrices."""
    found = direct_effects(e, "Indu", "Indu")
    upheld = not all(effect.positive for effect in found.values())
    return decided(upheld, f"direct effect of firms: {listed(found)}")


@on("G16", "LQ", "Indu")
def firms_dilute(e: Evidence) -> Finding:
    """The direct effect of clusters falls with the number of firms."""
    found = _interaction(e, "Indu")
    lead = "change of the clusters' direct effect per unit of ln firms"
    return decided(all(x.negative for x in found.values()), f"{lead}: {listed(found)}")


@on("G17", "RD", "Indu")
def better_channel(e: Evidence) -> Finding:
    """Patents significantly positive beside firms that are not, in one model."""
    table = effects(e, COMPOSITE, "RD", "Indu")
    rd, indu = (pick_effect(table, symbol, "direct") for symbol in ("RD", "Indu"))
    text = f"both in one model, composite: direct effect of patents {rd}, of firms {indu}"
    return decided(rd.positive and not indu.positive, text)


@on("G18", "LQ")
def rivalry(e: Evidence) -> Finding:
    """A negative indirect effect among provinces alike in income."""
    effect = cluster(e, ECONOMIC, "indirect")
    text = (
        f"the indirect effect under economic distance is {effect}; the abstract's own, before "
        "this conclusion, is positive"
    )
    return decided(effect.negative, text)
