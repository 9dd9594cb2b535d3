"""How often intervals for a mediated effect hold the truth: samples from known equations.

``python benchmarks/mediation_coverage.py --jobs 2`` takes about ten minutes of one core and writes
``data/simulated/mediation.csv``. Samples have the panel, W and controls of the first study and its
estimates of both equations by the transformation, except for the links of a mediation, which are
three (own) and two (lagged) standard errors or zero, and both spatial coefficients, which are .4.
Errors of the two equations are independent; a bootstrap estimates all its samples at once, by the
same formulae as the package, which the first estimate of every cell is compared with.
"""

from __future__ import annotations

import argparse
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

import spillover
from spillover.econometrics.mediation import Mediation
from spillover.econometrics.mediation.draws import Resampler
from spillover.econometrics.mediation.system import System, stacked_covariance
from spillover.econometrics.spatialpanel import SpatialPanelError
from spillover.econometrics.spatialpanel.covariance import inference
from spillover.econometrics.spatialpanel.data import within

TARGET = Path(__file__).parents[1] / "data" / "simulated" / "mediation.csv"
WEIGHTS = ("rook", "economic distance")
DESIGNS = ("iid", "heteroskedastic", "serial", "both")
CASES = {
    "both links": (1, 1),
    "first link only": (1, 0),
    "second link only": (0, 1),
    "neither": (0, 0),
}
LOOKED_AT = {
    "both links": (*DESIGNS, "as estimated"),
    "first link only": DESIGNS,
    "second link only": DESIGNS,
    "neither": ("iid", "both"),
}
KINDS = ("direct", "indirect", "total")
RHO, T_OWN, T_LAG, SEED = 0.4, 3, 2, 20251016


class Truth:
    """Two equations that samples are drawn from, on the study's panel."""

    def __init__(self, weights, design, case):
        self.weights, self.design, self.case = weights, design, case
        self.study = study = spillover.CARBON.but(weights=weights)
        self.graph = study.graph()
        self.names = study.exposure, study.mediators[0]
        self.frame = study.frame(study.outcome, *study.regressors, self.names[1])
        models = study.spatial(outcome=self.names[1]), study.spatial(add=self.names[1:])
        # mediator and outcome equation as estimated
        self.fits = [model.fit("observed") for model in models]
        self.W, self.shape = models[0].weights.matrix.toarray(), models[0].data.shape
        # coefficients (own, lagged) of both links
        self.links = [
            tuple(there * t * fit.std_errors[p + name] for p, t in (("", T_OWN), ("W_", T_LAG)))
            for fit, name, there in zip(self.fits, self.names, CASES[case], strict=True)
        ]
        self.mediated = products(self.W, (*self.links[0], RHO), (*self.links[1], RHO)).ravel()
        self.signals = [
            self.signal(fit, name) for fit, name in zip(self.fits, self.names, strict=True)
        ]

    def signal(self, fit, name):
        """What regressors other than that of the link add to an equation, shape (N, T)."""
        X = fit.model.data.X
        raw = np.concatenate([X, fit.model.weights.lag(X)], axis=1)
        keep = [j for j, label in enumerate(fit.names[:-1]) if label not in (name, f"W_{name}")]
        return (raw[:, keep] @ fit.params.iloc[keep].to_numpy()).reshape(self.shape)

    def errors(self, rng, equation):
        n, t = self.shape
        e = rng.normal(size=(n, t))
        if self.design in ("serial", "both"):
            for period in range(1, t):
                e[:, period] = 0.6 * e[:, period - 1] + 0.8 * e[:, period]
        if self.design in ("heteroskedastic", "both"):
            e *= spread(np.exp(0.6 * np.random.default_rng(equation).normal(size=n)))[:, None]
        if self.design == "as estimated":
            left = self.fits[equation].resids.to_numpy().reshape(n, t)
            e *= spread(left.std(axis=1))[:, None]
        return e * np.sqrt(self.fits[equation].sigma2)

    def sample(self, rng):
        """Mediator and outcome, shape (N, T)."""
        S = np.linalg.inv(np.eye(len(self.W)) - RHO * self.W)
        (a, b), (c, d) = self.links
        x = self.frame[self.names[0]].to_numpy().reshape(self.shape)
        m = S @ (self.signals[0] + a * x + b * self.W @ x + self.errors(rng, 0))
        y = S @ (self.signals[1] + c * m + d * self.W @ m + self.errors(rng, 1))
        return m, y

    def estimated(self, m, y):
        """The mediation of a sample, with two covariances."""
        index, columns = self.frame.index, list(self.study.regressors)
        found = spillover.mediate(
            pd.Series(y.ravel(), index, name=self.study.outcome),
            self.frame[columns],
            self.names[0],
            pd.Series(m.ravel(), index, name=self.names[1]),
            self.graph,
        )
        how = inference(found.system.fits[0].model.data, "clustered")
        fits = tuple(replace(fit, inference=how) for fit in found.system.fits)
        plain = System(fits, *self.names, stacked_covariance(fits))
        return {"clustered": Mediation(plain), "cr3": found}


def spread(sd):
    return sd / np.sqrt((sd**2).mean())


def products(W, first, second):
    """Mediated direct, indirect and total effect at many (own, lag, ρ) of both equations.

    Both effect matrices are functions of W, so that their product has the product of their
    eigenvalues; rows of W sum to one.
    """
    values = np.linalg.eigvals(W).real[:, None]
    chain, total = 1.0, 1.0
    for own, lag, rho in (first, second):
        chain = chain * (own + lag * values) / (1 - rho * values)
        total = total * (own + lag) / (1 - rho)
    direct = chain.mean(axis=0)
    total = total * np.ones_like(direct)
    return np.array([direct, total - direct, total])


class Estimator:
    """The two equations of many samples at once, by the transformation; columns are samples."""

    def __init__(self, truth):
        (self.n, self.t), self.W = truth.shape, truth.W
        model = truth.fits[0].model
        raw = np.concatenate([model.data.X, model.weights.lag(model.data.X)], axis=1)
        self.place = model.data.names.index(truth.names[0])
        self.k = model.data.X.shape[1]
        self.fixed = self.within(raw)
        self.Q, self.R = np.linalg.qr(self.fixed)
        self.values = np.sort(np.linalg.eigvals(self.W).real)[:-1]
        self.grid = np.linspace(0.999 / self.values[0], 0.995, 240)
        self.jacobian = (self.t - 1) * np.log(1 - self.grid[:, None] * self.values).sum(axis=1)

    def within(self, columns):
        return within(columns, (self.n, self.t), "twoway")

    def lag(self, columns):
        return (self.W @ columns.reshape(self.n, -1)).reshape(columns.shape)

    def partial(self, columns):
        return columns - self.Q @ (self.Q.T @ columns)

    def rho(self, e0, e1):
        """The maximum of the concentrated likelihood: a grid, then Newton's steps."""
        a, b, c = (e0 * e0).sum(0), (e0 * e1).sum(0), (e1 * e1).sum(0)
        rows, grid = (self.n - 1) * (self.t - 1), self.grid[:, None]
        height = -rows / 2 * np.log(a - 2 * grid * b + grid**2 * c) + self.jacobian[:, None]
        best = np.clip(height.argmax(axis=0), 1, len(self.grid) - 2)
        low, rho, high = (self.grid[best + step] for step in (-1, 0, 1))
        for _ in range(6):
            ssr, slope = a - 2 * rho * b + rho**2 * c, 2 * (rho * c - b)
            ratio = self.values[:, None] / (1 - rho * self.values[:, None])
            score = -rows / 2 * slope / ssr - (self.t - 1) * ratio.sum(axis=0)
            bend = -rows / 2 * (2 * c / ssr - (slope / ssr) ** 2) - (self.t - 1) * (ratio**2).sum(0)
            rho = np.clip(rho - score / bend, low, high)
        return rho

    def mediator(self, m):
        y, lag = self.within(m), self.within(self.lag(m))
        rho = self.rho(self.partial(y), self.partial(lag))
        b = np.linalg.solve(self.R, self.Q.T @ (y - rho * lag))
        return b[self.place], b[self.k + self.place], rho

    def outcome(self, y, m):
        raw = (y, self.lag(y), m, self.lag(m))
        y, lag, m, lag_m = (self.partial(self.within(columns)) for columns in raw)
        mm, ml, ll = (m * m).sum(0), (m * lag_m).sum(0), (lag_m * lag_m).sum(0)

        def slopes(v):
            p, q = (m * v).sum(0), (lag_m * v).sum(0)
            return np.array([ll * p - ml * q, mm * q - ml * p]) / (mm * ll - ml**2)

        of_y, of_lag = slopes(y), slopes(lag)
        e0 = y - m * of_y[0] - lag_m * of_y[1]
        e1 = lag - m * of_lag[0] - lag_m * of_lag[1]
        rho = self.rho(e0, e1)
        return (*(of_y - rho * of_lag), rho)

    def __call__(self, m, y):
        """Mediated effects of samples, shape (3, samples)."""
        columns = self.n * self.t, -1
        m, y = m.reshape(columns), y.reshape(columns)
        return products(self.W, self.mediator(m), self.outcome(y, m))


def bootstrapped(system, kind, draws, rng, estimate):
    """Mediated effects of bootstrap samples; "one sign" for both equations is the old error."""
    if kind == "one sign":
        sampler = Resampler.of(system, "block")
        signs = np.repeat(rng.choice([-1.0, 1.0], size=(1, len(sampler.second), draws)), 2, axis=0)
    else:
        sampler = Resampler.of(system, kind)
        signs = rng.choice([-1.0, 1.0], size=(2, len(sampler.second), draws))
    n, moved = len(sampler.second), []
    whom = rng.integers(n, size=(n, draws))
    for one, sign in zip((sampler.mediator, sampler.outcome), signs, strict=True):
        if kind == "block":
            drawn = one.enlarged[whom].transpose(0, 2, 1)
        else:
            drawn = one.enlarged[:, :, None] * sign[:, None, :]
        change = (drawn - one.residuals[:, :, None]).reshape(n, -1)
        moved.append(one.multiplier @ change)
    m, y = (one.data.y.reshape(n, -1, 1) for one in (sampler.mediator, sampler.outcome))
    shape = (n, m.shape[1], draws)
    answer = (moved[1] + sampler.second @ moved[0]).reshape(shape)
    return estimate(m + moved[0].reshape(shape), y + answer)


def simulated(found, draws, rng, W):
    """Mediated effects of estimates drawn from their joint t, as `Mediation.simulate` draws."""
    system, places, start = found.system, [], 0
    for fit, name in zip(system.fits, (None, system.exposure, system.through), strict=True):
        if name:
            places += [start + fit.names.get_loc(part) for part in (name, f"W_{name}", "rho")]
        start += len(fit.names)
    covariance = system.covariance[np.ix_(places, places)]
    sample = rng.multivariate_normal(np.zeros(6), covariance, draws, method="eigh")
    sample /= np.sqrt(rng.chisquare(system.df, size=(draws, 1)) / system.df)
    sample = (sample + np.concatenate(system.parameters)[places]).T
    low, high = system.models[0].weights.interval
    inside = (low < sample[[2, 5]]).all(axis=0) & (sample[[2, 5]] < high).all(axis=0)
    return products(W, sample[:3, inside], sample[3:, inside])


def cell(weights, design, case, replications, draws):
    """Coverage of every method in one cell."""
    truth, label = Truth(weights, design, case), f"{weights} {design} {case}"
    rng = np.random.default_rng([SEED, zlib.crc32(label.encode())])
    estimate, held = Estimator(truth), {}
    for replication in range(replications):
        m, y = truth.sample(rng)
        try:
            found = truth.estimated(m, y)
        except SpatialPanelError:
            continue
        intervals = {}
        for kind, one in found.items():
            table = one.quantities().loc["mediated"].loc[list(KINDS)]
            intervals[f"delta, {kind}"] = table[["low", "high"]].to_numpy().T
        values = simulated(found["cr3"], 1000, rng, truth.W)
        intervals["simulation, cr3"] = np.quantile(values, [0.025, 0.975], axis=1)
        if not replication:
            again = estimate(m[:, :, None], y[:, :, None])[:, 0]
            np.testing.assert_allclose(again, table["effect"], rtol=1e-5, atol=1e-8)
        for kind in ("wild", "block", "one sign"):
            values = bootstrapped(found["cr3"].system, kind, draws, rng, estimate)
            name = "wild bootstrap, one sign" if kind == "one sign" else f"{kind} bootstrap"
            intervals[name] = np.quantile(values, [0.025, 0.975], axis=1)
        for method, (low, high) in intervals.items():
            covered = (low <= truth.mediated) & (truth.mediated <= high)
            held.setdefault(method, []).append(covered)
    rows = []
    for method, covered in held.items():
        for quantity, share in zip(KINDS, np.mean(covered, axis=0), strict=True):
            rows.append(
                {
                    "design": truth.design,
                    "weights": truth.weights,
                    "case": truth.case,
                    "method": method,
                    "quantity": quantity,
                    "coverage": round(float(share), 4),
                    "replications": len(covered),
                    "seed": SEED,
                }
            )
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=120)
    parser.add_argument("--draws", type=int, default=199)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--csv", type=Path, default=TARGET)
    given = parser.parse_args()
    known = [(w, d, c) for c in CASES for d in LOOKED_AT[c] for w in WEIGHTS]
    cells = Parallel(n_jobs=given.jobs, return_as="generator")(
        delayed(cell)(*labels, given.replications, given.draws) for labels in known
    )
    given.csv.parent.mkdir(exist_ok=True)
    rows = []
    for more in cells:
        rows += more
        pd.DataFrame(rows).to_csv(given.csv, index=False)


if __name__ == "__main__":
    main()
