"""A real Odoo tenant: closed from its first answer, also when its first start is killed."""

import base64
import hashlib
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.tenant import FirstAnswers, Tenant, assert_tenant_is_closed
from tests.lab import gobuild, venv
from tests.lab.paths import CHECKOUT
from tests.rings import environment
from tests.unit.samples import variables
from tools.vars_file import dump_vars

NAME = "closed"
NAMESPACE = f"host-{NAME}"
IMAGES = {"postgres": "lab.local/postgres:15", "odoo": "lab.local/odoo:19"}
SECRETS = ("odoo-db", "odoo-admin", "odoo-master", "postgres-reader")


class Site:
    """One host of the lab, applied by hand as an operator does."""

    def __init__(self, lab: dict[str, Any], folder: Path):
        self.lab = lab
        self.folder = folder
        self.fqdn = f"{NAME}.{lab['domain']}"

    def start_apply(self, state: str = "running") -> subprocess.Popen:
        """Start `ansible-playbook playbooks/apply.yml` with a vars.yml of this state."""
        file = self.folder / "vars.yml"
        file.write_text(dump_vars(self.variables(hosting_state=state)))
        command = [venv.program("ansible-playbook"), "playbooks/apply.yml"]
        return subprocess.Popen(
            [*command, "-i", f"{self.fqdn},", "-e", f"@{file}"],
            cwd=CHECKOUT,
            env=environment() | {"KUBECONFIG": self.lab["kubeconfig"]},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def apply(self, state: str = "running") -> str:
        """Apply to the end and return what Ansible printed."""
        return finish(self.start_apply(state))

    def variables(self, **changes: Any) -> dict[str, Any]:
        """Return the host's vars.yml: the roles' defaults with the lab's images."""
        lab, own = self.lab, {}
        for role, image in IMAGES.items():
            defaults = CHECKOUT / f"roles/{role}/defaults/main.yml"
            own |= yaml.safe_load(defaults.read_text()) | {f"{role}_image": image}
        cluster = {key: lab[key] for key in ("name", "domain", "ingress_class")}
        return variables(
            NAME,
            hosting_host=self.fqdn,
            hosting_cluster=cluster
            | {"address": lab["address"], "issuer": lab["issuer"]},
            hosting_manifests=[self.manifest(role) for role in IMAGES],
            hosting_secrets=[{"name": n, "keys": ["password"]} for n in SECRETS],
            k8s_context=lab["context"],
            **own | changes,
        )

    def manifest(self, role: str) -> dict[str, str]:
        """Return the entry of a shipped manifest, served by the lab."""
        path = f"roles/{role}/templates/k8s_{role}.yaml"
        return {
            "name": role,
            "url": f"{self.lab['manifests_url']}/{path}",
            "sha256": hashlib.sha256((CHECKOUT / path).read_bytes()).hexdigest(),
            "track": "pinned",
        }

    def kubectl(self, *arguments: str, check: bool = True) -> str:
        """Look at the cluster, or do a fault to it, as its administrator."""
        kubeconfig = f"--kubeconfig={self.lab['admin_kubeconfig']}"
        command = [gobuild.program("kubectl"), kubeconfig, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=check)
        return done.stdout

    def password(self, secret: str) -> str:
        """Return a generated password of the host."""
        path = "jsonpath={.data.password}"
        encoded = self.kubectl("-n", NAMESPACE, "get", "secret", secret, "-o", path)
        return base64.b64decode(encoded).decode()

    def databases(self) -> set[str]:
        """Return the names of the databases; none while PostgreSQL does not answer."""
        command = ["-n", NAMESPACE, "exec", "postgres-0", "--", "psql", "-Atc"]
        query = "SELECT datname FROM pg_database WHERE NOT datistemplate"
        return set(self.kubectl(*command, query, check=False).split())

    def pods(self) -> dict[str, str]:
        """Return the uid of each pod by its application's name."""
        found = json.loads(self.kubectl("-n", NAMESPACE, "get", "pods", "-o", "json"))
        return {
            pod["metadata"]["labels"]["app.kubernetes.io/name"]: pod["metadata"]["uid"]
            for pod in found["items"]
        }

    def tenant(self) -> Tenant:
        """Return a stranger's view of the host."""
        return Tenant(self.fqdn, self.lab["address"], self.lab["acme_roots"])


def finish(apply: subprocess.Popen) -> str:
    """Wait for a playbook and return its output; it has to succeed."""
    output, _ = apply.communicate(timeout=300)
    assert apply.returncode == 0, output[-3000:]
    return output


def wait_until(true, seconds: float = 120) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def site(lab: dict[str, Any], tmp_path_factory) -> Iterator[Site]:
    site = Site(lab, tmp_path_factory.mktemp("site"))
    site.kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait")
    yield site
    site.kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false")


@pytest.fixture(scope="module")
def first_answers(site: Site) -> FirstAnswers:
    """Apply while somebody asks all the time, and kill the pod in its first start."""
    asking = FirstAnswers(site.fqdn, site.lab["address"])
    asking.start()
    apply = site.start_apply()
    wait_until(lambda: "odoo_new" in site.databases() or apply.poll() is not None)
    assert "odoo" not in site.databases()
    options = ["-l", "app.kubernetes.io/name=odoo", "--force", "--grace-period=0"]
    site.kubectl("-n", NAMESPACE, "delete", "pod", *options)
    finish(apply)
    wait_until(lambda: len(asking.lists) > 3)
    asking.stop()
    return asking


def test_first_answers_are_refusals(first_answers: FirstAnswers) -> None:
    assert {answer.get("result") for answer in first_answers.logins} == {False}
    names = {answer["error"]["data"]["name"] for answer in first_answers.lists}
    assert names == {"odoo.exceptions.AccessDenied"}


def test_a_killed_first_start_leaves_one_whole_database(site, first_answers) -> None:
    assert site.databases() == {"postgres", "odoo"}


def test_tenant_is_closed_even_with_its_master_password(site, first_answers) -> None:
    lab = site.lab
    master = site.password("odoo-master")
    assert_tenant_is_closed(site.fqdn, lab["address"], lab["acme_roots"], master)


def test_the_secrets_password_logs_in(site: Site, first_answers) -> None:
    assert site.tenant().log_in("admin", site.password("odoo-admin"))
    assert not site.tenant().log_in("admin", site.password("odoo-master"))


def test_reader_reads_all_and_writes_nothing(site: Site, first_answers) -> None:
    def query(sql: str) -> str:
        script = 'PGPASSWORD="$READER_PASSWORD" psql -h 127.0.0.1 -U hosting_reader odoo -Atc "$0"'
        command = ["exec", "postgres-0", "--", "sh", "-c", script, sql]
        return site.kubectl("-n", NAMESPACE, *command, check=False)

    assert query("SELECT login FROM res_users WHERE id = 2") == "admin\n"
    writable = "SET default_transaction_read_only = off;"
    assert "UPDATE" not in query(f"{writable} UPDATE res_users SET login = 'x'")
    assert "CREATE" not in query(f"{writable} CREATE TABLE public.x ()")
    assert query("SELECT login FROM res_users WHERE id = 2") == "admin\n"


@pytest.mark.full
def test_second_apply_changes_nothing(site: Site, first_answers) -> None:
    passwords = [site.password(secret) for secret in SECRETS]
    pods = site.pods()
    assert "changed=0 " in site.apply()
    assert [site.password(secret) for secret in SECRETS] == passwords
    assert site.pods() == pods


@pytest.mark.full
def test_suspended_host_runs_nothing_and_comes_back_whole(site, first_answers) -> None:
    password = site.password("odoo-admin")
    site.apply("suspended")
    wait_until(lambda: site.pods() == {})
    site.apply()
    wait_until(lambda: site.tenant().request("/web/health").status == 200)
    assert site.tenant().log_in("admin", password)
    lab = site.lab
    assert_tenant_is_closed(site.fqdn, lab["address"], lab["acme_roots"])
