"""A cgroup namespace for the lab: its pods are below a cgroup of its own.

Container runtimes put pods below the root of each hierarchy. In a namespace that
root is the lab's cgroup, so labs don't meet and `down` knows what to remove.
"""

import contextlib
import ctypes
import os
import subprocess
from pathlib import Path

from .identity import Lab

ROOT = Path("/sys/fs/cgroup")
# The pods' share of a busy machine, a single process having 1024 (version 1) or 100 (2):
# what works on the tenants must not starve them.
_SHARES = {"cpu.shares": "8192", "cpu.weight": "800"}
_CLONE_NEWCGROUP = 0x02000000


def enter(lab: Lab) -> None:
    """Enter a cgroup namespace rooted at the lab's cgroup and mount its hierarchies."""
    mounted = _hierarchies()
    for folder, _options in mounted:
        make(folder / lab.cgroup.lstrip("/"))
    _join_namespace([folder / lab.cgroup.lstrip("/") for folder, _options in mounted])
    if mounted[0][0] != ROOT:  # version 1 and hybrid: one directory per controller
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(ROOT)], check=True)
    for folder, options in mounted:
        folder.mkdir(exist_ok=True)
        subprocess.run(["mount", *options, "cgroup", str(folder)], check=True)


def directories(lab: Lab) -> list[Path]:
    """Return the lab's cgroup in each hierarchy, there or not; for the host's side."""
    return [folder / lab.cgroup.lstrip("/") for folder, _options in _hierarchies()]


def _hierarchies() -> list[tuple[Path, list[str]]]:
    """Return mount point and mount options of every cgroup hierarchy."""
    found = []
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _source, folder, kind, options, *_rest = line.split()
        if kind == "cgroup2":
            found.append((Path(folder), ["-t", kind]))
        elif kind == "cgroup":
            names = [o for o in options.split(",") if o not in ("rw", "ro", "relatime")]
            kept = [o for o in names if not o.startswith(("nosuid", "nodev", "noexec"))]
            controllers = [o for o in kept if "release_agent" not in o]
            if controllers[0].startswith("name="):
                controllers.insert(0, "none")
            found.append((Path(folder), ["-t", kind, "-o", ",".join(controllers)]))
    return found


def make(folder: Path) -> None:
    """Make a cgroup two levels below its hierarchy's root, ready for processes."""
    for part in (folder.parent, folder):
        _hand_down(part.parent)
        part.mkdir(exist_ok=True)
        # A new cpuset takes no process before it has processors and memory.
        for setting in ("cpuset.cpus", "cpuset.mems"):
            if (part / setting).exists() and not (part / setting).read_text().strip():
                (part / setting).write_text((part.parent / setting).read_text())
        for setting, value in _SHARES.items():
            if (part / setting).exists():
                (part / setting).write_text(value)


def _hand_down(folder: Path) -> None:
    """Let children have the controllers that a version 2 cgroup has itself."""
    if (folder / "cgroup.controllers").exists():
        for controller in (folder / "cgroup.controllers").read_text().split():
            with contextlib.suppress(OSError):
                (folder / "cgroup.subtree_control").write_text(f"+{controller}")


def _join_namespace(folders: list[Path]) -> None:
    """Enter the namespace of a child that was put into the lab's cgroups.

    This process itself stays in the cgroups that it was started in.
    """
    ready, done = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            for folder in folders:
                (folder / "cgroup.procs").write_text(str(os.getpid()))
            _call("unshare", _CLONE_NEWCGROUP)
            os.write(ready[1], b"!")
            os.read(done[0], 1)
        os._exit(0)
    os.close(ready[1])
    if os.read(ready[0], 1) != b"!":
        raise OSError("No cgroup namespace: the child could not enter the lab's cgroup")
    with open(f"/proc/{child}/ns/cgroup") as namespace:
        _call("setns", namespace.fileno(), _CLONE_NEWCGROUP)
    os.write(done[1], b"!")
    os.waitpid(child, 0)


def _call(function: str, *arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, function)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")
