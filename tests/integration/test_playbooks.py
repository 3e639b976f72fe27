"""Apply and status by hand against the real API server of the lab."""

import base64
import shutil
import threading
from contextlib import contextmanager

import pytest

from tests.integration.audit import BOOTSTRAPPER, AuditLog
from tests.integration.by_hand import QUICK, ansible
from tests.integration.light import EXTRA, MANIFEST
from tests.lab.rest import Api
from tools.run_dir import HostFiles, write_inventory


@pytest.fixture(scope="module")
def applied(lab, look, make):
    """Return a host that was applied once, its outcome and the log of that run."""
    look("delete", "namespace", "host-hand", "--ignore-not-found")
    hand = make("hand", MANIFEST + EXTRA)
    log = AuditLog(lab["audit_log"])
    outcome = hand.run("apply")
    return hand, outcome, log.calls(hand.namespace)


def _password(look, hand):
    return base64.b64decode(
        look.get(hand, "secret", "web-admin")["data"]["password"]
    ).decode()


def test_apply_makes_a_host_that_answers(applied, lab):
    """From an empty cluster to six green steps, every object created."""
    hand, outcome, _ = applied
    assert outcome.code == 0, outcome.output[-3000:]
    result = outcome.result
    assert (result["ok"], result["error"], result["playbook"]) == (True, None, "apply")
    assert {step["state"] for step in result["ingress"]["steps"]} == {"ok"}
    assert len(result["ingress"]["steps"]) == 6
    assert result["ingress"]["url"] == f"https://{hand.host}"
    done = outcome.actions(
        "Namespace", "Deployment", "Ingress", "NetworkPolicy", "ConfigMap"
    )
    assert set(done.values()) == {"created"}
    assert "Deployment/web" in done and f"Namespace/{hand.namespace}" in done
    assert result["manifests"] == [
        {"name": "web", "sha256": hand.variables["hosting_manifests"][0]["sha256"]}
    ]


def test_every_call_came_from_the_two_identities(applied):
    """The bootstrapper itself, or the bootstrapper as the host's own deployer."""
    hand, _, calls = applied
    deployer = f"system:serviceaccount:{hand.namespace}:hosting-deployer"
    assert len(calls) > 30
    for call in calls:
        if call["user"]["username"] == BOOTSTRAPPER:
            acting_as = call.get("impersonatedUser", {}).get("username")
            assert acting_as in (None, deployer)
            if call["objectRef"]["resource"] in (
                "secrets",
                "configmaps",
                "deployments",
            ):
                assert acting_as == deployer
    ours = [call for call in calls if call["user"]["username"] == BOOTSTRAPPER]
    assert {call["verb"] for call in ours} >= {"get", "patch", "create"}


def test_the_secret_is_random_and_stands_in_no_output(applied, look):
    """Nobody but the cluster knows it."""
    hand, outcome, _ = applied
    password = _password(look, hand)
    assert len(password) == 32
    assert password not in outcome.output
    assert base64.b64encode(password.encode()).decode() not in outcome.output
    for path in hand.directory.rglob("*"):
        assert not path.is_file() or password not in path.read_text(errors="replace")


def test_a_second_run_changes_nothing(applied, look):
    """Neither in the cluster nor in what it says; the secret stays, the lease is free."""
    hand, _, _ = applied
    password = _password(look, hand)
    outcome = hand.run("apply")
    assert (outcome.code, outcome.changed) == (0, 0), outcome.output[-3000:]
    assert outcome.result["changed"] == 0
    assert set(outcome.actions("Namespace", "Deployment", "ConfigMap").values()) == {
        "unchanged"
    }
    assert outcome.result["pruned"] == []
    assert _password(look, hand) == password
    assert look.names(hand, "lease") == set()


@contextmanager
def busy_controllers(lab, namespace):
    """Write status as fast as a busy controller; yields the number of writes so far."""
    api, ended, written = Api(lab["admin_kubeconfig"]), threading.Event(), []
    base = f"/apis/apps/v1/namespaces/{namespace}"

    def work():
        while not ended.wait(0.02):
            condition = {
                "type": "Tested",
                "status": "True",
                "reason": f"N{len(written)}",
            }
            change = {"status": {"conditions": [condition]}}
            path = f"{base}/deployments/web/status"
            written.append(
                api.call("PATCH", path, change, kind="application/merge-patch+json")[0]
            )

    thread = threading.Thread(target=work)
    thread.start()
    yield written
    ended.set()
    thread.join()


@pytest.mark.full
def test_a_second_run_changes_nothing_while_controllers_write_status(applied, lab):
    """Only what the manifests say counts as a change."""
    hand, _, _ = applied
    with busy_controllers(lab, hand.namespace) as written:
        outcomes = [hand.run("apply", *QUICK) for _ in range(2)]
    assert len(written) > 100 and set(written) == {200}
    for outcome in outcomes:
        assert (outcome.code, outcome.changed) == (0, 0), outcome.output[-3000:]
        assert outcome.result["changed"] == 0


def test_status_writes_nothing(applied, lab):
    """The same ladder; the API server saw only reads."""
    hand, _, _ = applied
    log = AuditLog(lab["audit_log"])
    outcome = hand.run("status")
    assert outcome.code == 0
    assert {step["state"] for step in outcome.result["ingress"]["steps"]} == {"ok"}
    wanted = hand.variables["hosting_manifests"][0]["sha256"]
    assert outcome.result["manifests"] == [{"name": "web", "sha256": wanted}]
    calls = [
        call
        for call in log.calls(hand.namespace)
        if call["user"]["username"] == BOOTSTRAPPER
    ]
    assert calls and {call["verb"] for call in calls} <= {"get", "list", "watch"}


def test_a_dry_run_for_a_new_host_says_what_it_would_create(make, look):
    """And creates nothing, not even the namespace."""
    hand = make("hand-dry")
    outcome = hand.run("apply", "--check", "--diff")
    assert outcome.code == 0, outcome.output[-3000:]
    assert outcome.actions("Namespace", "Deployment") == {
        "Namespace/host-hand-dry": "would_create",
        "Deployment/web": "would_create",
    }
    assert look("get", "namespace", hand.namespace, "--ignore-not-found") == ""
    outcome = hand.run("status")
    assert (
        outcome.error["class"] == "not_ready"
        and "apply.yml" in outcome.error["message"]
    )


def test_an_exported_directory_needs_no_url(applied, lab, tmp_path):
    """`-i inventory` with the texts beside it, as Odoo's zip has them: nothing changes."""
    hand, _, _ = applied
    text = MANIFEST + EXTRA
    entry = hand.variables["hosting_manifests"][0]
    entry["url"] = f"{lab['manifests_url']}/test/not-there.yaml"
    write_inventory(
        tmp_path, [HostFiles(hand.host, hand.variables)], {entry["sha256"]: text}
    )
    outcome = ansible(
        hand, ["apply", "-i", str(tmp_path / "inventory")], lab["kubeconfig"], hand.host
    )
    assert outcome.code == 0, outcome.output[-3000:]
    assert outcome.result["changed"] == 0
    shutil.rmtree(tmp_path / "manifests")
    outcome = ansible(
        hand, ["apply", "-i", str(tmp_path / "inventory")], lab["kubeconfig"], hand.host
    )
    assert outcome.error["class"] == "manifest_unreachable"
