"""Formulas such as "y ~ x + log(z)", read by formulaic into an outcome and regressors.

It adds no constant and drops no rows: the model decides on both.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from formulaic import Formula
from formulaic.errors import FormulaicError

from spillover.econometrics.spatialpanel.errors import SpatialPanelError


def read_formula(formula: str, data: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame]:
    """Outcome and regressors of a formula, without the constant.

    Categorical columns become dummies with the first level left out.

    Raises
    ------
    SpatialPanelError
        No outcome on the left, several of them, or columns that are not in data.

    Examples
    --------
    >>> data = pd.DataFrame({"y": [1.0, 2.0], "x": [3.0, 4.0]})
    >>> read_formula("y ~ x", data)[1]
         x
    0  3.0
    1  4.0
    """
    if formula.count("~") != 1:
        raise SpatialPanelError(f"formula {formula!r}; expected one '~', as in 'y ~ x1 + x2'")
    left, right = formula.split("~")
    try:
        y = _matrix(f"{left} - 1", data)
        X = _matrix(f"1 + {right}", data)
    except (FormulaicError, KeyError, NameError, SyntaxError) as fault:
        raise SpatialPanelError(
            f"formula {formula!r} cannot be read: {str(fault).splitlines()[0]}"
        ) from None
    if y.shape[1] != 1:
        raise SpatialPanelError(f"formula {formula!r} has {y.shape[1]} outcomes; expected one")
    return y.iloc[:, 0], X.drop(columns="Intercept", errors="ignore")


def _matrix(terms: str, data: pd.DataFrame) -> pd.DataFrame:
    with np.errstate(divide="ignore", invalid="ignore"):
        made = Formula(terms).get_model_matrix(data, na_action="ignore", context={"log": np.log})
    return pd.DataFrame(made)
