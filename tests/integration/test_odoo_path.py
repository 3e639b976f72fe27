"""Odoo and the shell do the same: one host through both, on the real API server."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.audit import BOOTSTRAPPER, AuditLog
from tests.integration.light import MANIFEST, PARAMETERS
from tests.lab import gobuild, venv
from tests.lab.paths import CHECKOUT
from tests.lab.server.client import OdooError
from tests.rings import environment

NAME = "parity"
VOLATILE = {
    "resourceVersion",
    "managedFields",
    "generation",
    "uid",
    "creationTimestamp",
}
KINDS = (
    "configmaps,services,deployments,ingresses,resourcequotas,limitranges,"
    "networkpolicies,serviceaccounts,rolebindings"
)


@pytest.fixture(scope="module")
def hosts(driver) -> dict[str, int]:
    """Two hosts of one project, created active in Odoo: their deployment is queued."""
    manifest = driver.manifest("light", MANIFEST, PARAMETERS)
    return driver.project(NAME, [manifest])


def test_creating_a_host_deploys_it_until_its_ladder_is_green(driver, hosts):
    for host in hosts.values():
        seen = driver.wait_for_health(host, "ok")
        steps = {step["step"]: step["state"] for step in seen["ladder"]}
        assert set(steps) == {
            "dns",
            "ingress",
            "address",
            "certificate",
            "http",
            "health",
        }
        assert set(steps.values()) <= {"ok", "skipped"}, steps
    run = driver.last_run(hosts["production"])
    assert run["state"] == "done"
    assert driver.last_run(hosts["staging"])["id"] == run["id"], (
        "one run for both hosts"
    )


def test_shell_and_odoo_do_the_same(driver, hosts, lab, tmp_path):
    before = objects(lab, f"host-{NAME}")
    assert len(before) > 8
    (tmp_path / "vars.yml").write_bytes(driver.export(hosts["production"]))
    done = playbook(
        lab, "apply", "-i", f"{NAME}.{lab['domain']},", "-e", f"@{tmp_path}/vars.yml"
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "changed=0 " in done.stdout, done.stdout[-3000:]
    by_hand = objects(lab, f"host-{NAME}")
    again = driver.press("apply", hosts["production"])
    assert again["line"]["result"]["changed"] == 0, again["line"]["result"]
    assert before == by_hand == objects(lab, f"host-{NAME}")


def test_the_runs_copyable_command_runs_as_shown(driver, hosts, lab):
    run = driver.press("check_status", hosts["production"])
    folder = Path(driver.server.state) / "runs" / run["uuid"]
    words = run["command"].replace("-i inventory", f"-i {folder}/inventory")
    done = subprocess.run(
        words,
        shell=True,
        cwd=CHECKOUT,
        env=environment() | {"KUBECONFIG": lab["kubeconfig"]},
        capture_output=True,
        text=True,
    )
    assert run["command"].startswith(
        "ansible-playbook -i inventory playbooks/status.yml"
    )
    assert done.returncode == 0 and "changed=0 " in done.stdout, done.stdout[-3000:]


def test_production_and_staging_leave_each_other_alone(driver, hosts, lab):
    for host in (hosts["production"], hosts["staging"]):
        run = driver.press("apply", host)
        result = run["line"]["result"]
        assert (run["state"], result["changed"], result["pruned"]) == ("done", 0, [])
    for host in hosts.values():
        driver.wait_for_health(host, "ok")


def test_every_call_was_the_bootstrappers_or_the_deployers(driver, hosts, lab):
    log = AuditLog(lab["audit_log"])
    run = driver.press("apply", hosts["production"])
    namespace = f"host-{NAME}"
    deployer = f"system:serviceaccount:{namespace}:hosting-deployer"
    assert run["state"] == "done"
    assert log.identities(namespace) == {BOOTSTRAPPER, f"{BOOTSTRAPPER} as {deployer}"}
    # kubectl is a person's; what the run sends comes from Ansible's Python client.
    ansible = [call for call in log.calls() if "kubectl" not in call["userAgent"]]
    assert "admin" not in {call["user"]["username"] for call in ansible}


def test_many_who_press_apply_at_once_get_one_run(driver, hosts):
    host = hosts["production"]
    before = driver.client.search("kubernetes.run", ("playbook", "=", "apply"))

    clients = [driver.client, driver.log_in_as("operator")]

    def press(number) -> str:
        try:
            clients[number % 2].call("kubernetes.host", "action_apply", [host])
        except OdooError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(press, range(8)))
    after = driver.client.search("kubernetes.run", ("playbook", "=", "apply"))
    assert len(after) - len(before) == 1
    assert answers.count("") == 1, answers
    assert driver.last_run(host)["state"] == "done"


def test_no_token_lies_in_a_run_directory(driver, hosts, lab):
    tokens = [
        line.split(",")[0].strip('"')
        for line in (Path(driver.server.state) / "tokens.csv").read_text().splitlines()
    ]
    assert len(tokens) > 2
    files = [
        file for file in Path(driver.server.state, "runs").rglob("*") if file.is_file()
    ]
    assert len(files) > 20
    for file in files:
        content = file.read_bytes().decode(errors="replace")
        assert not [token for token in tokens if token in content], file
        assert file.stat().st_mode & 0o077 == 0, file


def playbook(lab: dict, name: str, *arguments: str) -> subprocess.CompletedProcess:
    """Run a playbook as an operator does, with the bootstrapper's kubeconfig."""
    command = [venv.program("ansible-playbook"), f"playbooks/{name}.yml", *arguments]
    return subprocess.run(
        command,
        cwd=CHECKOUT,
        env=environment() | {"KUBECONFIG": lab["kubeconfig"]},
        capture_output=True,
        text=True,
        check=False,
    )


def objects(lab: dict, namespace: str) -> dict[str, dict]:
    """Return a namespace's objects by kind and name, without what every write changes."""
    command = [gobuild.program("kubectl"), f"--kubeconfig={lab['admin_kubeconfig']}"]
    command += ["-n", namespace, "get", KINDS, "-o", "json"]
    items = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    found = {}
    for item in items["items"]:
        for key in VOLATILE:
            item["metadata"].pop(key, None)
        item.pop("status", None)
        found[f"{item['kind']}/{item['metadata']['name']}"] = item
    return found
