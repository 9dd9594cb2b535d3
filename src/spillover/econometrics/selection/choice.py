"""Which spatial model: all tests in one table, and what follows from them in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from spillover.econometrics.checks import significance, some, whole
from spillover.econometrics.formats import fmt, pvalue
from spillover.econometrics.selection.tests import (
    HypothesisTest,
    LagrangeTests,
    hausman,
    lagrange_tests,
    likelihood_ratio,
    mundlak,
    not_a_test,
    pesaran_cd,
    wald,
    weighted_cd,
)
from spillover.econometrics.spatialpanel import (
    PanelResults,
    SpatialPanel,
    SpatialPanelError,
    SpatialWeights,
)
from spillover.econometrics.spatialpanel.weights import Weights

_CLUSTERED = ("robust", "clustered", "clustered-xsmle", "cr2", "cr3")
_ONE_VARIANCE = ("observed", "expected")


@dataclass(frozen=True)
class ModelChoice:
    """The decision table and its conclusion.

    Attributes
    ----------
    tests : LM, LR, Wald, Hausman and CD tests, in the table's order
    recommended : "ols", "slx", "sar", "sem" or "sdm"
    reason : the conclusion in words
    fits : the candidates that were fitted, by model
    level : of significance
    """

    tests: tuple[HypothesisTest, ...]
    recommended: str
    reason: str
    fits: dict[str, PanelResults]
    level: float

    @cached_property
    def table(self) -> pd.DataFrame:
        """Tests as rows; columns statistic, df, pvalue, bootstrap (its p-value) and verdict."""
        return pd.DataFrame(
            {
                "statistic": [test.statistic for test in self.tests],
                "df": [test.df for test in self.tests],
                "pvalue": [test.pvalue for test in self.tests],
                "bootstrap": [test.bootstrap for test in self.tests],
                "verdict": [test.at(self.level) for test in self.tests],
            },
            index=pd.Index([test.name for test in self.tests], name="test"),
        )

    def __getitem__(self, name: str) -> HypothesisTest:
        """The test of that name."""
        named = {test.name: test for test in self.tests}
        if name not in named:
            raise KeyError(f"no test {name!r}; expected one of {some(named, 30)}")
        return named[name]

    def __str__(self) -> str:
        return f"{self._written().to_string()}\n\n{self.reason}"

    def _repr_html_(self) -> str:
        return f"{self._written().to_html()}<p>{self.reason}</p>"

    def _written(self) -> pd.DataFrame:
        """The table as text; a p-value that would round to zero as a bound."""
        columns = {name: self.table[name].map(pvalue) for name in ("pvalue", "bootstrap")}
        return self.table.assign(statistic=self.table["statistic"].map(fmt), **columns)


def choose_model(
    y: pd.Series,
    X: pd.DataFrame,
    W: Weights | SpatialWeights,
    *,
    lagged: Sequence[str] | str | None = None,
    fixed_effects: str = "twoway",
    lag_after_demeaning: bool = False,
    correction: str | None = "auto",
    cov_type: str = "observed",
    level: float = 0.05,
    draws: int = 999,
    seed: int = 0,
) -> ModelChoice:
    """Run the tests that lead from least squares to a spatial model.

    LM and robust LM tests on the transformed data; LR and Wald tests of the Durbin model
    against SAR, SEM and SLX; Hausman's and Mundlak's tests of the Durbin model's entity effects,
    where it has them; a CD test of its residuals. The rule is Elhorst's (2014, ch. 2.9): the
    Durbin model unless it can be simplified, then SAR or SEM as the LM tests point.

    Which p-values decide follows from the covariance. With "observed" or "expected"
    information, errors are taken as independent with one variance, and the χ² of LM and LR
    decides. With clustered errors ("robust", "clustered", "cr2", "cr3") these do not hold, and
    a wild cluster bootstrap of the same statistics decides. Without draws, and with
    "driscoll-kraay", it is LM's χ² and Wald tests.

    In panels of 30 entities and 10 years, with errors that are independent, unequal between
    entities, correlated over time or both, the bootstrap rejects true hypotheses in 2–9 % of
    samples at 5 % (``data/simulated/test_size.csv``).

    Parameters
    ----------
    y, X, W, lagged, fixed_effects, lag_after_demeaning : as in `SpatialPanel`
    correction : as in `SpatialPanel`, of the models with a spatial coefficient. None: LM, LR and
        Wald statistics as Stata and R print them, which reject too often with time effects and
        a row-standardised W; otherwise LM statistics are standardised
    cov_type : as in `SpatialPanel.fit`; the covariance of the Wald tests, and what decides
    level : of significance
    draws, seed : of the bootstrap, which is made for clustered errors alone; 0: none. Hausman's
        test, whose samples take longer, has a fifth of them

    Returns
    -------
    ModelChoice, whose `table` has one row for each test

    Raises
    ------
    SpatialPanelError
        Anything that `SpatialPanel` does not estimate; a level that is no share up to one half.
    """
    significance(level, SpatialPanelError)
    whole(draws, SpatialPanelError, "draws")
    whole(seed, SpatialPanelError, "seed")
    weights = SpatialWeights.of(W)
    fits = {
        model: SpatialPanel(
            y,
            X,
            weights,
            model=model,
            lagged=lagged if model in ("sdm", "slx") else None,
            fixed_effects=fixed_effects,
            lag_after_demeaning=lag_after_demeaning,
            correction=None if model in ("ols", "slx") and correction == "lee-yu" else correction,
        ).fit(cov_type)
        for model in ("ols", "sar", "sem", "slx", "sdm")
    }
    durbin = fits["sdm"]
    kind = durbin.inference.cov_type
    count = draws if kind in _CLUSTERED else 0
    lm = lagrange_tests(
        fits["ols"].model, standardised=correction is not None, draws=count, seed=seed
    )
    lags = likelihood_ratio(fits["ols"], fits["slx"], draws=count, seed=seed)
    ratios = [
        likelihood_ratio(fits[model], durbin, draws=count, seed=seed)
        for model in ("sar", "sem", "slx")
    ]
    walds = [wald(durbin, model) for model in ("sar", "sem", "slx")]
    after = (*_fixed_or_random(durbin, count // 5, seed), _dependence(durbin, seed))
    if count or kind in _ONE_VARIANCE:
        recommended, reason = decide(lm, lags, ratios, level)
    else:
        recommended, reason = decide(lm, wald(fits["slx"], "ols"), walds, level)
    return ModelChoice((*lm, lags, *ratios, *walds, *after), recommended, reason, fits, level)


def _fixed_or_random(durbin: PanelResults, draws: int, seed: int) -> tuple[HypothesisTest, ...]:
    """Hausman's and Mundlak's tests for a model with entity effects, or why there are none."""
    null = "random effects are uncorrelated with X"
    model = durbin.model
    spec = model.spec
    partner = {"entity": "none", "twoway": "time"}.get(spec.fixed_effects)
    if partner is None or spec.lag_after_demeaning:
        why = "the model has no entity effects" if partner is None else "random effects use Q(Wy)"
        return (not_a_test("Hausman", null, f"no test: {why}"),)
    try:
        uncorrelated = replace(spec, random_effects=True, fixed_effects=partner, correction=None)
        random = SpatialPanel.from_data(model.data, model.weights, uncorrelated).fit()
        plain = replace(spec, correction=None)
        fixed = SpatialPanel.from_data(model.data, model.weights, plain).fit()
        return (
            hausman(fixed, random, draws=draws, seed=seed),
            mundlak(random.model.fit(durbin.inference.cov_type)),
        )
    except SpatialPanelError as fault:
        return (not_a_test("Hausman", null, f"no test: {fault}"),)


def _dependence(durbin: PanelResults, seed: int) -> HypothesisTest:
    """A CD test, Pesaran's own where there are no time effects, or why there is none."""
    try:
        if durbin.model.spec.fixed_effects in ("time", "twoway"):
            return weighted_cd(durbin, seed=seed)
        return pesaran_cd(durbin)
    except SpatialPanelError as fault:
        null = "no cross-section dependence of residuals"
        return not_a_test("Pesaran CD", null, f"no test: {fault}")


def decide(
    lm: LagrangeTests,
    lags: HypothesisTest,
    simpler: Sequence[HypothesisTest],
    level: float = 0.05,
) -> tuple[str, str]:
    """Apply Elhorst's rule: simplify the Durbin model only where the tests let it.

    Parameters
    ----------
    lm : LM tests on the residuals of least squares
    lags : test of SLX against OLS
    simpler : tests of the SDM against SAR, SEM and SLX
    level : of significance

    Returns
    -------
    The preferred model, "ols", "slx", "sar", "sem" or "sdm", and the reason in words.
    """
    against_sar, against_sem, against_slx = simpler
    if not any(test.rejects(level) for test in (lm.lag, lm.error, lm.joint)):
        found = "The LM tests find neither a spatial lag nor a spatial error"
        if not lags.rejects(level):
            return "ols", (
                f"{found}, and lagged regressors are not significant together: nothing rejects the "
                "model without spatial terms."
            )
        if against_slx.rejects(level):
            return "sdm", (
                f"{found}, but lagged regressors matter, and with them the lag of y does too: "
                "the spatial Durbin model is preferred."
            )
        return "slx", (
            f"{found}, but lagged regressors matter, and with them the lag of y does not: "
            "the model with lagged regressors alone (SLX) is preferred."
        )

    sem_is_nested = not np.isnan(against_sem.decisive)
    sar_is_open = not against_sar.rejects(level)
    sem_is_open = sem_is_nested and not against_sem.rejects(level)
    if not sar_is_open and not sem_is_open:
        tail = "" if sem_is_nested else " (SEM is not nested in it and was not tested)"
        alone = (
            ""
            if against_slx.rejects(level)
            else " Beside the lagged regressors the lag of y is not significant: SLX does as well."
        )
        return "sdm", (
            "The LM tests find spatial dependence and the Durbin model cannot be simplified to a "
            f"lag or an error model{tail}: the spatial Durbin model is preferred.{alone}"
        )

    # the Durbin model may be simplified: the robust LM tests say to which model. Both are χ²(1),
    # and statistics can be compared where p-values are too small to differ
    lag, error = lm.robust_lag, lm.robust_error
    clearer = lag.statistic > error.statistic
    points_to_lag = lag.rejects(level) and (not error.rejects(level) or clearer)
    points_to_error = error.rejects(level) and not points_to_lag
    if sar_is_open and (points_to_lag or not (sem_is_open or points_to_error)):
        return "sar", (
            "The Durbin model can be simplified to the spatial lag model, and the LM tests do "
            "not object: SAR is preferred."
        )
    if sem_is_open and points_to_error:
        return "sem", (
            "The Durbin model can be simplified to the spatial error model, and the robust LM "
            "tests point the same way: SEM is preferred."
        )
    return "sdm", (
        "The robust LM tests do not point to the model to which the Durbin model could be "
        "simplified: the spatial Durbin model, which nests both, is preferred."
    )
