"""The exposure measured otherwise: other candidates, and a quotient whose numerator stands still.

It fits what studies declare and arranges the results; what a candidate is, is declared in
:mod:`spillover.studies.variables`, but for the frozen quotient, which belongs to no study.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from spillover.book import tables
from spillover.book.beside.effects import effects_table
from spillover.data.measures import location_quotient
from spillover.econometrics import regression
from spillover.replication import measurement
from spillover.studies.study import Study
from spillover.studies.variables import Inputs, Variable


def frozen(study: Study) -> Variable:
    """Exposure of a study with its numerator as it was in the first year: a test of arithmetic.

    All that moves such a quotient is its denominator. A coefficient on it therefore shows what
    the denominator alone contributes where the outcome is made from the same figure.

    Parameters
    ----------
    study : Study
        Its exposure is a location quotient of one column over another.

    Raises
    ------
    ValueError
        The exposure is not a quotient of two columns.
    """
    real = study.variable(study.exposure)
    if len(real.columns) != 2:
        raise ValueError(
            f"{real.symbol} ({real.variant}) rests on {list(real.columns)}; only a quotient of "
            "two columns can be frozen"
        )
    part, whole = real.columns
    first = study.years[0]

    def formula(f: Inputs) -> pd.Series:
        units = f[part].index.get_level_values("province")
        still = f[part].xs(first, level="year").reindex(units).to_numpy(dtype=float)
        return location_quotient(pd.Series(still, index=f[part].index), f[whole])

    name = f"{real.variant}, numerator of {first}"
    return Variable(study.exposure, name, real.label, real.unit, real.columns, formula, real.years)


def exposures(study: Study) -> dict[str, Study]:
    """The study once per measure of its exposure, as declared in the same years where they differ.

    The frozen quotient stands second, after the study itself.
    """
    now = study.variable(study.exposure).variant
    still = frozen(study)
    out = {now: study, still.variant: study.but(**{study.exposure: still})}
    for name, one in measurement.candidates(study, study.exposure).items():
        if name == now or one.years[0] > one.years[1]:
            continue
        if one.years != study.years:
            span = f"{one.years[0]}–{one.years[1]}"
            out[f"{now}, {span}"] = study.but(years=one.years)
            name = f"{name}, {span}"
        out[name] = one
    return out


def without_space(studies: Mapping[str, Study]) -> pd.DataFrame:
    """The exposure's coefficient by least squares and with two-way effects, clustered.

    Returns
    -------
    DataFrame
        Index the studies' names; columns (OLS | FE) × (estimate, std_error, tstat, pvalue).
    """
    lines = {}
    for name, study in studies.items():
        data = study.frame(study.outcome, *study.regressors)
        y, X = data[study.outcome], data[list(study.regressors)]
        parts = {
            "OLS": regression.tidy(regression.ols(y, X, "none", "clustered")),
            "FE": regression.tidy(regression.ols(y, X, "twoway", "clustered")),
        }
        lines[name] = pd.concat({k: t.loc[study.exposure] for k, t in parts.items()})
    return pd.DataFrame(lines).T


def without_space_table(found: pd.DataFrame) -> pd.DataFrame:
    """:func:`without_space` with errors and stars, ready for a numbered table."""
    names = ["estimate", "std_error", "pvalue"]
    columns = {
        kind: [tables.estimate(*line) for line in found[kind][names].to_numpy()]
        for kind in ("OLS", "FE")
    }
    return pd.DataFrame(columns, index=found.index).rename_axis("Cluster measured by")


def capital_table(sensitivity: pd.DataFrame) -> pd.DataFrame:
    """Effects under each pair of rates behind the capital stock, ready for a numbered table."""
    names = [f"{100 * d:.3g}%, {100 * g:.3g}%" for d, g in sensitivity.index]
    return effects_table(
        sensitivity.set_axis(pd.Index(names, name="Depreciation, prior growth"), axis=0)
    )


def intervals(found: pd.DataFrame) -> pd.DataFrame:
    """:func:`without_space` as term, group, estimate, low and high, for a coefficient plot."""
    parts = []
    for kind in ("OLS", "FE"):
        held = pd.DataFrame(found[kind])
        reach = 1.96 * held["std_error"]
        ends = {"low": held["estimate"] - reach, "high": held["estimate"] + reach}
        part = held[["estimate"]].assign(**ends, group=kind).rename_axis("term").reset_index()
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
