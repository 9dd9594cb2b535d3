"""What the text says of sizes, fit and design, against the tables.

Each check names the claim of ``claims.csv`` that it reads; a statement that holds gives an outcome
without a finding. Signs and significance are read in :mod:`.significance`, mediation and units in
:mod:`.magnitudes`.
"""

from __future__ import annotations

from collections.abc import Iterator

from scipy import stats

from spillover.replication.audit.cells import (
    CERTAIN,
    EFFECTS,
    LIKELY,
    POSSIBLE,
    Number,
    Outcome,
    Page,
)
from spillover.replication.audit.stars import stars_of

CHECK = "text against tables"
STOCK_YOGO = 16.38
"""10 % maximal size, one endogenous regressor, one instrument (Stock and Yogo 2005)."""


def say(
    numbers: tuple[Number, ...],
    implied: str,
    finding: str = "",
    certainty: str = "",
    place: tuple[str, str] | None = None,
) -> Outcome:
    """Return an outcome of this room; certainty is dropped where nothing is found."""
    return Outcome(CHECK, numbers, implied, finding, certainty if finding else "", place)


def fit(page: Page) -> Iterator[Outcome]:
    """Claim C32: the two-way model fits far better, by R²."""
    found = page.cells.several(
        (6, "model", "FE", "r_squared"),
        (6, "model", "OLS", "r_squared"),
        (6, "Constant", "FE", "coefficient"),
    )
    mean = page.cells.get(5, "CP", "all", "mean")
    if found is None or mean is None:
        return
    within = mean.value
    for number in page.cells.of("coefficient", table=6):
        centre = page.cells.get(5, number.row, "all", "mean")
        if number.column == "FE" and centre is not None:
            within -= number.value * centre.value
    yield say(
        found,
        f"a within regression's constant would be the mean less Σ coefficient × mean = "
        f"{within:.2f}; {found[2].printed} is printed, a base category's",
        "claim C32 compares an R² that counts 29 province and 9 year dummies with one that has "
        "none; the share of variation explained within provinces and years is not printed"
        if abs(within - found[2].value) > 0.1
        else "",
        LIKELY,
        ("model", "OLS, FE"),
    )


def slight_variation(page: Page) -> Iterator[Outcome]:
    """Claim C44: coefficients vary only slightly with the weights."""
    for effect in EFFECTS:
        found = page.cells.several(
            (10, "GIA", effect, "coefficient"), (8, "GIA", effect, "coefficient")
        )
        if found is None:
            continue
        ratio = found[0].value / found[1].value
        yield say(
            found,
            f"{found[0].printed}/{found[1].printed} = {ratio:.1f}",
            "claim C44 calls the variation between weights slight; it is more than twofold"
            if not 0.5 <= ratio <= 2
            else "",
            CERTAIN,
        )


def shortened_window(page: Page) -> Iterator[Outcome]:
    """Claims C41, C42: the effects stay positive; the window is the 13th Five-Year Plan."""
    for effect in EFFECTS:
        number = page.cells.get(9, "GIA", f"2016-2021 {effect}")
        if number is not None:
            holds = number.value > 0 and number.stars
            yield say((number,), "positive", "" if holds else "claim C41 says positive", CERTAIN)
    n = page.cells.get(9, "model", "2016-2021", "observations")
    if n is not None:
        yield say(
            (n,),
            f"{n.printed}/30 provinces = {n.value / 30:g} years; the plan ran for five, 2016–2020",
            "claim C42 equates the window with the 13th Five-Year Plan; it is a year longer"
            if n.value / 30 != 5
            else "",
            CERTAIN,
        )


def instruments(page: Page) -> Iterator[Outcome]:
    """Claims C46 to C49: strong instruments, agreeing estimates, terrain as an instrument."""
    for number in page.cells.of("kp_rk_wald_f"):
        weak = number.interval.low <= STOCK_YOGO
        yield say(
            (number,),
            f"above {STOCK_YOGO}, 10 % size, a value for i.i.d. errors",
            "claim C47 says above the Stock-Yogo values" if weak else "",
            CERTAIN,
        )
    found = page.cells.several(
        *(
            (11, "GIA", f"IV{k} second stage", s)
            for k in (1, 2)
            for s in ("coefficient", "std_error")
        )
    )
    if found is None:
        return
    one, s_one, two, s_two = found
    apart = abs(one.value - two.value) / (s_one.value**2 + s_two.value**2) ** 0.5
    yield say(
        found,
        f"|{one.printed} − {two.printed}| is {apart:.2f} joint errors",
        "claim C48 says that the estimates agree" if apart > 1.96 else "",
        CERTAIN,
    )
    yield from _no_effects(page)
    yield from _no_bias(page, (one, two))


def _no_effects(page: Page) -> Iterator[Outcome]:
    """A time-invariant instrument leaves no room for province effects."""
    found = page.cells.several(
        (11, "Terrain", "IV2 first stage", "coefficient"),
        (11, "Constant", "IV2 first stage", "coefficient"),
        (11, "Constant", "IV2 second stage", "coefficient"),
    )
    if found is not None:
        yield say(
            found,
            "terrain less its province mean is zero in every year",
            "terrain does not change over time (claim C49), so that with province effects it "
            "explains nothing; this regression has none and is not the model of Table 6's second "
            "column or of the text's equations",
            CERTAIN,
        )


def _no_bias(page: Page, estimates: tuple[Number, Number]) -> Iterator[Outcome]:
    """Two instruments that agree with each other, and not with least squares."""
    found = page.cells.several((6, "GIA", "OLS", "coefficient"), (6, "GIA", "OLS", "std_error"))
    if found is None:
        return
    pooled, error = found
    distance = [(number.value - pooled.value) / error.value for number in estimates]
    yield say(
        (*estimates, *found),
        "; ".join(
            f"({n.printed} − {pooled.printed})/{error.printed} = {d:.1f}"
            for n, d in zip(estimates, distance, strict=True)
        ),
        "the text concludes that no endogeneity bias drives the results; the instrumented "
        "coefficients both exceed the pooled one by more than two of its errors. Another reading: "
        "Table 11 has other controls than Table 6"
        if min(distance) > 2
        else "",
        POSSIBLE,
    )


def groups(page: Page) -> Iterator[Outcome]:
    """Claims C50 to C54 and C57: order and signs across the three groups of Table 12."""
    gia = page.cells.several(*((12, "GIA", g, "coefficient") for g in ("medium", "low", "high")))
    errors = page.cells.several(*((12, "GIA", g, "std_error") for g in ("medium", "low", "high")))
    if gia is not None:
        medium, low, high = gia
        ordered = medium.value > low.value > 0 > high.value
        yield say(gia, "medium > low > 0 > high", "" if ordered else "claims C50 to C52", CERTAIN)
    agdp = page.cells.several(*((12, "Agdp", g, "coefficient") for g in ("medium", "low", "high")))
    if agdp is not None:
        strongest = agdp[0].value == max(n.value for n in agdp) and min(n.value for n in agdp) > 0
        yield say(agdp, "all > 0, medium largest", "" if strongest else "claim C53", CERTAIN)
    industry = page.cells.several(*((12, "IND", g, "coefficient") for g in ("medium", "high")))
    if industry is not None:
        holds = industry[0].value > 0 > industry[1].value
        yield say(industry, "medium > 0 > high", "" if holds else "claim C54", CERTAIN)
    if gia is not None and errors is not None:
        gap = (gia[0].value - gia[1].value) / (errors[0].value ** 2 + errors[1].value ** 2) ** 0.5
        p = 2 * float(stats.norm.sf(abs(gap)))
        yield say(
            (gia[1], errors[1], gia[0], errors[0]),
            f"({gia[0].printed} − {gia[1].printed})/√({errors[0].printed}² + "
            f"{errors[1].printed}²) = {gap:.2f}, p = {p:.3f}; "
            f"{gia[1].printed}/{gia[0].printed} = {gia[1].value / gia[0].value:.2f}",
            "claim C57 calls the low group's effect similar to the medium group's; it is an "
            "eighth of it, and claim C51 calls it much smaller"
            if stars_of(p) >= 2
            else "",
            CERTAIN,
        )


CHECKS = (fit, slight_variation, shortened_window, instruments, groups)
