"""Each error class by its real cause, from playbooks by hand."""

import json

import pytest

from tests.integration.audit import BOOTSTRAPPER, AuditLog
from tests.integration.by_hand import QUICK, ansible
from tests.integration.light import EXTRA, MANIFEST
from tools.run_dir import HostFiles, write_inventory


def test_a_file_of_another_host_is_refused_before_the_first_call(make, lab):
    """The API server never heard of it."""
    hand = make("hand-other")
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


def test_a_cluster_that_does_not_answer_is_told(make, kubeconfig):
    """Refused connections end at once, as something that may pass."""
    hand = make("hand-closed")
    error = hand.run("apply", kubeconfig=kubeconfig(r":6443", ":6444")).error
    assert (error["class"], error["retryable"]) == ("unreachable", True)
    assert "6444" in error["message"]


def test_a_wrong_token_is_told(make, kubeconfig):
    """And is not tried again."""
    hand = make("hand-token")
    error = hand.run("apply", kubeconfig=kubeconfig(r"token: .*", "token: wrong")).error
    assert (error["class"], error["retryable"]) == ("unauthorized", False)


@pytest.mark.full
def test_of_many_hosts_each_reports_also_beside_one_that_fails(make, lab, tmp_path):
    """One refused manifest, one wrong file, one good host: three results, exit code not 0."""
    good, refused, broken = (
        make(f"hand-many-{n}") for n in ("good", "refused", "broken")
    )
    refused.set_text(MANIFEST.replace("kind: Service", "kind: Node", 1))
    broken.variables["k8s_namespace"] = "host-somebody"
    files = [HostFiles(hand.host, hand.variables) for hand in (good, refused, broken)]
    write_inventory(tmp_path, files, {})
    words = ["apply", "-i", str(tmp_path / "inventory"), *QUICK]
    outcome = ansible(good, words, lab["kubeconfig"], good.host)
    results = outcome.stats["hosting_result"]
    assert outcome.code != 0 and len(results) == 3
    assert results[good.host]["ok"] and results[good.host]["changed"] > 10
    assert results[refused.host]["error"]["class"] == "invalid_manifest"
    assert results[broken.host]["error"]["class"] == "invalid_vars"


@pytest.mark.full
def test_a_crash_is_reported_too(make):
    """A module that never says a word; the error names the task."""
    outcome = make("hand-crashed").run("apply", ansible_python_interpreter="/bin/false")
    assert outcome.error["class"] == "internal" and outcome.error["retryable"] is False
    assert "namespace | Look" in outcome.error["message"]
