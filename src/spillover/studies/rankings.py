"""Transparent rankings of the provinces, in the place of the paper's unpublished index.

Each is one line of official figures. Provinces should not be sorted by the outcome: a group
chosen for its high outcome has its errors chosen with it, which flattens every slope inside the
groups and can turn signs (sorting on y truncates y). Default is a figure from before the window
that enters neither outcome nor exposure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from spillover.data import panel
from spillover.data.measures import logarithm
from spillover.data.panel import Panel
from spillover.econometrics import checks
from spillover.econometrics.heterogeneity import HeterogeneityError


@dataclass(frozen=True)
class Ranking:
    """A figure by which provinces are ranked.

    Attributes
    ----------
    name, label, unit : str
    formula : callable
        From the official panel of `years` to a Series by (province, year); its mean ranks.
    years : tuple of int
    on_outcome : bool
        Whether it is made from the outcome, so that groups by it are biased.
    note : str
    """

    name: str
    label: str
    unit: str
    formula: Callable[[Panel], pd.Series]
    years: tuple[int, int] = (2011, 2012)
    on_outcome: bool = False
    note: str = ""


def _clean(f: Panel) -> pd.Series:
    return (f["hydro_twh"].fillna(0.0) + f["wind_twh"].fillna(0.0)) / f[
        "electricity_consumption_twh"
    ]


def _carbon(f: Panel) -> pd.Series:
    return f["gdp_census4_100m"] / f["co2_ceads_apparent_mt"]


def _carbon_growth(f: Panel) -> pd.Series:
    return logarithm(_carbon(f).rename("CP")).groupby(level="province").diff()


DEFAULT = "innovation"
"""The ranking used where none is named; change this line to change it everywhere."""

RANKINGS: dict[str, Ranking] = {
    r.name: r
    for r in (
        Ranking(
            "innovation", "invention patents before the window", "per 10,000 persons",
            lambda f: f["invention_patents_granted"] / f["population_10k"],
            note="capacity to take up green technology; neither outcome nor exposure enters",
        ),
        Ranking(
            "clean electricity", "hydro and wind in electricity used, before the window", "share",
            _clean, note="close to the exposure, so that groups differ in its range",
        ),
        Ranking(
            "income", "GDP per person before the window", "10,000 yuan",
            lambda f: f["gdp_census4_100m"] / f["population_10k"],
            note="shares GDP with the outcome",
        ),
        Ranking(
            "energy productivity", "GDP per tonne of coal equivalent before the window",
            "10,000 yuan", lambda f: f["gdp_census4_100m"] / f["energy_consumption_10ktce"],
            note="a cousin of the outcome, though from before the window",
        ),
        Ranking(
            "carbon productivity", "carbon productivity before the window", "10,000 yuan per tonne",
            _carbon, on_outcome=True, note="the outcome itself, earlier",
        ),
        Ranking(
            "carbon productivity growth", "growth of carbon productivity in the window", "per year",
            _carbon_growth, (2013, 2022), on_outcome=True, note="the outcome itself",
        ),
    )
}  # fmt: skip
"""Rankings by name."""


def ranking(name: str = DEFAULT) -> pd.Series:
    """Return the figure that ranks the provinces, one value each, in the panel's order.

    Examples
    --------
    >>> ranking("innovation").idxmax()
    'Beijing'
    """
    if name not in RANKINGS:
        raise HeterogeneityError(f"no ranking {name!r}; choose from {list(RANKINGS)}")
    rule = RANKINGS[name]
    values = rule.formula(panel.load(*rule.years))
    means = values.groupby(level="province", sort=False).mean()
    if means.isna().any():
        raise HeterogeneityError(f"{name}: {means.index[means.isna()][0]} has no value")
    return means.rename(name)


def percentile(values: pd.Series) -> pd.Series:
    """Ranks spread over (0, 1): (rank − ½)/N, the largest value highest, ties averaged.

    Examples
    --------
    >>> percentile(pd.Series([3.0, 1.0])).tolist()
    [0.75, 0.25]
    """
    return (values.rank() - 0.5) / len(values)


def split(
    values: pd.Series,
    sizes: tuple[int, ...] = (10, 10, 10),
    labels: tuple[str, ...] = ("low", "medium", "high"),
) -> pd.Series:
    """Sort units into groups of given sizes, lowest values first.

    Returns
    -------
    Series
        Label by unit, ordered categories, in the order of `values`.

    Raises
    ------
    HeterogeneityError
        Sizes that do not add up, or a border between groups that runs through equal values.
    """
    if not isinstance(sizes, Sequence) or isinstance(sizes, str):
        raise HeterogeneityError(f"sizes={checks.shown(sizes)}; expected one size for each group")
    for size in sizes:
        checks.whole(size, HeterogeneityError, "a size", low=1)
    if sum(sizes) != len(values) or len(sizes) != len(labels):
        raise HeterogeneityError(
            f"groups of {sizes} for {len(values)} units and {len(labels)} labels; sizes must add "
            "up, one label for each"
        )
    ordered = values.sort_values(kind="stable")
    place = 0
    for size in sizes[:-1]:
        place += size
        if ordered.iloc[place - 1] == ordered.iloc[place]:
            raise HeterogeneityError(
                f"{ordered.index[place - 1]} and {ordered.index[place]} have the same value at a "
                "border between groups; shift the sizes"
            )
    names = [label for label, size in zip(labels, sizes, strict=True) for _ in range(size)]
    kind = pd.CategoricalDtype(list(labels), ordered=True)
    return pd.Series(names, index=ordered.index, name="group", dtype=kind).reindex(values.index)
