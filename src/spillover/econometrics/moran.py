"""Moran's I by year and by unit: is a variable spatially clustered, and where.

Statistics come from esda; this module arranges them by year with both null variances and the
permutation test, and controls false discoveries among units.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from esda.moran import Moran, Moran_Local
from libpysal.graph import Graph
from scipy import stats

SEED = 20251016
"""Seed of every permutation test in the book."""

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


def _cross_section(values: pd.Series, W: Graph) -> np.ndarray:
    names = list(W.unique_ids)
    if missing := sorted(set(names) ^ set(values.index)):
        raise ValueError(f"{missing[0]} is in only one of values and weights; align the two")
    ordered = values.reindex(names).to_numpy(dtype=float)
    if not np.isfinite(ordered).all():
        raise ValueError(f"{names[int(np.argmin(np.isfinite(ordered)))]} has no finite value")
    return ordered


def _seeded(ordered: np.ndarray, W: Graph, permutations: int, seed: int) -> Moran:
    """Run esda's Moran with a seed; it draws from numpy's global state, which is put back."""
    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    try:
        return Moran(ordered, W, transformation="r", permutations=permutations, two_tailed=False)
    finally:
        np.random.set_state(state)  # noqa: NPY002


def moran(values: pd.Series, W: Graph, permutations: int = 999, seed: int = SEED) -> pd.Series:
    r"""Global Moran's I of one cross-section.

    .. math:: I = \frac{n}{S_0}\frac{z'Wz}{z'z}, \qquad E[I] = \frac{-1}{n-1}

    Parameters
    ----------
    values : Series
        One value per unit of `W`.
    W : Graph
        N units.
    permutations : int
        Of the conditional randomisation test; 0 for none.
    seed : int
        Of the permutations.

    Returns
    -------
    Series
        I, expected, variance, z and one-tailed p under randomisation (var_rand, z_rand, p_rand),
        under normality (…_norm), and p_perm, the one-tailed pseudo p-value.

    Notes
    -----
    One-tailed against positive autocorrelation, as Stata's ``spatgsa`` prints; double the
    p-values for two tails. Cliff and Ord (1981).

    Examples
    --------
    >>> from spillover.econometrics.weights import k_nearest
    >>> places = pd.DataFrame({"latitude": np.arange(30) ** 1.1, "longitude": 0.0})
    >>> bool(moran(places["latitude"], k_nearest(places, 2))["p_rand"] < 0.001)
    True
    """
    ordered = _cross_section(values, W)
    result = _seeded(ordered, W, permutations, seed)
    return pd.Series(
        {
            "I": result.I,
            "expected": result.EI,
            "var_rand": result.VI_rand,
            "z_rand": result.z_rand,
            "p_rand": stats.norm.sf(result.z_rand),
            "var_norm": result.VI_norm,
            "z_norm": result.z_norm,
            "p_norm": stats.norm.sf(result.z_norm),
            "p_perm": result.p_sim if permutations else np.nan,
        },
        dtype=float,
    )


def moran_by_year(series: pd.Series, W: Graph, permutations: int = 999) -> pd.DataFrame:
    """Global Moran's I of every year of a panel series.

    Parameters
    ----------
    series : Series
        Indexed by (province, year).

    Returns
    -------
    DataFrame
        One row per year with the columns of :func:`moran`.
    """
    years = series.unstack("year")
    return pd.DataFrame({year: moran(years[year], W, permutations) for year in years}).T


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
        mix"); columns I, median and upper (95th percentile) of the permutations, p (one-tailed).
    """
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
    values: pd.Series, W: Graph, level: float = 0.1, permutations: int = 9999, seed: int = SEED
) -> LocalMoran:
    """Local Moran's I (Anselin 1995) with control of the false-discovery rate.

    Parameters
    ----------
    values : Series
        One value per unit of `W`.
    level : float
        Rate of false discoveries among the units called a cluster (Benjamini and Hochberg
        1995).
    """
    ordered = _cross_section(values, W)
    with warnings.catch_warnings():
        # esda announces two-sided p-values; ours are made two-sided below.
        warnings.simplefilter("ignore", DeprecationWarning)
        result = Moran_Local(
            ordered, W, transformation="r", permutations=permutations, seed=seed, n_jobs=1
        )
    standard = (ordered - ordered.mean()) / ordered.std()
    spatial_lag = W.transform("r").sparse @ standard
    pseudo = np.minimum(2 * result.p_sim, 1.0)
    adjusted = stats.false_discovery_control(pseudo)
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
        index=pd.Index(W.unique_ids, name="province"),
    )
    return LocalMoran(table, level)
