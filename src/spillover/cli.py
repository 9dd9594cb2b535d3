"""The command ``spillover``: score, audit, check, fork, compare, multiverse, reliability, codebook.

Each command calls one part of the package and prints what it gives. A mistake that the package
knows how to name is one line and a non-zero exit code.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from spillover import __version__

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Two papers on industrial clusters in China's provinces, replicated from public figures.",
)

Jobs = Annotated[int, typer.Option(min=1, help="Processes to run at once.")]
Scheduler = Annotated[
    str | None,
    typer.Option(help="Address of a Dask scheduler, as tcp://host:8786, in place of --jobs."),
]
CsvFile = Annotated[Path | None, typer.Option("--csv", help="Write the whole table to this file.")]


def _known(error: Exception) -> bool:
    """Whether an error is one that this package raises for the person who made a mistake."""
    ours = type(error).__module__.startswith("spillover") and isinstance(error, ValueError)
    return ours or isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError)


def _plain(command: Callable[..., None]) -> Callable[..., None]:
    """Turn a known error into one line on standard error and exit code 1."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> None:
        try:
            command(*args, **options)
        except Exception as error:
            if not _known(error):
                raise
            typer.echo(f"{type(error).__name__}: {error}", err=True)
            raise typer.Exit(1) from None

    return run


def _text(value: object) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)):
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"
    return str(value)


def _show(frame: pd.DataFrame, title: str) -> None:
    """Print a frame, its index first, as it is named there."""
    table = Table(title=title, title_justify="left")
    table.add_column(str(frame.index.name or ""), overflow="fold")
    for name in frame.columns:
        number = pd.api.types.is_numeric_dtype(frame[name])
        table.add_column(
            str(name).replace("_", " "), justify="right" if number else "left", overflow="fold"
        )
    for row in frame.itertuples():
        table.add_row(*(_text(value) for value in row))
    Console().print(table)


def _save(frame: pd.DataFrame, file: Path | None) -> None:
    """Write the whole table where `--csv` says, and say so."""
    if file is not None:
        named = frame if frame.index.name is None else frame.reset_index()
        named.to_csv(file, index=False, lineterminator="\n", float_format="%.10g")
        typer.echo(f"{len(frame)} lines in {file}")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"spillover {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Read the options that stand before a command."""


@app.command()
@_plain
def score(
    study: Annotated[str, typer.Argument(help="carbon or growth.")] = "carbon",
    cp: Annotated[
        str | None, typer.Option(help="Variant of CP, as 'CEADs final use', in its years.")
    ] = None,
    weights: Annotated[str | None, typer.Option(help="Weights, as '5 nearest'.")] = None,
    effects: Annotated[str | None, typer.Option(help="none, entity, time or twoway.")] = None,
    lagged: Annotated[
        str | None, typer.Option(help="Regressors with a spatial lag, as 'GIA' or 'GIA URB'.")
    ] = None,
    published_errors: Annotated[
        bool, typer.Option(help="Standard errors of the paper's kind, not the study's.")
    ] = False,
    csv: CsvFile = None,
) -> None:
    """Hold every published number and every claim beside ours, and count the verdicts.

    Of a paper as it stands, or of a variant of its study.
    """
    from spillover.replication import scorecard, verdicts
    from spillover.studies import study_by_key as declared

    changes: dict[str, Any] = {"CP": cp, "weights": weights, "fixed_effects": effects}
    changes["lagged"] = None if lagged is None else tuple(lagged.split())
    chosen = declared(study).but(**{k: v for k, v in changes.items() if v is not None})
    chosen = chosen if cp is None else chosen.covering("CP")
    if scorecard.has_tables(chosen):
        numbers = scorecard.scorecard(None, chosen, published_errors)
        for group in list(verdicts.VERDICTS)[:-1]:
            _show(verdicts.totals(numbers, group), f"{study}: {group}")
        _show(verdicts.agreement(numbers), f"{study}: all distinct coefficients")
        _save(numbers, csv)
    claims = scorecard.claims_evidence(chosen)
    _show(scorecard.claims_summary(claims), f"Claims in words: {study}")
    if not scorecard.has_tables(chosen):
        _save(claims, csv)


@app.command()
@_plain
def audit(csv: CsvFile = None) -> None:
    """List what does not fit in the published tables, and how sure that is."""
    from spillover.replication.audit import findings

    found = findings()
    _show(
        found.set_index("where")[["finding", "result"]], "What does not fit in the published tables"
    )
    _save(found, csv)


@app.command()
@_plain
def check(
    file: Annotated[Path, typer.Argument(help="CSV file, as data/own/README.md says.")],
) -> None:
    """Check a file of your own series as strictly as the official tables."""
    from spillover.data import own

    values = own.read(file).values
    described = values.agg(["count", "min", "mean", "max"]).T.astype({"count": int})
    years = values.index.unique("year")
    _show(described.rename_axis("series"), f"{file}: fine, {years[0]} to {years[-1]}")
    if file.resolve() != own.path().resolve():
        typer.echo("Put it at data/own/series.csv and run: make book")


@app.command()
@_plain
def fork(
    chapter: Annotated[str | None, typer.Argument(help="durbin, or carbon/durbin.")] = None,
    name: Annotated[str | None, typer.Argument(help="Lower-case words joined by hyphens.")] = None,
    remove: Annotated[
        str | None, typer.Option("--remove", metavar="NAME", help="Take this fork out again.")
    ] = None,
) -> None:
    """Copy a chapter into the book under a name of your own, or take the copy out again."""
    from spillover.book import forks as forking
    from spillover.data.files import short

    if remove is not None and chapter is None:
        gone = forking.remove(remove)
        typer.echo(f"Removed {remove}; its text is put aside in {short(gone.file)}")
    elif remove is None and chapter is not None and name is not None:
        made = forking.fork(chapter, name)
        typer.echo(f"{short(made.file)} is a fork of {made.parent}")
        typer.echo(f"Change it, then: make book ONLY={name}")
    else:
        known = ", ".join(page.removeprefix("chapters/") for page in forking.chapters())
        raise forking.ForkError(
            f"name a chapter and the fork, or --remove and the fork; the chapters are {known}"
        )


@app.command()
@_plain
def compare(
    old: Annotated[
        Path, typer.Argument(help="A built site, a zip file of one, or a manifest.csv.")
    ],
    new: Annotated[Path, typer.Argument(help="Another.")],
    tolerance: Annotated[
        float, typer.Option(min=0, help="Relative difference before rounding that counts as none.")
    ] = 1e-6,
    skip: Annotated[
        list[str] | None, typer.Option(help="Leave out pages, as 'chapters/appendix/*'.")
    ] = None,
    csv: CsvFile = None,
) -> None:
    """Name each number that changed between two builds of the book; exit code 1 if any did.

    Of very many changes the first hundred are shown, and all are written with --csv.
    """
    from spillover.book import manifest

    found = manifest.compare(manifest.read(old), manifest.read(new), tolerance, skip or ())
    compared, farthest = found.attrs["compared"], found.attrs["farthest"]
    for line in found.head(100).reset_index().to_dict("records"):
        pair = f"{line['old']} -> {line['new']}" if line["change"] == "changed" else line["change"]
        less = "" if pd.isna(line["difference"]) else f" ({line['difference']:+.4g})"
        typer.echo(f"{line['page']}: {line['key']}: {pair}{less}")
    kinds = [f"{sum(found['change'] == kind)} {kind}" for kind in found["change"].unique()]
    typer.echo(f"{', '.join(kinds) or 'No number changed'}: {compared} numbers compared")
    if farthest > 0:
        typer.echo(f"Before rounding, the rest differ by at most {farthest:.1e} of their size")
    _save(found.reset_index(), csv)
    if len(found):
        raise typer.Exit(1)


@app.command()
@_plain
def multiverse(
    study: Annotated[str, typer.Argument(help="carbon or growth.")] = "carbon",
    cross: Annotated[
        Path | None,
        typer.Option(help="YAML file, from each choice to its values; all known ones without."),
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Combinations of choices to draw at random.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same ones.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(help="Parquet file; run again after a break, and it goes on from there."),
    ] = None,
    jobs: Jobs = 1,
    scheduler: Scheduler = None,
    csv: CsvFile = None,
) -> None:
    """Estimate a study under every robustness check, or under a crossing of choices.

    A crossing needs --cross or --sample. Signs and significance are counted.
    """
    from spillover import multiverse as specifications
    from spillover.studies import study_by_key

    declared, what = study_by_key(study), "of all checks"
    if cross is None and sample is None:
        if out is not None or scheduler is not None:
            raise specifications.MultiverseError(
                "--out and --scheduler are for a crossing: give --cross or --sample"
            )
        table = specifications.robustness(declared, jobs=jobs)
    else:
        choices = specifications.choices(declared) if cross is None else _mapping(cross)
        table = specifications.grid(
            declared, sample=sample, seed=seed, jobs=jobs, scheduler=scheduler, out=out,
            progress=True, **choices,
        )  # fmt: skip
        what = "of the crossing"
    counted = specifications.summary(table).rename(columns=lambda name: name.replace("_", " "))
    _show(counted.T.rename_axis(what), f"{study}: effects of {declared.exposure}")
    _save(table, csv)


def _mapping(file: Path) -> dict[str, Any]:
    """Choices of a YAML file."""
    import yaml

    from spillover.multiverse import MultiverseError

    try:
        held = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise MultiverseError(f"{file} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(held, dict) or not all(isinstance(name, str) for name in held):
        raise MultiverseError(f"{file}: expected a line 'choice: [value, value]' for each choice")
    return held


@app.command()
@_plain
def reliability(
    study: Annotated[
        str | None,
        typer.Argument(help="carbon or growth; without, all that data/simulated/coverage.csv has."),
    ] = None,
    rho: Annotated[
        float | None, typer.Option(help="Spatial coefficient to draw with; the estimate without.")
    ] = None,
    replications: Annotated[int, typer.Option(min=2, help="Samples to draw and estimate.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same samples.")] = 0,
    jobs: Jobs = 1,
    scheduler: Scheduler = None,
    csv: CsvFile = None,
) -> None:
    """Simulate from a study's main model: bias of its estimates, coverage of its intervals."""
    from spillover.multiverse import coverage as cells
    from spillover.multiverse import reliability as simulated
    from spillover.studies import study_by_key as declared

    options: dict[str, Any] = {"seed": seed, "jobs": jobs, "scheduler": scheduler}
    options["progress"] = True
    if study is None:
        table = cells.coverage(replications=replications, **options)
        by = table.groupby(["correction", "lag", "cov_type", "quantity"], sort=False)["coverage"]
        shown = by.agg(["min", "median", "max"])
        shown.index = shown.index.map(", ".join)
        _show(shown.rename_axis("coverage of"), "95 % intervals, all cells")
    else:
        chosen = declared(study)
        fit = chosen.spatial().fit(cov_type=chosen.cov_type)
        params = None if rho is None else {"rho": rho}
        exposure = [chosen.exposure]
        table = simulated(fit, replications, params=params, variables=exposure, **options)
        columns = ["variable", "true", "bias", "sd", "std_error", "coverage", "failures"]
        where = table["design"] + ", " + table["quantity"]
        shown = table[columns].set_axis(pd.Index(where, name="errors"))
        _show(shown, f"{study}: {chosen.exposure}, {fit.inference.cov_type}")
    _save(table, csv)


@app.command()
@_plain
def codebook(
    column: Annotated[str | None, typer.Argument(help="A column of the tables in data/.")] = None,
) -> None:
    """Say what a column of the official tables is and where it comes from; or list them all."""
    from spillover.data import own
    from spillover.data.codebook import CodebookError
    from spillover.data.codebook import codebook as official

    known = {**official().columns, **own.COLUMNS}
    if column is None:
        rows = {n: {"table": c.table, "label": c.label, "unit": c.unit} for n, c in known.items()}
        _show(pd.DataFrame(rows).T.rename_axis("column"), "Codebook")
    elif column in known:
        entry = {k: str(v) for k, v in vars(known[column]).items() if v not in ("", False)}
        _show(pd.DataFrame({"": entry}), column)
    else:
        near = difflib.get_close_matches(column, known, n=3, cutoff=0.4)
        nearest = f"the nearest are {', '.join(near)}" if near else "`spillover codebook` lists all"
        raise CodebookError(f"no column {column!r}; {nearest}")
