r"""The verdict on a number of ours beside a published one: one rule for each group of statistics.

Our data are not the authors'. The comparison is a replication on other data, in Clemens' (2017)
terms a reanalysis: a difference says that the two disagree, not which of them is wrong.

*Coefficients and effects.* With the published estimate b (standard error s) and ours b̂ (ŝ),

.. math:: z_d = (\hat b - b) / \sqrt{s^2 + \hat s^2},

so that \|z_d\| < 1.96 says that ours lies in the 95 % prediction interval of the published one
(Patil, Peng and Leek 2016; Pawel and Held 2020), and the other way round: both are uncertain.
The formula takes the two as independent. They rest on the same provinces and years; where their
errors are positively correlated it is too small, and a difference harder to find.

===============  =========================  =========================================
verdict          \|z_d\|                    condition
===============  =========================  =========================================
reproduced       any                        equal as published, two significant digits
supports         below 1.96                 same sign, ours significant
inconclusive     below 1.96                 otherwise
other size       1.96 or more               same sign, ours significant
not supported    1.96 or more               ours not distinguishable from zero
contradicts      1.96 or more               opposite sign, ours significant
not comparable   –                          no counterpart; the reason says why
===============  =========================  =========================================

Significant is at 10 %, the papers' lightest star. That an estimate of ours is not significant is
thus no contradiction by itself (Simonsohn 2015; Gelman and Stern 2006).

*Descriptives* (mean, standard deviation, minimum, maximum, R²) are *reproduced*, *close* (same
sign, within two standard errors of the published number by theory: sd/√n, sd/√(2n) and, for R²,
2R(1 − R²)/√n) or *differ*. The errors are those of independent draws; panel data vary more, so
that *close* is the harder to get. A minimum or maximum has none.

*Tests* (χ², rank tests, first-stage F, Moran's I) are *reproduced* or come to the *same decision*
or to the *other decision* at 10 %; beside it stands the ratio of the statistics. The standard
error behind a Moran's I is that under no dependence. It does not measure how far two indices may
lie apart, and no index is called close by it.

*Sample sizes* are *reproduced* or *differ*. *Standard errors*, and the z of a Moran's I, whose
decision is that of the index, are *not judged*: they are positive whatever the data say. Their
ratio to the published ones is given.

A number that stands in several tables is counted once: see :func:`distinct`. Stars are taken at
their word, also where the audit finds them impossible. Beside the verdicts, :func:`agreement`
gives the measures of large replication projects (Camerer et al. 2016, 2018; Brodeur et al. 2024).

References
----------
Clemens, *J. Economic Surveys* 31 (2017) 326–342. Patil, Peng and Leek, *Perspectives on
Psychological Science* 11 (2016) 539–544. Pawel and Held, *PLOS ONE* 15 (2020) e0231416. Simonsohn,
*Psychological Science* 26 (2015) 559–569. Gelman and Stern, *American Statistician* 60 (2006)
328–331. Camerer et al., *Science* 351 (2016) 1433–1436 and *Nature Human Behaviour* 2 (2018)
637–644. Brodeur et al., I4R Discussion Paper 107 (2024).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from spillover.econometrics.formats import pvalue
from spillover.replication.published import KEY, PublishedError, about, load

GROUPS = {
    "coefficients": ("coefficient",),
    "descriptives": ("mean", "sd", "min", "max", "r_squared"),
    "tests": ("chi2", "kp_rk_lm", "kp_rk_wald_f", "moran_i"),
    "sample sizes": ("observations",),
    "not judged": ("std_error", "z"),
}
"""Statistics by the rule that judges them."""

NONE = "not comparable"
VERDICTS = {
    "coefficients": (
        "reproduced", "supports", "inconclusive", "other size", "not supported", "contradicts", NONE
    ),
    "descriptives": ("reproduced", "close", "differs", NONE),
    "tests": ("reproduced", "same decision", "other decision", NONE),
    "sample sizes": ("reproduced", "differs", NONE),
    "not judged": ("not judged", NONE),
}  # fmt: skip
"""Verdicts of each group, best first."""

NEAR = ("reproduced", "supports", "close")
"""Verdicts that uphold the size of a published number."""

LEVEL = 0.10
"""The level of significance at which decisions are compared: the papers' lightest star."""

CRITICAL = float(stats.norm.ppf(0.975))
_HARDLY_DETECTED = float(stats.norm.ppf(0.975) - stats.norm.ppf(2 / 3))
"""Size, in standard errors, that a two-sided test at 5 % finds one time in three."""

TESTS = ("chi2", "kp_rk_lm", "kp_rk_wald_f")

_ONE_DEGREE = ("LM error", "robust LM error", "LM lag", "robust LM lag", "model")
"""Rows whose test statistic is χ² with one degree of freedom, so that its value gives p."""
_GROUP_OF = {statistic: group for group, names in GROUPS.items() for statistic in names}


def equal_as_printed(value: float, printed: str) -> bool:
    """Say whether `value`, rounded to the decimals of `printed`, gives `printed`.

    Programs round a tie to even or away from zero, so either counts. The shortest decimal that
    stands for the float is rounded, not its binary expansion, in which 0.1235 lies below the tie.

    Examples
    --------
    >>> equal_as_printed(0.35949, "0.359"), equal_as_printed(0.35949, "0.3595")
    (True, True)
    >>> equal_as_printed(0.1245, "0.124"), equal_as_printed(0.1245, "0.125")
    (True, True)
    >>> equal_as_printed(-0.0004, "0.000")
    True
    """
    target = Decimal(printed)
    unit = Decimal(1).scaleb(int(target.as_tuple().exponent))
    exact = Decimal(str(float(value)))
    if abs(exact - target) > unit:
        return False
    return any(exact.quantize(unit, r) == target for r in (ROUND_HALF_EVEN, ROUND_HALF_UP))


def judge(
    statistic: str,
    printed: str,
    ours: float,
    *,
    error: float = math.nan,
    our_error: float = math.nan,
    significant: bool | None = None,
    p_value: float = math.nan,
) -> tuple[str, str]:
    """Return the verdict on one number, and the reason for it.

    Parameters
    ----------
    statistic : str
        Its kind, which decides the rule.
    printed : str
        As it is published: the characters carry the precision.
    ours : float
        Our counterpart.
    error, our_error : float
        Standard errors of the published number and of ours; NaN where there is none.
    significant : bool or None
        Whether the paper calls it significant at 10 %; None where nothing is tested.
    p_value : float
        Of our number.

    Examples
    --------
    >>> judge("coefficient", "0.108", 0.09, error=0.026, our_error=0.04, p_value=0.03)
    ('supports', 'z of the difference −0.38, p 0.030')
    >>> judge("coefficient", "0.108", -0.09, error=0.026, our_error=0.04, p_value=0.03)
    ('contradicts', 'z of the difference −4.15, p 0.030')
    """
    group = _GROUP_OF[statistic]
    if group == "not judged":
        return group, ""
    digits = len(printed.lstrip("-").replace(".", "").lstrip("0"))
    if equal_as_printed(ours, printed) and (digits > 1 or group != "coefficients"):
        return "reproduced", ""
    if group == "coefficients":
        return judge_estimate(ours, float(printed), our_error, error, p_value)
    if group == "tests":
        if math.isnan(p_value):
            raise PublishedError(
                f"found no p-value of ours for a {statistic}, whose degrees of freedom are not "
                "published; expected a line with the statistic p_value for its row and column"
            )
        said = (
            f"p {pvalue(p_value)}, published as {'' if significant else 'not '}significant at 10 %"
        )
        if ours <= 0 < float(printed) and statistic in TESTS:
            return "other decision", "no test: a statistic below zero"
        return "same decision" if significant == (p_value < LEVEL) else "other decision", said
    if not error > 0:
        return "differs", ""
    distance = abs(ours - float(printed)) / error
    near = distance <= 2 and ours * float(printed) > 0
    return "close" if near else "differs", f"{distance:.1f} standard errors away"


def judge_estimate(
    ours: float, published: float, our_error: float, error: float, p_value: float
) -> tuple[str, str]:
    """Return the verdict on an estimate by the z of the difference, and the reason."""
    z = z_difference(ours, published, our_error, error)
    if math.isnan(z) or math.isnan(p_value):
        return "inconclusive", "no standard error or p-value"
    reason = f"z of the difference {z:.2f}".replace("-", "−") + f", p {pvalue(p_value)}"
    significant, same = p_value < LEVEL, ours * published > 0
    if abs(z) < CRITICAL:
        return "supports" if same and significant else "inconclusive", reason
    if not significant:
        return "not supported", reason
    return "other size" if same else "contradicts", reason


def z_difference(ours: Any, published: Any, our_error: Any, error: Any) -> Any:
    """Difference over the root of the sum of both squared standard errors; NaN without both."""
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (ours - published) / np.hypot(our_error, error)
    return np.where(np.isfinite(z), z, np.nan)[()]


def _beside(numbers: pd.DataFrame, cells: pd.DataFrame, statistic: str | pd.Series) -> NDArray[Any]:
    """Value, in `numbers`, of another statistic in the cell of each line of `cells`."""
    wanted = cells[["row", "column"]].assign(statistic=statistic)
    values = numbers.set_index(KEY)["value"].astype(float)
    return values.reindex(pd.MultiIndex.from_frame(wanted)).to_numpy()


def published_error(printed: pd.DataFrame, observations: int) -> pd.Series:
    """Standard error of each published number: its own, or by theory; NaN where there is none.

    Parameters
    ----------
    printed : DataFrame
        One whole table, as `load` returns it.
    observations : int
        Of the paper's whole sample; a cell that prints its own observations has those.

    Examples
    --------
    >>> from spillover.replication.published import load
    >>> round(float(published_error(load(5), observations=300)[1]), 4)
    0.0556
    """
    value, kind = printed["value"].astype(float).to_numpy(), printed["statistic"]
    own = _beside(printed, printed, "observations")
    n = np.where(np.isnan(own), float(observations), own)
    with np.errstate(invalid="ignore"):  # the root of a value that is no R²
        errors = {
            "coefficient": _beside(printed, printed, "std_error"),
            "mean": _beside(printed, printed, "sd") / np.sqrt(n),
            "sd": value / np.sqrt(2 * n),
            "r_squared": 2 * np.sqrt(value) * (1 - value) / np.sqrt(n),
        }
    error = np.select([kind == k for k in errors], list(errors.values()), default=np.nan)
    return pd.Series(error, index=printed.index)


def _published_significance(printed: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether the paper calls each number significant at 10 %; the F is held against χ²(1)."""
    critical = float(stats.chi2.ppf(1 - LEVEL, 1))
    strong = (printed["statistic"] == "kp_rk_wald_f") & (printed["value"] > critical)
    return np.asarray((printed["stars"] != "") | strong)


def _own_pvalues(own: pd.DataFrame, printed: pd.DataFrame) -> NDArray[np.float64]:
    """p-value of ours: the one supplied, else that of our own statistic, else NaN.

    Two-tailed and normal for a coefficient over its error and for Moran's z, χ²(1) for the tests
    that have one degree of freedom.
    """
    kind = printed["statistic"]
    error = _beside(own, printed, "std_error")
    ratio = _beside(own, printed, "coefficient") / np.where(error == 0, np.nan, error)
    z = _beside(own, printed, "z")
    normal = 2 * stats.norm.sf(np.abs(np.where(np.isnan(z), ratio, z)))
    chi2 = stats.chi2.sf(_beside(own, printed, kind), 1)
    chi2 = np.where(printed["row"].isin(_ONE_DEGREE), chi2, np.nan)
    p = np.where(kind.isin(TESTS), chi2, normal)
    for supplied in ("p_value", kind + "_p_value"):
        given = _beside(own, printed, supplied)
        p = np.where(np.isnan(given), p, given)
    tested = kind.isin(["coefficient", "std_error", "moran_i", "z", *TESTS])
    return np.asarray(np.where(tested, p, np.nan), dtype=float)


def _own(ours: pd.DataFrame, printed: pd.DataFrame, table: int) -> pd.DataFrame:
    """Our numbers as text keys and floats; raise on anything that would be dropped unseen."""
    needed = [*KEY, "value"]
    if lacking := [c for c in needed if c not in ours.columns]:
        raise PublishedError(f"Table {table}: found ours without {lacking}; expected {needed}")
    out = ours.assign(reason=ours.get("reason", "")).fillna({"reason": ""})
    out = out.astype({**dict.fromkeys([*KEY, "reason"], str), "value": float})
    if (twice := out.duplicated(KEY)).any():
        key = tuple(out.loc[twice, KEY].iloc[0])
        raise PublishedError(f"Table {table}: found {key} twice in ours; expected it once")
    known = set(printed[KEY].itertuples(index=False, name=None))
    cells = {(row, column) for row, column, _ in known}
    for key in out[KEY].itertuples(index=False, name=None):
        if key not in known and not (key[:2] in cells and key[2].endswith("p_value")):
            raise PublishedError(
                f"Table {table}: found {key} in ours; expected a row, column and statistic that "
                "the table prints, or a p_value for one"
            )
    return out


def _units(printed: pd.DataFrame, outcome: str) -> pd.Series:
    """Return the variable in whose units each number stands; empty if in none's.

    Coefficients and effects are in units of the outcome of their model, moments in units of their
    own variable. Where `outcome` names several, they are those of the models in printed order: a
    model is what stands before the last word of a column.
    """
    names = outcome.split() or [""]
    model = printed["column"].str.rpartition(" ")[0] if len(names) > 1 else ""
    order = pd.factorize(pd.Series(model, index=printed.index))[0]
    estimated = printed["statistic"].isin(["coefficient", "std_error"])
    moment = printed["statistic"].isin(["mean", "sd", "min", "max"])
    outcomes = [names[i] if yes else "" for i, yes in zip(order, estimated, strict=True)]
    return pd.Series(outcomes, index=printed.index).mask(moment, printed["row"])


def compare(
    ours: pd.DataFrame,
    table: int,
    reason: str = "",
    our_sd: Mapping[str, float] | None = None,
    folder: Path | None = None,
) -> pd.DataFrame:
    """Set our numbers beside those that a table publishes and judge each.

    Parameters
    ----------
    ours : DataFrame
        row, column, statistic, value, and optionally reason: our counterpart of each published
        number under the same labels. An extra statistic ``p_value`` for a row and column gives
        our significance (two-tailed); without it a coefficient takes the normal p of value over
        std_error, Moran's I that of z, a one-degree test that of χ²(1). A value may be NaN where
        its reason says why. Where a cell has two tests, ``<statistic>_p_value`` tells them apart.
    table : int
        The table to compare with.
    reason : str
        Why all the published numbers that `ours` leaves out have no counterpart.
    our_sd : mapping, optional
        Our standard deviation by variable ("CP", "GIA", …). With it estimates in units of a
        variable are judged in its standard deviations as well, theirs as the paper gives them.
    folder : Path, optional
        Where the published tables stand; ``data/published`` by default.

    Returns
    -------
    DataFrame
        One line per published number, in its order: table, row, column, statistic, printed,
        stars, group, ours, p_value, difference, ratio (ours over published), standard_error,
        our_error, z_difference, significant (the published one), verdict, reason, printed_in_sd,
        ours_in_sd, z_in_sd, verdict_in_sd.

    Raises
    ------
    PublishedError
        When a number of ours fits no published one or one is left out without a reason.

    Examples
    --------
    >>> given = load(3)[["row", "column", "statistic", "value"]]
    >>> set(compare(given, 3)["verdict"])
    {'reproduced'}
    """
    printed, facts = load(table, folder), about(table, folder)
    own = _own(ours, printed, table)
    kind, theirs = printed["statistic"], printed["value"].to_numpy()
    mine = own.set_index(KEY).reindex(pd.MultiIndex.from_frame(printed[KEY]))
    value, stated = mine["value"].to_numpy(), mine["reason"].fillna("").to_numpy()
    general = np.asarray((kind != "observations") & (facts["no_counterpart"] != ""))
    absent = np.isnan(value) | general
    why = np.where(stated != "", stated, np.where(general, facts["no_counterpart"], reason))
    if (silent := absent & (why == "")).any():
        raise PublishedError(
            f"Table {table}: found no number of ours for {tuple(printed.loc[silent, KEY].iloc[0])} "
            f"and {silent.sum() - 1} more; expected one, or a reason for each or for all that are "
            "missing"
        )
    error = published_error(printed, facts["observations"]).to_numpy()
    estimate = np.asarray(kind == "coefficient")
    our_error = np.where(estimate, _beside(own, printed, "std_error"), np.nan)
    p_value = np.where(np.isnan(value), np.nan, _own_pvalues(own, printed))
    significant = _published_significance(printed)
    moments = load(None, folder).query("statistic == 'sd'")
    units = _units(printed, facts["outcome"])
    unit = units.map(dict(zip(moments["row"], moments["value"], strict=True))).to_numpy(float)
    our_unit = units.map(dict(our_sd or {})).to_numpy(float)
    ours_in_sd, theirs_in_sd = value / our_unit, theirs / unit
    judged, in_sd = [], []
    for i, text in enumerate(printed["printed"]):
        if absent[i]:
            judged.append((NONE, str(why[i])))
        else:
            judged.append(
                judge(
                    kind.iloc[i],
                    text,
                    value[i],
                    error=error[i],
                    our_error=our_error[i],
                    significant=bool(significant[i]),
                    p_value=p_value[i],
                )
            )
        again = estimate[i] and not absent[i] and not np.isnan(ours_in_sd[i] + theirs_in_sd[i])
        scaled = ours_in_sd[i], theirs_in_sd[i], our_error[i] / our_unit[i], error[i] / unit[i]
        in_sd.append(judge_estimate(*scaled, p_value[i])[0] if again else judged[-1][0])
    with np.errstate(divide="ignore"):
        ratio = value / np.where(theirs == 0, np.nan, theirs)
    return printed.drop(columns=["value", "decimals"]).assign(
        group=kind.map(_GROUP_OF),
        ours=value,
        p_value=p_value,
        difference=value - theirs,
        ratio=ratio,
        standard_error=error,
        our_error=our_error,
        z_difference=z_difference(value, theirs, our_error, error),
        significant=significant,
        verdict=[verdict for verdict, _ in judged],
        reason=[reason for _, reason in judged],
        printed_in_sd=theirs_in_sd,
        ours_in_sd=ours_in_sd,
        z_in_sd=z_difference(ours_in_sd, theirs_in_sd, our_error / our_unit, error / unit),
        verdict_in_sd=in_sd,
    )


def distinct(compared: pd.DataFrame) -> pd.DataFrame:
    """Keep one line of each number that stands in several places, the first.

    It is the same number if row, effect (the last word of the column), published number, its
    error and ours are the same.

    Examples
    --------
    >>> given = load(8)[["row", "column", "statistic", "value"]]
    >>> twice = pd.concat([compare(given, 8), compare(given, 8).assign(table=9)])
    >>> len(twice), len(distinct(twice))
    (84, 42)
    """
    same = compared[["row", "statistic", "printed", "standard_error"]].assign(
        effect=compared["column"].str.split().str[-1],
        ours=[float(f"{value:.6g}") for value in compared["ours"]],
    )
    return compared[~same.duplicated()]


def totals(compared: pd.DataFrame, group: str, by: str = "table") -> pd.DataFrame:
    """Count the verdicts of a group of statistics by table, or by another column.

    A number counts in each table that gives it; the last row, "all", counts it once.

    Examples
    --------
    >>> given = load(3)[["row", "column", "statistic", "value"]]
    >>> totals(compare(given, 3), "tests").loc["3", ["reproduced", "total"]].to_list()
    [8, 8]
    """
    names = list(VERDICTS[group])
    held = compared[compared["group"] == group]
    counts = pd.crosstab(held[by].astype(str), held["verdict"])
    counts = counts.reindex(list(dict.fromkeys(held[by].astype(str)))).reindex(columns=names)
    counts.loc["all"] = distinct(held)["verdict"].value_counts().reindex(names)
    counts = counts.fillna(0).astype(int).rename_axis(index=by, columns=None)
    return counts.assign(total=counts.sum(axis=1))


def agreement(compared: pd.DataFrame) -> pd.DataFrame:
    """Measures of agreement over all distinct coefficients that have a counterpart.

    Parameters
    ----------
    compared : DataFrame
        Of :func:`compare`, of one table or of several.

    Returns
    -------
    DataFrame
        Columns "as published" and "in sd" (estimates in standard deviations of their outcome);
        rows: coefficients, how many; same sign, share; same sign and significant, share of those
        that the paper calls significant at 10 %; published in our interval and ours in the
        published interval (95 %), shares; relative effect and relative t, medians of ours over
        published; too small to detect, share whose upper end (one-sided 95 %) lies below the
        effect that the published test would find one time in three (Simonsohn 2015); differences,
        how many with a z beyond 1.96; differences under control, how many at a false discovery
        rate of 5 % (Benjamini and Hochberg 1995); significant and significant under
        control, how many of ours differ from zero at 10 %, and at a false discovery rate of 10 %.
    """
    held = distinct(compared[compared["group"] == "coefficients"])
    held = held[(held["verdict"] != NONE) & held[["z_difference", "p_value"]].notna().all(axis=1)]
    numbers = held.assign(printed=held["printed"].astype(float))
    scales = {"as published": (numbers["printed"], held["ours"], held["z_difference"])}
    if held["z_in_sd"].notna().all():
        scales["in sd"] = held["printed_in_sd"], held["ours_in_sd"], held["z_in_sd"]
    ours_significant, found = held["p_value"] < LEVEL, {}
    for name, (published, ours, z) in scales.items():
        s = held["standard_error"] * published / numbers["printed"]
        our_s = held["our_error"] * ours / held["ours"]
        same, gap = ours * published > 0, (ours - published).abs()
        upper = ours * np.sign(published) + stats.norm.ppf(0.95) * our_s
        differ = stats.false_discovery_control(2 * stats.norm.sf(z.abs())) < 0.05
        found[name] = {
            "coefficients": len(held),
            "same sign": same.mean(),
            "same sign and significant": (same & ours_significant)[held["significant"]].mean(),
            "published in our interval": (gap <= CRITICAL * our_s).mean(),
            "ours in the published interval": (gap <= CRITICAL * s).mean(),
            "relative effect": (ours / published).median(),
            "relative t": (ours / our_s / (published / s)).median(),
            "too small to detect": (upper < _HARDLY_DETECTED * s).mean(),
            "differences": (z.abs() >= CRITICAL).sum(),
            "differences under control": differ.sum(),
            "significant": ours_significant.sum(),
            "significant under control": (
                stats.false_discovery_control(held["p_value"]) < LEVEL
            ).sum(),
        }
    return pd.DataFrame(found)
