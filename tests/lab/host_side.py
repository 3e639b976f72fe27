"""What a lab has on the host besides processes: one interface and empty cgroups."""

import contextlib
import os
import subprocess
import time
from pathlib import Path

from . import private_cgroups
from .identity import Lab
from .progress import SetupError, run


def connect(lab: Lab, pid: int) -> None:
    """Make the veth pair between the host and the network namespace of a process."""
    _refuse_foreign_address(lab)
    run(
        ["ip", "link", "add", lab.interface, "type", "veth"]
        + ["peer", "name", "lab0", "netns", str(pid)]
    )
    _set_up(lab)


def stand_alone(lab: Lab) -> None:
    """Give the host its address without a lab beside it: for a cluster elsewhere."""
    _refuse_foreign_address(lab)
    run(["ip", "link", "add", lab.interface, "type", "bridge"])
    _set_up(lab)


def is_connected(lab: Lab) -> bool:
    """Tell whether the host's end of the veth pair is there."""
    return (Path("/sys/class/net") / lab.interface).exists()


def disconnect(lab: Lab, seconds: float = 5) -> None:
    """Remove the interface, which may be going with its namespace just now."""
    limit = time.monotonic() + seconds
    while is_connected(lab):
        subprocess.run(["ip", "link", "delete", lab.interface], capture_output=True)
        if time.monotonic() > limit:
            raise SetupError(f"The interface {lab.interface} can't be removed.")
        time.sleep(0.05)


def remove_cgroups(lab: Lab, seconds: float = 5) -> None:
    """Remove the lab's cgroups, which the dead containers left behind empty."""
    for top in private_cgroups.directories(lab):
        limit = time.monotonic() + seconds
        while top.is_dir() and not _remove_tree(top) and time.monotonic() < limit:
            time.sleep(0.05)
        with contextlib.suppress(OSError):
            top.parent.rmdir()  # another lab may still be in it


def _set_up(lab: Lab) -> None:
    run(["ip", "address", "add", f"{lab.host_address}/30", "dev", lab.interface])
    run(["ip", "link", "set", lab.interface, "up"])


def _remove_tree(top: Path) -> bool:
    for folder, _folders, _files in os.walk(top, topdown=False):
        with contextlib.suppress(OSError):
            os.rmdir(folder)
    return not top.is_dir()


def _refuse_foreign_address(lab: Lab) -> None:
    listed = subprocess.run(
        ["ip", "-o", "-4", "address", "show", "to", str(lab.subnet)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    if listed:
        raise SetupError(
            f"The addresses {lab.subnet} of {lab.name} are in use on this machine "
            f"already ({listed.split()[1]}). End what uses them, or move the checkout: "
            "its path decides about the addresses."
        )
