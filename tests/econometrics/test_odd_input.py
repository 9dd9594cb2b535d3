"""Odd input at the public face: one line that names what was found and how to mend it.

Each entry is a call that must fail, with the class of error and a pattern of what its message
names. A raw error of numpy, pandas or linearmodels is a failure, and so is silence.
"""

import re

import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph
from scipy import sparse

from spillover import SpatialPanel, SpatialPanelError, SpatialWeights, choose_model, mediate
from spillover.econometrics import confidence, formats, selection
from spillover.econometrics import weights as graphs
from spillover.econometrics.heterogeneity import HeterogeneityError, by_group, local, threshold
from spillover.econometrics.instruments import InstrumentError, spatial_two_stage, two_stage
from spillover.econometrics.interactions import InteractionError, moderate
from spillover.econometrics.mediation import MediationError
from spillover.econometrics.moran import (
    MoranError,
    composite_moran,
    local_moran,
    moran,
    moran_by_year,
)
from spillover.econometrics.regression import ols
from spillover.econometrics.weights import WeightsError, from_dense

N, T = 12, 6
UNITS = [f"p{i:02d}" for i in range(N)]
_rng = np.random.default_rng(3)
ROWS = pd.MultiIndex.from_product([UNITS, range(2001, 2001 + T)], names=["place", "year"])
X = pd.DataFrame(_rng.normal(size=(N * T, 2)), ROWS, ["x1", "x2"])
Y = (X["x1"] - X["x2"] + pd.Series(_rng.normal(size=N * T), ROWS)).rename("y")
M = (X["x1"] + pd.Series(_rng.normal(size=N * T), ROWS)).rename("m")
Z = (X["x1"] + pd.Series(_rng.normal(size=N * T), ROWS)).rename("z").to_frame()
RING = np.roll(np.eye(N), 1, 0) + np.roll(np.eye(N), -1, 0)
W = pd.DataFrame(RING / 2, UNITS, UNITS)
OTHER_W = pd.DataFrame((np.roll(RING, 1, 0) + np.roll(RING, 2, 1)) * (1 - np.eye(N)), UNITS, UNITS)
OTHER_W = OTHER_W.div(OTHER_W.sum(axis=1), axis=0)
GROUPS = pd.Series(np.repeat(["a", "b"], N // 2), UNITS)
VALUES = pd.Series(_rng.normal(size=N) + 5, UNITS)
PLACES = pd.DataFrame(
    {"latitude": _rng.uniform(20, 50, N), "longitude": _rng.uniform(80, 120, N)}, UNITS
)


def cell(table, value, kind=object):
    """The table with one odd cell, at p00 in 2004."""
    table = table.astype(kind).copy()
    if table.ndim == 1:
        table.iloc[3] = value
    else:
        table.iloc[3, 0] = value
    return table


def labels(matrix, names):
    return matrix.set_axis(names, axis=0).set_axis(names, axis=1)


def years(given):
    index = pd.MultiIndex.from_product([UNITS, given])
    return Y.set_axis(index), X.set_axis(index)


def panel(y=Y, x=X, w=W, **options):
    return SpatialPanel(y, x, w, **options)


def fitted(**options):
    return panel(**options).fit()


def formula(text, data=None):
    return SpatialPanel.from_formula(text, X.assign(y=Y) if data is None else data, W)


PANEL = {
    "y an array": (lambda: panel(y=Y.to_numpy()), "y is a ndarray.*Series"),
    "y None": (lambda: panel(y=None), "y is a NoneType"),
    "y of two columns": (lambda: panel(y=X), "2 columns.*Series"),
    "X an array": (lambda: panel(x=X.to_numpy()), "X is a ndarray.*DataFrame"),
    "X a Series without a name": (
        lambda: panel(x=X["x1"].rename(None)),
        "Series without a name.*rename",
    ),
    "X without columns": (lambda: panel(x=X[[]]), "no columns"),
    "X of two levels": (lambda: panel(x=pd.concat({"q": X}, axis=1)), "2 levels.*join"),
    "column twice": (lambda: panel(x=X[["x1", "x1"]]), "named twice: 'x1'"),
    "5 and '5'": (lambda: panel(x=X.set_axis([5, "5"], axis=1)), "named twice: '5'"),
    "column without a name": (lambda: panel(x=X.rename(columns={"x2": ""})), "without a name"),
    "column None": (lambda: panel(x=X.set_axis(["x1", None], axis=1)), "without a name"),
    "regressor const": (
        lambda: panel(x=X.rename(columns={"x2": "const"})),
        "named 'const'.*rename",
    ),
    "regressor rho": (lambda: panel(x=X.rename(columns={"x2": "rho"})), "'rho' clash"),
    "regressor W_x1": (lambda: panel(x=X.rename(columns={"x2": "W_x1"})), "'W_x1' clash"),
    "NA in an object": (lambda: panel(x=cell(X, pd.NA)), "'x1' has no value.*p00.*2004"),
    "NA in Float64": (lambda: panel(x=cell(X, pd.NA, "Float64")), "missing.*'x1'.*p00"),
    "NA in y": (lambda: panel(y=cell(Y, pd.NA, "Float64")), "missing.*'y'.*p00"),
    "NaN": (lambda: panel(x=cell(X, np.nan, float)), "missing.*nan.*'x1'"),
    "infinite": (lambda: panel(y=cell(Y, np.inf, float)), "inf in 'y'"),
    "text in a cell": (lambda: panel(x=cell(X, "high")), "'x1' has 'high'.*expected numbers"),
    "number as text": (lambda: panel(y=cell(Y, "1.5")), "'y' has '1.5'"),
    "object of numbers": (lambda: panel(x=X.astype(object)), "type object.*astype"),
    "complex": (lambda: panel(x=X.astype(complex)), "complex128"),
    "categories": (
        lambda: panel(x=X.assign(g=pd.Categorical([1, 2, 3] * (N * T // 3)))),
        "'g' is category.*dummies",
    ),
    "dates": (lambda: panel(x=X.assign(d=pd.Timestamp("2001"))), "'d' is datetime"),
    "too large": (lambda: panel(x=X * 1e300), "'x1'.*unit"),
    "too small": (lambda: panel(y=Y * 1e-300), "'y'.*unit"),
    "constant column": (lambda: panel(x=X.assign(one=1.0)), "constant columns: 'one'"),
    "years int and text": (
        lambda: panel(*years([2001, 2002, 2003, "2004", 2005, 2006])),
        "several types: 2001.*'2004'",
    ),
    "years int and Timestamp": (
        lambda: panel(*years([2001, 2002, 2003, 2004, 2005, pd.Timestamp("2006")])),
        "several types.*Timestamp",
    ),
    "years as text of two lengths": (
        lambda: panel(*years(["9", "10", "11", "12", "13", "14"])),
        "text.*'10'.*'9'.*whole numbers",
    ),
    "year missing": (lambda: panel(*years([1, 2, 3, 4, 5, np.nan])), "missing labels"),
    "no index": (lambda: panel(Y.reset_index(drop=True), X), "MultiIndex"),
    "three levels": (lambda: panel(pd.concat({"q": Y}), pd.concat({"q": X})), "two-level index"),
    "rows twice": (
        lambda: panel(pd.concat([Y, Y[:1]]), pd.concat([X, X[:1]])),
        "more than once.*p00",
    ),
    "unbalanced": (lambda: panel(Y[1:], X[1:]), "unbalanced.*p00.*2001"),
    "rows of X elsewhere": (lambda: panel(Y, X.rename(index={"p00": "q"})), "different rows.*'q'"),
    "empty": (lambda: panel(Y[:0], X[:0]), "no rows"),
    "levels swapped": (lambda: panel(Y.swaplevel(), X.swaplevel()), "first level of y's index"),
    "lagged a dict": (lambda: panel(lagged={"x1": 1}), "lagged={'x1': 1}.*list of names"),
    "lagged a table": (lambda: panel(lagged=X), "lagged=a DataFrame.*list of names"),
    "lagged a number": (lambda: panel(lagged=1), "lagged=1"),
    "lagged True": (lambda: panel(lagged=True), "lagged=True"),
    "lagged unknown": (lambda: panel(lagged=["x9"]), "'x9'; X has 'x1', 'x2'"),
    "lagged twice": (lambda: panel(lagged=["x1", "x1"]), "'x1' more than once"),
    "lagged in a SAR": (lambda: panel(model="sar", lagged=["x1"]), "'sdm'"),
    "model None": (lambda: panel(model=None), "model=None"),
    "model unknown": (lambda: panel(model="sac"), "model='sac'.*'sdm'"),
    "effects a table": (lambda: panel(fixed_effects=X), "fixed_effects=a DataFrame"),
    "effects two-way": (lambda: panel(fixed_effects="two-way"), "'two-way'.*'twoway'"),
    "random 1": (lambda: panel(random_effects=1), "random_effects=1"),
    "correction True": (lambda: panel(correction=True), "correction=True"),
    "demeaning as text": (lambda: panel(lag_after_demeaning="no"), "'no'; expected True or False"),
}
FORMULAE = {
    "effects after a bar": (lambda: formula("y ~ x1 | place"), "fixed_effects='entity'"),
    "effects of linearmodels": (lambda: formula("y ~ x1 + EntityEffects"), "fixed_effects="),
    "instruments": (lambda: formula("y ~ x2 | x1 ~ z"), "two_stage"),
    "power": (lambda: formula("y ~ x1**2"), r"I\(x1\*\*2\)"),
    "no outcome": (lambda: formula("~ x1"), "0 outcomes"),
    "unknown column": (lambda: formula("y ~ x9"), "x9"),
    "a failing term": (lambda: formula("y ~ x1 + foo(x1)"), "foo"),
    "logarithm of negative values": (lambda: formula("log(y) ~ x1"), r"log\(y\)"),
    "not text": (lambda: formula(5), "formula is 5"),
    "data a dict": (lambda: formula("y ~ x1", {"y": 1}), "data is a dict"),
}
MATRIX = {
    "an array": (lambda: panel(w=W.to_numpy()), "ndarray.*DataFrame.*index=units"),
    "sparse": (lambda: panel(w=sparse.csr_array(RING)), "toarray"),
    "a name": (lambda: panel(w="rook"), "W is a str"),
    "not square": (lambda: panel(w=W.iloc[:, :5]), "square"),
    "text": (lambda: panel(w=W.astype(str)), "'p00' has '0.0'"),
    "numbers as objects": (lambda: panel(w=W.astype(object)), "type object"),
    "missing": (lambda: panel(w=W.where(W > 0)), "NaN"),
    "negative": (lambda: panel(w=-W), "negative"),
    "diagonal": (lambda: panel(w=W + np.eye(N)), "diagonal"),
    "island": (lambda: panel(w=W.mul(np.arange(N) > 0, axis=0)), "islands.*'p00'"),
    "label twice": (lambda: panel(w=labels(W, ["p01", *UNITS[1:]])), "twice: 'p01'"),
    "label missing": (lambda: panel(w=labels(W, [np.nan, *UNITS[1:]])), "missing label"),
    "two levels": (lambda: panel(w=pd.concat({"q": W})), "two or more levels"),
    "columns in another order": (lambda: panel(w=W.iloc[:, ::-1]), "different orders"),
    "other labels": (lambda: panel(w=labels(W, range(N))), "different entities.*first level"),
    "too large": (lambda: panel(w=W * 1e300), "divide each row"),
    "empty": (lambda: SpatialWeights(W.iloc[:0, :0]), "square"),
}
FIT = {
    "cov_type None": (lambda: panel().fit(None), "cov_type=None"),
    "cov_type unknown": (lambda: panel().fit("hc3"), "cov_type='hc3'"),
    "clusters twice": (
        lambda: panel().fit("clustered", clusters=pd.concat([GROUPS, GROUPS[:2]])),
        "'p00', 'p01' more than once",
    ),
    "clusters missing": (lambda: panel().fit("cr3", clusters=GROUPS[1:]), "no value for 'p00'"),
    "clusters NaN": (
        lambda: panel().fit("cr3", clusters=GROUPS.mask(GROUPS.index == "p02")),
        "missing for 'p02'",
    ),
    "rows of clusters twice": (
        lambda: panel().fit("clustered", clusters=pd.concat([Y, Y[:1]])),
        "p00.*more than once",
    ),
    "clusters too short": (lambda: panel().fit("cr3", clusters=[1, 2]), "2 rows.*72"),
    "bandwidth": (
        lambda: panel().fit("driscoll-kraay", bandwidth=1.5),
        "bandwidth=1.5.*whole number",
    ),
    "small_sample": (lambda: panel().fit("cr3", small_sample="no"), "small_sample='no'"),
    "level in per cent": (lambda: fitted().conf_int(95), "level=95.*0.95 for 95 %"),
    "level as text": (lambda: fitted().conf_int("95%"), "level='95%'"),
    "level of significance": (lambda: fitted().conf_int(0.05), "level=0.05.*confidence"),
    "level of a table": (lambda: fitted().tidy(None), "level=None"),
    "method": (lambda: fitted().effects("bootstrap"), "method='bootstrap'.*'delta'"),
    "draws": (lambda: fitted().effects("simulate", draws=1.5), "draws=1.5.*whole"),
    "seed": (lambda: fitted().effects("simulate", seed=-1), "seed=-1.*0 or more"),
    "seed None": (lambda: fitted().effects("simulate", seed=None), "seed=None"),
    "orders": (lambda: fitted().effects_by_order("x1", 1.5), "orders=1.5"),
    "variable": (lambda: fitted().effects_matrix("x9"), "'x9'.*'x1', 'x2'"),
    "variables": (lambda: fitted().effects_by_order(["x1"]), "not in X"),
    "prediction": (lambda: fitted().predict(kind="x"), "kind='x'"),
    "prediction with effects": (lambda: fitted().predict(effects="no"), "effects='no'"),
    "other columns": (lambda: fitted().predict(X[["x1"]]), "expected 'x1', 'x2'"),
    "other rows": (lambda: fitted().predict(X[1:]), "missing.*p00.*2001"),
    "three levels": (lambda: fitted().predict(pd.concat({"q": X})), "two-level index"),
    "bootstrap": (lambda: fitted().bootstrap(draws=10), "draws=10.*99 or more"),
    "bootstrap processes": (lambda: fitted().bootstrap(99, jobs=0), "jobs=0"),
}
SELECTION = {
    "level": (lambda: choose_model(Y, X, W, level=5), "level=5.*0.05 for 5 %"),
    "draws": (lambda: choose_model(Y, X, W, draws=1.5), "draws=1.5"),
    "seed": (lambda: choose_model(Y, X, W, seed="a"), "seed='a'"),
    "LR on different W": (
        lambda: selection.likelihood_ratio(fitted(model="sar", w=OTHER_W), fitted()),
        "different .*W",
    ),
    "LR on different X": (
        lambda: selection.likelihood_ratio(fitted(model="sar", x=X + 1 / (1 + X**2)), fitted()),
        "different .*data",
    ),
    "LR of a model with itself": (
        lambda: selection.likelihood_ratio(fitted(), fitted()),
        "nothing to test",
    ),
    "LR the wrong way round": (
        lambda: selection.likelihood_ratio(fitted(), fitted(model="sar")),
        "not a special case",
    ),
    "Hausman on different X": (
        lambda: selection.hausman(
            fitted(fixed_effects="entity", x=X + 1 / (1 + X**2)), fitted(random_effects=True)
        ),
        "same|different",
    ),
    "Hausman on different W": (
        lambda: selection.hausman(
            fitted(fixed_effects="entity", w=OTHER_W), fitted(random_effects=True)
        ),
        "same|different",
    ),
    "Wald against itself": (lambda: selection.wald(fitted(), "sdm"), "'sdm'"),
    "Mundlak of fixed effects": (lambda: selection.mundlak(fitted()), "random_effects=True"),
    "LM of a Durbin model": (lambda: selection.lagrange_tests(panel()), "'sdm'"),
    "a test at 95": (
        lambda: selection.wald(fitted(), "sar").at(95),
        "level=95.*significance",
    ),
}
MEDIATION = {
    "mediator an array": (lambda: mediate(Y, X, "x1", M.to_numpy(), W), "mediator.*Series"),
    "mediator without a name": (lambda: mediate(Y, X, "x1", M.rename(None), W), "name"),
    "mediator in X": (lambda: mediate(Y, X.assign(m=M), "x1", M, W), "'m'"),
    "mediator of other rows": (lambda: mediate(Y, X, "x1", M[1:], W), "p00"),
    "mediator of three levels": (lambda: mediate(Y, X, "x1", pd.concat({"q": M}), W), "3 levels"),
    "mediator twice": (lambda: mediate(Y, X, "x1", pd.concat([M, M[:1]]), W), "p00"),
    "exposure unknown": (lambda: mediate(Y, X, "x9", M, W), "x9"),
    "exposures": (lambda: mediate(Y, X, ["x1"], M, W), "exposure"),
    "level": (lambda: mediate(Y, X, "x1", M, W, level=95), "level=95"),
    "independent": (lambda: mediate(Y, X, "x1", M, W, independent="no"), "independent='no'"),
    "draws": (lambda: mediate(Y, X, "x1", M, W).bootstrap(draws=0), "draws=0"),
    "processes": (lambda: mediate(Y, X, "x1", M, W).bootstrap(9, jobs=0), "jobs=0"),
}
REGRESSION = {
    "y an array": (lambda: ols(Y.to_numpy(), X), "y is an array"),
    "X an array": (lambda: ols(Y, X.to_numpy()), "X is a ndarray"),
    "missing value": (lambda: ols(cell(Y, np.nan, float), X), "nan in 'y'"),
    "missing regressor": (lambda: ols(Y, cell(X, pd.NA, "Float64")), "nan in 'x1'"),
    "rows twice": (lambda: ols(pd.concat([Y, Y[:1]]), X), "more than once"),
    "other rows": (lambda: ols(Y[1:], X), "different rows.*p00"),
    "text": (lambda: ols(Y, X.astype(str)), "'x1' has '"),
    "years as text": (lambda: ols(Y.rename(index=str), X.rename(index=str)), "numbers or dates"),
    "collinear": (lambda: ols(Y, X.assign(x3=2 * X["x1"] - 1)), "collinear: 'x3'"),
    "constant": (lambda: ols(Y, X.assign(x3=2.0)), "constant columns: 'x3'"),
    "const": (lambda: ols(Y, X.rename(columns={"x1": "const"})), "'const'"),
    "y constant": (lambda: ols(Y * 0 + 1, X), "same value"),
    "absorbed": (
        lambda: ols(Y, X.assign(x3=np.repeat(VALUES.to_numpy(), T)), "entity"),
        "entity effects",
    ),
    "effects": (lambda: ols(Y, X, "both"), "fixed_effects='both'"),
    "covariance": (lambda: ols(Y, X, cov_type="hc9"), "cov_type='hc9'"),
}
_PARTS = (Y, X[["x2"]], X[["x1"]], Z)
INSTRUMENTS = {
    "y an array": (lambda: two_stage(Y.to_numpy(), *_PARTS[1:]), "y is a ndarray"),
    "instruments an array": (
        lambda: two_stage(*_PARTS[:3], Z.to_numpy()),
        "instruments is a ndarray",
    ),
    "instruments None": (lambda: two_stage(*_PARTS[:3], None), "0 instruments"),
    "no endogenous": (lambda: two_stage(Y, X, None, Z), "endogenous has no columns"),
    "too few instruments": (lambda: two_stage(Y, X[["x2"]], X[["x1"]], Z[[]]), "0 instruments"),
    "instruments collinear": (
        lambda: two_stage(*_PARTS[:3], Z.assign(z2=2 * Z["z"])),
        "z2",
    ),
    "instrument twice": (lambda: two_stage(*_PARTS[:3], X[["x2"]]), "'x2'"),
    "unbalanced": (lambda: two_stage(*(part[1:] for part in _PARTS)), "unbalanced"),
    "other rows": (lambda: two_stage(*_PARTS[:3], Z[1:]), "instruments.*different rows"),
    "three levels": (lambda: two_stage(*_PARTS[:3], pd.concat({"q": Z})), "3 levels"),
    "y constant": (lambda: two_stage(Y * 0 + 1, *_PARTS[1:]), "no variation"),
    "absorbed": (
        lambda: two_stage(*_PARTS[:3], Z * 0 + np.repeat(VALUES.to_numpy(), T)[:, None], "entity"),
        "instrument 'z'",
    ),
    "covariance": (lambda: two_stage(*_PARTS, cov_type="hc9"), "cov_type='hc9'"),
    "small_sample": (lambda: two_stage(*_PARTS, small_sample="no"), "small_sample='no'"),
    "level": (lambda: two_stage(*_PARTS, level=95), "level=95"),
    "hypothesis": (lambda: two_stage(*_PARTS).reduced_form.pvalue("a"), "beta='a'"),
    "spatial y an array": (lambda: spatial_two_stage(Y.to_numpy(), X, W), "y is a ndarray"),
    "spatial X an array": (lambda: spatial_two_stage(Y, X.to_numpy(), W), "exogenous"),
    "spatial without X": (lambda: spatial_two_stage(Y, None, W), "exogenous|regressors|X "),
    "spatial W an array": (lambda: spatial_two_stage(Y, X, W.to_numpy()), "W is a ndarray"),
    "spatial unbalanced": (lambda: spatial_two_stage(Y[1:], X[1:], W), "unbalanced"),
    "spatial lagged": (lambda: spatial_two_stage(Y, X, W, lagged=["x9"]), "x9"),
    "spatial powers": (lambda: spatial_two_stage(Y, X, W, powers=1.5), "powers=1.5"),
}
HETEROGENEITY = {
    "groups an array": (lambda: by_group(Y, X, "x1", GROUPS.to_numpy()), "groups.*Series"),
    "groups by row": (
        lambda: by_group(Y, X, "x1", pd.Series("a", Y.index)),
        r"keyed by 2 levels.*groups\.groupby\(level=0\)",
    ),
    "group missing": (lambda: by_group(Y, X, "x1", GROUPS[1:]), "'p00'"),
    "group NaN": (lambda: by_group(Y, X, "x1", GROUPS.mask(GROUPS.index == "p02")), "'p02'"),
    "groups twice": (lambda: by_group(Y, X, "x1", pd.concat([GROUPS, GROUPS[:1]])), "'p00'"),
    "one group": (lambda: by_group(Y, X, "x1", pd.Series("a", UNITS)), "two or more"),
    "exposure": (lambda: by_group(Y, X, "x9", GROUPS), "x9"),
    "y constant": (lambda: by_group(Y * 0 + 1, X, "x1", GROUPS), "same value"),
    "level": (lambda: by_group(Y, X, "x1", GROUPS, level=95), "level=95"),
    "effects": (lambda: by_group(Y, X, "x1", GROUPS, "both"), "'both'"),
    "figure as text": (lambda: threshold(Y, X, "x1", VALUES.astype(str)), "expected numbers"),
    "figure constant": (lambda: threshold(Y, X, "x1", VALUES * 0), "everywhere"),
    "trim": (lambda: threshold(Y, X, "x1", VALUES, trim="a"), "trim='a'"),
    "threshold draws": (lambda: threshold(Y, X, "x1", VALUES, draws=1.5), "draws=1.5"),
    "local level": (lambda: local(Y, X, "x1", VALUES, level=95), "level=95"),
    "local points": (lambda: local(Y, X, "x1", VALUES, points=1.5), "points=1.5"),
}
INTERACTIONS = {
    "moderator unknown": (lambda: moderate(Y, X, "x1", ["x9"], W), "x9"),
    "no moderators": (lambda: moderate(Y, X, "x1", [], W), "one or more"),
    "moderators None": (lambda: moderate(Y, X, "x1", None, W), "moderators=None"),
    "the exposure": (lambda: moderate(Y, X, "x1", ["x1"], W), "other than the exposure"),
    "X a Series": (lambda: moderate(Y, X["x1"], "x1", ["x2"], W), "X is a Series"),
    "columns twice": (
        lambda: moderate(Y, pd.concat([X, X], axis=1), "x1", ["x2"], W),
        "named twice",
    ),
    "centring": (lambda: moderate(Y, X, "x1", ["x2"], W, centring="zz"), "centring='zz'"),
    "lag_products": (lambda: moderate(Y, X, "x1", ["x2"], W, lag_products="no"), "'no'"),
    "level": (lambda: moderate(Y, X, "x1", ["x2"], W).marginal("x2", level=95), "level=95"),
    "points": (lambda: moderate(Y, X, "x1", ["x2"], W).marginal("x2", points=1.5), "points=1.5"),
}
GRAPHS = {
    "array": (lambda: from_dense(RING), "ndarray.*DataFrame"),
    "text": (lambda: from_dense(W.astype(str)), "'0.0'"),
    "label twice": (lambda: from_dense(labels(W, ["p01", *UNITS[1:]])), "twice: 'p01'"),
    "standardise": (lambda: from_dense(W, "no"), "standardise='no'"),
    "dense of a table": (lambda: graphs.dense(W), "expected a libpysal Graph"),
    "rows of an island": (
        lambda: graphs.row_standardise(W.mul(np.arange(N) > 0, axis=0)),
        "'p00'.*neighbours",
    ),
    "unknown unit": (lambda: graphs.subset(from_dense(W), ["zz"]), "'zz'"),
    "units as text": (lambda: graphs.subset(from_dense(W), "p00"), "list of units"),
    "units by place": (lambda: graphs.subset(from_dense(W), [0, 1]), "0, 1"),
    "places an array": (lambda: graphs.inverse_distance(PLACES.to_numpy()), "latitude"),
    "places lat and lon": (
        lambda: graphs.k_nearest(PLACES.set_axis(["lat", "lon"], axis=1), 2),
        "no column 'latitude'.*'lat', 'lon'",
    ),
    "metres": (lambda: graphs.distance_band(PLACES * 1e5, 1000), "metres"),
    "no latitude": (lambda: graphs.great_circle_km(cell(PLACES, np.nan, float)), "p03 is nan"),
    "unit twice": (
        lambda: graphs.k_nearest(PLACES.set_axis(["p01", *UNITS[1:]]), 2),
        "'p01'.*more than once",
    ),
    "one place twice": (
        lambda: graphs.inverse_distance(PLACES.assign(latitude=1.0, longitude=2.0)),
        "p00 and p01.*distance 0",
    ),
    "neighbours at one place": (
        lambda: graphs.k_nearest(PLACES.assign(latitude=1.0, longitude=2.0), 2),
        "'p00', 'p01'.*one place",
    ),
    "a matrix of two levels": (lambda: from_dense(pd.concat({"q": W})), "two or more levels"),
    "too many neighbours": (lambda: graphs.k_nearest(PLACES, N), f"k={N}.*1 to {N - 1}"),
    "neighbours in halves": (lambda: graphs.k_nearest(PLACES, 1.5), "k=1.5"),
    "band without neighbours": (lambda: graphs.distance_band(PLACES, 1), "no neighbours"),
    "cutoff": (lambda: graphs.inverse_distance(PLACES, cutoff_km="far"), "cutoff_km='far'"),
    "values an array": (lambda: graphs.economic_distance(VALUES.to_numpy()), "Series"),
    "values as text": (lambda: graphs.economic_distance(VALUES.astype(str)), "expected numbers"),
    "a panel": (lambda: graphs.economic_distance(Y), "two levels.*mean"),
    "a value of nobody": (
        lambda: graphs.economic_geographic(
            pd.concat([VALUES, pd.Series([1.0], ["zz"])]), from_dense(W)
        ),
        "'zz' is not in the geography",
    ),
    "mix": (lambda: graphs.economic_geographic(VALUES, from_dense(W), 50), "mix is 50"),
}
_GRAPH = from_dense(W)
MORAN = {
    "values an array": (lambda: moran(VALUES.to_numpy(), _GRAPH), "values.*Series"),
    "a panel": (lambda: moran(Y, _GRAPH), "one year"),
    "values as text": (lambda: moran(VALUES.astype(str), _GRAPH), "expected numbers"),
    "all the same": (lambda: moran(VALUES * 0 + 1, _GRAPH), "the same"),
    "a value missing": (lambda: moran(cell(VALUES, np.nan, float), _GRAPH), "p03"),
    "W an array": (lambda: moran(VALUES, RING), "W is a ndarray"),
    "W negative": (
        lambda: moran(VALUES, Graph(from_dense(W)._adjacency * -1)),
        "negative",
    ),
    "permutations": (lambda: moran(VALUES, _GRAPH, 1.5), "permutations=1.5"),
    "seed": (lambda: moran(VALUES, _GRAPH, seed=None), "seed=None"),
    "tail": (lambda: moran(VALUES, _GRAPH, alternative="both"), "'both'.*'two-sided'"),
    "row_standardise": (lambda: moran(VALUES, _GRAPH, row_standardise="no"), "'no'"),
    "by year without years": (lambda: moran_by_year(VALUES, _GRAPH), r"\(unit, year\)"),
    "by year twice": (lambda: moran_by_year(pd.concat([Y, Y[:1]]), _GRAPH), "more than once"),
    "local without permutations": (
        lambda: local_moran(VALUES, _GRAPH, permutations=0),
        "permutations=0",
    ),
    "local level": (lambda: local_moran(VALUES, _GRAPH, level=10), "level=10"),
    "composite not standardised": (
        lambda: composite_moran(VALUES, W * 2, W, permutations=3),
        "row_standardise",
    ),
    "composite mix": (lambda: composite_moran(VALUES, W, W, 50, permutations=3), "mix=50"),
}
NUMBERS = {
    "no coefficients": (lambda: confidence.where_nonpositive([]), "constant first"),
    "coefficient missing": (lambda: confidence.where_nonpositive([1, np.nan]), "finite"),
    "level": (lambda: confidence.fieller(1, 3, 1, 1, 0, 95), "level=95"),
    "variance": (lambda: confidence.fieller(1, 3, -1, 1, 0), "var_numerator=-1"),
    "covariance": (lambda: confidence.fieller(1, 3, 1, 1, 5), "covariance=5"),
    "ratio of text": (lambda: confidence.fieller("a", 3, 1, 1, 0), "numerator='a'"),
    "ends in the wrong order": (lambda: confidence.ConfidenceSet(((2.0, 1.0),)), "ascend"),
    "text in a set": (lambda: "a" in confidence.ConfidenceSet(((0.0, 1.0),)), "value='a'"),
    "number as text": (lambda: formats.fmt("1.5"), "'1.5'; expected a number"),
    "numbers": (lambda: formats.fmt(VALUES), "a Series.*expected a number"),
    "decimals": (lambda: formats.fmt(1.0, "3"), "decimals='3'"),
    "infinite": (lambda: formats.fmt(np.inf), "inf"),
    "p-value": (lambda: formats.pvalue(1.5), "p-value is 1.5"),
    "stars of no p-value": (lambda: formats.stars(-1), "p-value is -1"),
    "interval": (lambda: formats.interval(2, 1), "lower end first"),
    "estimate without p": (lambda: formats.with_pvalue(pd.Series({"effect": 1.0})), "'pvalue'"),
    "sign of nothing": (lambda: formats.sign_in_words(np.nan, 0.1), "value=nan"),
    "signs of other rows": (
        lambda: formats.count_signs(pd.Series([1.0, 2.0]), pd.Series([0.1])),
        "different rows",
    ),
}

PARTS = {
    "panel": (PANEL, SpatialPanelError),
    "formula": (FORMULAE, SpatialPanelError),
    "W": (MATRIX, SpatialPanelError),
    "fit": (FIT, SpatialPanelError),
    "selection": (SELECTION, SpatialPanelError),
    "mediation": (MEDIATION, (MediationError, SpatialPanelError)),
    "regression": (REGRESSION, ValueError),
    "instruments": (INSTRUMENTS, (InstrumentError, SpatialPanelError)),
    "heterogeneity": (HETEROGENEITY, (HeterogeneityError, SpatialPanelError)),
    "interactions": (INTERACTIONS, (InteractionError, SpatialPanelError)),
    "graph": (GRAPHS, WeightsError),
    "moran": (MORAN, MoranError),
    "numbers": (NUMBERS, ValueError),
}
CASES = [
    pytest.param(call, error, pattern, id=f"{part}: {name}")
    for part, (table, error) in PARTS.items()
    for name, (call, pattern) in table.items()
]


@pytest.mark.parametrize(("call", "error", "pattern"), CASES)
def test_odd_input_is_named_in_one_line(call, error, pattern):
    with pytest.raises(error) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    assert re.search(pattern, message)


@pytest.mark.parametrize(
    "call",
    [
        fitted,
        lambda: fitted(y=Y.to_frame()),
        lambda: fitted(x=X["x1"]),
        lambda: fitted(x=X.astype("Float64")),
        lambda: fitted(w=W.iloc[::-1, ::-1]),
        lambda: fitted(lagged={"x1"}),
        lambda: moran(VALUES, W, 9),
        lambda: ols(Y, X),
        lambda: two_stage(*_PARTS),
        lambda: spatial_two_stage(Y, X, W),
        lambda: by_group(Y, X, "x1", GROUPS),
        lambda: moderate(Y, X, "x1", ["x2"], W),
    ],
)
def test_the_same_calls_without_a_fault_pass(call):
    assert call() is not None


def test_w_in_another_order_is_aligned_by_label():
    shuffled = np.random.default_rng(1).permutation(UNITS)
    reordered = fitted(w=W.loc[shuffled, shuffled])
    pd.testing.assert_series_equal(reordered.params, fitted().params)


def test_true_and_false_are_read_as_numbers_and_said():
    flags = (X["x2"] > 0).rename("flag")
    said = fitted(x=X.assign(flag=flags))
    assert any("'flag'" in note and "1 and 0" in note for note in said.notes)
    numbers = fitted(x=X.assign(flag=flags.astype(float)))
    pd.testing.assert_series_equal(said.params, numbers.params)
    assert not any("flag" in note for note in numbers.notes)


def test_nearly_collinear_regressors_are_noted():
    """x3 = x1 + s·noise: with unit variances the error of x1 is about 1/s times larger."""
    noise = pd.Series(np.random.default_rng(5).normal(size=N * T), ROWS)
    far = fitted(x=X.assign(x3=X["x1"] + 0.1 * noise), model="sar")
    assert not far.notes
    near = fitted(x=X.assign(x3=X["x1"] + 1e-6 * noise), model="sar")
    (note,) = near.notes
    assert "'x1'" in note
    assert "'x3'" in note
    assert "'x2'" not in note
    stated = float(re.search(r"up to (\S+) times", note)[1])
    alone = fitted(model="sar").std_errors["x1"]
    assert near.std_errors["x1"] / alone == pytest.approx(stated, rel=0.2)
