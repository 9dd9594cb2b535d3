"""Groups, curves and their sensitivity to the ranking, for a page.

It arranges numbers that other rooms computed; it computes none of its own.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from spillover.book import tables
from spillover.econometrics.heterogeneity import ByGroup, Curve

STATISTICS = ("coefficient", "std_error")


def groups_table(groups: ByGroup) -> pd.DataFrame:
    """Group regressions side by side, ready for a numbered table."""
    names = list(dict.fromkeys(groups.coefficients.index.get_level_values("group")))
    columns = {str(name).capitalize(): groups.coefficients.loc[name] for name in names}
    fit = groups.fit.rename(index=lambda name: str(name).capitalize())
    footer: dict[str, dict[str, Any]] = {
        "Observations": {str(n): int(v) for n, v in fit["nobs"].items()},
        "R²": {str(n): float(v) for n, v in fit["r_squared"].items()},
    }
    return tables.regression_table(columns, labels={"const": "Constant"}, footer=footer)


def groups_beside_printed(groups: ByGroup, compared: pd.DataFrame, exposure: str) -> pd.DataFrame:
    """The exposure's coefficient by group, ours and printed, for a coefficient plot."""
    cells = compared[(compared["row"] == exposure) & compared["statistic"].isin(STATISTICS)]
    wide = cells.pivot(index="column", columns="statistic", values="printed").astype(float)
    printed = pd.DataFrame(
        {
            "estimate": wide["coefficient"],
            "low": wide["coefficient"] - 1.96 * wide["std_error"],
            "high": wide["coefficient"] + 1.96 * wide["std_error"],
        }
    )
    here = groups.exposure[["estimate", "low", "high"]]
    parts = [
        table.loc[["low", "medium", "high"]].assign(group=group)
        for group, table in (("here", here), ("printed", printed))
    ]
    return pd.concat(parts).rename_axis("term").reset_index()


def curve_points(curve: Curve) -> pd.DataFrame:
    """Points of a curve for a marginal-effect plot."""
    points = curve.points.rename_axis("x").reset_index()
    return points.rename(columns={"estimate": "effect"})[["x", "effect", "low", "high"]]


def members(groups: ByGroup) -> dict[str, str]:
    """Provinces of each group, as text."""
    return {
        str(name): ", ".join(map(str, units.index))
        for name, units in groups.members.groupby(groups.members, observed=True)
    }


def sensitivity_table(sensitivity: pd.DataFrame, fixed_effects: str = "none") -> pd.DataFrame:
    """The exposure's coefficient by group under every ranking, three groups of ten."""
    held = sensitivity.xs("10-10-10", level="sizes").xs(fixed_effects, level="fixed_effects")
    shown = pd.DataFrame(
        {name.capitalize(): held[f"{name}_estimate"] for name in ("low", "medium", "high")}
    )
    return shown.assign(**{"Equal, p": held["equality_pvalue"]}).rename_axis("Ranking by")
