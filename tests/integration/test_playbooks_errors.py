"""Each error class by its real cause, from playbooks by hand."""

import json

import pytest

from tests.integration.audit import BOOTSTRAPPER, AuditLog
from tests.integration.light import EXTRA, MANIFEST


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
