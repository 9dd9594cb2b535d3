"""Claims about robustness, instruments and groups: Tables 9 to 12.

Some compare the paper's statements with its own tables, where that settles them.
"""

from __future__ import annotations

import math

from scipy.stats import norm

from spillover.econometrics.formats import fmt, pvalue
from spillover.replication.scorecard.evidence import (
    CannotBeTestedError,
    Cell,
    Evidence,
    Finding,
    decided,
    directed,
    printed,
)
from spillover.replication.scorecard.registry import claim

EFFECTS = ("direct", "indirect", "total")
CONTROLS = ("Agdp", "URB", "OP", "ER", "IND", "PDE")
PLAN = (2016, 2020)
"""Years of the 13th Five-Year Plan."""
LARGEST_STOCK_YOGO = 16.38
"""10 % maximal size, one instrument, one endogenous regressor (i.i.d. errors)."""


@claim("C41")
def positive_in_the_short_window(e: Evidence) -> Finding:
    """Table 9, second window."""
    return directed(e.cells(9, "GIA", ["2016-2021 direct", "2016-2021 indirect"]))


@claim("C42")
def window_is_the_plan(_: Evidence) -> Finding:
    """The plan's years are known."""
    words = f"the 13th Five-Year Plan ran from {PLAN[0]} to {PLAN[1]}; the window is 2016 to 2021"
    return decided(PLAN == (2016, 2021), words)


@claim("C43")
def positive_under_both_weights(e: Evidence) -> Finding:
    """Tables 8 and 10, all effects at 1 %."""
    return directed([*e.cells(8, "GIA", EFFECTS), *e.cells(10, "GIA", EFFECTS)], level=0.01)


@claim("C44")
def size_varies_slightly(_: Evidence) -> Finding:
    """Tables 8 and 10 as printed: slightly is less than by a factor of two."""
    ratios = {k: printed(10, "GIA", k) / printed(8, "GIA", k) for k in EFFECTS}
    words = ", ".join(f"{kind} {fmt(ratio, 1)}" for kind, ratio in ratios.items())
    slight = all(0.5 < ratio < 2 for ratio in ratios.values())
    return decided(slight, f"as printed, distance over contiguity: {words} times")


@claim("C45")
def controls_agree(e: Evidence) -> Finding:
    """Signs and significance at 10 % of eighteen effects under both weights."""
    pairs = [(e.cell(8, row, c), e.cell(10, row, c)) for row in CONTROLS for c in EFFECTS]
    signs = sum(a.ours * b.ours > 0 for a, b in pairs)
    both = sum(a.ours * b.ours > 0 and (a.p < 0.1) == (b.p < 0.1) for a, b in pairs)
    printed_alike = sum(_starred(a) == _starred(b) for a, b in pairs)
    words = (
        f"ours: {signs} of {len(pairs)} signs agree, {both} with significance; as printed "
        f"{printed_alike} agree in significance at 10 %"
    )
    return decided(both == len(pairs), words)


def _starred(cell: Cell) -> bool:
    error = printed(cell.table, cell.row, cell.column, "std_error")
    return bool(2 * norm.sf(abs(cell.printed) / error) < 0.1)


@claim("C46")
def instruments_are_relevant(e: Evidence) -> Finding:
    """Table 11: first stage and underidentification at 1 %."""
    first = [e.cell(11, "L.GIA", "IV1 first stage"), e.cell(11, "Terrain", "IV2 first stage")]
    under = [e.cell(11, "model", f"IV{i} second stage", "kp_rk_lm") for i in (1, 2)]
    words = "; ".join(map(str, [*first, *under]))
    return decided(all(c.has(1, 0.01) for c in [*first, *under]), words)


@claim("C47")
def instruments_are_strong(e: Evidence) -> Finding:
    """Table 11: both F above the largest Stock–Yogo value."""
    cells = [e.cell(11, "model", f"IV{i} second stage", "kp_rk_wald_f") for i in (1, 2)]
    words = ", ".join(f"{fmt(c.ours, 1)} (printed {fmt(c.printed, 1)})" for c in cells)
    note = f"F {words} against {LARGEST_STOCK_YOGO}, which holds for independent errors"
    return decided(all(c.ours > LARGEST_STOCK_YOGO for c in cells), note)


@claim("C48")
def estimates_agree(e: Evidence) -> Finding:
    """Table 11: both positive and significant, within two errors of each other."""
    cells = [e.cell(11, "GIA", f"IV{i} second stage") for i in (1, 2)]
    error = e.cell(11, "GIA", "IV1 second stage", "std_error").ours
    alike = abs(cells[0].ours - cells[1].ours) <= 2 * error
    return decided(alike and all(c.has(1) for c in cells), "; ".join(map(str, cells)))


@claim("C49")
def instrument_is_relief(e: Evidence) -> Finding:
    """A statement of method; what can be seen is whether ours behaves alike."""
    cell = e.cell(11, "Terrain", "IV2 first stage")
    raise CannotBeTestedError(f"the paper's relief figures are not public; with ours: {cell}")


@claim("C06", "C50", "C51", "C52", "C53", "C54")
def groups(e: Evidence) -> Finding:
    """Table 12 rests on a ranking that is not public."""
    raise CannotBeTestedError(
        "the ranking that forms the three groups is not public, so neither are the groups"
    )


@claim("C57")
def low_is_like_medium(_: Evidence) -> Finding:
    """Table 12 as printed: the difference of two independent groups."""
    low, medium = (printed(12, "GIA", group) for group in ("low", "medium"))
    errors = [printed(12, "GIA", group, "std_error") for group in ("low", "medium")]
    z = (medium - low) / math.hypot(*errors)
    p = float(2 * norm.sf(abs(z)))
    words = f"as printed {fmt(low, 3)} against {fmt(medium, 3)}: z {fmt(z, 2)}, p {pvalue(p)}"
    return decided(p >= 0.1, words)


@claim("C58")
def main_result_survives(e: Evidence) -> Finding:
    """Direct effects in Tables 9 and 10, instrumented coefficients in Table 11."""
    spatial = [e.cell(9, "GIA", "2016-2021 direct"), e.cell(10, "GIA", "direct")]
    found = directed(spatial)
    if found.verdict == "not upheld":
        return found
    instrumented = [e.cell(11, "GIA", f"IV{i} second stage") for i in (1, 2)]
    return directed([*spatial, *instrumented])
