"""The playbooks by hand against the real API server of the lab."""

import base64
import json
import re
import shutil
from pathlib import Path

import pytest

from tests.integration.audit import BOOTSTRAPPER, AuditLog
from tests.integration.by_hand import Hand, ansible
from tests.integration.light import MANIFEST
from tests.lab.kube import kubectl_with
from tools.run_dir import HostFiles, write_inventory

# For what is decided before anybody waits for pods.
QUICK = ("--skip-tags", "host_ingress")
EXTRA = """\
---
apiVersion: v1
kind: ConfigMap
metadata: {name: extra}
data: {a: b}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Mi}}
"""
LEASE = """\
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: hosting-lease, namespace: NAMESPACE}
spec: {holderIdentity: other-run, leaseDurationSeconds: 600, acquireTime: "TIME"}
"""


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


@pytest.fixture(scope="module")
def look(lab):
    """Return kubectl as administrator."""
    return Looker(lab)


@pytest.fixture(scope="module")
def make(lab, look, tmp_path_factory):
    """Return a maker of hosts; their namespaces are deleted at the end."""
    hands = []

    def _make(name, text=MANIFEST):
        hands.append(Hand(lab, tmp_path_factory.mktemp(name) / "host", name, text))
        return hands[-1]

    yield _make
    for hand in hands:
        look(
            "delete", "namespace", hand.namespace, "--ignore-not-found", "--wait=false"
        )


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


def test_status_writes_nothing(applied, lab):
    """The same ladder; the API server saw only reads."""
    hand, _, _ = applied
    log = AuditLog(lab["audit_log"])
    outcome = hand.run("status")
    assert outcome.code == 0
    assert {step["state"] for step in outcome.result["ingress"]["steps"]} == {"ok"}
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


def test_a_file_of_another_host_is_refused_before_the_first_call(applied, lab):
    """The API server never heard of it."""
    hand, _, _ = applied
    log = AuditLog(lab["audit_log"])
    outcome = hand.run("apply", host=f"other.{lab['domain']}")
    assert outcome.error["class"] == "invalid_vars"
    assert (
        hand.host in outcome.error["message"] and "other." in outcome.error["message"]
    )
    assert [
        call for call in log.calls() if call["user"]["username"] == BOOTSTRAPPER
    ] == []


def test_all_errors_of_a_broken_file_are_told_at_once(make):
    """By the argument specification: what is missing and what has the wrong form."""
    hand = make("hand-broken")
    hand.mistake = lambda text: text.replace('"production"', '"prod"').replace(
        "_owner", "_ower"
    )
    error = hand.run("apply").error
    assert error["class"] == "invalid_vars"
    assert "arguments: hosting_owner" in error["message"]
    assert "hosting_environment must be one of" in error["message"]


def test_what_left_the_manifest_is_pruned_and_data_stays(applied, look):
    """The ConfigMap goes; the claim, and what others made, stay."""
    hand, _, _ = applied
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
def test_fields_of_others_are_a_conflict_that_is_named(applied, look):
    """Nothing is overwritten silently; the flag decides."""
    hand, _, _ = applied
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
    hand, _, _ = applied
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
    hand, _, _ = applied
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
    hand, _, _ = applied
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
    assert outcome.code == 0
    assert outcome.result["manifests"] == [{"name": "web", "sha256": old}]


@pytest.mark.full
def test_a_suspended_host_runs_nothing_and_comes_back(applied, look):
    """Apply keeps it at 0; resuming gives it its replicas."""
    hand, _, _ = applied
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
    hand, _, _ = applied
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


@pytest.mark.full
def test_an_image_that_cannot_be_pulled_is_told(make):
    """With the image's name, long before the time limit."""
    hand = make("hand-image", MANIFEST.replace("lab.local/web:1", "lab.local/none:1"))
    outcome = hand.run("apply")
    assert outcome.error["class"] == "image_pull"
    assert "lab.local/none:1" in outcome.error["message"]
    assert outcome.result["observed"]["pods"] and outcome.result["observed"]["events"]
    assert outcome.result["ingress"] is not None


@pytest.mark.full
def test_a_container_that_crashes_shows_its_last_words(make):
    """The log of its run before, without the password in it."""
    crash = """['sh', '-c', 'echo starting; echo db_password=s3cret; echo no such table; exit 1']"""
    hand = make(
        "hand-crash",
        MANIFEST.replace(
            "imagePullPolicy", f"command: {crash}\n          imagePullPolicy"
        ),
    )
    outcome = hand.run("apply", host_ingress_timeout=12)
    assert outcome.error["class"] == "not_ready"
    text = "\n".join(row["text"] for row in outcome.result["observed"]["logs"])
    assert "no such table" in text and "db_password=***" in text
    assert "s3cret" not in json.dumps(outcome.result)


@pytest.mark.full
def test_more_than_the_quota_is_told(make):
    """The object that did not fit is named; what fitted was written."""
    hand = make("hand-quota", MANIFEST + EXTRA.replace("1Mi", "50Gi"))
    error = hand.run("apply").error
    assert error["class"] == "quota"
    assert error["object"] == "PersistentVolumeClaim/host-hand-quota/data"


@pytest.fixture
def kubeconfig(lab, tmp_path):
    """Return a maker of wrong kubeconfigs."""

    def _make(pattern, replacement):
        text = Path(lab["kubeconfig"]).read_text()
        wrong, count = re.subn(pattern, replacement, text)
        assert count
        path = tmp_path / "kubeconfig"
        path.write_text(wrong)
        path.chmod(0o600)
        return str(path)

    return _make


def test_a_cluster_that_does_not_answer_is_told(applied, kubeconfig):
    """Refused connections end at once, as something that may pass."""
    hand, _, _ = applied
    error = hand.run("apply", kubeconfig=kubeconfig(r":6443", ":6444")).error
    assert (error["class"], error["retryable"]) == ("unreachable", True)
    assert "6444" in error["message"]


def test_a_wrong_token_is_told(applied, kubeconfig):
    """And is not tried again."""
    hand, _, _ = applied
    error = hand.run("apply", kubeconfig=kubeconfig(r"token: .*", "token: wrong")).error
    assert (error["class"], error["retryable"]) == ("unauthorized", False)


def test_an_exported_directory_needs_no_url(applied, lab, tmp_path):
    """`-i inventory` with the texts beside it, as Odoo's zip has them: nothing changes."""
    hand, _, _ = applied
    text = MANIFEST
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


def test_the_cluster_check_proves_the_policies(make, lab):
    """Allowed and denied dry runs, class, storage, DNS; nothing stays."""
    hand = make("hand-check")
    cluster = hand.variables["hosting_cluster"]
    decisions = {"k8s_context": lab["context"], "cluster_check_cluster": cluster}
    words = ["cluster_check", "-i", "localhost,", "-e", json.dumps(decisions)]
    outcome = ansible(hand, words, lab["kubeconfig"], "localhost")
    result = outcome.stats["cluster_check_result"]
    assert (
        outcome.code == 0
        and result["ok"] is True
        and result["version"].startswith("v1.")
    )
    assert {row["state"] for row in result["checks"]} == {"ok"}
    assert len(result["checks"]) >= 6
    words[-1] = json.dumps(
        decisions | {"cluster_check_cluster": cluster | {"ingress_class": "x"}}
    )
    outcome = ansible(hand, words, lab["kubeconfig"], "localhost")
    failed = [
        row
        for row in outcome.stats["cluster_check_result"]["checks"]
        if row["state"] == "failed"
    ]
    assert outcome.code != 0 and [row["check"] for row in failed] == ["ingress class"]
    assert "traefik" in failed[0]["hint"]


def test_fetch_and_check_need_no_cluster(make, lab):
    """Each URL and each file has its row; one that fails fails the playbook."""
    hand = make("hand-fetch")
    url = hand.variables["hosting_manifests"][0]["url"]
    directory = hand.directory / "manifests"
    wanted = {
        "manifest_fetch_urls": [url, url + ".gone"],
        "manifest_fetch_directory": str(directory),
    }
    words = ["manifest_fetch", "-i", "localhost,", "-e", json.dumps(wanted)]
    outcome = ansible(hand, words, "/nonexistent", "localhost")
    good, gone = outcome.stats["manifest_fetch_results"]
    assert outcome.code != 0
    assert good["ok"] and (directory / good["sha256"]).read_text() == MANIFEST
    assert (
        gone["error"]["class"] == "manifest_unreachable"
        and "404" in gone["error"]["message"]
    )
    bad = hand.directory / "bad.yaml"
    bad.write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n")
    files = {"manifest_check_files": [str(directory / good["sha256"]), str(bad)]}
    outcome = hand.run(
        "manifest_check", host="localhost", kubeconfig="/nonexistent", **files
    )
    rows = outcome.stats["manifest_check_results"]
    assert [row["ok"] for row in rows] == [True, False]
    assert (rows[1]["stage"], rows[1]["rule"], rows[1]["document"]) == (
        "check",
        "kind",
        1,
    )
    assert "Deployment" in rows[1]["message"]
