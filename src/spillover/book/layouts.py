"""Results arranged as the tables and plots of several chapters show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from spillover import multiverse
from spillover.book import tables
from spillover.econometrics import regression
from spillover.econometrics.confidence import ConfidenceSet
from spillover.econometrics.formats import fmt, interval, percent, pvalue, stars
from spillover.econometrics.spatialpanel import Bootstrap, PanelResults
from spillover.econometrics.spatialpanel.effects import quantile


def estimates_table(estimates: pd.DataFrame) -> pd.DataFrame:
    """Estimates with stars and their standard errors in parentheses, one column a heading.

    Parameters
    ----------
    estimates : DataFrame
        Columns (heading) × (effect or estimate, std_error, pvalue), as
        :meth:`spillover.econometrics.spatialpanel.PanelResults.effects` returns them; other
        statistics are left out.
    """
    columns = {}
    for heading in estimates.columns.unique(0):
        part = estimates[heading]
        names = ["effect" if "effect" in part else "estimate", "std_error", "pvalue"]
        title = heading if heading.isupper() else heading.capitalize()
        columns[title] = [
            tables.estimate(value, error, p) for value, error, p in part[names].to_numpy()
        ]
    return pd.DataFrame(columns, index=estimates.index)


def spatial_parameters(fits: Mapping[str, PanelResults]) -> pd.Series:
    """ρ or λ of each fit by (heading, statistic), one row of an estimates table."""
    columns = {
        (heading, statistic): float(getattr(fit, source).iloc[-1])
        for heading, fit in fits.items()
        for statistic, source in (
            ("effect", "params"),
            ("std_error", "std_errors"),
            ("pvalue", "pvalues"),
        )
    }
    return pd.Series(columns)


def with_rho(fit: PanelResults, symbol: str) -> pd.Series:
    """ρ and the three effects of one regressor, one row of an estimates table."""
    row: pd.Series = fit.effects().T[symbol]
    return pd.Series(pd.concat([spatial_parameters({"rho": fit}), row]))


def intervals(estimates: pd.DataFrame) -> pd.DataFrame:
    """Estimates with 95 % intervals, one line a row and heading, for a coefficient plot.

    Intervals are those in the table's columns lower and upper; without them normal, or t with the
    degrees of freedom in the table's ``attrs["df"]``.

    Parameters
    ----------
    estimates : DataFrame
        As for :func:`estimates_table`.

    Returns
    -------
    DataFrame
        term, group (the heading), estimate, low, high.
    """
    parts, z = [], quantile(0.975, estimates.attrs.get("df"))
    for heading in estimates.columns.unique(0):
        part = estimates[heading].astype(float)
        value, reach = part["effect" if "effect" in part else "estimate"], z * part["std_error"]
        low, high = part.get("lower", value - reach), part.get("upper", value + reach)
        lines = pd.DataFrame({"group": heading, "estimate": value}).assign(low=low, high=high)
        parts.append(lines.rename_axis("term").reset_index())
    return pd.concat(parts, ignore_index=True)


def beside_published(
    effects: pd.DataFrame, values: pd.DataFrame, errors: pd.DataFrame, symbol: str
) -> pd.DataFrame:
    """Effects of one regressor as published and as estimated, for a coefficient plot.

    Parameters
    ----------
    effects : DataFrame
        Of a fit, as ``results.effects()`` has them.
    values, errors : DataFrame
        Published effects and standard errors, rows regressors, columns direct, indirect, total;
        their intervals are normal.
    symbol : str
        The regressor.

    Returns
    -------
    DataFrame
        term (direct, spillover, total), group ("published", "replication"), estimate, low, high.
    """
    value, reach = values.loc[symbol], quantile(0.975, None) * errors.loc[symbol]
    published = pd.DataFrame({"estimate": value, "low": value - reach, "high": value + reach})
    ours = intervals(effects.loc[[symbol]]).set_index("group").drop(columns="term")
    both = pd.concat(
        {"published": published, "replication": ours.loc[value.index]}, names=["group", "term"]
    )
    return both.reset_index().replace({"term": {"indirect": "spillover"}})


def intervals_table(fits: Mapping[str, PanelResults | Bootstrap], symbol: str) -> pd.DataFrame:
    """95 % intervals of ρ and of the effects of one regressor, with p-values; one row a fit."""
    rows = {}
    for name, fit in fits.items():
        effects = fit.effects().loc[[symbol]]
        low, high = fit.conf_int().iloc[-1]
        rows[name] = {"ρ": f"{interval(low, high)}, p {pvalue(fit.pvalues.iloc[-1])}"}
        for kind, low, high in intervals(effects)[["group", "low", "high"]].itertuples(index=False):
            p = float(effects[kind, "pvalue"].iloc[0])
            rows[name][kind.capitalize()] = f"{interval(low, high)}, p {pvalue(p)}"
    return pd.DataFrame(rows).T


def least_squares_table(
    results: Mapping[str, regression.Regression], wild: str | None = None
) -> pd.DataFrame:
    """Pooled and fixed-effects regressions side by side, with a footer.

    Parameters
    ----------
    results : mapping
        Regressions by heading.
    wild : str, optional
        A regressor whose p-value by the wild cluster bootstrap the footer gives.
    """
    footer: dict[str, dict[str, Any]] = {
        "Observations": {name: int(r.nobs) for name, r in results.items()},
        "Effects": {name: r.fixed_effects != "none" for name, r in results.items()},
        "R²": {name: r.rsquared_inclusive for name, r in results.items()},
    }
    if wild:
        values = {name: pvalue(r.wild(wild, level=None).pvalue) for name, r in results.items()}
        footer[f"p of {wild}, wild bootstrap"] = values
    return tables.regression_table(
        {name: regression.tidy(r) for name, r in results.items()},
        labels={"const": "Constant"},
        footer=footer,
    )


def instruments_table(fits: pd.DataFrame) -> pd.DataFrame:
    """Second-stage coefficient and strength of the instruments, one row a fit.

    Parameters
    ----------
    fits : DataFrame
        Rows of :func:`spillover.studies.instruments.comparison`, indexed by instruments and
        fixed effects; those that could not be estimated are left out.
    """
    held = fits[fits["nobs"].notna()]
    columns = {
        "2SLS": [tables.estimate(*v) for v in held[["estimate", "std_error", "pvalue"]].to_numpy()],
        "p, wild": [pvalue(v) for v in held["wild_pvalue"]],
        "OLS": [fmt(v, 3) for v in held["ols"]],
        "F": [fmt(v, 0) for v in held["kp_f"]],
        "Anderson–Rubin": [_set(v) for v in held["anderson_rubin"]],
    }
    labels = [f"{names}, {effects}" for names, effects in held.index]
    return pd.DataFrame(columns, index=pd.Index(labels, name="Instruments, effects"))


def _set(value: object) -> str:
    """Confidence set with rounded ends; a dash where there is none."""
    if not isinstance(value, ConfidenceSet):
        return "–"
    ends = [
        [fmt(end, 2) if abs(end) < float("inf") else "−∞" if end < 0 else "∞" for end in pair]
        for pair in value.intervals
    ]
    return " ∪ ".join(f"{low} to {high}" for low, high in ends) or "empty"


def checks_table(checks: pd.DataFrame) -> pd.DataFrame:
    """Effects under every check that could be estimated, with errors and stars.

    Parameters
    ----------
    checks : DataFrame
        Rows of :func:`spillover.multiverse.robustness`.
    """
    held = checks[checks["reason"] == ""].set_index("label")
    parts = {
        effect: held[[effect, f"{effect}_std_error", f"{effect}_pvalue"]].set_axis(
            ["effect", "std_error", "pvalue"], axis=1
        )
        for effect in ("direct", "indirect", "total")
    }
    return estimates_table(pd.concat(parts, axis=1))


def robustness_table(checks: pd.DataFrame, effect: str = "direct") -> pd.DataFrame:
    """Range of an effect and share of significantly positive ones, by group of checks.

    Parameters
    ----------
    checks : DataFrame
        As :func:`spillover.multiverse.robustness` returns it.
    """
    table = multiverse.by_choice(checks, effect).droplevel("choice")
    return pd.DataFrame(
        {
            "Checks": table["specifications"] - table["failed"],
            "Lowest": table["lowest"],
            "Median": table["median"],
            "Highest": table["highest"],
            "Significantly positive": [
                percent(share, 0) for share in table["positive_significant"]
            ],
        }
    ).rename_axis("Group")


CROSSING_NOTE = (
    "Columns: fixed effects. First line: estimate under rook contiguity, with stars: p below 0.01 "
    "(three), 0.05 (two), 0.10 (one). Second line: range over all weights. Third line: how many of "
    "them give a significantly positive (+) and a significantly negative (−) estimate at five per "
    "cent. Errors clustered by province (CR3, t). Every regressor is lagged. Each measure has its "
    "own units."
)
"""Notes under the table of a crossing of a study whose estimator is the default one."""


def crossing_table(
    crossed: pd.DataFrame, weights: str, effects: Sequence[str] = ("direct", "indirect", "total")
) -> pd.DataFrame:
    """Effects of the exposure by measure of the outcome (rows) and by fixed effects (columns).

    A cell holds the estimate under `weights` with its stars, the lowest and the highest estimate
    over all weights, and how many of them are significantly positive and negative at 5 %; of one
    weights alone the estimate and its standard error.

    Parameters
    ----------
    crossed : DataFrame
        Of :func:`spillover.multiverse.crossing`, or some of its rows.
    weights : str
        The weights whose estimate stands first.
    effects : sequence of str
        Which effects, of "direct", "indirect" and "total".
    """
    words = {"none": "None", "time": "Year", "entity": "Province", "twoway": "Both"}
    rows = {}
    for (name, years), part in crossed.groupby([crossed.columns[0], "years"], observed=True):
        for effect in effects:
            curve = multiverse.specification_curve(part, effect)
            rows[f"{name}, {years}", effect] = {
                words.get(str(fixed), str(fixed)): _crossed(cell, weights)
                for fixed, cell in curve.groupby("fixed_effects", observed=True)
            }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis(["Measure", "Effect"])
    return table if len(effects) > 1 else table.droplevel("Effect")


def _crossed(curve: pd.DataFrame, weights: str) -> tables.Stack | tables.Number:
    own = curve.loc[curve["weights"] == weights, ["estimate", "std_error", "pvalue"]].to_numpy()
    if len(curve) == len(own) == 1:
        return tables.estimate(*own[0])
    low, high = (fmt(end, 2) for end in (curve["estimate"].min(), curve["estimate"].max()))
    count = curve["sign"].value_counts()
    return tables.Stack(
        (
            *(tables.Number(value, stars(p)) for value, _, p in own),
            f"{low} to {high}",
            f"{count['positive']}+, {count['negative']}−",
        )
    )


def agreement_table(agreement: pd.DataFrame) -> pd.DataFrame:
    """Measures of :func:`spillover.replication.verdicts.agreement`: counts, shares and ratios."""
    counts = ("coefficients", "differences", "significant")

    def text(measure: str, value: float) -> str:
        if measure.startswith("relative"):
            return fmt(value, 2)
        counted = measure in counts or measure.endswith("control")
        return fmt(value, 0) if counted else percent(value, 0)

    rows = {
        m: [text(m, v) for v in line]
        for m, line in zip(agreement.index, agreement.to_numpy(), strict=True)
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=agreement.columns)
