"""Which spatial model: all tests in one table, and what follows from them in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

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
)
from spillover.econometrics.spatialpanel import (
    PanelResults,
    SpatialPanel,
    SpatialPanelError,
    SpatialWeights,
)
from spillover.econometrics.spatialpanel.weights import Weights


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
        """Tests as rows; columns statistic, df, pvalue and verdict."""
        return pd.DataFrame(
            {
                "statistic": [test.statistic for test in self.tests],
                "df": [test.df for test in self.tests],
                "pvalue": [test.pvalue for test in self.tests],
                "verdict": [test.at(self.level) for test in self.tests],
            },
            index=pd.Index([test.name for test in self.tests], name="test"),
        )

    def __getitem__(self, name: str) -> HypothesisTest:
        """The test of that name."""
        return {test.name: test for test in self.tests}[name]

    def __str__(self) -> str:
        return f"{self.table.to_string()}\n\n{self.reason}"

    def _repr_html_(self) -> str:
        return f"{self.table.to_html(float_format='{:.3f}'.format)}<p>{self.reason}</p>"


def choose_model(
    y: pd.Series,
    X: pd.DataFrame,
    W: Weights | SpatialWeights,
    *,
    lagged: Sequence[str] | str | None = None,
    fixed_effects: str = "twoway",
    lag_after_demeaning: bool = False,
    cov_type: str = "observed",
    level: float = 0.05,
) -> ModelChoice:
    """Run the tests that lead from least squares to a spatial model.

    LM and robust LM tests on the transformed data; LR and Wald tests of the Durbin model
    against SAR, SEM and SLX; Hausman's and Mundlak's tests of the Durbin model's entity effects,
    where it has them; Pesaran's CD on its residuals. The rule is Elhorst's (2014, ch. 2.9): the
    Durbin model unless it can be simplified, then SAR or SEM as the LM tests point.

    Parameters
    ----------
    y, X, W, lagged, fixed_effects, lag_after_demeaning : as in `SpatialPanel`
    cov_type : "observed" or "expected" or "robust", of the Wald tests; Hausman's always uses
        the observed information
    level : of significance

    Returns
    -------
    ModelChoice, whose `table` has one row for each test
    """
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
        ).fit(cov_type)
        for model in ("ols", "sar", "sem", "slx", "sdm")
    }
    lm = lagrange_tests(fits["ols"].model)
    durbin = fits["sdm"]
    lags = likelihood_ratio(fits["ols"], fits["slx"])
    ratios = (
        likelihood_ratio(fits["sar"], durbin),
        likelihood_ratio(fits["sem"], durbin),
        likelihood_ratio(fits["slx"], durbin),
    )
    walds = (wald(durbin, "sar"), wald(durbin, "sem"), wald(durbin, "slx"))
    after = (*_fixed_or_random(durbin), _dependence(durbin))
    recommended, reason = decide(lm, lags, ratios, walds, level)
    return ModelChoice((*lm, lags, *ratios, *walds, *after), recommended, reason, fits, level)


def _fixed_or_random(durbin: PanelResults) -> tuple[HypothesisTest, ...]:
    """Hausman's and Mundlak's tests for a model with entity effects, or why there are none."""
    null = "random effects are uncorrelated with X"
    model = durbin.model
    spec = model.spec
    partner = {"entity": "none", "twoway": "time"}.get(spec.fixed_effects)
    if partner is None or spec.lag_after_demeaning:
        why = "the model has no entity effects" if partner is None else "random effects use Q(Wy)"
        return (not_a_test("Hausman", null, f"no test: {why}"),)
    try:
        uncorrelated = replace(spec, random_effects=True, fixed_effects=partner)
        random = SpatialPanel.from_data(model.data, model.weights, uncorrelated).fit()
        # with entity effects the correction leaves the estimates and mends the errors
        correction = "transformation" if spec.fixed_effects == "entity" else None
        corrected = replace(spec, correction=correction)
        fixed = SpatialPanel.from_data(model.data, model.weights, corrected).fit()
        return hausman(fixed, random), mundlak(random)
    except SpatialPanelError as fault:
        return (not_a_test("Hausman", null, f"no test: {fault}"),)


def _dependence(durbin: PanelResults) -> HypothesisTest:
    """Pesaran's CD, or why there is none."""
    try:
        return pesaran_cd(durbin)
    except SpatialPanelError as fault:
        null = "no cross-section dependence of residuals"
        return not_a_test("Pesaran CD", null, f"no test: {fault}")


def decide(
    lm: LagrangeTests,
    lags: HypothesisTest,
    ratios: tuple[HypothesisTest, HypothesisTest, HypothesisTest],
    walds: tuple[HypothesisTest, HypothesisTest, HypothesisTest],
    level: float = 0.05,
) -> tuple[str, str]:
    """Apply Elhorst's rule: simplify the Durbin model only where the tests let it.

    Parameters
    ----------
    lm : LM tests on the residuals of least squares
    lags : LR test of SLX against OLS
    ratios, walds : LR and Wald tests of the SDM against SAR, SEM and SLX
    level : of significance

    Returns
    -------
    The preferred model, "ols", "slx", "sar", "sem" or "sdm", and the reason in words.
    """
    if not any(test.rejects(level) for test in (lm.lag, lm.error, lm.joint)):
        found = "The LM tests find neither a spatial lag nor a spatial error"
        if not lags.rejects(level):
            return "ols", (
                f"{found}, and lagged regressors add nothing: a spatial model is not called for."
            )
        if ratios[2].rejects(level):
            return "sdm", (
                f"{found}, but lagged regressors matter, and with them the lag of y does too: "
                "the spatial Durbin model is preferred."
            )
        return "slx", (
            f"{found}, but lagged regressors matter, and with them the lag of y does not: "
            "the model with lagged regressors alone (SLX) is preferred."
        )

    not_sar = ratios[0].rejects(level) or walds[0].rejects(level)
    not_sem = ratios[1].rejects(level) or walds[1].rejects(level)
    sem_is_nested = not np.isnan(ratios[1].pvalue)
    if not_sar and (not_sem or not sem_is_nested):
        tail = "" if sem_is_nested else " (SEM is not nested in it and was not tested)"
        return "sdm", (
            "The LM tests find spatial dependence and the Durbin model cannot be simplified"
            f"{tail}: the spatial Durbin model is preferred."
        )

    # the Durbin model may be simplified: the robust LM tests say to which model
    lag, error = lm.robust_lag, lm.robust_error
    points_to_lag = lag.rejects(level) and (not error.rejects(level) or lag.pvalue < error.pvalue)
    points_to_error = error.rejects(level) and not points_to_lag
    if not not_sar and (points_to_lag or (not_sem and not points_to_error)):
        return "sar", (
            "The Durbin model can be simplified to the spatial lag model, and the LM tests do "
            "not object: SAR is preferred."
        )
    if not not_sem and points_to_error:
        return "sem", (
            "The Durbin model can be simplified to the spatial error model, and the robust LM "
            "tests point the same way: SEM is preferred."
        )
    return "sdm", (
        "The robust LM tests do not point to the model to which the Durbin model could be "
        "simplified: the spatial Durbin model, which nests both, is preferred."
    )
