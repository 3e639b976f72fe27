"""Preview, suspend, resume and terminate by hand, on the real API server of the lab.

The tests are one host's life, in this order.
"""

import json
from datetime import UTC, datetime

import pytest

from tests import flows
from tests.integration.audit import AuditLog
from tests.integration.life import NIGHTLY, PAGE, SITE, STORE, Life, changes

pytestmark = pytest.mark.full

STUCK = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: stuck, namespace: NAMESPACE, finalizers: [tests.example/wait]}
"""
LEASE = """\
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: hosting-lease, namespace: NAMESPACE}
spec: {holderIdentity: other-run, leaseDurationSeconds: 600, acquireTime: "TIME"}
"""
CONSENT = {"host_remove_without_backup": True}


@pytest.fixture(scope="module")
def life(lab, tmp_path_factory):
    """Return the host, which does not exist yet; it is gone at the end."""
    found = Life(lab, tmp_path_factory.mktemp("life") / "host")
    gone = ["delete", "namespace", found.hand.namespace, "--ignore-not-found"]
    found.kubectl(*gone)
    yield found
    found.kubectl(*gone, "--wait=false")


def test_preview_of_a_new_host_lists_what_apply_creates(life):
    log = AuditLog(life.lab["audit_log"])
    told = life.hand.run("preview")
    would = changes(told)
    assert set(would.values()) == {"would_create"} and told.result["ok"]
    assert life.writes(log) == [] and not life.exists()
    done = changes(life.hand.run("apply"))
    assert set(done) == set(would)
    assert life.writes(log), "the audit log shows what is really written"
    assert life.page() == (200, PAGE)


def test_the_network_policies_in_the_cluster_keep_the_table_of_flows(life):
    """As the API server stores them; nobody listed the nodes' public addresses here."""
    name = life.hand.namespace
    text = life.kubectl("get", "networkpolicies", "-n", name, "-o", "json")
    policies = json.loads(text.replace(name, flows.POD.namespace))["items"]
    assert len(policies) == 6
    unlisted = flows.differences(policies, "production")
    assert {text.split()[2] for text in unlisted} == {"203.0.113.7", "2001:db8::1"}


def test_preview_writes_nothing_and_a_settled_host_has_nothing_to_change(life):
    log = AuditLog(life.lab["audit_log"])
    told = life.hand.run("preview")
    assert changes(told) == {} and told.result["pruned"] == []
    assert told.result["changed"] == 0
    assert log.calls(life.hand.namespace) and life.writes(log) == []


def test_preview_tells_what_would_be_patched_and_pruned(life):
    before = life.hand.variables
    life.hand.variables = before | {"web_page": "<h1>New</h1>"}
    life.hand.set_text(SITE + STORE)
    told = life.hand.run("preview")
    life.hand.variables = before
    life.hand.set_text(SITE + NIGHTLY + STORE)
    assert "ConfigMap/web" in changes(told)
    assert set(changes(told).values()) == {"would_patch"}
    assert [
        (row["kind"], row["name"], row["action"]) for row in told.result["pruned"]
    ] == [("CronJob", "nightly", "would_prune")]
    assert life.running() == (2, 1, False) and life.page() == (200, PAGE)


def test_suspend_stops_everything_also_with_a_file_that_says_running(life):
    outcome = life.hand.run("suspend")
    assert changes(outcome) == {
        "Deployment/web": "patched",
        "StatefulSet/store": "patched",
        "CronJob/nightly": "patched",
    }
    steps = {row["step"]: row["state"] for row in outcome.result["ingress"]["steps"]}
    assert (steps["http"], steps["health"]) == ("skipped", "skipped")
    assert life.running() == (0, 0, True)
    assert life.kubectl("get", "pods", "-n", life.hand.namespace, "-o", "name") == ""
    assert life.page()[0] in (404, 503)


def test_apply_of_a_suspended_host_keeps_it_at_rest(life):
    life.hand.variables["hosting_state"] = "suspended"
    assert changes(life.hand.run("apply")) == {}
    again = life.hand.run("suspend")
    assert changes(again) == {} and again.changed == 0
    assert life.running() == (0, 0, True)


def test_resume_starts_it_also_with_a_file_that_says_suspended(life):
    outcome = life.hand.run("resume")
    assert set(changes(outcome)) >= {"Deployment/web", "StatefulSet/store"}
    assert life.running() == (2, 1, False) and life.page() == (200, PAGE)
    life.hand.variables["hosting_state"] = "running"
    again = life.hand.run("apply")
    assert changes(again) == {} and again.changed == 0


def test_a_run_of_some_tags_gives_the_lease_back_and_reports(life):
    """Also what a tagged role includes runs: inventory, policy, lease."""
    outcome = life.hand.run("apply", "--tags", "host_namespace,host_manifests")
    assert changes(outcome) == {} and outcome.result["ingress"] is None
    assert outcome.result["manifests"][0]["name"] == "web"
    name = life.hand.namespace
    assert life.kubectl("get", "leases", "-n", name, "-o", "name") == ""


def test_apply_of_a_running_host_wakes_what_was_suspended_by_hand(life):
    changes(life.hand.run("suspend"))
    assert life.running() == (0, 0, True)
    would = changes(life.hand.run("preview"))
    assert would["Deployment/web"] == "would_patch"
    assert changes(life.hand.run("apply"))["Deployment/web"] == "patched"
    assert life.running() == (2, 1, False)


def test_terminate_asks_for_the_typed_name_and_the_decision(life):
    nameless = life.hand.run("terminate", **CONSENT)
    other = life.hand.run("terminate", host_remove_confirm="life", **CONSENT)
    without = life.hand.run("terminate", host_remove_confirm=life.hand.host)
    for outcome, says in ((nameless, "host_remove_confirm"), (other, "does not name")):
        assert outcome.error["class"] == "invalid_vars"
        assert says in outcome.error["message"]
        assert life.hand.host in outcome.error["hint"]
    assert "backup" in without.error["message"]
    assert "host_remove_without_backup" in without.error["hint"]
    assert life.exists() and life.running() == (2, 1, False)


def test_terminate_refuses_somebody_elses_namespace(life):
    before = life.hand.variables
    life.hand.variables = before | {"hosting_owner": "somebody-else"}
    outcome = life.hand.run("terminate", host_remove_confirm=life.hand.host, **CONSENT)
    life.hand.variables = before
    assert outcome.error["class"] == "conflict"
    assert "tests-by-hand" in outcome.error["message"] and life.exists()


def test_no_host_is_suspended_or_terminated_while_another_run_works(life):
    name, now = life.hand.namespace, datetime.now(UTC)
    text = LEASE.replace("NAMESPACE", name)
    text = text.replace("TIME", now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    life.kubectl("create", "-f", "-", text=text)
    decisions = CONSENT | {"host_remove_confirm": life.hand.host}
    for playbook, flags in (("suspend", {}), ("terminate", decisions)):
        error = life.hand.run(playbook, **flags).error
        assert error["class"] == "busy" and "other-run" in error["message"], error
    life.kubectl("delete", "lease", "hosting-lease", "-n", name)
    assert life.exists() and life.running() == (2, 1, False)


def test_terminate_in_check_mode_lists_what_would_be_lost(life):
    log = AuditLog(life.lab["audit_log"])
    outcome = life.hand.run(
        "terminate", "--check", host_remove_confirm=life.hand.host, **CONSENT
    )
    assert outcome.code == 0, outcome.output[-3000:]
    rows = {f"{row['kind']}/{row['name']}": row for row in outcome.result["pruned"]}
    assert {f"Namespace/{life.hand.namespace}", "Deployment/web"} <= set(rows)
    assert {row["action"] for row in rows.values()} == {"would_prune"}
    assert life.writes(log) == [] and life.exists()


def test_terminate_tells_what_remains_and_waits_on_when_run_again(life):
    name = life.hand.namespace
    life.kubectl("apply", "-f", "-", text=STUCK.replace("NAMESPACE", name))
    flags = CONSENT | {"host_remove_confirm": life.hand.host, "host_remove_wait": 30}
    outcome = life.hand.run("terminate", **flags)
    assert outcome.error["class"] == "timeout" and outcome.error["retryable"]
    assert "tests.example/wait" in outcome.error["message"], outcome.error
    assert outcome.result["removal"]["backup"] == "waived"
    assert outcome.result["removal"]["namespace"] == "deleting"
    patch = '{"metadata": {"finalizers": null}}'
    life.kubectl("patch", "configmap", "stuck", "-n", name, "--type=merge", "-p", patch)
    again = life.hand.run("terminate", host_remove_confirm=life.hand.host)
    assert again.code == 0, again.output[-3000:]
    assert again.result["removal"]["namespace"] == "absent" and not life.exists()


def test_a_host_that_is_gone_is_terminated_already(life):
    outcome = life.hand.run("terminate", host_remove_confirm=life.hand.host)
    assert outcome.code == 0 and outcome.changed == 0, outcome.output[-3000:]
    assert outcome.result["changed"] == 0
    assert outcome.result["removal"] == {
        "backup": None,
        "namespace": "absent",
        "remains": [],
    }
    suspended = life.hand.run("suspend")
    assert suspended.error["class"] == "not_ready"
    assert "apply.yml" in suspended.error["message"]
