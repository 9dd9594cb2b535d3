"""How often tests of regressions and instruments reject the truth, at the panels' own size.

    python benchmarks/sizes_of_regressions.py

writes ``data/simulated/regressions.csv``: 30 provinces, the first study's own regressors and
instruments, the null true, four designs of errors:

- iid: independent and of one variance;
- het: standard deviations by province, exp(0.6 N(0, 1)), drawn anew in every sample;
- ar: first-order autoregression over the years with coefficient 0.6;
- both.

Instruments: the coefficient is zero, errors of the two stages have a correlation of 0.6 (0 where
the Hausman test is tried). Everything is computed by the package's own functions of arrays.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from spillover import CARBON
from spillover.econometrics import regression, wild
from spillover.studies.instruments import lagged, terrain

DESIGNS = ("iid", "het", "ar", "both")
SETS = {"L.GIA": ("none", "twoway"), "Terrain": ("none",), "L.GIA + Terrain": ("none",)}
DRAWS = 399


def errors(design: str, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """One sample of errors, entity-major."""
    e = rng.normal(size=shape)
    if design in ("ar", "both"):
        for t in range(1, shape[1]):
            e[:, t] = 0.6 * e[:, t - 1] + 0.8 * e[:, t]
    if design in ("het", "both"):
        e *= np.exp(0.6 * rng.normal(size=(shape[0], 1)))
    return e.ravel()


def within_entity(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    cube = values.reshape(shape)
    return (cube - cube.mean(axis=1, keepdims=True)).ravel()


def t_pvalue(b: float, variance: float, df: int) -> float:
    return float(2 * stats.t.sf(abs(b) / np.sqrt(variance), df))


def wild_pvalue(statistic: float, drawn: np.ndarray) -> float:
    return (1 + int((drawn >= statistic * (1 - 1e-9)).sum())) / (1 + len(drawn))


def numbers(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    return np.repeat(np.arange(shape[0]), shape[1]), np.tile(np.arange(shape[1]), shape[0])


class Clustered:
    """:func:`regression.clustered_covariance` of many residuals on the same columns."""

    def __init__(self, columns: np.ndarray, entities: np.ndarray) -> None:
        n, k = columns.shape
        self.entities, self.loads, identity = entities, {}, np.eye(n)
        solve = np.linalg.pinv(columns)
        for cov_type in ("clustered", "cr2", "cr3"):
            factor = regression.small_sample_factor(cov_type, n, k, 30)
            matrix = regression.adjusted_residuals(columns, identity, entities, cov_type)
            self.loads[cov_type] = matrix, np.sqrt(factor) * solve

    def __call__(self, e: np.ndarray, cov_type: str) -> np.ndarray:
        matrix, solve = self.loads[cov_type]
        scores = (solve * (matrix @ e)).reshape(len(solve), 30, -1).sum(axis=2)
        return scores @ scores.T


def regressions(effects: str, design: str, replications: int, seed: int) -> dict:
    """t of the exposure in a regression on all regressors."""
    X = CARBON.frame(*CARBON.regressors)
    shape = (30, len(X) // 30)
    entities, periods = numbers(shape)
    columns = regression.design(X.to_numpy(), entities, periods, effects)
    solve = np.linalg.pinv(columns)
    bread = solve @ solve.T
    n, k = columns.shape
    left = n - k - (29 if effects == "twoway" else 0)
    test = wild.CoefficientTest(columns[:, :1], columns[:, 1:], entities)
    covariance = Clustered(columns, entities)
    rng, found = np.random.default_rng(seed), defaultdict(list)
    for _ in range(replications):
        y = errors(design, shape, rng)
        y = within_entity(y, shape) if effects == "twoway" else y
        b = solve @ y
        e = y - columns @ b
        white = n / left * float((solve[0] ** 2) @ e**2)
        found["unadjusted"].append(t_pvalue(b[0], bread[0, 0] * (e @ e) / left, left))
        found["heteroskedastic"].append(t_pvalue(b[0], white, left))
        for cov_type in ("clustered", "cr2", "cr3"):
            V = covariance(e, cov_type)
            found[cov_type].append(t_pvalue(b[0], V[0, 0], 29))
        signs, _ = wild.draws(30, DRAWS, seed=int(rng.integers(2**31)))
        found["wild"].append(wild_pvalue(test.statistic(y), test.drawn(y, signs)))
    return {("coefficient", version): values for version, values in found.items()}


def instruments(names: str, effects: str, design: str, replications: int, seed: int) -> dict:
    """Two stages, Anderson–Rubin, Hausman and J with the exposure endogenous."""
    data = CARBON.frame(*CARBON.regressors)
    held = {"L.GIA": lagged(data["GIA"]), "Terrain": terrain(data.index)}
    Z = pd.DataFrame({name: held[name] for name in names.split(" + ")})
    data, Z = data[Z.notna().all(axis=1)], Z.dropna()
    shape = (30, len(data) // 30)
    entities, periods = numbers(shape)
    raw = np.column_stack([data["GIA"], Z, data[list(CARBON.controls)]])
    columns = regression.design(raw, entities, periods, effects)
    q = Z.shape[1]
    exposure, excluded, outer = columns[:, 0], columns[:, 1 : 1 + q], columns[:, 1 + q :]
    H = np.column_stack([excluded, outer])
    project = H @ np.linalg.pinv(H)
    fitted = project @ exposure
    spread = float((exposure - fitted).std())
    of_reduced = Clustered(H, entities)
    anderson_rubin = wild.CoefficientTest(excluded, outer, entities)
    rng, found = np.random.default_rng(seed), defaultdict(list)

    def draw(correlation: float) -> tuple[np.ndarray, np.ndarray]:
        u, v = errors(design, shape, rng), errors(design, shape, rng)
        v = correlation * u + np.sqrt(1 - correlation**2) * v
        if effects == "twoway":
            u, v = within_entity(u, shape), within_entity(v, shape)
        return u, fitted + spread * v

    for _ in range(replications):
        y, x = draw(0.6)
        X = np.column_stack([x, outer])
        Xhat = project @ X
        b = np.linalg.pinv(Xhat) @ y
        e = y - X @ b
        reduced = np.linalg.pinv(H) @ y
        for cov_type in ("clustered", "cr2", "cr3"):
            V = regression.clustered_covariance(Xhat, e, entities, cov_type)
            found["two stages", cov_type].append(t_pvalue(b[0], V[0, 0], 29))
            V = of_reduced(y - H @ reduced, cov_type)
            F = reduced[:q] @ np.linalg.solve(V[:q, :q], reduced[:q]) / q
            found["Anderson–Rubin", cov_type].append(float(stats.f.sf(F, q, 29)))
        signs, _ = wild.draws(30, DRAWS, seed=int(rng.integers(2**31)))
        two = wild.InstrumentedTest(y, x, excluded, outer, entities)
        value = wild_pvalue(two.statistic(0.0), two.drawn(0.0, signs))
        found["two stages", "wild"].append(value)
        value = wild_pvalue(anderson_rubin.statistic(y), anderson_rubin.drawn(y, signs))
        found["Anderson–Rubin", "wild"].append(value)
        if q > 1:
            found["Hansen J", "clustered"].append(hansen(y, X, H, e, shape))
        # exogenous: first-stage residuals added to the outcome's regression
        y, x = draw(0.0)
        added = x - project @ x
        C = np.column_stack([added, x, outer])
        b = np.linalg.pinv(C) @ y
        e = y - C @ b
        k = np.linalg.matrix_rank(C) + (29 if effects == "twoway" else 0)
        V = np.linalg.inv(C.T @ C) * (e @ e) / (len(y) - k)
        found["Hausman", "unadjusted"].append(t_pvalue(b[0], V[0, 0], len(y) - k))
        for cov_type in ("clustered", "cr2", "cr3"):
            V = regression.clustered_covariance(C, e, entities, cov_type)
            found["Hausman", cov_type].append(t_pvalue(b[0], V[0, 0], 29))
    return dict(found)


def hansen(y: np.ndarray, X: np.ndarray, H: np.ndarray, e: np.ndarray, shape: tuple) -> float:
    """p-value of J of two-step GMM with moments summed by entity."""
    sums = (H * e[:, None]).reshape(*shape, -1).sum(axis=1)
    weight = np.linalg.pinv(sums.T @ sums)
    A = X.T @ H @ weight
    moments = H.T @ (y - X @ np.linalg.solve(A @ H.T @ X, A @ H.T @ y))
    return float(stats.chi2.sf(moments @ weight @ moments, H.shape[1] - X.shape[1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=500)
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args()
    rows = []

    def add(found: dict, prefix: str, effects: str, design: str) -> None:
        for (test, version), values in found.items():
            size = float(np.mean(np.array(values) <= 0.05))
            name = test if not prefix else f"{test}, {prefix}"
            rows.append((name, version, effects, design, round(size, 4), len(values)))

    for design in DESIGNS:
        for effects in ("none", "twoway"):
            add(
                regressions(effects, design, options.replications, options.seed),
                "",
                effects,
                design,
            )
        for names, kinds in SETS.items():
            for effects in kinds:
                found = instruments(names, effects, design, options.replications, options.seed)
                add(found, names, effects, design)
        print(design, "done", flush=True)
    columns = ["test", "version", "fixed_effects", "design", "size", "replications"]
    table = pd.DataFrame(rows, columns=columns).assign(seed=options.seed)
    target = Path(__file__).resolve().parents[1] / "data" / "simulated" / "regressions.csv"
    target.parent.mkdir(exist_ok=True)
    table.to_csv(target, index=False)


if __name__ == "__main__":
    main()
