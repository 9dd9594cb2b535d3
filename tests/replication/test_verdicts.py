"""The verdict rule on hand-made numbers, kind by kind; expectations worked out by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from spillover.replication.published import PublishedError, load, tables
from spillover.replication.verdicts import (
    VERDICTS,
    compare,
    equal_as_printed,
    published_error,
    totals,
)

TABLES = tables().index

KEY = ["row", "column", "statistic"]
REST = "not estimated here"


def one(table: int, row: str, column: str, **values: float) -> pd.DataFrame:
    """Verdicts on the given cell when all others are left out."""
    ours = pd.DataFrame(
        [(row, column, statistic, value) for statistic, value in values.items()],
        columns=[*KEY, "value"],
    )
    result = compare(ours, table, reason=REST)
    cell = result[(result["row"] == row) & (result["column"] == column)]
    return cell.set_index("statistic")


def verdict(table: int, row: str, column: str, statistic: str, **values: float) -> str:
    return str(one(table, row, column, **values).loc[statistic, "verdict"])


@pytest.mark.parametrize(
    ("value", "printed", "expected"),
    [
        (0.1235, "0.124", True),  # a tie: both neighbours count
        (0.1245, "0.124", True),
        (0.1245, "0.125", True),
        (0.12350000001, "0.123", False),
        (0.1234999, "0.123", True),
        (2.675, "2.68", True),  # the float lies below the tie, the number does not
        (2.675, "2.67", False),  # ties to even give 2.68, ties away from zero as well
        (-7.0315, "-7.032", True),
        (-7.0314, "-7.032", False),
        (300.0, "300", True),
        (299.4, "300", False),
        (1e40, "0.124", False),
        (math.inf, "0.124", False),
        (0.0, "0.0002", False),
    ],
)
def test_equal_at_the_printed_precision(value, printed, expected):
    assert equal_as_printed(value, printed) is expected


@pytest.mark.parametrize(
    ("coefficient", "error", "expected"),
    [
        (0.0404, 0.024, "reproduced"),  # printed 0.040 (0.024) *
        (0.0404, 9.0, "reproduced"),  # equal as printed, whatever its error
        (0.060, 0.024, "close"),  # 0.83 errors off, z = 2.5
        (0.0879, 0.010, "close"),  # 1.996 errors off
        (0.0881, 0.010, "same sign"),  # 2.004 errors off
        (0.030, 0.024, "same sign"),  # z = 1.25: not significant, printed as significant
        (-0.0001, 0.024, "opposite"),  # within two errors, but below zero
        (0.0, 0.024, "opposite"),
    ],
)
def test_coefficient(coefficient, error, expected):
    got = verdict(6, "GIA", "FE", "coefficient", coefficient=coefficient, std_error=error)
    assert got == expected


def test_a_coefficient_printed_without_stars_must_be_insignificant():
    # OP, FE: 0.534 (0.347)
    near = {"coefficient": 0.60, "std_error": 0.40}
    assert verdict(6, "OP", "FE", "coefficient", **near) == "close"
    assert verdict(6, "OP", "FE", "coefficient", **near | {"std_error": 0.30}) == "same sign"


def test_a_supplied_p_value_goes_before_the_normal_one():
    cell = {"coefficient": 0.060, "std_error": 0.024, "p_value": 0.2}
    assert verdict(6, "GIA", "FE", "coefficient", **cell) == "same sign"


def test_without_a_p_value_nothing_is_close():
    cell = one(6, "GIA", "FE", coefficient=0.060)
    assert cell.loc["coefficient", "verdict"] == "same sign"
    assert "no p-value" in cell.loc["coefficient", "reason"]


@pytest.mark.parametrize(
    ("error", "coefficient", "expected"),
    [
        (0.0236, 0.06, "reproduced"),  # printed 0.024; its own error is .024/√600 = .00098
        (0.0257, 0.06, "close"),  # 1.7 of them off
        (0.0265, 0.06, "same sign"),  # 2.6 of them off
        (0.0257, 0.02, "same sign"),  # the coefficient is no longer significant
        (0.0257, -0.06, "same sign"),  # significant, with the other sign
    ],
)
def test_standard_error(error, coefficient, expected):
    got = verdict(6, "GIA", "FE", "std_error", coefficient=coefficient, std_error=error)
    assert got == expected


@pytest.mark.parametrize(
    ("index", "z", "statistic", "expected"),
    [
        (0.35927, 3.0, "moran_i", "reproduced"),  # printed 0.3593, z 3.1505, error .1250
        (0.12, 1.8, "moran_i", "close"),  # 1.91 errors off and p = .07
        (0.12, 1.6, "moran_i", "same sign"),  # p = .11
        (0.10, 1.8, "moran_i", "same sign"),  # 2.07 errors off
        (-0.05, -1.8, "moran_i", "opposite"),
        (0.12, 1.8, "z", "close"),  # 1.35 off
        (0.12, 1.1, "z", "same sign"),
        (0.36, 5.2, "z", "same sign"),  # 2.05 off
    ],
)
def test_moran(index, z, statistic, expected):
    assert verdict(1, "2013", "CP", statistic, moran_i=index, z=z) == expected


def test_moran_error_is_index_less_expectation_over_z():
    error = published_error(load(1), units=30, observations=300)[0]
    assert error == pytest.approx((0.3593 + 1 / 29) / 3.1505)


@pytest.mark.parametrize(
    ("row", "value", "p", "expected"),
    [
        ("LM lag", 21.298, None, "reproduced"),
        ("LM lag", 15.0, None, "same sign"),  # χ²(1): p = .0001, both significant
        ("LM lag", 2.0, None, "opposite"),  # p = .157: another decision
        ("robust LM error", 0.5, None, "opposite"),  # printed with a star
        ("LR SEM", 40.0, 1e-5, "same sign"),
        ("LR SEM", -4.0, None, "opposite"),  # no test at all
    ],
)
def test_test_statistics_are_judged_by_the_decision(row, value, p, expected):
    given = {"chi2": value} | ({} if p is None else {"p_value": p})
    assert verdict(3, row, "test", "chi2", **given) == expected


def test_degrees_of_freedom_that_are_not_printed_need_a_p_value():
    with pytest.raises(PublishedError, match=r"no p-value of ours for \('LR SAR'.*'p_value'"):
        one(3, "LR SAR", "test", chi2=40.0)


def test_two_tests_in_one_cell_have_their_own_p_values():
    given = {"kp_rk_lm": 20.0, "kp_rk_wald_f": 3.0}
    cell = one(11, "model", "IV1 second stage", **given, kp_rk_wald_f_p_value=0.4)
    assert cell.loc["kp_rk_lm", "verdict"] == "same sign"
    assert cell.loc["kp_rk_wald_f", "verdict"] == "opposite"


@pytest.mark.parametrize(
    ("statistic", "value", "expected"),
    [
        ("mean", 1.9329, "reproduced"),  # printed 1.933, .963/√300 = .0556
        ("mean", 2.04, "close"),
        ("mean", 2.05, "same sign"),
        ("sd", 1.03, "close"),  # .963/√600 = .0393: 1.7
        ("sd", 1.05, "same sign"),
        ("min", 0.506, "same sign"),  # no error: reproduced or not
        ("max", -1.0, "opposite"),
        ("observations", 300, "reproduced"),
        ("observations", 299, "same sign"),
    ],
)
def test_descriptives(statistic, value, expected):
    assert verdict(5, "CP", "all", statistic, **{statistic: value}) == expected


def test_r_squared():
    # printed .3967: 2·√.3967·.6033/√300 = .0439
    assert verdict(6, "model", "OLS", "r_squared", r_squared=0.48) == "close"
    assert verdict(6, "model", "OLS", "r_squared", r_squared=0.49) == "same sign"


def test_left_out_numbers_need_a_reason():
    ours = pd.DataFrame([("GIA", "OLS", "coefficient", 0.1)], columns=[*KEY, "value"])
    with pytest.raises(PublishedError, match=r"Table 6: .*'GIA', 'OLS', 'std_error'.* 34 more"):
        compare(ours, 6)
    result = compare(ours, 6, reason=REST)
    assert (result["verdict"] == "not comparable").sum() == 35
    assert set(result.loc[result["verdict"] == "not comparable", "reason"]) == {REST}


def test_a_reason_of_its_own_goes_first():
    ours = pd.DataFrame(
        [("GIA", "OLS", "coefficient", math.nan, "no series")], columns=[*KEY, "value", "reason"]
    )
    result = compare(ours, 6, reason=REST)
    assert result.loc[0, ["verdict", "reason"]].to_list() == ["not comparable", "no series"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (("GIA", "Ols", "coefficient", 0.1), r"found \('GIA', 'Ols', 'coefficient'\) in ours"),
        (("GIA", "OLS", "t", 0.1), r"found \('GIA', 'OLS', 't'\) in ours"),
        (("XYZ", "OLS", "p_value", 0.1), r"found \('XYZ', 'OLS', 'p_value'\) in ours"),
    ],
)
def test_a_number_that_fits_nothing_is_refused(line, message):
    with pytest.raises(PublishedError, match=message):
        compare(pd.DataFrame([line], columns=[*KEY, "value"]), 6, reason=REST)


def test_duplicates_and_lacking_columns_are_refused():
    ours = load(3)[[*KEY, "value"]]
    with pytest.raises(PublishedError, match="twice in ours"):
        compare(pd.concat([ours, ours]), 3)
    with pytest.raises(PublishedError, match=r"without \['value'\]"):
        compare(ours[KEY], 3)


@pytest.mark.parametrize("table", TABLES)
def test_printed_numbers_reproduce_themselves(table):
    result = compare(load(table)[[*KEY, "value"]], table)
    comparable = result[(result["table"] != 12) | (result["statistic"] == "observations")]
    assert (comparable["verdict"] == "reproduced").all()
    assert (comparable["difference"] == 0).all()
    assert result[KEY].equals(load(table)[KEY])


def test_the_groups_of_table_12_have_no_counterpart_but_show_ours():
    result = compare(load(12)[[*KEY, "value"]].assign(value=1.0), 12)
    assert result["verdict"].value_counts().to_dict() == {"not comparable": 51, "same sign": 3}
    assert (result["ours"] == 1).all()
    assert result["reason"].str.len().gt(0).all()


def test_standard_deviations_of_the_outcome():
    ours = load(7)[[*KEY, "value"]]
    result = compare(ours, 7, our_sd={"CP": 0.5}).set_index(KEY)
    cp = result.loc[("GIA", "(1) direct", "coefficient")]
    assert cp["printed_in_sd"] == pytest.approx(0.090 / 0.963)
    assert cp["ours_in_sd"] == pytest.approx(0.090 / 0.5)
    tec = result.loc[("GIA", "(2) direct", "coefficient")]
    assert tec["printed_in_sd"] == pytest.approx(0.002 / 0.0314)
    assert math.isnan(tec["ours_in_sd"])
    stage = compare(load(11)[[*KEY, "value"]], 11).set_index(KEY)["printed_in_sd"]
    assert stage["GIA", "IV2 second stage", "coefficient"] == pytest.approx(0.177 / 0.963)
    assert stage["Terrain", "IV2 first stage", "coefficient"] == pytest.approx(1.612 / 2.391)
    assert math.isnan(stage["model", "IV2 first stage", "observations"])


def test_totals_count_every_number_once():
    every = pd.concat(
        [compare(pd.DataFrame(columns=[*KEY, "value"]), t, reason=REST) for t in TABLES]
    )
    counts = totals(every)
    assert list(counts.columns) == [*VERDICTS, "total"]
    assert counts["total"].sum() == counts["not comparable"].sum() == 581
    assert totals(every, by="statistic")["total"].sum() == 581
