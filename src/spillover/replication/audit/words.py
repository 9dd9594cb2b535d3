"""What the text says, against the tables; each check names the claims that it reads."""

from __future__ import annotations

import math
from collections.abc import Iterator

from scipy.special import ndtr

from spillover.replication.audit.intervals import Interval, exactly
from spillover.replication.audit.numbers import CONTROLS, EXPOSURE, INSTRUMENTS, p_text
from spillover.replication.audit.rules import (
    EFFECTS,
    LIKELY,
    POSSIBLE,
    UNITS,
    Outcome,
    Published,
    rule,
)

STOCK_YOGO = 16.38
"""10 % maximal size, one endogenous regressor, one instrument (Stock and Yogo 2005)."""

SIGNS = {"positive": 1, "negative": -1}
STARS = {"10%": 1, "significant": 1, "5%": 2, "1%": 3}
GROUPS = ("medium", "low", "high")


@rule("signs and stars that the text claims", "Words")
def _claimed(published: Published) -> Iterator[Outcome]:
    """Every claim about published numbers that ``claims.csv`` judges by sign or size."""
    for name, claim in published.claims.iterrows():
        if claim["rule"] not in ("sign", "size") or claim["sign"] not in SIGNS:
            continue
        for reference in claim["numbers"].split("; "):
            source, row, columns = reference.split(" | ")
            for column in columns.split(", ") if source.isdigit() else ():
                if n := published.get(int(source), row, column):
                    right = n.value * SIGNS[claim["sign"]] > 0
                    starred = len(n.stars) >= STARS.get(claim["significance"], 0)
                    said = f"claim {name} says {claim['sign']} {claim['significance']}".strip()
                    yield Outcome((n,), n.text, "" if right and starred else said)


@rule("the text's mediated share", "Words")
def _mediated_share(published: Published) -> Iterator[Outcome]:
    """Claims C34, C35, C56: the fall of GIA's direct effect once innovation is held fixed."""
    if pair := published.several((7, "GIA", "(1) direct"), (7, "GIA", "(3) direct")):
        before, after = pair
        span = exactly(1.0) - after.interval / before.interval
        yield Outcome(
            pair,
            f"1 − {after.printed}/{before.printed} = {1 - after.value / before.value:.1%}, "
            f"before rounding {span.low:.1%} to {span.high:.1%}",
            "" if span.overlaps(Interval(0.1665, 0.1675)) else "the text says 16.7 %",
        )


@rule("order of the groups", "Words")
def _groups(published: Published) -> Iterator[Outcome]:
    """Claims C50 to C54: order and signs across the three groups of Table 12."""
    gia, agdp, industry = (
        published.several(*((12, row, g) for g in GROUPS)) for row in ("GIA", "Agdp", "IND")
    )
    if gia and agdp and industry:
        medium, low, high = (n.value for n in gia)
        orders = {
            "claims C50 to C52": (gia, medium > low > 0 > high),
            "claim C53": (agdp, min(n.value for n in agdp) > 0 and agdp[0].value > max(
                n.value for n in agdp[1:])),
            "claim C54": (industry, industry[0].value > 0 > industry[2].value),
        }  # fmt: skip
        for name, (numbers, holds) in orders.items():
            words = ", ".join(f"{g} {n.printed}" for g, n in zip(GROUPS, numbers, strict=True))
            yield Outcome(numbers, words, "" if holds else f"{name} order them otherwise")


@rule("similar effects in two groups", "Words")
def _similar(published: Published) -> Iterator[Outcome]:
    """Claim C57: the effects in the low and the medium group are similar."""
    found = published.several(
        *((12, "GIA", g, s) for g in GROUPS[1::-1] for s in ("coefficient", "std_error"))
    )
    if found is None:
        return
    low, s_low, medium, s_medium = found
    z = (medium.value - low.value) / (s_medium.value**2 + s_low.value**2) ** 0.5
    p = 2 * float(ndtr(-abs(z)))
    yield Outcome(
        found,
        f"({medium.printed} − {low.printed})/√({s_medium.printed}² + {s_low.printed}²) = {z:.2f}, "
        f"{p_text(p)}; {low.printed}/{medium.printed} = {low.value / medium.value:.2f}",
        "claim C57 calls the low group's effect similar to the medium group's; claim C51 calls it "
        "much smaller. Another reading: similar in sign"
        if p < 0.05
        else "",
        POSSIBLE,
    )


@rule("two weights matrices", "Words")
def _two_weights(published: Published) -> Iterator[Outcome]:
    """Claims C44, C45: sizes of GIA's effects, signs and stars of the controls' effects.

    The text itself grants discrepancies in indirect effects, so those of the controls are no
    question.
    """
    pairs = [published.several((10, EXPOSURE, e), (8, EXPOSURE, e)) for e in EFFECTS]
    found = [pair for pair in pairs if pair]
    if found:
        ratios = [far.value / near.value for far, near in found]
        yield Outcome(
            tuple(n for pair in found for n in pair),
            ", ".join(f"{far.printed}/{near.printed} = {far.value / near.value:.1f}"
                      for far, near in found),
            "claim C44 calls the variation slight. Whether the word fits is for the reader to say; "
            "the text goes on to grant discrepancies in indirect effects"
            if max(*ratios, *(1 / r for r in ratios)) > 2
            else "",
            POSSIBLE,
            "Tables 8 and 10: GIA",
        )  # fmt: skip
    for row in CONTROLS:
        for effect in ("direct", "total"):
            if pair := published.several((10, row, effect), (8, row, effect)):
                far, near = pair
                same = far.stars == near.stars and far.value * near.value > 0
                yield Outcome(
                    pair,
                    f"Table 8 {near.text}, Table 10 {far.text}",
                    ""
                    if same
                    else "claim C45 says that direct and total effects keep sign and significance. "
                    "Another reading: 'fundamentally unchanged' allows another level",
                    POSSIBLE,
                )


@rule("instruments", "Words")
def _instruments(published: Published) -> Iterator[Outcome]:
    """Claims C46 to C49: strong instruments, estimates that agree, the relief of the terrain."""
    for n in published.of("kp_rk_wald_f"):
        weak = n.interval.low <= STOCK_YOGO
        words = f"{n.printed} against {STOCK_YOGO}, a value for independent errors"
        yield Outcome((n,), words, "claim C47 says above the Stock-Yogo values" if weak else "")
    columns = [f"{stage} second stage" for stage in INSTRUMENTS]
    kinds = ("coefficient", "std_error")
    found = published.several(*((11, EXPOSURE, c, s) for c in columns for s in kinds))
    if found is None:
        return
    one, s_one, two, s_two = found
    apart = abs(one.value - two.value) / (s_one.value**2 + s_two.value**2) ** 0.5
    yield Outcome(
        found,
        f"|{one.printed} − {two.printed}| is {apart:.2f} joint errors",
        "" if apart <= 1.96 else "claim C48 says that the estimates agree",
    )
    if pooled := published.several(*((6, EXPOSURE, "OLS", s) for s in kinds)):
        value, error = pooled
        distance = [(n.value - value.value) / error.value for n in (one, two)]
        yield Outcome(
            (one, two, *pooled),
            "; ".join(f"({n.printed} − {value.printed})/{error.printed} = {d:.1f}"
                      for n, d in zip((one, two), distance, strict=True)),
            "the text concludes that no endogeneity bias drives the results; both instrumented "
            "coefficients exceed the pooled one by more than two of its errors. Other readings: "
            "the text compares the two instruments, and Table 11 may have other controls"
            if min(distance) > 2
            else "",
            POSSIBLE,
            "Table 11: GIA, IV1 and IV2 second stage",
        )  # fmt: skip
    if terrain := published.get(11, "Terrain", "IV2 first stage"):
        yield Outcome(
            (terrain,),
            "relief less its province mean is zero in every year",
            "if the relief of the terrain (claim C49) enters as it is, it does not change over "
            "time and explains nothing beside province fixed effects; this regression would then "
            "have none. Multiplied by a series that changes with the years, it could",
            LIKELY,
        )


@rule("Figure 4", "Words")
def _figure(published: Published) -> Iterator[Outcome]:
    """Claims C21, C25: four tiers from yellow, 3, to purple, 9, and the coast green to yellow."""
    if mean := published.get(5, EXPOSURE, "all", "mean"):
        most = int(UNITS * mean.interval.high // 3)
        yield Outcome(
            (mean,),
            f"30 × {mean.printed} = {UNITS * mean.value:.1f} is the sum of the provinces' means; "
            f"at most {most} of them reach 3",
            f"at least {UNITS - most} of 30 provinces lie below the lowest tier of the map (claim "
            "C25), whose colour also stands for the higher agglomeration of the coast (claim "
            "C21). Other readings: the values number the classes or mark their upper ends"
            if most < UNITS
            else "",
            POSSIBLE,
        )


@rule("bases of the logarithms", "Words")
def _logarithms(published: Published) -> Iterator[Outcome]:
    """What the extremes of Agdp and ER in Table 5 mean under either base of the logarithm."""
    found = published.several(
        *((5, row, "all", k) for row in ("Agdp", "ER") for k in ("max", "min"))
    )
    if found is None:
        return
    rich, _, most, least = (n.value for n in found)
    yield Outcome(
        found,
        f"Agdp: e^{rich:g} = {math.exp(rich):.1f}, 10^{rich:g} = {10**rich:.1f} (10,000 yuan per "
        f"head); largest over smallest ER: e^{most - least:.3f} = {math.exp(most - least):.0f}, "
        f"10^{most - least:.3f} = {10 ** (most - least):,.0f}",
        "the text says only 'logarithm'. By official statistics Agdp can only have base 10, and a "
        "province's investment is not tens of thousands of times another's, so that ER has "
        "another base, probably e"
        if math.exp(rich) < 5 and most - least > 4
        else "",
        LIKELY,
        "Table 5: Agdp, ER",
    )


@rule("notes under the tables", "Words")
def _notes(published: Published) -> Iterator[Outcome]:
    """A note that explains parentheses needs some in the table."""
    without = []
    for table, note in published.notes.items():
        numbers = tuple(n for n in published.numbers.values() if n.table == table)
        if numbers and "parentheses" in note:
            errors = sum(n.statistic == "std_error" for n in numbers)
            if errors:
                yield Outcome(numbers, f"{errors} numbers in parentheses")
            else:
                without.append((table, numbers))
    if without:
        yield Outcome(
            tuple(n for _, numbers in without for n in numbers),
            "0 numbers in parentheses",
            "the note explains errors in parentheses; there are none",
            where=f"Table{'s' * (len(without) > 1)} "
            + ", ".join(str(table) for table, _ in without)
            + ": notes",
        )
