"""Every combination of choices, of a declared study or of a panel of one's own; kept in a file."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spillover.econometrics.checks import shown, whole
from spillover.econometrics.weights import from_dense
from spillover.multiverse.engine import BATCH, in_batches, table_of
from spillover.multiverse.parallel import completed
from spillover.multiverse.specification import MultiverseError, Plan, plan
from spillover.studies.study import Study


def grid(
    study: Study | pd.DataFrame,
    *,
    symbol: str | None = None,
    sample: int | None = None,
    seed: int = 0,
    jobs: int = 1,
    scheduler: Any = None,
    out: str | Path | None = None,
    batch: int = BATCH,
    progress: bool = False,
    **choices: Any,
) -> pd.DataFrame:
    """Effects of the exposure under every combination of choices.

    Parameters
    ----------
    study : Study or DataFrame
        A declared study; or a panel of your own indexed by (unit, year), for which the choices
        name `outcome`, `exposure`, `controls` and `weights`, one of each or several.
    symbol : str, optional
        Another variable in the exposure's place.
    sample, seed : int
        That many combinations drawn at random, as :func:`spillover.multiverse.plan` has it.
    jobs : int
        Processes, -1 for one a core; the result does not depend on it.
    scheduler : str or distributed.Client, optional
        A Dask cluster in the place of `jobs`: its address, or a client.
    out : path, optional
        File in the Parquet format. Every batch is kept as soon as it is done; the same call again
        after an end without warning goes on from there.
    batch : int
        Specifications estimated at a time; each process loses at most one batch when it ends.
    progress : bool
        Show a bar.
    **choices
        As in :func:`spillover.multiverse.plan`.

    Returns
    -------
    DataFrame
        One row per combination: the choices as categories in the order given, then estimates,
        errors, p-values and intervals, rho, N, T, loglik, reason (why it could not be estimated,
        else ""), note.

    Raises
    ------
    MultiverseError
        Choices that are not known; a panel of your own without outcome, exposure or weights; a
        file that holds another grid.

    Examples
    --------
    >>> from spillover.studies import CARBON
    >>> table = grid(CARBON, durbin=["all", "none"], weights=["rook", "inverse distance"])
    >>> table["durbin"].to_list()
    ['all', 'all', 'none', 'none']

    A panel of your own, two outcomes, with and without a control, under two matrices:

    >>> index = pd.MultiIndex.from_product([list("abcdef"), range(2001, 2009)])
    >>> own = pd.DataFrame(np.random.default_rng(1).normal(size=(48, 4)), index, list("yzxc"))
    >>> ring = np.roll(np.eye(6), 1, 0) + np.roll(np.eye(6), -1, 0)
    >>> ring, full = (pd.DataFrame(m, list("abcdef"), list("abcdef")) for m in
    ...               (ring / 2, (1 - np.eye(6)) / 5))
    >>> table = grid(own, outcome=["y", "z"], exposure="x", controls={"none": (), "c": ("c",)},
    ...              weights={"ring": ring, "all": full}, fixed_effects=["entity", "twoway"])
    >>> len(table), int((table["reason"] != "").sum())
    (16, 4)
    """
    if not isinstance(study, Study):
        study, choices = own_study(study, choices)
    specs = plan(study, sample=sample, seed=seed, **choices)
    whole(batch, MultiverseError, "batch", 1)
    store = None if out is None else _Parts(Path(out), specs, symbol, batch)
    if store is not None and store.finished():
        return pd.read_parquet(store.path)
    batches = in_batches(specs.by_data(), batch)
    left = [i for i in range(len(batches)) if store is None or not store.has(i)]
    bar = f"{len(specs):,} specifications" if progress else ""
    found: list[pd.DataFrame] = []
    for position, table in completed(
        table_of,
        [batches[i] for i in left],
        (uuid.uuid4().hex, specs, symbol),
        jobs=jobs,
        scheduler=scheduler,
        progress=bar,
    ):
        if store is None:
            found.append(table)
        else:
            store.keep(left[position], table)
    if store is not None:
        return store.joined(len(batches))
    return _whole(found, specs)


def _whole(parts: Iterable[pd.DataFrame], specs: Plan) -> pd.DataFrame:
    rest = pd.concat(list(parts)).sort_index()
    return pd.concat([specs.labels(), rest.set_axis(range(len(rest)))], axis=1)


def own_study(panel: object, choices: Mapping[str, Any]) -> tuple[Study, dict[str, Any]]:
    """A study of a panel of one's own, and those of its choices that vary."""
    if not isinstance(panel, pd.DataFrame):
        raise MultiverseError(
            f"study={shown(panel)}; expected a Study, as CARBON, or a panel: a DataFrame indexed "
            "by (unit, year)"
        )
    varied = dict(choices)
    if lacking := [name for name in ("outcome", "exposure", "weights") if name not in varied]:
        raise MultiverseError(
            f"a panel of your own needs {', '.join(f'{name}=' for name in lacking)}: columns for "
            "outcome and exposure, a matrix or {name: matrix} for weights"
        )
    matrices = varied["weights"]
    matrices = matrices if isinstance(matrices, Mapping) else {"own": matrices}
    fixed: dict[str, Any] = {
        "named_weights": {
            name: from_dense(matrix, standardise=False)
            if isinstance(matrix, pd.DataFrame)
            else matrix
            for name, matrix in matrices.items()
        }
    }
    varied["weights"] = list(matrices)
    for name, plain in (("outcome", str), ("exposure", str), ("controls", tuple | list)):
        value = varied.get(name, ())
        several = name == "controls" and not all(isinstance(item, str) for item in value)
        if isinstance(value, plain) and not several:
            fixed[name] = varied.pop(name, ())
        else:
            fixed[name] = next(iter(value.values() if isinstance(value, Mapping) else value))
    years = panel.index.get_level_values(-1)
    if years.dtype.kind in "iu" and len(years):
        fixed["window"] = (int(years.min()), int(years.max()))
    study = Study(
        "own", "A panel of your own", "", panel=panel, weights=next(iter(matrices)), **fixed
    )
    # refuses what is not a panel, before anything is estimated; checked once for all variables
    return study.but(panel=study.figures()), varied


class _Parts:
    """The batches of one grid on disk, beside the file that they become.

    Parameters
    ----------
    path : the file
    specs, symbol, batch : what the grid is; another one is refused

    Raises
    ------
    MultiverseError
        The file or the batches beside it are of another grid.
    """

    def __init__(self, path: Path, specs: Plan, symbol: str | None, batch: int) -> None:
        try:
            import pyarrow.parquet
        except ImportError:
            raise MultiverseError(
                "out= needs pyarrow; install it with: pip install 'spillover[cluster]'"
            ) from None
        self.path, self.specs, self._parquet = path, specs, pyarrow.parquet
        self.mark = _fingerprint(specs, symbol, batch)
        self.folder = path.with_name(path.name + ".parts")
        if not path.parent.is_dir():
            raise MultiverseError(f"there is no folder {str(path.parent)!r} for {path.name}")
        told = self.folder / "grid.json"
        if not path.exists():
            self.folder.mkdir(exist_ok=True)
            if told.exists() and json.loads(told.read_text())["grid"] != self.mark:
                self._refuse(self.folder)
            told.write_text(json.dumps({"grid": self.mark}))

    def _refuse(self, place: Path) -> None:
        raise MultiverseError(
            f"{str(place)!r} holds another grid (other choices, data, batches or version); name "
            "another file, or remove it"
        )

    def finished(self) -> bool:
        """Whether the file is there, whole."""
        if not self.path.exists():
            return False
        found = (self._parquet.read_schema(self.path).metadata or {}).get(b"spillover")
        if found != self.mark.encode():
            self._refuse(self.path)
        return True

    def _part(self, position: int) -> Path:
        return self.folder / f"{position:07d}.parquet"

    def has(self, position: int) -> bool:
        """Whether a batch is kept."""
        return self._part(position).exists()

    def keep(self, position: int, table: pd.DataFrame) -> None:
        """Write a batch; it has its name only once it is whole."""
        half = self._part(position).with_suffix(".half")
        table.to_parquet(half)
        os.replace(half, self._part(position))

    def joined(self, count: int) -> pd.DataFrame:
        """Put the batches together to the file, and return what it holds."""
        import pyarrow

        table = _whole((pd.read_parquet(self._part(i)) for i in range(count)), self.specs)
        arrow = pyarrow.Table.from_pandas(table, preserve_index=False)
        arrow = arrow.replace_schema_metadata({**arrow.schema.metadata, "spillover": self.mark})
        half = self.path.with_name(self.path.name + ".half")
        self._parquet.write_table(arrow, half)
        os.replace(half, self.path)
        shutil.rmtree(self.folder)
        return pd.read_parquet(self.path)


def _fingerprint(specs: Plan, symbol: str | None, batch: int) -> str:
    """What a grid is: its choices, rows and data, the size of its batches, and the version."""
    made = hashlib.sha256()
    study = specs.study
    sample = ("years", "gdp", "without", "without_years")
    model = ("outcome", "exposure", "controls", "lagged", "fixed_effects", "correction", "cov_type")
    for name in ("key", *sample, *model):
        made.update(repr([name, getattr(study, name)]).encode())
    for symbol_, variant in study.variants.items():
        made.update(repr([symbol_, str(variant)]).encode())
    made.update(_said(("weights", study.weights)).encode())
    made.update(repr([symbol, batch, version("spillover")]).encode())
    made.update(np.ascontiguousarray(specs.rows).tobytes())
    figures = study.figures().values
    made.update(repr(list(figures)).encode())
    made.update(pd.util.hash_pandas_object(figures).to_numpy().tobytes())
    for name, values in specs.choices.items():
        made.update(repr([name, *map(_said, values.items())]).encode())
    for name, matrix in study.named_weights.items():
        made.update(repr([name, _said((name, matrix))]).encode())
    return made.hexdigest()


def _said(pair: tuple[str, Any]) -> str:
    """A value as text that is the same in every process: weights by their content."""
    label, value = pair
    if hasattr(value, "adjacency"):
        content = pd.util.hash_pandas_object(value.adjacency).to_numpy().tobytes()
        return f"{label} {hashlib.sha256(content).hexdigest()}"
    plain = isinstance(value, str | int | float | tuple | list | None)
    return f"{label} {value!r}" if plain else label
