"""Numbers as text: the cases where a naive format would mislead a reader."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from spillover.econometrics.formats import (
    check_text,
    count_signs,
    fmt,
    interval,
    percent,
    pvalue,
    stars,
)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.0, 3, "0.000"),
        (-0.0, 3, "0.000"),
        (-0.0004, 3, "0.000"),
        (-0.0006, 3, "\u22120.001"),
        (2.5, 0, "2"),
        (1234567.891, 1, "1234567.9"),
        (math.nan, 3, "\u2013"),
        (None, 3, "\u2013"),
        (pd.NA, 3, "\u2013"),
        (np.float32(0.5), 2, "0.50"),
        (np.int64(-3), 0, "\u22123"),
    ],
)
def test_fmt(value: object, decimals: int, text: str) -> None:
    assert fmt(value, decimals) == text


def test_fmt_with_signs_and_groups() -> None:
    assert fmt(12.3, 1, plus=True) == "+12.3"
    assert fmt(0, 1, plus=True) == "0.0"
    assert fmt(-9876543, 0, thousands=True) == "\u22129,876,543"


@pytest.mark.parametrize("value", [math.inf, -math.inf, np.inf])
def test_an_infinite_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        fmt(value)


def test_percent_interval_and_pvalue() -> None:
    assert percent(0.125, 0) == "12%"
    assert interval(-0.5, 0.25, 2) == "[\u22120.50, 0.25]"
    assert [pvalue(p) for p in (1, 0.0005, 0.00049, 0)] == ["1.000", "0.001", "<0.001", "<0.001"]
    with pytest.raises(ValueError, match="from 0 to 1"):
        pvalue(1.2)


def test_stars_have_strict_bounds() -> None:
    assert [stars(p) for p in (0.0099, 0.01, 0.0499, 0.05, 0.0999, 0.1, math.nan)] == [
        "***", "**", "**", "*", "*", "", "",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "  ", "nan", "is nan here", "0.1234567", "inf", "None"])
def test_unfinished_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="finished"):
        check_text(text, "it")


@pytest.mark.parametrize("text", ["finance", "Henan", "None of them", "0.12345", "`none`"])
def test_finished_text_passes(text: str) -> None:
    assert check_text(text, "it") == text


def test_missing_estimates_are_not_counted() -> None:
    values, p = pd.Series([math.nan, -1.0, 2.0]), pd.Series([math.nan, 0.01, 0.02])
    assert count_signs(values, p) == "1 negative (1 significantly), 1 positive (1 significantly)"
