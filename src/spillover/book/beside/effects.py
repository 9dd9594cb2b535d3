"""Effects of spatial models beside the printed ones.

It arranges numbers that other rooms computed; it computes none of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from spillover.book import tables
from spillover.multiverse import search
from spillover.replication.tables import EFFECTS
from spillover.studies.study import Study


def printed_effects(name: str = "Table 8") -> pd.DataFrame:
    """Printed effects in the layout of a fit's own: rows variables, columns effect by statistic."""
    printed = search.target(name)
    parts = {"effect": printed.values, "std_error": printed.errors}
    columns = {(e, part): parts[part][e] for e in EFFECTS for part in parts}
    return pd.DataFrame(columns)


def printed_effect(variable: str, effect: str, name: str = "Table 8") -> float:
    """One printed effect, as a number."""
    return float(search.target(name).values[effect][variable])


def specifications(study: Study, name: str = "Table 8") -> pd.DataFrame:
    """How ten specifications differ from a printed table: effects allowed for, Durbin set.

    Returns
    -------
    DataFrame
        One row per combination of effects (twoway, entity, time, random, none) and of what is
        lagged (all, exposure), with the columns of :func:`spillover.multiverse.search.search`.
    """
    return search.search(
        search.target(name),
        study,
        fixed_effects=["twoway", "entity", "time", "random", "none"],
        durbin=["all", "exposure"],
    )


def specifications_for_readers(table: pd.DataFrame, exposure: str = "GIA") -> pd.DataFrame:
    """:func:`specifications` as a table for a page."""
    lagged = {"all": "all", "exposure": f"{exposure} only"}
    shown = pd.DataFrame(
        {
            "Effects": table["fixed_effects"].astype(str),
            "Lagged": table["durbin"].astype(str).map(lagged),
            "ρ": table["rho"],
            "Signs": table["signs_agree"].astype(int),
            "Spread": table["ratio_spread"],
            "Distance": table["distance_sd"],
        }
    )
    return shown.set_index("Effects")


def effects_table(effects: pd.DataFrame) -> pd.DataFrame:
    """Effects with errors and stars, ready for a numbered table."""
    columns = {
        effect.capitalize(): [
            tables.estimate(*row)
            for row in effects[effect][["effect", "std_error", "pvalue"]].values
        ]
        for effect in EFFECTS
    }
    return pd.DataFrame(columns, index=effects.index)


def ratios(ours: pd.DataFrame, printed: pd.DataFrame) -> pd.DataFrame:
    """Indirect over direct effect of each regressor, ours and printed, for a coefficient plot."""
    lines = []
    for group, effects in (("here", ours), ("printed", printed)):
        ratio = effects[("indirect", "effect")] / effects[("direct", "effect")]
        lines.append(pd.DataFrame({"term": ratio.index, "group": group, "estimate": ratio.values}))
    both = pd.concat(lines, ignore_index=True)
    return both.assign(low=float("nan"), high=float("nan"))


def key_rows(compared: pd.DataFrame, wanted: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Coefficients of a comparison in some columns of some rows, in the order asked for."""
    cells = compared[compared["statistic"] == "coefficient"].set_index(["row", "column"])
    keys = [(row, column) for row, columns in wanted.items() for column in columns]
    return cells.loc[keys].reset_index()


def exposure_effects(studies: Mapping[str, Study], cov_type: str = "robust") -> pd.DataFrame:
    """Effects of the exposure in the Durbin model of several studies, one row each."""
    rows = {
        name: study.spatial().fit(cov_type=cov_type).effects().loc[study.exposure]
        for name, study in studies.items()
    }
    return pd.DataFrame(rows).T.astype(float)


def effect_intervals(effects: pd.DataFrame) -> pd.DataFrame:
    """Effects with 95 % intervals, one line a row and effect, for a coefficient plot."""
    parts = []
    for kind in EFFECTS:
        values = effects[kind]
        reach = 1.96 * values["std_error"]
        lines = {"estimate": values["effect"], "low": values["effect"] - reach}
        lines["high"] = values["effect"] + reach
        part = pd.DataFrame(lines).rename_axis("term").reset_index()
        parts.append(part.assign(group=kind))
    return pd.concat(parts, ignore_index=True)
