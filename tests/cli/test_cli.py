"""The command line: what each command prints, and that a mistake is one line with exit code 1."""

import subprocess
import sys

import pandas as pd
import pytest
from typer.testing import CliRunner

from spillover import CARBON, __version__, cli, multiverse, reliability
from spillover.data.files import root
from spillover.replication import scorecard
from spillover.replication.audit import findings


def run(*words, code=0):
    done = CliRunner().invoke(cli.app, [str(w) for w in words])
    assert done.exit_code == code, done.output
    return done


def flat(text):
    """Text of a table without its frame, so that wrapped words can be looked for."""
    return " ".join(text.replace("│", " ").split())


@pytest.fixture
def book(tmp_path, monkeypatch):
    (tmp_path / "data/official").mkdir(parents=True)
    (tmp_path / "chapters/carbon").mkdir(parents=True)
    (tmp_path / "chapters/carbon/durbin.md").write_text("# Durbin\n")
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nparts:\n  - caption: One\n    chapters:\n"
        "      - file: chapters/carbon/durbin\n"
    )
    monkeypatch.setenv("SPILLOVER_ROOT", str(tmp_path))
    return tmp_path


def test_version():
    assert run("--version").output.strip() == f"spillover {__version__}"


def test_the_installed_command_is_this_one():
    done = subprocess.run(
        [sys.executable, "-c", "from spillover.cli import app; app()", "--version"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == f"spillover {__version__}"


def test_fork_and_removal_leave_the_contents_as_they_were(book):
    before = (book / "_toc.yml").read_bytes()
    assert "make book ONLY=mine" in run("fork", "durbin", "mine").output
    assert (book / "chapters/forks/mine.md").is_file()
    run("fork", "--remove", "mine")
    assert (book / "_toc.yml").read_bytes() == before
    assert not (book / "chapters/forks").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["fork", "durbim", "mine"], "no chapter 'durbim'; the nearest are carbon/durbin"),
        (["fork", "durbin", "Mine"], "ForkError: bad name 'Mine'"),
        (["fork", "durbin"], "ForkError: name a chapter and the fork"),
        (["fork"], "the chapters are carbon/durbin"),
        (["fork", "--remove", "mine"], "ForkError: no fork 'mine'"),
        (["fork", "durbin", "mine", "--remove", "mine"], "ForkError: name a chapter and the fork"),
        (["check", "nowhere.csv"], "PanelError: nowhere.csv: whole file: found no such file"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(book, words, message):
    done = run(*words, code=1)
    assert message in done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


def test_a_fault_of_ours_is_not_hidden(monkeypatch):
    def broken(*_):
        raise ValueError("not a mistake of the reader's")

    monkeypatch.setattr("spillover.data.own.read", broken)
    assert isinstance(CliRunner().invoke(cli.app, ["check", "x.csv"]).exception, ValueError)


def test_check_says_what_a_good_file_holds(tmp_path):
    lines = (root() / "data/own/template.csv").read_text().splitlines()
    filled = [lines[0], *(line.replace(",,,,", ",4,3,2,1") for line in lines[1:])]
    file = tmp_path / "mine.csv"
    file.write_text("\n".join(filled) + "\n")
    text = flat(run("check", file).output)
    assert "nev_output 360 4 4 4" in text
    assert "2011 to 2022" in text
    assert "data/own/series.csv" in text


def test_check_names_the_place_of_a_fault(tmp_path):
    text = (root() / "data/own/template.csv").read_text()
    file = tmp_path / "mine.csv"
    file.write_text(text.replace(",,,,", ",1,1,1,1").replace("Hebei,2014,1", "Hebei,2014,x"))
    message = run("check", file, code=1).stderr
    assert "column nev_output: province Hebei, year 2014: found 'x'; expected a number" in message


def test_codebook_lists_columns_and_explains_one():
    assert "population_10k" in run("codebook").output
    assert "Motor vehicles made, all kinds" in flat(run("codebook", "vehicle_output_10k").output)
    message = run("codebook", "vehicle_output", code=1).stderr
    assert "no column 'vehicle_output'; the nearest are vehicle_output_10k" in message


def test_audit_shows_and_writes_the_findings_that_the_chapter_shows(tmp_path):
    file = tmp_path / "audit.csv"
    text = run("audit", "--csv", file).output
    written = pd.read_csv(file)
    assert written["where"].to_list() == findings()["where"].to_list()
    assert text.count("certain") == (written["result"] == "certain").sum()
    chapter = (root() / "chapters/beyond/audit.md").read_text()
    assert "found = audit.findings()" in chapter


@pytest.mark.parametrize(
    ("options", "changes"),
    [
        ([], {}),
        (["--cp", "CEADs final use"], {"CP": "CEADs final use", "years": (2013, 2019)}),
        (["--weights", "5 nearest"], {"weights": "5 nearest"}),
        (["--effects", "time", "--lagged", "GIA"], {"fixed_effects": "time", "lagged": ("GIA",)}),
    ],
)
def test_score_counts_the_numbers_and_claims_of_a_variant(tmp_path, monkeypatch, options, changes):
    # Descriptive statistics and effects alone; the whole takes half a minute.
    whole, studies = scorecard.scorecard, []
    monkeypatch.setattr(scorecard, "scorecard", lambda _, *rest: whole([5, 8], *rest))
    one = pd.DataFrame({"kind": ["result"], "verdict": ["upheld"]})
    monkeypatch.setattr(scorecard, "claims_evidence", lambda study: studies.append(study) or one)
    file = tmp_path / "score.csv"
    text = flat(run("score", *options, "--csv", file).output)
    assert "Claims in words: carbon" in text
    assert "carbon: coefficients" in text
    assert studies == [CARBON.but(**changes)]
    assert len(pd.read_csv(file)) == 45 + 42


def test_score_of_an_abstract_counts_its_claims(monkeypatch):
    one = pd.DataFrame({"kind": ["result"], "verdict": ["upheld"]})
    monkeypatch.setattr(scorecard, "claims_evidence", lambda _: one)
    text = run("score", "growth").output
    assert "Claims in words: growth" in text
    assert "coefficients" not in text
    assert "no weights called" in run("score", "--weights", "x", code=1).stderr


def test_an_unknown_study_is_one_line():
    assert "choose from ['carbon', 'growth']" in run("multiverse", "grwth", code=1).stderr


def test_multiverse_counts_and_writes_every_check(tmp_path, monkeypatch):
    few = multiverse.robustness
    monkeypatch.setattr(multiverse, "robustness", lambda s, jobs: few(s, ["vintage"], jobs))
    file = tmp_path / "all.csv"
    text = flat(run("multiverse", "growth", "--csv", file).output)
    # The study itself and the two other vintages of GDP.
    assert "specifications 3 3 3" in text
    assert len(pd.read_csv(file)) == 3


def test_large_counts_are_whole(monkeypatch):
    counts = pd.DataFrame({"specifications": [123456.0], "highest": [2.43712]}, index=["direct"])
    monkeypatch.setattr(multiverse, "robustness", lambda s, jobs: counts)
    monkeypatch.setattr(multiverse, "summary", lambda table: table)
    text = flat(run("multiverse", "growth").output)
    assert "specifications 123,456 " in text
    assert "highest 2.437 " in text


def test_reliability_of_a_study(tmp_path):
    """Its table is that of the function, at the study's own model, with the exposure alone."""
    file = tmp_path / "table.csv"
    done = run("reliability", "carbon", "--rho", 0, "--replications", 4, "--csv", file)
    assert "carbon: GIA, cr3" in done.output
    fit = CARBON.spatial().fit(cov_type="cr3")
    table = reliability(fit, 4, params={"rho": 0.0}, variables=["GIA"])
    pd.testing.assert_frame_equal(pd.read_csv(file), table, rtol=1e-8)
    message = run("reliability", "carbon", "--rho", 2, code=1).stderr
    assert message.startswith("MultiverseError: params has rho=2.0000; expected a number between")


def test_a_crossing_of_a_file(tmp_path):
    told = tmp_path / "choices.yaml"
    told.write_text(
        "weights: [rook, 5 nearest]\nyears: [[2013, 2019], [2013, 2022]]\n"
        "controls: {all: [URB, OP], none: []}\n",
        encoding="utf-8",
    )
    file = tmp_path / "table.csv"
    text = flat(run("multiverse", "carbon", "--cross", str(told), "--csv", str(file)).output)
    assert "of the crossing" in text
    table = pd.read_csv(file)
    assert len(table) == 8
    assert set(table["years"]) == {"2013–2019", "2013–2022"}
    message = run("multiverse", "carbon", "--out", str(tmp_path / "x.parquet"), code=1).stderr
    assert "give --cross or --sample" in flat(message)
    told.write_text("- rook\n", encoding="utf-8")
    assert "for each choice" in flat(run("multiverse", "--cross", str(told), code=1).stderr)
