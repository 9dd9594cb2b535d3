"""From fitted specifications to a table: one row each, the failed ones with their reason.

It arranges what :mod:`.engine` estimated; what the rows say together is in :mod:`.curve`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from spillover.multiverse.engine import EFFECTS, Fitted


def _described(fitted: Fitted) -> dict[str, Any]:
    spec, study = fitted.spec, fitted.spec.study
    return {
        "group": spec.group,
        "label": spec.label,
        "outcome": study.variants.get(study.outcome, "default"),
        "exposure": study.variants.get(study.exposure, "default"),
        "years": f"{study.years[0]}–{study.years[1]}",
        "weights": spec.weights,
        "model": spec.model,
        "lagged": " ".join(spec.lagged),
        "fixed_effects": spec.fixed_effects,
        "cov_type": spec.cov_type,
    }


def _estimates(fitted: Fitted, symbol: str, level: float) -> dict[str, float]:
    cells = np.full((len(EFFECTS), 3), np.nan)
    if fitted.effects is not None:
        place = fitted.effects.index.get_loc(symbol)
        cells = fitted.effects.to_numpy(dtype=float)[place].reshape(cells.shape)
    reach = float(ndtri(0.5 + level / 2))
    row: dict[str, float] = {}
    for effect, (point, error, p_value) in zip(EFFECTS, cells.tolist(), strict=True):
        row[effect] = point
        row[f"{effect}_std_error"] = error
        row[f"{effect}_pvalue"] = p_value
        row[f"{effect}_low"] = point - reach * error
        row[f"{effect}_high"] = point + reach * error
    return row


def tidy(results: Sequence[Fitted], symbol: str | None = None, level: float = 0.95) -> pd.DataFrame:
    """One row per specification: what it is, the effects of one variable, why it failed.

    Parameters
    ----------
    results : sequence of Fitted
    symbol : str, optional
        The variable whose effects are wanted; each study's exposure by default.
    level : float
        Of the confidence intervals, normal.

    Returns
    -------
    DataFrame
        group, label, outcome, exposure, years, weights, model, lagged, fixed_effects, cov_type;
        direct, indirect and total, each with ``_std_error``, ``_pvalue``, ``_low``, ``_high``;
        rho, rho_std_error, N, T, loglik, reason, note.
    """
    rows = []
    for fitted in results:
        row = _described(fitted) | _estimates(fitted, symbol or fitted.spec.study.exposure, level)
        row |= {"rho": fitted.rho, "rho_std_error": fitted.rho_std_error}
        row |= {"N": fitted.units, "T": fitted.periods, "loglik": fitted.loglik}
        rows.append(row | {"reason": fitted.reason, "note": fitted.note})
    return pd.DataFrame(rows)
