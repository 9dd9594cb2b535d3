"""How far a result depends on the rates behind the perpetual-inventory capital stock.

It estimates one study again and again with other rates; the stock itself is declared in
:mod:`spillover.studies.growth_variables`.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import pandas as pd

from spillover.studies.growth_variables import DEPRECIATION, PRIOR_GROWTH, capital_stock
from spillover.studies.study import Study

DEPRECIATIONS = (0.05, DEPRECIATION, 0.15)
"""From the slowest to the fastest depreciation in use for China's provinces."""

GROWTHS = (0.05, PRIOR_GROWTH, 0.20)
"""Growth of investment before the base year: the higher, the smaller the first stock."""


def sensitivity(
    study: Study,
    depreciations: Iterable[float] = DEPRECIATIONS,
    growths: Iterable[float] = GROWTHS,
    cov_type: str = "robust",
) -> pd.DataFrame:
    """Effects of the exposure under every pair of rates, spatial Durbin model.

    Parameters
    ----------
    study : Study
        Its window is cut to the years in which the stock is known.
    depreciations, growths : iterable of float
        δ and g, shares per year.
    cov_type : str
        As in :meth:`spillover.econometrics.spatialpanel.SpatialPanel.fit`.

    Returns
    -------
    DataFrame
        Index (depreciation, growth); columns (direct, indirect, total) × (effect, std_error,
        pvalue).
    """
    first, last = capital_stock().years
    known = study.but(years=(max(first, study.years[0]), min(last, study.years[1])))
    rows = {
        (delta, g): known.but(K=capital_stock(delta, g))
        .spatial()
        .fit(cov_type=cov_type)
        .effects()
        .loc[study.exposure]
        for delta, g in product(depreciations, growths)
    }
    return pd.DataFrame(rows).T.rename_axis(["depreciation", "growth"])
