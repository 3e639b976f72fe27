"""A cgroup for Odoo and the playbooks that it starts, as a service manager gives one.

Outside of any cgroup Linux gives each session an equal share of the processor (sched(7),
autogroup), and the playbooks' niceness says nothing to Odoo.
"""

import contextlib
from pathlib import Path

from .. import private_cgroups
from ..identity import Lab


def enter(lab: Lab, pid: int | None) -> None:
    """Put a process, and what it starts from now on, into the group; without root, nothing."""
    for folder in _folders(lab) if pid else []:
        with contextlib.suppress(OSError):
            private_cgroups.make(folder)
            (folder / "cgroup.procs").write_text(str(pid))


def remove(lab: Lab) -> None:
    """Remove the group; where a playbook still works it stays for the next start."""
    for folder in _folders(lab):
        with contextlib.suppress(OSError):
            folder.rmdir()
            folder.parent.rmdir()  # unless a lab is in it


def _folders(lab: Lab) -> list[Path]:
    tops = private_cgroups.directories(lab)
    shared = [top for top in tops if _has_processor(top.parent.parent)]
    return [top.with_name(f"{top.name}-odoo") for top in shared]


def _has_processor(root: Path) -> bool:
    """Tell whether a hierarchy shares out processor time."""
    controllers = root / "cgroup.controllers"
    if controllers.exists():
        return "cpu" in controllers.read_text().split()
    return (root / "cpu.shares").exists()
