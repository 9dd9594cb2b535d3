"""Instruments inside the spatial model: spatial two-stage least squares and GMM.

The spatial lag of the outcome, the exposure and its spatial lag are all endogenous; no likelihood
and no normality are needed, and the price is wider intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from libpysal.graph import Graph
from linearmodels.iv import IV2SLS, IVGMM
from numpy.typing import NDArray

from spillover.econometrics.instruments.sample import InstrumentError, Sample, sample
from spillover.econometrics.instruments.strength import coefficients
from spillover.econometrics.spatialpanel import SpatialWeights
from spillover.econometrics.spatialpanel.effects import EffectParts, effects_frame

Array = NDArray[np.float64]
METHODS = ("2sls", "gmm")


@dataclass(frozen=True, eq=False)
class SpatialTwoStage:
    """A spatial lag model by instruments.

    Attributes
    ----------
    coefficients : DataFrame
        estimate, std_error, tstat, pvalue; names as in SpatialPanel, rho last.
    effects : DataFrame
        (direct, indirect, total) × (effect, std_error, pvalue) by regressor, delta method.
    tests : DataFrame
        Kleibergen–Paap rk LM and Wald F of all endogenous variables together, Hansen's J.
    covariance_matrix : DataFrame
    instruments : tuple of str
        The excluded ones.
    nobs : int
    note : str
        What the reader must know of this fit; empty where all is well.
    """

    coefficients: pd.DataFrame
    effects: pd.DataFrame
    tests: pd.DataFrame
    covariance_matrix: pd.DataFrame
    instruments: tuple[str, ...]
    nobs: int
    note: str


def spatial_two_stage(
    y: pd.Series,
    exogenous: pd.DataFrame,
    W: Graph | pd.DataFrame | SpatialWeights,
    endogenous: pd.DataFrame | None = None,
    instruments: pd.DataFrame | None = None,
    lagged: Sequence[str] | None = None,
    powers: int = 2,
    fixed_effects: str = "twoway",
    cov_type: str = "clustered",
    method: str = "2sls",
    small_sample: bool = True,
) -> SpatialTwoStage:
    """Estimate y = ρWy + Xβ + WX_Dθ + xβ_x + Wxθ_x + effects + u with Wy, x and Wx endogenous.

    Excluded instruments (Kelejian and Prucha 1998): for Wy the spatial lags W, W², … of exogenous
    regressors up to `powers` that are not regressors themselves; for x and Wx the instruments and
    their spatial lags up to the same power. Columns are lagged first and demeaned afterwards.

    Parameters
    ----------
    y, exogenous : Series, DataFrame
        A balanced panel indexed by (entity, time).
    endogenous, instruments : DataFrame, optional
        Endogenous regressors and what stands in for them.
    lagged : sequence of str, optional
        Regressors with a spatial lag; None: all (Durbin); an empty list: none (spatial lag model).
    powers : int
        Highest power of W among the instruments.
    fixed_effects, cov_type : str
        As for :func:`spillover.econometrics.instruments.two_stage.two_stage`.
    method : str
        "2sls" or "gmm" (two-step, weights by the same covariance).

    Raises
    ------
    InstrumentError
        Endogenous variables without instruments; more moments than clusters in GMM.

    References
    ----------
    Kelejian and Prucha (1998), J. Real Estate Finance and Economics 17; Mutl and Pfaffermayr
    (2011), Econometrics Journal 14.
    """
    if method not in METHODS:
        raise InstrumentError(f"method={method!r}; choose from {list(METHODS)}")
    endogenous = pd.DataFrame(index=y.index) if endogenous is None else endogenous
    instruments = pd.DataFrame(index=y.index) if instruments is None else instruments
    if endogenous.shape[1] and not instruments.shape[1]:
        raise InstrumentError(f"{list(endogenous.columns)} have no instruments; give some")
    weights = SpatialWeights.of(W).aligned(pd.Index(y.index.unique(level=0)))
    names = [*exogenous.columns, *endogenous.columns]
    durbin = names if lagged is None else [n for n in names if n in lagged]
    if lagged is not None and set(lagged) - set(names):
        raise InstrumentError(f"lagged= names {sorted(set(lagged) - set(names))}, not in {names}")
    parts = _columns(y, exogenous, endogenous, instruments, weights, durbin, powers)
    data = sample(y, *parts, fixed_effects)
    fit: Any = _fit(data, cov_type, method)
    return _results(fit, data, weights, names, durbin, cov_type, small_sample)


def _lag(frame: pd.DataFrame, weights: SpatialWeights, power: int) -> pd.DataFrame:
    values = frame.to_numpy(dtype=float)
    for _ in range(power):
        values = weights.lag(np.ascontiguousarray(values))
    prefix = {0: "", 1: "W_"}.get(power, f"W{power}_")
    return pd.DataFrame(values, index=frame.index, columns=[f"{prefix}{c}" for c in frame])


def _columns(
    y: pd.Series,
    exogenous: pd.DataFrame,
    endogenous: pd.DataFrame,
    instruments: pd.DataFrame,
    weights: SpatialWeights,
    durbin: list[str],
    powers: int,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Included exogenous, endogenous (rho last) and excluded columns."""
    inside = [c for c in exogenous if c in durbin]
    outside = [c for c in exogenous if c not in durbin]
    included = pd.concat([exogenous, _lag(exogenous[inside], weights, 1)], axis=1)
    moving = [c for c in endogenous if c in durbin]
    rho = _lag(y.to_frame(), weights, 1).set_axis(["rho"], axis=1)
    unknown = pd.concat([endogenous, _lag(endogenous[moving], weights, 1), rho], axis=1)
    further = [_lag(instruments, weights, p) for p in range(powers + 1)]
    further += [_lag(exogenous[inside], weights, p) for p in range(2, powers + 1)]
    further += [_lag(exogenous[outside], weights, p) for p in range(1, powers + 1)]
    return included, unknown, pd.concat(further, axis=1)


def _fit(data: Sample, cov_type: str, method: str) -> Any:
    options = data.options(cov_type)
    parts = (data.y, data.exogenous, data.endogenous, data.instruments)
    if method == "2sls":
        return IV2SLS(*parts).fit(**options)
    moments = data.exogenous.shape[1] + data.instruments.shape[1]
    if cov_type == "clustered" and moments >= data.clusters:
        raise InstrumentError(
            f"{moments} moments for {data.clusters} clusters: their covariance cannot be "
            "inverted; use fewer powers, cov_type='heteroskedastic' or method='2sls'"
        )
    cluster = {"clusters": data.groups} if cov_type == "clustered" else {}
    return IVGMM(*parts, weight_type=cov_type, **cluster).fit(**options)


def _results(
    fit: Any,
    data: Sample,
    weights: SpatialWeights,
    names: list[str],
    durbin: list[str],
    cov_type: str,
    small_sample: bool,
) -> SpatialTwoStage:
    constant = ["const"] if "const" in fit.params.index else []
    order = [*constant, *names, *(f"W_{n}" for n in durbin), "rho"]
    table = coefficients(fit, data, cov_type, small_sample).loc[order]
    factor = data.factor(len(order), cov_type) if small_sample else 1.0
    joint = fit.cov.loc[order, order] * factor
    theta = table["estimate"].to_numpy()
    own = np.array([order.index(n) for n in names])
    lag = np.array([order.index(f"W_{n}") if n in durbin else -1 for n in names])
    rho = float(theta[-1])
    parts = EffectParts(weights, theta, joint.to_numpy(), own, lag, rho)
    effects = effects_frame(parts.point(), parts.delta_errors(), pd.Index(names))
    low, high = weights.interval
    inside = low < rho < high
    note = f"rho is {rho:.3f}, outside ({low:.3f}, {high:.3f}): there are no effects to speak of"
    return SpatialTwoStage(
        table,
        effects if inside else effects * np.nan,
        _tests(fit, data, cov_type),
        joint,
        tuple(str(c) for c in data.instruments),
        data.nobs,
        "" if inside else note,
    )


def _tests(fit: Any, data: Sample, cov_type: str) -> pd.DataFrame:
    parts = (data.y, data.exogenous, data.endogenous, data.instruments)
    plain: Any = IV2SLS(*parts).fit(**data.options(cov_type))
    first = plain.first_stage
    lm = first.kleibergen_paap
    k, q = data.exogenous.shape[1], data.instruments.shape[1]
    shrink = (data.nobs - q - k - data.absorbed(cov_type)) / (data.nobs - q - k)
    rows = {
        "Kleibergen–Paap rk LM": (lm.stat, lm.df, lm.pval),
        "Kleibergen–Paap rk Wald F": (first.kleibergen_paap_f * shrink, q, np.nan),
    }
    if hasattr(fit, "j_stat"):
        rows["Hansen J"] = (fit.j_stat.stat, fit.j_stat.df, fit.j_stat.pval)
    elif q > data.endogenous.shape[1]:
        rows["Sargan"] = (fit.sargan.stat, fit.sargan.df, fit.sargan.pval)
    columns = ["statistic", "df", "pvalue"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).astype(float)
