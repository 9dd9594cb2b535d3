"""The second paper's models as evidence: effects under its two kinds of weights, and proxies.

It estimates and words what claims need; which claim needs what is in
:mod:`spillover.replication.growth_claims`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

import pandas as pd

from spillover.econometrics.formats import fmt, pvalue
from spillover.replication.published.kinds import LEVEL
from spillover.replication.scorecard.evidence import Evidence, Finding
from spillover.replication.scorecard.registry import Examine, claim
from spillover.studies import variables
from spillover.studies.study import GROWTH, Study

ECONOMIC = "economic distance"
COMPOSITE = "economic-geographic product"
MIX = "economic-geographic mix"


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


USES: dict[str, tuple[str, ...]] = {}
"""The variables that the evidence on each claim rests on, besides income and the controls."""


def proxies() -> pd.Series:
    """Whether the evidence on each claim rests on a variable that stands in for the paper's.

    Examples
    --------
    >>> from spillover.replication import growth_claims
    >>> bool(proxies()["G12"]), bool(proxies()["G02"])
    (True, False)
    """
    found = {name: any(variables.pick(s).proxy for s in uses) for name, uses in USES.items()}
    return pd.Series(found, name="proxy").sort_index()


def on(name: str, *uses: str) -> Callable[[Examine], Examine]:
    """Register evidence on a claim with the variables it rests on; a stand-in is said first."""

    def register(examine: Examine) -> Examine:
        USES[name] = uses

        @claim(name, paper="growth")
        @wraps(examine)
        def marked(e: Evidence) -> Finding:
            found = examine(e)
            lead = "by proxy: " if proxies()[name] else ""
            return Finding(found.verdict, lead + found.evidence)

        return marked

    return register


def study_of(e: Evidence) -> Study:
    """The second study as it was handed over, or as it is declared."""
    return e.study if e.study.key == GROWTH.key else GROWTH


def effects(e: Evidence, weights: str, *add: str) -> pd.DataFrame:
    """Effects of the Durbin model, errors clustered by province, with further regressors.

    The window is cut to the years in which the further regressors are complete.
    """
    study = study_of(e).covering(*add).but(weights=weights)
    return study.spatial(add=add).fit(cov_type="robust").effects()


def pick_effect(table: pd.DataFrame, symbol: str, which: str) -> Effect:
    """One effect out of a table of effects."""
    part = pd.DataFrame(table[which])
    value, p = (float(part[name].to_dict()[symbol]) for name in ("effect", "pvalue"))
    return Effect(value, p)


def listed(found: dict[str, Effect]) -> str:
    """Effects by name, in words."""
    return "; ".join(f"{name} {effect}" for name, effect in found.items())


def cluster(e: Evidence, weights: str, which: str, *add: str) -> Effect:
    """An effect of clusters under the named weights, with further regressors."""
    return pick_effect(effects(e, weights, *add), "LQ", which)


def direct_effects(e: Evidence, symbol: str, *add: str) -> dict[str, Effect]:
    """Direct effect of an added variable under either matrix."""
    both = (ECONOMIC, COMPOSITE)
    return {name: pick_effect(effects(e, name, *add), symbol, "direct") for name in both}
