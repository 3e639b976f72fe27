"""What a run reports: collected by the supervisor, read by Odoo.

The supervisor feeds ansible-runner's events into a :class:`Collector` and writes
its state to ``status.json``; Odoo reads it with :func:`read_status`. Results come
from ``set_stats`` alone, never from standard output or task titles.
"""

import fcntl
import os
import re
from pathlib import Path
from typing import Any

from . import run_dir

STARTING = "starting"
RUNNING = "running"
SUCCESSFUL = "successful"
FAILED = "failed"
TIMEOUT = "timeout"
CANCELED = "canceled"
BUSY = "busy"
LOST = "lost"
FINAL_STATES = frozenset({SUCCESSFUL, FAILED, TIMEOUT, CANCELED, BUSY, LOST})

STATUS_FILE = "status.json"
LOCK_FILE = "supervisor.lock"
LOG_FILE = "artifacts/run/stdout"
RESULT_KEY = "hosting_result"

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Collector:
    """Keeps what the events of one run say; feed it each event in order."""

    def __init__(self) -> None:
        self.results: dict[str, dict] = {}
        self.stats: dict[str, Any] = {}
        self.tasks_done = 0
        self.current = ""

    def feed(self, event: dict) -> bool:
        """Take one event of ansible-runner; return whether the state changed."""
        kind = event.get("event")
        data = event.get("event_data") or {}
        if kind == "playbook_on_task_start":
            self.tasks_done += 1
            self.current = str(data.get("task") or "")
            return True
        if kind == "runner_on_ok":
            stats = (data.get("res") or {}).get("ansible_stats") or {}
            return self._merge(stats.get("data"))
        if kind == "playbook_on_stats":
            return self._merge(data.get("artifact_data"))
        return False

    def _merge(self, published: Any) -> bool:
        if not isinstance(published, dict):
            return False
        for key, value in published.items():
            if key == RESULT_KEY and isinstance(value, dict):
                self.results.update(value)
            else:
                self.stats[key] = value
        return bool(published)


def read_status(path: Path) -> dict[str, Any] | None:
    """Return the state of the run in a directory, None when it never started.

    Keys: ``state``, ``rc``, ``pid``, ``started``, ``heartbeat``, ``ended`` (ISO 8601,
    UTC), ``tasks_done``, ``current``, ``results`` by host, ``stats``, ``error``,
    ``log_size`` (bytes). A run that is not final and has no live supervisor is
    ``lost``.
    """
    # Alive is asked before the file is read: a run that ends in between then
    # reads as final, never as lost.
    alive = is_alive(path)
    status = run_dir.read_json(path / STATUS_FILE)
    if status is None:
        return None
    if status["state"] not in FINAL_STATES and not alive:
        status["state"] = LOST
        status["error"] = error_entry(
            "lost",
            "The process that ran the playbook is gone.",
            "Nothing to do: Odoo starts the run again.",
            retryable=True,
        )
    status["log_size"] = _size(path / LOG_FILE)
    return status


def is_alive(path: Path) -> bool:
    """Tell whether a supervisor holds the run's lock (so no process id is trusted)."""
    try:
        descriptor = os.open(path / LOCK_FILE, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def read_log(path: Path, offset: int = 0, limit: int = 65536) -> tuple[str, int]:
    """Return printable text of the run's log from a byte offset, and the next offset.

    The text is influenced by customers: escape it where it is shown.
    """
    try:
        with open(path / LOG_FILE, "rb") as file:
            file.seek(offset)
            content = file.read(limit)
    except FileNotFoundError:
        return "", offset
    return printable(content.decode(errors="replace")), offset + len(content)


def last_words(path: Path, limit: int = 400) -> str:
    """Return what a run that published no result said last, on one short line."""
    text, _offset = read_log(path, max(0, _size(path / LOG_FILE) - 16384), 16384)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("[ERROR]:")]
    return ([*lines, *errors] or ["nothing at all"])[-1].removeprefix("[ERROR]: ")[
        :limit
    ]


def printable(text: str) -> str:
    """Return a text without terminal sequences, control characters and CRs."""
    return _CONTROL.sub("", _ANSI.sub("", text).replace("\r\n", "\n"))


def error_entry(
    kind: str, message: str, hint: str = "", retryable: bool = False
) -> dict[str, Any]:
    """Return an error in the form of the result contract, without an object."""
    return {
        "class": kind,
        "message": message,
        "object": "",
        "hint": hint,
        "retryable": retryable,
    }


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
