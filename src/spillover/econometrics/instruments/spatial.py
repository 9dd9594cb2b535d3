"""Instruments inside the spatial model: spatial two-stage least squares and GMM.

The spatial lag of the outcome, the exposure and its spatial lag are all endogenous; no likelihood
and no normality are needed, and the price is wider intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from spillover.econometrics import checks
from spillover.econometrics.checks import some
from spillover.econometrics.instruments.sample import InstrumentError, sample, table_of
from spillover.econometrics.spatialpanel import SpatialWeights
from spillover.econometrics.spatialpanel.data import read_panel
from spillover.econometrics.spatialpanel.effects import EffectParts, effects_frame
from spillover.econometrics.spatialpanel.weights import Weights


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
    cov : DataFrame
    instruments : tuple of str
        The excluded ones.
    nobs : int
    note : str
        What the reader must know of this fit; empty where all is well.
    """

    coefficients: pd.DataFrame
    effects: pd.DataFrame
    tests: pd.DataFrame
    cov: pd.DataFrame
    instruments: tuple[str, ...]
    nobs: int
    note: str


def spatial_two_stage(
    y: pd.Series,
    exogenous: pd.DataFrame | None,
    W: Weights | SpatialWeights,
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
        Endogenous regressors and their instruments.
    lagged : sequence of str, optional
        Regressors with a spatial lag; None: all (Durbin); an empty list: none (spatial lag model).
    powers : int
        Highest power of W among the instruments.
    fixed_effects, cov_type : str
        As for :func:`spillover.econometrics.instruments.two_stage`.
    method : str
        "2sls" or "gmm" (two-step, weights by the same covariance).

    Raises
    ------
    InstrumentError
        Endogenous variables without instruments; collinear ones; more moments than clusters in
        GMM, or "cr2" or "cr3", which it has not.

    References
    ----------
    Kelejian and Prucha (1998), J. Real Estate Finance and Economics 17; Mutl and Pfaffermayr
    (2011), Econometrics Journal 14.
    """
    checks.one_of(method, ("2sls", "gmm"), InstrumentError, "method")
    checks.whole(powers, InstrumentError, "powers", low=1)
    checks.flag(small_sample, InstrumentError, "small_sample")
    y, (exogenous, endogenous, instruments) = _read(y, exogenous, endogenous, instruments)
    if endogenous.shape[1] and not instruments.shape[1]:
        raise InstrumentError(f"{list(endogenous.columns)} have no instruments; give some")
    names = [*exogenous.columns, *endogenous.columns]
    if lagged is not None:
        lagged = checks.names(lagged, names, InstrumentError, "lagged", "the model")
    durbin = names if lagged is None else [n for n in names if n in lagged]
    weights = SpatialWeights.of(W).aligned(pd.Index(y.index.unique(level=0)))

    def lag(frame: pd.DataFrame, power: int = 1) -> pd.DataFrame:
        values = frame.to_numpy(dtype=float)
        for _ in range(power):
            values = weights.lag(np.ascontiguousarray(values))
        prefix = {0: "", 1: "W_"}.get(power, f"W{power}_")
        return pd.DataFrame(values, frame.index, [f"{prefix}{c}" for c in frame])

    inside = exogenous[[c for c in exogenous if c in durbin]]
    outside = exogenous[[c for c in exogenous if c not in durbin]]
    moving = endogenous[[c for c in endogenous if c in durbin]]
    rho = lag(y.to_frame()).set_axis(["rho"], axis=1)
    excluded = [lag(instruments, p) for p in range(powers + 1)]
    excluded += [lag(inside, p) for p in range(2, powers + 1)]
    excluded += [lag(outside, p) for p in range(1, powers + 1)]
    data = sample(
        y,
        pd.concat([exogenous, lag(inside)], axis=1),
        pd.concat([endogenous, lag(moving), rho], axis=1),
        pd.concat(excluded, axis=1),
        fixed_effects,
        cov_type,
        small_sample,
    )
    k, q = data.exogenous.shape[1], data.instruments.shape[1]
    if method == "gmm" and cov_type in ("cr2", "cr3"):
        raise InstrumentError(f"cov_type={cov_type!r} is not for GMM; use 'clustered'")
    if method == "gmm" and data.clustered and k + q >= data.clusters:
        raise InstrumentError(
            f"{k + q} moments for {data.clusters} clusters: their covariance cannot be "
            "inverted; use fewer powers, cov_type='heteroskedastic' or method='2sls'"
        )
    plain = data.two_stage()
    fit = plain if method == "2sls" else data.gmm()

    constant = ["const"] if fixed_effects == "none" else []
    order = [*constant, *names, *(f"W_{n}" for n in durbin), "rho"]
    table = data.table(fit).loc[order]
    cov = data.covariance(fit).loc[order, order]
    theta = table["estimate"].to_numpy()
    own = np.array([order.index(n) for n in names])
    lags = np.array([order.index(f"W_{n}") if n in durbin else -1 for n in names])
    parts = EffectParts(weights, theta, cov.to_numpy(), own, lags, float(theta[-1]))
    effects = effects_frame(
        parts.point(), parts.delta_errors(), pd.Index(names), data.df(len(order))
    )
    low, high = weights.interval
    note = ""
    if not low < theta[-1] < high:
        effects = effects * np.nan
        note = f"rho is {theta[-1]:.3f}, outside ({low:.3f}, {high:.3f}): the effects do not exist"

    first, nan = plain.first_stage, np.nan
    lm = first.kleibergen_paap
    tests = {
        "Kleibergen–Paap rk LM": (lm.stat, lm.df, lm.pval),
        "Kleibergen–Paap rk Wald F": (first.kleibergen_paap_f * data.strength(), q, nan),
    }
    if method == "gmm":
        tests["Hansen J"] = (fit.j_stat.stat, fit.j_stat.df, fit.j_stat.pval)
    elif q > data.endogenous.shape[1]:
        tests["Sargan"] = (fit.sargan.stat, fit.sargan.df, fit.sargan.pval)
    columns = ["statistic", "df", "pvalue"]
    return SpatialTwoStage(
        table,
        effects,
        pd.DataFrame.from_dict(tests, orient="index", columns=columns).astype(float),
        cov,
        tuple(str(c) for c in data.instruments),
        len(data.y),
        note,
    )


def _read(
    y: pd.Series,
    exogenous: pd.DataFrame | None,
    endogenous: pd.DataFrame | None,
    instruments: pd.DataFrame | None,
) -> tuple[pd.Series, list[pd.DataFrame]]:
    """Check a panel before anything is lagged, and put its rows in order, entity by entity."""
    tables = [
        table_of("exogenous", exogenous, y),
        table_of("endogenous", endogenous, y),
        table_of("instruments", instruments, y),
    ]
    if not tables[0].shape[1] + tables[1].shape[1]:
        raise InstrumentError("no regressors; give exogenous or endogenous ones")
    whole = pd.concat(tables, axis=1)
    if twice := list(whole.columns[whole.columns.duplicated()].unique()):
        raise InstrumentError(
            f"{some(twice)} given more than once among exogenous, endogenous and instruments; "
            "each column has one part, and one name"
        )
    data = read_panel(y, whole)
    if np.ptp(data.y) == 0:
        raise InstrumentError(f"y has one value everywhere, {data.y[0]:g}: nothing to explain")
    table = pd.DataFrame(data.X, data.index, list(data.names))
    ends = np.cumsum([part.shape[1] for part in tables])
    parts = [
        table.iloc[:, end - part.shape[1] : end] for part, end in zip(tables, ends, strict=True)
    ]
    return pd.Series(data.y, data.index, name=data.outcome), parts
