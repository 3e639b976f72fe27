"""A real production and its staging, run by hand: what is in them, and what was done to them."""

import base64
import hashlib
import json
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import yaml

from tests.integration.by_hand import Hand
from tests.integration.tenant import DATABASE, Tenant
from tests.lab import gobuild
from tests.lab.paths import CHECKOUT

IMAGES = {"postgres": "lab.local/postgres:15", "odoo": "lab.local/odoo:19"}
SECRETS = ("odoo-db", "odoo-admin", "odoo-master", "postgres-reader")
JOBS = "roles/odoo/templates/k8s_odoo_jobs.yaml"


class OdooHost(Hand):
    """One Odoo host of a project, with the shipped manifests and their Jobs."""

    def __init__(self, lab: dict[str, Any], directory: Path, project: str, **changes):
        staging = changes.get("hosting_environment") == "staging"
        label = f"{project}-stag" if staging else project
        super().__init__(lab, directory, label)
        for role, image in IMAGES.items():
            defaults = CHECKOUT / f"roles/{role}/defaults/main.yml"
            self.variables |= yaml.safe_load(defaults.read_text())
            self.variables[f"{role}_image"] = image
        quota = {"cpu": "2", "memory": "4Gi", "storage": "30Gi", "pods": 20}
        self.variables |= {
            "hosting_project": project,
            "hosting_quota": quota,
            "hosting_manifests": [
                entry(lab, f"roles/{role}/templates/k8s_{role}.yaml") for role in IMAGES
            ],
            "hosting_jobs": [entry(lab, JOBS) | {"purpose": "reset"}],
            "hosting_secrets": [{"name": n, "keys": ["password"]} for n in SECRETS],
        }
        self.variables |= changes
        self.tenant = Tenant(self.host, lab["address"], lab["acme_roots"])

    def set_jobs(self, old: str = "", new: str = "") -> None:
        """Serve the Jobs' manifest with one text in place of another."""
        text = (CHECKOUT / JOBS).read_text()
        assert not old or text.count(old), old
        sha256 = self.publish(text.replace(old, new) if old else text)
        url = f"{self.lab['manifests_url']}/test/{self.namespace}.yaml"
        self.variables["hosting_jobs"] = [
            {"name": "jobs", "url": url, "sha256": sha256}
            | {"track": "pinned", "purpose": "reset"}
        ]

    def kubectl(self, *words: str, check: bool = True) -> str:
        """Look at the host's namespace as the cluster's administrator."""
        options = [f"--kubeconfig={self.lab['admin_kubeconfig']}", "-n", self.namespace]
        command = [gobuild.program("kubectl"), *options, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=check)
        return done.stdout if check else done.stdout + done.stderr

    def sql(self, query: str, database: str = DATABASE) -> str:
        """Ask the database server as its superuser."""
        words = ["exec", "postgres-0", "--", "psql", "-XAtc", query, database]
        return self.kubectl(*words).strip()

    def secret(self, name: str, key: str = "password") -> str:
        """Return one value of a Secret."""
        path = f"jsonpath={{.data.{key}}}"
        return base64.b64decode(
            self.kubectl("get", "secret", name, "-o", path)
        ).decode()

    def call(self, model: str, method: str, *words: Any, **options: Any) -> Any:
        """Call a method of the tenant's Odoo as its administrator."""
        password = self.secret("odoo-admin")
        answer = self.tenant.json_rpc("common", "login", [DATABASE, "admin", password])
        arguments = [
            DATABASE,
            answer["result"],
            password,
            model,
            method,
            words,
            options,
        ]
        answer = self.tenant.json_rpc("object", "execute_kw", arguments)
        assert "error" not in answer, answer["error"]["data"]["message"]
        return answer.get("result")

    def files(self) -> set[str]:
        """Return every file of the store with size and time; its collector's notes are none."""
        find = "find . -path ./checklist -prune -o -type f -printf '%p %s %T@\\n'"
        script = f"cd /var/lib/odoo/filestore/odoo/ && {find}"
        words = ["exec", "deploy/odoo", "-c", "odoo", "--", "sh", "-c", script]
        return set(self.kubectl(*words).splitlines())

    def restarts(self) -> int:
        """Return how often containers of the host were restarted."""
        pods = self._workload_pods()
        rows = [row for pod in pods for row in pod["status"]["containerStatuses"]]
        return sum(row["restartCount"] for row in rows)

    def pods(self) -> set[str]:
        """Return the uids of the workloads' pods."""
        pods = self._workload_pods()
        return {pod["metadata"]["uid"] for pod in pods}

    def _workload_pods(self) -> list[dict]:
        """Return the pods that no Job made."""
        selector = ["-l", "!batch.kubernetes.io/job-name", "-o", "json"]
        return json.loads(self.kubectl("get", "pods", *selector))["items"]

    def traces(self) -> list[str]:
        """Return what is there of Jobs, tokens and policies that belong to one run alone."""
        selector = ["-l", "hosting.mint-cloud.ch/job", "-o", "name"]
        return self.kubectl("get", "jobs,secrets,networkpolicies", *selector).split()

    def statements(self) -> list[str]:
        """Return the statements that the reading role ran, from the server's log."""
        log = self.kubectl("logs", "postgres-0")
        found = [line.partition("statement:")[2] for line in log.splitlines()]
        return [statement.strip() for statement in found if statement]

    def delete(self) -> None:
        """Delete the host without waiting."""
        words = ["delete", "namespace", self.namespace]
        self.kubectl(*words, "--ignore-not-found", "--wait=false")


def entry(lab: dict[str, Any], path: str) -> dict[str, str]:
    """Return the entry of a file of this checkout, served by the lab."""
    return {
        "name": Path(path).stem.removeprefix("k8s_").replace("_", "-"),
        "url": f"{lab['manifests_url']}/{path}",
        "sha256": hashlib.sha256((CHECKOUT / path).read_bytes()).hexdigest(),
        "track": "pinned",
    }


class Visitors(threading.Thread):
    """Asks a host all the time and keeps what was not answered by 200."""

    def __init__(self, tenant: Tenant):
        super().__init__(daemon=True)
        self.tenant = tenant
        self.asked = 0
        self.failures: list[str] = []
        self.over = threading.Event()

    def run(self) -> None:
        """Ask until stopped."""
        while not self.over.wait(0.3):
            self.asked += 1
            try:
                status = self.tenant.request("/web/health?db_server_status=1").status
                self.failures += [str(status)] if status != 200 else []
            except OSError as error:
                self.failures.append(repr(error))

    def __enter__(self) -> "Visitors":
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.over.set()
        self.join(60)


def wait_until(true, seconds: float = 120) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        time.sleep(0.5)
