"""Regressions without space beside the printed ones, and under every candidate outcome.

It arranges numbers that other rooms computed; it computes none of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from spillover.book import tables
from spillover.econometrics import regression
from spillover.replication import measurement
from spillover.replication.tables import PRINTED_ROWS
from spillover.studies.study import Study


def in_printed_errors(compared: pd.DataFrame, column: str) -> pd.DataFrame:
    """Coefficients of one printed column, printed and ours, over their printed errors.

    Dividing by the printed error puts coefficients of any unit on one axis; our interval keeps
    our own error.

    Returns
    -------
    DataFrame
        term, group ("printed" or "here"), estimate, low, high (95 %), in printed errors.
    """
    cells = compared[compared["column"] == column]
    wide = cells.assign(printed=cells["printed"].astype(float)).pivot(
        index="row", columns="statistic", values=["printed", "ours"]
    )
    terms = list(dict.fromkeys(cells.loc[cells["statistic"] == "coefficient", "row"]))
    unit = wide[("printed", "std_error")]
    groups = []
    for source, group in (("ours", "here"), ("printed", "printed")):
        estimate = wide[(source, "coefficient")] / unit
        reach = 1.96 * wide[(source, "std_error")] / unit
        lines = {"estimate": estimate, "low": estimate - reach, "high": estimate + reach}
        groups.append(pd.DataFrame(lines).loc[terms].assign(group=group))
    both = pd.concat(groups).rename_axis("term").reset_index()
    return both[["term", "group", "estimate", "low", "high"]]


def benchmark_table(results: Mapping[str, Any]) -> pd.DataFrame:
    """Regressions without space side by side, ready for a numbered table."""
    columns = {name: regression.tidy(r) for name, r in results.items()}
    squared = {n: float(getattr(r, "rsquared_inclusive", r.rsquared)) for n, r in results.items()}
    footer: dict[str, dict[str, Any]] = {
        "Observations": {n: int(r.nobs) for n, r in results.items()},
        "Effects": {n: hasattr(r, "rsquared_inclusive") for n, r in results.items()},
        "R²": squared,
    }
    return tables.regression_table(columns, labels=PRINTED_ROWS, footer=footer)


def exposure_results(study: Study) -> dict[str, dict[str, pd.DataFrame]]:
    """Least squares and fixed effects, clustered, under every candidate for the outcome."""
    out: dict[str, dict[str, pd.DataFrame]] = {"OLS": {}, "FE": {}}
    for name, variant in measurement.candidates(study, study.outcome).items():
        data = variant.frame(study.outcome, *study.regressors)
        y, X = data[study.outcome], data[list(study.regressors)]
        out["OLS"][name] = regression.tidy(regression.ols(y, X, "none", "clustered"))
        out["FE"][name] = regression.tidy(regression.ols(y, X, "twoway", "clustered"))
    return out


def exposure_estimates(study: Study) -> pd.DataFrame:
    """The exposure's coefficient by candidate for the outcome (rows) and estimator (columns)."""
    results = exposure_results(study)
    return pd.DataFrame(
        {
            c: {n: t.loc[study.exposure, "estimate"] for n, t in r.items()}
            for c, r in results.items()
        }
    )


def exposure_by_candidate(study: Study) -> pd.DataFrame:
    """:func:`exposure_estimates` with errors and stars, ready for a numbered table."""
    results = exposure_results(study)
    cells = {
        column: {
            name: tables.estimate(*t.loc[study.exposure, ["estimate", "std_error", "pvalue"]])
            for name, t in by_name.items()
        }
        for column, by_name in results.items()
    }
    return pd.DataFrame(cells).rename_axis("candidate")
