"""Instruments for the exposure of a study, made from its own figures, and the table of them.

Last year's exposure, the ruggedness of the terrain, and products of the two kinds; whether any of
them is exogenous is argued in the chapters, not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from spillover.data import geography as geo
from spillover.econometrics.instruments import (
    InstrumentError,
    TwoStage,
    spatial_gmm,
    spatial_two_stage,
    two_stage,
)

if TYPE_CHECKING:
    from spillover.studies.study import Study

TERRAIN = ("relief_index", "relief_25km_mean_m", "elevation_sd_m", "elevation_mean_m")
"""Columns of :func:`spillover.data.geography.capitals` that can serve as terrain."""


def lagged(series: pd.Series, periods: int = 1) -> pd.Series:
    """Last year's value, named ``L.`` + name; the first year of each entity is missing.

    Examples
    --------
    >>> rows = pd.MultiIndex.from_product([["a"], [2013, 2014]], names=["province", "year"])
    >>> lagged(pd.Series([1.0, 2.0], index=rows, name="GIA")).tolist()
    [nan, 1.0]
    """
    prefix = "L." if periods == 1 else f"L{periods}."
    moved = pd.Series(series.groupby(level=0).shift(periods))
    moved.name = f"{prefix}{series.name}"
    return moved


def terrain(index: pd.Index[Any], column: str = "relief_index") -> pd.Series:
    """Return the province's ruggedness in every year, named ``Terrain``.

    Parameters
    ----------
    column : str
        One of :data:`TERRAIN`.
    """
    if column not in TERRAIN:
        raise InstrumentError(f"no terrain {column!r}; choose from {list(TERRAIN)}")
    values = geo.capitals()[column].reindex(index.get_level_values(0)).to_numpy(dtype=float)
    return pd.Series(values, index=index, name="Terrain")


def times(constant: pd.Series, by_year: pd.Series, name: str) -> pd.Series:
    """Let a constant of each province work through a national series, so that it moves.

    With province and year effects such an instrument compares how much more rugged provinces
    gained in the years when the national series was high (a shift-share design).

    Parameters
    ----------
    constant : Series
        On the panel's rows.
    by_year : Series
        Indexed by year.
    """
    years = constant.index.get_level_values(1)
    shift = by_year.reindex(years)
    if shift.isna().any():
        missing = years[shift.isna().to_numpy()][0]
        raise InstrumentError(f"the national series has no value in {missing}; give it one")
    return pd.Series(constant.to_numpy() * shift.to_numpy(), index=constant.index, name=name)


def endogeneity(
    study: Study,
    instruments: Sequence[str] = ("L.GIA",),
    fixed_effects: str = "none",
    cov_type: str = "heteroskedastic",
    terrain_column: str = "relief_index",
    lag_before_window: bool = False,
    **options: Any,
) -> TwoStage:
    """Two-stage least squares of a study with its exposure endogenous.

    Parameters
    ----------
    study : Study
    instruments : sequence of str
        "L." + exposure, "Terrain", or both.
    fixed_effects, cov_type
        As for :func:`spillover.econometrics.instruments.two_stage`.
    terrain_column : str
        One of :data:`TERRAIN`.
    lag_before_window : bool
        Take the first year's lag from the year before the window, where the figures have it;
        False loses the window's first year, as the paper's 270 observations show it did.

    Raises
    ------
    InstrumentError
        An unknown instrument; terrain under province effects, saying why it cannot work there.

    Examples
    --------
    >>> from spillover.studies import CARBON
    >>> endogeneity(CARBON, ["L.GIA"]).nobs
    270
    """
    data, Z = _instrumented(study, instruments, terrain_column, lag_before_window)
    return two_stage(
        data[study.outcome],
        data[list(study.controls)],
        data[[study.exposure]],
        Z,
        fixed_effects,
        cov_type,
        **options,
    )


def _instrumented(
    study: Study,
    instruments: Sequence[str],
    terrain_column: str = "relief_index",
    lag_before_window: bool = False,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Variables of a study and the instruments, on the rows where both have values."""
    data = study.frame(study.outcome, *study.regressors)
    lag_name = f"L.{study.exposure}"
    columns = {}
    for name in instruments:
        if name == "Terrain":
            columns[name] = terrain(data.index, terrain_column)
        elif name == lag_name:
            columns[name] = _exposure_lagged(study, lag_before_window).reindex(data.index)
        else:
            raise InstrumentError(
                f"no instrument {name!r}; choose from {[lag_name, 'Terrain']}, or call two_stage "
                "with instruments of your own"
            )
    Z = pd.DataFrame(columns)
    complete = Z.notna().all(axis=1)
    return data[complete], Z[complete]


def _exposure_lagged(study: Study, before_window: bool) -> pd.Series:
    first, last = study.years
    source = study.but(years=(first - 1, last)) if before_window else study
    return lagged(source.frame(study.exposure)[study.exposure])


def comparison(
    study: Study, cov_types: Sequence[str] = ("heteroskedastic", "cr3"), **options: Any
) -> pd.DataFrame:
    """Every set of instruments, with and without effects, on one line each.

    Returns
    -------
    DataFrame
        Indexed by (instruments, fixed_effects, cov_type): nobs, estimate, std_error, pvalue,
        wild_pvalue (wild restricted efficient bootstrap, clusters the entities), ols
        (the same equation by least squares), kp_lm, kp_lm_pvalue, kp_f, cd_f, durbin_pvalue and
        wu_hausman_pvalue (both for i.i.d. errors), hausman_pvalue, hansen_pvalue, anderson_rubin
        (a :class:`~spillover.econometrics.confidence.ConfidenceSet`), wild_ar_pvalue (Anderson and
        Rubin's test of zero with bootstrapped F), and ``note`` with the reason in words where the
        set cannot be used.
    """
    lag = f"L.{study.exposure}"
    rows: dict[tuple[str, str, str], dict[str, object]] = {}
    for names in ((lag,), ("Terrain",), (lag, "Terrain")):
        for fixed_effects in ("none", "time", "entity", "twoway"):
            for cov_type in cov_types:
                key = (" + ".join(names), fixed_effects, cov_type)
                try:
                    fit = endogeneity(study, names, fixed_effects, cov_type, **options)
                    rows[key] = one_line(fit, study.exposure)
                except InstrumentError as error:
                    rows[key] = {"note": str(error)}
    index = pd.MultiIndex.from_tuples(
        list(rows), names=["instruments", "fixed_effects", "cov_type"]
    )
    return pd.DataFrame(list(rows.values()), index=index).assign(
        note=lambda table: table["note"].fillna("") if "note" in table else ""
    )


def one_line(fit: TwoStage, exposure: str) -> dict[str, object]:
    """A fit on one line of :func:`comparison`: the exposure's coefficient, strength and tests."""
    row, tests = fit.coefficients.loc[exposure], fit.diagnostics
    return {
        "nobs": fit.nobs,
        "estimate": row["estimate"],
        "std_error": row["std_error"],
        "pvalue": row["pvalue"],
        "wild_pvalue": fit.wild(level=None, replications=1999).pvalue,
        "ols": fit.least_squares.loc[exposure, "estimate"],
        "kp_lm": tests.loc["Kleibergen–Paap rk LM", "statistic"],
        "kp_lm_pvalue": tests.loc["Kleibergen–Paap rk LM", "pvalue"],
        "kp_f": tests.loc["Kleibergen–Paap rk Wald F", "statistic"],
        "cd_f": tests.loc["Cragg–Donald F", "statistic"],
        "durbin_pvalue": tests.loc["Durbin", "pvalue"],
        "wu_hausman_pvalue": tests.loc["Wu–Hausman", "pvalue"],
        "hausman_pvalue": tests.loc["Hausman, this covariance", "pvalue"],
        "hansen_pvalue": tests.loc["Hansen J", "pvalue"],
        "anderson_rubin": fit.anderson_rubin,
        "wild_ar_pvalue": fit.wild_anderson_rubin(level=None, replications=1999).pvalue,
    }


def spatial_comparison(
    study: Study, fixed_effects: Sequence[str] = ("none", "time", "twoway")
) -> pd.DataFrame:
    """Effects of the exposure by spatial two-stage least squares, instrumented by its lag.

    The exposure and its spatial lag are instrumented by last year's exposure, the spatial lag of
    the outcome by the neighbours' regressors.

    Parameters
    ----------
    fixed_effects : sequence of str
        One row each: "none", "entity", "time" or "twoway".

    Returns
    -------
    DataFrame
        Index fixed_effects; columns (direct, indirect, total) × (effect, std_error, pvalue).
    """
    data, Z = _instrumented(study, [f"L.{study.exposure}"])
    rows = {
        name: spatial_two_stage(
            data[study.outcome],
            data[list(study.controls)],
            study.graph(),
            endogenous=data[[study.exposure]],
            instruments=Z,
            lagged=[study.exposure],
            fixed_effects=name,
            cov_type=study.cov_type,
        ).effects.loc[study.exposure]
        for name in fixed_effects
    }
    return pd.DataFrame(rows).T.rename_axis("fixed_effects")


def second_opinion(study: Study) -> pd.DataFrame:
    """Effects of the exposure in the study's Durbin model, by three estimators.

    Maximum likelihood as the study declares it; robust GMM, which lets every unit have its own
    variance; spatial two-stage least squares, which needs no more than that the neighbours'
    regressors are exogenous. No regressor is instrumented.

    Returns
    -------
    DataFrame
        Index: the estimator; columns (direct, indirect, total) × (effect, std_error, pvalue) and
        rho × (estimate, std_error, pvalue). Errors are clustered by unit: the study's own, CR3
        for GMM where those are not clustered.

    Examples
    --------
    >>> from spillover.studies import CARBON
    >>> list(second_opinion(CARBON).index)
    ['Maximum likelihood', 'Robust GMM', 'Two-stage least squares']
    """
    data = study.frame(study.outcome, *study.regressors)
    y, X, W = data[study.outcome], data[list(study.regressors)], study.graph()
    likely = study.spatial().fit(cov_type=study.cov_type)
    how: dict[str, Any] = {"lagged": study.lagged, "fixed_effects": study.fixed_effects}
    cov_type = study.cov_type if study.cov_type in ("clustered", "robust", "cr2", "cr3") else "cr3"
    robust = spatial_gmm(y, X, W, cov_type=cov_type, **how)
    instrumented = spatial_two_stage(y, X, W, cov_type=cov_type, **how)
    effects = {
        "Maximum likelihood": likely.effects(),
        "Robust GMM": robust.effects,
        "Two-stage least squares": instrumented.effects,
    }
    lines = {name: frame.loc[study.exposure] for name, frame in effects.items()}
    statistics = ["estimate", "std_error", "pvalue"]
    rho = pd.DataFrame(
        [
            likely.tidy().set_index("term").loc["rho", statistics],
            robust.coefficients.loc["rho", statistics],
            instrumented.coefficients.loc["rho", statistics],
        ],
        index=list(lines),
    )
    table = pd.DataFrame(lines).T.join(pd.concat({"rho": rho}, axis=1)).astype(float)
    return table.rename_axis("estimator")
