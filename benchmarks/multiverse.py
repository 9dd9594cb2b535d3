"""Time the multiverse: side by side with two other programs, and as it would run on a cluster.

`python benchmarks/multiverse.py peers` estimates one outcome on one exposure and every subset of k
controls by least squares, with `spillover`, `specification_curve` and `robustipy`, on the same
simulated panel: pooled, and with entity effects and errors clustered by entity. It stops if the
estimates differ by more than 1e-8, and so where standard errors or p-values should be the same.
Each program runs in a process of its own, so that its peak memory is its own.

`python benchmarks/multiverse.py cluster` measures what a run on many cores rests on, with the first
study's own choices: specifications a second, memory and start of a worker, size of the file, tasks
a second that a Dask scheduler hands out.

Both print tables in Markdown and, with `--csv FOLDER`, keep the measurements.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import pickle
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from itertools import combinations, product
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd

PERIODS = 10
TOLERANCE = 1e-8
RUNS = 3
DRAWS = 99
OURS = "spillover"
MANY = 64
"""Specifications up to which the other programs run as often as ours."""
LARGEST = 1_300_000
"""Specifications times rows up to which the other programs are run."""
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
Found = dict[frozenset[str], tuple[float, float, float]]
"""Set of controls to estimate, standard error and p-value of the exposure; NaN: not given."""


def simulated(rows: int, k: int, seed: int = 0) -> tuple[pd.DataFrame, list[str]]:
    """A panel indexed by (unit, year) with outcome y, exposure x and k controls."""
    generator = np.random.default_rng(seed)
    units = [f"u{number:04d}" for number in range(rows // PERIODS)]
    index = pd.MultiIndex.from_product([units, range(2001, 2001 + PERIODS)], names=["unit", "year"])
    names = [f"c{number:02d}" for number in range(1, k + 1)]
    values = generator.normal(size=(len(index), k + 1))
    values[:, 1:] += 0.3 * values[:, [0]]
    frame = pd.DataFrame(values, index, ["x", *names])
    effects = np.repeat(generator.normal(size=len(units)), PERIODS)
    errors = generator.normal(size=len(index))
    frame["y"] = 0.5 * frame["x"] + 0.2 * values[:, 1:].sum(axis=1) + effects + errors
    return frame, names


def subsets(names: list[str]) -> dict[str, tuple[str, ...]]:
    """Every subset of the controls by its label."""
    sizes = range(len(names) + 1)
    return {" ".join(c) or "none": c for size in sizes for c in combinations(names, size)}


def ring(frame: pd.DataFrame) -> pd.DataFrame:
    """Weights by which each unit has two neighbours."""
    units = frame.index.unique(0)
    links = np.roll(np.eye(len(units)), 1, 0) + np.roll(np.eye(len(units)), -1, 0)
    return pd.DataFrame(links / 2, units, units)


def ours(frame: pd.DataFrame, names: list[str], ground: str) -> Found:
    """Errors are those of maximum likelihood, σ² = SSR/n, where they are not clustered."""
    from spillover.multiverse import grid

    sets = subsets(names)
    table = grid(
        frame,
        outcome="y",
        exposure="x",
        controls=sets,
        # least squares has no spatial lag, but a panel comes with its weights
        weights={"ring": ring(frame)},
        model=["ols"],
        fixed_effects=["none" if ground == "pooled" else "entity"],
        cov_type=["observed" if ground == "pooled" else "clustered"],
    )
    assert (table["reason"] == "").all(), table["reason"].unique()
    columns = table[["direct", "direct_std_error", "direct_pvalue"]].to_numpy()
    return {
        frozenset(sets[label]): tuple(row)
        for label, row in zip(table["controls"], columns.tolist(), strict=True)
    }


def specification_curve(frame: pd.DataFrame, names: list[str], ground: str) -> Found:
    """Entity effects as dummies; clustered errors through an estimator class of one's own."""
    import statsmodels.api as sm
    from specification_curve import SpecificationCurve

    data = frame.reset_index()
    groups = pd.factorize(data["unit"])[0]

    class Clustered(sm.OLS):  # type: ignore[misc]
        def fit(self) -> Any:
            how = {"groups": groups, "use_correction": False}
            return super().fit(cov_type="cluster", cov_kwds=how)

    always = None if ground == "pooled" else ["unit"]
    curve = SpecificationCurve(data, "y", "x", list(names), always_include=always)
    with warnings.catch_warnings(record=True):  # a dummy for each entity beside a constant
        curve.fit(sm.OLS if ground == "pooled" else Clustered)
    table = curve.df_r
    return {
        frozenset(used) - {"x", "y", "unit"}: (float(estimate), float(error), float(p["x"]))
        for used, estimate, error, p in zip(
            table["Specification"],
            table["Coefficient"],
            table["bse"],
            table["pvalues"],
            strict=True,
        )
    }


def robustipy(
    frame: pd.DataFrame, names: list[str], ground: str, jobs: int = 1, draws: int = 1
) -> Found:
    """With one bootstrap draw and two folds of cross-validation, the least that it takes."""
    from robustipy.models import OLSRobust

    model = OLSRobust(y=["y"], x=["x"], data=frame.reset_index())
    with contextlib.redirect_stdout(io.StringIO()):
        model.fit(
            controls=list(names),
            group=None if ground == "pooled" else "unit",
            draws=draws,
            kfold=2,
            oos_metric="rmse",
            n_cpu=jobs,
            seed=1,
            compute_shap=False,
        )
    found = model.results
    return {
        frozenset(used) - {"const"}: (float(b[0][0]), float("nan"), float(p[0][0]))
        for used, b, p in zip(found.specs_names, found.all_b, found.all_p, strict=True)
    }


PROGRAMS: dict[str, Callable[..., Found]] = {
    "spillover": ours,
    "specification_curve": specification_curve,
    "robustipy": robustipy,
}


def cpu_seconds() -> float:
    """Processor time of this process and of those that have ended; not of worker processes."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, kinds))


def peak_mb() -> float:
    """Most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(program: str, ground: str, rows: int, k: int, runs: int) -> dict[str, Any]:
    """Median times of some runs after a small one, peak memory, and the estimates."""
    call = PROGRAMS[program]
    call(*simulated(rows, 3), ground)
    frame, names = simulated(rows, k)
    before, wall, cpu = peak_mb(), [], []
    for _ in range(runs):
        start, used = time.perf_counter(), cpu_seconds()
        found = call(frame, names, ground)
        wall.append(time.perf_counter() - start)
        cpu.append(cpu_seconds() - used)
    assert len(found) == 2**k
    ordered = [found[key] for key in sorted(found, key=sorted)]
    return {
        "wall": statistics.median(wall),
        "cpu": statistics.median(cpu),
        "before_mb": before,
        "more_mb": peak_mb() - before,
        "sizes": [len(key) for key in sorted(found, key=sorted)],
        "found": ordered,
    }


def apart(name: str, *arguments: Any) -> dict[str, Any]:
    """Call one of `PARTS` in a process of its own, with one thread for its linear algebra."""
    command = [sys.executable, "-W", "ignore", __file__, "part", name, *map(str, arguments)]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | ONE_THREAD, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def same(found: dict[str, dict[str, Any]], ground: str, rows: int) -> float:
    """Largest difference of the estimates; stops where programs disagree on what they share."""
    numbers = {name: np.array(one["found"]) for name, one in found.items()}
    base = numbers["spillover"]
    slopes = np.array(found["spillover"]["sizes"]) + 1
    units = rows // PERIODS
    worst = 0.0
    for name, other in numbers.items():
        worst = max(worst, float(np.abs(other[:, 0] - base[:, 0]).max()))
        assert worst < TOLERANCE, f"{name}, {ground}: estimates differ by {worst}"
    if "specification_curve" in numbers:
        curve = numbers["specification_curve"]
        if ground == "pooled":
            # σ² = SSR/(n − k), where maximum likelihood has SSR/n
            factor = np.sqrt(rows / (rows - slopes - 1))
            errors = base[:, 1] * factor
        else:
            factor = np.sqrt(units / (units - 1) * (rows - 1) / (rows - slopes - 1))
            errors = base[:, 1] / factor
        gap = float(np.abs(errors - curve[:, 1]).max())
        assert gap < TOLERANCE, f"{ground}: standard errors differ by {gap}"
        if "robustipy" in numbers and ground == "pooled":
            gap = float(np.abs(numbers["robustipy"][:, 2] - curve[:, 2]).max())
            assert gap < TOLERANCE, f"p-values of the other two differ by {gap}"
    return worst


def row(program: str, found: dict[str, Any], ours_cpu: float, **where: Any) -> dict[str, Any]:
    """What the tables show of one measurement."""
    count = where["specifications"]
    shown = where | {
        "program": program,
        "ms": 1000 * found["wall"] / count,
        "cpu_ms": 1000 * found["cpu"] / count,
        "ratio": found["cpu"] / ours_cpu,
        "memory_mb": found["before_mb"],
        "more_mb": found["more_mb"],
    }
    print(shown, file=sys.stderr, flush=True)
    return shown


def peers(options: argparse.Namespace) -> pd.DataFrame:
    """One row for each program, ground, number of rows and of specifications."""
    table: list[dict[str, Any]] = []
    for ground, rows, k in product(options.grounds, options.rows, options.controls):
        most = LARGEST if ground == "pooled" else LARGEST / 6
        names = [name for name in PROGRAMS if find_spec(name)]
        if 2**k * rows > most:
            continue
        found = {
            n: apart("measure", n, ground, rows, k, RUNS if 2**k <= MANY or n == OURS else 1)
            for n in names
        }
        where = {"ground": ground, "rows": rows, "specifications": 2**k, "processes": 1}
        where["difference"] = same(found, ground, rows)
        table += [row(n, one, found[OURS]["cpu"], **where) for n, one in found.items()]
    return pd.DataFrame(table)


def bootstrapped(program: str, jobs: int) -> dict[str, Any]:
    """Time of joint inference on one curve of 16 specifications, 300 rows, by simulated samples."""
    frame, names = simulated(300, 4)
    if program == "spillover":
        from spillover import Study
        from spillover.econometrics.weights import from_dense
        from spillover.multiverse import curve_tests

        draws = DRAWS
        study = Study(
            "simulated", "A simulated panel", "", "y", "x", window=(2001, 2000 + PERIODS),
            panel=frame, weights="ring", lagged=("x",), fixed_effects="entity",
            named_weights={"ring": from_dense(ring(frame))},
        )  # fmt: skip
        call = partial(curve_tests, study, controls=subsets(names))
    elif program == "robustipy":
        draws = DRAWS
        call = partial(robustipy, frame, names, "entity", jobs)
    else:
        from specification_curve import SpecificationCurve

        # of each sample it estimates all specifications once for each of them
        draws = 1
        fitted = SpecificationCurve(frame.reset_index(), "y", "x", list(names))
        fitted.fit()
        call = partial(fitted.fit_null, f_sample=1.0)
    quiet = contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())
    name = {"spillover": "draws", "robustipy": "draws"}.get(program, "n_boot")
    start, used = time.perf_counter(), cpu_seconds()
    with quiet[0], quiet[1]:
        call(**{name: draws})
    wall, cpu = time.perf_counter() - start, cpu_seconds() - used
    return {"draws": draws, "wall_s": wall, "cpu_s": cpu, "ms_a_draw": 1000 * cpu / draws}


def study_choices() -> tuple[Any, dict[str, list[Any]]]:
    """The first study and what varies: spatial Durbin models with CR3 errors."""
    from spillover.studies import CARBON

    return CARBON, {
        "CP": list(CARBON.alternatives("CP")),
        "GIA": list(CARBON.alternatives("GIA")),
        "gdp": ["census5", "census4", "first_release"],
        "years": [(2013, 2019), (2013, 2022)],
        "weights": list(CARBON.weights_names),
        "model": ["sdm"],
        "durbin": ["all", "exposure"],
        "fixed_effects": ["none", "time", "entity", "twoway"],
        "cov_type": ["cr3"],
    }


def worker(batches: int, size: int) -> dict[str, float]:
    """What one worker process needs, from its start to some batches later."""
    import psutil

    began = psutil.Process().create_time()

    from spillover.multiverse import plan
    from spillover.multiverse.engine import in_batches, table_of

    ready, memory = time.time(), psutil.Process().memory_info
    found = {"start_s": ready - began, "start_cpu_s": cpu_seconds()}
    found["imported_mb"] = memory().rss / 1e6
    study, choices = study_choices()
    specs = plan(study, **choices)
    order = specs.by_data()
    # a worker gets batches from anywhere
    parts = in_batches(order, size)
    parts = parts[:: max(1, len(parts) // batches)][:batches]
    cpu, wall, failed = [], [], 0
    for part in parts:
        start, used = time.perf_counter(), cpu_seconds()
        table = table_of(part, ("one run", specs, None))
        # those that cannot be estimated take next to no time
        good = int((table["reason"] == "").sum())
        wall.append((time.perf_counter() - start) / good)
        cpu.append((cpu_seconds() - used) / good)
        failed += len(part) - good
        found.setdefault("first_batch_mb", memory().rss / 1e6)
    found |= {
        "last_batch_mb": memory().rss / 1e6,
        "first_batch_ms": 1000 * cpu[0],
        "ms": 1000 * statistics.median(wall[1:]),
        "cpu_ms": 1000 * statistics.median(cpu[1:]),
        "failed": failed / sum(map(len, parts)),
        "plan_bytes": len(cloudpickle.dumps(specs)),
        "result_bytes": len(pickle.dumps(table, 5)) / len(table),
    }
    with tempfile.TemporaryDirectory() as folder:
        path, used = Path(folder) / "batch.parquet", []
        for _ in range(2 * RUNS):
            start = cpu_seconds()
            table.to_parquet(path)
            used.append(cpu_seconds() - start)
        return found | {"write_ms": 1000 * statistics.median(used), "size": size}


def nothing(task: Any, shared: Any) -> Any:
    """A task that costs nothing, with the result of one that does."""
    return shared


def scheduler(tasks: int, size: int) -> dict[str, float]:
    """What handing out tasks costs the process that holds Dask's client and scheduler."""
    import psutil
    from distributed import Client, LocalCluster

    from spillover.multiverse import plan
    from spillover.multiverse.engine import in_batches, table_of
    from spillover.multiverse.parallel import completed

    study, choices = study_choices()
    specs = plan(study, **choices)
    table = table_of(specs.by_data()[:size], ("one run", specs, None))
    memory = psutil.Process().memory_info
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(processes=True, **options) as cluster, Client(cluster) as client:
        sent = in_batches(np.arange(tasks * size), size)
        for _ in completed(nothing, sent[:10], table, scheduler=client):
            pass
        before, start, used = memory().rss, time.perf_counter(), time.process_time()
        for _ in completed(nothing, sent, table, scheduler=client):
            pass
        wall, cpu = time.perf_counter() - start, time.process_time() - used
        return {
            "tasks": tasks,
            "wall_ms_a_task": 1000 * wall / tasks,
            "cpu_ms_a_task": 1000 * cpu / tasks,
            "kb_a_task": (memory().rss - before) / 1e3 / tasks,
        }


def processes(sample: int, jobs: int) -> dict[str, float]:
    """A part of the study's grid in some processes, and in a file."""
    from spillover.multiverse import grid

    study, choices = study_choices()
    grid(study, sample=20 * jobs, jobs=jobs, batch=10, **choices)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "grid.parquet"
        start, used = time.perf_counter(), cpu_seconds()
        table = grid(study, sample=sample, jobs=jobs, out=path, **choices)
        return {
            "specifications": len(table),
            "wall_s": time.perf_counter() - start,
            "cpu_s_of_parent": cpu_seconds() - used,
            "file_mb_a_100_000": path.stat().st_size / 1e6 / len(table) * 1e5,
            "table_mb_a_100_000": table.memory_usage(deep=True).sum() / 1e6 / len(table) * 1e5,
            "parent_peak_mb": peak_mb(),
        }


def curves() -> pd.DataFrame:
    """Joint inference: one row for each program and number of processes."""
    table = []
    for program, jobs in (*((name, 1) for name in PROGRAMS), ("robustipy", 2)):
        if find_spec(program):
            found = apart("bootstrapped", program, jobs)
            table.append({"program": program, "processes": jobs} | found)
    shown = pd.DataFrame(table)
    # the time of worker processes is not counted
    return shown.assign(ms_a_draw=shown["ms_a_draw"].where(shown["processes"] == 1))


def cluster(options: argparse.Namespace) -> pd.DataFrame:
    """Measurements of a run on many cores: one row each."""
    table = []
    for size in (500, 5000):
        table.append(pd.Series(apart("worker", options.batches if size == 500 else 2, size)))
    parts = {f"a worker, batches of {int(one['size']):,}": one for one in table}
    parts["the scheduler, batches of 500"] = pd.Series(apart("scheduler", options.tasks, 500))
    for jobs in (1, 2):
        found = apart("processes", options.sample, jobs)
        parts[f"a grid in a file, processes: {jobs}"] = pd.Series(found)
    return pd.concat(parts, names=["part", "measure"]).rename("value").reset_index()


PARTS = {p.__name__: p for p in (measure, bootstrapped, worker, scheduler, processes)}


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    side = commands.add_parser("peers", help="side by side with other programs")
    side.add_argument("--rows", type=int, nargs="+", default=[300, 3000])
    side.add_argument("--controls", type=int, nargs="+", default=[6, 9, 12])
    side.add_argument("--grounds", nargs="+", default=["pooled", "entity"])
    many = commands.add_parser("cluster", help="what a run on many cores rests on")
    many.add_argument("--batches", type=int, default=8)
    many.add_argument("--tasks", type=int, default=3000)
    many.add_argument("--sample", type=int, default=10_000)
    for command in (side, many):
        command.add_argument("--csv", type=Path, help="folder for the measurements")
    one = commands.add_parser("part")
    one.add_argument("name", choices=PARTS)
    one.add_argument("arguments", nargs="*")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.command == "part":
        numbers = [int(a) if a.isdigit() else a for a in options.arguments]
        print(json.dumps(PARTS[options.name](*numbers)))
        return
    if options.command == "peers":
        tables = {"peers": peers(options), "curves": curves()}
    else:
        tables = {"cluster": cluster(options)}
    for name, table in tables.items():
        print(table.to_string(index=False), end="\n\n")
        if options.csv:
            table.to_csv(options.csv / f"{name}.csv", index=False, float_format="%.4g")


if __name__ == "__main__":
    main()
