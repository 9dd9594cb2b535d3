"""Weights and the division of variance, against shares derived by hand."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from spillover.multiverse import (
    MultiverseError,
    by_choice,
    decomposition,
    signs,
    specification_curve,
    summary,
    weighted,
)

A = {"low": -1.0, "high": 1.0}
B = {"x": -1.0, "y": 0.0, "z": 1.0}


def crossed(y: pd.Series | None = None) -> pd.DataFrame:
    """The crossing of a (2 values), b (3) and c (2): y = a + 2b + 3ab, in which c has no part."""
    rows = pd.DataFrame(list(product(A, B, "pq")), columns=["a", "b", "c"])
    a, b = rows["a"].map(A), rows["b"].map(B)
    effect = a + 2 * b + 3 * a * b if y is None else y
    for name in rows:
        rows[name] = pd.Categorical(rows[name], rows[name].unique(), ordered=True)
    for name in ("direct", "indirect", "total"):
        parts = {"": effect, "_std_error": 1.0, "_pvalue": 0.01, "_low": 0.0, "_high": 0.0}
        rows = rows.assign(**{name + part: value for part, value in parts.items()})
    return rows.assign(reason="", note="")


def failing(table: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    table = table.assign(reason=np.where(rows, "no such year", ""))
    table.loc[rows, ["direct", "direct_pvalue", "direct_std_error"]] = np.nan
    return table


def test_shares_of_two_choices_and_their_interaction() -> None:
    # E a² = 1 and E b² = 2/3, means zero: Var(a) = 1, Var(2b) = 8/3, Var(3ab) = 9·2/3 = 6
    whole = 1 + 8 / 3 + 6
    found = decomposition(crossed())
    assert found.attrs["variance"] == pytest.approx(whole)
    assert found.loc[("a", "")].tolist() == pytest.approx([1 / whole, 7 / whole])
    assert found.loc[("b", "")].tolist() == pytest.approx([8 / 3 / whole, 26 / 3 / whole])
    assert found.loc[("c", "")].tolist() == pytest.approx([0, 0], abs=1e-12)
    assert found.index[3] == ("a", "b")  # the largest pair is the first
    assert found.loc[("a", "b"), "share"] == pytest.approx(6 / whole)
    assert found["share"].sum() == pytest.approx(1)
    assert found.attrs["crossed"]


def test_shares_with_unequal_weights() -> None:
    # a is −1 with weight 3/4: mean −1/2, variance 3/4; b is x, y, z with 1/4, 1/2, 1/4: 1/2.
    # y = a + b(2 + 3a): given a, E y = a. Given b, E y = −1/2 + b(2 − 3/2): Var = 1/4·1/2.
    # Var y = Var a + E b²·E(2 + 3a)², (2 + 3a)² = 1 or 25: 3/4·1 + 1/4·25 = 7
    weigh = {"a": {"low": 3, "high": 1}, "b": {"x": 1, "y": 2, "z": 1}}
    found = decomposition(weighted(crossed(), weigh))
    whole = 3 / 4 + 7 / 2
    assert found.attrs["variance"] == pytest.approx(whole)
    assert found.loc[("a", ""), "share"] == pytest.approx(3 / 4 / whole)
    assert found.loc[("b", ""), "share"] == pytest.approx(1 / 8 / whole)
    assert found.loc[("a", "b"), "share"] == pytest.approx(1 - (3 / 4 + 1 / 8) / whole)
    assert found.loc[("b", ""), "total"] == pytest.approx(7 / 2 / whole)


def test_what_failed_is_left_out_of_means_and_said() -> None:
    # high with z fails: y is −1−2b+... = a + b(2 + 3a) over (low: x y z, high: x y), twice each
    # low: −1 − b = 0, −1, −2; high: 1 + 5b = −4, 1. Mean −6/5, Var = (0+1+4+16+1)/5 − 36/25
    table = crossed()
    found = decomposition(failing(table, (table["a"] == "high") & (table["b"] == "z")))
    whole = 22 / 5 - 36 / 25
    assert found.attrs["variance"] == pytest.approx(whole)
    assert (found.attrs["specifications"], found.attrs["failed"]) == (10, 2)
    assert not found.attrs["crossed"]
    # means given a: −1 (3 of 5), −3/2 (2 of 5); given b: x −2, y 0 (2 of 5 each), z −2 (1 of 5)
    of_a = 3 / 5 + 2 / 5 * 9 / 4 - 36 / 25
    of_b = 2 / 5 * 4 + 1 / 5 * 4 - 36 / 25
    assert found.loc[("a", ""), "share"] == pytest.approx(of_a / whole)
    assert found.loc[("b", ""), "share"] == pytest.approx(of_b / whole)
    # given b and c, a still varies at x (0, −4: variance 4) and y (−1, 1: variance 1)
    assert found.loc[("a", ""), "total"] == pytest.approx((2 / 5 * 4 + 2 / 5 * 1) / whole)


def test_values_without_weight_are_absent() -> None:
    table = weighted(crossed(), {"b": {"x": 1, "y": 1, "z": 0}})
    kept = crossed()[lambda t: t["b"] != "z"]
    found, other = decomposition(table), decomposition(kept)
    assert found.to_numpy() == pytest.approx(other.to_numpy(), nan_ok=True)
    assert len(specification_curve(table)) == len(kept)
    assert by_choice(table).loc[("b", "z"), "specifications"] == 0


def test_choices_together() -> None:
    found = by_choice(crossed(), "direct", ["b", "a"])  # a + 2b + 3ab, alike for both c
    assert found.loc[("z", "high"), "median"] == 6
    assert found.loc[("x", "low"), ["specifications", "positive"]].tolist() == [2, 0]
    assert found.index.to_list() == [(b, a) for b in B for a in A]
    with pytest.raises(MultiverseError, match="choice='d'"):
        by_choice(crossed(), "direct", ["d"])


def test_a_sign_that_needs_two_choices_is_an_interaction() -> None:
    table = crossed()
    positive = decomposition(table, of="positive")  # low: never; high: y and z
    assert positive.attrs["variance"] == pytest.approx(1 / 3 * 2 / 3)
    assert positive.loc[("a", ""), "share"] == pytest.approx((1 / 3) ** 2 / (2 / 9))
    insignificant = table.assign(direct_pvalue=0.06)
    with pytest.raises(MultiverseError, match="same in all 12"):
        decomposition(insignificant, of="positive")


def test_the_total_of_a_sampled_crossing_is_not_given() -> None:
    found = decomposition(crossed().drop(index=[0, 7]))
    assert found.loc[[("a", ""), ("b", ""), ("c", "")], "total"].isna().all()
    assert not found.attrs["crossed"]


def test_equal_weights_change_nothing() -> None:
    table = failing(crossed(), pd.Series([True] + [False] * 11))
    equal = weighted(table, {"a": dict.fromkeys(A, 5)})
    pd.testing.assert_frame_equal(summary(equal), summary(table))
    pd.testing.assert_frame_equal(by_choice(equal), by_choice(table))
    pd.testing.assert_frame_equal(decomposition(equal), decomposition(table))
    shares, counts = signs(equal).loc["direct"], signs(table).loc["direct"]
    assert (shares * 11).tolist() == pytest.approx(counts.tolist())


def test_copies_count_once_by_their_weights() -> None:
    # one specification above zero, and a hundred copies of one below
    effect = pd.Series([1.0] + [-1.0] * 11)
    table = crossed(effect).assign(copy=pd.Categorical(["own", *map(str, range(11))]))
    weigh = {"copy": {"own": 2, **dict.fromkeys(map(str, range(11)), 1 / 11)}}
    found = summary(weighted(table, weigh)).loc["direct"]
    assert found["median"] == 1
    assert found["positive_significant"] == pytest.approx(2 / 3)
    assert found["specifications"] == 12
    assert specification_curve(weighted(table, weigh))["weight"].sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("weigh", "match"),
    [
        ({"d": {"x": 1}}, "choice='d'"),
        ({"a": {"low": 1}}, "'high' without a weight"),
        ({"a": {"low": 1, "high": 1, "middle": 1}}, "no value 'middle'"),
        ({"a": {"low": -1, "high": 1}}, "low"),
        ({"a": {"low": 0, "high": 0}}, "no specification"),
    ],
)
def test_weights_that_do_not_fit_are_refused(weigh: dict, match: str) -> None:
    with pytest.raises(MultiverseError, match=match):
        weighted(crossed(), weigh)
