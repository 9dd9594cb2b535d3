"""Paths, steps and shares of a mediation for a page.

It arranges numbers that other rooms computed; it computes none of its own.
"""

from __future__ import annotations

import pandas as pd

from spillover.book.beside.effects import effects_table
from spillover.multiverse import search


def printed_mediated_share() -> float:
    """Mediated share by the paper's arithmetic: one less direct effect with over without TEC."""
    without, held = search.target("Table 7, model 1"), search.target("Table 7, model 3")
    return 1 - float(held.values["direct"]["GIA"]) / float(without.values["direct"]["GIA"])


PATH_LABELS = {
    "total effect": "Total effect",
    "exposure to mediator": "Exposure → mediator",
    "mediator to outcome": "Mediator → outcome",
    "not mediated": "Not mediated",
    "mediated": "Mediated",
}


def paths_table(paths: pd.DataFrame) -> pd.DataFrame:
    """Effects of every path of a mediation, ready for a numbered table."""
    return effects_table(paths.loc[list(PATH_LABELS)]).rename(index=PATH_LABELS).rename_axis("Path")


def path_intervals(delta: pd.DataFrame, boot: pd.DataFrame) -> pd.DataFrame:
    """Total effects by path with both kinds of interval, for a coefficient plot."""
    shown = ["total effect", "not mediated", "mediated"]
    parts = []
    for group, table in (("delta method", delta), ("bootstrap", boot)):
        part = pd.DataFrame(table["total"]).loc[shown].rename(columns={"effect": "estimate"})
        named = part.rename(index=PATH_LABELS).rename_axis("term").reset_index()
        parts.append(named.assign(group=group))
    return pd.concat(parts).loc[:, ["term", "group", "estimate", "low", "high"]]


def steps_table(steps: pd.DataFrame) -> pd.DataFrame:
    """Which of Baron and Kenny's steps are passed, by reading, as a table for a page."""
    columns = {
        "Total": ("passed", "total"), "First": ("passed", "first"),
        "Second": ("passed", "second"), "Smaller": ("passed", "smaller"),
        "All": ("all", "mediation"),
    }  # fmt: skip
    marks = {True: "✓", False: "×"}
    shown = {name: [marks[bool(v)] for v in steps[key]] for name, key in columns.items()}
    return pd.DataFrame(shown, index=steps.index.rename("Reading"))
