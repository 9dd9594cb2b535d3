"""Channels and moderators under several matrices, arranged for tables, curves and sentences.

Estimates come from :mod:`spillover.econometrics.mediation` and :mod:`spillover.econometrics.interactions`.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from spillover.book.beside.effects import effects_table
from spillover.book.beside.mediation import PATH_LABELS
from spillover.book.beside.wording import LEVEL
from spillover.econometrics.formats import fmt, pvalue
from spillover.econometrics.interactions import Moderated
from spillover.studies.study import Study


def channel(studies: Mapping[str, Study], mediator: str) -> dict[str, pd.DataFrame]:
    """Effects by path of the mediation through one channel, by matrix."""
    return {name: s.mediate(mediator).effects() for name, s in studies.items()}


def channel_table(paths: pd.DataFrame) -> pd.DataFrame:
    """Paths of one mediation, the share's numerator last, ready for a numbered table."""
    shown = effects_table(paths.loc[list(PATH_LABELS)])
    return shown.rename(index=PATH_LABELS).rename_axis("Path")


def moderated(studies: Mapping[str, Study], moderator: str) -> dict[str, Moderated]:
    """The Durbin model with the centred product of exposure and moderator and its spatial lag."""
    return {n: s.moderate([moderator]) for n, s in studies.items()}


def curve(model: Moderated, moderator: str, kind: str) -> pd.DataFrame:
    """One effect of the exposure over the moderator's range, for a marginal-effect plot.

    Parameters
    ----------
    kind : str
        "direct", "indirect" or "total".
    """
    part = pd.DataFrame(model.marginal(moderator)[kind])
    points = part.rename_axis("x").reset_index()
    return points[["x", "effect", "std_error", "pvalue", "low", "high"]]


def values(model: Moderated, moderator: str) -> pd.Series:
    """The moderator where it was observed, in its own units."""
    centre = model.centres[moderator]
    return pd.Series(model.observed[moderator] + centre, name=moderator)


def ends(model: Moderated, moderator: str, kind: str) -> dict[str, str]:
    """The effect at the low, the mean and the high end of the moderator, for a sentence.

    Low and high are its 10th and 90th percentile over the sample.
    """
    seen = values(model, moderator)
    grid = {"low": seen.quantile(0.1), "mean": seen.mean(), "high": seen.quantile(0.9)}
    part = model.marginal(moderator, grid=pd.Series(grid).to_numpy())[kind]
    lines = zip(grid, part[["effect", "pvalue"]].to_numpy(), strict=True)
    return {name: f"{fmt(effect)} (p {pvalue(p)})" for name, (effect, p) in lines}


def shares(model: Moderated, moderator: str, kind: str) -> dict[str, float]:
    """Share of the observations at whose moderator the effect is significantly of either sign.

    Pointwise, at ten per cent.
    """
    part = model.marginal(moderator, grid=values(model, moderator).to_numpy())[kind]
    sure = part["pvalue"] < LEVEL
    return {
        "negative": float((sure & (part["effect"] < 0)).mean()),
        "positive": float((sure & (part["effect"] > 0)).mean()),
    }


def marginal_table(models: Mapping[str, Moderated], moderator: str) -> pd.DataFrame:
    """The exposure's effects at low, mean and high moderator by matrix, for a numbered table."""
    rows = {}
    for name, model in models.items():
        seen = values(model, moderator)
        grid = [seen.quantile(0.1), seen.mean(), seen.quantile(0.9)]
        part = model.marginal(moderator, grid=pd.Series(grid).to_numpy())
        places = [f"{name}, {where}" for where in ("low", "mean", "high")]
        rows[name] = effects_table(part.set_axis(places, axis=0))
    return pd.concat(list(rows.values())).rename_axis("Weights, moderator")


def label(study: Study, symbol: str) -> str:
    """Axis label of a moderator."""
    variable = study.variable(symbol)
    return f"{variable.label.capitalize()} ({variable.variant}), {variable.unit}"
