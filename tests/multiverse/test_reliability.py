"""Samples come from the model that was fitted, and the table says what their estimates do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from spillover import SpatialPanel, reliability
from spillover.econometrics.spatialpanel import PanelResults, SpatialPanelError
from spillover.multiverse import MultiverseError
from spillover.multiverse.reliability import simulate

N, T = 40, 5
INDEX = pd.MultiIndex.from_product([[f"p{i:02d}" for i in range(N)], range(T)])
CASES: list[dict[str, Any]] = [
    {"model": "sar", "fixed_effects": "twoway", "correction": "transformation"},
    {"model": "sdm", "fixed_effects": "twoway", "correction": None},
    {"model": "sdm", "fixed_effects": "entity", "correction": "lee-yu"},
    {"model": "sdm", "fixed_effects": "entity", "correction": None, "lag_after_demeaning": True},
    {"model": "sem", "fixed_effects": "time", "correction": "transformation"},
    {"model": "sdem", "fixed_effects": "entity", "correction": None},
    {"model": "slx", "fixed_effects": "twoway", "correction": None},
    {"model": "sar", "fixed_effects": "none", "correction": None},
    {"model": "sdm", "random_effects": True, "correction": None},
    {"model": "sar", "random_effects": True, "fixed_effects": "time", "correction": None},
    {"model": "sem", "random_effects": "kkp", "correction": None},
    {"model": "sem", "random_effects": True, "correction": None},
]


def _name(case: dict[str, Any]) -> str:
    return " ".join(str(value) for value in case.values())


def _links(row_standardised: bool) -> pd.DataFrame:
    """A ring in which some have more neighbours than others."""
    raw = np.zeros((N, N))
    for i in range(N):
        for step in (1, 2, 5)[: 1 + i % 3]:
            raw[i, (i + step) % N] = raw[(i + step) % N, i] = 1.0
    raw /= raw.sum(axis=1, keepdims=True) if row_standardised else raw.sum(axis=1).max()
    names = INDEX.unique(0)
    return pd.DataFrame(raw, names, names)


def fitted(row_standardised: bool = True, **options: Any) -> PanelResults:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(N, T, 2)) + rng.normal(size=(N, 1, 1))
    W = _links(row_standardised)
    signal = x @ [1.0, -0.5] + 0.4 * W.to_numpy() @ x[:, :, 0]
    effects = rng.normal(size=(N, 1)) + rng.normal(size=(1, T))
    right = signal + effects + 0.7 * rng.normal(size=(N, T))
    y = np.linalg.solve(np.eye(N) - 0.3 * W.to_numpy(), right)
    X = pd.DataFrame(x.reshape(N * T, 2), INDEX, columns=["a", "b"])
    return SpatialPanel(pd.Series(y.ravel(), INDEX, name="y"), X, W, **options).fit()


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_without_noise_the_parameters_come_back(case: dict[str, Any]) -> None:
    fit = fitted(**case)
    designs = ["iid"] if fit.estimate.kappa is not None else ["iid", "both"]
    table = reliability(fit, 3, designs, params={"sigma2": fit.sigma2 * 1e-8})
    table = table.set_index(["quantity", "variable"])
    assert (table["failures"] == 0).all()
    # λ is estimated from the errors alone, however small they are
    rest = table[table.index.get_level_values(0) != "lambda"]
    assert rest["bias"].abs().max() < 1e-3
    effects = fit.effects().xs("effect", axis=1, level=1)
    for (quantity, variable), true in table["true"].items():
        known = effects if quantity in effects else fit.params
        expected = known.loc[variable, quantity] if quantity in effects else known[variable]
        assert true == pytest.approx(expected, abs=1e-12)


def test_effects_enter_where_no_demeaning_takes_them_out() -> None:
    """With a W that is not row-standardised Wτ is no time effect, and the level of y matters."""
    fit = fitted(row_standardised=False, model="sdm", fixed_effects="twoway", correction=None)
    table = reliability(fit, 4, ["iid"], params={"sigma2": fit.sigma2 * 1e-8, "rho": 0.1})
    assert table.loc[table["quantity"] == "rho", "true"].item() == 0.1
    assert table["bias"].abs().max() < 1e-2


@pytest.mark.parametrize("case", CASES[:-1], ids=_name)
def test_standard_errors_are_the_spread_of_the_estimates(case: dict[str, Any]) -> None:
    """True of every estimator here with i.i.d. errors, but for the incidental parameters."""
    fit = fitted(**case)
    table = reliability(fit, 60 if fit.estimate.random else 150, ["iid"], variables=["a"])
    coefficients = table[table["quantity"].isin(["coefficient", "direct", "total"])]
    plain = case["correction"] is None and case.get("fixed_effects") in ("entity", "twoway")
    expected = np.sqrt(1 - 1 / T) if plain else 1.0
    gap = (coefficients["std_error"] - expected * coefficients["sd"]).abs()
    assert (gap < 3 * coefficients["sd_mc_error"] + 0.05 * coefficients["sd"]).all()
    assert coefficients["coverage"].between(0.84, 0.99).all()
    error = table[table["quantity"] == "lambda"]
    assert (error["bias"].abs() < error["sd"] / 2).all()


def test_serial_errors_have_the_variance_of_an_autoregression() -> None:
    """Least squares: the variance of b is (X′X)⁻¹X′ΩX(X′X)⁻¹."""
    fit = fitted(model="ols", fixed_effects="none", correction=None)
    table = reliability(fit, 400, ["iid", "serial"], persistence=0.8)
    X = np.column_stack([np.ones(N * T), fit.model.data.X])
    inverse = np.linalg.inv(X.T @ X)
    steps = np.arange(T)
    for design, own in (("iid", 0.0), ("serial", 0.8)):
        omega = np.kron(np.eye(N), float(own) ** np.abs(steps[:, None] - steps))
        true = fit.sigma2 * inverse @ X.T @ omega @ X @ inverse
        chosen = table[(table["design"] == design) & (table["quantity"] == "coefficient")]
        z = (chosen["sd"] - np.sqrt(np.diag(true))[1:]) / chosen["sd_mc_error"]
        assert (z.abs() < 4).all()
        assert (chosen["bias"].abs() < 4 * chosen["bias_mc_error"]).all()


def test_heteroskedastic_errors_differ_between_entities_and_have_the_same_mean_variance() -> None:
    fit = fitted(model="ols", fixed_effects="none", correction=None)
    samples = [
        simulate(fit, 2, [d], heterogeneity=h).table()["sd"].to_numpy()
        for d, h in (("iid", 0.0), ("heteroskedastic", 0.0), ("heteroskedastic", 0.6))
    ]
    assert np.array_equal(samples[0], samples[1])
    assert not np.allclose(samples[0], samples[2])


def test_the_result_depends_neither_on_processes_nor_on_what_else_is_asked() -> None:
    fit = fitted(model="sdm", fixed_effects="twoway", correction="transformation")
    kinds = ["observed", "robust"]
    long = simulate(fit, 30, cov_types=kinds, jobs=2)
    pd.testing.assert_frame_equal(long.table(), reliability(fit, 30, cov_types=kinds), rtol=1e-9)
    short = reliability(fit, 20, ["both"], ["robust"])
    first = long.table(first=20).query("design == 'both' and cov_type == 'robust'")
    pd.testing.assert_frame_equal(
        first.reset_index(drop=True).drop(columns="replications"),
        short.drop(columns="replications"),
        rtol=1e-9,
    )
    assert not short["bias"].equals(reliability(fit, 20, ["both"], ["robust"], seed=1)["bias"])


def test_a_correction_takes_out_the_bias_of_rho_and_gives_its_interval_the_coverage() -> None:
    fit = fitted(model="sar", fixed_effects="twoway", correction="transformation")
    table = reliability(fit, 300, ["iid"], corrections=[None, "transformation"], variables=["a"])
    rho = table[table["quantity"] == "rho"].set_index("correction")
    assert rho.loc["none", "bias"] < -4 * rho.loc["none", "bias_mc_error"]
    assert abs(rho.loc["transformation", "bias"]) < abs(rho.loc["none", "bias"]) / 2
    assert 0.91 < rho.loc["transformation", "coverage"] < 0.99
    assert rho.loc["none", "coverage"] < 0.91


def test_samples_that_cannot_be_estimated_are_counted() -> None:
    """With few entities the bias correction often moves ρ out of its interval."""
    fit = fitted(model="sar", fixed_effects="twoway", correction=None)
    rows = fit.model.data.index.get_level_values(0).isin(["p00", "p01", "p02", "p03", "p04"])
    raw = np.ones((5, 5)) - np.eye(5) + np.eye(5, k=1)
    names = fit.model.data.entities[:5]
    W = pd.DataFrame(raw / raw.sum(axis=1, keepdims=True), names, names)
    x = pd.DataFrame(fit.model.data.X, fit.model.data.index, columns=["a", "b"])
    y = (x["a"] + fit.resids)[rows].rename("y")
    few = SpatialPanel(y, x[rows], W, "sar", correction=None).fit()
    table = reliability(few, 40, ["iid"], corrections=[None, "lee-yu"], params={"rho": 0.7})
    failed = table.groupby("correction")["failures"].max()
    assert 0 < failed["lee-yu"] < 39
    assert (table["replications"] == 40).all()
    assert table["coverage"].notna().all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"designs": ["het"]}, "'het'"),
        ({"designs": []}, "nothing"),
        ({"params": {"gamma": 1.0}}, "'gamma'.*'rho'.*'sigma2'"),
        ({"params": {"rho": 1.2}}, "1.2000.*between"),
        ({"params": {"sigma2": -1.0}}, "positive sigma2"),
        ({"variables": ["z"]}, "'z'.*'a', 'b'"),
        ({"replications": 1}, "two or more"),
        ({"level": 95}, "level=95"),
        ({"persistence": 1.0}, "persistence=1.0"),
    ],
)
def test_mistakes_are_named(options: dict[str, Any], words: str) -> None:
    fit = fitted(model="sar", fixed_effects="twoway", correction=None)
    with pytest.raises(MultiverseError, match=words):
        reliability(fit, **{"replications": 2, **options})


def test_what_the_model_does_not_allow_is_refused_before_drawing() -> None:
    fit = fitted(model="sar", fixed_effects="twoway", correction=None)
    with pytest.raises(SpatialPanelError, match="cov_type='white'"):
        reliability(fit, 10**9, cov_types=["white"])
    with pytest.raises(SpatialPanelError, match="correction='none'"):
        reliability(fit, 2, corrections=["none"])
