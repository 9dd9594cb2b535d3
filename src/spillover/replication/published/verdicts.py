"""The verdict on one number of ours beside one printed number.

It judges agreement only; whether the printed number can be right is asked in
:mod:`spillover.replication.audit`.

The verdicts, in this order; the first that holds is given:

*reproduced*
    ours, rounded to the printed decimals, is the printed number;
*close*
    within two published standard errors, of the same sign, and significant at 10 % if and only if
    the printed one is. A kind without a published standard error cannot be close, nor can a
    number whose significance on our side is not known. A standard error is close only if its
    coefficient also keeps sign and significance;
*same sign*
    ours has the sign of the printed number; for a test statistic, which is positive whatever the
    data say, the decision at 10 % must be the same as well. For numbers that are positive by
    construction (errors, counts, R²) this says no more than that there is a counterpart;
*opposite*
    it has not;
*not comparable*
    there is no counterpart, and the reason says why.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from spillover.replication.published.intake import PublishedError
from spillover.replication.published.kinds import LEVEL, TESTS
from spillover.replication.published.rounding import equal_as_printed

VERDICTS = ("reproduced", "close", "same sign", "opposite", "not comparable")

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Pair:
    """One printed number with ours and what the rule needs to know of both."""

    key: Key
    printed: str
    ours: float
    error: float
    significant: bool | None
    p_value: float
    sign_kept: bool

    @property
    def kind(self) -> str:
        """The statistic that the number is."""
        return self.key[2]

    @property
    def difference(self) -> float:
        """Ours less the printed number."""
        return self.ours - float(self.printed)

    @property
    def distance(self) -> float:
        """The difference in published standard errors; NaN where there is none."""
        return self.difference / self.error if self.error > 0 else math.nan


def same_sign(ours: float, printed: float) -> bool:
    """Say whether two numbers have the same sign; zero shares it with zero alone."""
    return ours * printed > 0 or ours == printed == 0


def _same_decision(pair: Pair) -> bool:
    return pair.significant == (pair.p_value < LEVEL)


def _close(pair: Pair) -> tuple[bool, str]:
    """Whether a number of the same sign is close, and why not if it is not."""
    if math.isnan(pair.error):
        return False, "no published standard error for this kind, so it cannot be close"
    if abs(pair.distance) > 2:
        return False, f"{abs(pair.distance):.1f} published standard errors away"
    if pair.significant is None:
        return True, ""
    if math.isnan(pair.p_value):
        return False, "within two standard errors, but no p-value of ours"
    if not _same_decision(pair):
        theirs = "significant" if pair.significant else "not significant"
        return False, f"within two standard errors; printed as {theirs} at 10 %, ours otherwise"
    if not pair.sign_kept:
        return False, "within two standard errors; its coefficient has the opposite sign"
    return True, ""


def judge(pair: Pair) -> tuple[str, str]:
    """Verdict and reason for a number that has a counterpart."""
    if equal_as_printed(pair.ours, pair.printed):
        return "reproduced", ""
    if not same_sign(pair.ours, float(pair.printed)):
        return "opposite", "the signs differ" if pair.ours else "ours is zero"
    if pair.kind in TESTS and math.isnan(pair.p_value):
        row, column, _ = pair.key
        raise PublishedError(
            f"found no p-value of ours for {pair.key}, whose degrees of freedom are not printed; "
            f"expected a row ({row!r}, {column!r}, 'p_value')"
        )
    if pair.kind in TESTS and not _same_decision(pair):
        theirs = "significant" if pair.significant else "not significant"
        return "opposite", f"printed as {theirs} at 10 %, ours has p = {pair.p_value:.3f}"
    near, why_not = _close(pair)
    if not near:
        return "same sign", why_not
    return "close", f"{abs(pair.distance):.2f} published standard errors away"
