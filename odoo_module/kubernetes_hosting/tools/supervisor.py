"""Runs one playbook to its end, whatever happens to Odoo meanwhile.

Started by ``launcher.py`` as ``python -m tools.supervisor RUN_DIR``. It is the only
place that imports ansible_runner. It detaches, holds the locks of its run and of
each host that it writes to, writes ``status.json``, and leaves no process behind.
"""

import contextlib
import fcntl
import os
import resource
import shlex
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from . import events, processes, run_dir
from .launcher import LAUNCH_FILE, Launch

NICE = 10  # playbooks wait for the processor when web pages want it
REMEMBERED = 20  # runs of a host whose leases may have been left behind
LETTING_GO = 3.0  # seconds that an ended run may need to let go of its hosts
HEARTBEAT = 1.0  # seconds between two writes of a status that did not change
_RUNNER_STATES = {
    "successful": events.SUCCESSFUL,
    "canceled": events.CANCELED,
    "timeout": events.TIMEOUT,
}


def main(path: Path) -> int:
    """Detach, run and return 0; 75 (EX_TEMPFAIL) when this run is supervised already."""
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        answer = os.read(reader, 4096).decode()
        sys.stdout.write(answer)
        return 0 if answer.isdigit() else 75
    os.close(reader)
    os.setsid()
    _reset_limits()
    _detach_streams(path)
    # Somebody who only asks whether we live holds the lock for a moment.
    with _lock(path / events.LOCK_FILE, patience=1.0) as held:
        if not held or (path / events.STATUS_FILE).exists():
            os.write(writer, b"This run was started already.")
            return 75
        supervisor = Supervisor(path)
        supervisor.write_status()
        os.write(writer, str(os.getpid()).encode())
        os.close(writer)
        supervisor.run()
    return 0


class Supervisor:
    """One run: its launch file, its collector and its state on disk."""

    def __init__(self, path: Path):
        self.path = path
        self.launch = _read_launch(path)
        self.collector = events.Collector()
        self.canceled = threading.Event()
        self.state = events.STARTING
        self.started = _now()
        self.ended: str | None = None
        self.rc: int | None = None
        self.error: dict[str, Any] | None = None
        self._written = 0.0

    def run(self) -> None:
        """Run the playbook and write the final state, also when the run itself breaks."""
        processes.become_subreaper()
        signal.signal(signal.SIGTERM, lambda *_: self.canceled.set())
        # Cleaning up belongs under the locks: who takes them next ends what is left.
        with _host_locks(self.path.parent, self._locked_hosts()) as busy:
            try:
                if busy:
                    self._finish_busy(busy)
                else:
                    self._end_leftovers()
                    self._name_ended_runs()
                    self._run_playbook()
            except Exception as error:  # whatever it was, Odoo has to learn of it
                self.state = events.FAILED
                text = f"{type(error).__name__}: {error}"
                self.error = events.error_entry("internal", text)
            finally:
                self._clean_up()

    def write_status(self) -> None:
        """Write the state to ``status.json`` at once."""
        self._written = time.monotonic()
        run_dir.write_json(
            self.path / events.STATUS_FILE,
            {
                "state": self.state,
                "rc": self.rc,
                "pid": os.getpid(),
                "started": self.started,
                "heartbeat": _now(),
                "ended": self.ended,
                "tasks_done": self.collector.tasks_done,
                "current": self.collector.current,
                "results": self.collector.results,
                "stats": self.collector.stats,
                "error": self.error,
            },
        )

    def _locked_hosts(self) -> tuple[str, ...]:
        return self.launch.hosts if self.launch.writes else ()

    def _run_playbook(self) -> None:
        import ansible_runner  # slow to import: only when a playbook really runs

        self.state = events.RUNNING
        self.write_status()
        runner = ansible_runner.run(
            private_data_dir=str(self.path),
            project_dir=str(self.launch.project_dir),
            ident="run",
            playbook=f"playbooks/{self.launch.playbook}.yml",
            inventory=self._inventory(),
            cmdline=self._decisions(),
            timeout=self.launch.timeout,
            settings={"pexpect_timeout": 1},
            event_handler=self._take_event,
            cancel_callback=self._look_at_cancel,
            fact_cache_type="",
            quiet=True,
        )
        self.rc = runner.rc
        self.state = _RUNNER_STATES.get(runner.status, events.FAILED)
        self.error = self._explain()

    def _inventory(self) -> str:
        if self.launch.inventory == "inventory":
            return str(self.path / "inventory")
        return self.launch.inventory

    def _decisions(self) -> str | None:
        if not self.launch.extra_vars:
            return None
        file = self.path / "decisions.json"
        run_dir.write_json(file, self.launch.extra_vars)
        return shlex.join(["-e", f"@{file}"])

    def _take_event(self, event: dict) -> bool:
        if self.collector.feed(event):
            self.write_status()
        return True

    def _look_at_cancel(self) -> bool:
        if time.monotonic() - self._written >= HEARTBEAT:
            self.write_status()
        return self.canceled.is_set()

    def _explain(self) -> dict[str, Any] | None:
        """Return the error for hosts that published no result of their own."""
        if self.state == events.SUCCESSFUL:
            return None
        if self.state == events.TIMEOUT:
            text = f"The run took longer than {self.launch.timeout} seconds."
            return events.error_entry(
                "timeout", text, "Look at the log, then run it again."
            )
        if self.state == events.CANCELED:
            return events.error_entry("cancelled", "Somebody cancelled the run.")
        return events.error_entry(
            "internal",
            f"ansible-playbook ended with {self.rc} before it reported: "
            + events.last_words(self.path),
            "Show the log: it has the whole story.",
        )

    def _finish_busy(self, host: str) -> None:
        self.state = events.BUSY
        self.error = events.error_entry(
            "busy",
            f"Another run is working on {host}.",
            "Wait until it is done, then run this one again.",
            retryable=True,
        )

    def _end_leftovers(self) -> None:
        """End processes of a killed run of these hosts: we hold the locks, they don't."""

        def is_leftover(environment: dict[str, str]) -> bool:
            locked = environment.get("HOSTING_LOCKED_HOSTS", "").split()
            # Another Odoo of this machine has locks of its own, and may have such hosts.
            ours = environment.get("HOSTING_RUN_ROOT") == str(self.path.parent)
            other = environment.get("HOSTING_RUN") != self.path.name
            return ours and other and bool(set(locked) & set(self._locked_hosts()))

        if not processes.kill_all(lambda: processes.with_environment(is_leftover)):
            raise RuntimeError(
                "processes of an earlier run of this host can't be ended"
            )

    def _name_ended_runs(self) -> None:
        """Tell the playbook which runs of its hosts are over, however they ended.

        One that was killed or cancelled left its lease in the namespace; we hold its
        lock and have ended its processes, so that lease is nobody's.
        """
        ended: set[str] = set()
        for host in self._locked_hosts():
            ended |= _sign(self.path.parent / "locks" / host, self.path.name)
        os.environ["HOSTING_ENDED_RUNS"] = " ".join(sorted(ended))

    def _clean_up(self) -> None:
        processes.kill_all(lambda: processes.descendants(os.getpid()))
        for name in ("env", "tmp"):
            shutil.rmtree(self.path / name, ignore_errors=True)
        self.ended = _now()
        self.write_status()


@contextlib.contextmanager
def _host_locks(root: Path, hosts: tuple[str, ...]) -> Iterator[str | None]:
    """Hold the lock of each host; yield the name of the first that somebody else keeps."""
    with contextlib.ExitStack() as stack:
        for host in sorted(hosts):
            path = root / "locks" / host
            path.parent.mkdir(mode=0o700, exist_ok=True)
            if not stack.enter_context(_lock(path, LETTING_GO)):
                yield host
                return
        yield None


def _sign(lock: Path, run: str) -> set[str]:
    """Write a run into the lock file that it holds; return the runs that held it before."""
    before = [name for name in lock.read_text().split() if name != run]
    lock.write_text("\n".join([*before, run][-REMEMBERED:]))
    return set(before)


@contextlib.contextmanager
def _lock(path: Path, patience: float = 0.0) -> Iterator[bool]:
    """Hold an exclusive flock(2) on a file, or yield False when somebody has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _take(descriptor, time.monotonic() + patience)
    finally:
        os.close(descriptor)


def _take(descriptor: int, deadline: float) -> bool:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.02)


def _reset_limits() -> None:
    """Undo what an Odoo worker limits and blocks for itself; step back behind it."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    for limit in (resource.RLIMIT_AS, resource.RLIMIT_CPU):
        _soft, hard = resource.getrlimit(limit)
        resource.setrlimit(limit, (hard, hard))
    os.umask(0o077)
    os.nice(NICE)


def _detach_streams(path: Path) -> None:
    """Close the launcher's pipes; what breaks unexpectedly goes to a file of the run."""
    null = os.open(os.devnull, os.O_RDONLY)
    log = os.open(
        path / "supervisor.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600
    )
    os.dup2(null, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)


def _read_launch(path: Path) -> Launch:
    plain = run_dir.read_json(path / LAUNCH_FILE)
    for key in ("run_dir", "project_dir", "kubeconfig"):
        plain[key] = Path(plain[key]) if plain[key] else None
    return Launch(**(plain | {"hosts": tuple(plain["hosts"])}))


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
