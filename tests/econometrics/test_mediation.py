"""The mediated effect against known truth, against Sobel's formula and against plain matrices."""

import joblib
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import kstest
from scipy.stats import t as student

from spillover.econometrics.confidence import fieller
from spillover.econometrics.mediation import MediationError, mediate
from spillover.econometrics.mediation.draws import Resampler, bootstrap, simulate
from spillover.econometrics.mediation.results import _from_draws
from spillover.econometrics.mediation.system import QUANTITIES, quantities, stacked_covariance
from spillover.econometrics.spatialpanel import SpatialPanel, SpatialPanelError

N, T = 36, 8


def lattice(side=6):
    """Rook neighbours on a square lattice, row-standardised."""
    n = side * side
    row, column = np.divmod(np.arange(n), side)
    near = np.abs(row[:, None] - row) + np.abs(column[:, None] - column) == 1
    return pd.DataFrame(near / near.sum(axis=1, keepdims=True))


W = lattice()
TRUE = {
    "first": {"rho": 0.3, "beta": 0.8, "theta": 0.4},
    "second": {"rho": 0.4, "beta": 0.5, "theta": 0.3},
    "rest": {"rho": 0.4, "beta": 0.6, "theta": -0.2},
}


def matrix(rho, beta, theta):
    w, identity = W.to_numpy(), np.eye(len(W))
    return np.linalg.inv(identity - rho * w) @ (beta * identity + theta * w)


def simulated(seed, spatial=True, missing=None):
    rng = np.random.default_rng(seed)
    w, identity = W.to_numpy(), np.eye(N)
    index = pd.MultiIndex.from_product([range(N), range(T)], names=["unit", "year"])
    x, c = rng.normal(size=(2, N, T))
    unit = rng.normal(size=(2, N, 1))
    e = rng.normal(size=(2, N, T))
    lag = (lambda t: t) if spatial else (lambda t: t | {"rho": 0.0, "theta": 0.0})
    first, second, rest = (
        lag(TRUE[k] | ({"beta": 0.0, "theta": 0.0} if k == missing else {}))
        for k in ("first", "second", "rest")
    )
    inverse = [np.linalg.inv(identity - t["rho"] * w) for t in (first, second)]
    m = matrix(**first) @ x + inverse[0] @ (0.5 * c + unit[0] + e[0])
    y = matrix(**rest) @ x + matrix(**second) @ m + inverse[1] @ (c + unit[1] + e[1])
    X = pd.DataFrame({"x": x.ravel(), "c": c.ravel()}, index=index)
    series = (pd.Series(v.ravel(), index=index, name=n) for v, n in ((y, "y"), (m, "m")))
    return (*series, X)


@pytest.fixture(scope="module")
def result():
    y, m, X = simulated(1)
    return mediate(y, X, "x", m, W, fixed_effects="entity")


def test_recovers_the_truth_on_average_and_covers_it():
    product = matrix(**TRUE["second"]) @ matrix(**TRUE["first"])
    direct, total = np.trace(product) / N, product.sum() / N
    truth = pd.Series({"direct": direct, "indirect": total - direct, "total": total})
    tables = []
    for seed in range(40):
        y, m, X = simulated(100 + seed)
        found = mediate(y, X, "x", m, W, fixed_effects="entity")
        tables.append(found.quantities().loc["mediated"])
    estimates = pd.DataFrame([t["effect"] for t in tables])
    error = estimates.std() / np.sqrt(len(tables))
    assert (np.abs(estimates.mean() - truth) < 3.5 * error).all()
    covered = np.mean([(t["low"] < truth) & (truth < t["high"]) for t in tables])
    assert 0.85 <= covered <= 1
    # standard errors are of the size of the spread they estimate
    claimed = pd.DataFrame([t["std_error"] for t in tables]).mean()
    np.testing.assert_allclose(claimed, estimates.std(), rtol=0.35)


def test_without_space_it_is_sobels_product():
    y, m, X = simulated(2, spatial=False)
    found = mediate(y, X, "x", m, W, "observed", True, model="ols", fixed_effects="none")
    first = sm.OLS(m, sm.add_constant(X)).fit()
    second = sm.OLS(y, sm.add_constant(X.assign(m=m))).fit()
    total = sm.OLS(y, sm.add_constant(X)).fit()
    a, b = first.params["x"], second.params["m"]
    # maximum likelihood divides by n, least squares by n − k
    n = len(y)
    va = first.bse["x"] ** 2 * (n - 3) / n
    vb = second.bse["m"] ** 2 * (n - 4) / n
    row = found.effects().loc["mediated"]
    assert row["direct", "effect"] == pytest.approx(a * b)
    assert row["direct", "std_error"] == pytest.approx(np.sqrt(a**2 * vb + b**2 * va))
    assert row["indirect", "effect"] == pytest.approx(0, abs=1e-12)
    # product and difference of coefficients agree in least squares
    gap = found.effects().loc["gap", "direct"]
    assert gap["effect"] == pytest.approx(0, abs=1e-10)
    assert np.isnan(gap["std_error"])
    shares = found.shares()["share"].xs("direct", level="kind")
    np.testing.assert_allclose(shares, 1 - second.params["x"] / total.params["x"])


def test_mediated_effect_is_the_product_of_matrices(result):
    p, q = (fit.params for fit in result.system.fits[1:])
    first = matrix(p["rho"], p["x"], p["W_x"])
    second = matrix(q["rho"], q["m"], q["W_m"])
    product = second @ first
    table = result.effects()
    assert table.loc["mediated", ("direct", "effect")] == pytest.approx(np.trace(product) / N)
    assert table.loc["mediated", ("total", "effect")] == pytest.approx(product.sum() / N)
    for path, fit, name in (
        ("total effect", result.system.fits[0], "x"),
        ("mediator to outcome", result.system.fits[2], "m"),
        ("not mediated", result.system.fits[2], "x"),
    ):
        effects = fit.effects().loc[name]
        for kind in ("direct", "indirect", "total"):
            assert table.loc[path, (kind, "effect")] == pytest.approx(effects[kind, "effect"])
            error = table.loc[path, (kind, "std_error")]
            assert error == pytest.approx(effects[kind, "std_error"])


def test_routes_by_explicit_sums(result):
    p, q = (fit.params for fit in result.system.fits[1:])
    first = matrix(p["rho"], p["x"], p["W_x"])
    second = matrix(q["rho"], q["m"], q["W_m"])
    sums = np.zeros(5)
    for i in range(N):
        for j in range(N):
            for k in range(N):
                away = 2 if j == i else 3 if j == k else 4
                route = int(j != i) if i == k else away
                sums[route] += second[i, j] * first[j, k] / N
    np.testing.assert_allclose(result.routes()["effect"], sums, atol=1e-12)
    mediated = result.effects().loc["mediated"]
    assert sums[:2].sum() == pytest.approx(mediated["direct", "effect"])
    assert sums[2:].sum() == pytest.approx(mediated["indirect", "effect"])


def test_delta_errors_by_numerical_derivatives(result):
    """Every error again, from a Jacobian by central differences."""
    system = result.system
    at = np.concatenate(system.parameters)
    ends = np.cumsum([len(p) for p in system.parameters])[:-1]

    def paths(theta):
        return quantities(system.models, np.split(theta, ends), "x", "m")

    step = 1e-6
    columns = [(paths(at + step * e) - paths(at - step * e)) / (2 * step) for e in np.eye(len(at))]
    jacobian = np.array(columns).T
    expected = np.sqrt(np.diag(jacobian @ system.covariance @ jacobian.T))
    np.testing.assert_allclose(result.quantities()["std_error"], expected, rtol=1e-6)


def test_stacked_blocks_are_the_robust_covariances(result):
    joint = stacked_covariance(result.system.fits)
    begin = 0
    for fit in result.system.fits:
        p = len(fit.names)
        block = joint[begin : begin + p, begin : begin + p]
        np.testing.assert_allclose(block, fit.cov.to_numpy(), rtol=1e-8)
        begin += p
    assert np.linalg.eigvalsh(joint).min() > -1e-12


def test_stacked_covariance_of_least_squares_by_hand():
    """Σ_i (X̃′X̃)⁻¹X̃_i′e_i u_i′Z̃_i(Z̃′Z̃)⁻¹ between two regressions."""
    y, m, X = simulated(3, spatial=False)
    found = mediate(
        y, X, "x", m, W, "robust", small_sample=False, model="ols", fixed_effects="none"
    )
    one = X.assign(const=1.0)[["const", "x", "c"]].to_numpy()
    two = X.assign(const=1.0, m=m)[["const", "x", "c", "m"]].to_numpy()
    parts = []
    for Z, target in ((one, y), (one, m), (two, y)):
        bread = np.linalg.inv(Z.T @ Z)
        e = target.to_numpy() - Z @ bread @ Z.T @ target.to_numpy()
        scores = (Z * e[:, None]).reshape(N, T, -1).sum(axis=1)
        parts.append(scores @ bread)
    together = np.concatenate(parts, axis=1)
    np.testing.assert_allclose(found.system.covariance, together.T @ together, rtol=1e-7)


def test_small_samples_enlarge_the_covariance_as_statas_factor_does():
    """N/(N − 1)·(NT − 1)/(NT − k), k of each equation; between two, the roots of both."""
    y, m, X = simulated(3)
    plain, small = (
        mediate(y, X, "x", m, W, "robust", fixed_effects="entity", small_sample=s)
        for s in (False, True)
    )
    scales = []
    for one, other in zip(small.system.fits, plain.system.fits, strict=True):
        k = len(one.names) + 1
        factor = N / (N - 1) * (N * T - 1) / (N * T - k)
        np.testing.assert_allclose(one.cov, other.cov * factor)
        scales += [np.sqrt(factor)] * len(one.names)
    expected = plain.system.covariance * np.outer(scales, scales)
    np.testing.assert_allclose(small.system.covariance, expected)


def test_wild_samples_vary_as_the_jackknife_of_entities_does():
    """Without space, Var(b*) over all signs is Σ_i d_i d_i′, d_i the change without entity i."""
    y, m, X = simulated(3, spatial=False)
    system = mediate(y, X, "x", m, W, model="ols", fixed_effects="none").system
    draws = bootstrap(system, 1500, seed=2)
    drawn = draws.values[:, QUANTITIES.get_loc(("exposure to mediator", "direct"))]
    whole = sm.OLS(m, sm.add_constant(X)).fit().params["x"]
    keep = [X.index.get_level_values(0) != i for i in range(N)]
    without = [sm.OLS(m[k], sm.add_constant(X[k])).fit().params["x"] for k in keep]
    expected = np.sqrt(np.square(np.array(without) - whole).sum())
    assert drawn.std() == pytest.approx(expected, rel=0.07)
    assert drawn.mean() == pytest.approx(whole, abs=4 * expected / np.sqrt(1500))


def test_wild_samples_sign_the_two_equations_independently(result):
    """Σ e_m′e_y must vary as much as independent signs make it: Σ_i (e_mi′e_yi)²."""
    sampler = Resampler.of(result.system, "wild")
    rng = np.random.default_rng(7)
    W_, (p, q) = W.to_numpy(), (fit.params for fit in result.system.fits[1:])
    alpha, phi = q["m"], q["W_m"]
    sums = []
    for _ in range(400):
        moved, answer = (
            (new - fit.model.data.y).reshape(N, T)
            for new, fit in zip(sampler.regenerate(rng), result.system.fits[1:], strict=True)
        )
        e_m = (np.eye(N) - p["rho"] * W_) @ moved + sampler.mediator.residuals
        e_y = (np.eye(N) - q["rho"] * W_) @ answer + sampler.outcome.residuals
        e_y -= alpha * moved + phi * W_ @ moved
        np.testing.assert_allclose(np.abs(e_m), np.abs(sampler.mediator.enlarged), atol=1e-8)
        sums.append((e_m * e_y).sum())
    each = (sampler.mediator.enlarged * sampler.outcome.enlarged).sum(axis=1)
    assert np.std(sums) == pytest.approx(np.sqrt(np.square(each).sum()), rel=0.15)


def test_bootstrap_regenerates_by_the_reduced_form(result):
    """Rebuild one wild sample from scratch: effects recovered, equations solved year by year."""
    total, mediator, outcome = result.system.fits
    sampler = Resampler.of(result.system, "wild")
    rng = np.random.default_rng(5)
    signs = [rng.choice([-1.0, 1.0], size=N)[:, None] for _ in range(2)]
    new_m, new_y = sampler.regenerate(np.random.default_rng(5))
    y, m = (fit.model.data.y.reshape(N, T) for fit in (outcome, mediator))
    x, c = (total.model.data.X[:, j].reshape(N, T) for j in (0, 1))
    w = W.to_numpy()
    p, q = mediator.params, outcome.params
    linear_m = p["x"] * x + p["c"] * c + w @ (p["W_x"] * x + p["W_c"] * c)
    e_m = mediator.resids.to_numpy().reshape(N, T)
    unit_m = m - p["rho"] * w @ m - linear_m - e_m
    np.testing.assert_allclose(unit_m, unit_m[:, :1] + np.zeros(T), atol=1e-8)
    drawn_m = signs[0] * sampler.mediator.enlarged
    expected = np.linalg.solve(np.eye(N) - p["rho"] * w, linear_m + unit_m + drawn_m)
    np.testing.assert_allclose(new_m.reshape(N, T), expected, atol=1e-8)
    e_y = outcome.resids.to_numpy().reshape(N, T)

    def linear_y(mediator):
        own = q["x"] * x + q["c"] * c + q["m"] * mediator
        return own + w @ (q["W_x"] * x + q["W_c"] * c + q["W_m"] * mediator)

    unit_y = y - q["rho"] * w @ y - linear_y(m) - e_y
    right = linear_y(expected) + unit_y + signs[1] * sampler.outcome.enlarged
    answer = np.linalg.solve(np.eye(N) - q["rho"] * w, right)
    np.testing.assert_allclose(new_y.reshape(N, T), answer, atol=1e-8)


@pytest.mark.parametrize("kind", ["wild", "block"])
def test_bootstrap_agrees_with_delta(result, kind):
    draws = bootstrap(result.system, 200, seed=4, kind=kind)
    for path in ("exposure to mediator", "mediator to outcome", "mediated"):
        ours = result.quantities(draws).loc[path, "std_error"]
        delta = result.quantities().loc[path, "std_error"]
        np.testing.assert_allclose(ours, delta, rtol=0.3)


def test_bootstrap_does_not_depend_on_the_number_of_processes(result):
    one = bootstrap(result.system, 4, seed=4)
    with joblib.parallel_config(backend="threading"):
        two = bootstrap(result.system, 4, seed=4, jobs=2)
    np.testing.assert_array_equal(one.values, two.values)


def test_simulation_agrees_with_delta(result):
    """A t(35) has a variance of 35/33."""
    draws = simulate(result.system, 1500, seed=2)
    ours = result.quantities(draws).loc["mediated", "std_error"]
    delta = result.quantities().loc["mediated", "std_error"]
    np.testing.assert_allclose(ours, delta * np.sqrt(35 / 33), rtol=0.15)


def test_simulation_draws_from_the_t_distribution(result):
    """A path of one equation without space is a t(35) around its estimate: compare quantiles."""
    y, m, X = simulated(3, spatial=False)
    found = mediate(y, X, "x", m, W, model="ols", fixed_effects="none")
    drawn = found.simulate(4000, seed=1).values
    row = found.quantities().loc[("exposure to mediator", "direct")]
    place = QUANTITIES.get_loc(("exposure to mediator", "direct"))
    z = (drawn[:, place] - row["effect"]) / row["std_error"]
    assert kstest(z, student(N - 1).cdf).pvalue > 0.001
    assert found.system.df == N - 1
    assert row["high"] == pytest.approx(row["effect"] + student(N - 1).ppf(0.975) * row.std_error)


@pytest.mark.parametrize("missing", ["first", "second"])
def test_intervals_cover_no_mediation(missing):
    """With one link missing the mediated effect is zero; all designs are in the benchmark."""
    covered = []
    for seed in range(50):
        y, m, X = simulated(500 + seed, missing=missing)
        found = mediate(y, X, "x", m, W, level=0.8, fixed_effects="entity")
        table = found.quantities(found.simulate(100, seed=seed)).loc["mediated"]
        covered.append((table["low"] < 0) & (table["high"] > 0))
    assert 0.68 <= np.mean(covered) <= 0.92


def test_bias_correction_by_hand():
    """BC limits are quantiles at Φ(2z₀ ± z), z₀ = Φ⁻¹(share of draws below the estimate)."""
    from scipy.stats import norm

    draws = np.arange(1000.0)[:, None]
    found = _from_draws(np.array([299.5]), draws, "bias-corrected", 0.9)
    shift = norm.ppf(0.3)
    for end, tail in ((found["low"], 0.05), (found["high"], 0.95)):
        place = norm.cdf(2 * shift + norm.ppf(tail))
        assert end[0] == pytest.approx(np.quantile(draws, place))


@pytest.mark.parametrize("seed", range(6))
def test_share_is_bounded_just_where_the_denominator_is_not_zero(seed):
    """Half of the outcomes are noise: their share can be anything, and the set says so."""
    y, m, X = simulated(6)
    noise = pd.Series(np.random.default_rng(seed).normal(size=len(y)), index=y.index, name="y")
    found = mediate(noise if seed % 2 else y, X, "x", m, W, fixed_effects="entity")
    shares = found.shares()
    assert ((shares["denominator_pvalue"] < 0.05) == shares["bounded"]).all()
    for _, row in shares.iterrows():
        assert row["share"] in row["fieller"]


def test_fieller_by_its_definition():
    """A ratio belongs to the set exactly where m − r·d is not significant."""
    m, d, vm, vd, vmd = 1.0, 2.0, 0.04, 0.25, 0.03
    found = fieller(m, d, vm, vd, vmd)
    for r in np.linspace(-3, 3, 601):
        z = abs(m - r * d) / np.sqrt(vm - 2 * r * vmd + r**2 * vd)
        assert (r in found) == (z <= 1.959963984540054)


def test_steps_follow_the_printed_arithmetic(result):
    steps = result.steps()
    assert steps.loc["coefficient", ("total", "estimate")] == result.system.fits[0].params["x"]
    direct = steps.loc["direct"]
    assert direct["all", "share"] == pytest.approx(
        1 - direct["rest", "estimate"] / direct["total", "estimate"]
    )
    assert direct["all", "mediation"]


def test_partial_lags_and_errors():
    y, m, X = simulated(7)
    found = mediate(y, X, "x", m, W, lagged=["x"], lag_mediator=False, fixed_effects="entity")
    assert list(found.system.fits[2].params.index) == ["x", "c", "m", "W_x", "rho"]
    with pytest.raises(MediationError, match="expected a column of X"):
        mediate(y, X, "z", m, W)
    with pytest.raises(MediationError, match="take it out of X"):
        mediate(y, X.assign(m=m), "x", m, W)
    with pytest.raises(MediationError, match="independent"):
        mediate(y, X, "x", m, W, cov_type="observed")
    with pytest.raises(MediationError, match="block"):
        bootstrap(found.system, kind="pairs")
    only = mediate(y, X, "x", m, W, lagged=[], fixed_effects="entity")
    assert list(only.system.fits[2].params.index) == ["x", "c", "m", "W_m", "rho"]
    one = mediate(y, X, "x", m, W, lagged="x", lag_mediator=False, fixed_effects="entity")
    np.testing.assert_array_equal(one.quantities(), found.quantities())


def test_the_order_of_rows_does_not_matter(result):
    """Every series in another order of rows and entities; the same estimates and errors."""
    y, m, X = simulated(1)
    rng = np.random.default_rng(3)
    y, m, X = (part.iloc[rng.permutation(N * T)] for part in (y, m, X))
    shuffled = mediate(y, X, "x", m, W, fixed_effects="entity")
    np.testing.assert_allclose(shuffled.quantities(), result.quantities(), rtol=1e-6, atol=1e-9)


def _changed(**parts):
    """Arguments of a mediation, with some of them replaced by what a function makes of them."""
    y, m, X = simulated(7)
    given = {"y": y, "X": X, "exposure": "x", "mediator": m, "W": W}
    return given | {name: change(given.get(name)) for name, change in parts.items()}


BAD = {
    "y as array": ({"y": np.asarray}, "y is a ndarray"),
    "y as list": ({"y": list}, "y is a list"),
    "X as array": ({"X": np.asarray}, "X is a ndarray"),
    "mediator as array": ({"mediator": np.asarray}, "mediator is an array of shape"),
    "mediator as list": ({"mediator": lambda m: [1, 2]}, r"mediator is \[1, 2\]"),
    "mediator as name": ({"mediator": lambda m: "m"}, "mediator is 'm'"),
    "two mediators": ({"mediator": lambda m: pd.concat([m, m], axis=1)}, "mediator is a DataFrame"),
    "mediator without a name": ({"mediator": lambda m: m.rename(None)}, "name is None"),
    "mediator twice": ({"mediator": lambda m: m.iloc[[0, *range(len(m))]]}, "more than once"),
    "mediator shorter": ({"mediator": lambda m: m.iloc[1:]}, r"missing \(0, 0\)"),
    "mediator longer": ({"X": lambda X: X.iloc[1:], "y": lambda y: y.iloc[1:]}, "unbalanced"),
    "mediator of other rows": ({"mediator": lambda m: m.reset_index(drop=True)}, "other rows"),
    "mediator with a gap": ({"mediator": lambda m: m.mask(m > 2)}, "missing or infinite"),
    "mediator with pd.NA": (
        {"mediator": lambda m: m.astype(object).where(m < 2, pd.NA)},
        "expected numbers",
    ),
    "mediator as text": ({"mediator": lambda m: m.astype(str)}, "expected numbers"),
    "mediator called const": ({"mediator": lambda m: m.rename("const")}, "const"),
    "mediator called rho": ({"mediator": lambda m: m.rename("rho")}, "clash"),
    "mediator from X": ({"mediator": lambda m: simulated(7)[2]["c"]}, "take it out of X"),
    "mediator a copy of X": (
        {"mediator": lambda m: simulated(7)[2]["c"].rename("m")},
        "with the mediator 'm'",
    ),
    "duplicated rows of X": ({"X": lambda X: X.iloc[[0, *range(len(X))]]}, "more than once"),
    "exposure as list": ({"exposure": lambda x: ["x"]}, r"exposure=\['x'\]"),
    "exposure as number": ({"exposure": lambda x: 0}, "exposure=0"),
    "level in per cent": ({"level": lambda _: 95}, "0.95 for 95 %"),
    "level as text": ({"level": lambda _: "0.95"}, "level='0.95'"),
    "unknown option": ({"fixed_effect": lambda _: "entity"}, "unknown options 'fixed_effect'"),
    "unknown model": ({"model": lambda _: "sac"}, "model='sac'"),
    "unknown covariance": ({"cov_type": lambda _: "HC1"}, "cov_type='HC1'"),
    "no covariance": ({"cov_type": lambda _: None}, "cov_type=None"),
    "independent as text": ({"independent": lambda _: "no"}, "independent='no'"),
    "lag_mediator as text": ({"lag_mediator": lambda _: "yes"}, "lag_mediator='yes'"),
    "unknown lag": ({"lagged": lambda _: ["z"]}, "lagged= names 'z'"),
    "W as array": ({"W": np.asarray}, "W is a ndarray"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_answered_in_one_line(case):
    parts, match = BAD[case]
    with pytest.raises((MediationError, SpatialPanelError), match=match) as caught:
        mediate(**_changed(**parts))
    assert "\n" not in str(caught.value)


def test_columns_named_by_numbers_are_names_like_others():
    y, m, X = simulated(1)
    named = mediate(y, X, "x", m, W, fixed_effects="entity").quantities()
    numbered = X.set_axis([0, 1], axis=1)
    found = mediate(y, numbered, "0", m.to_frame(2), W, fixed_effects="entity")
    np.testing.assert_allclose(found.quantities(), named)
    assert found.steps().index.tolist() == ["coefficient", "direct", "indirect", "total"]


def test_odd_requests_of_a_result_are_answered_in_one_line(result):
    for ask in (
        lambda: result.effects(999),
        lambda: result.shares(draws=[1.0]),
        lambda: result.effects(result.simulate(20), interval="basic"),
        lambda: result.steps(level=10),
        lambda: result.bootstrap(draws=0),
        lambda: result.bootstrap(draws=10.5),
        lambda: result.bootstrap(draws=10, seed="a"),
        lambda: result.simulate(draws=1),
        lambda: result.simulate(draws=20, seed=None),
    ):
        with pytest.raises(MediationError, match="expected"):
            ask()


@pytest.mark.parametrize("correction", ["auto", None, "transformation", "lee-yu"])
def test_the_joint_covariance_has_the_blocks_of_every_correction(correction):
    y, m, X = simulated(9)
    found = mediate(y, X, "x", m, W, correction=correction)
    begin = 0
    for fit in found.system.fits:
        end = begin + len(fit.names)
        block = found.system.covariance[begin:end, begin:end]
        np.testing.assert_allclose(block, fit.cov, rtol=1e-8)
        begin = end
    expected = {"auto": "transformation"}.get(correction, correction)
    assert {fit.model.spec.correction for fit in found.system.fits} == {expected}


@pytest.mark.parametrize("model", ["sar", "sem", "slx", "sdem"])
def test_every_model_has_its_own_effects(model):
    y, m, X = simulated(8)
    found = mediate(y, X, "x", m, W, model=model, fixed_effects="entity")
    direct = SpatialPanel(m, X, W, model=model, fixed_effects="entity").fit().effects()
    row = found.effects().loc["exposure to mediator"]
    assert row["total", "effect"] == pytest.approx(direct.loc["x", ("total", "effect")])


def test_a_sample_is_the_mediation_of_its_own_data(result):
    """The quantities of a sample are those of `mediate` on the regenerated outcome."""
    sampler = Resampler.of(result.system, "block")
    seed = np.random.SeedSequence(11)
    found = sampler.quantities(seed)
    m, y = sampler.regenerate(np.random.default_rng(seed))
    _, _, X = simulated(1)
    again = mediate(
        pd.Series(y, index=X.index, name="y"),
        X,
        "x",
        pd.Series(m, index=X.index, name="m"),
        W,
        fixed_effects="entity",
    )
    np.testing.assert_allclose(found, again.quantities()["effect"], rtol=1e-6, atol=1e-9)
