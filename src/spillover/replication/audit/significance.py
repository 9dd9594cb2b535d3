"""What the text says of signs and significance, against the stars and what stands behind them.

Each check names the claim of ``claims.csv`` that it reads; a statement that holds gives an outcome
without a finding. Sizes and designs are read in :mod:`.statements`.
"""

from __future__ import annotations

from collections.abc import Iterator

from scipy import stats

from spillover.replication.audit.cells import CERTAIN, EFFECTS, Number, Outcome, Page
from spillover.replication.audit.stars import p_text
from spillover.replication.audit.statements import say

CONTROLS = ("Agdp", "URB", "OP", "ER", "IND", "PDE")


def _two_tailed(z: Number) -> float:
    return 2 * float(stats.norm.sf(abs(z.value)))


def autocorrelation(page: Page) -> Iterator[Outcome]:
    """Claims C09, C10: Moran's I is significant throughout."""
    for table, claim in ((1, "C09"), (2, "C10")):
        for z in page.cells.of("z", table=table):
            p = _two_tailed(z)
            yield say(
                (z,),
                f"{p_text(p)} with two tails",
                f"claim {claim} calls every year significant at 10 %; this one is not"
                if p >= 0.10
                else "",
                CERTAIN,
            )


def model_choice(page: Page) -> Iterator[Outcome]:
    """Claims C11, C12: LM at 10 %, LR and Wald at 1 %."""
    for number in page.cells.of("chi2", table=3):
        if "LM" in number.row:
            p = float(stats.chi2.sf(number.interval.high, 1))
            yield say(
                (number,),
                f"p ≥ {p:.3f} for χ²(1)",
                "claim C11 says that all LM statistics pass the 10 % level, which the text makes "
                "the condition for going on to LR and Wald; this one does not"
                if p >= 0.10
                else "",
                CERTAIN,
            )
        else:
            p = float(stats.chi2.sf(number.interval.low, 7))
            yield say(
                (number,),
                f"{p_text(p)} for χ²(7), less for fewer restrictions",
                "claim C12 says significant at 1 %" if p >= 0.01 else "",
                CERTAIN,
            )


def benchmark_signs(page: Page) -> Iterator[Outcome]:
    """Claims C26 to C30: signs, and significance where claimed, in both columns of Table 6."""
    wanted = {"GIA": (1, 1), "Agdp": (1, 1), "PDE": (1, 1), "IND": (-1, 0), "ER": (1, 0)}
    for row, (sign, least) in wanted.items():
        for column in ("OLS", "FE"):
            number = page.cells.get(6, row, column)
            if number is None:
                continue
            holds = number.value * sign > 0 and len(number.stars) >= least
            yield say(
                (number,),
                f"{'positive' if sign > 0 else 'negative'}{' with stars' if least else ''} claimed",
                "" if holds else "the text claims another sign or significance",
                CERTAIN,
            )


def one_percent(page: Page) -> Iterator[Outcome]:
    """Claim C43: all effects of GIA are positive at 1 % under both weights matrices."""
    for table in (8, 10):
        for effect in EFFECTS:
            found = page.cells.several(
                (table, "GIA", effect, "coefficient"), (table, "GIA", effect, "std_error")
            )
            if found is None:
                continue
            ratio = abs(found[0].interval) / found[1].interval
            least = 2 * float(stats.norm.sf(ratio.high))
            yield say(
                found,
                f"p ≥ {least:.4f} with two tails",
                "claim C43 says significant at 1 %; it is so at 5 %" if least >= 0.01 else "",
                CERTAIN,
            )


def same_controls(page: Page) -> Iterator[Outcome]:
    """Claim C45: signs and significance of the controls agree under both weights matrices."""
    for row in CONTROLS:
        for effect in EFFECTS:
            found = page.cells.several(
                (10, row, effect, "coefficient"), (8, row, effect, "coefficient")
            )
            if found is None:
                continue
            alike = found[0].stars == found[1].stars and found[0].value * found[1].value > 0
            yield say(
                found,
                f"Table 8 {found[1].stars or 'no star'}, Table 10 {found[0].stars or 'no star'}",
                ""
                if alike
                else "claim C45 says that sign and significance agree between the weights (the "
                "text later grants 'some discrepancies' in indirect effects)",
                CERTAIN,
            )


CHECKS = (autocorrelation, model_choice, benchmark_signs, one_percent, same_controls)
