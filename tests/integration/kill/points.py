"""Marked points of a run: who reaches an armed one says so and waits to be killed.

The lab alone loads this: the production code knows nothing of it. It is used inside
Odoo (addon ``kill_points``) and inside the supervisor (``marked_supervisor.py``).
"""

import functools
import os
import time
from pathlib import Path
from typing import Any

PATIENCE = 120  # seconds until somebody who was forgotten goes on
ODOO = (
    "queued",
    "launch",
    "directory-made",
    "inventory-written",
    "spawned",
    "marked-running",
    "event-read",
    "result-stored",
    "mail-queued",
    "state-written",
    "state-committed",
    "mail-sent",
)
SUPERVISOR = (
    "supervisor-started",
    "locked",
    "task",
    "result-read",
    "playbook-ended",
    "status-final",
)


def folder() -> Path:
    """Return where points are armed."""
    return Path(os.environ["KILL_POINTS"])


def reached(name: str) -> None:
    """Stop here once, if somebody armed this point, until we are killed or may go on."""
    armed = folder() / name
    hit = folder() / f"{name}.reached"
    try:
        armed.rename(folder() / f"{name}.{os.getpid()}")
    except FileNotFoundError:
        return
    hit.write_text(str(os.getpid()))
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and not (folder() / "go").exists():
        time.sleep(0.02)


def mark(owner: Any, function: str, name: str, when: str = "after", only=None) -> None:
    """Put a point before or after a function of a class or module.

    :param only: called with the function's arguments: is this the occasion?
    """
    plain = getattr(owner, function)

    @functools.wraps(plain)
    def marked(*arguments, **keywords):
        wanted = only is None or only(*arguments, **keywords)
        if wanted and when == "before":
            reached(name)
        answer = plain(*arguments, **keywords)
        if wanted and when == "after":
            reached(name)
        return answer

    setattr(owner, function, marked)
