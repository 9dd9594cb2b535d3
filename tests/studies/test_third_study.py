"""A made-up third study: declared here, used by every room, without a line of theirs changed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from spillover import Study, multiverse
from spillover.data import files
from spillover.econometrics.weights import from_dense
from spillover.replication import measurement, scorecard, tables
from spillover.studies.variables import Variable

UNITS = [f"town {letter}" for letter in "ABCDEFGHIJKL"]
YEARS = range(2001, 2007)
NUMBERS = "table,row,column,statistic,printed,value,stars,decimals"
TABLES = (
    "table,paper,title,outcome,weights,numbers,note_errors,note_stars,units,observations,"
    "counterpart,chapter,no_counterpart"
)
CLAIMS = (
    "id,paper,section,kind,text,subject,sign,significance,magnitude,unit,tables,rule,numbers,"
    "words,variables"
)


def circle(steps: int) -> pd.DataFrame:
    """Towns on a circle, joined with those up to so many steps away."""
    near = sum(np.roll(np.eye(12), s, 0) + np.roll(np.eye(12), -s, 0) for s in range(1, steps + 1))
    return pd.DataFrame(near, UNITS, UNITS)


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    rng = np.random.default_rng(5)
    index = pd.MultiIndex.from_product([UNITS, YEARS], names=["town", "year"])
    figures = pd.DataFrame(
        rng.normal(size=(72, 4)), index, ["schools", "reading", "libraries", "wealth"]
    )
    figures["reading"] += 2 * figures["schools"]
    figures["wage"] = np.exp(0.5 * figures["schools"] + figures["reading"] + figures["wealth"])
    figures.loc[(slice(None), 2001), "wealth"] = np.nan
    folder = tmp_path_factory.mktemp("printed")
    printed = {
        ("schools", "direct"): (2.5, 0.2), ("schools", "indirect"): (0.0, 0.5),
        ("schools", "total"): (-9.0, 0.5), ("libraries", "direct"): (-0.1, 0.2),
        ("libraries", "indirect"): (-0.3, 0.3), ("libraries", "total"): (-0.4, 0.3),
    }  # fmt: skip
    lines = [
        f"1,{row},{column},{statistic},{value},{value},,1"
        for (row, column), values in printed.items()
        for statistic, value in zip(("coefficient", "std_error"), values, strict=True)
    ]
    (folder / "table01.csv").write_text("\n".join([NUMBERS, *lines]) + "\n")
    (folder / "tables.csv").write_text(
        f"{TABLES}\n1,towns,Effects of schools,lnwage,ring,12,,***,12,72,effects,durbin,\n"
    )
    (folder / "claims.csv").write_text(
        f"{CLAIMS}\nT01,towns,1,result,Schools raise wages,effect,positive,1%,,,1,sign,"
        "1 | schools | direct,,\n"
    )
    files.write_checksums(folder, folder.glob("*.csv"))
    return Study(
        key="towns",
        title="Schools and wages",
        paper="nobody",
        outcome="lnwage",
        exposure="schools",
        mediators=("reading",),
        controls=("libraries",),
        window=(2001, 2006),
        weights="ring",
        named_weights={"ring": from_dense(circle(1)), "wide ring": from_dense(circle(2))},
        panel=figures,
        variables=(
            Variable("lnwage", "all", "wages", "ln", ("wage",), lambda f: np.log(f["wage"]),
                     (2001, 2006)),
        ),
        printed=folder,
    )  # fmt: skip


def test_its_figures_are_its_own(study):
    data = study.frame()
    assert data.shape == (72, 4)
    assert data["schools"].tolist() == study.panel["schools"].tolist()
    assert study.units == UNITS
    assert study.but(without=("town C",)).units == [u for u in UNITS if u != "town C"]
    assert study.sources() == ()
    assert study.covering("wealth").years == (2002, 2006)
    assert measurement.definitions(study)["unit"].tolist() == ["ln", "", "", ""]


def test_its_models_are_estimated(study):
    effects = study.spatial().fit(cov_type="robust").effects()
    assert effects.at["schools", ("direct", "effect")] == pytest.approx(2.5, abs=0.5)
    mediated = study.mediate().effects()
    assert mediated.at["mediated", ("direct", "effect")] == pytest.approx(2, abs=0.5)


def test_its_robustness_checks_are_run(study):
    table = multiverse.robustness(study)
    assert (table["reason"] == "").all(), table.loc[table["reason"] != "", "reason"].tolist()
    found = table.groupby("group").size()
    assert found["province left out"] == 12
    assert found["year left out"] == 6
    assert table.loc[table["group"] == "weights", "label"].tolist() == ["wide ring"]
    assert (table["direct"] > 0).all()


def test_its_printed_numbers_are_compared(study):
    verdicts = tables.compare(1, study).set_index(["row", "column", "statistic"])["verdict"]
    assert verdicts["schools", "direct", "coefficient"] in ("reproduced", "supports")
    assert verdicts["schools", "total", "coefficient"] == "contradicts"
    numbers = scorecard.scorecard(study=study)
    assert len(numbers) == 12
    assert numbers["link"].unique().tolist() == ["chapters/towns/durbin.html#tab-table1"]


def test_its_claim_is_judged(study):
    judged = scorecard.claims_evidence(study)
    assert judged.at["T01", "verdict"] == "upheld"
