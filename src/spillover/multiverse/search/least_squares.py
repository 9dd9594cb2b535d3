"""The same search for the regressions without space: pooled or with effects, Table 6.

Regressions are run by :mod:`spillover.econometrics.regression`; distances are those of :mod:`.spatial`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from spillover.econometrics import regression
from spillover.multiverse.engine import REASONS, Store
from spillover.multiverse.grids import labelled
from spillover.multiverse.search.spatial import Scale
from spillover.replication import published
from spillover.replication.lag_structure import SearchError, root_mean_square
from spillover.studies.study import CARBON, Study

CHOICES: dict[str, Any] = {
    "fixed_effects": ["none", "entity", "time", "twoway"],
    "years": [(2013, 2022), (2016, 2021), (2013, 2019)],
    "CP": ["CEADs apparent", "CEADs sectoral", "CEADs final use", "energy"],
    "gdp": ["census4", "census5", "first_release"],
    "cov_type": ["heteroskedastic", "clustered"],
}
"""288 regressions of the first study."""


def _printed(column: str) -> pd.DataFrame:
    table = published.load(6)
    held = table[
        (table["column"] == column) & table["statistic"].isin(["coefficient", "std_error"])
    ]
    if held.empty:
        raise SearchError(f"Table 6 has no column {column!r}; choose OLS or FE")
    wide = held.pivot(index="row", columns="statistic", values="value").astype(float)
    return wide.reindex([row for row in held["row"].unique() if row != "Constant"])


def _estimate(study: Study, fixed_effects: str, cov_type: str, store: Store) -> pd.DataFrame:
    data = store.frame(study)
    y, X = data[study.outcome], data[list(study.regressors)]
    return regression.tidy(regression.ols(y, X, fixed_effects, cov_type))


def _measure(ours: pd.DataFrame, printed: pd.DataFrame, scale: float) -> dict[str, float]:
    ours = ours.loc[list(printed.index)]
    away = (ours["estimate"] - printed["coefficient"]) / printed["std_error"]
    scaled = (ours["estimate"] * scale - printed["coefficient"]) / printed["std_error"]
    ratio = pd.Series(np.log(ours["std_error"] * scale / printed["std_error"]))
    signs = np.sign(ours["estimate"]) == np.sign(printed["coefficient"])
    return {
        "distance": root_mean_square(away.to_numpy()),
        "distance_sd": root_mean_square(scaled.to_numpy()),
        "within_two_errors": int((scaled.abs() <= 2).sum()),
        "signs_agree": int(signs.sum()),
        "errors_apart": root_mean_square(ratio.to_numpy()),
        **{f"estimate {name}": float(value) for name, value in ours["estimate"].items()},
    }


def search_least_squares(
    column: str, study: Study = CARBON, choices: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Measure how near least squares come to a column of Table 6 under every choice.

    Parameters
    ----------
    column : str
        "OLS" or "FE".
    choices : mapping, optional
        fixed_effects ("none", "entity", "time", "twoway"), cov_type, and whatever
        :meth:`spillover.studies.study.Study.but` takes; :data:`CHOICES` by default.

    Returns
    -------
    DataFrame
        As :func:`spillover.multiverse.search.search`; the coefficients as "estimate GIA" and so on.
    """
    table = labelled(choices or CHOICES)
    grid = pd.MultiIndex.from_product([list(v) for v in table.values()], names=list(table))
    printed, store, scale, rows = _printed(column), Store(), Scale(study), []
    for labels in grid:
        made = {name: table[name][label] for name, label in zip(table, labels, strict=True)}
        rows.append(_row(study, made, printed, store, scale))
    frame = pd.concat([grid.to_frame(index=False), pd.DataFrame(rows)], axis=1)
    for name, values in table.items():
        frame[name] = pd.Categorical(frame[name], categories=list(values), ordered=True)
    return frame


def _row(
    study: Study, made: Mapping[str, Any], printed: pd.DataFrame, store: Store, scale: Scale
) -> dict[str, Any]:
    made = dict(made)
    fixed_effects = made.pop("fixed_effects", "twoway")
    cov_type = made.pop("cov_type", "heteroskedastic")
    variant = study.but(**made)
    try:
        ours = _estimate(variant, fixed_effects, cov_type, store)
    except REASONS as error:
        return {"reason": str(error)}
    moments = published.load(5).set_index(["row", "statistic"])["value"]
    printed_sd = float(moments[study.outcome, "sd"])
    return {**_measure(ours, printed, printed_sd / scale.of(variant)), "reason": ""}
