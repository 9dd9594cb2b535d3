"""Coverage of the intervals of the book's two models: the cells, their simulation, a stored run.

The stored run is ``data/simulated/coverage.csv``, which the README beside it describes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

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
    scheduler: Any = None,
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
                        study.but(weights=name),
                        rho,
                        estimator,
                        replications=replications,
                        seed=seed,
                        jobs=jobs,
                        scheduler=scheduler,
                        progress=progress,
                    )
                    cell.insert(0, "lag", "W(Qy)" if estimator.lag_after_demeaning else "Q(Wy)")
                    cell.insert(0, "rho", rho)
                    cell.insert(0, "weights", name)
                    cell.insert(0, "study", study.key)
                    parts.append(cell)
    return pd.concat(parts, ignore_index=True)


def _cell(study: Study, rho: float, estimator: Estimator, **options: Any) -> pd.DataFrame:
    drawn = study.spatial(correction="transformation").fit()
    model = study.spatial(
        correction=estimator.correction, lag_after_demeaning=estimator.lag_after_demeaning
    )
    samples = simulate(
        model.fit(),
        cov_types=estimator.cov_types,
        params={**drawn.params, "sigma2": drawn.sigma2, "rho": rho},
        variables=[study.exposure],
        **options,
    )
    first = samples.table(min(FIRST, options["replications"]))[["bias", "std_error", "coverage"]]
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


# What a version of a test is called on a page, by a word in its name: the usual versions, of which
# the first is shown, then those for few units.
_USUAL = {
    "as printed": "large samples",
    "clustered": "clustered",
    "unadjusted": "unadjusted",
    "observed": "information",
}
_FOR_FEW = {"bootstrap": "bootstrap", "wild": "bootstrap", "cr3": "CR3", "corrected": "corrected"}
_LEFT_OUT = ("undefined", "cr2", "heteroskedastic")
_TESTS = {
    ("regressions", "coefficient"): "Coefficient of a regression",
    ("regressions", "two stages"): "Coefficient of two stages",
    ("regressions", "Hausman"): "Endogeneity (Hausman)",
}


def sizes() -> pd.DataFrame:
    """Sizes of tests from the stored simulations, the usual version and those for few units.

    Read are all files of ``data/simulated`` with the columns test, version and size (share of
    samples in which a true hypothesis is rejected at 5 %). What follows a comma in the name of a
    test, such as its instruments, is taken together; a version corrected by formula is left out
    where there is a bootstrap or CR3.

    Returns
    -------
    DataFrame
        One row for each test and version: test, version ("" where there is but one), usual
        (whether it is what other programs give), low and high: the smallest and largest size over
        effects, weights and designs of the errors.
    """
    parts = []
    for file in sorted(path().parent.glob("*.csv")):
        table = pd.read_csv(io.BytesIO(files.read(file)), keep_default_na=False)
        if {"test", "version", "size"} <= set(table.columns):
            table = table[~table["version"].str.startswith(_LEFT_OUT)]
            short = table["test"].str.split(",").str[0]
            name = short.map(lambda test, stem=file.stem: _TESTS.get((stem, test), test))
            parts.append(table.assign(test=name.str[:1].str.upper() + name.str[1:]))
    rows = []
    for test, held in pd.concat(parts, ignore_index=True).groupby("test", sort=False):
        kinds = held["version"].map(_kind)
        known = [k for k in _USUAL.values() if k in set(kinds)][:1]
        better = [k for k in ("bootstrap", "CR3") if k in set(kinds)]
        known += better or [k for k in ("corrected", "") if k in set(kinds)]
        for kind in known:
            size = held.loc[kinds == kind, "size"]
            usual = kind in _USUAL.values()
            rows.append((test, kind, usual, float(size.min()), float(size.max())))
    return pd.DataFrame(rows, columns=["test", "version", "usual", "low", "high"])


def _kind(version: str) -> str:
    """What a version is called: "wild bootstrap" is "bootstrap", "t(9), cr3" is "CR3"."""
    names = (name for word, name in (_USUAL | _FOR_FEW).items() if word in version)
    return next(names, "")


def sizes_in_words(sizes: pd.DataFrame) -> pd.DataFrame:
    """Lay the table of `sizes` out for a page, in per cent: a row for each test.

    Examples
    --------
    >>> columns = ["test", "version", "usual", "low", "high"]
    >>> rows = [["LM lag", "large samples", True, 0.1, 0.24], ["LM lag", "CR3", False, 0.05, 0.05]]
    >>> sizes_in_words(pd.DataFrame(rows, columns=columns)).loc["LM lag"].to_list()
    ['10 – 24 (large samples)', '5 (CR3)']
    """
    low, high = ((100 * sizes[end]).map(lambda value: fmt(value, 0)) for end in ("low", "high"))
    span = low.where(low == high, low + " – " + high)
    cells = span + (" (" + sizes["version"] + ")").where(sizes["version"] != "", "")
    order = list(dict.fromkeys(sizes["test"]))
    columns = {}
    for title, usual in (("Usual", True), ("For few units", False)):
        chosen = sizes["usual"] == usual
        joined = cells[chosen].groupby(sizes.loc[chosen, "test"]).agg("; ".join)
        columns[title] = joined.reindex(order).fillna("–")
    return pd.DataFrame(columns).rename_axis("Test")
