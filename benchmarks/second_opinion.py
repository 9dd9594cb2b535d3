"""Coverage of intervals by maximum likelihood, robust GMM and two-stage least squares.

Run `python benchmarks/second_opinion.py --replications 500` in an environment that holds the
package. Samples have the X, W, N, T and estimates of the two studies' Durbin models, and errors of
one kind: alike, of a variance of each province's own, serially correlated, both, or alike but for
one province with five times the standard deviation of the others, that whose own errors weigh most
in the likelihood's ρ.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats

from spillover import CARBON, GROWTH, SpatialPanel, Study
from spillover.econometrics.instruments import spatial_gmm, spatial_two_stage

DESIGNS = ("iid", "heteroskedastic", "serial", "both", "one noisy")
KINDS = ["direct", "indirect", "total", "rho"]
Sample = tuple[str, pd.Series, pd.Series, int | None]


def spread(design: str, G: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Standard deviation of each province's errors, one on average."""
    n = len(G)
    scale = np.ones(n)
    if design in ("heteroskedastic", "both"):
        scale = np.exp(0.6 * rng.standard_normal(n))
    if design == "one noisy":
        centre = np.eye(n) - 1 / n
        diagonal = np.diag(centre @ G @ centre)
        scale[np.argmax(np.abs(diagonal - diagonal.mean()))] = 5.0
    return scale / np.sqrt((scale**2).mean())


def estimates(y: pd.Series, X: pd.DataFrame, study: Study, W: object) -> Iterator[Sample]:
    """Name, estimates, errors and degrees of freedom by each estimator."""
    name = study.exposure

    def parts(effects: pd.DataFrame, rho: float, error: float) -> tuple[pd.Series, pd.Series]:
        line = effects.loc[name]
        values = [line[kind, "effect"] for kind in KINDS[:3]]
        errors = [line[kind, "std_error"] for kind in KINDS[:3]]
        return pd.Series([*values, rho], KINDS), pd.Series([*errors, error], KINDS)

    for title, correction, cov_type in (
        ("ML as printed", None, "observed"),
        ("ML", "transformation", study.cov_type),
    ):
        fit = SpatialPanel(y, X, W, correction=correction).fit(cov_type)
        found = parts(fit.effects(), fit.params["rho"], fit.std_errors["rho"])
        yield title, *found, fit.df
    gmm = spatial_gmm(y, X, W)
    two_stage = spatial_two_stage(y, X, W, cov_type="cr3")
    for title, made in (("GMM", gmm), ("2SLS", two_stage)):
        rho = made.coefficients.loc["rho"]
        yield title, *parts(made.effects, rho["estimate"], rho["std_error"]), gmm.df


def cell(study: Study, rho: float, design: str, replications: int, seed: int) -> pd.DataFrame:
    """Bias of ρ and coverage of the intervals by each estimator."""
    model = study.spatial(correction="transformation")
    fit, W, (n, t) = model.fit(), model.weights, model.data.shape
    X = pd.DataFrame(model.data.X, model.data.index, list(model.data.names))
    k = X.shape[1]
    raw = np.column_stack([model.data.X, W.lag(model.data.X)])
    signal = (raw @ fit.params.to_numpy()[:-1]).reshape(n, t)
    S = W.multiplier(rho, np.eye(n))
    j = X.columns.get_loc(study.exposure)
    E = S @ (fit.params.iloc[j] * np.eye(n) + fit.params.iloc[k + j] * W.lag(np.eye(n)))
    true = pd.Series({"direct": np.trace(E) / n, "total": E.sum() / n, "rho": rho})
    true["indirect"] = true["total"] - true["direct"]
    true = true[KINDS]
    rng = np.random.default_rng(seed)
    scale = np.sqrt(fit.sigma2) * spread(design, W.lag(S), rng)
    inside: dict[str, list[pd.Series]] = {}
    bias: dict[str, list[float]] = {}
    for _ in range(replications):
        e = rng.standard_normal((n, t))
        if design in ("serial", "both"):
            for year in range(1, t):
                e[:, year] = 0.6 * e[:, year - 1] + 0.8 * e[:, year]
        y = pd.Series((S @ (signal + scale[:, None] * e)).ravel(), X.index, name="y")
        for title, found, error, df in estimates(y, X, study, W):
            reach = stats.norm.ppf(0.975) if df is None else stats.t.ppf(0.975, df)
            if found.notna().all():
                inside.setdefault(title, []).append(np.abs(found - true) <= reach * error)
                bias.setdefault(title, []).append(found["rho"] - rho)
    table = pd.DataFrame({title: pd.DataFrame(rows).mean() for title, rows in inside.items()}).T
    table.insert(0, "bias", pd.Series(bias).map(np.mean))
    table.insert(1, "rmse", pd.Series(bias).map(lambda b: np.sqrt(np.mean(np.square(b)))))
    labels = [study.key, study.weights, rho, design]
    return pd.concat({tuple(map(str, labels)): table}, names=["study", "W", "rho", "errors", ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--designs", nargs="+", default=DESIGNS)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    for study in (CARBON, GROWTH):
        for rho in (0.0, 0.4):
            for design in asked.designs:
                table = cell(study, rho, design, asked.replications, asked.seed)
                print(table[["bias", "rmse", *KINDS]].round(3).to_string(), flush=True)


if __name__ == "__main__":
    main()
