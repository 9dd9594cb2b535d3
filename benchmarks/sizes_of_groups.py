"""How often tests of groups, curves, borders and interactions reject the truth, at N = 30, T = 10.

    python benchmarks/sizes_of_groups.py

writes ``data/simulated/groups.csv``. Regressors, ranking and weights are the studies' own; all
entities share their slopes, and errors are

- iid: independent and of one variance;
- het: standard deviations by province, exp(0.6 N(0, 1)), drawn anew in every sample;
- ar: first-order autoregression over the years with coefficient 0.6;
- both.

Every number is the share of samples with a p-value of at most 5 %, by the package's own functions.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from spillover import CARBON, GROWTH, Study
from spillover.econometrics import heterogeneity
from spillover.econometrics.heterogeneity import groups as by_groups
from spillover.econometrics.regression import clustered_covariance
from spillover.econometrics.spatialpanel import SpatialPanel
from spillover.studies.rankings import percentile, ranking, split

DESIGNS = ("iid", "het", "ar", "both")
DRAWS = 199
Rejections = dict[tuple[str, str, str], list[bool]]


def errors(design: str, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """One sample of errors, entity-major."""
    e = rng.normal(size=shape)
    if design in ("ar", "both"):
        for t in range(1, shape[1]):
            e[:, t] = 0.6 * e[:, t - 1] + 0.8 * e[:, t]
    if design in ("het", "both"):
        e *= np.exp(0.6 * rng.normal(size=(shape[0], 1)))
    return e.ravel()


def equality(design: str, samples: int, seed: int) -> Iterator[tuple[str, str, str, list[bool]]]:
    """Equal slopes of three groups of ten, and the slope of one group."""
    data = CARBON.frame(*CARBON.regressors)
    units = data.index.unique("province")
    shape, entities = (len(units), len(data) // len(units)), np.repeat(np.arange(len(units)), 10)
    labels = np.repeat(np.asarray(split(ranking()).reindex(units)), shape[1])
    names, at = ["low", "medium", "high"], data.columns.get_loc(CARBON.exposure)
    for full in (True, False):
        for effects in ("none", "twoway"):
            X, slopes = by_groups.joint_columns(
                data.to_numpy(), at, labels, names, shape, effects, full
            )
            rows = slopes[:, 0]
            R, bread = rows[1:] - rows[0], np.linalg.inv(X.T @ X)
            rng, hits = np.random.default_rng(seed), defaultdict(list)
            for sample in range(samples):
                y = by_groups.outcome(errors(design, shape, rng), shape, effects)
                b = bread @ (X.T @ y)
                for kind in ("clustered", "cr3"):
                    V = clustered_covariance(X, y - X @ b, entities, kind)
                    gap = R @ b
                    F = gap @ np.linalg.solve(R @ V @ R.T, gap) / len(R)
                    hits["equality", f"F, {kind}"].append(stats.f.sf(F, 2, shape[0] - 1) <= 0.05)
                    t = np.abs(rows @ b) / np.sqrt(np.einsum("ij,jk,ik->i", rows, V, rows))
                    hits["slope of a group", f"t(9), {kind}"] += list(2 * stats.t.sf(t, 9) <= 0.05)
                found = by_groups.wild_cluster_test(y, X, R, shape[0], DRAWS, sample)
                hits["equality", "wild bootstrap"].append(found["pvalue"] <= 0.05)
            model = "every slope by group" if full else "exposure by group"
            for (test, version), rejected in hits.items():
                yield f"{test}, {model}", version, effects, rejected


def curves(design: str, samples: int, seed: int) -> Iterator[tuple[str, str, str, list[bool]]]:
    """A constant coefficient, and no border in it; the coefficient is zero."""
    X = CARBON.frame(*CARBON.regressors)
    units = X.index.unique("province")
    figure = ranking()
    place, jumps = percentile(figure), np.repeat(figure.reindex(units) > figure.median(), 10)
    for effects in ("none", "twoway"):
        rng, hits = np.random.default_rng(seed), defaultdict(list)
        for sample in range(samples):
            e = errors(design, (len(units), 10), rng)
            y = pd.Series(e, X.index, name="y")
            given = (X, CARBON.exposure, place, effects)
            for basis in ("linear", "spline"):
                fit = heterogeneity.varying(
                    y, *given, basis=basis, points=5, draws=DRAWS, seed=sample
                )
                hits["constant coefficient", basis].append(fit.test["pvalue"] <= 0.05)
                hits["band of a curve", basis] += _outside(fit.points)
            fit = heterogeneity.local(y, *given, points=5)
            hits["band of a curve", "local"] += _outside(fit.points)
            for jump in (0, 1, 5) if effects == "none" else (0,):
                moved = y + jump * e.std() * jumps.to_numpy()
                fit = heterogeneity.threshold(
                    moved, X, CARBON.exposure, figure, effects, draws=DRAWS, seed=sample
                )
                version = f"level jumps by {jump} deviations" if jump else "no jump of the level"
                hits["no border", version].append(fit.pvalue <= 0.05)
        for (test, version), rejected in hits.items():
            yield test, version, effects, rejected


def _outside(points: pd.DataFrame) -> list[bool]:
    return list((points["low"] > 0) | (points["high"] < 0))


def moderation(design: str, samples: int, seed: int) -> Iterator[tuple[str, str, str, list[bool]]]:
    """A moderator that does not matter, and the marginal effects where it does not."""
    growth = GROWTH.but(weights="economic-geographic product")
    for study, moderator in ((CARBON, "TEC"), (growth, "RD")):
        for kind in ("cr3", "clustered", "observed"):
            hits = _moderated(study, moderator, kind, design, samples, seed)
            for test, rejected in hits.items():
                yield test, f"{kind}, {moderator}", study.fixed_effects, rejected


def _moderated(
    study: Study, moderator: str, kind: str, design: str, samples: int, seed: int
) -> dict[str, list[bool]]:
    found = study.moderate([moderator])
    product, exposure = found.products[moderator], study.exposure
    params = found.fit.params.copy()
    params[[p for p in (product, f"W_{product}") if p in params.index]] = 0.0
    W, names = found.fit.model.weights.matrix.toarray(), list(found.fit.model.regressors)
    data, rho = found.fit.model.data, float(params["rho"])
    shape = data.shape
    lag = (
        (W @ data.X.reshape(*shape, -1).transpose(1, 0, 2))
        .transpose(1, 0, 2)
        .reshape(len(data.X), -1)
    )
    own = data.X @ params[names].to_numpy()
    lagged = [n for n in names if f"W_{n}" in params.index]
    for name in lagged:
        own = own + lag[:, names.index(name)] * params[f"W_{name}"]
    S = np.linalg.inv(np.eye(shape[0]) - rho * W)
    effect = S @ (params[exposure] * np.eye(shape[0]) + params.get(f"W_{exposure}", 0.0) * W)
    direct, total = np.trace(effect) / shape[0], effect.sum() / shape[0]
    truth = {"direct": direct, "indirect": total - direct, "total": total}
    grid = np.quantile(found.observed[moderator], [0.1, 0.9])
    grid = grid + float(found.centres[moderator])
    sd, rng = float(np.sqrt(found.fit.estimate.sigma2)), np.random.default_rng(seed)
    hits: dict[str, list[bool]] = defaultdict(list)
    for _ in range(samples):
        e = sd * errors(design, shape, rng)
        y = (S @ (own + e).reshape(shape)).ravel()
        model = SpatialPanel.from_data(
            replace(data, y=y), found.fit.model.weights, found.fit.model.spec
        )
        refit = replace(found, fit=model.fit(cov_type=kind))
        hits["moderator does not matter"].append(refit.tests().at[moderator, "pvalue"] <= 0.05)
        lines = refit.marginal(moderator, grid=grid)
        for name, value in truth.items():
            outside = (lines[name, "low"] > value) | (lines[name, "high"] < value)
            hits[f"marginal effect, {name}"] += list(outside)
    return hits


PARTS = {"equality": (equality, 600), "curves": (curves, 250), "moderation": (moderation, 300)}
"""What is simulated, and in how many samples of each design."""


def main() -> None:
    """Simulate and write the shares, replacing those of the parts that were simulated."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, help="in the place of each part's own number")
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=PARTS)
    parser.add_argument("--out", type=Path, default=Path("data/simulated/groups.csv"))
    options = parser.parse_args()
    lines = []
    for part in options.parts:
        simulate, samples = PARTS[part]
        samples = options.replications or samples
        for design in DESIGNS:
            for test, version, effects, rejected in simulate(design, samples, options.seed):
                lines.append(
                    {
                        "part": part,
                        "test": test,
                        "version": version,
                        "fixed_effects": effects,
                        "design": design,
                        "size": round(float(np.mean(rejected)), 4),
                        "replications": samples,
                        "seed": options.seed,
                    }
                )
                print(lines[-1], flush=True)
    table = pd.DataFrame(lines)
    if options.out.exists():
        known = pd.read_csv(options.out)
        table = pd.concat([known[~known["part"].isin(options.parts)], table])
    options.out.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(options.out, index=False)


if __name__ == "__main__":
    main()
