"""Runs the real supervisor with marked points and a log of its locks.

Started instead of ``python -m tools.supervisor`` by the interpreter that the lab's
odoo.conf names; the current directory is the addon's.
"""

import contextlib
import os
import sys
import time
from pathlib import Path

os.environ["KILL_POINTS"] = sys.argv[1]
sys.path[:0] = [os.getcwd(), str(Path(__file__).parent)]
from points import folder, mark, reached  # noqa: E402

from tools import supervisor  # noqa: E402

TASK = 25  # of an apply: the lease is taken, nothing is applied yet


def _log(what: str, host: str) -> None:
    line = f"{time.monotonic():.3f} {what} {os.environ['HOSTING_RUN']} {host}\n"
    with open(folder() / "locks.log", "a") as file:
        file.write(line)


def _mark_locks() -> None:
    plain = supervisor._host_locks

    @contextlib.contextmanager
    def logged(root, hosts):
        with plain(root, hosts) as busy:
            held = [] if busy else list(hosts)
            for host in held:
                _log("took", host)
            try:
                yield busy
            finally:
                for host in held:
                    _log("left", host)

    supervisor._host_locks = logged


def _mark_events() -> None:
    plain = supervisor.Supervisor._take_event

    def take(self, event):
        had = bool(self.collector.results)
        if (
            event.get("event") == "playbook_on_task_start"
            and self.collector.tasks_done == TASK
        ):
            reached("task")
        plain_write, self.write_status = self.write_status, lambda: None
        answer = plain(self, event)
        self.write_status = plain_write
        if self.collector.results and not had:
            reached("result-read")
        self.write_status()
        return answer

    supervisor.Supervisor._take_event = take


_mark_locks()
_mark_events()
mark(supervisor.Supervisor, "run", "supervisor-started", "before")
mark(supervisor.Supervisor, "_end_leftovers", "locked", "before")
mark(supervisor.Supervisor, "_clean_up", "playbook-ended", "before")
mark(supervisor.Supervisor, "_clean_up", "status-final")
sys.exit(supervisor.main(Path(sys.argv[2])))
