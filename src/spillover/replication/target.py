"""A printed table of effects as something to come near to.

It arranges printed numbers, with their errors and the printed standard deviation of the outcome;
it compares nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from spillover.replication import published

EFFECTS = ("direct", "indirect", "total")

Array = NDArray[np.float64]


class SearchError(ValueError):
    """A target or a choice that a search does not know; the message lists the known ones."""


@dataclass(frozen=True, eq=False)
class Target:
    """Printed effects of one model.

    Attributes
    ----------
    name : str
        What it is, for readers.
    values, errors : DataFrame
        Effects and standard errors as printed; rows variables, columns direct, indirect, total.
    exposure : str
        The variable whose effects the paper is about.
    outcome_sd : float
        Printed standard deviation of the outcome, over the full window.
    main : Series or None
        Coefficients of the variables themselves, where printed.
    observations : int
        Printed sample, N·T.
    decimals : int
        Printed decimals.
    """

    name: str
    values: pd.DataFrame
    errors: pd.DataFrame
    exposure: str
    outcome_sd: float
    main: pd.Series | None = None
    observations: int = 300
    decimals: int = 3

    @property
    def controls(self) -> list[str]:
        """All variables but the exposure."""
        return [str(name) for name in self.values.index if name != self.exposure]

    @property
    def control_rows(self) -> list[int]:
        """Rows of the controls in `values`."""
        return [i for i, name in enumerate(self.values.index) if name != self.exposure]

    @property
    def distance_of_zeros(self) -> float:
        """How far a table of zeros lies: the root mean square of the printed t-values.

        A specification that is no nearer than this has come near by small effects alone.
        """
        return root_mean_square((self.values / self.errors).to_numpy())

    @property
    def half_unit(self) -> float:
        """Half a unit of the last printed digit."""
        return 0.5 * float(10.0**-self.decimals)


def root_mean_square(values: ArrayLike) -> float:
    """Square root of the mean square of all cells."""
    return float(np.sqrt(np.mean(np.square(np.asarray(values, dtype=float)))))


TARGETS: dict[str, tuple[int, str]] = {
    "Table 8": (8, ""),
    "Table 10": (10, ""),
    "Table 9, 2013-2022": (9, "2013-2022 "),
    "Table 9, 2016-2021": (9, "2016-2021 "),
    "Table 7, model 1": (7, "(1) "),
    "Table 7, model 2": (7, "(2) "),
    "Table 7, model 3": (7, "(3) "),
}
"""Printed models: table, and what stands before direct, indirect and total in its columns."""


def target(name: str) -> Target:
    """Return one of the printed models in :data:`TARGETS`.

    Examples
    --------
    >>> target("Table 8").values.loc["GIA"].to_list()
    [0.09, 0.138, 0.228]
    """
    if name not in TARGETS:
        raise SearchError(f"no target {name!r}; choose from {list(TARGETS)}")
    table, prefix = TARGETS[name]
    printed = published.load(table)
    outcome = "TEC" if name == "Table 7, model 2" else "CP"
    return Target(
        name,
        _wide(printed, prefix, "coefficient"),
        _wide(printed, prefix, "std_error"),
        exposure="GIA",
        outcome_sd=_outcome_sd(outcome),
        main=_main(printed, prefix),
        observations=180 if name == "Table 9, 2016-2021" else 300,
    )


def _wide(printed: pd.DataFrame, prefix: str, statistic: str) -> pd.DataFrame:
    held = printed[printed["statistic"] == statistic]
    columns = {}
    for effect in EFFECTS:
        part = held[held["column"] == prefix + effect].set_index("row")["value"]
        columns[effect] = part.astype(float)
    return pd.DataFrame(columns).reindex(columns[EFFECTS[0]].index)


def _main(printed: pd.DataFrame, prefix: str) -> pd.Series | None:
    held = printed[(printed["column"] == f"{prefix}main") & (printed["statistic"] == "coefficient")]
    return None if held.empty else held.set_index("row")["value"].astype(float)


def _outcome_sd(outcome: str) -> float:
    moments = published.load(5).set_index(["row", "statistic"])["value"]
    return float(moments[outcome, "sd"])


def printed_from(
    effects: pd.DataFrame, outcome_sd: float, exposure: str, observations: int, decimals: int = 3
) -> Target:
    """Print a table of effects as a paper would, rounded; a target whose origin is known.

    Parameters
    ----------
    effects : DataFrame
        As :meth:`spillover.econometrics.spatialpanel.PanelResults.effects` returns it.
    """
    parts = {
        part: pd.DataFrame({e: effects[e][part] for e in EFFECTS}).round(decimals)
        for part in ("effect", "std_error")
    }
    return Target(
        "made",
        parts["effect"],
        parts["std_error"],
        exposure,
        outcome_sd,
        None,
        observations,
        decimals,
    )
