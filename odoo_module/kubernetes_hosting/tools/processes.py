"""Processes of a run, found in ``/proc`` (proc(5)) and ended without leftovers."""

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
_PROC = Path("/proc")


def become_subreaper() -> None:
    """Adopt orphaned descendants, so that none escapes when its parent dies."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER) failed")


def descendants(root: int) -> list[int]:
    """Return the ids of all processes below one, the nearest first."""
    children: dict[int, list[int]] = {}
    for pid, parent in _parents():
        children.setdefault(parent, []).append(pid)
    found, queue = [], [root]
    while queue:
        below = children.get(queue.pop(0), [])
        found += below
        queue += below
    return found


def with_environment(match: Callable[[dict[str, str]], bool]) -> list[int]:
    """Return the ids of processes whose initial environment matches, not our own."""
    return [pid for pid in _pids() if pid != os.getpid() and match(_environment(pid))]


def kill_all(find: Callable[[], Iterable[int]], patience: float = 5.0) -> bool:
    """Kill what ``find`` returns until it finds nothing; return whether it did."""
    deadline = time.monotonic() + patience
    while pids := list(find()):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        _reap()
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _pids() -> Iterator[int]:
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            yield int(entry.name)


def _parents() -> Iterator[tuple[int, int]]:
    for pid in _pids():
        with contextlib.suppress(OSError, ValueError, IndexError):
            # The program's name is in parentheses and may hold anything.
            fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
            yield pid, int(fields[1])


def _environment(pid: int) -> dict[str, str]:
    try:
        content = (_PROC / str(pid) / "environ").read_bytes().decode(errors="replace")
    except OSError:
        return {}
    pairs = (entry.partition("=") for entry in content.split("\0"))
    return {name: value for name, _, value in pairs if name}
