"""The virtual environment that holds Odoo's and Ansible's Python, from the lock."""

import os
import shutil
import sys
from pathlib import Path

from . import odoo_dist
from .paths import CHECKOUT, cache_dir, key_of
from .progress import run, step

LOCK = CHECKOUT / "requirements.lock"


def directory() -> Path:
    """Return the venv of exactly this lock, this Python and this Odoo."""
    key = key_of(LOCK, sys.version, str(odoo_dist.directory()))
    return cache_dir() / f"venv-{key}"


def program(name: str) -> Path:
    """Return the path of a program of the venv (``python``, ``ansible-playbook`` …)."""
    return directory() / "bin" / name


def build() -> None:
    """Create the venv unless it is complete; a half-built one is made anew."""
    complete = directory() / ".complete"
    if complete.exists():
        return
    shutil.rmtree(directory(), ignore_errors=True)
    with step("installing Python packages from requirements.lock", "3 min"):
        _create()
    complete.touch()


def _create() -> None:
    run([sys.executable, "-m", "venv", directory()])
    log = cache_dir() / "logs" / "pip.log"
    # --no-deps: the lock is complete, and Odoo itself is no package of an index.
    run(
        [program("python"), "-m", "pip", "install", "--no-deps", "--require-hashes"]
        + ["--no-warn-script-location", "-r", LOCK],
        log=log,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
    )
    if odoo_dist.directory():
        _add_odoo(odoo_dist.python_path())
    run([program("python"), "-c", "import odoo.release, ansible, ansible_runner"])


def _add_odoo(path: Path) -> None:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = directory() / "lib" / version / "site-packages"
    (site / "odoo-19.pth").write_text(f"{path}\n")
