"""Declared instruments of a study, set by set: strength, tests and the spatial version.

It runs the rooms of :mod:`spillover.econometrics.instruments` over sets of variables of the catalogue and
arranges the results.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from spillover.book.beside.effects import effects_table
from spillover.book.beside.stand_ins import covering
from spillover.econometrics import instruments
from spillover.econometrics.instruments import TwoStage
from spillover.studies import instruments as instruments_of
from spillover.studies.study import Study

EFFECTS = ("none", "twoway")


def two_stage_sets(
    study: Study,
    sets: Iterable[Sequence[str]],
    fixed_effects: Iterable[str] = EFFECTS,
    cov_type: str = "clustered",
) -> dict[tuple[str, str], TwoStage]:
    """Two-stage least squares for every set of instruments, with and without effects.

    Parameters
    ----------
    study : Study
    sets : iterable of sequences of str
        Symbols of the catalogue; all are estimated on the years in which all of them exist.
    fixed_effects, cov_type
        As for :func:`spillover.econometrics.instruments.two_stage`.

    Returns
    -------
    dict
        By (labels of the instruments joined by " + ", effects).
    """
    listed = [tuple(names) for names in sets]
    every = list(dict.fromkeys(name for names in listed for name in names))
    held = covering(study, *every)
    data = held.frame(study.outcome, *study.regressors, *every)
    return {
        (" + ".join(study.variable(n).label for n in names), kind): instruments.two_stage(
            data[study.outcome],
            data[list(study.controls)],
            data[[study.exposure]],
            data[list(names)],
            kind,
            cov_type,
        )
        for names in listed
        for kind in fixed_effects
    }


def sets_table(fits: Mapping[tuple[str, str], TwoStage], exposure: str) -> pd.DataFrame:
    """One line a fit, in the layout that :func:`spillover.book.beside.instruments_table` shows.

    Returns
    -------
    DataFrame
        Index (instruments, fixed_effects, cov_type).
    """
    lines = {
        (*key, fit.cov_type): instruments_of.one_line(fit, exposure) for key, fit in fits.items()
    }
    index = pd.MultiIndex.from_tuples(
        list(lines), names=["instruments", "fixed_effects", "cov_type"]
    )
    return pd.DataFrame(list(lines.values()), index=index)


def tests_table(lines: pd.DataFrame) -> pd.DataFrame:
    """p-values of the tests by set, for a numbered table."""
    columns = {
        "Not identified": "kp_lm_pvalue",
        "Durbin": "durbin_pvalue",
        "Wu–Hausman": "wu_hausman_pvalue",
        "Clustered": "hausman_pvalue",
        "Hansen J": "hansen_pvalue",
    }
    shown = pd.DataFrame({name: lines[c].astype(float) for name, c in columns.items()})
    names = [f"{sets}, {effects}" for sets, effects, _ in lines.index]
    return shown.set_axis(pd.Index(names, name="Instruments, effects"), axis=0)


def spatial_sets(
    studies: Mapping[str, Study], instrument: str
) -> dict[str, instruments.SpatialTwoStage]:
    """Spatial two-stage least squares by matrix, two-way effects, the exposure's lag alone."""
    out = {}
    for name, study in studies.items():
        held = covering(study, instrument)
        data = held.frame(study.outcome, *study.regressors, instrument)
        out[name] = instruments.spatial_two_stage(
            data[study.outcome],
            data[list(study.controls)],
            held.graph(),
            endogenous=data[[study.exposure]],
            instruments=data[[instrument]],
            lagged=[study.exposure],
        )
    return out


def spatial_table(found: Mapping[str, instruments.SpatialTwoStage], exposure: str) -> pd.DataFrame:
    """Effects of the exposure by matrix, ready for a numbered table."""
    rows = pd.DataFrame({name: fit.effects.loc[exposure] for name, fit in found.items()}).T
    return effects_table(rows).rename_axis("Weights")
