"""Moran's I by year and by unit: is a variable spatially clustered, and where.

Statistics come from esda; this module arranges them by year with both null variances and the
permutation test, and controls false discoveries among units.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr

from spillover.econometrics.checks import (
    by_label,
    columns_of_numbers,
    flag,
    number,
    one_of,
    shown,
    significance,
    some,
    square,
    whole,
)
from spillover.econometrics.weights import as_graph

if TYPE_CHECKING:
    from esda.moran import Moran
    from libpysal.graph import Graph

SEED = 20251016
"""Seed of every permutation test in the book."""

ALTERNATIVES = ("greater", "less", "two-sided")

# High or low itself, among neighbours that are high or low.
QUADRANTS = {1: "HH", 2: "LH", 3: "LL", 4: "HL"}


@dataclass(frozen=True)
class LocalMoran:
    """Local Moran's I of one variable in one year.

    Attributes
    ----------
    table : DataFrame
        By unit: I, z (standardised value), lag (spatial lag of z), p (pseudo p-value),
        q (false-discovery adjusted), quadrant, cluster ("ns", not significant, where q > level).
    level : float
        False-discovery rate that `cluster` controls.
    """

    table: pd.DataFrame
    level: float


class MoranError(ValueError):
    """Values or weights of which Moran's I cannot be computed; the message names the unit."""


def _cross_section(values: pd.Series, W: Graph) -> np.ndarray:
    """Values in the order of the graph's units."""
    if not isinstance(values, pd.Series) or values.index.nlevels > 1:
        raise MoranError(
            f"values is {shown(values)}; expected a Series with one value for each unit of W, as "
            "one year of a panel"
        )
    names = pd.Index(W.unique_ids)
    if odd := [*names.difference(values.index), *values.index.difference(names)]:
        raise MoranError(f"{odd[0]} is in only one of values and weights; align the two")
    found = by_label(values, names, MoranError, "values", "unit")
    columns_of_numbers(found.to_frame(values.name or "values"), MoranError)
    ordered = found.to_numpy(dtype=float)
    if not np.isfinite(ordered).all():
        raise MoranError(f"{names[int(np.argmin(np.isfinite(ordered)))]} has no finite value")
    if len(ordered) < 4:
        raise MoranError(f"values has {len(ordered)} units; expected four or more")
    if np.ptp(ordered) <= 1e-12 * np.abs(ordered).max():
        raise MoranError("all values are the same: Moran's I is not defined")
    return ordered


def _given(W: Graph | pd.DataFrame, row_standardise: bool) -> Graph:
    graph = as_graph(W, MoranError)
    return graph.transform("r") if flag(row_standardise, MoranError, "row_standardise") else graph


def _seeded(ordered: np.ndarray, W: Graph, permutations: int, seed: int) -> Moran:
    """Run esda's Moran with a seed; it draws from numpy's global state, which is put back."""
    from esda.moran import Moran

    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    try:
        # its own transformation leaves a graph as it is
        return Moran(ordered, W, W.transformation, permutations, two_tailed=False)
    finally:
        np.random.set_state(state)  # noqa: NPY002


def moran(
    values: pd.Series,
    W: Graph | pd.DataFrame,
    permutations: int = 999,
    seed: int = SEED,
    *,
    row_standardise: bool = False,
    alternative: str = "greater",
) -> pd.Series:
    r"""Global Moran's I of one cross-section.

    .. math:: I = \frac{n}{S_0}\frac{z'Wz}{z'z}, \qquad E[I] = \frac{-1}{n-1}

    Parameters
    ----------
    values : Series
        One value per unit of `W`.
    W : Graph or square DataFrame
        N units, with the weights as they are: I differs between a binary W and the same with
        rows that sum to one.
    permutations : int
        Of the randomisation test; 0 for none.
    seed : int
        Of the permutations.
    row_standardise : bool
        Divide each row of `W` by its sum first.
    alternative : str
        "greater", one-tailed against positive autocorrelation, as Stata's ``spatgsa`` prints;
        "less", against negative; "two-sided". The permutations' two-sided p-value is twice the
        smaller of the other two.

    Returns
    -------
    Series
        I, expected, variance, z and p under randomisation (var_rand, z_rand, p_rand), under
        normality (…_norm), and p_perm, the pseudo p-value (1 + number as extreme)/(1 + draws).

    Raises
    ------
    MoranError
        Units of values and W that differ, a value that is missing, values that are all the same.

    References
    ----------
    Cliff and Ord (1981), Spatial Processes, ch. 2.

    Examples
    --------
    >>> from spillover.econometrics.weights import k_nearest
    >>> places = pd.DataFrame({"latitude": np.arange(30) ** 1.1, "longitude": 0.0})
    >>> bool(moran(places["latitude"], k_nearest(places, 2))["p_rand"] < 0.001)
    True
    """
    one_of(alternative, ALTERNATIVES, MoranError, "alternative")
    whole(permutations, MoranError, "permutations")
    whole(seed, MoranError, "seed")
    graph = _given(W, row_standardise)
    ordered = _cross_section(values, graph)
    result = _seeded(ordered, graph, permutations, seed)
    return pd.Series(
        {
            "I": result.I,
            "expected": result.EI,
            "var_rand": result.VI_rand,
            "z_rand": result.z_rand,
            "p_rand": _normal_tail(result.z_rand, alternative),
            "var_norm": result.VI_norm,
            "z_norm": result.z_norm,
            "p_norm": _normal_tail(result.z_norm, alternative),
            "p_perm": _share_beyond(result.I, result.sim, alternative) if permutations else np.nan,
        },
        dtype=float,
    )


def _normal_tail(z: float, alternative: str) -> float:
    if alternative == "two-sided":
        return float(2 * ndtr(-abs(z)))
    return float(ndtr(-z if alternative == "greater" else z))


def _share_beyond(value: float, drawn: np.ndarray, alternative: str) -> float:
    """Pseudo p-value of a statistic among its permutations."""
    above = (1 + (drawn >= value).sum()) / (1 + len(drawn))
    below = (1 + (drawn <= value).sum()) / (1 + len(drawn))
    if alternative == "two-sided":
        return float(min(1.0, 2 * min(above, below)))
    return float(above if alternative == "greater" else below)


def moran_by_year(
    series: pd.Series,
    W: Graph | pd.DataFrame,
    permutations: int = 999,
    *,
    row_standardise: bool = False,
    alternative: str = "greater",
) -> pd.DataFrame:
    """Global Moran's I of every year of a panel series.

    Parameters
    ----------
    series : Series
        Indexed by (unit, year).
    W, permutations, row_standardise, alternative
        As for :func:`moran`: `W` as it is given, and one-tailed p-values, unless asked otherwise.

    Returns
    -------
    DataFrame
        One row per year with the columns of :func:`moran`.

    Raises
    ------
    MoranError
        As :func:`moran`, or a series that is not indexed by (unit, year), or a pair twice.
    """
    if isinstance(series, pd.DataFrame) and series.shape[1] == 1:
        series = series.iloc[:, 0]
    if not isinstance(series, pd.Series) or series.index.nlevels != 2:
        raise MoranError(f"series is {shown(series)}; expected a Series indexed by (unit, year)")
    if not series.index.is_unique:
        twice = series.index[series.index.duplicated()].unique()
        raise MoranError(f"series has {some(twice)} more than once; keep one value of each")
    columns_of_numbers(series.to_frame(series.name or "series"), MoranError)
    years = series.unstack("year" if "year" in series.index.names else 1)
    rows = {
        year: moran(
            years[year], W, permutations, row_standardise=row_standardise, alternative=alternative
        )
        for year in years
    }
    return pd.DataFrame(rows).T


def composite_moran(
    values: pd.Series,
    economic: pd.DataFrame,
    geographic: pd.DataFrame,
    mix: float = 0.5,
    permutations: int = 999,
    seed: int = SEED,
) -> pd.DataFrame:
    r"""Test Moran's I under weights that are themselves made from an economic distance.

    The usual permutation test moves values over fixed weights. Weights made from incomes would
    move along with incomes. Here each permutation gives the units' values and incomes to other
    places together and makes the weights anew, so that only geography is tested:

    .. math:: W^e, \qquad W^p \propto W^g_\pi \circ W^e, \qquad \phi W^g_\pi + (1-\phi) W^e,

    with :math:`W^g_\pi` the geographic weights of permuted places.

    Parameters
    ----------
    values : Series
        N values.
    economic, geographic : DataFrame
        N × N row-standardised weights; the rows of `economic` may be in another order.
    mix : float
        φ, the share of geography in the convex mix.
    permutations : int
        Random rearrangements.
    seed : int

    Returns
    -------
    DataFrame
        Index weights ("economic distance", "economic-geographic product", "economic-geographic
        mix"); columns I, median and upper (95th percentile) of the permutations, p (one-tailed,
        against positive autocorrelation).

    Raises
    ------
    MoranError
        Weights that are not square, have negative weights, or are of other units than the values;
        a mix outside 0 to 1; values that are missing or all the same.
    """
    if number(mix, MoranError, "mix", 0.0) > 1:
        raise MoranError(f"mix={mix}; expected a share from 0 to 1")
    whole(permutations, MoranError, "permutations", 1)
    whole(seed, MoranError, "seed")
    for name, matrix in (("economic", economic), ("geographic", geographic)):
        if not np.allclose(square(matrix, MoranError, name).sum(axis=1), 1):
            raise MoranError(f"rows of {name} do not sum to one; use row_standardise({name})")
        _cross_section(values, as_graph(matrix, MoranError))
    units = economic.index
    W_e, W_g = economic.to_numpy(), geographic.loc[units, units].to_numpy()
    z = (values - values.mean()).reindex(units).to_numpy()
    rng = np.random.default_rng(seed)
    rows = []
    for draw in range(permutations + 1):
        places = rng.permutation(len(z)) if draw else np.arange(len(z))
        near = W_g[np.ix_(places, places)]
        product = near * W_e
        made = {
            "economic distance": W_e,
            "economic-geographic product": product / product.sum(axis=1, keepdims=True),
            "economic-geographic mix": mix * near + (1 - mix) * W_e,
        }
        rows.append({name: float(z @ W @ z / (z @ z)) for name, W in made.items()})
    drawn = pd.DataFrame(rows)
    null = drawn.iloc[1:]
    # a permutation that changes nothing must not fall short by a rounding error
    reached = (drawn.round(9) >= drawn.iloc[0].round(9)).mean()
    parts = {"I": drawn.iloc[0], "median": null.median(), "upper": null.quantile(0.95)}
    return pd.DataFrame({**parts, "p": reached}).rename_axis("weights")


def local_moran(
    values: pd.Series,
    W: Graph | pd.DataFrame,
    level: float = 0.1,
    permutations: int = 9999,
    seed: int = SEED,
    *,
    row_standardise: bool = False,
    alternative: str = "two-sided",
) -> LocalMoran:
    """Local Moran's I (Anselin 1995) with control of the false-discovery rate.

    Parameters
    ----------
    values : Series
        One value per unit of `W`.
    W : Graph or square DataFrame
        Weights as they are.
    level : float
        Rate of false discoveries among the units called a cluster (Benjamini and Hochberg
        1995).
    permutations, seed : int
        Of the conditional permutation test: each unit keeps its value, the others are moved.
    row_standardise : bool
        Divide each row of `W` by its sum first.
    alternative : str
        "two-sided", or "directed": one-tailed towards the side on which the statistic lies, as
        esda and GeoDa print it; half of the other.

    Raises
    ------
    MoranError
        As :func:`moran`, or a unit without neighbours.
    """
    from esda.moran import Moran_Local
    from scipy.stats import false_discovery_control

    one_of(alternative, ("two-sided", "directed"), MoranError, "alternative")
    significance(level, MoranError)
    whole(permutations, MoranError, "permutations", 1)
    whole(seed, MoranError, "seed")
    graph = _given(W, row_standardise)
    ordered = _cross_section(values, graph)
    if len(graph.isolates):
        raise MoranError(f"{some(graph.isolates)}: no neighbours; give some, or leave them out")
    with warnings.catch_warnings():
        # esda announces two-sided p-values; ours are made two-sided below.
        warnings.simplefilter("ignore", DeprecationWarning)
        result = Moran_Local(
            ordered, graph, graph.transformation, permutations, seed=seed, n_jobs=1
        )
    standard = (ordered - ordered.mean()) / ordered.std()
    spatial_lag = graph.sparse @ standard
    pseudo = result.p_sim if alternative == "directed" else np.minimum(2 * result.p_sim, 1.0)
    adjusted = false_discovery_control(pseudo)
    quadrant = pd.Series(result.q).map(QUADRANTS).to_numpy()
    table = pd.DataFrame(
        {
            "I": result.Is,
            "z": standard,
            "lag": spatial_lag,
            "p": pseudo,
            "q": adjusted,
            "quadrant": quadrant,
            "cluster": np.where(adjusted <= level, quadrant, "ns"),
        },
        index=pd.Index(graph.unique_ids, name=values.index.name or "unit"),
    )
    return LocalMoran(table, level)
