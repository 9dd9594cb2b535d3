"""Make the environment of the project, once for each state of the lock.

It runs on a bare Python with nothing installed, and on one too old says so in a sentence.
"""

import hashlib
import os
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


if __name__ == "__main__":
    if sys.version_info < NEEDED:
        found, wanted = (".".join(map(str, v[:2])) for v in (sys.version_info, NEEDED))
        advice = f"name one: make PYTHON=python{wanted}"
        sys.exit(f"Python {found} is too old, {wanted} or newer is needed; {advice}")
    if installed() != state():
        set_up()
