"""A grid on several processes, on a cluster that loses a worker, and after a run that was killed.

All must give the file that one process gives, byte for byte: nothing lost, nothing double.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import numpy as np
import pandas as pd
import pytest
from distributed import Client, LocalCluster

from spillover.multiverse import MultiverseError, grid, parallel, reliability
from spillover.studies import CARBON

CHOICES = {
    "CP": ["CEADs apparent", "energy"],
    "years": [(2013, 2019), (2015, 2022)],
    "fixed_effects": ["none", "time", "entity", "twoway"],
    "weights": ["rook", "5 nearest"],
    "durbin": ["all", "exposure", "none"],
    "cov_type": ["cr3", "clustered", "observed"],
}
BATCH = 24


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of one process; energy has gaps from 2021, so that a quarter fails."""
    file = tmp_path_factory.mktemp("alone") / "grid.parquet"
    table = grid(CARBON, out=file, batch=BATCH, **CHOICES)
    assert len(table) == 288
    assert table["reason"].ne("").sum() == 72
    return file


@pytest.fixture(scope="module")
def cluster() -> Iterator[Client]:
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as made,
        Client(made) as client,
    ):
        yield client


def when_parts(folder: Path, count: int, act: Callable[[], object]) -> Thread:
    """Do something as soon as a grid has kept some batches."""

    def wait() -> None:
        for _ in range(3000):
            if len(list(folder.glob("*.parquet"))) >= count:
                act()
                return
            time.sleep(0.02)

    thread = Thread(target=wait)
    thread.start()
    return thread


def test_the_file_holds_what_the_call_returns(alone: Path) -> None:
    pd.testing.assert_frame_equal(
        pd.read_parquet(alone), grid(CARBON, **CHOICES), check_exact=True, check_categorical=True
    )


def test_two_processes_write_the_same_file(alone: Path, tmp_path: Path) -> None:
    grid(CARBON, out=tmp_path / "two.parquet", batch=BATCH, jobs=2, **CHOICES)
    assert (tmp_path / "two.parquet").read_bytes() == alone.read_bytes()


@pytest.mark.filterwarnings("ignore")
def test_a_worker_killed_on_the_way_changes_nothing(
    alone: Path, tmp_path: Path, cluster: Client
) -> None:
    killed: list[int] = []

    def kill() -> None:
        killed.append(next(iter(cluster.run(os.getpid).values())))
        os.kill(killed[0], signal.SIGKILL)

    file = tmp_path / "cluster.parquet"
    thread = when_parts(tmp_path / "cluster.parquet.parts", 2, kill)
    grid(CARBON, out=file, batch=BATCH, scheduler=cluster, **CHOICES)
    thread.join()
    assert killed
    assert killed[0] not in cluster.run(os.getpid).values()
    assert file.read_bytes() == alone.read_bytes()


@pytest.mark.filterwarnings("ignore")
def test_reliability_on_a_cluster(cluster: Client) -> None:
    fit = CARBON.spatial("sar").fit("cr3")
    options = {"replications": 60, "designs": ["iid"], "variables": ["GIA"]}
    pd.testing.assert_frame_equal(
        reliability(fit, **options),
        reliability(fit, **options, scheduler=cluster.scheduler.address),
        check_exact=True,
    )


def test_a_killed_run_goes_on_and_loses_at_most_one_batch(alone: Path, tmp_path: Path) -> None:
    file = tmp_path / "killed.parquet"
    code = (
        "from spillover.multiverse import grid; from spillover.studies import CARBON; "
        f"grid(CARBON, out={str(file)!r}, batch={BATCH}, **{CHOICES!r})"
    )
    run = subprocess.Popen([sys.executable, "-c", code])
    when_parts(tmp_path / "killed.parquet.parts", 3, run.kill).join()
    assert run.wait() == -signal.SIGKILL
    assert not file.exists()
    kept = {part.name: part.stat().st_mtime_ns for part in file.parent.glob("*.parts/*.parquet")}
    assert 3 <= len(kept) < 12
    done: list[int] = []

    def counted(call: object, tasks: list[object], *rest: object, **options: object) -> object:
        done.append(len(tasks))
        return original(call, tasks, *rest, **options)  # type: ignore[arg-type]

    from spillover.multiverse import grid as module_function

    module = sys.modules[module_function.__module__]
    original = parallel.completed
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "completed", counted)
        grid(CARBON, out=file, batch=BATCH, **CHOICES)
    assert done == [12 - len(kept)]
    assert file.read_bytes() == alone.read_bytes()
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    "changed",
    [
        {"weights": ["rook", "4 nearest"]},
        {"years": [(2013, 2019), (2015, 2021)]},
        {"sample": 280},
        {"symbol": "URB"},
    ],
)
def test_a_file_of_another_grid_is_refused(alone: Path, changed: dict[str, object]) -> None:
    with pytest.raises(MultiverseError, match="another grid"):
        grid(CARBON, out=alone, batch=BATCH, **{**CHOICES, **changed})


@pytest.mark.parametrize(
    "changed",
    [
        {"gdp": "census5"},
        {"GIA": "hydro"},
        {"correction": None},
        {"controls": ("URB",)},
        {"without": ("Beijing",)},
    ],
)
def test_a_file_of_another_study_is_refused(alone: Path, changed: dict[str, object]) -> None:
    with pytest.raises(MultiverseError, match="another grid"):
        grid(CARBON.but(**changed), out=alone, batch=BATCH, **CHOICES)


def test_the_same_call_reads_the_file(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_numbered", None)
    assert len(grid(CARBON, out=alone, batch=BATCH, **CHOICES)) == 288


def test_no_scheduler_at_the_address() -> None:
    with pytest.raises(MultiverseError, match="no Dask scheduler at 'nowhere'"):
        grid(CARBON, scheduler="nowhere", weights=["rook"])
    with pytest.raises(MultiverseError, match="expected an address"):
        grid(CARBON, scheduler=8786, weights=["rook"])


def own_panel() -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    places = [f"place {i}" for i in range(12)]
    index = pd.MultiIndex.from_product([places, range(2001, 2009)], names=["place", "year"])
    values = np.random.default_rng(3).normal(size=(len(index), 5))
    ring = np.roll(np.eye(12), 1, 0) + np.roll(np.eye(12), -1, 0)
    matrices = {"ring": ring / 2, "all": (1 - np.eye(12)) / 11}
    return pd.DataFrame(values, index, ["y", "z", "x", "c", "d"]), {
        name: pd.DataFrame(matrix, places, places) for name, matrix in matrices.items()
    }


def test_a_panel_of_ones_own_needs_no_study() -> None:
    from spillover.econometrics.spatialpanel import SpatialPanel

    panel, matrices = own_panel()
    table = grid(
        panel,
        outcome=["y", "z"],
        exposure=["x", "d"],
        controls={"c": ("c",), "none": ()},
        weights=matrices,
        fixed_effects=["entity", "twoway"],
        years=[(2001, 2008), (2003, 2008)],
        cov_type=["cr3", "observed"],
    )
    assert len(table) == 2**7
    row = table[
        (table["outcome"] == "z") & (table["exposure"] == "d") & (table["controls"] == "c")
        & (table["weights"] == "ring") & (table["fixed_effects"] == "entity")
        & (table["years"] == "2003–2008") & (table["cov_type"] == "cr3")
    ].iloc[0]  # fmt: skip
    part = panel[panel.index.get_level_values("year") >= 2003]
    fit = SpatialPanel(part["z"], part[["d", "c"]], matrices["ring"], fixed_effects="entity")
    effects = fit.fit("cr3").effects().loc["d"]
    for effect in ("direct", "indirect", "total"):
        assert row[effect] == pytest.approx(effects[effect, "effect"], rel=1e-9)
        assert row[f"{effect}_std_error"] == pytest.approx(effects[effect, "std_error"], rel=1e-9)
        assert row[f"{effect}_pvalue"] == pytest.approx(effects[effect, "pvalue"], rel=1e-9)


def test_what_a_panel_of_ones_own_lacks_is_named() -> None:
    panel, matrices = own_panel()
    with pytest.raises(MultiverseError, match="needs exposure=, weights="):
        grid(panel, outcome="y")
    with pytest.raises(MultiverseError, match="expected a Study"):
        grid([1, 2], outcome="y", exposure="x", weights=matrices)  # type: ignore[arg-type]
    table = grid(panel.drop(("place 3", 2004)), outcome="y", exposure="x", weights=matrices["ring"])
    assert "missing ('place 3', 2004)" in table["reason"].iloc[0]
    panel.loc[("place 5", 2006), "x"] = np.nan
    table = grid(panel, outcome="y", exposure="x", weights=matrices["ring"])
    assert "x (as given): place place 5, year 2006 has no value" in table["reason"].iloc[0]
