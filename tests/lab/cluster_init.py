"""The first process of a lab's namespaces: mounts, network, then the components.

Started as ``unshare --net --mount --pid --fork python -m tests.lab.cluster_init
PURPOSE STATE``. Its end ends everything in the namespaces.
"""

import contextlib
import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from .components import API, NOTHING, OBJECTS, Component, all_components
from .configuration import SERVICES
from .credentials import write_private
from .gobuild import program_path
from .identity import Lab
from .private_mounts import mount_all

INSIDE = "lab0"
_TICK = 0.1
_GRACE = 5
_SHIM = "containerd-shim"  # the kernel keeps 15 characters


def main() -> None:
    """Run the lab that the command line names until SIGTERM."""
    lab = Lab(sys.argv[1])
    # As process 1 of its namespace it gets only signals that it has a handler for.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    mount_all(lab)
    _join_network(lab)
    supervisor = Supervisor(lab)
    try:
        supervisor.run()
    finally:
        supervisor.end()


def components_file(lab: Lab) -> Path:
    """Return the file that tells each component's pid (inside) and restarts."""
    return lab.state / "components.json"


def installed_file(lab: Lab) -> Path:
    """Return the file that stands once the administrator's objects are installed."""
    return lab.state / "installed"


class Supervisor:
    """Start the components in order, start again what dies, reap what is orphaned."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.waiting = all_components(lab)
        self.running: dict[int, Component] = {}
        self.restarts = {component.name: 0 for component in self.waiting}
        self.due: list[tuple[float, Component]] = []

    def run(self) -> None:
        """Supervise for ever."""
        self._start_waiting({NOTHING})
        while True:
            self._reap()
            if self.waiting and api_ready(self.lab):
                installed = installed_file(self.lab).exists()
                self._start_waiting({API, OBJECTS} if installed else {API})
            self._start_due()
            time.sleep(_TICK)

    def end(self) -> None:
        """End all processes of the namespace, the pods' ones in their own way.

        The components go at once: they survive that, etcd by its log, and the kubelet
        would only start the pods again.
        """
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for pid in self.running:
            os.kill(pid, signal.SIGKILL)
        _signal_all(signal.SIGTERM)
        limit = time.monotonic() + _GRACE
        while time.monotonic() < limit and _anyone_left():
            time.sleep(_TICK)

    def _start_waiting(self, there: set[str]) -> None:
        for component in [c for c in self.waiting if c.needs in there]:
            self.waiting.remove(component)
            self._start(component)

    def _start_due(self) -> None:
        now = time.monotonic()
        for moment, component in [d for d in self.due if d[0] <= now]:
            self.due.remove((moment, component))
            self._start(component)

    def _start(self, component: Component) -> None:
        with (self.lab.logs / f"{component.name}.log").open("ab") as log:
            process = subprocess.Popen(
                [str(word) for word in component.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=_environment() | component.environment,
            )
        # Reaped by _reap, not by the Popen object.
        process.returncode = 0
        self.running[process.pid] = component
        self._tell()

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            self._ended(pid, status)

    def _ended(self, pid: int, status: int) -> None:
        component = self.running.pop(pid, None)
        if component is None:
            return
        code = os.waitstatus_to_exitcode(status)
        print(f"{time.strftime('%H:%M:%S')} {component.name} ended: {code}", flush=True)
        self.restarts[component.name] += 1
        if component.restart:
            self.due.append((time.monotonic() + 1, component))
        self._tell()

    def _tell(self) -> None:
        pids = {component.name: pid for pid, component in self.running.items()}
        told = {
            name: {"pid": pids.get(name), "restarts": count}
            for name, count in self.restarts.items()
        }
        write_private(components_file(self.lab), json.dumps(told, indent=1))


def api_ready(lab: Lab, seconds: float = 1) -> bool:
    """Tell whether the API server says that it is ready."""
    context = ssl.create_default_context(cafile=str(lab.ca))
    try:
        with urllib.request.urlopen(
            f"{lab.api}/readyz", timeout=seconds, context=context
        ) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _join_network(lab: Lab) -> None:
    """Wait for the host to put its veth peer here, then set the cluster's address."""
    limit = time.monotonic() + 30
    while subprocess.run(
        ["ip", "link", "show", INSIDE], capture_output=True
    ).returncode:
        if time.monotonic() > limit:
            sys.exit(f"No interface {INSIDE} came: was `up` interrupted?")
        time.sleep(0.05)
    for command in (
        ["link", "set", "lo", "up"],
        ["address", "add", f"{lab.address}/30", "dev", INSIDE],
        ["link", "set", INSIDE, "up"],
        # There is no way out; only Services need a route (kube-proxy changes the rest).
        ["route", "add", SERVICES, "via", lab.host_address],
    ):
        subprocess.run(["ip", *command], check=True)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def _environment() -> dict[str, str]:
    """Return a small environment: proxies and tokens of the caller stay outside."""
    return {"PATH": program_path(), "HOME": "/run", "TMPDIR": "/run"}


def _signal_all(number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, number)


def _anyone_left() -> bool:
    """Reap, and tell whether others than this process and idle shims are left."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            name = (entry / "comm").read_text().strip()
            if entry.name != "1" and name != _SHIM:
                return True
    return False


if __name__ == "__main__":
    main()
