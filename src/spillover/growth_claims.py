"""What Part II's figures say of each claim of the second paper's abstract.

One function per claim, by its number in ``data/published/claims.csv``; each estimates what the
claim is about and leaves the words of the claim to that table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pandas as pd

from spillover import variables
from spillover.evidence import Evidence, judged
from spillover.formats import fmt, pvalue
from spillover.moran import moran_by_year
from spillover.published.kinds import LEVEL
from spillover.selection.choice import choose_model
from spillover.study import GROWTH, Study

ECONOMIC = "economic distance"
COMPOSITE = "economic-geographic product"
MIX = "economic-geographic mix"
MAPS = ("rook", "inverse distance")


@dataclass(frozen=True)
class Effect:
    """One effect of one variable with its p-value."""

    value: float
    p: float

    @property
    def significant(self) -> bool:
        """At 10 %, as the papers' lightest star."""
        return self.p < LEVEL

    @property
    def positive(self) -> bool:
        """Positive and significant."""
        return self.value > 0 and self.significant

    @property
    def negative(self) -> bool:
        """Negative and significant."""
        return self.value < 0 and self.significant

    def __str__(self) -> str:
        return f"{fmt(self.value)} (p {pvalue(self.p)})"


def _proxy(*symbols: str) -> bool:
    """Whether any of the variables stands in for one that the paper had."""
    return any(variables.pick(s).proxy for s in symbols)


def _within(*symbols: str) -> Study:
    """The study in the years in which further variables are complete."""
    spans = [GROWTH.years, *(variables.pick(s).years for s in symbols)]
    return GROWTH.but(years=(max(a for a, _ in spans), min(b for _, b in spans)))


def _effects(weights: str, *add: str) -> pd.DataFrame:
    """Effects of the Durbin model, errors clustered by province, with further regressors."""
    parts = [part for name in add for part in name.split(":")]
    study = _within(*parts).but(weights=weights)
    return study.spatial(add=add).fit(cov_type="robust").effects()


def _effect(table: pd.DataFrame, symbol: str, which: str) -> Effect:
    part = pd.DataFrame(table[which])
    value, p = (float(part[name].to_dict()[symbol]) for name in ("effect", "pvalue"))
    return Effect(value, p)


def _listed(found: dict[str, Effect]) -> str:
    return "; ".join(f"{name} {effect}" for name, effect in found.items())


def _cluster(weights: str, which: str, *add: str) -> Effect:
    return _effect(_effects(weights, *add), "LQ", which)


def specification() -> Evidence:
    """G01: is the two-way Durbin model what the tests choose?"""
    data = GROWTH.frame(GROWTH.outcome, *GROWTH.regressors)
    choice = choose_model(data[GROWTH.outcome], data[list(GROWTH.regressors)], GROWTH.graph())
    n, years = len(data.index.unique("province")), GROWTH.years
    text = (
        f"Estimated as stated for {n} provinces, {years[0]} to {years[1]}; under economic distance "
        f"the tests choose the model {choice.recommended.upper()}: {choice.reason}"
    )
    return judged(choice.recommended == "sdm", text, _proxy("LQ"))


def dependence() -> Evidence:
    """G02: Moran's I of income per head in every year, under weights not made from income."""
    income = GROWTH.frame(GROWTH.outcome)[GROWTH.outcome]
    tables = {
        name: moran_by_year(income, GROWTH.but(weights=name).graph(), permutations=0)
        for name in MAPS
    }
    parts = [
        f"{name} {fmt(t['I'].min())} to {fmt(t['I'].max())}, largest p {pvalue(t['p_rand'].max())}"
        for name, t in tables.items()
    ]
    upheld = all((t["I"] > 0).all() and (t["p_rand"] < LEVEL).all() for t in tables.values())
    ending = "economic distance is left out, because it is made from income itself."
    return judged(upheld, f"Moran's I of income by year: {'; '.join(parts)}; {ending}")


def promotion() -> Evidence:
    """G03: the total effect of clusters under either matrix."""
    found = {name: _cluster(name, "total") for name in (ECONOMIC, COMPOSITE)}
    return judged(
        all(e.value > 0 for e in found.values()), f"Total effect: {_listed(found)}.", _proxy("LQ")
    )


def pattern() -> Evidence:
    """G04: does the indirect effect differ in sign or significance between the matrices?"""
    found = {name: _cluster(name, "indirect") for name in (ECONOMIC, COMPOSITE, MIX)}
    kinds = {(e.value > 0, e.significant) for e in (found[ECONOMIC], found[COMPOSITE])}
    return judged(len(kinds) > 1, f"Indirect effect: {_listed(found)}.", _proxy("LQ"))


def positive_but_weak(which: str) -> Evidence:
    """G05 to G07: positive and not significant under economic distance."""
    effect = _cluster(ECONOMIC, which)
    text = f"The {which} effect under economic distance is {effect}."
    return judged(effect.value > 0 and not effect.significant, text, _proxy("LQ"))


def positive_in_the_composite(which: str) -> Evidence:
    """G08 and G10: significantly positive under the composite, whichever way it is made."""
    product, mix = _cluster(COMPOSITE, which), _cluster(MIX, which)
    text = f"The {which} effect is {product} under the product and {mix} under the convex mix."
    return judged(product.positive, text, _proxy("LQ"))


def beyond_home() -> Evidence:
    """G09: the indirect effect above the direct one under the composite."""
    table = _effects(COMPOSITE)
    direct, indirect = (_effect(table, "LQ", which) for which in ("direct", "indirect"))
    text = f"Under the composite the indirect effect is {indirect}, the direct one {direct}."
    return judged(indirect.value > direct.value, text, _proxy("LQ"))


def nearness() -> Evidence:
    """G11: more spillover under the composite than under economic distance."""
    near, alike = _cluster(COMPOSITE, "indirect"), _cluster(ECONOMIC, "indirect")
    text = f"The indirect effect is {near} under the composite, {alike} under economic distance."
    return judged(near.value > alike.value and near.positive, text, _proxy("LQ"))


def patents() -> Evidence:
    """G12: the direct effect of patents under either matrix."""
    found = {name: _effect(_effects(name, "RD"), "RD", "direct") for name in (ECONOMIC, COMPOSITE)}
    upheld = all(effect.positive for effect in found.values())
    return judged(upheld, f"Direct effect of patents: {_listed(found)}.", _proxy("RD"))


def weakening() -> Evidence:
    """G13: a positive direct effect of clusters, smaller once patents are held fixed."""
    without, beside = _cluster(ECONOMIC, "direct"), _cluster(ECONOMIC, "direct", "RD")
    text = f"The direct effect is {without} without patents, {beside} with them."
    return judged(0 < beside.value < without.value, text, _proxy("LQ", "RD"))


def _interaction(moderator: str) -> dict[str, Effect]:
    """How the direct effect of clusters changes with the moderator, under either matrix.

    Effects are linear in the coefficients, so the direct effect that the product of the centred
    variables seems to have is the slope of the clusters' own direct effect in the moderator.
    """
    product = f"LQ:{moderator}"
    return {
        name: _effect(_effects(name, moderator, product), product, "direct")
        for name in (ECONOMIC, COMPOSITE)
    }


def patents_reinforce() -> Evidence:
    """G14: the direct effect of clusters rises with patents."""
    found = _interaction("RD")
    lead = "Change of the clusters' direct effect per unit of ln patents"
    upheld = all(effect.positive for effect in found.values())
    return judged(upheld, f"{lead}: {_listed(found)}.", _proxy("LQ", "RD"))


def firms() -> Evidence:
    """G15: the direct effect of firms is not significantly positive under both matrices."""
    found = {
        name: _effect(_effects(name, "Indu"), "Indu", "direct") for name in (ECONOMIC, COMPOSITE)
    }
    upheld = not all(effect.positive for effect in found.values())
    return judged(upheld, f"Direct effect of firms: {_listed(found)}.", _proxy("Indu"))


def firms_dilute() -> Evidence:
    """G16: the direct effect of clusters falls with the number of firms."""
    found = _interaction("Indu")
    lead = "Change of the clusters' direct effect per unit of ln firms"
    upheld = all(effect.negative for effect in found.values())
    return judged(upheld, f"{lead}: {_listed(found)}.", _proxy("LQ", "Indu"))


def better_channel() -> Evidence:
    """G17: patents significantly positive beside firms that are not, in one model."""
    table = _effects(COMPOSITE, "RD", "Indu")
    rd, indu = (_effect(table, symbol, "direct") for symbol in ("RD", "Indu"))
    text = f"Both in one model, composite: direct effect of patents {rd}, of firms {indu}."
    return judged(rd.positive and not indu.positive, text, _proxy("RD", "Indu"))


def rivalry() -> Evidence:
    """G18: a negative indirect effect among provinces alike in income."""
    effect = _cluster(ECONOMIC, "indirect")
    text = (
        f"The indirect effect under economic distance is {effect}; the abstract's own, before this "
        "conclusion, is positive."
    )
    return judged(effect.negative, text, _proxy("LQ"))


CLAIMS: dict[str, Callable[[], Evidence]] = {
    "G01": specification,
    "G02": dependence,
    "G03": promotion,
    "G04": pattern,
    "G05": partial(positive_but_weak, "direct"),
    "G06": partial(positive_but_weak, "indirect"),
    "G07": partial(positive_but_weak, "total"),
    "G08": partial(positive_in_the_composite, "indirect"),
    "G09": beyond_home,
    "G10": partial(positive_in_the_composite, "total"),
    "G11": nearness,
    "G12": patents,
    "G13": weakening,
    "G14": patents_reinforce,
    "G15": firms,
    "G16": firms_dilute,
    "G17": better_channel,
    "G18": rivalry,
}
"""Evidence on each claim of the second paper, by the claim's number."""
