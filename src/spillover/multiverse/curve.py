"""What a table of specifications says: the sorted curve, signs, which choices decide them.

Specifications that failed are counted, never dropped unseen. :func:`weighted` says how much each
specification counts; all other functions follow it where a table has its column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spillover.econometrics.checks import number, one_of, shown, some
from spillover.econometrics.spatialpanel.data import Array
from spillover.multiverse.engine import EFFECTS
from spillover.multiverse.specification import MultiverseError

LEVEL = 0.05

WEIGHT = "weight"
"""The column that says how much a specification counts."""

MEASURES = ("estimate", "t", "negative", "positive")
"""What can be decomposed: an effect, its t, and whether it is significant with a sign."""

Weigh = Mapping[str, Mapping[Any, float]]
"""For some choices, how much each of their values counts."""


def _check(table: pd.DataFrame, effect: str) -> None:
    if effect not in EFFECTS:
        raise MultiverseError(f"no effect {effect!r}; choose from {EFFECTS}")
    if effect not in table:
        raise MultiverseError(f"the table has no column {effect!r}; pass one made by grid()")


def choices_of(table: pd.DataFrame) -> list[str]:
    """Names of a grid's choices: its categorical columns."""
    return [str(c) for c in table.columns if isinstance(table[c].dtype, pd.CategoricalDtype)]


def weighted(table: pd.DataFrame, weigh: Weigh) -> pd.DataFrame:
    """Say how much each specification counts, best before any result is seen.

    Many near-copies of one specification (each province left out in turn, all windows, several
    covariances) would otherwise outvote the rest, and every combination would count as much as the
    most defensible one (Simonsohn, Simmons and Nelson 2020; Del Giudice and Gangestad 2021).

    Parameters
    ----------
    table : DataFrame
        Of :func:`grid`, or of :func:`robustness`, whose columns "group" and "label" serve as
        choices.
    weigh : mapping
        For some of the choices, a weight of every one of their values: any numbers of at least
        zero, of which only ratios matter. Zero says that a value is not defensible. Choices
        that are not named count all their values alike.

    Returns
    -------
    DataFrame
        The table with the column ``weight``: the product over the choices, which sums to one over
        all rows, those that failed among them. With it :func:`summary`, :func:`by_choice`,
        :func:`signs`, :func:`specification_curve` and :func:`decomposition` take rows without
        weight for absent, and weigh the others (anew to one over those that were estimated).

    Raises
    ------
    MultiverseError
        No such choice; a value without a weight, or a weight without a value; a negative weight;
        nothing that has one.

    Examples
    --------
    >>> from spillover.multiverse import grid
    >>> from spillover.studies import CARBON
    >>> table = grid(CARBON, weights=["rook", "4 nearest", "5 nearest"])
    >>> nearest_once = {"rook": 2, "4 nearest": 1, "5 nearest": 1}
    >>> weighted(table, {"weights": nearest_once})["weight"].tolist()
    [0.5, 0.25, 0.25]
    """
    weight = np.ones(len(table))
    for name, by_value in weigh.items():
        known = choices_of(table) or ["group", "label"]
        one_of(name, known, MultiverseError, "choice")
        if not isinstance(by_value, Mapping):
            raise MultiverseError(f"weights of {name!r} are {shown(by_value)}; expected a mapping")
        found = pd.unique(table[name].astype(object))
        if lacking := [value for value in found if value not in by_value]:
            raise MultiverseError(
                f"choice {name!r}: {some(lacking)} without a weight; give each value one, 0 for "
                "what is not defensible"
            )
        if unknown := [value for value in by_value if value not in found]:
            raise MultiverseError(
                f"choice {name!r} has no value {some(unknown)}; the table has {some(list(found))}"
            )
        for value, given in by_value.items():
            number(given, MultiverseError, f"weight of {name}={value}", 0.0)
        weight = weight * table[name].astype(object).map(dict(by_value)).to_numpy(dtype=float)
    if not weight.sum():
        raise MultiverseError("no specification has a weight above zero")
    return table.assign(**{WEIGHT: weight / weight.sum()})


def _weights(table: pd.DataFrame) -> Array:
    """Weights that sum to one over these rows."""
    if WEIGHT not in table:
        return np.full(len(table), 1 / max(len(table), 1))
    weight = table[WEIGHT].to_numpy(dtype=float)
    return np.asarray(weight / weight.sum()) if len(weight) else weight


def weighted_median(values: Array, weights: Array) -> Array:
    """Middle of each column: half of the weight lies on either side.

    Parameters
    ----------
    values : array, shape (n, ...)
    weights : array, shape (n,)
        Above zero, summing to one.

    Examples
    --------
    >>> weighted_median(np.array([1.0, 2.0, 4.0, 9.0]), np.full(4, 0.25))
    array(3.)
    >>> weighted_median(np.array([1.0, 2.0, 4.0]), np.array([0.2, 0.2, 0.6]))
    array(4.)
    """
    order = np.argsort(values, axis=0, kind="stable")
    ordered, below = np.take_along_axis(values, order, 0), np.cumsum(weights[order], axis=0)
    # where exactly half lies below, the middle of the two neighbours
    ends = [(below < half).sum(axis=0) for half in (0.5 - 1e-9, 0.5 + 1e-9)]
    pair = [np.take_along_axis(ordered, np.minimum(e, len(values) - 1)[None], 0) for e in ends]
    return np.asarray((pair[0] + pair[1])[0] / 2)


def specification_curve(table: pd.DataFrame, effect: str = "direct") -> pd.DataFrame:
    """One effect under every specification, with the columns a specification curve needs.

    Parameters
    ----------
    table : DataFrame
        Of :func:`grid` or :func:`robustness`.
    effect : str
        "direct", "indirect" or "total".

    Returns
    -------
    DataFrame
        In the table's order: the choices (or group and label), estimate, std_error, pvalue, low,
        high, sign ("negative", "not significant", "positive", at 5 %), rank (1 for the lowest
        estimate), and weight where the table has it. Specifications that failed are not on the
        curve: :func:`summary` counts them; nor are models that set a spillover to zero.
    """
    _check(table, effect)
    names = choices_of(table) or ["group", "label"]
    held = _having(table, effect)[1]
    parts = {
        "estimate": effect, "std_error": f"{effect}_std_error", "pvalue": f"{effect}_pvalue",
        "low": f"{effect}_low", "high": f"{effect}_high",
    }  # fmt: skip
    curve = held[names].assign(**{name: held[column] for name, column in parts.items()})
    curve["sign"] = _sign(curve)
    if WEIGHT in held:
        curve[WEIGHT] = _weights(held)
    return curve.assign(rank=curve["estimate"].rank(method="first").astype(int))


def _having(table: pd.DataFrame, effect: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Specifications that have this effect, and those of them that could be estimated.

    A model without spatial lags sets the spillover to zero, and gives it no p-value. What has no
    weight is absent.
    """
    if WEIGHT in table:
        table = table[table[WEIGHT] > 0]
    failed, estimated = table["reason"] != "", table[f"{effect}_pvalue"].notna()
    return table[failed | estimated], table[~failed & estimated]


def _sign(curve: pd.DataFrame) -> pd.Series:
    significant = curve["pvalue"] < LEVEL
    sign = pd.Series("not significant", index=curve.index)
    sign[significant & (curve["estimate"] > 0)] = "positive"
    sign[significant & (curve["estimate"] < 0)] = "negative"
    order = ["negative", "not significant", "positive"]
    return pd.Series(pd.Categorical(sign, categories=order, ordered=True), index=curve.index)


def _described(table: pd.DataFrame, effect: str) -> dict[str, float]:
    table, held = _having(table, effect)
    value, significant = held[effect], held[f"{effect}_pvalue"] < LEVEL
    if WEIGHT in held and len(held):
        weights = _weights(held)
        median = float(weighted_median(value.to_numpy(dtype=float), weights))
    else:
        weights, median = None, value.median()
    return {
        "specifications": len(table),
        "failed": len(table) - len(held),
        "lowest": value.min(),
        "median": median,
        "highest": value.max(),
        "positive": _share(value > 0, weights),
        "positive_significant": _share((value > 0) & significant, weights),
        "negative_significant": _share((value < 0) & significant, weights),
    }


def _share(held: pd.Series, weights: Array | None) -> float:
    return float(held.mean() if weights is None else held.to_numpy() @ weights)


def _frame(rows: Sequence[dict[str, float]], index: pd.Index[Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), index=index).astype({"specifications": int, "failed": int})


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Range of each effect over the specifications and shares of its signs, at 5 %.

    Shares are of those that could be estimated (of their weight, and the median is weighted, where
    the table has a column of it); ``failed`` counts the others. Models that set a
    spillover to zero (least squares, the spatial error model) are not among its specifications.

    Examples
    --------
    >>> from spillover.multiverse import robustness
    >>> from spillover.studies import CARBON
    >>> table = summary(robustness(CARBON, ["province"]))
    >>> table.loc["direct", ["specifications", "failed"]].tolist()
    [32, 1]
    """
    rows = [_described(table, effect) for effect in EFFECTS]
    return _frame(rows, pd.Index(EFFECTS, name="effect"))


def signs(table: pd.DataFrame) -> pd.DataFrame:
    """Count for each effect how many find it negative, positive or neither, at 5 %.

    Of a table with weights, their shares.

    Examples
    --------
    >>> from spillover.multiverse import grid
    >>> from spillover.studies import CARBON
    >>> signs(grid(CARBON, weights=["rook", "4 nearest"])).loc["direct"].to_dict()
    {'negative': 0, 'not significant': 2, 'positive': 0}
    """
    curves = {e: specification_curve(table, e) for e in EFFECTS}
    if WEIGHT in table:
        rows = {e: c.groupby("sign", observed=False)[WEIGHT].sum() for e, c in curves.items()}
    else:
        rows = {e: c["sign"].value_counts(sort=False).astype(int) for e, c in curves.items()}
    return pd.DataFrame({name: row.rename(str) for name, row in rows.items()}).T.rename_axis(
        columns=None
    )


def by_choice(
    table: pd.DataFrame, effect: str = "direct", together: Sequence[str] | None = None
) -> pd.DataFrame:
    """Describe one effect for every value of every choice, the other choices varying freely.

    For a table of :func:`robustness`, by group. With `together`, for every combination of the
    values of these choices.

    Examples
    --------
    >>> from spillover.multiverse import grid
    >>> from spillover.studies import CARBON
    >>> table = grid(CARBON, weights=["rook", "4 nearest"], durbin=["all", "none"])
    >>> by_choice(table, "total", ["durbin", "weights"]).index.to_list()[:2]
    [('all', 'rook'), ('all', '4 nearest')]
    """
    _check(table, effect)
    if together is not None:
        for name in together:
            one_of(name, choices_of(table), MultiverseError, "choice")
        cells = table.groupby(list(together), observed=True, sort=True)
        found = {tuple(map(str, key)): _described(part, effect) for key, part in cells}
        return _frame(list(found.values()), pd.MultiIndex.from_tuples(found, names=list(together)))
    keys: list[tuple[str, str]] = []
    rows: list[dict[str, float]] = []
    for name in choices_of(table) or ["group"]:
        column = table[name]
        values = column.cat.categories if name != "group" else column.unique()
        for value in values:
            keys.append((name, str(value)))
            rows.append(_described(table[column == value], effect))
    return _frame(rows, pd.MultiIndex.from_tuples(keys, names=["choice", "value"]))


def decomposition(
    table: pd.DataFrame, effect: str = "direct", of: str = "estimate"
) -> pd.DataFrame:
    """Which choices decide: the variance over the specifications, divided among them.

    Parameters
    ----------
    table : DataFrame
        Of :func:`grid`; its column ``weight`` is followed where there is one.
    effect : str
        "direct", "indirect" or "total".
    of : str
        "estimate"; "t", the estimate over its standard error, which outcomes in other units share;
        "negative" or "positive": one where the effect has this sign and is significant at 5 %,
        zero elsewhere.

    Returns
    -------
    DataFrame
        Indexed by (choice, with). With "" as its second part a row is one choice: ``share``,
        S_i = Var(E[y | i]) / Var(y), the part that it decides alone, and ``total``,
        T_i = E[Var(y | all others)] / Var(y), what is left to it once all others are made. The
        rows of two choices follow, the largest first: ``share``,
        S_ij = Var(E[y | i, j]) / Var(y) − S_i − S_j, what they decide only together.
        ``attrs`` has the variance of y, the specifications, how many failed, and crossed: whether
        every combination could be estimated.

    Raises
    ------
    MultiverseError
        No choices were crossed, nothing could be estimated, or nothing varies.

    Notes
    -----
    Means and variances are over the specifications, each by its weight. Where every combination
    was estimated and weights are products over the choices, as :func:`weighted` makes them, the
    choices are independent: these are Sobol' indices (Sobol' 1993; Homma and Saltelli 1996), that
    is, an analysis of variance of the whole crossing. Without interactions S_i = T_i, and all S_i
    sum to one.

    Rows that failed make a crossing uneven. Nothing is put in their place: the same expressions are
    then of the specifications that could be estimated, whose choices are no longer independent
    (Kucherenko, Tarantola and Annoni 2012). S_i then holds what goes with i by the gaps
    alone, T_i can be below it, S_ij below zero, and the parts need not add up. To keep choices
    apart, pass the rows of values that could be combined freely, such as a window that all measures
    cover. ``total`` is missing where the table does not hold every value of a choice
    beside each combination of the others, as in a sample of a crossing.

    References
    ----------
    Sobol' (1993), Mathematical Modelling and Computational Experiments 1; Saltelli et al. (2010),
    Computer Physics Communications 181; Kucherenko, Tarantola and Annoni (2012), Computer
    Physics Communications 183.

    Examples
    --------
    >>> from spillover.multiverse import grid
    >>> from spillover.studies import CARBON
    >>> table = grid(CARBON, weights=["rook", "4 nearest"], cov_type=["cr3", "observed"])
    >>> decomposition(table)["share"].round(6).tolist()
    [1.0, 0.0, 0.0]
    """
    _check(table, effect)
    one_of(of, MEASURES, MultiverseError, "of")
    names = choices_of(table)
    if not names:
        raise MultiverseError("the table has no crossed choices; pass one made by grid()")
    having, held = _having(table, effect)
    if held.empty:
        raise MultiverseError(f"no specification has an estimate of the {effect} effect")
    y = _measured(held, effect, of)
    weights = _weights(held)
    mean = weights @ y
    variance = float(weights @ (y - mean) ** 2)
    if variance <= 1e-24 * float(mean) ** 2 or not variance:
        raise MultiverseError(
            f"{of} of the {effect} effect is the same in all {len(held)} specifications; there is "
            "no variance to divide"
        )

    def between(chosen: Sequence[str]) -> float:
        """Variance of the means of the groups that some choices make, as a share."""
        cell = _cells(held, chosen)[0]
        size = np.bincount(cell, weights)
        means = np.bincount(cell, weights * (y - mean)) / size
        return float(size @ means**2) / variance

    own = {name: between([name]) for name in names}
    rows: dict[tuple[str, str], tuple[float, float]] = {}
    for name in names:
        others = [other for other in names if other != name]
        whole = _every_value_beside(having, name, others)
        rows[name, ""] = own[name], 1 - between(others) if whole else np.nan
    pairs = {(a, b): between([a, b]) - own[a] - own[b] for a, b in combinations(names, 2)}
    for pair in sorted(pairs, key=lambda pair: -pairs[pair]):
        rows[pair] = pairs[pair], np.nan
    index = pd.MultiIndex.from_tuples(rows, names=["choice", "with"])
    found = pd.DataFrame(list(rows.values()), index, ["share", "total"])
    combinations_held = _cells(held, names)[1]
    found.attrs = {
        "variance": variance,
        "specifications": len(held),
        "failed": len(having) - len(held),
        "crossed": combinations_held == np.prod([having[n].nunique() for n in names], dtype=float),
    }
    return found


def _measured(held: pd.DataFrame, effect: str, of: str) -> Array:
    if of == "estimate":
        return held[effect].to_numpy(dtype=float)
    if of == "t":
        return (held[effect] / held[f"{effect}_std_error"]).to_numpy(dtype=float)
    signed = held[effect] * (1 if of == "positive" else -1)
    found = (signed > 0) & (held[f"{effect}_pvalue"] < LEVEL)
    return np.asarray(found.to_numpy(dtype=float))


def _cells(rows: pd.DataFrame, chosen: Sequence[str]) -> tuple[NDArray[np.intp], int]:
    """Which combination of some choices each row has, numbered from 0; how many there are."""
    cell = np.zeros(len(rows), dtype=np.intp)
    for name in chosen:
        codes = rows[name].cat.codes.to_numpy()
        cell = np.unique(cell * (int(codes.max()) + 1) + codes, return_inverse=True)[1]
    return cell, int(cell.max()) + 1


def _every_value_beside(rows: pd.DataFrame, name: str, others: Sequence[str]) -> bool:
    """Whether each combination of the others that is in the table stands with every value."""
    beside, both = _cells(rows, others)[1], _cells(rows, [*others, name])[1]
    return both == beside * int(rows[name].nunique())
