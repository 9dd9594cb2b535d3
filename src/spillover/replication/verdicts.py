r"""The verdict on a number of ours beside a printed one: one rule for every kind of statistic.

The verdicts in this order; the first that holds is given:

*reproduced*
    ours, rounded to the printed decimals, is the printed number;
*close*
    within two published standard errors, of the same sign, and significant at 10 % if and only if
    the printed one is. A kind without a published standard error cannot be close, nor can a
    number whose significance on our side is not known. A standard error is close only if its
    coefficient also keeps sign and significance;
*same sign*
    ours has the sign of the printed number; for a test statistic, which is positive whatever the
    data say, the decision at 10 % must be the same as well. For numbers that are positive by
    construction (errors, counts, R²) this says no more than that there is a counterpart;
*opposite*
    it has not;
*not comparable*
    there is no counterpart, and the reason says why.

=================  ==============================  ===========================================
kind               published standard error        significance at 10 %
=================  ==============================  ===========================================
coefficient        printed beside it               its stars
std_error          s/√(2n)                         that of its coefficient
moran_i            (I − E)/z, E = −1/(N − 1)       its stars
z                  1                               the stars of its I
mean               sd/√n                           none: nothing is tested
sd                 sd/√(2n)                        none
r_squared          2R(1 − R²)/√n                   none
min, max           none                            none
observations       none                            none
chi2, kp_rk_lm     none                            its stars
kp_rk_wald_f       none                            printed value against χ²(1)
=================  ==============================  ===========================================

The derived errors are those of independent normal draws. Panel data vary more, so they are the
smaller ones, and a verdict of *close* is the harder to get. Stars are taken at their word, also
where the audit finds them impossible.
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

from spillover.replication.published import KEY, PublishedError, about, load

Key = tuple[str, str, str]

VERDICTS = ("reproduced", "close", "same sign", "opposite", "not comparable")
LEVEL = 0.10
"""The level of significance at which decisions are compared: the papers' lightest star."""

TESTS = ("chi2", "kp_rk_lm", "kp_rk_wald_f")
"""Statistics that are judged by the decision at 10 %: they have no standard error."""

_ONE_DEGREE = ("LM error", "robust LM error", "LM lag", "robust LM lag", "model")
"""Rows whose test statistic is χ² with one degree of freedom, so that its value gives p."""

_STARRED = {"std_error": "coefficient", "z": "moran_i"}
"""Statistics that take their significance from another one in the same cell."""


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
    key: Key,
    printed: str,
    ours: float,
    *,
    error: float = math.nan,
    significant: bool | None = None,
    p_value: float = math.nan,
    sign_kept: bool = True,
) -> tuple[str, str]:
    """Return the verdict on one number, and the reason for it.

    Parameters
    ----------
    key : tuple of str
        Row, column and statistic.
    printed : str
        As it is printed: the characters carry the precision.
    ours : float
        Our counterpart.
    error : float
        Published standard error; NaN where the kind has none.
    significant : bool or None
        Whether the paper calls it significant at 10 %; None where nothing is tested.
    p_value : float
        Of our number.
    sign_kept : bool
        For a standard error: whether our coefficient has the sign of the printed one.

    Examples
    --------
    >>> key = ("GIA", "OLS", "coefficient")
    >>> judge(key, "0.108", 0.09, error=0.026, significant=True, p_value=0.03)
    ('close', '0.69 published standard errors away')
    """
    if equal_as_printed(ours, printed):
        return "reproduced", ""
    if not _same_sign(ours, float(printed)):
        return "opposite", "the signs differ" if ours else "ours is zero"
    theirs = "significant" if significant else "not significant"
    other_decision = significant is not None and significant != (p_value < LEVEL)
    if key[2] in TESTS and math.isnan(p_value):
        raise PublishedError(
            f"found no p-value of ours for {key}, whose degrees of freedom are not printed; "
            f"expected a row ({key[0]!r}, {key[1]!r}, 'p_value')"
        )
    if key[2] in TESTS and other_decision:
        return "opposite", f"printed as {theirs} at 10 %, ours has p = {p_value:.3f}"
    if not error > 0:
        return "same sign", "no published standard error for this kind, so it cannot be close"
    distance = abs(ours - float(printed)) / error
    if distance > 2:
        return "same sign", f"{distance:.1f} published standard errors away"
    if significant is not None and math.isnan(p_value):
        return "same sign", "within two standard errors, but no p-value of ours"
    if other_decision:
        text = f"within two standard errors; printed as {theirs} at 10 %, ours otherwise"
        return "same sign", text
    if not sign_kept:
        return "same sign", "within two standard errors; its coefficient has the opposite sign"
    return "close", f"{distance:.2f} published standard errors away"


def _same_sign(ours: float, printed: float) -> bool:
    """Say whether two numbers have the same sign; zero shares it with zero alone."""
    return ours * printed > 0 or ours == printed == 0


def _beside(numbers: pd.DataFrame, cells: pd.DataFrame, statistic: str | pd.Series) -> NDArray[Any]:
    """Value, in `numbers`, of another statistic in the cell of each line of `cells`."""
    wanted = cells[["row", "column"]].assign(statistic=statistic)
    values = numbers.set_index(KEY)["value"].astype(float)
    return values.reindex(pd.MultiIndex.from_frame(wanted)).to_numpy()


def published_error(printed: pd.DataFrame, units: int, observations: int) -> pd.Series:
    """Standard error of each printed number, as printed or as theory gives it; NaN where none is.

    Parameters
    ----------
    printed : DataFrame
        One whole table, as `load` returns it.
    units, observations : int
        Of the paper's whole sample; a cell that prints its own observations has those.

    Examples
    --------
    >>> from spillover.replication.published import load
    >>> round(float(published_error(load(1), units=30, observations=300)[0]), 4)
    0.125
    """
    value, kind = printed["value"].astype(float).to_numpy(), printed["statistic"]
    model = printed.assign(row="model")
    window = model.assign(column=model["column"].str.partition(" ")[0])
    n = np.full(len(printed), float(observations))
    for cells in (window, model, printed):
        own = _beside(printed, cells, "observations")
        n = np.where(np.isnan(own), n, own)
    with np.errstate(invalid="ignore"):  # the root of a value that is no R²
        errors = {
            "coefficient": _beside(printed, printed, "std_error"),
            "std_error": value / np.sqrt(2 * n),
            "moran_i": (value + 1 / (units - 1)) / _beside(printed, printed, "z"),
            "z": np.ones(len(printed)),
            "mean": _beside(printed, printed, "sd") / np.sqrt(n),
            "sd": value / np.sqrt(2 * n),
            "r_squared": 2 * np.sqrt(value) * (1 - value) / np.sqrt(n),
        }
    error = np.select([kind == k for k in errors], list(errors.values()), default=np.nan)
    return pd.Series(error, index=printed.index)


def _error_from(units: int) -> dict[str, str]:
    """Where the published standard error of each kind comes from; kinds not named have none."""
    return {
        "coefficient": "printed",
        "std_error": "s/√(2n)",
        "moran_i": f"(I + 1/{units - 1})/z",
        "z": "1 under the null",
        "mean": "sd/√n",
        "sd": "sd/√(2n)",
        "r_squared": "2R(1 − R²)/√n",
    }


def _printed_significance(printed: pd.DataFrame) -> list[bool | None]:
    """Whether the paper calls each number significant at 10 %; None where nothing is tested."""
    stars = {tuple(line[:3]): bool(line[3]) for line in printed[[*KEY, "stars"]].to_numpy()}
    critical = float(stats.chi2.ppf(1 - LEVEL, 1))
    out: list[bool | None] = []
    for row, column, kind, value in printed[[*KEY, "value"]].itertuples(index=False, name=None):
        if kind == "kp_rk_wald_f":
            out.append(float(value) > critical)
        elif kind in ("coefficient", "moran_i", "chi2", "kp_rk_lm", *_STARRED):
            out.append(stars[row, column, _STARRED.get(kind, kind)])
        else:
            out.append(None)
    return out


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
    """Set our numbers beside those that a table prints and judge each.

    Parameters
    ----------
    ours : DataFrame
        row, column, statistic, value, and optionally reason: our counterpart of each printed
        number under the same labels. An extra statistic ``p_value`` for a row and column gives
        our significance (two-tailed); without it a coefficient takes the normal p of value over
        std_error, Moran's I that of z, a one-degree test that of χ²(1). A value may be NaN where
        its reason says why. Where a cell has two tests, ``<statistic>_p_value`` tells them apart.
    table : int
        The table to compare with.
    reason : str
        Why all the printed numbers that `ours` leaves out have no counterpart.
    our_sd : mapping, optional
        Our standard deviation by variable ("CP", "GIA", …). With it numbers in units of a
        variable are also given in its standard deviations, theirs as the paper prints them.
    folder : Path, optional
        Where the printed tables stand; ``data/published`` by default.

    Returns
    -------
    DataFrame
        One line per printed number, in its order: table, row, column, statistic, printed, stars,
        ours, p_value, difference, standard_error, error_from, difference_in_se, verdict, reason,
        printed_in_sd, ours_in_sd.

    Raises
    ------
    PublishedError
        When a number of ours fits no printed one or a printed one is left out without a reason.

    Examples
    --------
    >>> given = load(8)[["row", "column", "statistic", "value"]]
    >>> set(compare(given, 8)["verdict"])
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
    error = published_error(printed, facts["units"], facts["observations"]).to_numpy()
    p_value = np.where(absent, np.nan, _own_pvalues(own, printed))
    our_coefficient = _beside(own, printed, "coefficient")
    their_coefficient = _beside(printed, printed, "coefficient")
    keys = [(row, column, statistic) for row, column, statistic in printed[KEY].to_numpy()]
    judged = []
    for i, (key, significant) in enumerate(zip(keys, _printed_significance(printed), strict=True)):
        if absent[i]:
            judged.append(("not comparable", str(why[i])))
            continue
        pair = our_coefficient[i], their_coefficient[i]
        kept = key[2] != "std_error" or math.isnan(pair[0]) or _same_sign(*pair)
        judged.append(
            judge(
                key,
                printed["printed"].iloc[i],
                value[i],
                error=error[i],
                significant=significant,
                p_value=p_value[i],
                sign_kept=kept,
            )
        )
    moments = load(None, folder).query("statistic == 'sd'")
    their_sd = dict(zip(moments["row"], moments["value"], strict=True))
    units = _units(printed, facts["outcome"])
    return printed.drop(columns=["value", "decimals"]).assign(
        ours=value,
        p_value=p_value,
        difference=value - theirs,
        standard_error=error,
        error_from=kind.map(_error_from(facts["units"])).fillna(""),
        difference_in_se=(value - theirs) / np.where(error > 0, error, np.nan),
        verdict=[verdict for verdict, _ in judged],
        reason=[reason for _, reason in judged],
        printed_in_sd=theirs / units.map(their_sd).astype(float),
        ours_in_sd=value / units.map(our_sd or {}).astype(float),
    )


def totals(compared: pd.DataFrame, by: str = "table") -> pd.DataFrame:
    """Count the verdicts by table, or by another column, with a last column `total`.

    Examples
    --------
    >>> given = load(3)[["row", "column", "statistic", "value"]]
    >>> totals(compare(given, 3)).loc[3, ["reproduced", "total"]].to_list()
    [8, 8]
    """
    counts = pd.crosstab(compared[by], compared["verdict"])
    counts = counts.reindex(columns=list(VERDICTS), fill_value=0)
    counts.columns.name = None
    return counts.assign(total=counts.sum(axis=1))
