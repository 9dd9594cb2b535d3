"""One question asked of several variants of a study: tests that allow for how many there are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from spillover.econometrics import wild
from spillover.econometrics.multiplicity import holm, step_down
from spillover.econometrics.regression import design
from spillover.econometrics.spatialpanel.data import Array
from spillover.econometrics.weights import dense
from spillover.multiverse.engine import EFFECTS
from spillover.multiverse.specification import MultiverseError, Specification, plan
from spillover.studies.study import Study


def joint_tests(study: Study, draws: int = 9999, seed: int = 0, **choices: Any) -> pd.DataFrame:
    """Test the exposure's effects under every combination of choices, together.

    Of the regression with spatial lags of the regressors (SLX), y = xβ + Wxθ + …, in which effects
    are linear: direct β, indirect θ times the mean row sum of W, total their sum. Every null is
    tested by the wild cluster bootstrap with CR3 errors, and all by the same draws, so that what
    the tests have in common is known.

    Parameters
    ----------
    study : Study
        Its fixed effects and weights; clusters are its units.
    draws, seed : int
    **choices
        As in :func:`spillover.multiverse.plan`; all variants must have the same units.

    Returns
    -------
    DataFrame
        Indexed by (label, effect): effect, std_error (CR3), pvalue (of this test alone), holm and
        step_down (adjusted for all rows).

    Raises
    ------
    MultiverseError
        Variants with other units, random effects, or an exposure without a spatial lag.

    Examples
    --------
    >>> from spillover.studies import CARBON
    >>> table = joint_tests(CARBON, 999, GIA=["hydro", "wind and solar"])
    >>> table.shape
    (6, 5)
    """
    specs = plan(study, **choices)
    units = specs[0].study.units
    signs, complete = wild.draws(len(units), draws, seed=seed, fault=MultiverseError)
    keys, estimates, statistics, drawn = [], [], [], []
    for spec in specs:
        if list(spec.study.units) != list(units):
            raise MultiverseError(
                f"{spec.label} has other units than {specs[0].label}; expected the same, so that "
                "all can be tested by the same draws"
            )
        y, X, clusters, restrictions = _regression(spec)
        b = np.linalg.lstsq(X, y, rcond=None)[0]
        for effect, restriction in zip(EFFECTS, restrictions, strict=True):
            test = wild.restriction_test(X, restriction[None, :], clusters, "cr3")
            keys.append((spec.label, effect))
            estimates.append(float(restriction @ b))
            statistics.append(test.statistic(y))
            drawn.append(test.drawn(y, signs, "cr2"))
    alone = [wild.pvalue(s, d, complete) for s, d in zip(statistics, drawn, strict=True)]
    value, F = np.array(estimates), np.array(statistics)
    return pd.DataFrame(
        {
            "effect": value,
            "std_error": np.abs(value) / np.sqrt(F),
            "pvalue": alone,
            "holm": holm(alone),
            "step_down": step_down(F, drawn),
        },
        index=pd.MultiIndex.from_tuples(keys, names=["label", "effect"]),
    )


def _regression(spec: Specification) -> tuple[Array, Array, Any, Array]:
    """y, columns, cluster of each row, and the weights of the coefficients in each effect."""
    study = spec.study
    if spec.fixed_effects == "random" or study.exposure not in spec.lagged:
        raise MultiverseError(
            f"{spec.label}: {spec.fixed_effects} effects, lags of {list(spec.lagged)}; expected "
            f"fixed effects and a lag of {study.exposure}"
        )
    data = study.frame(study.outcome, *study.regressors).sort_index()
    clusters, units = pd.factorize(data.index.get_level_values(0))
    periods = pd.factorize(data.index.get_level_values(1), sort=True)[0]
    W = dense(study.graph()).loc[units, units].to_numpy()
    X = data[list(study.regressors)].to_numpy(dtype=float)
    own = X[:, [study.regressors.index(name) for name in spec.lagged]]
    wide = own.reshape(len(units), -1, own.shape[1])
    lags = np.einsum("ij,jtk->itk", W, wide).reshape(own.shape)
    columns = design(np.column_stack([X, lags]), clusters, periods, study.fixed_effects)
    restrictions = np.zeros((len(EFFECTS), columns.shape[1]))
    restrictions[[0, 2], study.regressors.index(study.exposure)] = 1.0
    restrictions[1:, X.shape[1] + spec.lagged.index(study.exposure)] = W.sum() / len(units)
    return data[study.outcome].to_numpy(dtype=float), columns, clusters, restrictions
