"""access.yml against the real API server: the password gets into one file, nowhere else."""

import base64
import json
import stat
from pathlib import Path

import pytest

from tests.integration.audit import BOOTSTRAPPER, AuditLog
from tests.integration.by_hand import Hand
from tests.lab.kube import kubectl_with

SECRET = {"host_access_secret": "web-admin"}


@pytest.fixture(scope="module")
def hand(lab, tmp_path_factory):
    """Return a host that was applied once; its namespace is deleted at the end."""
    admin = Path(lab["admin_kubeconfig"])
    there = Hand(lab, tmp_path_factory.mktemp("access") / "host", "handover")
    delete = ("delete", "namespace", there.namespace, "--ignore-not-found")
    kubectl_with(admin, *delete)
    outcome = there.run("apply")
    assert outcome.code == 0, outcome.output[-3000:]
    yield there
    kubectl_with(admin, *delete, "--wait=false")


@pytest.fixture
def file(tmp_path):
    """Return where the password shall be written."""
    return tmp_path / "first_password"


def _cluster_password(lab, hand):
    words = ("get", "secret", "web-admin", "-n", hand.namespace, "-o", "json")
    secret = json.loads(kubectl_with(Path(lab["admin_kubeconfig"]), *words))
    return base64.b64decode(secret["data"]["password"]).decode()


def test_the_password_gets_into_the_file_and_nowhere_else(lab, hand, file):
    """Not even the most talkative run with --diff shows it."""
    password = _cluster_password(lab, hand)
    log = AuditLog(lab["audit_log"])
    outcome = hand.run(
        "access", "-vvvv", "--diff", host_access_file=str(file), **SECRET
    )
    assert outcome.code == 0, outcome.output[-3000:]
    assert file.read_text() == password
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(password) >= 20
    encoded = base64.b64encode(password.encode()).decode()
    assert password not in outcome.output
    assert encoded not in outcome.output
    assert (outcome.result["ok"], outcome.result["playbook"]) == (True, "access")
    left = [path for path in hand.directory.rglob("*") if path.is_file()]
    assert not [path for path in left if password.encode() in path.read_bytes()]
    deployer = f"system:serviceaccount:{hand.namespace}:hosting-deployer"
    assert log.identities(hand.namespace) == {
        BOOTSTRAPPER,
        f"{BOOTSTRAPPER} as {deployer}",
    }
    assert {call["verb"] for call in log.calls(hand.namespace)} <= {"get", "list"}


def test_a_second_run_changes_nothing(hand, file):
    """The file is there already, with the same content."""
    assert hand.run("access", host_access_file=str(file), **SECRET).changed == 1
    again = hand.run("access", host_access_file=str(file), **SECRET)
    assert (again.code, again.changed) == (0, 0)


@pytest.mark.full
def test_check_mode_writes_nothing(hand, file):
    """It says that it would write."""
    outcome = hand.run("access", "--check", host_access_file=str(file), **SECRET)
    assert (outcome.code, outcome.changed) == (0, 1), outcome.output[-3000:]
    assert not file.exists()


@pytest.mark.full
@pytest.mark.parametrize(
    ("flags", "error", "words"),
    [
        ({"host_access_secret": "no-such"}, "not_ready", "Secret no-such"),
        (SECRET | {"host_access_key": "no-such"}, "not_ready", "key no-such"),
    ],
)
def test_what_is_missing_is_named(hand, file, flags, error, words):
    """No file is left, and the message says what to do."""
    outcome = hand.run("access", host_access_file=str(file), **flags)
    assert outcome.error["class"] == error
    assert words in outcome.error["message"]
    assert not file.exists()


def test_without_a_file_nothing_is_read(lab, hand):
    """The argument is required: the Secret is not asked for."""
    log = AuditLog(lab["audit_log"])
    outcome = hand.run("access", **SECRET)
    assert outcome.error["class"] == "invalid_vars"
    assert "host_access_file" in outcome.error["message"]
    resources = {call["objectRef"]["resource"] for call in log.calls(hand.namespace)}
    assert "secrets" not in resources


def test_somebody_elses_namespace_is_refused(lab, hand, file):
    """Another database's vars.yml gets no password."""
    owner = hand.variables["hosting_owner"]
    hand.variables["hosting_owner"] = "somebody-else"
    try:
        outcome = hand.run("access", host_access_file=str(file), **SECRET)
    finally:
        hand.variables["hosting_owner"] = owner
    assert outcome.error["class"] == "conflict"
    assert not file.exists()


@pytest.mark.full
def test_a_host_that_was_never_applied_has_none(lab, tmp_path, file):
    """It says to apply first."""
    never = Hand(lab, tmp_path / "host", "never-applied")
    outcome = never.run("access", host_access_file=str(file))
    assert outcome.error["class"] == "not_ready"
    assert "apply.yml" in outcome.error["message"]
