"""The web role beside Odoo and PostgreSQL: in a play of its own, and from Odoo."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.integration.tenant import Tenant
from tests.lab import venv
from tests.lab.kube import kubectl_with
from tests.lab.paths import CHECKOUT

pytestmark = pytest.mark.full

ROLE = CHECKOUT / "roles/web"
NAMESPACE = "host-life-web"
PAGE = "<h1>One page</h1>\n"
VALUES = yaml.safe_load((ROLE / "defaults/main.yml").read_text()) | {
    "web_image": "lab.local/web:1",
    "web_root": "/www",
    "web_page": PAGE,
}


@pytest.fixture
def kubectl(lab):
    """Return kubectl as administrator; the namespace of the play is gone before and after."""

    def call(*words):
        return kubectl_with(Path(lab["admin_kubeconfig"]), *words)

    gone = ["delete", "namespace", NAMESPACE, "--ignore-not-found"]
    call(*gone)
    yield call
    call(*gone, "--wait=false")


def _play(lab, tmp_path, *words):
    variables = VALUES | {
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "k8s_namespace": NAMESPACE,
        "hosting_host": f"life-web.{lab['domain']}",
        "hosting_domains": [],
        "hosting_state": "running",
        "hosting_cluster": {"ingress_class": lab["ingress_class"]},
    }
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "roles": [{"role": "web", "vars": variables}],
    }
    (tmp_path / "play.yml").write_text(json.dumps([play]))
    environment = os.environ | {
        "ANSIBLE_ROLES_PATH": str(CHECKOUT / "roles"),
        "K8S_AUTH_KUBECONFIG": lab["admin_kubeconfig"],
        "TMPDIR": str(tmp_path),
    }
    command = [
        venv.program("ansible-playbook"),
        "-i",
        "localhost,",
        tmp_path / "play.yml",
    ]
    done = subprocess.run(
        [*command, *words], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


def test_the_role_applies_in_a_play_of_its_own(lab, kubectl, tmp_path):
    told = _play(lab, tmp_path, "--check")
    assert f"Would create the web site in the new namespace {NAMESPACE}" in told
    kubectl("create", "namespace", NAMESPACE)
    assert "changed=1 " in _play(lab, tmp_path)
    kubectl("rollout", "status", "deployment/web", "-n", NAMESPACE, "--timeout=120s")
    assert "changed=0 " in _play(lab, tmp_path)


def test_the_site_is_deployed_from_odoo(driver, lab):
    text = (ROLE / "templates/k8s_web.yaml").read_text()
    manifest = driver.manifest("site", text, VALUES)
    hosts = driver.project("site", [manifest])
    for host in hosts.values():
        seen = driver.wait_for_health(host, "ok")
        assert {step["state"] for step in seen["ladder"]} <= {"ok", "skipped"}, seen
        answer = Tenant(seen["fqdn"], lab["address"], lab["acme_roots"]).request("/")
        assert (answer.status, answer.text) == (200, PAGE)
