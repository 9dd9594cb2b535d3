"""Versions of the programs a result was computed with.

It reads what is installed; it installs and checks nothing.
"""

from __future__ import annotations

import platform
from importlib.metadata import version

import pandas as pd

# What each program does for the book, in the order of the work.
ROLES = {
    "pandas": "tables of figures",
    "pandera": "checks of the figures",
    "geopandas": "boundaries and maps",
    "libpysal": "spatial weights",
    "esda": "Moran's I",
    "numpy": "arrays",
    "scipy": "optimisation, sparse matrices",
    "linearmodels": "panel and instrumental-variable regressions",
    "matplotlib": "figures",
    "jupyter-book": "the book",
    "myst-nb": "executable chapters",
    "sphinx": "pages",
}


def versions() -> pd.DataFrame:
    """Versions by program, Python first, with what each is used for.

    Examples
    --------
    >>> versions().loc["pandas", "Used for"]
    'tables of figures'
    """
    rows = [("Python", platform.python_version(), "everything")]
    rows += [(name, version(name), role) for name, role in ROLES.items()]
    frame = pd.DataFrame(rows, columns=["Program", "Version", "Used for"])
    return frame.set_index("Program")
