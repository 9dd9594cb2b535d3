"""Run many independent tasks: in this process, in several through joblib, or on a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from typing import Any, TypeVar

from spillover.econometrics.checks import processes, shown
from spillover.multiverse.specification import MultiverseError

T = TypeVar("T")


def completed(
    call: Callable[..., T],
    tasks: Sequence[Any],
    shared: Any = None,
    *,
    jobs: int = 1,
    scheduler: Any = None,
    progress: str = "",
) -> Iterator[tuple[int, T]]:
    """Call a function on every task and yield each result as soon as there is one.

    Parameters
    ----------
    call : called as ``call(task, shared)``; it must be importable where it runs
    tasks : small; what all of them need goes into `shared`
    jobs : processes through joblib, -1 for one a core; no part of a result may depend on it
    scheduler : address of a Dask scheduler ("tcp://host:8786") or a ``distributed.Client``, whose
        workers take the place of `jobs`. Tasks of a worker that is lost are done by others.
    progress : what the bar on the terminal is called; "" for none

    Yields
    ------
    (position of the task, its result), in the order in which they finish

    Raises
    ------
    MultiverseError
        A number of processes that is none; no scheduler at the address; Dask is not installed.
    """
    processes(jobs, MultiverseError)
    if scheduler is not None:
        found: Iterator[tuple[int, T]] = _on_cluster(call, tasks, shared, scheduler)
    elif jobs == 1 or len(tasks) < 2:
        found = (_numbered(call, position, task, shared) for position, task in enumerate(tasks))
    else:
        from joblib import Parallel, delayed

        found = Parallel(n_jobs=jobs, return_as="generator_unordered", inner_max_num_threads=1)(
            delayed(_numbered)(call, position, task, shared) for position, task in enumerate(tasks)
        )
    if not progress:
        yield from found
        return
    from rich.progress import track

    yield from track(found, progress, total=len(tasks))


def _numbered(call: Callable[..., T], position: int, task: Any, shared: Any) -> tuple[int, T]:
    """One task with one thread for its linear algebra, so that sums have one order everywhere."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return position, call(task, shared)


def _on_cluster(
    call: Callable[..., T], tasks: Sequence[Any], shared: Any, scheduler: Any
) -> Iterator[tuple[int, T]]:
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise MultiverseError(
            "scheduler= needs Dask; install it with: pip install 'spillover[cluster]'"
        ) from None
    if isinstance(scheduler, str):
        try:
            client = Client(scheduler, timeout="10s")
        except (OSError, ValueError) as error:
            raise MultiverseError(f"no Dask scheduler at {scheduler!r}: {error}") from None
    elif isinstance(scheduler, Client):
        client = scheduler
    else:
        raise MultiverseError(
            f"scheduler={shown(scheduler)}; expected an address, as 'tcp://localhost:8786', or a "
            "distributed.Client"
        )
    with client if isinstance(scheduler, str) else nullcontext():
        sent = client.scatter(shared, broadcast=True, hash=False)
        futures = [
            client.submit(_numbered, call, position, task, sent, pure=False)
            for position, task in enumerate(tasks)
        ]
        for future in as_completed(futures):
            yield future.result()
            future.release()
