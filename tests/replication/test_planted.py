"""Hand-made tables: clean ones give no finding, planted errors are found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spillover.replication.audit import Published, findings, null_variance, questions

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
    lines = findings(page(cells))
    return lines if check is None else lines[lines["check"] == check]


def asked(cells: list[Cell], check: str) -> pd.DataFrame:
    """All lines of a check, with a finding or without."""
    lines = questions(page(cells))
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
    assert found(alone, "stars of coefficients")["result"].to_list() == ["likely"]
    two_tailed = alone + pair(20, "v", "model", "1.800", "1.000", "*")  # one tail: p = .036
    lines = found(two_tailed, "stars of coefficients")
    assert lines["result"].to_list() == ["certain"]
    assert "v, model" in lines["arithmetic"].iloc[0]


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
    assert lines[["where", "result"]].to_numpy().tolist() == [["Table 2: 2022, CP", "possible"]]


def test_stars_of_moran_that_no_tail_allows():
    alone = moran(2, "2018", "0.1013", "5.1253", "**")
    assert found(alone, "stars of Moran's I")["result"].to_list() == ["certain"]
    lines = found(alone + moran(2, "2013", "0.0680", "4.0150", "***"), "stars of Moran's I")
    assert "a smaller z of the same column, 4.0150, has ***" in lines["finding"].iloc[0]


def test_a_number_published_twice_is_one_finding():
    twice = [c for column in ("indirect", "(1) indirect")
             for c in pair(20, "x", column, "0.138", "0.056", "***")]  # fmt: skip
    assert found(twice)["where"].to_list() == ["Table 20: x, indirect; Table 20: x, (1) indirect"]


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
    assert "GIA's own ratio is another in 1 of 1 models" in lines["finding"].iloc[0]


def test_free_lags_are_recognised_too():
    cells = spatial(0.3, {"GIA": 0.9, "Agdp": -2.0, "URB": 1.5, "OP": 0.5, "PDE": -0.5}, BETAS)
    assert asked(cells, "which variables were lagged")["result"].to_list() == ["fine"]


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
    ("cells", "said"),
    [
        (moments("1.688", "2.391", "0.01761", "4.29"), "no 300 values"),  # at most 2.09
        (moments("1.688", "0.500", "0.0176", "14.29"), "no 300 values"),  # at least .735
        (moments("15.000", "2.391", "0.0176", "14.29"), "outside minimum and maximum"),
    ],
)
def test_impossible_moments(cells, said):
    assert said in found(cells, "moments")["finding"].item()
    assert not len(found(moments("1.688", "2.391", "0.0176", "14.29"), "moments"))


def test_observations():
    assert not len(found([(9, "model", "2016-2021", "observations", "180", "")], "observations"))
    assert len(found([(9, "model", "2016-2021", "observations", "210", "")], "observations")) == 1


def errors(table: int, column: str, **values: str) -> list[Cell]:
    return [(table, row, column, "std_error", value, "") for row, value in values.items()]


def test_an_error_that_repeats_the_one_above():
    odd = errors(12, "high", ER="0.139", IND="0.139") + errors(12, "low", ER="0.091", IND="0.840")
    lines = found(odd, "equal errors")
    assert lines[["where", "result"]].to_numpy().tolist() == [["Table 12: IND, high", "likely"]]
    usual = errors(12, "high", ER="0.139", IND="0.139") + errors(12, "low", ER="0.2", IND="0.3")
    assert not len(found(usual, "equal errors"))


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


def test_one_line_of_null_variances_against_esda():
    """The same series under two weights: on one line; another series in one table: not."""
    w1, w2 = (row_standardised(seed) for seed in (1, 2))
    cells, other = synthetic_moran(w1, w2), synthetic_moran(w1, w2, seed=4)
    check = "null variances of Tables 1 and 2"
    assert asked(cells, check)["result"].to_list() == ["fine"]
    mixed = [c for c in cells if c[0] == 1] + [c for c in other if c[0] == 2]
    assert len(found(mixed, check)) == 1


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


@pytest.mark.parametrize(("after", "wrong"), [("0.075", False), ("0.060", True)])
def test_mediated_share(after, wrong):
    """1 − .075/.090 is 16.7 %, 1 − .060/.090 a third."""
    cells = [
        (7, "GIA", "(1) direct", "coefficient", "0.090", "***"),
        (7, "GIA", "(3) direct", "coefficient", after, "***"),
    ]
    assert len(found(cells, "the text's mediated share")) == wrong


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
    assert questions(page([])).empty


def benchmark(main: str, error: str) -> list[Cell]:
    """Urbanisation in the spatial model, beside the columns of the published Table 6."""
    return [
        *pair(9, "URB", "2013-2022 main", main, error),
        *pair(6, "URB", "OLS", "0.808", "0.244", "***"),
        *pair(6, "URB", "FE", "-7.032", "1.511", "***"),
    ]


def test_province_fixed_effects():
    """(.808 − .715)/.244 = .4 and (7.032 + .715)/1.511 = 5.1; 1.511/.286 = 5.3."""
    without = found(benchmark("0.715", "0.286"), "province fixed effects")
    assert without["result"].to_list() == ["likely", "likely"]
    assert "0.4 errors from 0.808, 5.1 from -7.032" in without["arithmetic"].iloc[0]
    assert "1.511/0.286 = 5.3" in without["arithmetic"].iloc[1]
    assert not len(found(benchmark("-6.000", "1.400"), "province fixed effects"))


def test_errors_of_instrumented_estimates():
    def errors_of(one: str, two: str) -> list[Cell]:
        return [
            (6, "GIA", "OLS", "std_error", "0.026", ""),
            (11, "GIA", "IV1 second stage", "std_error", one, ""),
            (11, "GIA", "IV2 second stage", "std_error", two, ""),
        ]

    check = "errors of the instrumented estimates"
    assert found(errors_of("0.020", "0.023"), check)["result"].to_list() == ["possible"]
    assert not len(found(errors_of("0.030", "0.045"), check))


def test_the_wald_statistic_of_one_restriction():
    """ρ = 1/3, θ = .228·2/3 − .081 = .071, error at least .066·2/3 − .025 = .019: |t| below 4."""
    cells = [
        *pair(9, "GIA", "2013-2022 total", "0.228", "0.066"),
        *pair(9, "GIA", "2013-2022 main", "0.081", "0.025"),
        *pair(9, "Agdp", "2013-2022 total", "3.000", "0.9"),
        *pair(9, "Agdp", "2013-2022 main", "2.000", "0.6"),
    ]
    check = "restrictions behind the Wald test"
    for statistic, wrong in (("62.97", True), ("9.00", False)):
        wald = [(3, "Wald SAR", "test", "chi2", statistic, "***")]
        assert len(found(cells + wald, check)) == wrong


def test_bases_of_logarithms():
    """e^1.279 = 3.6 and 10^1.279 = 19; e^4.557 = 95 and 10^4.557 = 36,058."""

    def logged(most: str, least: str) -> list[Cell]:
        values = {("Agdp", "max"): "1.279", ("Agdp", "min"): "0.344",
                  ("ER", "max"): most, ("ER", "min"): least}  # fmt: skip
        return [(5, row, "all", kind, text, "") for (row, kind), text in values.items()]

    check = "bases of the logarithms"
    assert "10^4.557 = 36,058" in found(logged("6.859", "2.302"), check)["arithmetic"].item()
    assert not len(found(logged("2.979", "1.000"), check))  # base 10: 95-fold


def claimed(cells: list[Cell], claim: dict[str, str]) -> pd.DataFrame:
    claims = pd.DataFrame([claim], index=["C90"])
    return findings(Published(page(cells), claims))


@pytest.mark.parametrize(
    ("printed", "stars", "wrong"),
    [("0.138", "***", False), ("0.138", "**", True), ("-0.138", "***", True)],
)
def test_a_claim_of_sign_and_level(printed, stars, wrong):
    claim = {"rule": "sign", "sign": "positive", "significance": "1%", "numbers": "20 | x | total"}
    cells = [(20, "x", "total", "coefficient", printed, stars)]
    assert len(claimed(cells, claim)) == wrong


def test_a_note_needs_parentheses():
    cells = moran(1, "2013", "0.3593", "3.1505", "***") + pair(
        20, "x", "total", "0.9", "0.1", "***"
    )
    lines = findings(Published(page(cells), notes={1: "errors in parentheses", 20: "parentheses"}))
    assert lines["where"].to_list() == ["Table 1: notes"]


def degrees(total: str, low: str, mean: str) -> dict[str, list[Cell]]:
    """An effect under distance, the low group's effect and the mean of GIA."""
    return {
        "two weights matrices": [
            (10, "GIA", "total", "coefficient", total, "***"),
            (8, "GIA", "total", "coefficient", "0.228", "***"),
        ],
        "similar effects in two groups": [
            *pair(12, "GIA", "low", low, "0.022", "**"),
            *pair(12, "GIA", "medium", "0.382", "0.099", "***"),
        ],
        "Figure 4": [(5, "GIA", "all", "mean", mean, "")],
    }


def test_words_of_degree():
    """1.209/.228 = 5.3; (.382 − .049)/.101 = 3.3; 30 × 1.688 = 50.6 is 3 at most 16 times."""
    for check, cells in degrees("1.209", "0.049", "1.688").items():
        assert found(cells, check)["result"].to_list() == ["possible"]
    for check, cells in degrees("0.300", "0.300", "3.500").items():
        assert not len(found(cells, check))


def test_the_order_of_the_groups():
    def three(medium: str) -> list[Cell]:
        values = {"GIA": (medium, "0.049", "-0.255"), "Agdp": ("5.3", "1.5", "2.1"),
                  "IND": ("7.7", "-1.7", "-2.8")}  # fmt: skip
        return [(12, row, group, "coefficient", text, "")
                for row, texts in values.items()
                for group, text in zip(("medium", "low", "high"), texts, strict=True)]  # fmt: skip

    assert not len(found(three("0.382"), "order of the groups"))
    assert len(found(three("0.030"), "order of the groups")) == 1


def test_instruments():
    def second(f: str, two: str, pooled: str) -> list[Cell]:
        return [
            (11, "model", "IV1 second stage", "kp_rk_wald_f", f, ""),
            *pair(11, "GIA", "IV1 second stage", "0.169", "0.020"),
            *pair(11, "GIA", "IV2 second stage", two, "0.023"),
            *pair(6, "GIA", "OLS", pooled, "0.026"),
        ]

    assert not len(found(second("472.154", "0.177", "0.160"), "instruments"))
    assert len(found(second("16.000", "0.177", "0.160"), "instruments")) == 1  # below 16.38
    assert len(found(second("472.154", "0.377", "0.160"), "instruments")) == 1  # 6.8 errors
    above = found(second("472.154", "0.177", "0.108"), "instruments")  # 2.3 and 2.7 errors
    assert above["result"].to_list() == ["possible"]


def test_repeated_numbers():
    def twice(total: str, short: str) -> list[Cell]:
        return [
            (8, "GIA", "total", "coefficient", "0.228", "***"),
            (7, "GIA", "(1) total", "coefficient", total, "***"),
            (11, "model", "IV1 first stage", "kp_rk_lm", short, "***"),
            (11, "model", "IV1 second stage", "kp_rk_lm", "48.329", "***"),
        ]

    assert not len(found(twice("0.228", "48.33")))
    assert len(found(twice("0.282", "48.33"), "repeated numbers")) == 1
    assert len(found(twice("0.228", "48.23"), "repeated numbers")) == 1
