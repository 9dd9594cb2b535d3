"""What printed effects say of the spatial lag: the rho each variable implies.

Without a lag of x_k in the model, total_k/β_k = 1/(1 − ρ) and indirect_k/direct_k is the same
number for every such k; variables with a lag of their own are free of this. It uses printed
numbers only and estimates nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from libpysal.graph import Graph
from scipy.optimize import brentq

from spillover.econometrics.weights import dense
from spillover.replication.target import Array, Target
from spillover.studies import weights

INSIDE = 0.999
"""How much of the interval of ρ, (1/λmin, 1), is looked at."""


def own_multiplier(W: pd.DataFrame, rho: float) -> float:
    """Mean of the diagonal of (I − ρW)⁻¹."""
    n = len(W)
    return float(np.trace(np.linalg.inv(np.eye(n) - rho * W.to_numpy())) / n)


def indirect_over_direct(W: pd.DataFrame, rho: float) -> float:
    """Indirect over direct effect of a variable without a lag, row-standardised W."""
    return 1 / (1 - rho) / own_multiplier(W, rho) - 1


def rho_from_ratio(W: pd.DataFrame, ratio: float) -> float:
    """Return the ρ that gives a ratio of indirect to direct effect; NaN if none does."""
    lowest = INSIDE / float(np.linalg.eigvals(W.to_numpy()).real.min())

    def gap(rho: float) -> float:
        return indirect_over_direct(W, rho) - ratio

    if gap(lowest) * gap(INSIDE) > 0:
        return float("nan")
    return float(brentq(gap, lowest, INSIDE))


def _interval(
    top: float, bottom: float, half: float, rule: Callable[[float], float]
) -> tuple[float, float]:
    """Lowest and highest value of a monotone rule of top/bottom over the rounding of both."""
    if abs(bottom) <= half:
        return float("nan"), float("nan")
    corners = [rule((top + a) / (bottom + b)) for a in (-half, half) for b in (-half, half)]
    return min(corners), max(corners)


def implied_rho(target: Target, W: Graph | None = None) -> pd.DataFrame:
    """Return the ρ each variable would imply, were it not lagged, with the slack rounding leaves.

    Parameters
    ----------
    target : Target
    W : Graph, optional
        Row-standardised weights that turn indirect over direct into ρ; rook contiguity by
        default. Where main coefficients are printed they are used instead, without W:
        ρ = 1 − main/total.

    Returns
    -------
    DataFrame
        By variable: main_over_total (NaN where not printed), indirect_over_direct, rho, rho_low,
        rho_high, role ("exposure" or "control").

    Examples
    --------
    >>> from spillover.multiverse.search import target
    >>> implied_rho(target("Table 9, 2013-2022"))["rho"].round(2).to_list()
    [0.64, 0.33, 0.36, 0.33, 0.33, 0.33, 0.33]
    """
    matrix = dense(W or weights.rook())
    rows = {name: _implied(target, str(name), matrix) for name in target.values.index}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("variable")
    role = ["exposure" if name == target.exposure else "control" for name in table.index]
    return table.assign(role=role)


def _implied(target: Target, name: str, W: pd.DataFrame) -> dict[str, float]:
    direct, indirect, total = map(float, target.values.loc[[name]].to_numpy()[0])
    half = target.half_unit
    ratio = indirect / direct if direct else float("nan")
    if target.main is None:
        low, high = _interval(indirect, direct, half, lambda r: rho_from_ratio(W, r))
        shares = {"main_over_total": float("nan"), "indirect_over_direct": ratio}
        return {**shares, "rho": rho_from_ratio(W, ratio), "rho_low": low, "rho_high": high}
    share = float(target.main[name]) / total
    low, high = _interval(float(target.main[name]), total, half, lambda s: 1 - s)
    shares = {"main_over_total": share, "indirect_over_direct": ratio}
    return {**shares, "rho": 1 - share, "rho_low": low, "rho_high": high}


def lag_evidence(target: Target, W: Graph | None = None) -> pd.Series:
    """Whether one ρ fits all controls, and the exposure: evidence on what was lagged.

    Returns
    -------
    Series
        rho (median over the controls), rho_lowest and rho_highest of the controls, rounded_alike
        (how many controls' rounding intervals hold the median), controls, ratio_spread
        (coefficient of variation of indirect/direct over the controls), exposure_rho.
    """
    table = implied_rho(target, W)
    controls = table[table["role"] == "control"]
    rho = float(controls["rho"].median())
    inside = (controls["rho_low"] <= rho) & (rho <= controls["rho_high"])
    found: dict[str, float] = {
        "rho": rho,
        "rho_lowest": float(controls["rho"].min()),
        "rho_highest": float(controls["rho"].max()),
        "rounded_alike": float(inside.sum()),
        "controls": float(len(controls)),
        "ratio_spread": ratio_spread(target.values.to_numpy(), target.control_rows),
        "exposure_rho": float(table["rho"].to_numpy()[table["role"] == "exposure"][0]),
    }
    return pd.Series(found, name=target.name)


def ratio_spread(values: Array, controls: Sequence[int]) -> float:
    """Coefficient of variation of indirect over direct effects; 0 where no control is lagged.

    NaN with fewer than two controls.

    Parameters
    ----------
    values : array, shape (K, 3)
        Direct, indirect and total effects.
    controls : sequence of int
        Rows of the controls.
    """
    if len(controls) < 2:
        return float("nan")
    ratio = values[list(controls), 1] / values[list(controls), 0]
    return float(np.std(ratio, ddof=1) / abs(np.mean(ratio)))
