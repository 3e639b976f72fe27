"""The ways to write hosts' objects that are compared. Each returns its figures."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.bench import hosts
from tests.bench.measure import Figures, run
from tests.lab import gobuild, venv
from tests.lab.fault_proxy import FaultProxy
from tests.lab.identity import Lab
from tests.lab.paths import CHECKOUT

PLAY = Path(__file__).with_name("one_task.yml")


@dataclass
class Bench:
    """What all ways share: the lab, the proxy before it, a folder, this round's values."""

    lab: Lab
    proxy: FaultProxy
    folder: Path
    count: int
    greeting: str
    documents: int = 8

    @property
    def administrator(self) -> Path:
        """Return a kubeconfig that may write in all namespaces, as other tools need it."""
        return self.proxy.kubeconfig_like(self.lab.admin_kubeconfig)

    def environment(self) -> dict[str, str]:
        """Return a clean environment with a home that keeps kubectl's caches."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        told = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
        told |= {"TMPDIR": str(home), "ANSIBLE_LOCAL_TEMP": str(home)}
        told |= {"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json", "ANSIBLE_FORKS": "10"}
        return told | {"K8S_AUTH_KUBECONFIG": str(self.proxy.kubeconfig)}

    def objects(self, number: int) -> list[dict]:
        """Return one host's objects."""
        return hosts.objects(self.lab, number, self.greeting, self.documents)

    def file(self, name: str, objects: list[dict]) -> Path:
        """Write objects as a file that kubectl reads."""
        path = self.folder / f"{name}.json"
        body = {"apiVersion": "v1", "kind": "List", "items": objects}
        path.write_text(json.dumps(body))
        return path


def kubectl_each(bench: Bench) -> Figures:
    """``kubectl apply --server-side``, a host at a time."""
    files = [
        bench.file(f"host-{number}", bench.objects(number))
        for number in range(bench.count)
    ]
    return _sum([_kubectl(bench, file) for file in files])


def kubectl_all(bench: Bench) -> Figures:
    """The same command once, with all hosts' objects."""
    everything = [obj for number in range(bench.count) for obj in bench.objects(number)]
    return _kubectl(bench, bench.file("all", everything))


def one_connection(bench: Bench) -> Figures:
    """One PATCH after another over one kept connection, by Python's own HTTP client."""
    everything = [obj for number in range(bench.count) for obj in bench.objects(number)]
    file = bench.file("all", everything)
    command = [sys.executable, "-m", "tests.bench.raw", bench.administrator, file]
    return run(command, bench.environment() | {"PYTHONPATH": str(CHECKOUT)})


def one_task(bench: Bench) -> Figures:
    """A play with one ``kubernetes.core.k8s`` task for each host."""
    for number in range(bench.count):
        bench.file(f"objects-{number}", bench.objects(number))
    names = ",".join(str(number) for number in range(bench.count)) + ","
    command = [venv.program("ansible-playbook"), PLAY, "-i", names]
    command += ["-e", f"folder={bench.folder}"]
    told = {"K8S_AUTH_KUBECONFIG": str(bench.administrator)}
    return run(command, bench.environment() | told)


def apply_playbook(bench: Bench) -> Figures:
    """``playbooks/apply.yml`` as Odoo starts it, without the wait for pods and names."""
    folder = bench.folder / f"run-{bench.count}-{bench.documents}"
    hosts.write(folder, bench.lab, bench.count, bench.greeting, bench.documents)
    command = [venv.program("ansible-playbook"), "playbooks/apply.yml"]
    command += ["-i", folder / "inventory", "--skip-tags", "host_ingress"]
    return run(command, bench.environment())


WAYS: dict[str, Callable[[Bench], Figures]] = {
    "kubectl, a host at a time": kubectl_each,
    "kubectl, all at once": kubectl_all,
    "one connection": one_connection,
    "one k8s task": one_task,
    "apply.yml": apply_playbook,
}


def seconds_of(figures: Figures, task: str) -> float:
    """Return how long a task took, from the JSON that ansible-playbook printed."""
    told = json.loads(figures.output[figures.output.index("{") :])
    for play in told["plays"]:
        for row in play["tasks"]:
            if row["task"]["name"].endswith(task):
                start, end = (
                    datetime.fromisoformat(
                        row["task"]["duration"][key].replace("Z", "+00:00")
                    )
                    for key in ("start", "end")
                )
                return (end - start).total_seconds()
    raise LookupError(task)


def _kubectl(bench: Bench, file: Path) -> Figures:
    command = [gobuild.program("kubectl"), f"--kubeconfig={bench.administrator}"]
    command += [
        "apply",
        "--server-side",
        "--field-manager=hosting",
        "--force-conflicts",
    ]
    return run([*command, "-f", file], bench.environment())


def _sum(found: list[Figures]) -> Figures:
    return Figures(
        sum(figures.wall for figures in found),
        sum(figures.cpu for figures in found),
        max(figures.memory for figures in found),
    )
