"""What the box on a page runs: a few lines of Python that end in a fit, and its effects as text.

It is the same in the browser and on a machine of one's own, where the build and the tests call it.
"""

from __future__ import annotations

import io
import json
import os
import time
import warnings
import zipfile
from collections.abc import Mapping
from contextlib import redirect_stdout
from typing import Any

import pandas as pd


class BoxError(ValueError):
    """The lines do not end in something that has effects."""


def start(archive: str, folder: str) -> None:
    """Make the browser's files ready: data where the package looks, weights as tables.

    Parameters
    ----------
    archive : str
        The zip file that all modules are imported from, which holds ``data`` and ``weights.json``.
    folder : str
        Where to put ``data``.
    """
    with zipfile.ZipFile(archive) as packed:
        names = [name for name in packed.namelist() if name.startswith("data/")]
        packed.extractall(folder, names)
        tables = json.loads(packed.read("weights.json"))
    os.environ["SPILLOVER_ROOT"] = folder
    use(tables)


def use(tables: Mapping[str, Any]) -> None:
    """Take the weights between provinces from tables that the build has made with libpysal."""
    from libpysal.graph import Graph

    from spillover.studies.weights import NAMED

    for name, pairs in tables.items():
        ends = pd.MultiIndex.from_tuples([(a, b) for a, b, _ in pairs], names=["focal", "neighbor"])
        adjacency = pd.Series([w for _, _, w in pairs], ends, name="weight", dtype=float)
        NAMED[name] = lambda held=adjacency: Graph(held)  # type: ignore[misc]


def answer(code: str) -> dict[str, Any]:
    """Run lines that set ``fit`` and give its effects as a page prints them.

    Returns
    -------
    dict
        ``heads``, ``rows`` (label, then value and error by effect), ``notes`` and ``seconds``; or
        ``error``, one message for a reader, and ``absent`` where a browser lacks something.
    """
    said = io.StringIO()
    with warnings.catch_warnings(record=True) as heard, redirect_stdout(said):
        warnings.simplefilter("always", UserWarning)
        warnings.simplefilter("always", RuntimeWarning)
        try:
            begun = time.perf_counter()
            effects = _effects(code)
            seconds = time.perf_counter() - begun
            made = {**_table(effects), "seconds": seconds}
        except Exception as fault:
            absent = isinstance(fault, ImportError) or "not available in the browser" in str(fault)
            return {"error": _message(fault), "absent": absent}
    notes = [*dict.fromkeys(str(w.message) for w in heard), *said.getvalue().splitlines()]
    return {**made, "notes": notes}


def _effects(code: str) -> pd.DataFrame:
    import numpy as np

    from spillover import CARBON, GROWTH, Study, weights

    names: dict[str, Any] = {"np": np, "pd": pd, "weights": weights}
    names |= {"CARBON": CARBON, "GROWTH": GROWTH, "Study": Study}
    exec(compile(code, "<box>", "exec"), names)
    if not callable(getattr(names.get("fit"), "effects", None)):
        raise BoxError("no line sets fit to an estimate; keep the line that begins with fit =")
    effects: pd.DataFrame = names["fit"].effects()
    return effects


def _table(effects: pd.DataFrame) -> dict[str, Any]:
    from spillover.econometrics.formats import fmt, stars

    heads = list(effects.columns.unique(0))
    rows = []
    for term in effects.index:
        row: list[Any] = [str(term)]
        for head in heads:
            value, error, p = effects.loc[term, head][["effect", "std_error", "pvalue"]]
            row.append([fmt(value), stars(p), fmt(error)])
        rows.append(row)
    return {"heads": [str(head).capitalize() for head in heads], "rows": rows}


def _message(fault: Exception) -> str:
    """One sentence of a fault, without a traceback."""
    if isinstance(fault, SyntaxError):
        return f"Line {fault.lineno} is not Python: {fault.msg}."
    if isinstance(fault, ImportError):
        return f"{fault.name} is not available in the browser, and these lines need it."
    if isinstance(fault, NameError):
        return f"{fault}. The box knows CARBON, GROWTH, Study, weights, pd and np."
    kind = type(fault)
    ours = kind.__module__.partition(".")[0] in ("spillover", __name__)
    return str(fault) if ours else f"{kind.__name__}: {fault}"
