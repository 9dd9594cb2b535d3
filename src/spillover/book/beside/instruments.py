"""Two-stage least squares, with and without effects, for a page.

It arranges numbers that other rooms computed; it computes none of its own.
"""

from __future__ import annotations

import pandas as pd

from spillover.book import tables
from spillover.econometrics import instruments
from spillover.econometrics.confidence import ConfidenceSet
from spillover.econometrics.formats import fmt
from spillover.studies import instruments as instruments_of
from spillover.studies.study import Study


def _set(value: object, decimals: int = 2) -> str:
    """Confidence set with rounded ends; a dash where there is none."""
    if not isinstance(value, ConfidenceSet):
        return "–"
    if value.kind == "empty":
        return "empty"
    ends = [(_end(low, decimals), _end(high, decimals)) for low, high in value.intervals]
    return " ∪ ".join(f"{low} to {high}" for low, high in ends)


def _end(value: float, decimals: int) -> str:
    return ("−∞" if value < 0 else "∞") if abs(value) == float("inf") else fmt(value, decimals)


def instruments_table(comparison: pd.DataFrame, cov_type: str = "clustered") -> pd.DataFrame:
    """Second-stage coefficient and strength by instruments and effects, for a numbered table."""
    held = comparison.xs(cov_type, level="cov_type")
    held = held[held["nobs"].notna()]
    columns = {
        "2SLS": [tables.estimate(*v) for v in held[["estimate", "std_error", "pvalue"]].to_numpy()],
        "OLS": [fmt(v, 3) for v in held["ols"]],
        "F": [fmt(v, 0) for v in held["kp_f"]],
        "Anderson–Rubin": [_set(v) for v in held["anderson_rubin"]],
    }
    labels = [f"{names}, {effects}" for names, effects in held.index]
    return pd.DataFrame(columns, index=pd.Index(labels, name="Instruments, effects"))


def diagnostics_table(comparison: pd.DataFrame, cov_type: str = "clustered") -> pd.DataFrame:
    """p-values of the tests by instruments and effects, for a numbered table."""
    held = comparison.xs(cov_type, level="cov_type")
    held = held[held["nobs"].notna()]
    columns = {
        "Not identified": "kp_lm_pvalue",
        "Exogenous": "hausman_pvalue",
        "Instruments valid": "hansen_pvalue",
    }
    shown = pd.DataFrame({name: held[c].astype(float) for name, c in columns.items()})
    labels = [f"{names}, {effects}" for names, effects in held.index]
    shown.index = pd.Index(labels, name="Instruments, effects")
    return shown


def spatial_instruments(study: Study, fixed_effects: str) -> instruments.SpatialTwoStage:
    """Spatial two-stage least squares of a study: the exposure instrumented by its lag.

    Parameters
    ----------
    fixed_effects : str
        "none", "entity", "time" or "twoway".
    """
    data, stand_in = instruments_of.instrumented(study, [f"L.{study.exposure}"])
    return instruments.spatial_two_stage(
        data[study.outcome],
        data[list(study.controls)],
        study.graph(),
        endogenous=data[[study.exposure]],
        instruments=stand_in,
        lagged=[study.exposure],
        fixed_effects=fixed_effects,
    )


def spatial_instruments_table(study: Study) -> pd.DataFrame:
    """Effects of the exposure by spatial two-stage least squares, with and without effects."""
    rows = {}
    for effects in ("none", "time", "twoway"):
        row = spatial_instruments(study, effects).effects.loc[study.exposure]
        rows[effects] = {
            kind.capitalize(): tables.estimate(
                *row[kind][["effect", "std_error", "pvalue"]].to_numpy()
            )
            for kind in ("direct", "indirect", "total")
        }
    return pd.DataFrame(rows).T.rename_axis("Effects")


def terrain_note(comparison: pd.DataFrame) -> str:
    """Why a time-invariant instrument cannot work under province effects, in the room's words."""
    notes = comparison.loc[comparison["note"] != "", "note"]
    return "" if notes.empty else str(notes.iloc[0]).partition(";")[0]
