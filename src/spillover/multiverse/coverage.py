"""Coverage of the intervals of the book's two models: the cells, their simulation, a stored run.

The stored run is ``data/simulated/coverage.csv``, which the README beside it describes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from spillover.data import files
from spillover.econometrics.formats import fmt
from spillover.multiverse.reliability import simulate
from spillover.studies import CARBON, GROWTH
from spillover.studies.study import Study

STUDIES = (CARBON, GROWTH)
WEIGHTS = ("rook", "economic distance")
RHOS = (0.0, 0.4)
FIRST = 20
"""Samples that the columns ``first_…`` of a run are made of, to tell whether it is today's."""


class Estimator(NamedTuple):
    """A way to estimate the same model, with the covariances that go with it."""

    correction: str | None
    lag_after_demeaning: bool
    cov_types: tuple[str, ...]


ESTIMATORS = (
    Estimator("transformation", False, ("observed", "clustered", "cr2", "cr3")),
    # Stata's xsmle, and the chapters' errors on its estimates
    Estimator(None, False, ("observed", "clustered-xsmle", "cr3")),
    # R's splm
    Estimator(None, True, ("expected",)),
)


def coverage(
    studies: Sequence[Study] = STUDIES,
    weights: Sequence[str] = WEIGHTS,
    rhos: Sequence[float] = RHOS,
    replications: int = 2000,
    seed: int = 0,
    jobs: int = 1,
    progress: bool = False,
) -> pd.DataFrame:
    """Simulate the studies' spatial Durbin models and estimate them in several ways.

    Samples have the panel, W and estimates of the study's own model, estimated by the
    transformation, and ρ as given. All estimators see the same samples.

    Returns
    -------
    DataFrame
        One row for each study, weights, rho, estimator (correction and lag, "Q(Wy)" or "W(Qy)"),
        design, covariance and quantity (ρ, and the effects of the study's exposure), with the
        columns of `reliability` and, over the first 20 samples alone, first_bias,
        first_std_error and first_coverage.
    """
    parts = []
    for study in studies:
        for name in weights:
            for rho in rhos:
                for estimator in ESTIMATORS:
                    cell = _cell(
                        study.but(weights=name), rho, estimator, replications, seed, jobs, progress
                    )
                    cell.insert(0, "lag", "W(Qy)" if estimator.lag_after_demeaning else "Q(Wy)")
                    cell.insert(0, "rho", rho)
                    cell.insert(0, "weights", name)
                    cell.insert(0, "study", study.key)
                    parts.append(cell)
    return pd.concat(parts, ignore_index=True)


def _cell(
    study: Study,
    rho: float,
    estimator: Estimator,
    replications: int,
    seed: int,
    jobs: int,
    progress: bool,
) -> pd.DataFrame:
    drawn = study.spatial(correction="transformation").fit()
    model = study.spatial(
        correction=estimator.correction, lag_after_demeaning=estimator.lag_after_demeaning
    )
    samples = simulate(
        model.fit(),
        replications,
        cov_types=estimator.cov_types,
        params={**drawn.params, "sigma2": drawn.sigma2, "rho": rho},
        variables=[study.exposure],
        seed=seed,
        jobs=jobs,
        progress=progress,
    )
    first = samples.table(min(FIRST, replications))[["bias", "std_error", "coverage"]]
    table = pd.concat([samples.table(), first.add_prefix("first_")], axis=1)
    return table[table["quantity"] != "coefficient"].reset_index(drop=True)


def path() -> Path:
    """File of the stored run."""
    return files.root() / "data" / "simulated" / "coverage.csv"


def stored() -> pd.DataFrame:
    """Read the stored run."""
    return pd.read_csv(io.BytesIO(files.read(path())), keep_default_na=False, na_values=[""])


_CORRECTIONS = {"transformation": "Transformation", "none": "Dummy variables"}
_COVARIANCES = {
    "cr3": "CR3",
    "cr2": "CR2",
    "clustered": "clustered",
    "observed": "information",
    "clustered-xsmle": "as in xsmle",
    "expected": "information",
}
_PARTS = {"carbon": "Part I", "growth": "Part II"}
_ERRORS = {"iid": "i.i.d.", "serial": "serially correlated", "both": "both"}
_QUANTITIES = {
    "rho": "ρ",
    "direct": "direct effect",
    "indirect": "indirect effect",
    "total": "total effect",
}


def in_words(run: pd.DataFrame) -> pd.DataFrame:
    """Add to a run what a page calls the parts of its cells.

    Returns
    -------
    DataFrame
        The run with the columns part, estimator, errors, what (the quantity) and place (study,
        weights and ρ), the estimators in the order in which a page compares them.
    """
    correction = run["correction"].map(_CORRECTIONS).where(run["lag"] == "Q(Wy)", "Lag of demeaned")
    estimator = correction + ",\n" + run["cov_type"].map(_COVARIANCES)
    worded = run.assign(
        part=run["study"].map(_PARTS),
        estimator=estimator,
        errors=run["design"].replace(_ERRORS),
        what=run["quantity"].map(_QUANTITIES),
    )
    rho = run["rho"].map(lambda value: fmt(value, 1))
    worded["place"] = worded["part"] + ", " + run["weights"] + ", ρ = " + rho
    rank = {"transformation": 0, "none": 1}
    kinds = list(_COVARIANCES)
    order = pd.DataFrame(
        {
            "lag": run["lag"],
            "correction": run["correction"].map(rank),
            "kind": run["cov_type"].map(kinds.index),
        }
    ).sort_values(["lag", "correction", "kind"], kind="stable")
    return worded.loc[order.index].reset_index(drop=True)


def extreme(cells: pd.DataFrame, highest: bool) -> str:
    """Where coverage is highest or lowest among cells of `in_words`, in words.

    Examples
    --------
    >>> cells = in_words(stored())
    >>> extreme(cells[cells["quantity"] == "rho"], highest=True).startswith("of ρ with ")
    True
    """
    row = cells.sort_values("coverage", kind="stable").iloc[-1 if highest else 0].astype(str)
    article = "" if row["quantity"] == "rho" else "the "
    both = "heteroskedastic and serially correlated"
    errors = both if row["design"] == "both" else row["errors"]
    return f"of {article}{row['what']} with {errors} errors ({row['place']})"


_USUAL = ("as printed", "unadjusted", "clustered")
_FOR_FEW = ("bootstrap", "wild", "cr3", "corrected", "cr2")


def sizes() -> pd.DataFrame:
    """Sizes of tests from the stored simulations, the usual version beside the one for few units.

    Read are all files of ``data/simulated`` with the columns test, version and size (share of
    samples in which a true hypothesis is rejected at 5 %). Versions of one test with different
    instruments are taken together.

    Returns
    -------
    DataFrame
        One row for each test; usual and its usual_low and usual_high, small and its small_low and
        small_high: a version, and its smallest and largest size over effects, weights and designs.
        Missing where a test has no such version.
    """
    known = []
    for file in sorted(path().parent.glob("*.csv")):
        table = pd.read_csv(io.BytesIO(files.read(file)), keep_default_na=False)
        if {"test", "version", "size"} <= set(table.columns):
            known.append(table[["test", "version", "size"]])
    if not known:
        return pd.DataFrame()
    every = pd.concat(known, ignore_index=True)
    every["test"] = every["test"].str.split(",").str[0]
    rows = {}
    for test, held in every.groupby("test", sort=False):
        spans = held.groupby("version")["size"].agg(["min", "max"])
        row: dict[str, Any] = {}
        for name, order in (("usual", _USUAL), ("small", _FOR_FEW)):
            version = next((v for v in order if v in spans.index), None)
            row[name] = version
            low, high = (np.nan, np.nan) if version is None else spans.loc[version]
            row |= {f"{name}_low": low, f"{name}_high": high}
        rows[test] = row
    return pd.DataFrame(rows).T.rename_axis("test")


def sizes_in_words(sizes: pd.DataFrame) -> pd.DataFrame:
    """Lay the table of `sizes` out for a page: version and range in one cell.

    Examples
    --------
    >>> row = {"usual": "as printed", "usual_low": 0.1, "usual_high": 0.24}
    >>> row |= {"small": None, "small_low": np.nan, "small_high": np.nan}
    >>> sizes_in_words(pd.DataFrame([row], index=["LM lag"])).iloc[0].to_list()
    ['10 – 24 (as printed)', '–']
    """

    def cell(row: pd.Series, kind: str) -> str:
        if pd.isna(row[kind]):
            return "–"
        low, high = (fmt(100 * row[f"{kind}_{end}"], 0) for end in ("low", "high"))
        span = low if low == high else f"{low} – {high}"
        return f"{span} ({row[kind]})"

    columns = {"usual": "Usual", "small": "For few units"}
    worded = {
        title: [cell(row, kind) for _, row in sizes.iterrows()] for kind, title in columns.items()
    }
    return pd.DataFrame(worded, index=sizes.index).rename_axis("Test")
