"""One study under several matrices of weights: effects side by side, and who counts as near.

It fits what a study declares and arranges the results; the weights themselves are made in
:mod:`spillover.studies.weights`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from spillover.book.beside.effects import effects_table
from spillover.econometrics.moran import SEED, moran_by_year
from spillover.econometrics.spatialpanel import PanelResults
from spillover.econometrics.weights import dense, economic_distance
from spillover.replication.evidence import COMPOSITE, ECONOMIC, MIX
from spillover.studies.study import Study
from spillover.studies.weights import named

MATRICES = (ECONOMIC, COMPOSITE, MIX)
"""The second paper's two kinds of weights; its composite in either form."""

SHORT = {ECONOMIC: "alike", COMPOSITE: "product", MIX: "mix"}
"""Names that find room at the end of a line."""


def under(study: Study, names: Sequence[str] = MATRICES) -> dict[str, Study]:
    """The study once per matrix of weights."""
    return {name: study.but(weights=name) for name in names}


def fits(studies: Mapping[str, Study], cov_type: str = "robust") -> dict[str, PanelResults]:
    """The Durbin model of each study, errors clustered by province."""
    return {name: s.spatial().fit(cov_type=cov_type) for name, s in studies.items()}


def effects(studies: Mapping[str, Study]) -> dict[str, pd.DataFrame]:
    """Direct, indirect and total effects of each study's Durbin model."""
    return {name: fit.effects() for name, fit in fits(studies).items()}


def rows(found: Mapping[str, pd.DataFrame], symbol: str) -> pd.DataFrame:
    """Effects of one regressor, one row per study, in the layout of a fit's own."""
    return pd.DataFrame({name: table.loc[symbol] for name, table in found.items()}).T


def table(found: Mapping[str, pd.DataFrame], symbol: str, heading: str = "Weights") -> pd.DataFrame:
    """:func:`rows` with errors and stars, ready for a numbered table."""
    return effects_table(rows(found, symbol)).rename_axis(heading)


def moran_lines(study: Study, symbol: str, names: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Moran's I of a variable and its p under randomisation, by year (rows) and matrix.

    Returns
    -------
    dict
        "I" and "p", each a DataFrame as :func:`spillover.book.figures.moran_by_year` draws it.
    """
    series = study.frame(symbol)[symbol]
    found = {
        name: moran_by_year(series, one.graph(), permutations=0)
        for name, one in under(study, names).items()
    }
    return {
        short: pd.DataFrame({name: t[column] for name, t in found.items()}).rename_axis("year")
        for short, column in (("I", "I"), ("p", "p_rand"))
    }


def nearest(study: Study, names: Sequence[str] = MATRICES) -> pd.DataFrame:
    """For each province and matrix: the one that weighs most, and its share of all weight.

    Returns
    -------
    DataFrame
        Index province; columns (matrix) × (partner, weight).
    """
    columns = {}
    for name, one in under(study, names).items():
        W = one.graph().adjacency.groupby(level="focal", sort=False)
        columns[(name, "partner")] = W.idxmax().map(lambda pair: pair[1])
        columns[(name, "weight")] = W.max()
    return pd.DataFrame(columns).rename_axis("province")


def heaviest(near: pd.DataFrame, name: str, count: int = 8) -> pd.DataFrame:
    """The provinces whose nearest partner weighs most, as a table for a page."""
    part = pd.DataFrame(near[name]).sort_values("weight", ascending=False).head(count)
    shown = part.rename(columns={"partner": "Nearest", "weight": "Its weight"})
    return shown.rename_axis("Province")


def overlap(study: Study, one: str, other: str) -> float:
    """Share of their weight that two row-standardised matrices put on the same pairs."""
    a, b = (study.but(weights=name).graph() for name in (one, other))
    units = list(a.unique_ids)
    first = a.sparse.toarray()
    second = pd.DataFrame(b.sparse.toarray(), b.unique_ids, b.unique_ids).loc[units, units]
    return float(np.minimum(first, second.to_numpy()).sum(axis=1).mean())


def redealt(
    study: Study, symbol: str, year: int, deals: int = 999, seed: int = SEED
) -> pd.DataFrame:
    """Moran's I against chance where the weights are made from incomes.

    A permutation test moves values over a fixed map. Weights made from incomes would move along:
    here each deal gives the provinces' values *and* incomes to other places together, and the
    weights are made anew. What is left to test is geography alone. Since only the pairing of
    places with incomes matters, it is the places that are dealt.

    Parameters
    ----------
    study : Study
    symbol, year
        The variable and the cross-section.
    deals : int
        Random rearrangements.
    seed : int

    Returns
    -------
    DataFrame
        By matrix of :data:`MATRICES`: I, the median and the 95th percentile over the deals, p
        (one-tailed).
    """
    alike = dense(economic_distance(study.mean_income()))
    near = dense(named("inverse distance")).loc[alike.index, alike.index].to_numpy()
    values = study.frame(symbol)[symbol].xs(year, level="year").reindex(alike.index)
    z, economic = (values - values.mean()).to_numpy(), alike.to_numpy()
    rng = np.random.default_rng(seed)
    orders = [np.arange(len(z)), *(rng.permutation(len(z)) for _ in range(deals))]
    drawn = pd.DataFrame([_dealt(z, near[np.ix_(o, o)], economic) for o in orders])
    null = drawn.iloc[1:]
    # a deal that changes nothing must not fall short by a rounding error
    reached = (drawn.round(9) >= drawn.iloc[0].round(9)).mean()
    parts = {"I": drawn.iloc[0], "median": null.median(), "upper": null.quantile(0.95)}
    return pd.DataFrame({**parts, "p": reached}).rename_axis("weights")


def _dealt(z: np.ndarray, near: np.ndarray, alike: np.ndarray) -> dict[str, float]:
    """Moran's I under the three matrices made of one pairing of places with incomes.

    Both parts have rows that sum to one; the product's rows are made to.
    """
    product = near * alike
    made = {
        ECONOMIC: alike,
        COMPOSITE: product / product.sum(axis=1, keepdims=True),
        MIX: (near + alike) / 2,
    }
    return {name: float(z @ W @ z / (z @ z)) for name, W in made.items()}
