"""Start kernels from a process that has the heavy imports behind it.

Importing the libraries takes longer than most chapters do; forked from a server that imported them
once, each chapter still runs in a process of its own. Nothing here knows about chapters.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner

# Libraries only: the package itself is imported afresh by each chapter.
PRELOADED = (
    "ipykernel.kernelapp",
    "myst_nb",
    "pandas",
    "scipy.sparse.linalg",
    "scipy.optimize",
    "scipy.stats",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "matplotlib.pyplot",
    "geopandas",
    "libpysal.graph",
    "esda",
    "linearmodels",
)


def serve(connection_file: str, folder: str, environment: Mapping[str, str]) -> None:
    """Be a kernel: the whole life of a forked process."""
    from ipykernel.kernelapp import launch_new_instance

    os.chdir(folder)
    os.environ.update(environment)
    # With its parent it ends: no kernel outlives a build that was stopped.
    launch_new_instance(argv=["-f", connection_file, f"--IPKernelApp.parent_handle={os.getppid()}"])


class Forked:
    """A forked process with the face of ``subprocess.Popen``, as far as Jupyter looks at it."""

    stdin = stdout = stderr = None

    def __init__(self, process: ForkServerProcess) -> None:
        self.process = process
        self.pid = process.pid

    def poll(self) -> int | None:
        """Exit code, or None while it runs."""
        return self.process.exitcode

    def wait(self) -> int | None:
        """Wait for its end and return the exit code."""
        self.process.join()
        return self.process.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal to it alone."""
        if self.pid is not None:
            os.kill(self.pid, number)


class ForkProvisioner(LocalProvisioner):
    """Jupyter's way to start a local kernel, but by a fork."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        """Fork a kernel that listens where the manager wrote it should."""
        context = multiprocessing.get_context("forkserver")
        arguments = (self.parent.connection_file, str(kwargs["cwd"]), dict(kwargs["env"]))
        process = context.Process(target=serve, args=arguments)
        process.start()
        self.process = Forked(process)
        self.pid, self.pgid, self.cwd = process.pid, None, kwargs["cwd"]
        return dict(self.connection_info)


def prepare(environment: Mapping[str, str], kernels: int) -> None:
    """Start the server, in an environment that its libraries must find when they are imported.

    For one or two kernels importing everything beforehand would cost more than it saves.
    """
    os.environ.update(environment)
    preloaded = PRELOADED if kernels > 2 else PRELOADED[:1]
    multiprocessing.get_context("forkserver").set_forkserver_preload(list(preloaded))


def fork_from_server(manager: AsyncKernelManager, sockets: str) -> None:
    """Let a manager start its kernel by a fork and talk to it by files in a folder."""
    # Files that only this user can open, rather than ports of the machine.
    manager.transport, manager.ip = "ipc", f"{sockets}/kernel"
    manager.connection_file = f"{sockets}/kernel.json"
    manager.provisioner = ForkProvisioner(
        kernel_id=manager.kernel_id, kernel_spec=manager.kernel_spec, parent=manager
    )
