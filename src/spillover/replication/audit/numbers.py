"""Published numbers against one another: stars, sums, repeats, moments, tests, lags and effects."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy import special

from spillover.replication.audit.intervals import Interval, exactly
from spillover.replication.audit.rules import (
    CERTAIN,
    EFFECTS,
    LIKELY,
    POSSIBLE,
    UNITS,
    Number,
    Outcome,
    Published,
    rule,
)

LEVELS = (0.10, 0.05, 0.01)

ROUNDED_LEVELS = (0.105, 0.055, 0.015)
"""Where the levels lie if p is rounded to two decimals before it is compared."""

GROUP_UNITS = {12: 10}
"""Provinces behind a regression where they are not all thirty: the groups of Table 12."""

EXPOSURE = "GIA"
CONTROLS = ("Agdp", "URB", "OP", "ER", "IND", "PDE")

REPEATS = ((8, "", 7, "(1) "), (8, "", 9, "2013-2022 "))
"""Estimates that are published more than once: table and beginning of the column, twice."""

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

INSTRUMENTS = {"IV1": "L.GIA", "IV2": "Terrain"}

FAR = 5
"""Ratio of two standard errors beyond which one is called far smaller; a threshold of ours."""


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


def _fits(n: Number, error: Number, tails: int = 2, levels: tuple[float, ...] = LEVELS) -> bool:
    size = abs(n.interval) / error.interval
    fewest, most = allowed(size, GROUP_UNITS.get(n.table, UNITS), tails, levels)
    return fewest <= len(n.stars) <= most


@rule("stars of coefficients", "Stars")
def _coefficient_stars(published: Published) -> Iterator[Outcome]:
    """Whether the error of each coefficient and effect allows its stars.

    A star is impossible if no unrounded coefficient and error could carry it, under the normal
    or any Student t with at least as many degrees of freedom as clusters less one. One tail is
    an excuse unless another number of the table needs two.
    """
    for n, error in published.paired("coefficient", "std_error"):
        size = abs(n.interval) / error.interval
        arithmetic = (
            f"|t| = {abs(n.value):g}/{error.value:g} = {abs(n.value) / error.value:.3f}, "
            f"before rounding {size.text()}"
        )
        if _fits(n, error):
            yield Outcome((n, error), arithmetic)
            continue
        fewest, most = allowed(size, GROUP_UNITS.get(n.table, UNITS))
        earned = " or ".join(dict.fromkeys("*" * k or "no star" for k in (fewest, most)))
        finding, certainty = f"{n.stars or 'no star'} where the number earns {earned}", CERTAIN
        if _fits(n, error, tails=1):
            table = published.paired("coefficient", "std_error", n.table)
            two = [(m, s) for m, s in table if _fits(m, s) and not _fits(m, s, tails=1)]
            two.sort(key=lambda pair: pair[0].column.split(" ")[0] != n.column.split(" ")[0])
            if two:
                (m, s) = two[0]
                arithmetic += (
                    f"; one tail is excluded, because {m.row}, {m.column}, {m.text} {s.text} of "
                    "the same table needs two"
                )
            else:
                finding, certainty = f"{finding}, unless the test has one tail", LIKELY
        yield Outcome((n, error), arithmetic, finding, certainty)


def rounded_p(published: Published) -> tuple[int, int, int]:
    """Count coefficients, impossible stars, and those left if p is rounded before it is compared.

    Rounded to two decimals, p < 0.015 reads as 0.01 and earns three stars.
    """
    found = published.paired("coefficient", "std_error")
    odd = sum(not _fits(*pair) for pair in found)
    return len(found), odd, sum(not _fits(*pair, levels=ROUNDED_LEVELS) for pair in found)


@rule("stars of test statistics", "Stars")
def _statistic_stars(published: Published) -> Iterator[Outcome]:
    """Whether χ² allows the stars of each LM, LR, Wald and rank statistic.

    One degree of freedom for the LM tests and for the rank test with one instrument; for LR and
    Wald anything from one to as many as there are regressors to be lagged.
    """
    for n in published.of("chi2", "kp_rk_lm"):
        degrees = (1, 1 + len(CONTROLS)) if n.row.startswith(("LR", "Wald")) else (1,)
        ends = (n.interval.low, n.interval.high)
        counts = [
            stars_of(float(special.chdtrc(df, max(end, 0.0)))) for df in degrees for end in ends
        ]
        words = [
            f"{p_text(float(special.chdtrc(df, max(n.value, 0.0))))} for χ²({df})" for df in degrees
        ]
        finding = ""
        if not min(counts) <= len(n.stars) <= max(counts):
            many = "more" if len(n.stars) > max(counts) else "fewer"
            finding = f"{n.stars or 'no star'}: {many} than the statistic earns"
        yield Outcome((n,), f"χ² = {n.printed}: {' or '.join(words)}", finding)


def _triples(published: Published) -> Iterator[tuple[str, tuple[Number, ...], tuple[Number, ...]]]:
    """Model, the three effects and their errors, for every row that has them."""
    for n in published.of("coefficient"):
        model, space, effect = n.column.rpartition(" ")
        if effect != "direct":
            continue
        places = [(n.table, n.row, model + space + e) for e in EFFECTS]
        effects = published.several(*((*p, "coefficient") for p in places))
        errors = published.several(*((*p, "std_error") for p in places))
        if effects and errors:
            yield f"Table {n.table} {model}".strip(), effects, errors


@rule("effects add up", "Sums, repeats")
def _sums(published: Published) -> Iterator[Outcome]:
    """Direct and indirect effect must add up to the total within rounding."""
    for _, effects, _ in _triples(published):
        direct, indirect, total = effects
        span = direct.interval + indirect.interval
        wrong = not span.overlaps(total.interval)
        yield Outcome(
            effects,
            f"{direct.printed} + {indirect.printed} = {span.text(4)} before rounding",
            f"the total is published as {total.printed}" if wrong else "",
        )


@rule("errors of effects", "Sums, repeats")
def _errors(published: Published) -> Iterator[Outcome]:
    """A total's error lies between difference and sum of its parts' errors.

    The variance of a sum is s₁² + s₂² + 2r·s₁s₂ with |r| ≤ 1.
    """
    for _, _, errors in _triples(published):
        direct, indirect, total = (n.interval for n in errors)
        reach = Interval(abs(direct - indirect).low, (direct + indirect).high)
        a, b, c = (n.value for n in errors)
        yield Outcome(
            errors[::-1],
            f"{reach.text(4)} is possible; published {errors[2].printed}, a correlation of "
            f"{(c * c - a * a - b * b) / (2 * a * b):.2f}",
            "" if reach.overlaps(total) else f"no correlation gives {errors[2].printed}",
        )


@rule("repeated numbers", "Sums, repeats")
def _repeats(published: Published) -> Iterator[Outcome]:
    """What is published twice must be the same: Table 8, and the rank statistics of Table 11."""
    for one, model, other, other_model in REPEATS:
        for n in published.of("coefficient", "std_error", table=one):
            effect = n.column.removeprefix(model)
            twin = published.get(other, n.row, other_model + effect, n.statistic)
            if effect in EFFECTS and twin is not None:
                words = f"Table {other} has {twin.text}, Table {one} {n.text}"
                yield Outcome((twin, n), words, "" if twin.text == n.text else "the two differ")
    for stage in INSTRUMENTS:
        for kind in ("kp_rk_lm", "kp_rk_wald_f"):
            columns = (f"{stage} first stage", f"{stage} second stage")
            if pair := published.several(*((11, "model", c, kind) for c in columns)):
                same = pair[0].interval.overlaps(pair[1].interval)
                words = f"{pair[0].printed} and {pair[1].printed}"
                yield Outcome(pair, words, "" if same else "one statistic has two values")


@rule("regression through the means", "Sums, repeats")
def _means(published: Published) -> Iterator[Outcome]:
    """A regression with a constant passes through the means of Table 5.

    mean(CP) = constant + Σ coefficient · mean, exactly, for least squares on all observations.
    With dummies whose first category is left out the constant belongs to that category, so only
    the pooled column is held to it.
    """
    names = [n.row for n in published.of("coefficient", table=6) if n.column == "OLS"]
    names = [row for row in names if row != "Constant"]
    slopes = published.several(*((6, row, "OLS") for row in names))
    centres = published.several(*((5, row, "all", "mean") for row in names))
    ends = published.several((6, "Constant", "OLS"), (5, "CP", "all", "mean"))
    if not slopes or not centres or ends is None:
        return
    constant, mean = ends
    span = constant.interval
    for slope, centre in zip(slopes, centres, strict=True):
        span = span + slope.interval * centre.interval
    yield Outcome(
        (constant, *slopes, mean, *centres),
        f"constant + Σ coefficient × mean = {span.text()}; mean {mean.printed}",
        "" if span.overlaps(mean.interval) else f"the mean is published as {mean.printed}",
    )


@rule("moments", "Moments, counts")
def _moments(published: Published) -> Iterator[Outcome]:
    """The mean lies between minimum and maximum, and the standard deviation fits all three.

    Largest: all mass on the extremes, s² ≤ n/(n − 1)·(max − mean)(mean − min) (Bhatia and Davis
    2000). Least: one value at either extreme and all others at the mean.
    """
    for mean in published.of("mean"):
        kinds = ("sd", "min", "max", "observations")
        found = published.several(*((mean.table, mean.row, mean.column, k) for k in kinds))
        if found is None:
            continue
        sd, low, high, n = found
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
        finding = ""
        if not Interval(a.low, b.high).overlaps(m):
            finding = "the mean lies outside minimum and maximum"
        elif not reach.overlaps(sd.interval):
            finding = f"no {n.printed} values with these extremes have this standard deviation"
        yield Outcome(
            (mean, *found),
            f"{low.printed} ≤ {mean.printed} ≤ {high.printed}; standard deviation {sd.printed}, "
            f"possible {reach.text(4)}",
            finding,
        )


@rule("observations", "Moments, counts")
def _observations(published: Published) -> Iterator[Outcome]:
    """Observations are provinces times years."""
    for n in published.of("observations"):
        for (table, head), (count, words) in OBSERVATIONS.items():
            if n.table == table and n.column.startswith(head):
                finding = "" if n.value == count else f"{n.printed} do not fit the sample"
                yield Outcome((n,), f"{words} = {count}", finding)


@rule("equal errors", "Moments, counts")
def _equal_errors(published: Published) -> Iterator[Outcome]:
    """Two errors in one column that agree to three digits although elsewhere they never do.

    Agreement by chance is common; it counts only where every other column of the table has one of
    the two at least `FAR` times the other.
    """
    errors = published.of("std_error")
    for at, one in enumerate(errors):
        for other in errors[at + 1 :]:
            alike = one.printed == other.printed and one.value >= 0.1
            if not alike or (one.table, one.column) != (other.table, other.column):
                continue
            ratios = [
                twin.value / n.value
                for n in errors
                if (n.table, n.row) == (one.table, one.row) and n.column != one.column
                if (twin := published.get(other.table, other.row, n.column, "std_error"))
            ]
            odd = bool(ratios) and min(max(r, 1 / r) for r in ratios) >= FAR
            yield Outcome(
                (other, one),
                f"both {one.printed}; error of {other.row} over that of {one.row} in other "
                f"columns: {', '.join(f'{r:.1f}' for r in ratios)}",
                f"the error of {other.row} is that of {one.row} above it, and far smaller than "
                "the other columns suggest; it may have been repeated in typesetting"
                if odd
                else "",
                LIKELY,
            )


@rule("identity of LM tests", "Tests")
def _lm_identity(published: Published) -> Iterator[Outcome]:
    """LM lag + robust LM error = LM error + robust LM lag: both are the joint statistic.

    Anselin, Bera, Florax and Yoon (1996).
    """
    rows = ("LM lag", "robust LM error", "LM error", "robust LM lag")
    if found := published.several(*((3, row, "test", "chi2") for row in rows)):
        lag, robust_error, error, robust_lag = found
        one = lag.interval + robust_error.interval
        two = error.interval + robust_lag.interval
        yield Outcome(
            found,
            f"{lag.printed} + {robust_error.printed} = {lag.value + robust_error.value:.3f}; "
            f"{error.printed} + {robust_lag.printed} = {error.value + robust_lag.value:.3f}",
            "" if one.overlaps(two) else "the two sums are one statistic and must be equal",
        )


@rule("LR tests that should differ", "Tests")
def _equal_ratios(published: Published) -> Iterator[Outcome]:
    """LR against the lag model and against the error model: equal only if both fit alike."""
    if found := published.several((3, "LR SAR", "test", "chi2"), (3, "LR SEM", "test", "chi2")):
        lag, error = found
        yield Outcome(
            found,
            f"|lnL(SAR) − lnL(SEM)| = {abs(error.value - lag.value) / 2:.3f} "
            f"± {0.5 * 10.0**-error.decimals:g}",
            "the two LR statistics are equal to the last digit, although the LM and Wald "
            "statistics of the same table differ; either two different models have the same "
            "log-likelihood, or one number is repeated, possibly in typesetting"
            if error.printed == lag.printed
            else "",
            LIKELY,
            "Table 3: LR SAR, LR SEM",
        )


@rule("restrictions behind the Wald test", "Tests")
def _restrictions(published: Published) -> Iterator[Outcome]:
    """Whether the Wald statistic can belong to a model that lags the exposure alone.

    One restriction gives Wald = t², so the lag's |t| would be √Wald; the effects give
    θ = total·(1 − ρ) − main and an error of at least the difference of its parts' errors.
    """
    found = published.several(
        (3, "Wald SAR", "test", "chi2"),
        (9, "GIA", "2013-2022 total"),
        (9, "GIA", "2013-2022 main"),
        (9, "GIA", "2013-2022 total", "std_error"),
        (9, "GIA", "2013-2022 main", "std_error"),
        (9, "Agdp", "2013-2022 main"),
        (9, "Agdp", "2013-2022 total"),
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
        f"√{wald.printed} = {math.sqrt(wald.value):.1f}; 1 − ρ = {control.printed}/"
        f"{control_total.printed} = {keep:.3f}, θ = {total.printed} × {keep:.3f} − {main.printed} "
        f"= {theta:.3f}, its error at least |{s_total.printed} × {keep:.3f} − {s_main.printed}| = "
        f"{least:.3f}, |t| at most {largest:.1f}",
        "if the effects come from a model that lags GIA alone, its one restriction does not give "
        "this Wald statistic; the tests would belong to a model with more lags (ρ taken as known)"
        if math.sqrt(wald.value) > 2 * largest
        else "",
        LIKELY,
    )


@rule("F against t squared", "Tests")
def _f_against_t(published: Published) -> Iterator[Outcome]:
    """With one instrument the rank Wald F is the square of its t."""
    for stage, instrument in INSTRUMENTS.items():
        found = published.several(
            (11, "model", f"{stage} second stage", "kp_rk_wald_f"),
            (11, instrument, f"{stage} first stage"),
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
            "" if span.overlaps(f.interval) else f"F is published as {f.printed}",
        )


@rule("errors of the instrumented estimates", "Tests")
def _instrumented_errors(published: Published) -> Iterator[Outcome]:
    """Errors of two-stage least squares below those of least squares.

    With the same sample, controls and independent errors of one variance that cannot be: the
    fitted exposure varies less than the exposure, and least squares has the smallest residuals.
    """
    if pooled := published.get(6, EXPOSURE, "OLS", "std_error"):
        columns = [f"{stage} second stage" for stage in INSTRUMENTS]
        if found := published.several(*((11, EXPOSURE, c, "std_error") for c in columns)):
            below = all(n.interval.high < pooled.interval.low for n in found)
            yield Outcome(
                (*found, pooled),
                f"{' and '.join(n.printed for n in found)}, least squares {pooled.printed}",
                "an instrument makes an estimate less precise, yet these errors are smaller than "
                "those of least squares. Other readings: robust errors can fall, and Table 11 may "
                "have other controls or another kind of error than Table 6"
                if below
                else "",
                POSSIBLE,
                "Table 11: GIA, IV1 and IV2 second stage",
            )


@rule("which variables were lagged", "Lags, effects")
def _lagged(published: Published) -> Iterator[Outcome]:
    r"""Whether all controls share one ratio of indirect to direct, as variables without a lag do.

    In y = ρWy + Xβ + WXθ with row-standardised W the total effect is (β + θ)/(1 − ρ); with θ = 0
    indirect/direct is one number for all variables, whatever their β. Effects may be means over
    simulated draws (Stata's xsmle takes 500), so the tolerance is rounding plus three standard
    errors of such a mean.
    """
    models: dict[str, list[tuple[Number, Number, Interval, float]]] = {}
    for model, (direct, indirect, _), (_, error, _) in _triples(published):
        ratio = indirect.interval / direct.interval
        noise = 3 * abs(ratio.middle) * error.value / abs(indirect.value) / math.sqrt(500)
        models.setdefault(model, []).append((direct, indirect, ratio, noise))
    shared: list[str] = []
    alone: list[str] = []
    took_part: list[Number] = []
    for model, rows in models.items():
        controls = [r for r in rows if r[0].row != EXPOSURE]
        if len(controls) < 3:
            continue
        middles = [indirect.value / direct.value for direct, indirect, _, _ in controls]
        centre = float(np.median(middles))
        apart = {d.row for d, _, ratio, noise in rows
                 if not ratio.widened(noise).overlaps(exactly(centre))}  # fmt: skip
        own = "".join(f", GIA {i.value / d.value:.2f}" for d, i, _, _ in rows if d.row == EXPOSURE)
        words = f"{model}: {len(controls)} controls {min(middles):.3f} to {max(middles):.3f}{own}"
        numbers = tuple(n for direct, indirect, _, _ in rows for n in (direct, indirect))
        if apart - {EXPOSURE}:
            yield Outcome(numbers, f"indirect/direct, {words}")
            continue
        shared.append(words)
        alone += [model] if apart else []
        took_part += numbers
    if shared:
        yield Outcome(
            tuple(took_part),
            "indirect/direct, " + "; ".join(shared),
            "all controls share one ratio of indirect to direct effect, as variables without a "
            f"spatial lag do; GIA's own ratio is another in {len(alone)} of {len(shared)} models, "
            "so that GIA alone was lagged. The equations of the text lag every regressor; with "
            "free lags one ratio would be a coincidence",
            LIKELY,
            "; ".join(words.partition(":")[0] for words in shared),
        )


@rule("province fixed effects", "Lags, effects")
def _province_effects(published: Published) -> Iterator[Outcome]:
    """The spatial model's main coefficients and errors beside both columns of Table 6.

    A model with province and year effects should resemble the regression that has them.
    """
    rows = []
    for row in CONTROLS:
        places = ((9, row, "2013-2022 main"), (6, row, "OLS"), (6, row, "FE"))
        values = published.several(*places)
        errors = published.several(*((*place, "std_error") for place in places))
        if values and errors:
            rows.append((values, errors))
    assumption = "By the text both models have province and year effects and the same data"
    near, small = [], []
    for (main, pooled, two_way), (s, s_pooled, s_two_way) in rows:
        one = abs(main.value - pooled.value) / s_pooled.value
        two = abs(main.value - two_way.value) / s_two_way.value
        if one <= 2 < two:
            near.append(
                f"{main.row} {main.printed}: {one:.1f} errors from {pooled.printed}, "
                f"{two:.1f} from {two_way.printed}"
            )
        if s_two_way.value / s.value >= FAR:
            small.append(
                f"{s.row}: {s_two_way.printed}/{s.printed} = {s_two_way.value / s.value:.1f}, "
                f"pooled {s_pooled.printed}/{s.printed} = {s_pooled.value / s.value:.2f}"
            )
    for kind, found, finding in (
        (0, near, "stay near the pooled coefficients and far from those with fixed effects"),
        (1, small, f"are at least {FAR} times smaller than with fixed effects"),
    ):
        if rows:
            which = ("main coefficients", "standard errors")[kind]
            yield Outcome(
                tuple(n for pair in rows for n in pair[kind]),
                "; ".join(found) or "as in the column with fixed effects",
                f"{len(found)} of {len(rows)} {finding}. {assumption}" if found else "",
                LIKELY,
                f"Table 9: {which}, 2013-2022, against Table 6",
            )
