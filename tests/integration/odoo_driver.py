"""Drives the test lab's Odoo as an administrator does, through its external API."""

import hashlib
import http.cookiejar
import json
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from tests.lab import catalog, gobuild
from tests.lab.server.client import OdooClient
from tests.lab.server.odoo import OdooServer

WAIT_SECONDS = 240


class Driver:
    """One Odoo with one cluster: creates hosts, presses buttons, waits for runs."""

    def __init__(self, server: OdooServer, lab: dict[str, Any]):
        self.server = server
        self.lab = lab
        self.since = time.time()
        login = (server.url, server.database, "admin", server.admin_password())
        self.client = OdooClient(*login)
        self.catalog = catalog.Catalog(self.client, lab)
        self.catalog.trust_own_manifests()
        self.cluster = self.catalog.cluster()

    def log_in_as(self, group: str) -> OdooClient:
        """Return the calls of another person, who is in one of our groups."""
        call, login = self.client.call, f"a-{group}"
        domain = [
            ("name", "=", f"group_{group}"),
            ("module", "=", "kubernetes_hosting"),
        ]
        data = call("ir.model.data", "search_read", domain, ["res_id"])
        values = {"name": login, "login": login, "password": f"{login}-of-the-lab"}
        values["group_ids"] = [(6, 0, [data[0]["res_id"]])]
        self.client.find_or_create("res.users", [("login", "=", login)], values)
        return OdooClient(
            self.server.url, self.server.database, login, values["password"]
        )

    def manifest(self, name: str, text: str, parameters: dict[str, Any]) -> int:
        """Serve a text at a URL of its own and return its manifest in Odoo."""
        (Path(self.lab["manifests_dir"]) / f"{name}.yaml").write_text(text)
        values = {
            "name": name,
            "url": f"{self.lab['manifests_url']}/test/{name}.yaml",
            "parameter_ids": catalog.parameters(parameters),
        }
        domain = [("name", "=", name)]
        return self.client.find_or_create("kubernetes.manifest", domain, values)

    def project(self, name: str, manifests: list[int]) -> dict[str, int]:
        """Create a project; return its hosts by environment (deployment is queued).

        Namespaces that an earlier test session left under this name go first: they
        belong to that session's database.
        """
        self.forget(name)
        self.catalog.project(name, self.cluster, manifests)
        found = self.client.search("kubernetes.host", ("project_id.name", "=", name))
        hosts = self.client.call("kubernetes.host", "read", found, ["environment"])
        return {host["environment"]: host["id"] for host in hosts}

    def deployed(self, name: str, manifests: list[int]) -> dict[str, int]:
        """Create a project and wait until both hosts answer: one run deploys both."""
        hosts = self.project(name, manifests)
        for host in hosts.values():
            self.wait_for_health(host, "ok")
        return hosts

    def forget(self, name: str) -> None:
        """Delete the namespaces of a project that this Odoo does not know."""
        if self.client.search("kubernetes.project", ("name", "=", name)):
            return
        command = [
            gobuild.program("kubectl"),
            "delete",
            "namespace",
            "--ignore-not-found",
        ]
        command += [f"--kubeconfig={self.lab['admin_kubeconfig']}", "--wait"]
        command += [f"host-{name}", f"host-{name}-stag"]
        subprocess.run(command, check=True, capture_output=True)

    def press(self, button: str, *hosts: int) -> dict[str, Any]:
        """Press a button of hosts and return the run that it made, at its end."""
        self.client.call("kubernetes.host", f"action_{button}", list(hosts))
        return self.last_run(hosts[0])

    def last_run(self, host: int) -> dict[str, Any]:
        """Return the newest run of a host when it has ended, with the host's line."""
        lines = self.wait(
            lambda: self.client.call(
                "kubernetes.run.line",
                "search_read",
                [("host_id", "=", host)],
                ["run_id", "state", "result", "error_class", "error_message"],
                order="id desc",
                limit=1,
            ),
            lambda found: found and found[0]["state"] not in ("queued", "running"),
        )
        line = lines[0]
        run = self.wait(
            lambda: self.client.read("kubernetes.run", line["run_id"][0]),
            lambda found: found["state"] not in ("queued", "running"),
        )
        return run | {"line": line}

    def wait(self, look, until, seconds: float = WAIT_SECONDS) -> Any:
        """Return what ``look`` sees as soon as it satisfies; fail with the last view."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            seen = look()
            if until(seen):
                return seen
            time.sleep(0.5)
        raise AssertionError(f"not so after {seconds} s: {seen}")

    def host(self, host: int, *fields: str) -> dict[str, Any]:
        """Return fields of a host."""
        return self.client.read("kubernetes.host", host, *fields)

    def wait_for_health(
        self, host: int, health: str, seconds: float = WAIT_SECONDS
    ) -> dict[str, Any]:
        """Wait until nothing works on a host and it has this health."""
        fields = [
            "fqdn",
            "health",
            "activity",
            "ladder",
            "error_class",
            "error_message",
        ]
        return self.wait(
            lambda: self.host(host, *fields),
            lambda seen: seen["activity"] == "idle" and seen["health"] == health,
            seconds,
        )

    def download(self, url: str) -> bytes:
        """Return what the administrator's browser downloads from a page's address."""
        jar = http.cookiejar.CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        login = {"login": "admin", "password": self.server.admin_password()}
        body = {"jsonrpc": "2.0", "params": login | {"db": self.server.database}}
        opener.open(
            urllib.request.Request(
                f"{self.server.url}/web/session/authenticate",
                json.dumps(body).encode(),
                {"Content-Type": "application/json"},
            )
        )
        return opener.open(urllib.parse.urljoin(self.server.url, url)).read()

    def export(self, *hosts: int) -> bytes:
        """Return the file of *Action > Export to YAML*."""
        action = self.client.call("kubernetes.host", "action_export_yaml", list(hosts))
        assert action["type"] == "ir.actions.act_url", action
        return self.download(action["url"])


def sha256(text: str) -> str:
    """Return the digest by which a manifest's text is known."""
    return hashlib.sha256(text.encode()).hexdigest()
