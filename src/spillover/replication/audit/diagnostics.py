"""Test statistics among themselves: identities they obey, and repeats that they should not show.

Levels of significance are dealt with in :mod:`.stars`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from spillover.replication.audit.cells import CERTAIN, LIKELY, Number, Outcome, Page
from spillover.replication.audit.intervals import rounded

LM = ("LM lag", "robust LM error", "LM error", "robust LM lag")
STAGES = ("IV1", "IV2")
INSTRUMENT = {"IV1": "L.GIA", "IV2": "Terrain"}


def lm_identity(page: Page) -> Iterator[Outcome]:
    """LM lag + robust LM error = LM error + robust LM lag: both are the joint statistic.

    Anselin, Bera, Florax and Yoon (1996).
    """
    found = page.cells.several(*((3, row, "test", "chi2") for row in LM))
    if found is None:
        return
    lag, robust_error, error, robust_lag = found
    one, two = lag.interval + robust_error.interval, error.interval + robust_lag.interval
    holds = one.overlaps(two)
    yield Outcome(
        "identity of LM tests",
        found,
        f"{lag.printed} + {robust_error.printed} = {lag.value + robust_error.value:.3f}; "
        f"{error.printed} + {robust_lag.printed} = {error.value + robust_lag.value:.3f}",
        "" if holds else "the two sums are one statistic and must be equal",
        "" if holds else CERTAIN,
        ("LM", "test"),
    )


def equal_ratios(page: Page) -> Iterator[Outcome]:
    """LR against the lag model and against the error model: equal only if both fit alike."""
    found = page.cells.several((3, "LR SEM", "test", "chi2"), (3, "LR SAR", "test", "chi2"))
    if found is None:
        return
    error, lag = found
    same = error.printed == lag.printed
    yield Outcome(
        "LR tests that should differ",
        found,
        f"|lnL(SAR) − lnL(SEM)| = {abs(error.value - lag.value) / 2:.3f} "
        f"± {0.5 * 10.0**-error.decimals:g}",
        "the two LR statistics are equal to the last digit, which would need two different models "
        "with the same log-likelihood, although the LM and Wald statistics of the same table "
        "differ; one figure may have been entered twice"
        if same
        else "",
        LIKELY if same else "",
        ("LR SAR, LR SEM", "test"),
    )


def restrictions(page: Page) -> Iterator[Outcome]:
    """Whether the Wald statistic can belong to a model that lags the exposure alone.

    One restriction gives Wald = t², so the lag's |t| would be √Wald; the effects of Table 8 give
    θ = total·(1 − ρ) − main and an error of at least the difference of its parts' errors.
    """
    wald = page.cells.get(3, "Wald SAR", "test", "chi2")
    found = page.cells.several(
        (9, "GIA", "2013-2022 total", "coefficient"),
        (9, "GIA", "2013-2022 main", "coefficient"),
        (9, "GIA", "2013-2022 total", "std_error"),
        (9, "GIA", "2013-2022 main", "std_error"),
        (9, "Agdp", "2013-2022 main", "coefficient"),
        (9, "Agdp", "2013-2022 total", "coefficient"),
    )
    if wald is None or found is None:
        return
    total, main, s_total, s_main, control, control_total = found
    keep = control.value / control_total.value
    theta = total.value * keep - main.value
    least = abs(s_total.value * keep - s_main.value)
    largest = abs(theta) / least if least else math.inf
    off = math.sqrt(wald.value) > 2 * largest
    yield Outcome(
        "restrictions behind the Wald test",
        (wald, *found),
        f"√{wald.printed} = {math.sqrt(wald.value):.1f}; θ = {total.printed} × {keep:.3f} − "
        f"{main.printed} = {theta:.3f}, error at least |{s_total.printed} × {keep:.3f} − "
        f"{s_main.printed}| = {least:.3f} with ρ taken as known, |t| at most {largest:.1f}",
        "the effects show a model in which GIA alone is lagged, and its one restriction cannot "
        "give this Wald statistic; the tests belong to another model, one with more lags"
        if off
        else "",
        LIKELY if off else "",
    )


def f_against_t(page: Page) -> Iterator[Outcome]:
    """With one instrument the rank Wald F is the square of its t."""
    for stage in STAGES:
        column = f"{stage} first stage"
        row = INSTRUMENT[stage]
        found = page.cells.several(
            (11, "model", f"{stage} second stage", "kp_rk_wald_f"),
            (11, row, column, "coefficient"),
            (11, row, column, "std_error"),
        )
        if found is None:
            continue
        f, slope, error = found
        span = (slope.interval / error.interval).square()
        holds = span.overlaps(f.interval)
        yield Outcome(
            "F against t squared",
            found,
            f"({slope.printed}/{error.printed})² = {(slope.value / error.value) ** 2:.1f}, "
            f"before rounding {span.text(1)}",
            "" if holds else f"F is printed as {f.printed}",
            "" if holds else CERTAIN,
        )


def _is_rounding(short: Number, long: Number) -> bool:
    """Whether one number is the other with fewer decimals."""
    inside = rounded(short.printed, short.decimals)
    return short.decimals < long.decimals and inside.low <= long.value <= inside.high


def printed_twice(page: Page) -> Iterator[Outcome]:
    """A statistic of the first stage that stands in both columns of a regression."""
    for stage in STAGES:
        for kind in ("kp_rk_lm", "kp_rk_wald_f"):
            found = page.cells.several(
                *((11, "model", f"{stage} {which} stage", kind) for which in ("first", "second"))
            )
            if found is None:
                continue
            short, long = found
            twice = _is_rounding(short, long) or short.printed == long.printed
            finding = (
                f"{short.printed} is {long.printed} rounded: one statistic printed in two columns, "
                "not a second test"
                if twice
                else f"one regression, yet the columns print {short.printed} and {long.printed}"
            )
            yield Outcome(
                "statistics printed twice",
                found,
                f"{long.printed} to {short.decimals} decimals is {long.value:.{short.decimals}f}",
                finding,
                CERTAIN,
            )


CHECKS = (lm_identity, equal_ratios, restrictions, f_against_t, printed_twice)
