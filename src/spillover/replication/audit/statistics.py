"""Stars, test statistics, moments and counts against the numbers that they are printed with."""

from __future__ import annotations

import math
from collections.abc import Iterator

from scipy import special, stats

from spillover.replication.audit.intervals import Interval
from spillover.replication.audit.rules import (
    CERTAIN,
    LIKELY,
    UNITS,
    Number,
    Outcome,
    Printed,
    rule,
)

LEVELS = (0.10, 0.05, 0.01)
ROUNDED_LEVELS = (0.105, 0.055, 0.015)
"""Where the levels lie if p is rounded to two decimals before it is compared."""

GROUP_UNITS = {12: 10}
"""Provinces behind a regression where they are not all thirty: the groups of Table 12."""

REGRESSORS = 7
"""Exposure and controls: the most lags that a test of the Durbin model can restrict."""

INSTRUMENTS = {"IV1": "L.GIA", "IV2": "Terrain"}

OBSERVATIONS = {
    (5, ""): (UNITS * 10, "30 provinces × 10 years"),
    (6, ""): (UNITS * 10, "30 provinces × 10 years"),
    (9, "2013-2022"): (UNITS * 10, "30 provinces × 10 years"),
    (9, "2016-2021"): (UNITS * 6, "30 provinces × 6 years"),
    (11, "IV1"): (UNITS * 9, "30 provinces × 9 years, one lost to the lag"),
    (11, "IV2"): (UNITS * 10, "30 provinces × 10 years"),
    (12, ""): (UNITS // 3 * 10, "10 provinces × 10 years"),
}
"""Sample by table and beginning of the column."""


def stars_of(p: float, levels: tuple[float, ...] = LEVELS) -> int:
    """Return how many stars a p-value earns.

    Examples
    --------
    >>> [stars_of(p) for p in (0.2, 0.07, 0.03, 0.001)]
    [0, 1, 2, 3]
    """
    return sum(p < level for level in levels)


def p_text(p: float) -> str:
    """Return a p-value to four decimals, or that it is smaller.

    Examples
    --------
    >>> p_text(0.03456), p_text(1e-9)
    ('p = 0.0346', 'p < 0.0001')
    """
    return f"p = {p:.4f}" if p >= 0.0001 else "p < 0.0001"


def allowed(
    size: Interval, units: int, tails: int = 2, levels: tuple[float, ...] = LEVELS
) -> tuple[int, int]:
    r"""Return the fewest and the most stars that \|t\| within `size` can carry.

    The most come from the largest \|t\| and the normal, the fewest from the smallest and
    Student's t with `units` − 1 degrees of freedom: clustered errors have no fewer.

    Examples
    --------
    >>> allowed(Interval(2.434, 2.496), 30)
    (2, 2)
    """
    fewest = stars_of(tails * float(special.stdtr(units - 1, -size.low)), levels)
    return fewest, stars_of(tails * float(special.ndtr(-size.high)), levels)


def _t(number: Number, error: Number) -> Interval:
    return abs(number.interval) / error.interval


def _fits(
    number: Number, error: Number, tails: int = 2, levels: tuple[float, ...] = LEVELS
) -> bool:
    units = GROUP_UNITS.get(number.table, UNITS)
    fewest, most = allowed(_t(number, error), units, tails, levels)
    return fewest <= len(number.stars) <= most


@rule("stars of coefficients", "Stars: coefficients")
def _coefficient_stars(printed: Printed) -> Iterator[Outcome]:
    """Whether the error of each coefficient and effect allows its stars.

    A star is impossible if no unrounded coefficient and error could carry it, under the normal
    or any Student t with at least as many degrees of freedom as clusters less one. One tail is
    an excuse unless another number of the table needs two.
    """
    for number, error in printed.paired("coefficient", "std_error"):
        size = _t(number, error)
        implied = (
            f"|t| = {abs(number.value):g}/{error.value:g} = "
            f"{abs(number.value) / error.value:.3f}, before rounding {size.text()}"
        )
        if _fits(number, error):
            yield Outcome((number, error), implied)
            continue
        fewest, most = allowed(size, GROUP_UNITS.get(number.table, UNITS))
        word = "more" if len(number.stars) > most else "fewer"
        earned = " or ".join(dict.fromkeys("*" * n or "no star" for n in (fewest, most)))
        finding = (
            f"{number.stars or 'no star'}: {word} than the number can carry, which is {earned}"
        )
        certainty = CERTAIN
        if not _fits(number, error, tails=1):
            finding += ", with one tail or two"
        elif witness := next(
            (
                (n, e)
                for n, e in printed.paired("coefficient", "std_error", number.table)
                if _fits(n, e) and not _fits(n, e, tails=1)
            ),
            None,
        ):
            n, e = witness
            finding += (
                f"; one tail would allow it, but {n.row}, {n.column}, {n.text} {e.text}, of the "
                "same table needs two"
            )
        else:
            finding, certainty = f"{finding}, unless the test has one tail", LIKELY
        yield Outcome((number, error), implied, False, finding, certainty=certainty)


@rule("rule behind the stars", "Stars: coefficients", LIKELY)
def _star_rule(printed: Printed) -> Iterator[Outcome]:
    """Whether p rounded to two decimals before it is compared explains impossible stars.

    Rounded, p < 0.015 still prints as 0.01 and earns three stars.
    """
    found = printed.paired("coefficient", "std_error")
    odd = [pair for pair in found if not _fits(*pair)]
    left = [pair for pair in found if not _fits(*pair, levels=ROUNDED_LEVELS)]
    if not odd:
        return
    rescued = [pair for pair in odd if pair not in left]
    yield Outcome(
        tuple(n for pair in rescued or odd for n in pair),
        f"impossible stars: {len(odd)} of {len(found)} if p is compared as it is, "
        f"{len(left)} if it is rounded to two decimals first",
        len(left) >= len(odd),
        "p-values rounded to two decimals (0.0137 to 0.01) before they were compared with 0.01 "
        "would explain most of the impossible stars",
        ("all", "all"),
    )


@rule("stars of test statistics", "Stars: statistics")
def _statistic_stars(printed: Printed) -> Iterator[Outcome]:
    """Whether χ² allows the stars of each LM, LR, Wald and rank statistic.

    One degree of freedom for the LM tests and for the rank test with one instrument; for LR and
    Wald anything from one to as many as there are regressors to be lagged.
    """
    for number in printed.of("chi2", "kp_rk_lm"):
        degrees = (1, REGRESSORS) if number.row.startswith(("LR", "Wald")) else (1,)
        ends = (number.interval.low, number.interval.high)
        counts = [stars_of(float(stats.chi2.sf(end, df))) for df in degrees for end in ends]
        words = [f"{p_text(float(stats.chi2.sf(number.value, df)))} for χ²({df})" for df in degrees]
        many = "more" if len(number.stars) > max(counts) else "fewer"
        yield Outcome(
            (number,),
            f"χ² = {number.printed}: {' or '.join(words)}",
            min(counts) <= len(number.stars) <= max(counts),
            f"{number.stars or 'no star'}: {many} than the statistic can carry",
        )


@rule("regression through the means", "Sums, repeats")
def _means(printed: Printed) -> Iterator[Outcome]:
    """A regression with a constant passes through the means of Table 5.

    mean(CP) = constant + Σ coefficient · mean, exactly, for least squares on all observations.
    With dummies whose first category is left out the constant belongs to that category, so only
    the pooled column is held to it.
    """
    rows = [n.row for n in printed.of("coefficient", table=6) if n.column == "OLS"]
    names = [row for row in rows if row != "Constant"]
    slopes = printed.several(*((6, row, "OLS", "coefficient") for row in names))
    centres = printed.several(*((5, row, "all", "mean") for row in names))
    ends = printed.several((6, "Constant", "OLS", "coefficient"), (5, "CP", "all", "mean"))
    if not slopes or not centres or ends is None:
        return
    constant, mean = ends
    span = constant.interval
    for slope, centre in zip(slopes, centres, strict=True):
        span = span + slope.interval * centre.interval
    yield Outcome(
        (constant, *slopes, mean, *centres),
        f"constant + Σ coefficient × mean = {span.text()}",
        span.overlaps(mean.interval),
        f"the mean is printed as {mean.printed}",
        ("Constant", "OLS"),
    )


@rule("identity of LM tests", "Tests")
def _lm_identity(printed: Printed) -> Iterator[Outcome]:
    """LM lag + robust LM error = LM error + robust LM lag: both are the joint statistic.

    Anselin, Bera, Florax and Yoon (1996).
    """
    rows = ("LM lag", "robust LM error", "LM error", "robust LM lag")
    found = printed.several(*((3, row, "test", "chi2") for row in rows))
    if found is None:
        return
    lag, robust_error, error, robust_lag = found
    one, two = lag.interval + robust_error.interval, error.interval + robust_lag.interval
    yield Outcome(
        found,
        f"{lag.printed} + {robust_error.printed} = {lag.value + robust_error.value:.3f}; "
        f"{error.printed} + {robust_lag.printed} = {error.value + robust_lag.value:.3f}",
        one.overlaps(two),
        "the two sums are one statistic and must be equal",
        ("LM", "test"),
    )


@rule("LR tests that should differ", "Tests", LIKELY)
def _equal_ratios(printed: Printed) -> Iterator[Outcome]:
    """LR against the lag model and against the error model: equal only if both fit alike."""
    found = printed.several((3, "LR SEM", "test", "chi2"), (3, "LR SAR", "test", "chi2"))
    if found is None:
        return
    error, lag = found
    yield Outcome(
        found,
        f"|lnL(SAR) − lnL(SEM)| = {abs(error.value - lag.value) / 2:.3f} "
        f"± {0.5 * 10.0**-error.decimals:g}",
        error.printed != lag.printed,
        "the two LR statistics are equal to the last digit, which would need two different models "
        "with the same log-likelihood, although the LM and Wald statistics of the same table "
        "differ; one figure may have been entered twice",
        ("LR SAR, LR SEM", "test"),
    )


@rule("restrictions behind the Wald test", "Tests", LIKELY)
def _restrictions(printed: Printed) -> Iterator[Outcome]:
    """Whether the Wald statistic can belong to a model that lags the exposure alone.

    One restriction gives Wald = t², so the lag's |t| would be √Wald; the effects of Table 8 give
    θ = total·(1 − ρ) − main and an error of at least the difference of its parts' errors.
    """
    found = printed.several(
        (3, "Wald SAR", "test", "chi2"),
        (9, "GIA", "2013-2022 total", "coefficient"),
        (9, "GIA", "2013-2022 main", "coefficient"),
        (9, "GIA", "2013-2022 total", "std_error"),
        (9, "GIA", "2013-2022 main", "std_error"),
        (9, "Agdp", "2013-2022 main", "coefficient"),
        (9, "Agdp", "2013-2022 total", "coefficient"),
    )
    if found is None:
        return
    wald, total, main, s_total, s_main, control, control_total = found
    keep = control.value / control_total.value
    theta = total.value * keep - main.value
    least = abs(s_total.value * keep - s_main.value)
    largest = abs(theta) / least if least else math.inf
    yield Outcome(
        found,
        f"√{wald.printed} = {math.sqrt(wald.value):.1f}; θ = {total.printed} × {keep:.3f} − "
        f"{main.printed} = {theta:.3f}, error at least |{s_total.printed} × {keep:.3f} − "
        f"{s_main.printed}| = {least:.3f} with ρ taken as known, |t| at most {largest:.1f}",
        math.sqrt(wald.value) <= 2 * largest,
        "the effects show a model in which GIA alone is lagged, and its one restriction cannot "
        "give this Wald statistic; the tests belong to another model, one with more lags",
    )


@rule("F against t squared", "Tests")
def _f_against_t(printed: Printed) -> Iterator[Outcome]:
    """With one instrument the rank Wald F is the square of its t."""
    for stage, instrument in INSTRUMENTS.items():
        found = printed.several(
            (11, "model", f"{stage} second stage", "kp_rk_wald_f"),
            (11, instrument, f"{stage} first stage", "coefficient"),
            (11, instrument, f"{stage} first stage", "std_error"),
        )
        if found is None:
            continue
        f, slope, error = found
        span = (slope.interval / error.interval).square()
        yield Outcome(
            found,
            f"({slope.printed}/{error.printed})² = {(slope.value / error.value) ** 2:.1f}, "
            f"before rounding {span.text(1)}",
            span.overlaps(f.interval),
            f"F is printed as {f.printed}",
        )


@rule("statistics printed twice", "Tests")
def _printed_twice(printed: Printed) -> Iterator[Outcome]:
    """A statistic of the first stage that stands in both columns of a regression."""
    for stage in INSTRUMENTS:
        for kind in ("kp_rk_lm", "kp_rk_wald_f"):
            found = printed.several(
                *((11, "model", f"{stage} {which} stage", kind) for which in ("first", "second"))
            )
            if found is None:
                continue
            short, long = found
            inside = short.interval.low <= long.value <= short.interval.high
            same = short.printed == long.printed or (inside and short.decimals < long.decimals)
            yield Outcome(
                found,
                f"{long.printed} to {short.decimals} decimals is {long.value:.{short.decimals}f}",
                False,
                f"{short.printed} is {long.printed} rounded: one statistic printed in two "
                "columns, not a second test"
                if same
                else f"one regression, yet the columns print {short.printed} and {long.printed}",
            )


def _moments(printed: Printed) -> Iterator[tuple[Number, ...]]:
    """Mean, sd, min, max and observations of each variable that prints all five."""
    for mean in printed.of("mean"):
        place = (mean.table, mean.row, mean.column)
        kinds = ("mean", "sd", "min", "max", "observations")
        if found := printed.several(*((*place, kind) for kind in kinds)):
            yield found


@rule("order of moments", "Moments, counts")
def _order(printed: Printed) -> Iterator[Outcome]:
    """The mean lies between minimum and maximum."""
    for mean, _, low, high, _ in _moments(printed):
        span = Interval(low.interval.low, high.interval.high)
        yield Outcome(
            (mean, low, high),
            f"{low.printed} ≤ {mean.printed} ≤ {high.printed}",
            low.value <= high.value and span.overlaps(mean.interval),
            "the mean lies outside minimum and maximum",
        )


@rule("spread within bounds", "Moments, counts")
def _spread(printed: Printed) -> Iterator[Outcome]:
    """The standard deviation fits mean, minimum and maximum.

    Largest: all mass on the extremes, s² ≤ n/(n − 1)·(max − mean)(mean − min) (Bhatia and Davis
    2000). Least: one value at either extreme and all others at the mean.
    """
    for mean, sd, low, high, n in _moments(printed):
        m, a, b = mean.interval, low.interval, high.interval
        top = max(
            (y - x) * (x - z)
            for x in (m.low, m.high)
            for z in (a.low, a.high)
            for y in (b.low, b.high)
        )
        up, down = max(b.low - m.high, 0.0), max(m.low - a.high, 0.0)
        reach = Interval(
            math.sqrt((up**2 + down**2) / (n.value - 1)),
            math.sqrt(max(top, 0.0) * n.value / (n.value - 1)),
        )
        yield Outcome(
            (sd, mean, low, high, n),
            f"between {reach.text(4)}",
            reach.overlaps(sd.interval),
            f"no {n.printed} values with these extremes have sd {sd.printed}",
        )


@rule("observations", "Moments, counts")
def _observations(printed: Printed) -> Iterator[Outcome]:
    """Observations are provinces times years."""
    for number in printed.of("observations"):
        for (table, head), (count, words) in OBSERVATIONS.items():
            if number.table == table and number.column.startswith(head):
                yield Outcome(
                    (number,),
                    f"{words} = {count}",
                    number.value == count,
                    f"{number.printed} observations do not fit the sample",
                )


@rule("equal errors", "Moments, counts", LIKELY)
def _equal_errors(printed: Printed) -> Iterator[Outcome]:
    """Two errors in one column that agree to three figures although elsewhere they never do.

    Agreement by chance is common; it counts only where every other column of the table has one of
    the two at least five times the other.
    """
    errors = printed.of("std_error")
    for at, one in enumerate(errors):
        for other in errors[at + 1 :]:
            alike = one.printed == other.printed and one.value >= 0.1
            if not alike or (one.table, one.column) != (other.table, other.column):
                continue
            ratios = [
                twin.value / n.value
                for n in errors
                if (n.table, n.row) == (one.table, one.row) and n.column != one.column
                if (twin := printed.get(other.table, other.row, n.column, "std_error"))
            ]
            yield Outcome(
                (other, one),
                f"both {one.printed}; error of {other.row} over that of {one.row} in other "
                f"columns: {', '.join(f'{r:.1f}' for r in ratios)}",
                not ratios or min(max(r, 1 / r) for r in ratios) < 5,
                f"the error of {other.row} repeats that of {one.row}, which stands above it, and "
                "is far smaller than the other columns suggest; it may have been copied",
            )
