"""How often specification tests reject a true hypothesis at 5 %, in panels like the book's.

Run `python benchmarks/test_size.py`; it writes data/simulated/test_size.csv. Outcomes are made
from a study's own regressors, weights and estimates, with errors of five designs: independent;
of unequal variance between provinces (standard deviations exp(0.6z), z normal, drawn once);
correlated over time within a province (0.6); both; and "as estimated", which is harsher: standard
deviations of the study's own residuals by province, correlated over time (0.8). ρ (λ) is 0.4
where the model under test has one. `--weights` and `--design` run a part, whose rows take the
place of earlier ones.
"""

from __future__ import annotations

import argparse
import contextlib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2, norm

from spillover import CARBON, GROWTH, SpatialPanel
from spillover.econometrics.selection import hausman, mundlak, wald, weighted_cd
from spillover.econometrics.selection.batch import lagrange_scores, maxima
from spillover.econometrics.spatialpanel import PanelResults, SpatialPanelError
from spillover.econometrics.spatialpanel.bootstrap import resampler
from spillover.econometrics.spatialpanel.corrections import likelihood_counts
from spillover.econometrics.spatialpanel.design import raw_columns

Array = NDArray[np.float64]

FILE = Path(__file__).parents[1] / "data" / "simulated" / "test_size.csv"
STUDIES = {
    "rook": CARBON,
    "inverse distance": CARBON,
    "economic distance": GROWTH,
    "economic-geographic product": GROWTH,
}
DESIGNS = ("iid", "heteroskedastic", "serial", "both", "as estimated")
DEPENDENCE, LEVEL = 0.4, 0.05
KEYS = ["test", "version", "weights", "fixed_effects", "design"]
LM = ("LM lag", "LM error", "Robust LM lag", "Robust LM error", "LM joint")
LM_CRITICAL = chi2.isf(LEVEL, [1, 1, 1, 1, 2])[:, None]


def errors(design: str, estimated: Array, periods: int, rng: np.random.Generator) -> Array:
    """Errors with mean variance 1, shape (N, T); `estimated` are standard deviations (N, 1)."""
    e = rng.normal(size=(len(estimated), periods))
    persistence = {"serial": 0.6, "both": 0.6, "as estimated": 0.8}.get(design, 0.0)
    for year in range(1, periods):
        e[:, year] = persistence * e[:, year - 1] + np.sqrt(1 - persistence**2) * e[:, year]
    spread = np.ones_like(estimated)
    if design in ("heteroskedastic", "both"):
        spread = np.exp(0.6 * np.random.default_rng(7).normal(size=estimated.shape))
    elif design == "as estimated":
        spread = estimated
    return np.asarray(e * spread / np.sqrt(np.mean(spread**2)))


class Panel:
    """A study's regressors and weights, with outcomes made under a model."""

    def __init__(self, weights: str, fixed_effects: str) -> None:
        study = STUDIES[weights].but(weights=weights, fixed_effects=fixed_effects)
        self.base = study.spatial(lagged=None, correction="auto")
        residuals = self.base.fit().resids.to_numpy().reshape(self.base.data.shape)
        self.spread = np.sqrt(np.mean(residuals**2, axis=1, keepdims=True))

    def model(self, name: str, y: Array | None = None, *, printed: bool = False) -> SpatialPanel:
        """A model of the panel; as printed: maximum likelihood with dummy variables."""
        spec = self.base.spec
        lagged = spec.lagged if name in ("slx", "sdm") else ()
        correction = None if printed else spec.correction
        data = self.base.data if y is None else replace(self.base.data, y=y)
        return SpatialPanel.from_data(
            data, self.base.weights, replace(spec, model=name, lagged=lagged, correction=correction)
        )

    def outcomes(self, null: str, design: str, count: int, rng: np.random.Generator) -> Array:
        """Outcomes under a model with the study's own slopes, shape (N·T, count)."""
        model = self.model(null)
        at, (n, t) = model.estimate, model.data.shape
        signal = (raw_columns(model.data, model.weights, model.spec) @ at.b).reshape(n, t)
        made = np.empty((n * t, count))
        for j in range(count):
            e = np.sqrt(at.sigma2) * errors(design, self.spread, t, rng)
            move = model.weights.multiplier
            if null == "sem":
                y = signal + move(DEPENDENCE, e)
            else:
                y = move(DEPENDENCE, signal + e) if null == "sar" else signal + e
            made[:, j] = y.ravel()
        return made


def resampled(
    null: SpatialPanel,
    outcomes: Array,
    found: Array,
    statistic: Callable[[Array], Array],
    draws: int,
    rng: np.random.Generator,
    adjustment: str | None,
) -> Array:
    """Shares of outcomes whose bootstrap rejects, as `selection` makes it, in blocks for speed."""
    rejected, failures = np.zeros(found.shape[:-1]), 0
    for start in range(0, outcomes.shape[1], 10):
        block, made = [], []
        for j in range(start, min(start + 10, outcomes.shape[1])):
            data = replace(null.data, y=np.ascontiguousarray(outcomes[:, j]))
            try:
                fit = SpatialPanel.from_data(data, null.weights, null.spec).fit()
            except SpatialPanelError:
                # no interior maximum: the package gives no test, and the sample is left out
                failures += 1
                continue
            block.append(j)
            one = resampler(fit, adjustment=adjustment)
            made += [one.outcome(rng.choice(one.points, size=one.clusters)) for _ in range(draws)]
        values = statistic(np.column_stack(made))
        values = values.reshape(*values.shape[:-1], len(block), draws)
        larger = (values >= found[..., block, None]).sum(axis=-1)
        rejected += ((1 + larger) / (1 + draws) <= LEVEL).sum(axis=-1)
    return rejected / (outcomes.shape[1] - failures)


def lagrange(panel: Panel, design: str, count: int, draws: int, seed: int) -> Iterator[tuple]:
    """LM tests, LR of the lagged regressors and CD tests, in a model without spatial terms."""
    rng = np.random.default_rng(seed)
    y = panel.outcomes("ols", design, count, rng)
    ols, slx = panel.model("ols"), panel.model("slx")

    def lm(outcomes: Array, standardised: bool = True) -> Array:
        scores = lagrange_scores(ols.design, outcomes, standardised=standardised)
        return scores.statistics()

    def ratio(outcomes: Array) -> Array:
        return np.asarray(2 * (maxima(slx, outcomes) - maxima(ols, outcomes)))

    printed, found = lm(y, False), lm(y)
    for version, statistics in (("as printed", printed), ("corrected", found)):
        for name, size in zip(LM, (statistics > LM_CRITICAL).mean(axis=1), strict=True):
            yield name, version, size
    for name, size in zip(LM, resampled(ols, y, found, lm, draws, rng, None), strict=True):
        yield name, "bootstrap", size
    name, q = "LR SLX against OLS", len(slx.spec.lagged)
    plain = maxima(panel.model("slx", printed=True), y) - maxima(
        panel.model("ols", printed=True), y
    )
    yield name, "as printed", (2 * plain > chi2.isf(LEVEL, q)).mean()
    values = ratio(y)
    yield name, "corrected", (values > chi2.isf(LEVEL, q)).mean()
    yield name, "bootstrap", float(resampled(ols, y, values, ratio, draws, rng, "cr2"))
    fits = [panel.model("ols", np.ascontiguousarray(column)).fit() for column in y.T]
    yield (
        "Pesaran CD",
        "as printed",
        np.mean([abs(pesaran(fit)) > norm.isf(LEVEL / 2) for fit in fits]),
    )
    rejected = [weighted_cd(fit, seed=j).rejects() for j, fit in enumerate(fits)]
    yield "Weighted CD", "corrected", np.mean(rejected)


def pesaran(fit: PanelResults) -> float:
    """Pesaran's CD, which the package refuses with time effects."""
    r = np.corrcoef(fit.resids.to_numpy().reshape(fit.model.data.shape))
    n, t = fit.model.data.shape
    return float(np.sqrt(2 * t / (n * (n - 1))) * r[np.triu_indices(n, 1)].sum())


def simplifications(
    panel: Panel, null: str, design: str, count: int, draws: int, seed: int
) -> Iterator[tuple]:
    """LR and Wald tests of the Durbin model against a smaller one that is true."""
    rng = np.random.default_rng(seed)
    y = panel.outcomes(null, design, count, rng)
    small, full = panel.model(null), panel.model("sdm")
    q = 1 if null == "slx" else len(full.spec.lagged)
    rows = likelihood_counts(full.design)[0] if null == "slx" else None

    def ratio(outcomes: Array) -> Array:
        return np.asarray(2 * (maxima(full, outcomes) - maxima(small, outcomes, rows)))

    name, critical = f"LR SDM against {null.upper()}", chi2.isf(LEVEL, q)
    plain = [panel.model(model, printed=True) for model in ("sdm", null)]
    yield name, "as printed", (2 * (maxima(plain[0], y) - maxima(plain[1], y)) > critical).mean()
    found = ratio(y)
    yield name, "corrected", (found > critical).mean()
    yield name, "bootstrap", float(resampled(small, y, found, ratio, draws, rng, "cr2"))
    for version, printed, cov_type in (
        ("as printed", True, "observed"),
        ("corrected", False, "observed"),
        ("clustered", False, "clustered"),
        ("cr3", False, "cr3"),
    ):
        rejected = []
        for column in y.T:
            model = panel.model("sdm", np.ascontiguousarray(column), printed=printed)
            with contextlib.suppress(SpatialPanelError):
                rejected.append(wald(model.fit(cov_type), null).rejects(LEVEL))
        yield name.replace("LR", "Wald"), version, np.mean(rejected)


def effects(panel: Panel, design: str, count: int, draws: int, seed: int) -> Iterator[tuple]:
    """Hausman's and Mundlak's tests, with random effects as large as the errors."""
    rng = np.random.default_rng(seed)
    base = panel.base
    n, t = base.data.shape
    random = replace(base.spec, random_effects=True, fixed_effects="time", correction=None)
    noise = np.sqrt(base.estimate.sigma2)
    found: dict[tuple[str, str], list[bool]] = {}
    for number, column in enumerate(panel.outcomes("sdm", design, count, rng).T):
        y = column + noise * np.repeat(rng.normal(size=n), t)
        data = replace(base.data, y=y)
        pair = [
            SpatialPanel.from_data(data, base.weights, spec).fit()
            for spec in (replace(base.spec, correction=None), random)
        ]
        own = hausman(*pair, covariances="own")
        common = hausman(*pair, draws=draws, seed=number)
        found.setdefault(("Hausman", "as printed"), []).append(own.pvalue <= LEVEL)
        found.setdefault(("Hausman", "undefined, as printed"), []).append(
            bool(np.isnan(own.pvalue))
        )
        found.setdefault(("Hausman", "corrected"), []).append(common.pvalue <= LEVEL)
        found.setdefault(("Hausman", "bootstrap"), []).append(common.bootstrap <= LEVEL)
        found.setdefault(("Mundlak", "as printed"), []).append(mundlak(pair[1]).rejects(LEVEL))
        clustered = mundlak(pair[1].model.fit("cr3"))
        found.setdefault(("Mundlak", "cr3"), []).append(clustered.rejects(LEVEL))
    for (test, version), rejected in found.items():
        yield test, version, np.mean(rejected)


def table(weights: str, design: str, count: int, draws: int, seed: int) -> pd.DataFrame:
    """All tests under some weights and a design of the errors."""
    panel = Panel(weights, "twoway")
    rows = [(*row, count) for row in lagrange(panel, design, count, draws, seed)]
    for null in ("slx", "sar", "sem"):
        rows += [(*r, count) for r in simplifications(panel, null, design, count, draws, seed)]
    if weights == "rook":
        fewer = max(count // 5, 1)
        rows += [(*row, fewer) for row in effects(panel, design, fewer, 39, seed)]
    found = pd.DataFrame(rows, columns=["test", "version", "size", "replications"])
    found = found.assign(weights=weights, fixed_effects="twoway", design=design, seed=seed)
    return found[[*KEYS, "size", "replications", "seed"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", choices=STUDIES, nargs="*", default=list(STUDIES))
    parser.add_argument("--design", choices=DESIGNS, nargs="*", default=list(DESIGNS))
    parser.add_argument("--replications", type=int, default=500)
    parser.add_argument("--draws", type=int, default=199)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    FILE.parent.mkdir(exist_ok=True)
    for weights in given.weights:
        for design in given.design:
            made = table(weights, design, given.replications, given.draws, given.seed)
            if FILE.exists():
                made = pd.concat([pd.read_csv(FILE), made]).drop_duplicates(KEYS, keep="last")
            made.to_csv(FILE, index=False, float_format="%.4f")
            print(weights, design, flush=True)


if __name__ == "__main__":
    main()
