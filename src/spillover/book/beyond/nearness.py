"""The search for readers: names in words, the nearest, the best of each kind, a test of itself.

Distances are those of :mod:`spillover.multiverse.search`; here they are set side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from spillover.multiverse import search
from spillover.multiverse.curve import choices_of
from spillover.replication import published
from spillover.replication.lag_structure import printed_from
from spillover.studies.study import Study

WORDS: Mapping[str, Mapping[str, str]] = {
    "fixed_effects": {
        "none": "none",
        "entity": "province",
        "time": "year",
        "twoway": "province and year",
        "random": "random",
    },
    "durbin": {"all": "all", "exposure": "GIA only", "none": "none"},
}
HEADINGS = {
    "fixed_effects": "Effects",
    "durbin": "Lagged",
    "weights": "Weights",
    "years": "Years",
    "CP": "Carbon productivity",
}


def in_words(table: pd.DataFrame) -> pd.DataFrame:
    """Write the values of a search's choices in words."""
    out = table.copy()
    for name in choices_of(table):
        if name in WORDS:
            out[name] = out[name].cat.rename_categories(dict(WORDS[name]))
    return out


def nearest_table(table: pd.DataFrame, n: int = 10, by: str = "distance_sd") -> pd.DataFrame:
    """The nearest specifications for a page."""
    near = in_words(search.nearest(table, n, by))
    shown: dict[str, pd.Series] = {
        HEADINGS[name]: near[name].astype(str) for name in ("fixed_effects", "durbin")
    }
    shown["Weights"] = near["weights"].astype(str)
    shown["Inventory, years"] = near["CP"].astype(str) + ", " + near["years"].astype(str)
    shown["Signs"] = near["signs_agree"].astype(int)
    shown["Distance"] = near[by]
    return pd.DataFrame(shown).set_index("Effects")


def best_by_kind(table: pd.DataFrame, by: str = "distance_sd") -> pd.DataFrame:
    """Smallest distance for every pair of effects (rows) and lags (columns)."""
    held = in_words(table[table["reason"] == ""])
    wide = held.pivot_table(by, "fixed_effects", "durbin", aggfunc="min", observed=True)
    wide.columns = pd.Index([f"{name} lagged" for name in wide.columns])
    return wide.rename_axis("Effects")


def ratios_by_lag(table: pd.DataFrame, target: search.Target) -> pd.DataFrame:
    """How far the controls' ratios of indirect to direct effects vary, by what is lagged.

    Returns
    -------
    DataFrame
        Rows: what is lagged, then "as printed"; columns least and median coefficient of variation
        and, of the exposure's sign, the share of specifications in which all three effects agree.
    """
    held = in_words(table[table["reason"] == ""])
    by_lag = held.groupby("durbin", observed=True)
    shown = pd.DataFrame(
        {
            "Least": by_lag["ratio_spread"].min(),
            "Median": by_lag["ratio_spread"].median(),
            "GIA's signs, %": 100 * by_lag["exposure_signs_agree"].agg(lambda s: (s == 3).mean()),
        }
    )
    shown.index = pd.Index([str(name) for name in shown.index])
    spread = float(search.lag_evidence(target)["ratio_spread"])
    printed = pd.DataFrame({"Least": spread, "Median": spread}, index=["as printed"])
    return pd.concat([shown, printed]).rename_axis("Lagged")


def zeros_of(column: str) -> float:
    """Distance of a table of zeros from a column of Table 6: root mean square of its t-values."""
    held = published.load(6)
    held = held[(held["column"] == column) & (held["row"] != "Constant")]
    wide = held.pivot(index="row", columns="statistic", values="value").drop(index="model")
    return float(np.sqrt(((wide["coefficient"] / wide["std_error"]).astype(float) ** 2).mean()))


def across(tables: Mapping[str, tuple[pd.DataFrame, float]]) -> pd.DataFrame:
    """The nearest specification to each of several printed tables, beside a table of zeros.

    Parameters
    ----------
    tables : mapping
        Name of the printed table to the result of its search and the distance of zeros from it.
    """
    rows: dict[str, dict[str, Any]] = {}
    for name, (table, zeros) in tables.items():
        best = in_words(search.nearest(table, 1)).iloc[0]
        rows[name] = {
            "Effects": str(best["fixed_effects"]),
            "Lagged": str(best["durbin"]) if "durbin" in best else "",
            "Weights": str(best["weights"]) if "weights" in best else "",
            "Distance": best["distance_sd"],
            "Zeros": zeros,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("Printed")


def recovered(study: Study, truth: Mapping[str, Any], **choices: Any) -> pd.DataFrame:
    """Search for a table whose origin is known: our own, rounded as a paper would print it.

    Parameters
    ----------
    study : Study
    truth : mapping
        ``fixed_effects`` and ``lagged`` of the specification that makes the table.
    **choices
        Of the search, as in :func:`spillover.multiverse.search.search`.

    Returns
    -------
    DataFrame
        The search's rows, nearest first.
    """
    made = study.but(**truth)
    fit = made.spatial().fit(cov_type="robust")
    deviation = float(study.frame(study.outcome)[study.outcome].std())
    target = printed_from(fit.effects(), deviation, study.exposure, fit.nobs)
    return search.search(target, study, **choices).sort_values("distance_sd", kind="stable")
