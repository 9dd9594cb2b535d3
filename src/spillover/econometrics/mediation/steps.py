"""The stepwise reading of a mediation, as the papers do it.

It repeats the procedure to make it checkable; inference on the mediated effect itself, which
these steps do not give, is in :mod:`.paths`.
"""

from __future__ import annotations

import pandas as pd

from spillover.econometrics.mediation.system import System

READINGS = ("coefficient", "direct", "indirect", "total")


def stepwise(system: System, level: float = 0.10) -> pd.DataFrame:
    """Baron and Kenny's steps by coefficients, and by direct, indirect and total effects.

    The first paper's text tests the coefficients β₁, γ₁ and α₂ and compares |α₁| with |β₁|; its
    table and its share of 16.7 % = 1 − 0.075/0.090 use direct effects. Both are given. The steps
    say nothing on the size of the product, its error or its spillover, and a mediated effect can
    exist without a significant total.

    Parameters
    ----------
    level : float
        Significance at which a step is passed.

    Returns
    -------
    DataFrame
        Indexed by reading: for total (β₁), first (γ₁), second (α₂) and rest (α₁) the estimate,
        std_error and pvalue (column pairs); ``passed`` for the steps total, first, second,
        smaller; ``mediation`` when all are passed; ``share`` = 1 − rest/total.
    """
    return pd.DataFrame({reading: _read(system, reading, level) for reading in READINGS}).T


def _read(system: System, reading: str, level: float) -> pd.Series:
    sources = {
        "total": (system.total, system.exposure),
        "first": (system.mediator, system.exposure),
        "second": (system.outcome, system.through),
        "rest": (system.outcome, system.exposure),
    }
    values: dict[tuple[str, str], float | bool] = {}
    for step, (fit, name) in sources.items():
        if reading == "coefficient":
            numbers = (fit.params[name], fit.std_errors[name], fit.pvalues[name])
        else:
            numbers = tuple(fit.effects().loc[name].loc[reading].to_numpy(dtype=float))
        for label, number in zip(("estimate", "std_error", "pvalue"), numbers, strict=True):
            values[step, label] = float(number)
        if step != "rest":
            values["passed", step] = bool(numbers[2] < level)
    smaller = abs(values["rest", "estimate"]) < abs(values["total", "estimate"])
    values["passed", "smaller"] = smaller
    steps = [values["passed", s] for s in ("total", "first", "second", "smaller")]
    values["all", "mediation"] = all(steps)
    values["all", "share"] = 1 - values["rest", "estimate"] / values["total", "estimate"]
    return pd.Series(values, dtype=object)
