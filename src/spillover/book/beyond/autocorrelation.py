"""What the printed Moran statistics say of the weights behind them, as tables.

Formulae are those of :mod:`spillover.replication.audit.autocorrelation`; here they meet candidate weights and
our own series.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from libpysal.graph import Graph
from scipy import stats

from spillover.replication.audit import null_variance
from spillover.replication.audit.autocorrelation import line
from spillover.replication.audit.cells import Cells
from spillover.replication.published import load
from spillover.studies.study import Study


def kurtosis_by_year(implied: pd.DataFrame, study: Study, symbol: str) -> pd.DataFrame:
    """Kurtosis of one variable by year: as Tables 1 and 2 imply it, and of our own series.

    Parameters
    ----------
    implied : DataFrame
        Of :func:`spillover.replication.audit.implied_variances` with weights for both tables.
    symbol
        "CP" or "GIA".

    Returns
    -------
    DataFrame
        Index year; columns "Table 1", "Table 2", "here".
    """
    held = implied[implied["column"] == symbol]
    wide = held.pivot(index="row", columns="table", values="kurtosis")
    wide.columns = pd.Index([f"Table {table}" for table in wide.columns])
    wide.index = wide.index.astype(int)
    series = study.frame(symbol)[symbol]
    ours = {year: float(stats.kurtosis(v, fisher=False)) for year, v in series.groupby("year")}
    return wide.assign(here=pd.Series(ours)).rename_axis("year")


def kurtosis_table(implied: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Both variables of :func:`kurtosis_by_year` side by side, for a page."""
    parts = []
    for symbol in (study.exposure, study.outcome):
        part = kurtosis_by_year(implied, study, symbol)
        part.columns = pd.Index([f"{symbol} 1", f"{symbol} 2", symbol])
        parts.append(part)
    return pd.concat(parts, axis=1).rename_axis("Year")


def outside_print(rook: Graph, candidates: Mapping[str, Graph]) -> pd.DataFrame:
    """Line on which the variances of Tables 1 and 2 must lie, by candidate for Table 2's weights.

    Under randomisation both variances fall linearly in one kurtosis, so that one is a line in the
    other whose slope and intercept are given by the two weights alone, whatever the data.

    Parameters
    ----------
    rook : Graph
        Weights of Table 1.
    candidates : mapping
        Weights of Table 2, by name.

    Returns
    -------
    DataFrame
        Slope and intercept by candidate; the first row is the line through the printed values.

    Examples
    --------
    >>> from spillover.studies import weights
    >>> other = {"inverse distance": weights.named("inverse distance")}
    >>> table = outside_print(weights.rook(), other)
    >>> table["slope"].round(1).to_list()
    [14.4, 12.4]
    """
    printed = line(Cells(load()))
    if printed is None:
        raise ValueError("Tables 1 and 2 share fewer than three pairs of I and z")
    one = null_variance(rook.sparse.toarray())
    rows = {"as printed": (printed.slope, printed.intercept)}
    for name, graph in candidates.items():
        two = null_variance(graph.sparse.toarray())
        slope = one.slope / two.slope
        rows[name] = (slope, one.intercept - slope * two.intercept)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["slope", "intercept"])


def weights_pairs(table: pd.DataFrame) -> pd.DataFrame:
    """:func:`outside_print` for a page: the intercept in thousandths."""
    shown = {"Slope": table["slope"], "Intercept × 1000": 1000 * table["intercept"]}
    return pd.DataFrame(shown).rename_axis("Weights of Table 2")
