"""What a page measures in the place of what the paper measured, in words and in a table.

It reads declarations; no figure is computed here.
"""

from __future__ import annotations

import pandas as pd

from spillover.data import own
from spillover.studies.study import Study
from spillover.studies.variables import Variable


def _declared(study: Study, names: tuple[str, ...]) -> dict[str, Variable]:
    """Variables by symbol; "LQ:RD" names two."""
    symbols = [part for name in names for part in name.split(":")]
    return {s: study.variable(s) for s in symbols}


def covering(study: Study, *symbols: str) -> Study:
    """Return the study in those of its years in which further variables are complete.

    Parameters
    ----------
    study : Study
    *symbols : str
        Of the catalogue; a variant that the study chose counts.

    Examples
    --------
    >>> from spillover.studies import GROWTH
    >>> covering(GROWTH.but(years=(2011, 2022)), "LQ_last").years
    (2012, 2022)
    """
    parts = _declared(study, symbols).values()
    first = max([study.years[0], *(v.years[0] for v in parts)])
    last = min([study.years[1], *(v.years[1] for v in parts)])
    return study.but(years=(first, last))


def years(study: Study) -> str:
    """First and last year of a study, for a sentence.

    Examples
    --------
    >>> from spillover.studies import CARBON
    >>> years(CARBON)
    '2013 to 2022'
    """
    return f"{study.years[0]} to {study.years[1]}"


def measured(study: Study, *symbols: str) -> str:
    """Say which variables stand in for the paper's, and which series are the reader's own.

    Parameters
    ----------
    study : Study
    *symbols : str
        Variables of the page; all of the study's by default.
    """
    held = _declared(study, symbols or study.symbols)
    pairs = [f"{_head(v)} for {v.proxy} ({s})" for s, v in held.items() if v.proxy]
    stand_ins = f"Stand-ins on this page: {'; '.join(pairs)}." if pairs else ""
    note = own.note().replace("`", "")
    return " ".join(filter(None, [note, stand_ins])) or "No variable of this page is a stand-in."


def _head(variable: Variable) -> str:
    return variable.note.partition(";")[0].partition(", whose")[0]


def definitions(study: Study) -> pd.DataFrame:
    """Variables of a study for a page: what is here, its unit, what the paper has, years."""
    held = _declared(study, study.symbols)
    rows = {
        s: {
            "Here": f"{v.label}: {_head(v)}" if v.proxy else v.label,
            "In the paper": v.proxy or "the same",
            "Unit": v.unit,
            "Years": f"{v.years[0]}–{v.years[1]}",
        }
        for s, v in held.items()
    }
    return pd.DataFrame(rows).T.rename_axis("Symbol")
