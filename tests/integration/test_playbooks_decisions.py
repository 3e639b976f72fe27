"""What apply does when somebody else was there: prune, conflict, lease, owner, drift."""

import json

import pytest

from tests.integration.audit import BOOTSTRAPPER, AuditLog
from tests.integration.by_hand import QUICK
from tests.integration.light import EXTRA, MANIFEST

LEASE = """\
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: hosting-lease, namespace: NAMESPACE}
spec: {holderIdentity: other-run, leaseDurationSeconds: 600, acquireTime: "TIME"}
"""


@pytest.fixture(scope="module")
def applied(look, make):
    """Return a host that was applied once."""
    look("delete", "namespace", "host-decisions", "--ignore-not-found")
    hand = make("decisions", MANIFEST + EXTRA)
    outcome = hand.run("apply", *QUICK)
    assert outcome.code == 0, outcome.output[-3000:]
    return hand


def test_what_left_the_manifest_is_pruned_and_data_stays(applied, look):
    """The ConfigMap goes; the claim, and what others made, stay."""
    hand = applied
    look("create", "configmap", "foreign", "-n", hand.namespace)
    hand.set_text(MANIFEST)
    outcome = hand.run("apply", *QUICK)
    assert outcome.code == 0, outcome.output[-3000:]
    assert [(row["kind"], row["name"]) for row in outcome.result["pruned"]] == [
        ("ConfigMap", "extra")
    ]
    assert look.names(hand, "configmap") == {
        "web",
        "foreign",
        "hosting-inventory",
        "kube-root-ca.crt",
    }
    assert look.names(hand, "persistentvolumeclaim") == {"data"}
    assert hand.run("apply", *QUICK).changed == 0


@pytest.mark.full
def test_data_is_pruned_by_a_decision_alone(applied, look):
    """The claim that the test before left behind; what others made stays even then."""
    hand = applied
    outcome = hand.run("apply", *QUICK, host_manifests_prune_data=True)
    assert outcome.code == 0, outcome.output[-3000:]
    assert [(row["kind"], row["name"]) for row in outcome.result["pruned"]] == [
        ("PersistentVolumeClaim", "data")
    ]
    assert look.names(hand, "secret") == {"web-admin"}
    assert "foreign" in look.names(hand, "configmap")
    assert hand.run("apply", *QUICK, host_manifests_prune_data=True).changed == 0


@pytest.mark.full
def test_a_fence_that_somebody_changed_is_named(applied, look):
    """Not only that there is a conflict: which object it is."""
    hand = applied
    quota = ["resourcequota", "hosting-quota", "-n", hand.namespace]
    change = '{"spec": {"hard": {"pods": "99"}}}'
    look("patch", *quota, "--field-manager=somebody", "-p", change)
    error = hand.run("apply", *QUICK).error
    assert error["class"] == "conflict" and "somebody" in error["message"]
    assert error["object"] == f"ResourceQuota/{hand.namespace}/hosting-quota"
    outcome = hand.run("apply", *QUICK, host_namespace_adopt=True)
    assert outcome.actions("ResourceQuota") == {
        "ResourceQuota/hosting-quota": "patched"
    }


@pytest.mark.full
def test_fields_of_others_are_a_conflict_that_is_named(applied, look):
    """Nothing is overwritten silently; the flag decides."""
    hand = applied
    look(
        "patch", "configmap", "web", "-n", hand.namespace, "--field-manager=somebody",
        "-p", '{"data": {"greeting": "mine"}}',
    )  # fmt: skip
    error = hand.run("apply").error
    assert error["class"] == "conflict"
    assert error["object"] == f"ConfigMap/{hand.namespace}/web"
    assert "somebody" in error["message"] and "greeting" in error["message"]
    assert look.get(hand, "configmap", "web")["data"]["greeting"] == "mine"
    outcome = hand.run("apply", *QUICK, host_manifests_force=True)
    assert outcome.code == 0
    assert outcome.actions("ConfigMap") == {"ConfigMap/web": "patched"}
    assert look.get(hand, "configmap", "web")["data"]["greeting"] == "hello"


def test_a_second_writer_is_told_that_the_host_is_busy(applied, look):
    """While a lease lives nothing is written; one of a dead run is taken over."""
    hand = applied
    lease = LEASE.replace("NAMESPACE", hand.namespace)
    look("apply", "-f", "-", text=lease.replace("TIME", "2099-01-01T00:00:00.000000Z"))
    hand.variables["web_greeting"] = "changed"
    error = hand.run("apply").error
    assert (error["class"], error["retryable"]) == ("busy", True)
    assert "other-run" in error["message"]
    assert look.get(hand, "configmap", "web")["data"]["greeting"] == "hello"
    assert (
        look.get(hand, "lease", "hosting-lease")["spec"]["holderIdentity"]
        == "other-run"
    )
    look("apply", "-f", "-", text=lease.replace("TIME", "2020-01-01T00:00:00.000000Z"))
    outcome = hand.run("apply", *QUICK)
    assert outcome.code == 0, outcome.output[-3000:]
    assert look.get(hand, "configmap", "web")["data"]["greeting"] == "changed"
    assert look.names(hand, "lease") == set()


def test_another_owners_namespace_is_refused_until_adopted(applied, look):
    """Two Odoo databases never fight for a host without a decision."""
    hand = applied
    hand.variables["hosting_owner"] = "another-odoo"
    error = hand.run("apply").error
    assert error["class"] == "conflict" and "tests-by-hand" in error["message"]
    outcome = hand.run("apply", *QUICK, host_namespace_adopt=True)
    assert outcome.code == 0, outcome.output[-3000:]
    owner = json.loads(look("get", "namespace", hand.namespace, "-o", "json"))
    annotations = owner["metadata"]["annotations"]
    assert annotations["hosting.mint-cloud.ch/owner"] == "another-odoo"


def test_an_operators_update_is_drift_for_who_does_not_know_it(applied):
    """Apply stops; update takes the newest text; the writer's known list decides."""
    hand = applied
    old = hand.variables["hosting_manifests"][0]["sha256"]
    newer = hand.publish(
        MANIFEST.replace("name: web\ndata:", "name: web\ndata:\n  new: line")
    )
    error = hand.run("apply").error
    assert error["class"] == "manifest_changed" and "update.yml" in error["hint"]
    outcome = hand.run("update", *QUICK)
    assert outcome.code == 0, outcome.output[-3000:]
    assert outcome.result["manifests"] == [{"name": "web", "sha256": newer}]
    hand.set_text(MANIFEST, known=[old])
    error = hand.run("apply").error
    assert error["class"] == "manifest_drift" and newer in error["message"]
    outcome = hand.run("apply", *QUICK, host_manifests_overwrite=True)
    assert outcome.code == 0, outcome.output[-3000:]
    assert outcome.result["manifests"] == [{"name": "web", "sha256": old}]


@pytest.mark.full
def test_an_operators_update_can_be_adopted(applied, lab):
    """The host stays as the operator made it, and the result tells the writer of vars.yml."""
    hand = applied
    old = hand.variables["hosting_manifests"][0]["sha256"]
    newer = hand.publish(MANIFEST + EXTRA)
    assert hand.run("update", *QUICK).result["manifests"][0]["sha256"] == newer
    hand.variables["hosting_manifests"][0]["known"] = [old]
    assert hand.run("apply", *QUICK).error["class"] == "manifest_drift"
    outcome = hand.run("apply", *QUICK, host_manifests_adopt=True)
    assert (outcome.code, outcome.changed) == (0, 0), outcome.output[-3000:]
    assert outcome.result["manifests"] == [{"name": "web", "sha256": newer}]
    hand.variables["hosting_manifests"][0]["known"] = [old, newer]
    hand.set_text(MANIFEST)
    assert hand.run("apply", *QUICK).code == 0


@pytest.mark.full
def test_a_suspended_host_runs_nothing_and_comes_back(applied, look):
    """Apply keeps it at 0; resuming gives it its replicas."""
    hand = applied
    hand.variables["hosting_state"] = "suspended"
    outcome = hand.run("apply")
    assert outcome.code == 0, outcome.output[-3000:]
    assert look.get(hand, "deployment", "web")["spec"]["replicas"] == 0
    states = {
        step["step"]: step["state"] for step in outcome.result["ingress"]["steps"]
    }
    assert (states["http"], states["health"]) == ("skipped", "skipped")
    hand.variables["hosting_state"] = "running"
    assert hand.run("apply").code == 0
    assert look.get(hand, "deployment", "web")["spec"]["replicas"] == 1


def test_a_refused_manifest_names_the_place_and_changes_nothing(applied, lab):
    """The gate stands before the first write of the host's objects."""
    hand = applied
    good = dict(hand.variables["hosting_manifests"][0])
    hand.set_text(
        MANIFEST.replace(
            "  selector: {app: web}", "  type: NodePort\n  selector: {app: web}"
        )
    )
    log = AuditLog(lab["audit_log"])
    error = hand.run("apply").error
    assert error["class"] == "invalid_manifest"
    assert error["object"] == "Service/web"
    assert "spec.type" in error["message"] and "Ingress" in error["hint"]
    writes = {"create", "patch", "update", "delete"}
    touched = {
        call["objectRef"]["resource"]
        for call in log.calls(hand.namespace)
        if call["verb"] in writes and call["user"]["username"] == BOOTSTRAPPER
    }
    assert touched.isdisjoint({"services", "deployments", "configmaps", "ingresses"})
    hand.publish(MANIFEST)
    hand.variables["hosting_manifests"] = [good]
