"""Tests between spatial panel models and of their errors: LM, LR, Wald, Hausman, Mundlak, CD."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import ndtr
from scipy.stats import chi2
from scipy.stats import f as f_distribution

from spillover.econometrics.checks import significance
from spillover.econometrics.selection.batch import lagrange_scores, maxima
from spillover.econometrics.spatialpanel import PanelResults, SpatialPanel, SpatialPanelError
from spillover.econometrics.spatialpanel.bootstrap import resampler
from spillover.econometrics.spatialpanel.corrections import likelihood_counts
from spillover.econometrics.spatialpanel.covariance import information, inverse
from spillover.econometrics.spatialpanel.data import Array

_BLOCK = 2_000_000
"""Numbers in one block of resampled outcomes."""
_FEW_CLUSTERS = 12
"""Up to here a sign for each cluster makes too few samples, and Webb's six points are drawn."""


@dataclass(frozen=True)
class HypothesisTest:
    """A test and its outcome.

    Attributes
    ----------
    name : of the test, as a table's row
    null : the hypothesis under test, in words
    statistic : its value
    df : degrees of freedom of the χ² or F distribution; NaN for a normal one, or where the
        statistic has no known distribution
    pvalue : probability of a larger statistic under the null; NaN where there is none
    note : why there is no p-value, or what else must be known
    denominator : second degrees of freedom of an F distribution; NaN for χ²
    bootstrap : p-value of the wild cluster bootstrap that imposes the null; NaN without one

    Examples
    --------
    >>> _chi_square("LR", "rho = 0", 3.841459, 1).verdict
    'rho = 0: rejected at 5 % (p = 0.050)'
    """

    name: str
    null: str
    statistic: float
    df: float
    pvalue: float
    note: str = ""
    denominator: float = np.nan
    bootstrap: float = np.nan

    @property
    def verdict(self) -> str:
        """What follows, in words, at the 5 % level."""
        return self.at()

    @property
    def decisive(self) -> float:
        """The p-value that decides: of the bootstrap where there is one."""
        return self.pvalue if np.isnan(self.bootstrap) else self.bootstrap

    def at(self, level: float = 0.05) -> str:
        """What follows, in words, at a level of significance."""
        significance(level, SpatialPanelError)
        p = self.decisive
        if np.isnan(p):
            return self.note
        outcome = "rejected" if self.rejects(level) else "not rejected"
        source = "p" if np.isnan(self.bootstrap) else "bootstrap p"
        shown = f"{source} < 0.001" if p < 0.001 else f"{source} = {p:.3f}"
        words = f"{self.null}: {outcome} at {100 * level:g} % ({shown})"
        return f"{words}; {self.note}" if self.note else words

    def rejects(self, level: float = 0.05) -> bool:
        """Whether the null is rejected; never where there is no p-value."""
        return bool(self.decisive <= significance(level, SpatialPanelError))


def _chi_square(
    name: str, null: str, statistic: float, df: int, bootstrap: float = np.nan
) -> HypothesisTest:
    """A test whose statistic is χ²(df) under the null."""
    pvalue = float(chi2.sf(statistic, df))
    return HypothesisTest(
        name, null, float(statistic), float(df), pvalue, bootstrap=float(bootstrap)
    )


def _wald(
    name: str, null: str, gap: Array, spread: Array, denominator: int | None
) -> HypothesisTest:
    """Test that `gap`, with covariance `spread`, is zero: χ², or F with clustered errors.

    With W = gap′spread⁻¹gap and q restrictions, C − 1 degrees of freedom of the covariance
    (`denominator`) make W·(C − q)/[q(C − 1)] an F(q, C − q), Hotelling's T² (Pustejovsky and
    Tipton 2018); for q = 1 it is the square of a t(C − 1). The statistic is W in both cases.
    """
    q = len(gap)
    statistic = float(gap @ np.linalg.solve(spread, gap))
    if denominator is None:
        return _chi_square(name, null, statistic, q)
    rest = denominator + 1 - q
    if rest < 1:
        why = f"no test: {q} restrictions, and {denominator + 1} clusters"
        return not_a_test(name, null, why, statistic)
    pvalue = float(f_distribution.sf(statistic * rest / (q * denominator), q, rest))
    return HypothesisTest(name, null, statistic, float(q), pvalue, denominator=float(rest))


def not_a_test(name: str, null: str, note: str, statistic: float = np.nan) -> HypothesisTest:
    """A comparison that has a value but no distribution, with the reason."""
    return HypothesisTest(name, null, float(statistic), np.nan, np.nan, note)


@dataclass(frozen=True)
class LagrangeTests:
    """The four panel LM tests and the joint one.

    Attributes
    ----------
    lag, error : of ρ = 0 and of λ = 0, each as if the other were zero
    robust_lag, robust_error : each whatever the other is (Anselin, Bera, Florax and Yoon 1996)
    joint : of ρ = λ = 0
    """

    lag: HypothesisTest
    error: HypothesisTest
    robust_lag: HypothesisTest
    robust_error: HypothesisTest
    joint: HypothesisTest

    def __iter__(self) -> Iterator[HypothesisTest]:
        return iter((self.error, self.robust_error, self.lag, self.robust_lag, self.joint))


def lagrange_tests(
    model: SpatialPanel, *, standardised: bool = True, draws: int = 0, seed: int = 0
) -> LagrangeTests:
    """Panel LM tests on the least-squares residuals of a model's transformed data.

    With e the residuals of Qy on Z, σ² = e′e/NT, T_W = tr(WW + W′W) and
    J = [(WZb)′M(WZb) + T·T_W·σ²]/σ²: LM_lag = (e′Wy/σ²)²/J; LM_err = (e′We/σ²)²/(T·T_W);
    robust LM_lag = (e′Wy/σ² − e′We/σ²)²/(J − T·T_W);
    robust LM_err = (e′We/σ² − (T·T_W/J)·e′Wy/σ²)²/[T·T_W(1 − T·T_W/J)], each χ²(1);
    joint = LM_err + robust LM_lag, χ²(2) (Elhorst 2010, *Spatial Economic Analysis* 5).

    These hold for many entities. In a panel of thirty, fitted regressors and effects give e′We
    a mean and a variance that are not zero and T·T_W: under time effects with a row-standardised
    W the mean is about −T, and the tests reject too often. The standardised versions put both in
    their place, exactly for normal errors, with σ² = e′e/rank(M) (Baltagi and Yang 2013,
    *Econometrics Journal* 16; the moments are those of Cliff and Ord 1981).

    Parameters
    ----------
    model : "ols" or "slx", whose effects and regressors are those of the tests
    standardised : False: the statistics as Stata, R and Elhorst's routines print them
    draws : samples of the wild cluster bootstrap, for p-values that allow for
        heteroskedasticity and serial correlation; 0: none
    seed : of the bootstrap

    Raises
    ------
    SpatialPanelError
        The model has a spatial coefficient, or random effects.
    """
    if not isinstance(model, SpatialPanel):
        raise SpatialPanelError(
            f"lagrange_tests() got a {type(model).__name__}; expected a SpatialPanel (the model "
            "of a fit is fit.model)"
        )
    if model.spec.spatial is not None or model.spec.random_effects:
        raise SpatialPanelError(
            f"LM tests start from the model without spatial coefficient; got {model.spec.model!r}: "
            "use model='ols' (or 'slx') with fixed effects"
        )

    def statistics(outcomes: Array) -> Array:
        scores = lagrange_scores(model.design, outcomes, standardised=standardised)
        return scores.statistics()

    found = statistics(model.data.y[:, None])[:, 0]
    resampled = (
        _wild_pvalues(model.fit(), statistics, found, draws, seed)
        if _check_draws(draws)
        else np.full(5, np.nan)
    )
    names = (
        ("LM lag", "no spatial lag", 1),
        ("LM error", "no spatial error", 1),
        ("Robust LM lag", "no spatial lag (error allowed for)", 1),
        ("Robust LM error", "no spatial error (lag allowed for)", 1),
        ("LM joint", "neither spatial lag nor error", 2),
    )
    tests = (
        _chi_square(name, null, statistic, df, bootstrap)
        for (name, null, df), statistic, bootstrap in zip(names, found, resampled, strict=True)
    )
    return LagrangeTests(*tests)


def _check_draws(draws: int) -> bool:
    """Whether there is anything to draw."""
    if isinstance(draws, bool) or not isinstance(draws, int | np.integer) or draws < 0:
        raise SpatialPanelError(f"draws={draws!r}; expected a number of samples, or 0 for none")
    return draws > 0


def _wild_pvalues(
    null: PanelResults,
    statistic: Callable[[Array], Array],
    found: Array,
    draws: int,
    seed: int,
    adjustment: str | None = None,
) -> Array:
    """Share of samples made under the null whose statistic is as large as the one found.

    The wild cluster bootstrap with the null imposed: residuals of the restricted fit, all of an
    entity with one random sign, go through its reduced form, and the statistic is computed anew
    (Cameron, Gelbach and Miller 2008). The sample itself counts as one.

    Parameters
    ----------
    statistic : function of outcomes, shape (N·T, B), with B in the last place of its result
    adjustment : of the residuals for leverage, see `resampler`
    """
    entities = len(null.model.weights)
    kind = "webb" if entities <= _FEW_CLUSTERS else "rademacher"
    resampled = resampler(null, kind, adjustment=adjustment)
    generator = np.random.default_rng(seed)
    signs = generator.choice(resampled.points, size=(draws, resampled.clusters))
    size = max(_BLOCK // null.nobs, 1)
    larger = np.zeros(np.shape(found))
    for start in range(0, draws, size):
        block = signs[start : start + size]
        outcomes = np.column_stack([resampled.outcome(sign) for sign in block])
        larger += (statistic(outcomes) >= np.asarray(found)[..., None]).sum(axis=-1)
    return np.asarray((1 + larger) / (1 + draws))


def likelihood_ratio(
    restricted: PanelResults, full: PanelResults, *, draws: int = 0, seed: int = 0
) -> HypothesisTest:
    """LR = 2(lnL_full − lnL_restricted), χ² with as many degrees as restrictions.

    The SEM is the SDM with θ = −ρβ only if every column of X is lagged; otherwise the value is
    given without a p-value, for it can be negative. A model without spatial coefficient is
    compared by the likelihood of the larger one at zero.

    With draws, the wild cluster bootstrap that imposes the smaller model gives a p-value that
    allows for heteroskedasticity and serial correlation, in which the χ² one does not hold.

    Parameters
    ----------
    restricted, full : results of `SpatialPanel.fit`, of the smaller and of the larger model
    draws : samples of the bootstrap; 0: none
    seed : of the bootstrap

    Raises
    ------
    SpatialPanelError
        Different data, W, effects or corrections; models that are not nested at all; a bootstrap
        with random effects.
    """
    _check_fits(restricted=restricted, full=full)
    _check_comparable(restricted, full)
    small, large = restricted.model, full.model
    name = f"LR {large.spec.model.upper()} against {small.spec.model.upper()}"
    null = f"{small.spec.model.upper()} suffices"
    bootstrap = _check_draws(draws)
    # a model without spatial coefficient gets the rows of the larger one, corrected or not
    rows = likelihood_counts(large.design)[0] if small.spec.spatial is None else None
    statistic = 2 * (full.loglik - _loglik(restricted, rows))
    why = _why_not_nested(restricted, full)
    if why:
        return not_a_test(name, null, f"not a test: {why}", statistic)
    df = len(full.params) - len(restricted.params)
    if df == 0:
        same = large.spec.model.upper()
        raise SpatialPanelError(f"both fits are the same {same}: there is nothing to test")
    if not bootstrap:
        return _chi_square(name, null, statistic, df)
    if small.spec.random_effects:
        raise SpatialPanelError("the bootstrap of LR tests is for fixed effects; use draws=0")

    def ratio(outcomes: Array) -> Array:
        return np.asarray(2 * (maxima(large, outcomes) - maxima(small, outcomes, rows)))

    pvalue = _wild_pvalues(restricted, ratio, np.asarray(statistic), draws, seed, "cr2")
    return _chi_square(name, null, statistic, df, float(pvalue))


def _loglik(fit: PanelResults, rows: int | None) -> float:
    """The log-likelihood; of a model without spatial coefficient for n = `rows`."""
    if rows is None or rows == fit.estimate.n:
        return fit.loglik
    return float(maxima(fit.model, fit.model.data.y[:, None], rows)[0])


def _check_fits(**fits: object) -> None:
    for name, given in fits.items():
        if not isinstance(given, PanelResults):
            raise SpatialPanelError(
                f"{name} is a {type(given).__name__}; expected the result of "
                "SpatialPanel(...).fit()"
            )


def _check_comparable(one: PanelResults, other: PanelResults) -> None:
    a, b = one.model, other.model
    corrected = a.spec.spatial is not None and b.spec.spatial is not None
    faults = {
        "data": not _same_data(a, b),
        "W": not _same_weights(a, b),
        "effects": a.spec.effects_in_words != b.spec.effects_in_words,
        "corrections": corrected and a.spec.correction != b.spec.correction,
        "transformations": a.spec.lag_after_demeaning != b.spec.lag_after_demeaning,
    }
    wrong = [fault for fault, found in faults.items() if found]
    if wrong:
        raise SpatialPanelError(
            f"the two fits have different {' and '.join(wrong)}; a test compares two models of "
            "the same y, X and W"
        )


def _same_data(a: SpatialPanel, b: SpatialPanel) -> bool:
    one, other = a.data, b.data
    return one is other or (
        one.names == other.names
        and one.index.equals(other.index)
        and np.array_equal(one.y, other.y)
        and np.array_equal(one.X, other.X)
    )


def _same_weights(a: SpatialPanel, b: SpatialPanel) -> bool:
    one, other = a.weights, b.weights
    if one is other:
        return True
    same_entities = one.entities.equals(other.entities)
    return same_entities and (one.matrix != other.matrix).nnz == 0


def _why_not_nested(restricted: PanelResults, full: PanelResults) -> str:
    small, large = restricted.model.spec, full.model.spec
    ladder = {
        "sdm": ("sar", "slx", "sem", "ols", "sdm"),
        "sdem": ("sem", "slx", "ols", "sdem"),
        "sar": ("ols",),
        "sem": ("ols",),
        "slx": ("ols", "slx"),
        "ols": (),
    }
    if small.model not in ladder[large.model]:
        raise SpatialPanelError(
            f"{small.model.upper()} is not a special case of {large.model.upper()}; compare them "
            "by aic or bic"
        )
    if not set(small.lagged) <= set(large.lagged):
        return "the smaller model lags columns that the larger one does not"
    if (small.model, large.model) == ("sem", "sdm"):
        return _why_error_not_nested(full)
    return ""


def _why_error_not_nested(full: PanelResults) -> str:
    spec, names = full.model.spec, full.model.data.names
    if set(spec.lagged) != set(names):
        return "SEM is nested in the Durbin model only if every column of X is lagged"
    if spec.lag_after_demeaning and spec.fixed_effects in ("time", "twoway"):
        return "with W(Qy) and time effects the SEM is not a special case of the Durbin model"
    if spec.random_effects is True:
        return "the SEM with random effects outside its error is not a special case of the SDM"
    return ""


def wald(full: PanelResults, against: str) -> HypothesisTest:
    """Wald test of the restrictions that turn a model into a smaller one.

    "sar" (from the SDM), "sem" (from the SDEM) and "ols" (from SLX): θ = 0; "sem" (from the
    SDM): θ + ρβ = 0, Jacobian [ρI, I, β]; "slx": ρ = 0 or λ = 0. The covariance is that of the
    fit. With C clusters the p-value is that of Hotelling's F(q, C − q), and of χ²(q) otherwise.

    Raises
    ------
    SpatialPanelError
        The fit is not an SDM, SDEM or SLX, or `against` is not one of its special cases.
    """
    _check_fits(full=full)
    model = full.model.spec.model
    cases = {"sdm": ("sar", "sem", "slx"), "sdem": ("sem", "slx"), "slx": ("ols",)}
    if against not in cases.get(model, ()):
        raise SpatialPanelError(
            f"no Wald test of {model!r} against {against!r}; expected 'sdm' against 'sar', 'sem' "
            "or 'slx', 'sdem' against 'sem' or 'slx', or 'slx' against 'ols'"
        )
    if not full.model.spec.lagged:
        raise SpatialPanelError("the model lags no column of X: there is nothing to test")
    params, cov = full.estimate.theta, full.cov.to_numpy()
    gap, jacobian = _restrictions(full, against, params)
    name = f"Wald {model.upper()} against {against.upper()}"
    null = f"{against.upper()} suffices"
    test = _wald(name, null, gap, jacobian @ cov @ jacobian.T, full.df)
    if (model, against) == ("sdm", "sem"):
        why = _why_error_not_nested(full)
        if why:
            return not_a_test(name, null, f"not a test: {why}", test.statistic)
    return test


def _restrictions(full: PanelResults, against: str, params: Array) -> tuple[Array, Array]:
    own, lag = full.model.positions
    own, lag = own[lag >= 0], lag[lag >= 0]
    if against == "slx":
        jacobian = np.zeros((1, len(params)))
        jacobian[0, -1] = 1.0
        return params[-1:], jacobian
    rows = np.arange(len(lag))
    jacobian = np.zeros((len(lag), len(params)))
    jacobian[rows, lag] = 1.0
    if full.model.spec.model != "sdm" or against == "sar":
        return params[lag], jacobian
    jacobian[rows, own] = params[-1]
    jacobian[:, -1] = params[own]
    return params[lag] + params[-1] * params[own], jacobian


def hausman(
    fixed: PanelResults,
    random: PanelResults,
    *,
    covariances: str = "common",
    draws: int = 0,
    seed: int = 0,
) -> HypothesisTest:
    """Hausman's test of random against fixed entity effects, on the coefficients they share.

    H = d′(V_fixed − V_random)⁻¹d, d the difference of slopes and spatial coefficient; χ² with
    as many degrees (Hausman 1978). With "common" covariances both are those of expected
    information at the estimates under the null, with one σ² (as sigmamore in Stata) and no
    correction for time effects: the random effects' information is that within entities plus that
    between them, so that the difference is positive definite and H is always defined. As it
    counts the variance between entities as known, the χ² rejects too often where they are few for
    the regressors: at 30 entities and 14 regressors in 24 % of samples with independent errors,
    in 76 % with serial correlation and unequal variances. The bootstrap has 4–8 %
    (``data/simulated/test_size.csv``).

    Parameters
    ----------
    fixed, random : results of `SpatialPanel.fit`
    covariances : "common"; "own": those of the two fits, as Stata's hausman has it. Their
        difference need not be positive definite; where it is not, there is no p-value
    draws : samples of the wild bootstrap by entity that imposes random effects; 0: none
    seed : of the bootstrap

    Raises
    ------
    SpatialPanelError
        Different models, data or W; effects other than entity (two-way) against random (random
        with time effects); common covariances or a bootstrap where random effects are outside a
        spatial error.
    """
    _check_fits(fixed=fixed, random=random)
    a, b = fixed.model, random.model
    pairs = {("entity", "none"), ("twoway", "time")}
    if not b.spec.random_effects or (a.spec.fixed_effects, b.spec.fixed_effects) not in pairs:
        raise SpatialPanelError(
            "Hausman compares entity effects with random effects, or two-way effects with "
            f"random entity and fixed time effects; got {a.spec.effects_in_words!r} and "
            f"{b.spec.effects_in_words!r}"
        )
    same = a.spec.model == b.spec.model and a.spec.lagged == b.spec.lagged
    if not same or not _same_data(a, b) or not _same_weights(a, b):
        raise SpatialPanelError("Hausman needs the same model on the same data and W, twice")
    if covariances not in ("common", "own"):
        raise SpatialPanelError(f"covariances={covariances!r}; expected 'common' or 'own'")
    name, null = "Hausman", "random effects are uncorrelated with X"
    if covariances == "own":
        return _hausman_of_fits(name, null, fixed, random)
    if random.estimate.kappa is not None:
        raise SpatialPanelError(
            "common covariances are not available for random effects outside a spatial error; use "
            "covariances='own', or random_effects='kkp'"
        )
    statistic = _hausman_statistic(a, b)
    df = len(fixed.params)
    if not _check_draws(draws):
        return _chi_square(name, null, statistic, df)

    def each(outcomes: Array) -> Array:
        panels = [replace(a.data, y=np.ascontiguousarray(column)) for column in outcomes.T]
        models = [
            tuple(SpatialPanel.from_data(data, m.weights, m.spec) for m in (a, b))
            for data in panels
        ]
        return np.array([_hausman_statistic(*pair) for pair in models])

    pvalue = _wild_pvalues(random, each, np.asarray(statistic), draws, seed)
    return _chi_square(name, null, statistic, df, float(pvalue))


def _hausman_statistic(fixed: SpatialPanel, random: SpatialPanel) -> float:
    """H with both covariances of expected information at the random effects' estimates."""
    # time effects, if any, as the random effects model has them: without correction
    plain = replace(fixed.spec, correction=None)
    at, own = random.estimate, SpatialPanel.from_data(fixed.data, fixed.weights, plain).estimate
    k = len(own.b)
    skip = len(at.b) - k
    count = k + (at.rho is not None)
    n, t = fixed.data.shape
    here = replace(own, b=at.b[skip:], rho=at.rho, sigma2=at.sigma2, n=n * (t - 1), m=t - 1)
    within_entities = inverse(information(fixed.design, here, expected=True))[:count, :count]
    rows = slice(skip, skip + count)
    whole = inverse(information(random.design, at, expected=True))[rows, rows]
    gap = own.theta - at.theta[skip:]
    scale = 1 / np.sqrt(np.diag(within_entities))
    spread = (within_entities - whole) * np.outer(scale, scale)
    return float((gap * scale) @ np.linalg.solve(spread, gap * scale))


def _hausman_of_fits(
    name: str, null: str, fixed: PanelResults, random: PanelResults
) -> HypothesisTest:
    shared = [label for label in fixed.params.index if label in random.params.index]
    gap = (fixed.params[shared] - random.params[shared]).to_numpy()
    spread = (fixed.cov.loc[shared, shared] - random.cov.loc[shared, shared]).to_numpy()
    scale = 1 / np.sqrt(np.diag(fixed.cov.loc[shared, shared].to_numpy()))
    if np.linalg.eigvalsh(spread * np.outer(scale, scale)).min() <= 0:
        why = "no test: the difference of the covariances is not positive definite"
        return not_a_test(name, null, why)
    return _chi_square(name, null, float(gap @ np.linalg.solve(spread, gap)), len(gap))


def mundlak(random: PanelResults) -> HypothesisTest:
    """Wald test that means over time of X (and WX) do not belong in a random-effects model.

    Under the null they have no effect, so that random effects are uncorrelated with X (Mundlak
    1978; Debarsy 2012 for the Durbin model). The covariance is that of the fit; the distribution
    as in `wald`: χ² with as many degrees as means, or Hotelling's F with clustered errors. The
    χ² rejects too often where entities are few for the number of means.

    Raises
    ------
    SpatialPanelError
        Not a fit with random effects, or no column of X varies over time and between entities.
    """
    _check_fits(random=random)
    model = random.model
    if not model.spec.random_effects:
        raise SpatialPanelError("Mundlak's test starts from a fit with random_effects=True")
    data, spec = model.data, model.spec
    n, t = data.shape
    cube = data.X.reshape(n, t, -1)
    means = cube.mean(axis=1)
    moves = np.abs(cube - means[:, None, :]).max(axis=(0, 1)) > 1e-12 * np.abs(data.X).max(axis=0)
    use = moves & (np.ptp(means, axis=0) > 0)
    if not use.any():
        raise SpatialPanelError("no column of X varies both over time and between entities")
    varying = [name for name, wanted in zip(data.names, use, strict=True) if wanted]
    added = tuple(f"mean_{name}" for name in varying)
    extended = replace(
        data,
        X=np.concatenate([data.X, np.repeat(means[:, use], t, axis=0)], axis=1),
        names=data.names + added,
        columns=pd.Index(data.names + added),
    )
    lagged = spec.lagged + tuple(f"mean_{name}" for name in varying if name in spec.lagged)
    wider = SpatialPanel.from_data(extended, model.weights, replace(spec, lagged=lagged))
    fit = wider.fit(random.inference.cov_type)
    wanted = {*added, *(f"W_{name}" for name in added)}
    tested = [i for i, name in enumerate(fit.names) if name in wanted]
    gap = fit.estimate.theta[tested]
    spread = fit.cov_full[np.ix_(tested, tested)]
    return _wald("Mundlak", "random effects are uncorrelated with X", gap, spread, fit.df)


def pesaran_cd(fit: PanelResults) -> HypothesisTest:
    """Pesaran's (2004) CD = √(2T/(N(N−1)))·Σ_{i<j} r_ij, standard normal without dependence.

    r_ij is the correlation over time of the residuals of i and j. Time effects make residuals
    sum to zero over entities in each period, so that Σ r_ij cannot be far from −N/2 and CD is
    about −√(T/2) whatever the errors: there the test is refused (Juodis and Reese 2022), and
    `weighted_cd` takes its place.

    Raises
    ------
    SpatialPanelError
        Time effects; fewer than three periods; an entity whose residuals do not vary.
    """
    _check_fits(fit=fit)
    if fit.model.spec.fixed_effects in ("time", "twoway"):
        raise SpatialPanelError(
            "Pesaran's CD has no distribution with time effects, which make residuals sum to zero "
            "in each period; use weighted_cd()"
        )
    z, (n, t) = _standardised_residuals(fit), fit.model.data.shape
    # Σ_{i<j} r_ij from the sum of the standardised series: no N × N matrix
    pairs = (np.square(z.sum(axis=0)).sum() - n) / 2
    return _normal(
        "Pesaran CD",
        "no cross-section dependence of residuals",
        float(np.sqrt(2 * t / (n * (n - 1))) * pairs),
    )


def weighted_cd(fit: PanelResults, *, seed: int = 0) -> HypothesisTest:
    """Juodis and Reese's (2022) CD_W = √(2T/(N(N−1)))·Σ_{i<j} w_i w_j r_ij, standard normal.

    The w_i are random signs, the same for all periods, which undo what time effects or estimated
    factors do to Pesaran's CD (*Journal of Business & Economic Statistics* 40; xtcd2 in Stata).
    It sees dependence only through correlations that are larger than chance makes them, so its
    power is low; serial correlation, too, makes them larger.

    Parameters
    ----------
    fit : whose residuals are tested
    seed : of the signs; the value differs from seed to seed

    Raises
    ------
    SpatialPanelError
        Fewer than three periods, or an entity whose residuals do not vary.
    """
    _check_fits(fit=fit)
    z, (n, t) = _standardised_residuals(fit), fit.model.data.shape
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(n, 1))
    pairs = (np.square((signs * z).sum(axis=0)).sum() - n) / 2
    return _normal(
        "Weighted CD",
        "no cross-section dependence of residuals",
        float(np.sqrt(2 * t / (n * (n - 1))) * pairs),
    )


def _standardised_residuals(fit: PanelResults) -> Array:
    """Residuals less their mean over time, each entity's of length one, shape (N, T)."""
    n, t = fit.model.data.shape
    if t < 3:
        raise SpatialPanelError(f"a CD test needs three periods or more; the panel has {t}")
    e = fit.resids.to_numpy().reshape(n, t)
    e = e - e.mean(axis=1, keepdims=True)
    size = np.linalg.norm(e, axis=1, keepdims=True)
    if (size == 0).any():
        raise SpatialPanelError("residuals of an entity do not vary: no correlation is defined")
    return np.asarray(e / size)


def _normal(name: str, null: str, statistic: float) -> HypothesisTest:
    """A test whose statistic is standard normal under the null, two-sided."""
    pvalue = float(2 * ndtr(-abs(statistic)))
    return HypothesisTest(name, null, statistic, np.nan, pvalue)
