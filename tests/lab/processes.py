"""The lab's processes on the host: found by their command line, never by a mere pid.

A pid alone can belong to somebody else by now. So nothing is remembered: a process
of a lab is one that runs ``-m MODULE … STATE``, and it is held by a pidfd before it
is looked at, so that the signal reaches the very process that was found.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from .identity import Lab
from .paths import CHECKOUT

INIT = "tests.lab.cluster_init"
MANIFESTS = "tests.lab.manifest_server"
SMTP = "tests.lab.smtp_sink"
MODULES = (INIT, MANIFESTS, SMTP)


def find(lab: Lab, module: str) -> int | None:
    """Return the pid of the lab's process of a module, None when there is none."""
    found = [pid for pid, words in _of_lab(lab) if _runs(words, module)]
    return found[0] if found else None


def find_all(lab: Lab) -> list[int]:
    """Return the pids of all processes that belong to the lab on the host's side."""
    return [pid for pid, _words in _of_lab(lab)]


def start(lab: Lab, module: str, prefix: list[str], python: str) -> None:
    """Start a module of the lab detached from this process, logging to its file."""
    lab.logs.mkdir(parents=True, exist_ok=True)
    with (lab.logs / f"{module.split('.')[-1]}.log").open("ab") as log:
        subprocess.Popen(
            [*prefix, python, "-m", module, lab.purpose, str(lab.state)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=CHECKOUT,
            start_new_session=True,
        )


def end(lab: Lab, seconds: float = 10) -> None:
    """End all processes of the lab: kindly, after some seconds by force."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        _signal(lab, number)
        limit = time.monotonic() + seconds
        while find_all(lab):
            if time.monotonic() > limit:
                break
            time.sleep(0.05)


def _signal(lab: Lab, number: int) -> None:
    for pid in find_all(lab):
        with contextlib.suppress(ProcessLookupError), _held(pid) as handle:
            words = _command_line(pid)
            # unshare goes by itself, with the exit code of the process that it waits for.
            kind = number == signal.SIGTERM and words[0].endswith("unshare")
            if _belongs(words, lab) and not kind:
                signal.pidfd_send_signal(handle, number)


@contextlib.contextmanager
def _held(pid: int) -> Iterator[int]:
    handle = os.pidfd_open(pid)
    try:
        yield handle
    finally:
        os.close(handle)


def _of_lab(lab: Lab) -> list[tuple[int, list[str]]]:
    """Return pid and command line of the lab's living processes, zombies not."""
    pids = [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]
    listed = [(pid, _command_line(pid)) for pid in pids]
    return [(pid, words) for pid, words in listed if _belongs(words, lab)]


def _belongs(words: list[str], lab: Lab) -> bool:
    ours = words[-2:] == [lab.purpose, str(lab.state)]
    return ours and any(module in words for module in MODULES)


def _runs(words: list[str], module: str) -> bool:
    return words[1:3] == ["-m", module]


def _command_line(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return [word.decode(errors="replace") for word in text.split(b"\0")[:-1]]
