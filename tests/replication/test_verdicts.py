"""The verdict rule on hand-made numbers, kind by kind; expectations worked out by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from spillover.replication.published import PublishedError, load, tables
from spillover.replication.verdicts import (
    GROUPS,
    VERDICTS,
    agreement,
    compare,
    distinct,
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
        (0.0404, 0.024, "reproduced"),  # published 0.040 (0.024) *, two digits
        (0.0404, 9.0, "reproduced"),  # equal as published, whatever its error
        (0.060, 0.024, "supports"),  # difference .020 over √2·.024 = .0339: z .59; t 2.5
        (0.030, 0.024, "inconclusive"),  # z −.29, but t 1.25
        (-0.001, 0.024, "inconclusive"),  # z −1.21, the other sign
        (-0.0260, 0.024, "inconclusive"),  # z −1.945
        (-0.0270, 0.024, "not supported"),  # z −1.974; t −1.13
        (-0.0500, 0.024, "contradicts"),  # z −2.65; t −2.08
        (0.1100, 0.024, "other size"),  # z 2.06; t 4.6
        (0.1100, 0.030, "supports"),  # z 1.82; t 3.7: our error counts as well as theirs
        (0.0, 0.001, "inconclusive"),  # z −1.67
    ],
)
def test_a_coefficient_by_the_z_of_the_difference(coefficient, error, expected):
    got = verdict(6, "GIA", "FE", "coefficient", coefficient=coefficient, std_error=error)
    assert got == expected


def test_the_rule_treats_both_estimates_alike():
    """Exchange the two: a difference stays a difference, of the other sign."""
    cell = one(6, "GIA", "FE", coefficient=0.11, std_error=0.05).loc["coefficient"]
    assert cell["z_difference"] == pytest.approx(0.07 / math.hypot(0.05, 0.024))
    back = one(6, "GIA", "OLS", coefficient=0.02, std_error=0.03).loc["coefficient"]
    assert back["z_difference"] == pytest.approx(-0.088 / math.hypot(0.03, 0.026))


def test_equality_to_one_digit_reproduces_no_coefficient():
    # Table 7, model 2: GIA's indirect effect 0.001 (0.001)
    cell = {"coefficient": 0.00098, "std_error": 0.001}
    assert verdict(7, "GIA", "(2) indirect", "coefficient", **cell) == "inconclusive"


def test_a_supplied_p_value_goes_before_the_normal_one():
    cell = {"coefficient": 0.060, "std_error": 0.024, "p_value": 0.2}
    assert verdict(6, "GIA", "FE", "coefficient", **cell) == "inconclusive"


def test_without_an_error_of_ours_nothing_is_decided():
    cell = one(6, "GIA", "FE", coefficient=0.060)
    assert cell.loc["coefficient", "verdict"] == "inconclusive"
    assert "no standard error" in cell.loc["coefficient", "reason"]


def test_a_standard_error_has_a_ratio_and_no_verdict():
    cell = one(6, "GIA", "FE", coefficient=-0.06, std_error=0.060).loc["std_error"]
    assert cell["verdict"] == "not judged"
    assert cell["ratio"] == pytest.approx(0.060 / 0.024)


@pytest.mark.parametrize(
    ("index", "z", "expected"),
    [
        (0.35927, 3.0, "reproduced"),  # published 0.3593***
        (0.156, 1.70, "same decision"),  # p .089: significant at 10 %, and never "close"
        (0.34, 2.9, "same decision"),
        (0.12, 1.6, "other decision"),  # p .11
        (0.36, 1.6, "other decision"),  # whatever the size
    ],
)
def test_morans_index_is_a_test(index, z, expected):
    cell = one(1, "2013", "CP", moran_i=index, z=z)
    assert cell.loc["moran_i", "verdict"] == expected
    assert cell.loc["moran_i", "ratio"] == pytest.approx(index / 0.3593)
    assert cell.loc["z", "verdict"] == "not judged"


@pytest.mark.parametrize(
    ("row", "value", "p", "expected"),
    [
        ("LM lag", 21.298, None, "reproduced"),
        ("LM lag", 15.0, None, "same decision"),  # χ²(1): p = .0001, both significant
        ("LM lag", 2.0, None, "other decision"),  # p = .157
        ("robust LM error", 0.5, None, "other decision"),  # published with a star
        ("LR SEM", 40.0, 1e-5, "same decision"),
        ("LR SEM", -4.0, 0.001, "other decision"),  # no test at all
    ],
)
def test_test_statistics_are_judged_by_the_decision(row, value, p, expected):
    given = {"chi2": value} | ({} if p is None else {"p_value": p})
    assert verdict(3, row, "test", "chi2", **given) == expected


def test_degrees_of_freedom_that_are_not_printed_need_a_p_value():
    with pytest.raises(PublishedError, match=r"no p-value of ours for a chi2.*p_value"):
        one(3, "LR SAR", "test", chi2=40.0)


def test_two_tests_in_one_cell_have_their_own_p_values():
    given = {"kp_rk_lm": 20.0, "kp_rk_wald_f": 3.0}
    cell = one(11, "model", "IV1 second stage", **given, kp_rk_wald_f_p_value=0.4)
    assert cell.loc["kp_rk_lm", "verdict"] == "same decision"
    assert cell.loc["kp_rk_wald_f", "verdict"] == "other decision"


@pytest.mark.parametrize(
    ("statistic", "value", "expected"),
    [
        ("mean", 1.9329, "reproduced"),  # published 1.933, .963/√300 = .0556
        ("mean", 2.04, "close"),
        ("mean", 2.05, "differs"),
        ("sd", 1.03, "close"),  # .963/√600 = .0393: 1.7
        ("sd", 1.05, "differs"),
        ("min", 0.5049, "reproduced"),  # published 0.505
        ("min", 0.506, "differs"),  # no error: reproduced or not
        ("max", -1.0, "differs"),
        ("observations", 300, "reproduced"),
        ("observations", 299, "differs"),
    ],
)
def test_descriptives(statistic, value, expected):
    assert verdict(5, "CP", "all", statistic, **{statistic: value}) == expected


def test_r_squared():
    # published .3967: 2·√.3967·.6033/√300 = .0439
    assert verdict(6, "model", "OLS", "r_squared", r_squared=0.48) == "close"
    assert verdict(6, "model", "OLS", "r_squared", r_squared=0.49) == "differs"
    error = published_error(load(6), observations=300)[load(6)["statistic"] == "r_squared"]
    assert error.iloc[0] == pytest.approx(2 * math.sqrt(0.3967) * 0.6033 / math.sqrt(300))


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
def test_published_numbers_reproduce_themselves(table):
    result = compare(load(table)[[*KEY, "value"]], table)
    known = result[(result["table"] != 12) | (result["statistic"] == "observations")]
    unclear = known[~known["verdict"].isin(["reproduced", "not judged"])]
    # a coefficient that is equal, but published with one digit: .001 (.001)
    assert set(unclear["statistic"]) <= {"coefficient"}
    digits = unclear["printed"].str.replace(r"[-.]", "", regex=True).str.lstrip("0").str.len()
    assert (digits < 2).all()
    assert (known["difference"] == 0).all()
    assert result[KEY].equals(load(table)[KEY])


def test_the_groups_of_table_12_have_no_counterpart_but_show_ours():
    result = compare(load(12)[[*KEY, "value"]].assign(value=1.0), 12)
    assert result["verdict"].value_counts().to_dict() == {"not comparable": 51, "differs": 3}
    assert (result["ours"] == 1).all()
    assert result["reason"][result["verdict"] == "not comparable"].str.len().gt(0).all()


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


def test_an_estimate_is_judged_in_standard_deviations_too():
    # Table 8: GIA's direct effect .090 (.026), CP's standard deviation .963
    ours = pd.DataFrame(
        [("GIA", "direct", "coefficient", 0.30), ("GIA", "direct", "std_error", 0.06)],
        columns=[*KEY, "value"],
    )
    cell = compare(ours, 8, reason=REST, our_sd={"CP": 0.963 * 3}).iloc[0]
    assert cell["verdict"] == "other size"  # .21/√(.026² + .06²) = 3.2
    assert cell["verdict_in_sd"] == "supports"  # (.10 − .09)/√(.026² + .02²) = .30
    assert cell["z_in_sd"] == pytest.approx(0.01 / math.hypot(0.026, 0.02))


def every(value=None):
    """Comparison of all tables, with the published numbers as ours or with none."""
    given = [load(t)[[*KEY, "value"]] for t in TABLES]
    return pd.concat(
        [
            compare(g if value is None else g.iloc[:0], t, REST)
            for g, t in zip(given, TABLES, strict=True)
        ],
        ignore_index=True,
    )


def test_each_statistic_has_one_rule_and_totals_count_every_number():
    held = every(value=0)
    counts = {group: totals(held, group) for group in GROUPS}
    assert sum(t.drop(index="all")["total"].sum() for t in counts.values()) == len(held) == 581
    for group, table in counts.items():
        assert list(table.columns) == [*VERDICTS[group], "total"]
        assert (table["total"] == table["not comparable"]).all()


def test_a_number_in_three_tables_counts_once():
    """The effects of Table 8 stand in Tables 7 and 9 too: 21 coefficients twice too often."""
    held = every()
    held = held[(held["group"] == "coefficients") & (held["verdict"] != "not comparable")]
    assert len(held) == 188
    assert len(distinct(held)) == 188 - 2 * 21
    other = held.assign(ours=held["ours"] + (held["table"] == 9))
    assert len(distinct(other)) == 188 - 21


def test_agreement_by_hand():
    """Three cells of Table 6: .108 (.026)***, .040 (.024)* and .534 (.347)."""
    cells = [("GIA", "OLS", 0.054, 0.020), ("GIA", "FE", -0.08, 0.024), ("OP", "FE", 1.2, 0.40)]
    ours = pd.DataFrame(
        [
            (row, column, statistic, value)
            for row, column, b, s in cells
            for statistic, value in (("coefficient", b), ("std_error", s))
        ],
        columns=[*KEY, "value"],
    )
    found = agreement(compare(ours, 6, reason=REST))["as published"]
    assert found["coefficients"] == 3
    assert found["same sign"] == pytest.approx(2 / 3)
    # two are starred; the first keeps sign and significance
    assert found["same sign and significant"] == pytest.approx(1 / 2)
    # .054 ≤ 1.96·.020? no; .120? no; .666 ≤ .784: yes. In theirs: .054 > .051, .120, .666 ≤ .680
    assert found["published in our interval"] == pytest.approx(1 / 3)
    assert found["ours in the published interval"] == pytest.approx(1 / 3)
    assert found["relative effect"] == pytest.approx(0.5)
    assert found["relative t"] == pytest.approx(0.054 / 0.020 / (0.108 / 0.026))
    # z 1.65, 3.54, 1.26; upper ends .087, −.04 (turned to the published sign), 1.86
    assert found["differences"] == 1
    assert found["differences under control"] == 1
    assert found["too small to detect"] == pytest.approx(1 / 3)
    assert found["significant"] == found["significant under control"] == 3
