"""What the text says, against the tables; and what the claims say against each other.

Each rule names the claims of ``claims.csv`` that it reads.
"""

from __future__ import annotations

from collections.abc import Iterator

from scipy import stats

from spillover.replication.audit.intervals import Interval, exactly
from spillover.replication.audit.rules import (
    CERTAIN,
    EFFECTS,
    LIKELY,
    POSSIBLE,
    UNITS,
    Number,
    Outcome,
    Printed,
    rule,
)
from spillover.replication.audit.statistics import p_text, stars_of

CONTROLS = ("Agdp", "URB", "OP", "ER", "IND", "PDE")

STOCK_YOGO = 16.38
"""10 % maximal size, one endogenous regressor, one instrument (Stock and Yogo 2005)."""

SHARE = Interval(0.1665, 0.1675)
"""The text's 16.7 % before rounding."""

CONTRADICTIONS = (
    (
        "C21",
        "C25",
        CERTAIN,
        "Figure 4's scale runs from yellow (low) to purple (high), yet the coast, 'green to "
        "yellow', is called more agglomerated than the orange north-west: scale and reading "
        "cannot both hold",
    ),
    (
        "G06",
        "G18",
        LIKELY,
        "among regions alike in income the spillover is estimated positive, if not significant; "
        "the contribution then claims that gains may fall there",
    ),
)
"""Pairs of claims that contradict one another in words."""


@rule("text against tables", "Words")
def _autocorrelation(printed: Printed) -> Iterator[Outcome]:
    """Claims C09, C10: Moran's I is significant throughout."""
    for table, claim in ((1, "C09"), (2, "C10")):
        for z in printed.of("z", table=table):
            p = 2 * float(stats.norm.sf(abs(z.value)))
            yield Outcome(
                (z,),
                f"{p_text(p)} with two tails",
                p < 0.10,
                f"claim {claim} calls every year significant at 10 %; this one is not",
            )


@rule("text against tables", "Words")
def _model_choice(printed: Printed) -> Iterator[Outcome]:
    """Claims C11, C12: LM at 10 %, LR and Wald at 1 %."""
    for number in printed.of("chi2", table=3):
        if "LM" in number.row:
            p = float(stats.chi2.sf(number.interval.high, 1))
            yield Outcome(
                (number,),
                f"p ≥ {p:.3f} for χ²(1)",
                p < 0.10,
                "claim C11 says that all LM statistics pass the 10 % level, which the text makes "
                "the condition for going on to LR and Wald; this one does not",
            )
        else:
            p = float(stats.chi2.sf(number.interval.low, 7))
            yield Outcome(
                (number,),
                f"{p_text(p)} for χ²(7), less for fewer restrictions",
                p < 0.01,
                "claim C12 says significant at 1 %",
            )


@rule("text against tables", "Words")
def _benchmark_signs(printed: Printed) -> Iterator[Outcome]:
    """Claims C26 to C30: signs, and significance where claimed, in both columns of Table 6."""
    claimed = {"GIA": (1, 1), "Agdp": (1, 1), "PDE": (1, 1), "IND": (-1, 0), "ER": (1, 0)}
    for row, (sign, least) in claimed.items():
        for column in ("OLS", "FE"):
            if number := printed.get(6, row, column):
                words = "positive" if sign > 0 else "negative"
                yield Outcome(
                    (number,),
                    f"{words}{' with stars' if least else ''} claimed",
                    number.value * sign > 0 and len(number.stars) >= least,
                    "the text claims another sign or significance",
                )


@rule("text against tables", "Words")
def _one_percent(printed: Printed) -> Iterator[Outcome]:
    """Claim C43: all effects of GIA are positive at 1 % under both weights matrices."""
    for table in (8, 10):
        for effect in EFFECTS:
            found = printed.several(
                (table, "GIA", effect, "coefficient"), (table, "GIA", effect, "std_error")
            )
            if found is None:
                continue
            ratio = abs(found[0].interval) / found[1].interval
            least = 2 * float(stats.norm.sf(ratio.high))
            yield Outcome(
                found,
                f"p ≥ {least:.4f} with two tails",
                least < 0.01,
                "claim C43 says significant at 1 %; it is so at 5 %",
            )


@rule("text against tables", "Words")
def _same_controls(printed: Printed) -> Iterator[Outcome]:
    """Claim C45: signs and significance of the controls agree under both weights matrices."""
    for row in CONTROLS:
        for effect in EFFECTS:
            found = printed.several(
                (10, row, effect, "coefficient"), (8, row, effect, "coefficient")
            )
            if found is None:
                continue
            far, near = found
            yield Outcome(
                found,
                f"Table 8 {near.stars or 'no star'}, Table 10 {far.stars or 'no star'}",
                far.stars == near.stars and far.value * near.value > 0,
                "claim C45 says that sign and significance agree between the weights (the "
                "text later grants 'some discrepancies' in indirect effects)",
            )


@rule("text against tables", "Words", LIKELY)
def _fit(printed: Printed) -> Iterator[Outcome]:
    """Claim C32: the two-way model fits far better, by R²."""
    found = printed.several(
        (6, "model", "FE", "r_squared"),
        (6, "model", "OLS", "r_squared"),
        (6, "Constant", "FE", "coefficient"),
    )
    mean = printed.get(5, "CP", "all", "mean")
    if found is None or mean is None:
        return
    within = mean.value
    for number in printed.of("coefficient", table=6):
        centre = printed.get(5, number.row, "all", "mean")
        if number.column == "FE" and centre is not None:
            within -= number.value * centre.value
    yield Outcome(
        found,
        f"a within regression's constant would be the mean less Σ coefficient × mean = "
        f"{within:.2f}; {found[2].printed} is printed, a base category's",
        abs(within - found[2].value) <= 0.1,
        "claim C32 compares an R² that counts 29 province and 9 year dummies with one that has "
        "none; the share of variation explained within provinces and years is not printed",
        ("model", "OLS, FE"),
    )


@rule("text against tables", "Words")
def _slight_variation(printed: Printed) -> Iterator[Outcome]:
    """Claim C44: coefficients vary only slightly with the weights."""
    for effect in EFFECTS:
        found = printed.several(
            (10, "GIA", effect, "coefficient"), (8, "GIA", effect, "coefficient")
        )
        if found is None:
            continue
        ratio = found[0].value / found[1].value
        yield Outcome(
            found,
            f"{found[0].printed}/{found[1].printed} = {ratio:.1f}",
            0.5 <= ratio <= 2,
            "claim C44 calls the variation between weights slight; it is more than twofold",
        )


@rule("text against tables", "Words")
def _shorter_window(printed: Printed) -> Iterator[Outcome]:
    """Claims C41, C42: the effects stay positive; the window is the 13th Five-Year Plan."""
    for effect in EFFECTS:
        if number := printed.get(9, "GIA", f"2016-2021 {effect}"):
            holds = number.value > 0 and number.stars != ""
            yield Outcome((number,), "positive", holds, "claim C41 says positive")
    if n := printed.get(9, "model", "2016-2021", "observations"):
        years = n.value / UNITS
        yield Outcome(
            (n,),
            f"{n.printed}/30 provinces = {years:g} years; the plan ran for five, 2016–2020",
            years == 5,
            "claim C42 equates the window with the 13th Five-Year Plan; it is a year longer",
        )


@rule("text against tables", "Words")
def _strong_instruments(printed: Printed) -> Iterator[Outcome]:
    """Claim C47: the instruments are strong."""
    for number in printed.of("kp_rk_wald_f"):
        yield Outcome(
            (number,),
            f"above {STOCK_YOGO}, 10 % size, a value for i.i.d. errors",
            number.interval.low > STOCK_YOGO,
            "claim C47 says above the Stock-Yogo values",
        )


def _instrumented(printed: Printed) -> tuple[Number, ...] | None:
    """Coefficient and error of GIA with either instrument."""
    kinds = ("coefficient", "std_error")
    columns = ("IV1 second stage", "IV2 second stage")
    return printed.several(*((11, "GIA", c, s) for c in columns for s in kinds))


@rule("text against tables", "Words")
def _instruments_agree(printed: Printed) -> Iterator[Outcome]:
    """Claim C48: the estimates with either instrument agree."""
    found = _instrumented(printed)
    if found is None:
        return
    one, s_one, two, s_two = found
    apart = abs(one.value - two.value) / (s_one.value**2 + s_two.value**2) ** 0.5
    yield Outcome(
        found,
        f"|{one.printed} − {two.printed}| is {apart:.2f} joint errors",
        apart <= 1.96,
        "claim C48 says that the estimates agree",
    )


@rule("text against tables", "Words")
def _terrain(printed: Printed) -> Iterator[Outcome]:
    """Claim C49: an instrument that does not change over time allows no province effects."""
    found = printed.several(
        (11, "Terrain", "IV2 first stage", "coefficient"),
        (11, "Constant", "IV2 first stage", "coefficient"),
        (11, "Constant", "IV2 second stage", "coefficient"),
    )
    if found is not None and _instrumented(printed) is not None:
        yield Outcome(
            found,
            "terrain less its province mean is zero in every year",
            False,
            "terrain does not change over time (claim C49), so that with province effects it "
            "explains nothing; this regression has none and is not the model of Table 6's second "
            "column or of the text's equations",
        )


@rule("text against tables", "Words", POSSIBLE)
def _no_bias(printed: Printed) -> Iterator[Outcome]:
    """Claim C46: two instruments that agree with each other, and not with least squares."""
    least_squares = printed.several(
        (6, "GIA", "OLS", "coefficient"), (6, "GIA", "OLS", "std_error")
    )
    instrumented = _instrumented(printed)
    if instrumented is None or least_squares is None:
        return
    one, _, two, _ = instrumented
    pooled, error = least_squares
    distance = [(number.value - pooled.value) / error.value for number in (one, two)]
    yield Outcome(
        (one, two, pooled, error),
        "; ".join(
            f"({n.printed} − {pooled.printed})/{error.printed} = {d:.1f}"
            for n, d in zip((one, two), distance, strict=True)
        ),
        min(distance) <= 2,
        "the text concludes that no endogeneity bias drives the results; the instrumented "
        "coefficients both exceed the pooled one by more than two of its errors. Another reading: "
        "Table 11 has other controls than Table 6",
    )


@rule("text against tables", "Words")
def _groups(printed: Printed) -> Iterator[Outcome]:
    """Claims C50 to C54 and C57: order and signs across the three groups of Table 12."""
    names = ("medium", "low", "high")
    gia = printed.several(*((12, "GIA", g, "coefficient") for g in names))
    errors = printed.several(*((12, "GIA", g, "std_error") for g in names))
    agdp = printed.several(*((12, "Agdp", g, "coefficient") for g in names))
    industry = printed.several(*((12, "IND", g, "coefficient") for g in ("medium", "high")))
    if gia is not None:
        medium, low, high = (n.value for n in gia)
        yield Outcome(gia, "medium > low > 0 > high", medium > low > 0 > high, "claims C50 to C52")
    if agdp is not None:
        values = [n.value for n in agdp]
        holds = values[0] == max(values) and min(values) > 0
        yield Outcome(agdp, "all > 0, medium largest", holds, "claim C53")
    if industry is not None:
        holds = industry[0].value > 0 > industry[1].value
        yield Outcome(industry, "medium > 0 > high", holds, "claim C54")
    if gia is not None and errors is not None:
        a, b, s_a, s_b = gia[0], gia[1], errors[0], errors[1]
        gap = (a.value - b.value) / (s_a.value**2 + s_b.value**2) ** 0.5
        p = 2 * float(stats.norm.sf(abs(gap)))
        yield Outcome(
            (b, s_b, a, s_a),
            f"({a.printed} − {b.printed})/√({s_a.printed}² + {s_b.printed}²) = {gap:.2f}, "
            f"p = {p:.3f}; {b.printed}/{a.printed} = {b.value / a.value:.2f}",
            stars_of(p) < 2,
            "claim C57 calls the low group's effect similar to the medium group's; it is an "
            "eighth of it, and claim C51 calls it much smaller",
        )


def _mediated(printed: Printed, effect: str) -> tuple[Number, ...] | None:
    """GIA's effect on CP without and with innovation held fixed."""
    return printed.several(*((7, "GIA", f"({m}) {effect}", "coefficient") for m in (1, 3)))


@rule("mediated share", "Words")
def _mediated_share(printed: Printed) -> Iterator[Outcome]:
    """Claims C34, C35, C56: 16.7 % of the direct effect, and of the total impact."""
    findings = {
        "direct": "the text says 16.7 %",
        "total": "claim C56 puts the mediated share of the total impact at 16.7 %; that is the "
        "share of the direct effect, and of the total one it is far less",
    }
    for effect, finding in findings.items():
        pair = _mediated(printed, effect)
        if pair is None:
            continue
        before, after = pair
        span = exactly(1.0) - after.interval / before.interval
        yield Outcome(
            pair,
            f"1 − {after.printed}/{before.printed} = {1 - after.value / before.value:.1%}, "
            f"before rounding {span.low:.1%} to {span.high:.1%}",
            span.overlaps(SHARE),
            finding,
        )


@rule("mediated share", "Words")
def _mediated_spillover(printed: Printed) -> Iterator[Outcome]:
    """Claims C02, C05, C56: the mediated path spills over."""
    pair = _mediated(printed, "indirect")
    if pair is None:
        return
    before, after = pair
    yield Outcome(
        pair,
        f"1 − {after.printed}/{before.printed} = {1 - after.value / before.value:.1%}",
        after.value < before.value,
        "the spillover does not fall when innovation is held fixed, so by the text's own criterion "
        "(the coefficient must shrink) none of it is mediated; claims C05 and C56 say that the "
        "mediated path spills over",
    )


@rule("mediated share", "Words", LIKELY)
def _mediated_product(printed: Printed) -> Iterator[Outcome]:
    """Total effect of GIA on TEC times that of TEC on CP, against the fall in the total effect.

    With row-standardised W a uniform change meets only total effects, so the two must agree if
    the three equations describe one world.
    """
    pair = _mediated(printed, "total")
    path = printed.several(
        (7, "GIA", "(2) total", "coefficient"), (7, "TEC", "(3) total", "coefficient")
    )
    if pair is None or path is None:
        return
    (one, two), (before, after) = path, pair
    product, fall = one.interval * two.interval, before.interval - after.interval
    share = one.value * two.value / before.value
    yield Outcome(
        (*path, *pair),
        f"{one.printed} × {two.printed} = {one.value * two.value:.3f}, before "
        f"rounding {product.text()} ({share:.0%} of the total); "
        f"{before.printed} − {after.printed} = {fall.text()}",
        product.overlaps(fall),
        "two measures of one mediated total effect disagree beyond rounding; samples leave some "
        "room, as the equations are estimated one by one",
        ("GIA through TEC", "total"),
    )


@rule("units of magnitude statements", "Words")
def _units(printed: Printed) -> Iterator[Outcome]:
    """Claims C38 to C40 against C55: percentage points against units."""
    for effect, claim in zip(EFFECTS, ("C38", "C39", "C40"), strict=True):
        found = printed.several(
            (8, "GIA", effect, "coefficient"), (5, "GIA", "all", "mean"), (5, "CP", "all", "mean")
        )
        if found is None:
            continue
        number, mean_x, mean_y = found
        elasticity = number.value * mean_x.value / mean_y.value
        yield Outcome(
            found,
            f"0.01 of GIA moves CP by {number.value / 100:.5f}; at the means 1 % of GIA goes with "
            f"{number.printed} × {mean_x.printed}/{mean_y.printed} = {elasticity:.3f} % of CP",
            False,
            f"claim {claim} reads the effect as {number.value:.3g} percentage points per "
            "percentage point; GIA is a quotient and CP is in money per tonne (mean "
            f"{mean_y.printed}), both in levels, so it is {number.printed} units of CP per unit of "
            "GIA, as claim C55 has it",
        )


@rule("figures against tables", "Words", POSSIBLE)
def _legend(printed: Printed) -> Iterator[Outcome]:
    """Claim C25: Figure 4 shows mean GIA in four tiers from 3 to 9."""
    mean = printed.get(5, "GIA", "all", "mean")
    if mean is None:
        return
    most = int(UNITS * mean.interval.high // 3)
    yield Outcome(
        (mean,),
        f"30 × {mean.printed} = {UNITS * mean.value:.1f} = sum of the provinces' means; at most "
        f"{most} of them can reach 3",
        most >= UNITS,
        "claim C25 gives the map's lowest tier the value 3; at least "
        f"{UNITS - most} of 30 provinces lie below it. Another reading: the values count classes "
        "or mark upper ends",
    )


@rule("note under the table", "Words")
def _notes(printed: Printed) -> Iterator[Outcome]:
    """A note that explains parentheses needs some in the table."""
    for table, note in printed.notes.items():
        numbers = tuple(n for n in printed.numbers.values() if n.table == table)
        if numbers and "parentheses" in note:
            errors = sum(n.statistic == "std_error" for n in numbers)
            yield Outcome(
                numbers,
                f"{errors} numbers in parentheses",
                errors > 0,
                "the note explains errors in parentheses; the table has none",
                ("note", "all"),
            )


@rule("claims against each other", "Words")
def _contradictions(printed: Printed) -> Iterator[Outcome]:
    """Pairs of claims that do not go together."""
    for one, other, certainty, finding in CONTRADICTIONS:
        if {one, other} <= set(printed.claims):
            both = f"{one}: {printed.claims[one]}; {other}: {printed.claims[other]}"
            yield Outcome((), both, False, finding, (one, f"against {other}"), certainty)
