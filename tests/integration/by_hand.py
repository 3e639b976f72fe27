"""Runs playbooks as an operator does: ansible-playbook with a vars.yml, no Odoo."""

import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.light import MANIFEST, PARAMETERS
from tests.lab import venv
from tests.lab.kube import kubectl_with
from tests.lab.paths import CHECKOUT
from tools.vars_file import dump_vars

# For what is decided before anybody waits for pods.
QUICK = ("--skip-tags", "host_ingress")


@dataclass
class Outcome:
    """What one run left: exit code, published results, tasks that changed, its output."""

    code: int
    stats: dict[str, Any]
    changed: int
    output: str
    host: str

    @property
    def result(self) -> dict[str, Any]:
        """Return the host's ``hosting_result``."""
        return self.stats["hosting_result"][self.host]

    @property
    def error(self) -> dict[str, Any]:
        """Return the host's error; fail if it has none."""
        assert self.code != 0 and self.result["ok"] is False, self.output[-2000:]
        return self.result["error"]

    def actions(self, *kinds: str) -> dict[str, str]:
        """Return what was done with each object of some kinds: ``Kind/name`` -> action."""
        rows = self.result["objects"]
        found = {f"{row['kind']}/{row['name']}": row["action"] for row in rows}
        return {
            key: action for key, action in found.items() if key.split("/")[0] in kinds
        }


class Hand:
    """One host in a directory of its own."""

    def __init__(
        self, lab: dict[str, Any], directory: Path, name: str, text: str = MANIFEST
    ):
        self.lab = lab
        self.directory = directory
        self.host = f"{name}.{lab['domain']}"
        self.namespace = f"host-{name}"
        self.variables = _variables(lab, name)
        self.mistake: Callable[[str], str] = (
            str  # what an operator's editor does to the file
        )
        (directory / "tmp").mkdir(parents=True)
        self.set_text(text)

    def set_text(self, text: str, **changes: Any) -> str:
        """Publish a manifest text and want exactly it; return its sha256."""
        sha256 = self.publish(text)
        path = f"{self.lab['manifests_url']}/test/{self.namespace}.yaml"
        entry = {"name": "web", "url": path, "sha256": sha256, "track": "latest"}
        self.variables["hosting_manifests"] = [entry | changes]
        return sha256

    def publish(self, text: str) -> str:
        """Serve a text at the host's URL; return its sha256."""
        (Path(self.lab["manifests_dir"]) / f"{self.namespace}.yaml").write_text(text)
        return hashlib.sha256(text.encode()).hexdigest()

    def run(
        self,
        playbook: str,
        *words: str,
        host: str = "",
        kubeconfig: str = "",
        **flags: Any,
    ):
        """Run a playbook with this host's vars.yml; flags are decisions of the run."""
        path = self.directory / "vars.yml"
        path.write_text(self.mistake(dump_vars(self.variables)))
        inventory = ["-i", f"{host or self.host},", "-e", f"@{path}"]
        decisions = ["-e", json.dumps(flags)] if flags else []
        command = [playbook, *inventory, *decisions, *words]
        return ansible(
            self, command, kubeconfig or self.lab["kubeconfig"], host or self.host
        )


def ansible(hand: Hand, words: list[str], kubeconfig: str, host: str) -> Outcome:
    """Run ansible-playbook in the checkout and read its JSON output."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(hand.directory),
        "TMPDIR": str(hand.directory / "tmp"),
        "LANG": "C.UTF-8",
        "K8S_AUTH_KUBECONFIG": kubeconfig,
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_SHOW_CUSTOM_STATS": "true",
        "ANSIBLE_LOCAL_TEMP": str(hand.directory / "tmp"),
    }
    command = [
        str(venv.program("ansible-playbook")),
        f"playbooks/{words[0]}.yml",
        *words[1:],
    ]
    done = subprocess.run(
        command,
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    output = done.stdout + done.stderr
    start = done.stdout.find("{")
    assert start >= 0, output[-3000:]
    told = json.loads(done.stdout[start:])
    changed = sum(row["changed"] for row in told["stats"].values())
    return Outcome(
        done.returncode, told.get("global_custom_stats") or {}, changed, output, host
    )


def _variables(lab: dict[str, Any], name: str) -> dict[str, Any]:
    keys = ("name", "domain", "ingress_class", "address", "issuer")
    return {
        "hosting_schema": 1,
        "hosting_host": f"{name}.{lab['domain']}",
        "hosting_project": name,
        "hosting_environment": "production",
        "hosting_state": "running",
        "hosting_owner": "tests-by-hand",
        "hosting_domains": [],
        "hosting_quota": {"cpu": "1", "memory": "1Gi", "storage": "5Gi", "pods": 10},
        "hosting_cluster": {key: lab[key] for key in keys},
        "hosting_manifests": [],
        "hosting_secrets": [{"name": "web-admin", "keys": ["password"]}],
        "k8s_namespace": f"host-{name}",
        "k8s_context": lab["context"],
    } | PARAMETERS


class Looker:
    """kubectl as administrator: looks, and plays the part of somebody else."""

    def __init__(self, lab):
        self.kubeconfig = Path(lab["admin_kubeconfig"])

    def __call__(self, *words, text=None):
        return kubectl_with(self.kubeconfig, *words, text=text)

    def get(self, hand, kind, name):
        """Return an object of a host as a dict."""
        return json.loads(self("get", kind, name, "-n", hand.namespace, "-o", "json"))

    def names(self, hand, kind):
        """Return the names of a kind's objects in a host's namespace."""
        text = self(
            "get",
            kind,
            "-n",
            hand.namespace,
            "-o",
            "jsonpath={.items[*].metadata.name}",
        )
        return set(text.split())
