"""Time a two-way spatial Durbin model with errors and effects, side by side with other programs.

Run `python benchmarks/run.py` in an environment that holds the package and, to be compared, the
peers of benchmarks/requirements.txt. Each size runs in a process of its own, so that its peak
memory is its own; times are the best of several runs, data and weights already in memory.
Peers without two-way effects or effects with errors are given less work, as the table says.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from panels import Simulated, simulate

from spillover.econometrics.spatialpanel import SpatialPanel, SpatialWeights

PERIODS = 10
LARGEST_FOR_PEERS = 3_000
SLOW = 2.0


def ours_first(data: Simulated) -> float:
    """Everything, the spectrum or the factors of W included."""
    SpatialWeights.forget()
    return ours_again(data)


def ours_again(data: Simulated) -> float:
    """A further model on the same W."""
    fit = SpatialPanel(data.y, data.X, data.graph).fit()
    fit.effects()
    return float(fit.estimate.rho)


def statspai(data: Simulated, vce: str = "oim", lag: str = "within") -> float:
    """Two-way, ℓ = Q(Wy), observed information."""
    from statspai.spatial.panel import spatial_panel

    frame = data.X.assign(y=data.y).reset_index()
    fit = spatial_panel(
        frame,
        "y ~ x1 + x2",
        "entity",
        "time",
        data.matrix,
        model="sdm",
        effects="twoways",
        row_normalize=False,
        vce=vce,
        twoways_lag=lag,
    )
    return float(fit.params["rho"])


def statspai_default(data: Simulated) -> float:
    """As it comes: ℓ = W(Qy), expected information."""
    return statspai(data, "information", "splm")


def spreg(data: Simulated) -> float:
    """Entity effects on data demeaned by period; simple multipliers without errors."""
    from spreg import ML_LagFE

    n = data.matrix.shape[0]
    wide = data.X.to_numpy().reshape(n, PERIODS, 2)
    y = data.y.to_numpy().reshape(n, PERIODS)
    columns = np.concatenate([wide[:, :, 0], wide[:, :, 1]], axis=1)
    columns = columns - columns.mean(axis=0)
    with contextlib.redirect_stdout(io.StringIO()):
        fit = ML_LagFE(y - y.mean(axis=0), columns, data.classic, slx_lags=1)
    return float(np.asarray(fit.rho).ravel()[0])


PROGRAMS: dict[str, tuple[Callable[[Simulated], float], str]] = {
    "ours": (ours_first, "two-way, errors, effects with delta-method errors"),
    "ours, same W again": (ours_again, "the same"),
    "StatsPAI": (statspai, "two-way, errors; no effects"),
    "StatsPAI, default": (statspai_default, "two-way by W(Qy), errors; no effects"),
    "spreg": (spreg, "entity effects, errors; effects without errors"),
}


def best_time(program: Callable[[Simulated], float], data: Simulated) -> tuple[float, float]:
    """Shortest of several runs, in seconds, and the estimate of ρ."""
    times: list[float] = []
    rho = float("nan")
    while len(times) < 2 or (len(times) < 60 and sum(times) < SLOW):
        start = time.perf_counter()
        rho = program(data)
        times.append(time.perf_counter() - start)
        if times[0] > 5:
            break
    return min(times), rho


def measure(n: int) -> dict[str, tuple[float, float]]:
    """Times and estimates of all programs at one size."""
    data = simulate(n, PERIODS)
    if find_spec("spreg") and n <= LARGEST_FOR_PEERS:
        _ = data.classic
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = {name: best_time(PROGRAMS[name][0], data) for name in ("ours", "ours, same W again")}
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found["peak memory, MB (before, after)"] = (before / 1024, after / 1024)
    for name in ("StatsPAI", "StatsPAI, default", "spreg"):
        if n <= LARGEST_FOR_PEERS and find_spec(name.split(",")[0].lower()):
            found[name] = best_time(PROGRAMS[name][0], data)
    return found


def report(sizes: list[int]) -> None:
    """Print one row for each size and program, with its ratio to ours."""
    print(f"{'n':>7}  {'program':<20}{'seconds':>10}{'ratio':>8}{'rho':>10}  work", flush=True)
    for n in sizes:
        command = [sys.executable, __file__, "--one", str(n)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found = json.loads(done.stdout.splitlines()[-1])
        before, after = found.pop("peak memory, MB (before, after)")
        for name, (seconds, rho) in found.items():
            ratio = seconds / found["ours"][0]
            work = PROGRAMS[name][1]
            print(f"{n:>7}  {name:<20}{seconds:>10.4f}{ratio:>8.2f}{rho:>10.6f}  {work}")
        print(f"{'':>9}peak memory {after:.0f} MB, {before:.0f} MB with the data only", flush=True)


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[30, 500, 3000, 30_000, 100_000])
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        warnings.simplefilter("ignore")
        print(json.dumps(measure(options.one)))
    else:
        report(options.sizes)


if __name__ == "__main__":
    main()
