"""What a table of specifications says: the sorted curve, shares of signs, results by choice.

Specifications that failed are counted, never dropped unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from spillover.multiverse.engine import EFFECTS
from spillover.multiverse.specification import MultiverseError

LEVEL = 0.05


def _check(table: pd.DataFrame, effect: str) -> None:
    if effect not in EFFECTS:
        raise MultiverseError(f"no effect {effect!r}; choose from {EFFECTS}")
    if effect not in table:
        raise MultiverseError(f"the table has no column {effect!r}; pass one made by grid()")


def choices_of(table: pd.DataFrame) -> list[str]:
    """Names of a grid's choices: its categorical columns."""
    return [str(c) for c in table.columns if isinstance(table[c].dtype, pd.CategoricalDtype)]


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
        estimate). Specifications that failed are not on the curve: :func:`summary` counts them;
        nor are models that set a spillover to zero.
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
    return curve.assign(rank=curve["estimate"].rank(method="first").astype(int))


def _having(table: pd.DataFrame, effect: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Specifications that have this effect, and those of them that could be estimated.

    A model without spatial lags sets the spillover to zero, and gives it no p-value.
    """
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
    return {
        "specifications": len(table),
        "failed": len(table) - len(held),
        "lowest": value.min(),
        "median": value.median(),
        "highest": value.max(),
        "positive": (value > 0).mean(),
        "positive_significant": ((value > 0) & significant).mean(),
        "negative_significant": ((value < 0) & significant).mean(),
    }


def _frame(rows: Sequence[dict[str, float]], index: pd.Index[Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), index=index).astype({"specifications": int, "failed": int})


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Range of each effect over the specifications and shares of its signs, at 5 %.

    Shares are of those that could be estimated; ``failed`` counts the others. Models that set a
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

    Examples
    --------
    >>> from spillover.multiverse import grid
    >>> from spillover.studies import CARBON
    >>> signs(grid(CARBON, weights=["rook", "4 nearest"])).loc["direct"].to_dict()
    {'negative': 0, 'not significant': 2, 'positive': 0}
    """
    rows = {e: specification_curve(table, e)["sign"].value_counts(sort=False) for e in EFFECTS}
    return pd.DataFrame(
        {name: row.rename(str).astype(int) for name, row in rows.items()}
    ).T.rename_axis(columns=None)


def by_choice(table: pd.DataFrame, effect: str = "direct") -> pd.DataFrame:
    """Describe one effect for every value of every choice, the other choices varying freely.

    For a table of :func:`robustness`, by group.
    """
    _check(table, effect)
    keys: list[tuple[str, str]] = []
    rows: list[dict[str, float]] = []
    for name in choices_of(table) or ["group"]:
        column = table[name]
        values = column.cat.categories if name != "group" else column.unique()
        for value in values:
            keys.append((name, str(value)))
            rows.append(_described(table[column == value], effect))
    return _frame(rows, pd.MultiIndex.from_tuples(keys, names=["choice", "value"]))
