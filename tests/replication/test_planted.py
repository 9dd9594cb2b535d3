"""Hand-made tables: clean ones give no finding, planted errors are found."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from spillover.replication.audit import audit, null_variance

Cell = tuple[int, str, str, str, str, str]


def page(cells: list[Cell]) -> pd.DataFrame:
    names = ["table", "row", "column", "statistic", "printed", "stars"]
    frame = pd.DataFrame(cells, columns=names)
    frame["value"] = [float(text) for text in frame["printed"]]
    frame["decimals"] = [len(text.partition(".")[2]) for text in frame["printed"]]
    return frame


def pair(table: int, row: str, column: str, printed: str, error: str, stars: str = ""):
    return [
        (table, row, column, "coefficient", printed, stars),
        (table, row, column, "std_error", error, ""),
    ]


def found(cells: list[Cell], check: str | None = None) -> pd.DataFrame:
    lines = audit(page(cells))
    return lines if check is None else lines[lines["check"] == check]


def asked(cells: list[Cell], check: str, weights=None) -> pd.DataFrame:
    """All lines of a check, with a finding or without."""
    lines = audit(page(cells), weights, full=True)
    return lines[lines["check"] == check]


@pytest.mark.parametrize(
    ("printed", "error", "stars", "wrong"),
    [
        ("0.138", "0.056", "***", True),  # at most .1385/.0555 = 2.495 < 2.576
        ("0.138", "0.056", "**", False),
        ("0.144", "0.056", "***", False),  # .1445/.0555 = 2.604
        ("0.002", "0.001", "***", False),  # 1 to 5: anything goes
        ("0.252", "0.168", "*", True),  # at most 1.507
        ("0.252", "0.168", "", False),
        ("9.883", "1.730", "**", True),  # 5.7 has three by any reference
        ("-0.269", "0.144", "*", False),  # sign does not matter
        ("2.700", "1.000", "**", False),  # ** by t(29), *** by the normal
        ("2.700", "1.000", "***", False),
        ("2.800", "1.000", "**", True),  # beyond t(29)'s 2.756
        ("2.800", "1.000", "***", False),
    ],
)
def test_stars_of_a_coefficient(printed, error, stars, wrong):
    lines = found(pair(20, "x", "model", printed, error, stars), "stars of coefficients")
    assert len(lines) == wrong


def test_one_tail_is_an_excuse_unless_the_table_excludes_it():
    alone = pair(20, "x", "model", "0.138", "0.056", "***")
    assert found(alone, "stars of coefficients")["certainty"].to_list() == ["likely"]
    two_tailed = alone + pair(20, "v", "model", "1.800", "1.000", "*")  # one tail: p = .036
    lines = found(two_tailed, "stars of coefficients")
    assert lines["certainty"].to_list() == ["certain"]
    assert "v, model" in lines["finding"].iloc[0]


@pytest.mark.parametrize(
    ("row", "printed", "stars", "wrong"),
    [
        ("LM lag", "21.298", "***", False),
        ("robust LM error", "0.029", "*", True),
        ("robust LM lag", "2.562", "*", True),  # 10 % of χ²(1) is 2.706
        ("robust LM lag", "2.710", "*", False),
        ("LR SAR", "15.00", "**", False),  # ** with seven restrictions, *** with one
        ("LR SAR", "15.00", "", True),
    ],
)
def test_stars_of_a_test(row, printed, stars, wrong):
    lines = found([(3, row, "test", "chi2", printed, stars)], "stars of test statistics")
    assert len(lines) == wrong


def moran(table: int, year: str, index: str, z: str, stars: str, name: str = "CP") -> list[Cell]:
    return [(table, year, name, "moran_i", index, stars), (table, year, name, "z", z, "")]


def test_stars_of_moran_need_one_tail_for_all():
    odd = moran(2, "2022", "0.0158", "1.4992", "*")
    assert not len(found(odd, "stars of Moran's I"))  # with one tail p = .067
    mixed = odd + moran(1, "2021", "0.2841", "2.5493", "**")  # with one tail ***
    lines = found(mixed, "stars of Moran's I")
    assert lines[["table", "row"]].to_numpy().tolist() == [[2, "2022"]]


def test_stars_of_moran_that_no_tail_allows():
    assert len(found(moran(2, "2018", "0.1013", "5.1253", "**"), "stars of Moran's I")) == 1


def three(row: str, values: str, errors: str, table: int = 20, prefix: str = "") -> list[Cell]:
    out: list[Cell] = []
    for name, v, e in zip(
        ("direct", "indirect", "total"), values.split(), errors.split(), strict=True
    ):
        out += pair(table, row, prefix + name, v, e)
    return out


@pytest.mark.parametrize(
    ("values", "errors", "check", "wrong"),
    [
        ("0.094 1.116 1.209", "0.9 0.9 0.9", "effects add up", False),  # rounding
        ("0.094 1.116 1.212", "0.9 0.9 0.9", "effects add up", True),
        ("-1.994 -0.920 2.914", "0.9 0.9 0.9", "effects add up", True),
        ("0.1 0.1 0.2", "0.026 0.056 0.066", "errors of effects", False),
        ("0.1 0.1 0.2", "0.026 0.056 0.083", "errors of effects", False),  # .0265 + .0565
        ("0.1 0.1 0.2", "0.026 0.056 0.084", "errors of effects", True),
        ("0.1 0.1 0.2", "0.026 0.056 0.028", "errors of effects", True),
    ],
)
def test_sums_and_errors_of_effects(values, errors, check, wrong):
    assert len(found(three("x", values, errors), check)) == wrong
    assert len(asked(three("x", values, errors), check)) == 1


def spatial(rho: float, lagged: dict[str, float], betas: dict[str, float]) -> list[Cell]:
    """A row-standardised complete graph of thirty: effects in closed form.

    W has eigenvalue 1 once and −1/29 otherwise, so tr(S)/30 and tr(SW)/30 are short sums.
    """
    one, rest = 1 / (1 - rho), 1 / (1 + rho / 29)
    own, cross = (one + 29 * rest) / 30, (one - rest) / 30
    cells: list[Cell] = []
    for name, beta in betas.items():
        theta = lagged.get(name, 0.0)
        direct = beta * own + theta * cross
        total = (beta + theta) * one
        texts = [f"{x:.4f}" for x in (direct, total - direct, total)]
        cells += three(name, " ".join(texts), "0.1 0.1 0.1", 9, "2013-2022 ")
        cells += pair(9, name, "2013-2022 main", f"{beta:.4f}", "0.1")
    return cells


BETAS = {"GIA": 0.8, "Agdp": 2.8, "URB": 0.7, "OP": -1.9, "PDE": 0.6}


def test_unlagged_controls_are_recognised():
    cells = spatial(0.3, {"GIA": 0.9}, BETAS)
    lines = found(cells, "which variables were lagged")
    assert len(lines) == 1
    assert "only GIA was lagged" in lines["finding"].iloc[0]
    assert not len(found(cells, "rho from total over main"))
    assert not len(found(cells, "one rho within rounding"))
    assert "= 0.900" in asked(cells, "lag of the exposure")["implied"].iloc[0]


def test_free_lags_are_recognised_too():
    cells = spatial(0.3, {"GIA": 0.9, "Agdp": -2.0, "URB": 1.5, "OP": 0.5, "PDE": -0.5}, BETAS)
    assert not len(found(cells, "which variables were lagged"))
    assert len(found(cells, "rho from total over main"))


def test_one_control_with_another_rho():
    cells = spatial(0.3, {"GIA": 0.9}, BETAS)
    changed = [
        (*c[:4], "1.6000", c[5]) if c[1:4] == ("URB", "2013-2022 total", "coefficient") else c
        for c in cells
    ]
    assert found(changed, "rho from total over main")["row"].to_list() == ["URB"]
    assert len(found(changed, "one rho within rounding")) == 1


def test_rho_on_weights_agrees_with_the_closed_form():
    complete = pd.DataFrame((np.ones((30, 30)) - np.eye(30)) / 29)
    ring = pd.DataFrame((np.roll(np.eye(30), 1, axis=1) + np.roll(np.eye(30), -1, axis=1)) / 2)
    cells = spatial(0.3, {"GIA": 0.9}, BETAS)
    for weights, wrong in ((complete, False), (ring, True)):
        lines = asked(cells, "rho on the weights supplied", {"rook": weights})
        assert (lines["finding"] != "").to_list() == [wrong]


def lm(lag: str, robust_error: str, error: str, robust_lag: str) -> list[Cell]:
    rows = ("LM lag", "robust LM error", "LM error", "robust LM lag")
    values = (lag, robust_error, error, robust_lag)
    return [(3, r, "test", "chi2", v, "***") for r, v in zip(rows, values, strict=True)]


def test_identity_of_lm_tests():
    good = lm("21.298", "0.029", "18.765", "2.562")  # 21.327 both ways
    assert not len(found(good, "identity of LM tests"))
    assert len(found(lm("21.298", "0.290", "18.765", "2.562"), "identity of LM tests")) == 1


def test_equal_likelihood_ratios():
    def ratios(a: str, b: str) -> list[Cell]:
        return [(3, "LR SAR", "test", "chi2", a, "***"), (3, "LR SEM", "test", "chi2", b, "***")]

    assert len(found(ratios("57.72", "57.72"), "LR tests that should differ")) == 1
    assert not len(found(ratios("57.72", "51.10"), "LR tests that should differ"))


def stage(f: str) -> list[Cell]:
    return [
        *pair(11, "L.GIA", "IV1 first stage", "0.859", "0.040", "***"),
        (11, "model", "IV1 second stage", "kp_rk_wald_f", f, ""),
    ]


def test_f_is_t_squared():
    assert not len(found(stage("472.154"), "F against t squared"))  # 449 to 473
    assert len(found(stage("480.000"), "F against t squared")) == 1


def moments(mean: str, sd: str, low: str, high: str) -> list[Cell]:
    values = {"observations": "300", "mean": mean, "sd": sd, "min": low, "max": high}
    return [(5, "GIA", "all", kind, v, "") for kind, v in values.items()]


@pytest.mark.parametrize(
    ("cells", "check"),
    [
        (moments("1.688", "2.391", "0.01761", "4.29"), "spread within bounds"),  # at most 2.09
        (moments("1.688", "0.500", "0.0176", "14.29"), "spread within bounds"),  # at least .735
        (moments("15.000", "2.391", "0.0176", "14.29"), "order of moments"),
    ],
)
def test_impossible_moments(cells, check):
    assert len(found(cells, check)) == 1
    assert not len(found(moments("1.688", "2.391", "0.0176", "14.29"), check))


def test_observations():
    assert not len(found([(9, "model", "2016-2021", "observations", "180", "")], "observations"))
    assert len(found([(9, "model", "2016-2021", "observations", "210", "")], "observations")) == 1


def errors(table: int, column: str, **values: str) -> list[Cell]:
    return [(table, row, column, "std_error", value, "") for row, value in values.items()]


def test_an_error_that_repeats_the_one_above():
    odd = errors(12, "high", ER="0.139", IND="0.139") + errors(12, "low", ER="0.091", IND="0.840")
    assert found(odd, "equal errors")["row"].to_list() == ["IND"]
    usual = errors(12, "high", ER="0.139", IND="0.139") + errors(12, "low", ER="0.2", IND="0.3")
    assert not len(found(usual, "equal errors"))


def test_normal_and_randomisation_variance_by_year():
    def with_errors(*spreads: float) -> list[Cell]:
        cells: list[Cell] = []
        for year, s in enumerate(spreads, start=2013):
            cells += moran(1, str(year), "0.3000", f"{(0.3 + 1 / 29) / s:.4f}", "***")
        return cells

    assert not len(found(with_errors(0.125, 0.125, 0.125), "null variance by year"))
    assert len(found(with_errors(0.125, 0.124, 0.125), "null variance by year")) == 1


def synthetic_moran(w1: np.ndarray, w2: np.ndarray, seed: int = 3) -> list[Cell]:
    """I and z under randomisation of random series, by esda."""
    from esda.moran import Moran
    from libpysal.weights import full2W

    rng = np.random.default_rng(seed)
    cells: list[Cell] = []
    for year in range(2013, 2023):
        values = rng.lognormal(sigma=rng.uniform(0.2, 1.2), size=30)
        for table, w in ((1, w1), (2, w2)):
            m = Moran(values, full2W(w), transformation="O", permutations=0)
            cells += moran(table, str(year), f"{m.I:.4f}", f"{m.z_rand:.4f}", "")
    return cells


def row_standardised(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    w = rng.uniform(0.1, 1, (30, 30)) * (rng.uniform(size=(30, 30)) < 0.3)
    np.fill_diagonal(w, 0)
    return w / w.sum(axis=1, keepdims=True)


def test_null_variances_against_esda():
    w1, w2, w3 = (row_standardised(seed) for seed in (1, 2, 5))
    cells = synthetic_moran(w1, w2)
    given = {"rook": pd.DataFrame(w1), "distance": pd.DataFrame(w2)}
    for check in (
        "null variances of Tables 1 and 2",
        "kurtosis on the weights supplied",
        "one kurtosis under both weights",
    ):
        lines = asked(cells, check, given)
        assert len(lines)
        assert (lines["finding"] == "").all()
    wrong = given | {"distance": pd.DataFrame(w3)}
    twice = asked(cells, "one kurtosis under both weights", wrong)
    assert twice["certainty"].to_list() == ["certain"]


def test_normal_variance_against_esda():
    from esda.moran import Moran
    from libpysal.weights import full2W

    w = row_standardised(7)
    values = np.arange(30.0) ** 2
    m = Moran(values, full2W(w), transformation="O", permutations=0)
    null = null_variance(w)
    kurtosis = ((values - values.mean()) ** 4).mean() / values.var() ** 2
    assert null.normal == pytest.approx(m.VI_norm)
    assert null.intercept - null.slope * kurtosis == pytest.approx(m.VI_rand)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"queen": pd.DataFrame(np.eye(30))}, "weights named 'queen'"),
        ({"rook": pd.DataFrame(np.eye(29))}, "found 29 × 29; expected 30 × 30"),
    ],
)
def test_foreign_weights(weights, message):
    with pytest.raises(ValueError, match=message):
        audit(page(moran(1, "2013", "0.3", "3.0", "***")), weights)


def mediation(after_direct: str, after_indirect: str, after_total: str, a: str, b: str):
    cells: list[Cell] = []
    for effect, before, after in (
        ("direct", "0.090", after_direct),
        ("indirect", "0.138", after_indirect),
        ("total", "0.228", after_total),
    ):
        cells += [(7, "GIA", f"(1) {effect}", "coefficient", before, "")]
        cells += [(7, "GIA", f"(3) {effect}", "coefficient", after, "")]
    cells += [(7, "GIA", "(2) total", "coefficient", a, "")]
    cells += [(7, "TEC", "(3) total", "coefficient", b, "")]
    return cells


def test_mediated_shares():
    """All shares 16.7 %: .075/.090 = .115/.138 = .190/.228 = 5/6, and .0038 × 10 = .038."""
    clean = mediation("0.075", "0.115", "0.190", "0.0038", "10.000")
    assert not len(found(clean, "mediated share"))
    planted = mediation("0.075", "0.144", "0.220", "0.003", "10.587")
    assert sorted(found(planted, "mediated share")["column"]) == [
        "(1) indirect",
        "(1) total",
        "total",
    ]
    assert len(found(mediation("0.060", "0.115", "0.190", "0.0038", "10.0"), "mediated share")) == 1


def test_regression_through_the_means():
    def fitted(constant: str) -> list[Cell]:
        means = {"CP": "2.000", "GIA": "1.500", "Agdp": "0.500"}
        cells = [(5, row, "all", "mean", value, "") for row, value in means.items()]
        cells += pair(6, "GIA", "OLS", "0.400", "0.100", "***")
        cells += pair(6, "Agdp", "OLS", "2.000", "0.100", "***")
        return cells + pair(6, "Constant", "OLS", constant, "0.100", "***")

    # 2 − .4·1.5 − 2·.5 = .4
    assert not len(found(fitted("0.400"), "regression through the means"))
    assert len(found(fitted("0.410"), "regression through the means")) == 1


def test_an_empty_page_has_no_findings():
    assert audit(page([])).empty


def test_kinship():
    def main(value: str) -> list[Cell]:
        return [
            (9, "URB", "2013-2022 main", "coefficient", value, "**"),
            *pair(6, "URB", "OLS", "0.808", "0.244", "***"),
            *pair(6, "URB", "FE", "-7.032", "1.511", "***"),
        ]

    assert len(found(main("0.715"), "kinship with the benchmark")) == 1
    assert not len(found(main("-6.000"), "kinship with the benchmark"))
    assert math.isclose(abs(0.715 - 0.808) / 0.244, 0.381, abs_tol=0.001)
