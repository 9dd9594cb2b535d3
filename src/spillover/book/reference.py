"""The package described from its own docstrings: rooms, public names, signatures.

It reads what is there for the book's reference pages; it documents nothing itself.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import Any

import pandas as pd

ROOMS = (
    "data.codebook",
    "data.reader",
    "data.panel",
    "data.seal",
    "data.geography",
    "econometrics.weights",
    "studies.weights",
    "data.measures",
    "studies.variables",
    "econometrics.moran",
    "econometrics.regression",
    "econometrics.spatialpanel",
    "econometrics.selection",
    "econometrics.mediation",
    "econometrics.instruments",
    "econometrics.heterogeneity",
    "econometrics.interactions",
    "studies.study",
    "multiverse",
    "multiverse.search",
    "replication.published",
    "replication.verdicts",
    "replication.measurement",
    "replication.audit",
    "replication.claims",
    "replication.scorecard",
    "replication.tables",
    "book.tables",
    "book.figures",
    "book.page",
    "book.fork",
    "data.own",
)
"""Modules in the order in which data flow through them."""


def first_sentence(thing: Any) -> str:
    """First line of a docstring, its markup and the names of missing values in plain words.

    Examples
    --------
    >>> first_sentence(first_sentence)
    'First line of a docstring, its markup and the names of missing values in plain words.'
    """
    text = inspect.getdoc(thing) or ""
    line = text.partition("\n")[0].replace("``", "`")
    return line.replace("NaN", "missing").replace("None", "nothing")


def rooms() -> pd.DataFrame:
    """Modules and what each is for, indexed by name."""
    lines = {
        f"spillover.{r}": first_sentence(importlib.import_module(f"spillover.{r}")) for r in ROOMS
    }
    return pd.Series(lines, name="What it is for").to_frame().rename_axis("Module")


def public(room: str) -> pd.DataFrame:
    """Public functions and classes of a module with their parameters and first sentence.

    Parameters
    ----------
    room : str
        Name below ``spillover``, for example "weights".

    Returns
    -------
    DataFrame
        Index name; columns Parameters, What it does.
    """
    module = importlib.import_module(f"spillover.{room}")
    names = getattr(module, "__all__", None) or [
        n for n, v in vars(module).items() if _is_own(v, module.__name__) and not n.startswith("_")
    ]
    things = {n: getattr(module, n) for n in names if callable(getattr(module, n))}
    rows = {
        n: {"Parameters": _parameters(t), "What it does": first_sentence(t)}
        for n, t in things.items()
    }
    return pd.DataFrame(rows).T.rename_axis("Name")


def _is_own(thing: Any, module: str) -> bool:
    return callable(thing) and getattr(thing, "__module__", "") == module


def _parameters(thing: Callable[..., Any]) -> str:
    try:
        parameters = inspect.signature(thing).parameters
    except ValueError:
        return ""
    return ", ".join(n for n in parameters if n not in ("self", "args", "kwargs"))


def documentation(thing: Any) -> str:
    """Docstring of a function or class, as it stands."""
    return inspect.getdoc(thing) or ""
