"""The one door from Odoo to a running playbook: start, look, cancel.

This file and ``supervisor.py`` are the only ones that start or signal processes.
"""

import json
import os
import shlex
import signal
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from . import events, run_dir

LAUNCH_FILE = "launch.json"
START_TIMEOUT = 30  # seconds until the supervisor has to have taken its lock
_ADDON = Path(__file__).resolve().parents[1]


class LaunchError(Exception):
    """The supervisor did not start; the text says why."""


class Launch(NamedTuple):
    """One run: where its files are, what to run, for whom.

    ``hosts`` are those that the playbook writes to (they are locked); ``timeout``
    is in seconds; ``extra_vars`` are the decisions of this one run, never secrets;
    ``inventory`` is ``localhost,`` for playbooks that know no host; ``order`` is the
    same for all attempts of one run.
    """

    run_dir: Path
    project_dir: Path
    playbook: str
    hosts: tuple[str, ...]
    kubeconfig: Path | None
    timeout: int
    extra_vars: dict[str, Any] = {}
    inventory: str = "inventory"
    writes: bool = True
    order: str = ""


def start(launch: Launch, python: str) -> int:
    """Start the supervisor detached and return its process id once it holds its lock.

    :param python: the interpreter of the environment that has ansible-runner
    :raises LaunchError: it could not start; nothing of it is left running then
    """
    run_dir.write_json(launch.run_dir / LAUNCH_FILE, _as_json(launch))
    command = [python, "-E", "-s", "-B", "-m", "tools.supervisor", str(launch.run_dir)]
    try:
        done = subprocess.run(
            command,
            cwd=_ADDON,
            env=_clean_environment(launch, python),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=START_TIMEOUT,
            start_new_session=True,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LaunchError(f"The supervisor did not start: {error}") from error
    if done.returncode or not done.stdout.strip().isdigit():
        reason = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise LaunchError(f"The supervisor did not start: {' '.join(reason)}")
    return int(done.stdout)


def cancel(path: Path) -> bool:
    """Ask the supervisor of a run to stop; return whether there was one to ask."""
    status = run_dir.read_json(path / events.STATUS_FILE)
    if not status or not events.is_alive(path):
        return False
    try:
        os.kill(status["pid"], signal.SIGTERM)
    except ProcessLookupError:
        return False
    return True


def command_line(launch: Launch) -> str:
    """Return the command that does the same by hand, ready to paste."""
    words = [
        "ansible-playbook",
        "-i",
        launch.inventory,
        f"playbooks/{launch.playbook}.yml",
    ]
    if launch.extra_vars:
        words += ["-e", json.dumps(launch.extra_vars)]
    return shlex.join(words)


def _as_json(launch: Launch) -> dict[str, Any]:
    plain = launch._asdict()
    for key in ("run_dir", "project_dir", "kubeconfig"):
        plain[key] = str(plain[key]) if plain[key] else None
    return plain


def _clean_environment(launch: Launch, python: str) -> dict[str, str]:
    """Return an environment without anything of Odoo's, which may hold passwords."""
    scratch = str(launch.run_dir / "tmp")
    environment = {
        "PATH": f"{Path(python).parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "LANG": "C.UTF-8",
        "HOME": scratch,
        "TMPDIR": scratch,
        "ANSIBLE_HOME": f"{scratch}/ansible",
        "ANSIBLE_CONFIG": str(launch.project_dir / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOSTING_RUN": launch.run_dir.name,
        "HOSTING_RUN_ROOT": str(launch.run_dir.parent),
        "HOSTING_ORDER": launch.order or launch.run_dir.name,
    }
    if launch.writes:
        # The next run of one of these hosts finds left-over processes by it.
        environment["HOSTING_LOCKED_HOSTS"] = f" {' '.join(launch.hosts)} "
    if launch.kubeconfig:
        environment["K8S_AUTH_KUBECONFIG"] = str(launch.kubeconfig)
        environment["KUBECONFIG"] = str(launch.kubeconfig)
    return environment
