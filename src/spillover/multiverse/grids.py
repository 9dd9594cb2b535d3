"""Full factorial grids of choices over one study.

Every combination is a row, also the one that cannot be estimated; what the rows say together is
in :mod:`.curve`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pandas as pd

from spillover.multiverse.engine import Fitted, run
from spillover.multiverse.specification import MultiverseError, Specification, specify
from spillover.multiverse.tabulating import tidy
from spillover.studies.study import Study

DESCRIPTIONS = (
    "group", "label", "outcome", "exposure", "years", "weights", "model", "lagged",
    "fixed_effects", "cov_type",
)  # fmt: skip


def _label(value: Any) -> str:
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(v, int) for v in value):
        return f"{value[0]}–{value[1]}"
    if isinstance(value, tuple | list):
        return " ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def labelled(choices: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Every choice as label → value, in the order given."""
    table: dict[str, dict[str, Any]] = {}
    for name, values in choices.items():
        if isinstance(values, str) or not isinstance(values, Mapping | Sequence) or not values:
            raise MultiverseError(
                f"choice {name!r} is {values!r}; expected a list of values, or label to value"
            )
        pairs = values if isinstance(values, Mapping) else {_label(v): v for v in values}
        if len(pairs) != len(values):
            raise MultiverseError(f"choice {name!r} has a value twice: {list(values)}")
        table[name] = dict(pairs)
    return table


def plan(study: Study, **choices: Any) -> list[Specification]:
    """Every combination of choices, the last choice varying fastest.

    Parameters
    ----------
    **choices
        Name of a choice (see :func:`spillover.multiverse.specification.choose`) to its values:
        a list, or a mapping from label to value.

    Examples
    --------
    >>> from spillover.studies.study import CARBON
    >>> specs = plan(CARBON, durbin=["all", "none"], years=[(2013, 2022), (2016, 2021)])
    >>> [tuple(s.choices.values()) for s in specs][:2]
    [('all', '2013–2022'), ('all', '2016–2021')]
    """
    table = labelled(choices)
    specs = []
    for labels in product(*table.values()):
        made = dict(zip(table, labels, strict=True))
        spec = specify(study, **{name: table[name][label] for name, label in made.items()})
        specs.append(replace(spec, group="grid", label=", ".join(labels), choices=made))
    return specs


def with_choices(results: Sequence[Fitted], rest: pd.DataFrame) -> pd.DataFrame:
    """Put the choices in front of a table of the same rows, as ordered categories."""
    rows = pd.DataFrame([dict(r.spec.choices) for r in results], index=rest.index)
    for name in rows:
        order = list(dict.fromkeys(rows[name]))
        rows[name] = pd.Categorical(rows[name], categories=order, ordered=True)
    return pd.concat([rows, rest], axis=1)


def grid(study: Study, n_jobs: int = 1, symbol: str | None = None, **choices: Any) -> pd.DataFrame:
    """Effects of the exposure under every combination of choices.

    Parameters
    ----------
    n_jobs : int
        Processes; the result does not depend on it.
    symbol : str, optional
        Another variable in the exposure's place.
    **choices
        As in :func:`plan`.

    Returns
    -------
    DataFrame
        One row per combination: the choices as categories in the order given, then estimates,
        errors, p-values and intervals, rho, N, T, loglik, reason, note.

    Examples
    --------
    >>> from spillover.studies.study import CARBON
    >>> table = grid(CARBON, durbin=["all", "none"], weights=["rook", "inverse distance"])
    >>> table["durbin"].to_list()
    ['all', 'all', 'none', 'none']
    """
    results = run(plan(study, **choices), n_jobs)
    table = tidy(results, symbol).drop(columns=list(DESCRIPTIONS))
    return with_choices(results, table)
