"""Published effects of a spatial model, and what they say of its spatial lags.

Without a lag of x_k in the model, total_k/β_k = 1/(1 − ρ) and indirect_k/direct_k is the same
number for every such k; variables with a lag of their own are free of this. Only published numbers
are used and nothing is estimated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from spillover.econometrics.weights import dense
from spillover.replication import published
from spillover.studies import CARBON, Study, weights

if TYPE_CHECKING:
    from libpysal.graph import Graph

Array = NDArray[np.float64]

EFFECTS = ("direct", "indirect", "total")

INSIDE = 0.999
"""How much of the interval of ρ, (1/λmin, 1), is looked at."""


class SearchError(ValueError):
    """A target or a choice that a search does not know; the message lists the known ones."""


@dataclass(frozen=True, eq=False)
class Target:
    """Published effects of one model.

    Attributes
    ----------
    name : str
        What it is, for readers.
    values, errors : DataFrame
        Effects and standard errors as published; rows variables, columns direct, indirect, total.
    exposure : str
        The variable whose effects the paper is about.
    outcome_sd : float
        Published standard deviation of the outcome, over the full window.
    observations : int
        Published sample, N·T.
    main : Series or None
        Coefficients of the variables themselves, where published.
    decimals : int
        Published decimals.
    """

    name: str
    values: pd.DataFrame
    errors: pd.DataFrame
    exposure: str
    outcome_sd: float
    observations: int
    main: pd.Series | None = None
    decimals: int = 3

    @property
    def controls(self) -> list[str]:
        """All variables but the exposure."""
        return [str(name) for name in self.values.index if name != self.exposure]

    @property
    def control_rows(self) -> list[int]:
        """Rows of the controls in `values`."""
        return [i for i, name in enumerate(self.values.index) if name != self.exposure]

    @property
    def distance_of_zeros(self) -> float:
        """Distance of a table of zeros, the root mean square of the published t-values.

        A specification that is no nearer than this has come near by small effects alone.
        """
        return root_mean_square((self.values / self.errors).to_numpy())


def root_mean_square(values: ArrayLike) -> float:
    """Square root of the mean square of all cells."""
    return float(np.sqrt(np.mean(np.square(np.asarray(values, dtype=float)))))


def targets(study: Study = CARBON) -> dict[str, tuple[int, str]]:
    """Published models with effects, by name: table, and what precedes "direct" in its columns.

    Examples
    --------
    >>> list(targets())[3:5]
    ['Table 8', 'Table 9, 2013-2022']
    """
    printed = published.load(folder=study.printed_folder, noted=False)
    found = printed[printed["column"].str.fullmatch("(.* )?direct")]
    places = found[["table", "column"]].drop_duplicates().itertuples(index=False, name=None)
    out = {}
    for table, column in places:
        prefix = str(column).removesuffix("direct")
        model = prefix.strip().removeprefix("(").removesuffix(")")
        model = f"model {model}" if prefix.startswith("(") else model
        out[f"Table {table}" + (f", {model}" if model else "")] = (int(table), prefix)
    return out


def target(name: str, study: Study = CARBON) -> Target:
    """Return one of the published models of :func:`targets`.

    Examples
    --------
    >>> target("Table 8").values.loc["GIA"].to_list()
    [0.09, 0.138, 0.228]
    """
    known = targets(study)
    if name not in known:
        raise SearchError(f"no target {name!r}; choose from {list(known)}")
    table, prefix = known[name]
    folder = study.printed_folder
    about, printed = published.about(table, folder), published.load(table, folder)

    def column(statistic: str, name: str) -> pd.Series:
        held = printed[(printed["statistic"] == statistic) & (printed["column"] == prefix + name)]
        return held.set_index("row")["value"]

    def effects(statistic: str) -> pd.DataFrame:
        columns = {effect: column(statistic, effect) for effect in EFFECTS}
        return pd.DataFrame(columns).reindex(columns["direct"].index)

    outcomes = about["outcome"].split()
    models = [p for t, p in known.values() if t == table]
    outcome = outcomes[models.index(prefix)] if len(outcomes) > 1 else outcomes[0]
    deviations = published.load(folder=folder, noted=False).query("statistic == 'sd'")
    (described,) = deviations.loc[deviations["row"] == outcome, "table"]
    moments = published.load(described, folder).set_index(["statistic", "row"])["value"]["sd"]
    own = printed[(printed["statistic"] == "observations") & (printed["column"] == prefix.strip())]
    main = column("coefficient", "main")
    return Target(
        name,
        effects("coefficient"),
        effects("std_error"),
        exposure=study.exposure,
        outcome_sd=float(moments[outcome]),
        observations=about["observations"] if own.empty else int(own["value"].iloc[0]),
        main=None if main.empty else main,
    )


def printed_from(
    effects: pd.DataFrame, outcome_sd: float, exposure: str, observations: int, decimals: int = 3
) -> Target:
    """Print a table of effects as a paper would, rounded; a target whose origin is known.

    Parameters
    ----------
    effects : DataFrame
        As :meth:`spillover.econometrics.spatialpanel.PanelResults.effects` returns it.
    """
    value, error = (
        pd.DataFrame({e: effects[e][part] for e in EFFECTS}).round(decimals)
        for part in ("effect", "std_error")
    )
    return Target("made", value, error, exposure, outcome_sd, observations, decimals=decimals)


def indirect_over_direct(W: pd.DataFrame, rho: float) -> float:
    """Indirect over direct effect of a variable without a lag, row-standardised W."""
    n = len(W)
    own_multiplier = float(np.trace(np.linalg.inv(np.eye(n) - rho * W.to_numpy())) / n)
    return 1 / (1 - rho) / own_multiplier - 1


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
        default. Where main coefficients are published they are used instead, without W:
        ρ = 1 − main/total.

    Returns
    -------
    DataFrame
        By variable: main_over_total (NaN where not published), indirect_over_direct, rho, rho_low,
        rho_high, role ("exposure" or "control").

    Examples
    --------
    >>> implied_rho(target("Table 9, 2013-2022"))["rho"].round(2).to_list()
    [0.64, 0.33, 0.36, 0.33, 0.33, 0.33, 0.33]
    """
    matrix = dense(W or weights.rook())
    half = 0.5 * 10.0**-target.decimals
    rows = {}
    for name, (direct, indirect, total) in target.values.astype(float).iterrows():
        ratio = indirect / direct if direct else float("nan")
        share = float("nan")
        if target.main is None:
            rho = rho_from_ratio(matrix, ratio)
            low, high = _interval(indirect, direct, half, lambda r: rho_from_ratio(matrix, r))
        else:
            main = float(target.main[str(name)])
            share = main / total
            rho = 1 - share
            low, high = _interval(main, total, half, lambda s: 1 - s)
        rows[name] = {
            "main_over_total": share,
            "indirect_over_direct": ratio,
            "rho": rho,
            "rho_low": low,
            "rho_high": high,
            "role": "exposure" if name == target.exposure else "control",
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("variable")


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
