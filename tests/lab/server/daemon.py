"""A process that outlives its starter and is found again without trusting its id alone."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


class Daemon:
    """One background process, recorded in a file with its id and its start time."""

    def __init__(self, record: Path):
        self.record = record

    def start(
        self,
        command: Sequence[str | Path],
        log: Path,
        env: Mapping[str, str],
        cwd: Path,
    ) -> None:
        """Start the command in a session of its own, its output appended to a log."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
            )
        self.record.parent.mkdir(parents=True, exist_ok=True)
        entry = {"pid": process.pid, "started": _start_ticks(process.pid)}
        self.record.write_text(json.dumps(entry))

    def pid(self) -> int | None:
        """Return the process id, None when it is not running (any more)."""
        try:
            entry = json.loads(self.record.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        same = entry["started"] and _start_ticks(entry["pid"]) == entry["started"]
        return entry["pid"] if same else None

    def stop(self, patience: float = 20.0) -> None:
        """End the process: asked first, then killed."""
        pid = self.pid()
        if pid:
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + patience
            while self.pid() and time.monotonic() < deadline:
                _reap(pid)
                time.sleep(0.05)
            if self.pid():
                os.killpg(pid, signal.SIGKILL)
                _reap(pid)
        self.record.unlink(missing_ok=True)


def _start_ticks(pid: int) -> str | None:
    """Return when a process started, in clock ticks (proc(5), field 22)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass
