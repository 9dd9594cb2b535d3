"""A printed table beside our own, number by number; totals of the verdicts.

It matches labels, never guesses them, and loses no number on the way; the rule itself is in
:mod:`.verdicts`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from spillover.replication.published.intake import KEY, PublishedError
from spillover.replication.published.kinds import (
    REFERENCES,
    TESTS,
    own_pvalue,
    printed_significance,
    published_error,
)
from spillover.replication.published.loading import load, tables
from spillover.replication.published.verdicts import VERDICTS, Key, Pair, judge, same_sign

WITHOUT_COUNTERPART = {12: "the ranking that forms the groups is not public"}
"""Tables whose numbers have no counterpart, but for their observations."""

TESTED = ("coefficient", "std_error", "moran_i", "z", *TESTS)


def _own(ours: pd.DataFrame, printed: pd.DataFrame, table: int) -> pd.DataFrame:
    """Our numbers as text keys and floats; raise on anything that would be dropped unseen."""
    needed = [*KEY, "value"]
    if lacking := [c for c in needed if c not in ours.columns]:
        raise PublishedError(f"Table {table}: found ours without {lacking}; expected {needed}")
    out = ours.copy()
    out[KEY] = out[KEY].astype(str)
    if "reason" not in out.columns:
        out["reason"] = ""
    out["reason"] = out["reason"].fillna("").astype(str)
    out["value"] = out["value"].astype(float)
    if out.duplicated(KEY).any():
        key = tuple(out.loc[out.duplicated(KEY), KEY].iloc[0])
        raise PublishedError(f"Table {table}: found {key} twice in ours; expected it once")
    known = set(printed[KEY].itertuples(index=False, name=None))
    cells = {(row, column) for row, column, _ in known}
    for row, column, kind in out[KEY].itertuples(index=False, name=None):
        if (row, column, kind) in known:
            continue
        if (row, column) not in cells or not kind.endswith("p_value"):
            raise PublishedError(
                f"Table {table}: found {(row, column, kind)} in ours; expected a row, column and "
                "statistic that the table prints, or a p_value for one"
            )
    return out


def _values(own: pd.DataFrame) -> dict[Key, float]:
    keys = own[KEY].itertuples(index=False, name=None)
    return dict(zip(keys, own["value"].astype(float), strict=True))


def _reasons(own: pd.DataFrame) -> dict[Key, str]:
    keys = own[KEY].itertuples(index=False, name=None)
    return dict(zip(keys, own["reason"].astype(str), strict=True))


def _missing(
    table: int, keys: list[Key], values: Mapping[Key, float], why: Mapping[Key, str], reason: str
) -> dict[Key, str]:
    """Reason for each printed number without a counterpart; raise where none is given."""
    general = WITHOUT_COUNTERPART.get(table, "")
    out: dict[Key, str] = {}
    for key in keys:
        if general and key[2] != "observations":
            out[key] = why.get(key) or general
        elif math.isnan(values.get(key, math.nan)):
            out[key] = why.get(key) or reason
    silent = [key for key, text in out.items() if not text]
    if silent:
        raise PublishedError(
            f"Table {table}: found no number of ours for {silent[0]} and {len(silent) - 1} more; "
            "expected one, or a reason for each or for all that are missing"
        )
    return out


def _sign_kept(values: Mapping[Key, float], printed: Mapping[Key, float], key: Key) -> bool:
    """For a standard error: whether the coefficient beside it has the printed sign."""
    beside: Key = (key[0], key[1], "coefficient")
    if key[2] != "std_error" or beside not in values:
        return True
    return same_sign(values[beside], printed[beside])


def _pair(
    line: dict[str, object], values: Mapping[Key, float], printed: Mapping[Key, float], table: int
) -> Pair:
    key: Key = (str(line["row"]), str(line["column"]), str(line["statistic"]))
    p_value = own_pvalue(values, *key) if key[2] in TESTED else math.nan
    significant = line["significant"]
    return Pair(
        key,
        str(line["printed"]),
        values[key],
        float(str(line["standard_error"])),
        None if significant is None else bool(significant),
        p_value,
        _sign_kept(values, printed, key),
    )


def outcomes(printed: pd.DataFrame, table: int, folder: Path | None = None) -> pd.Series:
    """Return the variable in whose units each printed number stands; empty if in none's.

    Effects and coefficients of a regression are in units of its outcome per unit of the row's
    variable; Table 5's moments in units of their own variable.
    """
    if table == 5:
        return printed["row"].where(printed["statistic"] != "observations", "")
    names = str(tables(folder).loc[table, "outcome"]).split()
    columns = printed["column"]
    if table == 7:
        by = columns.str[1].astype(int).map(lambda model: names[model - 1])
    elif table == 11:
        by = columns.str.endswith("second stage").astype(int).map(lambda stage: names[stage])
    else:
        by = pd.Series(names[0] if names else "", index=printed.index)
    return by.where(printed["statistic"].isin(["coefficient", "std_error"]), "")


def _in_sd(values: pd.Series, units: pd.Series, sd: Mapping[str, float]) -> pd.Series:
    return values.astype(float) / units.map(lambda name: sd.get(name, math.nan)).astype(float)


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
        variable are also given in its standard deviations, theirs from Table 5.

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
    printed = load(table, folder)
    own = _own(ours, printed, table)
    values = _values(own)
    theirs = _values(printed)
    out = printed.drop(columns=["value", "decimals"])
    out["standard_error"] = published_error(printed)
    out["significant"] = printed_significance(printed)
    keys: list[Key] = list(out[KEY].itertuples(index=False, name=None))
    absent = _missing(table, keys, values, _reasons(own), reason)
    lines = [{str(k): v for k, v in line.items()} for line in out.to_dict("records")]
    judged = [
        _line(key, line, values, theirs, absent, table)
        for key, line in zip(keys, lines, strict=True)
    ]
    result = out.drop(columns="significant")
    result = result.drop(columns="standard_error").join(pd.DataFrame(judged, index=out.index))
    return _with_sd(result, printed, table, our_sd or {}, folder)


def _line(
    key: Key,
    line: dict[str, object],
    values: Mapping[Key, float],
    theirs: Mapping[Key, float],
    absent: Mapping[Key, str],
    table: int,
) -> dict[str, object]:
    """Everything that `compare` adds to one printed number."""
    if key in absent:
        ours = values.get(key, math.nan)
        verdict, reason, p_value = "not comparable", absent[key], math.nan
        error = float(str(line["standard_error"]))
    else:
        pair = _pair(line, values, theirs, table)
        verdict, reason = judge(pair)
        ours, error, p_value = pair.ours, pair.error, pair.p_value
    difference = ours - theirs[key]
    return {
        "ours": ours,
        "p_value": p_value,
        "difference": difference,
        "standard_error": error,
        "error_from": REFERENCES.get(key[2], ""),
        "difference_in_se": difference / error if error > 0 else math.nan,
        "verdict": verdict,
        "reason": reason,
    }


def _with_sd(
    result: pd.DataFrame,
    printed: pd.DataFrame,
    table: int,
    our_sd: Mapping[str, float],
    folder: Path | None,
) -> pd.DataFrame:
    """Add both numbers in standard deviations of the variable in whose units they stand."""
    moments = load(5, folder).query("statistic == 'sd'")
    their_sd = dict(zip(moments["row"], moments["value"].astype(float), strict=True))
    units = outcomes(printed, table, folder)
    return result.assign(
        printed_in_sd=_in_sd(printed["value"], units, their_sd),
        ours_in_sd=_in_sd(result["ours"], units, our_sd),
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
