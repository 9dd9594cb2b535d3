"""What a study measures and with what: definitions, quality of the figures, rival candidates.

It sets variants of one variable side by side; how each is computed is in
:mod:`spillover.studies.variables`.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from spillover.data import own, panel
from spillover.econometrics import regression
from spillover.econometrics.moran import moran_by_year
from spillover.replication import published
from spillover.studies import STUDIES, Study
from spillover.studies.variables import Variable


def definitions(study: Study) -> pd.DataFrame:
    """One row per variable of a study: name, unit, the share of cells that is not official.

    Returns
    -------
    DataFrame
        Index symbol; columns label, unit, variant, note, not_official (share of N·T cells).
    """
    rows = {s: study.variable(s) for s in study.symbols}
    table = pd.DataFrame(
        {s: {"label": v.label, "unit": v.unit, "variant": v.variant, "note": v.note}
         for s, v in rows.items()}
    ).T  # fmt: skip
    shares = {s: float(study.not_official(s).mean()) for s in rows}
    return table.assign(not_official=pd.Series(shares))


def label(study: Study, symbol: str) -> str:
    """Name and unit of a variable, as an axis shows them."""
    variable = study.variable(symbol)
    return f"{variable.label[:1].upper()}{variable.label[1:]} ({variable.unit})"


def key(study: Study, *symbols: str) -> str:
    """Say what symbols stand for, as the notes of a table do; all of the study's by default.

    Examples
    --------
    >>> from spillover.studies import CARBON
    >>> key(CARBON, "GIA", "URB")
    'GIA: green industrial agglomeration; URB: urbanisation.'
    """
    held = [study.variable(s) for s in symbols or (study.outcome, *study.regressors)]
    return "; ".join(f"{v.symbol}: {v.label}" for v in held) + "."


def definitions_for_readers(study: Study) -> pd.DataFrame:
    """:func:`definitions` as a table for a page: variable, unit, not official."""
    table = definitions(study)
    shares = [f"{100 * share:.0f}%" for share in table["not_official"]]
    shown = table[["label", "unit"]].assign(share=shares)
    return shown.set_axis(["Variable", "Unit", "Not official"], axis=1).rename_axis("Symbol")


def proxies(study: Study) -> pd.DataFrame:
    """What each variable of a study measures, and what the paper measured.

    Returns
    -------
    DataFrame
        Index symbol; columns Replication, In the paper, Unit, Years.
    """
    rows = {}
    for symbol in study.symbols:
        v = study.variable(symbol)
        rows[symbol] = {
            "Replication": f"{v.label}: {measure(v)}" if v.proxy else v.label,
            "In the paper": v.proxy or "the same",
            "Unit": v.unit,
            "Years": f"{v.years[0]}–{v.years[1]}",
        }
    return pd.DataFrame(rows).T.rename_axis("Symbol")


def proxies_in_words(study: Study, *symbols: str) -> str:
    """Say which variables are proxies for the paper's, and which series are the reader's own.

    Parameters
    ----------
    study : Study
    *symbols : str
        Variables of the page; all of the study's by default.
    """
    held = [study.variable(s) for s in symbols or study.symbols]
    pairs = [f"{measure(v)} for {v.proxy} ({v.symbol})" for v in held if v.proxy]
    parts = [own.note().replace("`", "")]
    parts += [f"Proxies on this page: {'; '.join(pairs)}."] if pairs else []
    return " ".join(filter(None, parts)) or "No variable of this page is a proxy."


def measure(variable: Variable) -> str:
    """What a variable measures, from the head of its note.

    Examples
    --------
    >>> measure(STUDIES["growth"].variable("LQ"))
    'vehicles of all kinds over GDP'
    """
    return variable.note.partition(";")[0].partition(", whose")[0]


def new_energy_share(study: Study) -> pd.Series:
    """Vehicles of new energy in per cent of all vehicles that the provinces made, by year."""
    first, last = study.years
    vehicles = panel.load()["vehicle_output_10k"].groupby("year").sum()
    made = panel.national()["nev_output_10k"]
    return (100 * made / vehicles).loc[first:last].rename("share")


def candidates(study: Study, symbol: str) -> dict[str, Study]:
    """The study once per variant of `symbol`, in the years in which that variant is complete."""
    return {v.variant: _with(study, v) for v in study.alternatives(symbol).values()}


def _with(study: Study, variable: Variable) -> Study:
    first = max(study.years[0], variable.years[0])
    last = min(study.years[1], variable.years[1])
    return study.but(years=(first, last), **{variable.symbol: variable.variant})


def side_by_side(study: Study, symbol: str) -> dict[str, Study]:
    """The study, then once per other variant of a variable.

    Where a variant is complete in fewer years than the study has, the study's own variant in
    those years stands before it.
    """
    own = study.variable(symbol).variant
    out = {own: study}
    for name, one in candidates(study, symbol).items():
        if name == own or one.years[0] > one.years[1]:
            continue
        if one.years != study.years:
            span = f"{one.years[0]}–{one.years[1]}"
            out[f"{own}, {span}"] = study.but(years=one.years)
            name = f"{name}, {span}"
        out[name] = one
    return out


def moments(study: Study, symbol: str) -> pd.DataFrame:
    """Descriptive statistics of every variant of a variable.

    Returns
    -------
    DataFrame
        Index variant; columns first, last, count, mean, std, min, max.
    """
    rows = {}
    for name, variant in candidates(study, symbol).items():
        if variant.years[0] > variant.years[1]:
            continue
        values = panel.describe(variant.frame(symbol)).loc[symbol]
        rows[name] = {"first": variant.years[0], "last": variant.years[1], **values}
    whole = ["first", "last", "count"]
    return pd.DataFrame(rows).T.astype(dict.fromkeys(whole, int)).rename_axis("variant")


def _moran_of_candidates(study: Study, symbol: str) -> pd.DataFrame:
    """Global Moran's I by year (rows) of every variant (columns) under the study's weights."""
    series = {
        name: moran_by_year(variant.frame(symbol)[symbol], study.graph(), permutations=0)["I"]
        for name, variant in candidates(study, symbol).items()
        if variant.years[0] <= variant.years[1]
    }
    return pd.DataFrame(series).rename_axis("year")


def correlation_of_candidates(study: Study, symbol: str) -> pd.DataFrame:
    """Pearson correlations between variants of a variable over the cells that both have."""
    series = {
        name: variant.frame(symbol)[symbol]
        for name, variant in candidates(study, symbol).items()
        if variant.years[0] <= variant.years[1]
    }
    return pd.DataFrame(series).corr()


def beside_published(study: Study, symbol: str) -> pd.DataFrame:
    """Moments of every variant under those that the first paper's Table 5 publishes.

    Returns
    -------
    DataFrame
        Index published, then variants; columns years, mean, sd, min, max.
    """
    printed = (
        published.load(5, study.printed_folder)
        .query("row == @symbol")
        .set_index("statistic")["value"]
    )
    table = moments(study, symbol).rename(columns={"std": "sd"})
    years = [f"{first}–{last}" for first, last in table[["first", "last"]].to_numpy()]
    columns = ["mean", "sd", "min", "max"]
    ours = table[columns].astype(float)
    theirs = pd.DataFrame([printed[columns].astype(float)], index=["published"])
    both = pd.concat([theirs, ours])
    both.insert(0, "years", ["{}–{}".format(*STUDIES.get(study.key, study).years), *years])
    return both.rename_axis("candidate")


def moran_beside_published(study: Study, symbol: str, table: int) -> pd.DataFrame:
    """Yearly Moran's I of every variant beside the published one (Table 1 or 2)."""
    rows = published.load(table, study.printed_folder).query(
        "column == @symbol and statistic == 'moran_i'"
    )
    printed = pd.Series(rows["value"].astype(float).to_numpy(), index=rows["row"].astype(int))
    ours = _moran_of_candidates(study, symbol)
    return ours.assign(published=printed).loc[:, ["published", *ours.columns]]


def least_squares(studies: Mapping[str, Study]) -> pd.DataFrame:
    """The exposure's coefficient in several studies, between provinces and within them.

    Parameters
    ----------
    studies : mapping
        Studies by name, for example those of :func:`candidates`.

    Returns
    -------
    DataFrame
        Index the studies' names; columns (OLS | FE) × (estimate, std_error, tstat, pvalue,
        wild_pvalue): pooled least squares, and the study's fixed effects, with the study's errors;
        the last p-value is that of the wild cluster bootstrap. ``attrs["df"]`` keeps the smallest
        degrees of freedom of t.
    """
    lines: dict[str, pd.Series] = {}
    freedom: list[int] = []
    for name, study in studies.items():
        data = study.frame(study.outcome, *study.regressors)
        y, X = data[study.outcome], data[list(study.regressors)]
        fits = {
            "OLS": regression.ols(y, X, "none", study.cov_type),
            "FE": regression.ols(y, X, study.fixed_effects, study.cov_type),
        }
        lines[name] = pd.concat({k: _line(f, study.exposure) for k, f in fits.items()})
        freedom.extend(fit.df for fit in fits.values())
    table = pd.DataFrame(lines).T
    table.attrs["df"] = min(freedom)
    return table


def _line(fit: regression.Regression, name: str) -> pd.Series:
    bootstrap = fit.wild(name, level=None)
    return pd.Series({**regression.tidy(fit).loc[name], "wild_pvalue": bootstrap.pvalue})
