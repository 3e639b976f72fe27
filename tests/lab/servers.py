"""The lab's servers on the host's side: manifests over https, and a sink for mail."""

import sys

from . import processes, venv
from .identity import Lab

_PROGRAMS = {processes.MANIFESTS: "manifest server", processes.SMTP: "SMTP sink"}


def start(lab: Lab) -> None:
    """Start those that do not run; the lab's address has to be there."""
    for name in ("logs", "manifests", "mail"):
        (lab.state / name).mkdir(mode=0o711, parents=True, exist_ok=True)
    if not processes.find(lab, processes.MANIFESTS):
        processes.start(lab, processes.MANIFESTS, [], sys.executable)
    if not processes.find(lab, processes.SMTP):
        processes.start(lab, processes.SMTP, [], str(venv.program("python")))


def missing(lab: Lab) -> list[str]:
    """Return the names of those that do not run."""
    return [what for m, what in _PROGRAMS.items() if not processes.find(lab, m)]
