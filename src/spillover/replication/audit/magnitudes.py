"""The mediated share, three ways, and the units in which the text states its effects.

All from Table 7, 8 and 5; statements about significance are in :mod:`.statements`.
"""

from __future__ import annotations

from collections.abc import Iterator

from spillover.replication.audit.cells import CERTAIN, LIKELY, POSSIBLE, Number, Outcome, Page
from spillover.replication.audit.intervals import Interval, exactly

SHARE = Interval(0.1665, 0.1675)
"""The text's 16.7 % before rounding."""


def _pair(page: Page, effect: str) -> tuple[Number, Number] | None:
    """GIA's effect on CP without and with innovation held fixed."""
    found = page.cells.several(
        (7, "GIA", f"(1) {effect}", "coefficient"), (7, "GIA", f"(3) {effect}", "coefficient")
    )
    return (found[0], found[1]) if found else None


def _share(before: Number, after: Number) -> Interval:
    return exactly(1.0) - after.interval / before.interval


def direct_share(page: Page) -> Iterator[Outcome]:
    """Claims C34, C35: 16.7 % of the direct effect."""
    pair = _pair(page, "direct")
    if pair is None:
        return
    span = _share(*pair)
    holds = span.overlaps(SHARE)
    yield Outcome(
        "mediated share",
        pair,
        f"1 − {pair[1].printed}/{pair[0].printed} = {1 - pair[1].value / pair[0].value:.1%}, "
        f"before rounding {span.low:.1%} to {span.high:.1%}",
        "" if holds else "the text says 16.7 %",
        "" if holds else CERTAIN,
    )


def total_share(page: Page) -> Iterator[Outcome]:
    """Claim C56: 16.7 % of the total impact."""
    pair = _pair(page, "total")
    if pair is None:
        return
    span = _share(*pair)
    off = not span.overlaps(SHARE)
    yield Outcome(
        "mediated share",
        pair,
        f"1 − {pair[1].printed}/{pair[0].printed} = {1 - pair[1].value / pair[0].value:.1%}, "
        f"before rounding {span.low:.1%} to {span.high:.1%}",
        "claim C56 puts the mediated share of the total impact at 16.7 %; that is the share of "
        "the direct effect, and of the total one it is far less"
        if off
        else "",
        CERTAIN if off else "",
    )


def spillover_share(page: Page) -> Iterator[Outcome]:
    """Claims C02, C05, C56: the mediated path spills over."""
    pair = _pair(page, "indirect")
    if pair is None:
        return
    before, after = pair
    grows = after.value >= before.value
    yield Outcome(
        "mediated share",
        pair,
        f"1 − {after.printed}/{before.printed} = {1 - after.value / before.value:.1%}",
        "the spillover does not fall when innovation is held fixed, so by the text's own criterion "
        "(the coefficient must shrink) none of it is mediated; claims C05 and C56 say that the "
        "mediated path spills over"
        if grows
        else "",
        CERTAIN if grows else "",
    )


def product_path(page: Page) -> Iterator[Outcome]:
    """Total effect of GIA on TEC times that of TEC on CP, against the fall in the total effect.

    With row-standardised W a uniform change meets only total effects, so the two must agree if
    the three equations describe one world.
    """
    pair = _pair(page, "total")
    path = page.cells.several(
        (7, "GIA", "(2) total", "coefficient"), (7, "TEC", "(3) total", "coefficient")
    )
    if pair is None or path is None:
        return
    product = path[0].interval * path[1].interval
    fall = pair[0].interval - pair[1].interval
    off = not product.overlaps(fall)
    whole = pair[0].value
    yield Outcome(
        "mediated share",
        (*path, *pair),
        f"{path[0].printed} × {path[1].printed} = {path[0].value * path[1].value:.3f}, before "
        f"rounding {product.text()} ({path[0].value * path[1].value / whole:.0%} of the total); "
        f"{pair[0].printed} − {pair[1].printed} = {fall.text()}",
        "two measures of one mediated total effect disagree beyond rounding; samples leave some "
        "room, as the equations are estimated one by one"
        if off
        else "",
        LIKELY if off else "",
        ("GIA through TEC", "total"),
    )


def units(page: Page) -> Iterator[Outcome]:
    """Claims C38 to C40 against C55: percentage points against units."""
    mean_x = page.cells.get(5, "GIA", "all", "mean")
    mean_y = page.cells.get(5, "CP", "all", "mean")
    for effect, claim in (("direct", "C38"), ("indirect", "C39"), ("total", "C40")):
        number = page.cells.get(8, "GIA", effect)
        if number is None or mean_x is None or mean_y is None:
            continue
        elasticity = number.value * mean_x.value / mean_y.value
        yield Outcome(
            "units of magnitude statements",
            (number, mean_x, mean_y),
            f"0.01 of GIA moves CP by {number.value / 100:.5f}; at the means 1 % of GIA goes with "
            f"{number.printed} × {mean_x.printed}/{mean_y.printed} = {elasticity:.3f} % of CP",
            f"claim {claim} reads the effect as {number.value:.3g} percentage points per "
            "percentage point; GIA is a quotient and CP is in money per tonne (mean "
            f"{mean_y.printed}), both in levels, so it is {number.printed} units of CP per unit of "
            "GIA, as claim C55 has it",
            CERTAIN,
        )


def legend(page: Page) -> Iterator[Outcome]:
    """Claim C25: Figure 4 shows mean GIA in four tiers from 3 to 9."""
    mean = page.cells.get(5, "GIA", "all", "mean")
    if mean is None:
        return
    most = int(30 * mean.interval.high // 3)
    yield Outcome(
        "figures against tables",
        (mean,),
        f"30 × {mean.printed} = {30 * mean.value:.1f} = sum of the provinces' means; at most "
        f"{most} of them can reach 3",
        "claim C25 gives the map's lowest tier the value 3; at least "
        f"{30 - most} of 30 provinces lie below it. Another reading: the values count classes or "
        "mark upper ends"
        if most < 30
        else "",
        POSSIBLE if most < 30 else "",
    )


CHECKS = (direct_share, total_share, spillover_share, product_path, units, legend)
