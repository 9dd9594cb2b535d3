"""One test of one hypothesis: its statistic, its distribution and what follows in words.

The common form in which the other rooms of selection hand over their results.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2


@dataclass(frozen=True)
class HypothesisTest:
    """A test and its outcome.

    Attributes
    ----------
    name : of the test, as a table's row
    null : the hypothesis under test, in words
    statistic : its value
    df : degrees of freedom of the χ² distribution; NaN for a normal one, or where the statistic
        has no known distribution
    pvalue : probability of a larger statistic under the null; NaN where there is none
    note : why there is no p-value, or what else must be known

    Examples
    --------
    >>> chi_square("LR", "rho = 0", 3.841459, 1).verdict
    'rho = 0: rejected at 5 % (p = 0.050)'
    """

    name: str
    null: str
    statistic: float
    df: float
    pvalue: float
    note: str = ""

    @property
    def verdict(self) -> str:
        """What follows, in words, at the 5 % level."""
        return self.at()

    def at(self, level: float = 0.05) -> str:
        """What follows, in words, at a level of significance."""
        if np.isnan(self.pvalue):
            return self.note
        outcome = "rejected" if self.rejects(level) else "not rejected"
        shown = "p < 0.001" if self.pvalue < 0.001 else f"p = {self.pvalue:.3f}"
        words = f"{self.null}: {outcome} at {100 * level:g} % ({shown})"
        return f"{words}; {self.note}" if self.note else words

    def rejects(self, level: float = 0.05) -> bool:
        """Whether the null is rejected; never where there is no p-value."""
        return bool(self.pvalue <= level)


def chi_square(name: str, null: str, statistic: float, df: int, note: str = "") -> HypothesisTest:
    """A test whose statistic is χ²(df) under the null."""
    return HypothesisTest(
        name, null, float(statistic), float(df), float(chi2.sf(statistic, df)), note
    )


def not_a_test(name: str, null: str, note: str, statistic: float = np.nan) -> HypothesisTest:
    """A comparison that has a value but no distribution, with the reason."""
    return HypothesisTest(name, null, float(statistic), np.nan, np.nan, note)


def as_table(tests: Iterable[HypothesisTest], level: float = 0.05) -> pd.DataFrame:
    """Tests as rows; columns statistic, df, pvalue, verdict."""
    tests = list(tests)
    return pd.DataFrame(
        {
            "statistic": [test.statistic for test in tests],
            "df": [test.df for test in tests],
            "pvalue": [test.pvalue for test in tests],
            "verdict": [test.at(level) for test in tests],
        },
        index=pd.Index([test.name for test in tests], name="test"),
    )
