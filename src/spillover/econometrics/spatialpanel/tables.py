"""A fit as text, as HTML and beside other fits.

It lays out numbers that exist already; publication tables are the business of other modules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from spillover.econometrics.spatialpanel.errors import SpatialPanelError
from spillover.econometrics.spatialpanel.specification import FULL_NAMES

if TYPE_CHECKING:
    from spillover.econometrics.spatialpanel.results import PanelResults

COVARIANCES = {
    "observed": "Observed information",
    "expected": "Expected information",
    "robust": "Robust (clustered by entity)",
    "clustered": "Clustered",
    "driscoll-kraay": "Driscoll-Kraay",
}


@dataclass(frozen=True)
class Summary:
    """Head, coefficients and notes of a fit; prints as text, renders in a notebook.

    Attributes
    ----------
    title : of the table
    head : pairs (what, value), laid out in two columns
    coefficients : one row for each parameter
    notes : sentences below the table
    """

    title: str
    head: tuple[tuple[str, str], ...]
    coefficients: pd.DataFrame
    notes: tuple[str, ...]

    def __str__(self) -> str:
        return self.as_text()

    def __repr__(self) -> str:
        return self.as_text()

    def as_text(self) -> str:
        """The summary in fixed-width text."""
        body = self.coefficients.map(_number).to_string()
        width = max(78, max(len(line) for line in body.splitlines()))
        half = (len(self.head) + 1) // 2
        left, right = self.head[:half], (*self.head[half:], ("", ""))
        cell = (width - 2) // 2
        lines = [self.title.center(width), "=" * width]
        for one, other in zip(left, right, strict=False):
            lines.append(_pair(one, cell) + "  " + _pair(other, width - cell - 2))
        lines += ["Parameter estimates".center(width), "=" * width, body, "=" * width]
        return "\n".join([*lines, *self.notes])

    def _repr_html_(self) -> str:
        half = (len(self.head) + 1) // 2
        left, right = self.head[:half], (*self.head[half:], ("", ""))
        rows = "".join(
            "<tr>" + "".join(f"<th>{escape(k)}</th><td>{escape(v)}</td>" for k, v in pair) + "</tr>"
            for pair in zip(left, right, strict=False)
        )
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        body = self.coefficients.map(_number).to_html()
        return f"<table><caption>{escape(self.title)}</caption>{rows}</table>{body}{notes}"


def _pair(pair: tuple[str, str], width: int) -> str:
    label, value = pair
    gap = max(1, width - len(label) - len(value) - 1)
    return f"{label}:{' ' * gap}{value}" if label else ""


def _number(value: float) -> str:
    return f"{value:.4f}" if abs(value) < 1e4 else f"{value:.4g}"


def summarise(fit: PanelResults) -> Summary:
    """Lay out a fit as linearmodels lays out its own."""
    spec, (n, t) = fit.model.spec, fit.model.data.shape
    bounds = fit.conf_int()
    coefficients = pd.DataFrame(
        {
            "Parameter": fit.params,
            "Std. Err.": fit.std_errors,
            "T-stat": fit.tstats,
            "P-value": fit.pvalues,
            "Lower CI": bounds["lower"],
            "Upper CI": bounds["upper"],
        }
    )
    correction = {None: "None", "lee-yu": "Lee-Yu", "transformation": "Transformation"}
    head = (
        ("Dep. Variable", fit.model.data.outcome),
        ("Estimator", "Maximum likelihood"),
        ("Effects", spec.effects_in_words),
        ("Correction", correction[spec.correction]),
        ("Cov. Estimator", COVARIANCES[fit.inference.cov_type]),
        ("No. Observations", str(fit.nobs)),
        ("Entities", str(n)),
        ("Time Periods", str(t)),
        ("R-squared (Within)", _number(fit.rsquared_within)),
        ("R-squared (Between)", _number(fit.rsquared_between)),
        ("R-squared (Overall)", _number(fit.rsquared_overall)),
        ("Log-likelihood", f"{fit.loglik:.4f}"),
        ("AIC", f"{fit.aic:.4f}"),
        ("BIC", f"{fit.bic:.4f}"),
        ("sigma2", f"{fit.sigma2:.6g}"),
        ("Weights", f"{fit.model.weights.matrix.nnz} links"),
    )
    return Summary(f"{FULL_NAMES[spec.model]} estimation summary", head, coefficients, fit.notes)


def compare(
    fits: Mapping[str, PanelResults] | Sequence[PanelResults], digits: int = 4
) -> pd.DataFrame:
    """Fits side by side: estimates with stars, errors in brackets, and measures of fit.

    Stars: *** p < 0.01, ** p < 0.05, * p < 0.1.

    Parameters
    ----------
    fits : results by the name of their column, or in a list (then named after their models)
    digits : after the decimal point
    """
    named = fits if isinstance(fits, Mapping) else _name(fits)
    if not named:
        raise SpatialPanelError("compare() got no fits")
    columns = {name: _column(fit, digits) for name, fit in named.items()}
    parameters = dict.fromkeys(name for fit in named.values() for name in fit.names)
    last = [name for name in ("rho", "lambda") if name in parameters]
    order = [name for name in parameters if name not in last] + last
    rows = [(name, part) for name in order for part in ("estimate", "std_error")]
    rows += [(name, "") for name in _FIT]
    index = pd.MultiIndex.from_tuples(rows, names=["", " "])
    return pd.DataFrame(columns, index=index).fillna("")


_FIT = ("Effects", "Covariance", "Observations", "R² (within)", "Log-likelihood", "AIC", "BIC")


def _name(fits: Sequence[PanelResults]) -> dict[str, PanelResults]:
    return {f"({i}) {fit.model.spec.model.upper()}": fit for i, fit in enumerate(fits, start=1)}


def _column(fit: PanelResults, digits: int) -> dict[tuple[str, str], str]:
    cells: dict[tuple[str, str], str] = {}
    columns = zip(fit.names, fit.params, fit.std_errors, fit.pvalues, strict=True)
    for name, value, error, p in columns:
        stars = "*" * sum(p < level for level in (0.01, 0.05, 0.1))
        cells[name, "estimate"] = f"{value:.{digits}f}{stars}"
        cells[name, "std_error"] = f"({error:.{digits}f})"
    values = (
        fit.model.spec.effects_in_words,
        COVARIANCES[fit.inference.cov_type],
        str(fit.nobs),
        f"{fit.rsquared_within:.{digits}f}",
        f"{fit.loglik:.{digits}f}",
        f"{fit.aic:.{digits}f}",
        f"{fit.bic:.{digits}f}",
    )
    cells.update({(name, ""): value for name, value in zip(_FIT, values, strict=True)})
    return cells
