"""Printed and our own results side by side, arranged for the tables and figures of a page.

It arranges what :mod:`spillover.replication` and the estimators computed; verdicts are reached in
:mod:`spillover.published`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from spillover import measurement, multiverse, regression, search, tables
from spillover.replication import EFFECTS, PRINTED_ROWS
from spillover.study import Study


def moran_lines(compared: pd.DataFrame, symbol: str) -> pd.DataFrame:
    """Moran's I of one variable by year, printed and ours, from a comparison of Table 1 or 2.

    Returns
    -------
    DataFrame
        Index year; columns here, printed.
    """
    rows = compared[(compared["statistic"] == "moran_i") & (compared["column"] == symbol)]
    years = pd.Index(rows["row"].astype(int), name="year")
    lines = {"here": rows["ours"].to_numpy(), "printed": rows["printed"].astype(float).to_numpy()}
    return pd.DataFrame(lines, index=years)


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
        out["OLS"][name] = regression.tidy(regression.pooled_ols(y, X, "clustered"))
        out["FE"][name] = regression.tidy(regression.fixed_effects(y, X, "clustered"))
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


def printed_effects(name: str = "Table 8") -> pd.DataFrame:
    """Printed effects in the layout of a fit's own: rows variables, columns effect by statistic."""
    printed = search.target(name)
    parts = {"effect": printed.values, "std_error": printed.errors}
    columns = {(e, part): parts[part][e] for e in EFFECTS for part in parts}
    return pd.DataFrame(columns)


def specifications(study: Study, name: str = "Table 8") -> pd.DataFrame:
    """How ten specifications differ from a printed table: effects allowed for, Durbin set.

    Returns
    -------
    DataFrame
        One row per combination of effects (twoway, entity, time, random, none) and of what is
        lagged (all, exposure), with the columns of :func:`spillover.search.search`.
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


def first_reason(checks: pd.DataFrame) -> str:
    """Why the first specification that could not be estimated failed; "none failed" if none did."""
    failed = checks.loc[checks["reason"] != "", "reason"]
    return "none failed" if failed.empty else str(failed.iloc[0]).rstrip(".")


def robustness_table(checks: pd.DataFrame, effect: str = "direct") -> pd.DataFrame:
    """Range and signs of an effect by group of checks, as a table for a page."""
    table = multiverse.by_choice(checks, effect).droplevel("choice")
    shown = pd.DataFrame(
        {
            "Checks": table["specifications"] - table["failed"],
            "Lowest": table["lowest"],
            "Median": table["median"],
            "Highest": table["highest"],
            "Positive": [f"{100 * share:.0f}%" for share in table["positive_significant"]],
        }
    )
    return shown.rename_axis("Group")


def printed_effect(variable: str, effect: str, name: str = "Table 8") -> float:
    """One printed effect, as a number."""
    return float(search.target(name).values[effect][variable])


def significantly_positive(checks: pd.DataFrame, effect: str = "direct") -> str:
    """Groups and labels of the checks in which an effect is positive at five per cent."""
    found = checks[(checks[effect] > 0) & (checks[f"{effect}_pvalue"] < 0.05)]
    names = [f"{group}: {label}" for group, label in found[["group", "label"]].to_numpy()]
    return "; ".join(names) or "none"


def printed_mediated_share() -> float:
    """Mediated share by the paper's arithmetic: one less direct effect with over without TEC."""
    without, held = search.target("Table 7, model 1"), search.target("Table 7, model 3")
    return 1 - float(held.values["direct"]["GIA"]) / float(without.values["direct"]["GIA"])


def key_rows(compared: pd.DataFrame, wanted: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Coefficients of a comparison in some columns of some rows, in the order asked for."""
    cells = compared[compared["statistic"] == "coefficient"].set_index(["row", "column"])
    keys = [(row, column) for row, columns in wanted.items() for column in columns]
    return cells.loc[keys].reset_index()


PATH_LABELS = {
    "total effect": "Total effect",
    "exposure to mediator": "Exposure → mediator",
    "mediator to outcome": "Mediator → outcome",
    "not mediated": "Not mediated",
    "mediated": "Mediated",
}


def paths_table(paths: pd.DataFrame) -> pd.DataFrame:
    """Effects of every path of a mediation, ready for a numbered table."""
    return effects_table(paths.loc[list(PATH_LABELS)]).rename(index=PATH_LABELS).rename_axis("Path")


def path_intervals(delta: pd.DataFrame, boot: pd.DataFrame) -> pd.DataFrame:
    """Total effects by path with both kinds of interval, for a coefficient plot."""
    shown = ["total effect", "not mediated", "mediated"]
    parts = []
    for group, table in (("delta method", delta), ("bootstrap", boot)):
        part = pd.DataFrame(table["total"]).loc[shown].rename(columns={"effect": "estimate"})
        named = part.rename(index=PATH_LABELS).rename_axis("term").reset_index()
        parts.append(named.assign(group=group))
    return pd.concat(parts).loc[:, ["term", "group", "estimate", "low", "high"]]


def steps_table(steps: pd.DataFrame) -> pd.DataFrame:
    """Which of Baron and Kenny's steps are passed, by reading, as a table for a page."""
    columns = {
        "Total": ("passed", "total"), "First": ("passed", "first"),
        "Second": ("passed", "second"), "Smaller": ("passed", "smaller"),
        "All": ("all", "mediation"),
    }  # fmt: skip
    marks = {True: "✓", False: "×"}
    shown = {name: [marks[bool(v)] for v in steps[key]] for name, key in columns.items()}
    return pd.DataFrame(shown, index=steps.index.rename("Reading"))
