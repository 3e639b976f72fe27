"""Copies of the provider's Secrets on the real API server: read narrowly, told nowhere."""

import base64
import json

import pytest

from tests.integration.audit import BOOTSTRAPPER, AuditLog
from tests.integration.by_hand import QUICK

PROVIDER = "hosting-system"
CANARY = "c4n4ry-of-the-provider"
REGISTRY = {"name": "provider-registry", "keys": [".dockerconfigjson"]}
SMTP = {"name": "provider-smtp", "keys": ["password"]}
LISTED = {"host_namespace_provider_secrets": ["provider-registry", "provider-smtp"]}


def encoded(text):
    """Return a text as a Secret's data has it."""
    return base64.b64encode(text.encode()).decode()


@pytest.fixture(scope="module")
def provider(look):
    """Write the provider's Secrets, as an administrator does; return how to write one."""

    def write(name, kind="Opaque", **values):
        body = {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": kind,
            "stringData": values,
        }
        metadata = {"name": name, "namespace": PROVIDER}
        look("apply", "-f", "-", text=json.dumps(body | {"metadata": metadata}))

    write("provider-smtp", password=CANARY, other=f"{CANARY}-other")
    pull = json.dumps({"auths": {"registry.example": {"auth": encoded(CANARY)}}})
    write(
        "provider-registry",
        "kubernetes.io/dockerconfigjson",
        **{".dockerconfigjson": pull},
    )
    yield write
    for name in ("provider-smtp", "provider-registry"):
        look("delete", "secret", name, "-n", PROVIDER, "--ignore-not-found")


@pytest.fixture(scope="module")
def hand(make, look, provider):
    """Return an applied host that asks for two copies, and its outcome."""
    look("delete", "namespace", "host-provided", "--ignore-not-found")
    found = make("provided")
    found.variables["hosting_secrets"] += [REGISTRY, SMTP]
    found.first = found.run("apply", *QUICK, "--diff", **LISTED)
    return found


def test_a_host_gets_copies_of_what_it_asks_for(hand, look):
    """Same type, the keys that are asked for; pods pull with it; and the random one beside."""
    outcome = hand.first
    assert outcome.code == 0, outcome.output[-3000:]
    assert look.get(hand, "secret", "provider-smtp")["data"] == {
        "password": encoded(CANARY)
    }
    registry = look.get(hand, "secret", "provider-registry")
    assert registry["type"] == "kubernetes.io/dockerconfigjson"
    account = look.get(hand, "serviceaccount", "default")
    assert account["imagePullSecrets"] == [{"name": "provider-registry"}]
    done = outcome.actions("Secret")
    assert done == {
        "Secret/web-admin": "created",
        "Secret/provider-registry": "created",
        "Secret/provider-smtp": "created",
    }


def test_no_value_is_told(hand):
    """Neither in clear nor encoded: output with --diff, result, files of the run."""
    for text in (CANARY, encoded(CANARY)):
        assert text not in hand.first.output
        for path in hand.directory.rglob("*"):
            assert not path.is_file() or text not in path.read_text(errors="replace")


@pytest.mark.full
def test_again_changes_nothing_and_a_new_password_is_copied(hand, look, provider, lab):
    """Who reads and who writes: the bootstrapper there, the deployer here."""
    log = AuditLog(lab["audit_log"])
    again = hand.run("apply", *QUICK, **LISTED)
    assert (again.code, again.changed) == (0, 0), again.output[-3000:]
    calls = [row for row in log.calls() if row["user"]["username"] == BOOTSTRAPPER]
    reads = {
        (
            row["objectRef"].get("namespace"),
            row.get("impersonatedUser", {}).get("username"),
        )
        for row in calls
        if (row.get("objectRef") or {}).get("resource") == "secrets"
        and row["objectRef"].get("namespace") in (PROVIDER, hand.namespace)
    }
    deployer = f"system:serviceaccount:{hand.namespace}:hosting-deployer"
    assert reads == {(PROVIDER, None), (hand.namespace, deployer)}
    provider("provider-smtp", password=f"{CANARY}-new")
    outcome = hand.run("apply", *QUICK, **LISTED)
    assert outcome.actions("Secret")["Secret/provider-smtp"] == "patched"
    data = look.get(hand, "secret", "provider-smtp")["data"]
    assert data == {"password": encoded(f"{CANARY}-new")}


@pytest.mark.full
def test_what_the_administrator_has_not_listed_is_refused(hand, look):
    """Before anything is written; the settings' own list is empty."""
    error = hand.run("apply", *QUICK).error
    assert error["class"] == "forbidden" and "provider-registry" in error["message"]
    assert "host_namespace_provider_secrets" in error["hint"]
    listed = {
        "host_namespace_provider_secrets": ["provider-registry", "provider-other"]
    }
    error = hand.run("apply", *QUICK, **listed).error
    assert error["class"] == "forbidden" and "provider-smtp" in error["message"]
    assert "provider-smtp" in look.names(hand, "secret")


@pytest.mark.full
def test_what_is_not_there_or_may_not_be_read_is_named(hand, look):
    """A key, a Secret, and one that the Role in the provider's namespace leaves out."""
    before = hand.variables["hosting_secrets"]
    hand.variables["hosting_secrets"] = [SMTP | {"keys": ["password", "none"]}]
    error = hand.run("apply", *QUICK, **LISTED).error
    assert (
        error["class"] == "not_ready" and "provider-smtp, key none" in error["message"]
    )
    hand.variables["hosting_secrets"] = [{"name": "provider-hidden", "keys": ["a"]}]
    listed = {"host_namespace_provider_secrets": ["provider-hidden"]}
    error = hand.run("apply", *QUICK, **listed).error
    assert error["class"] == "forbidden" and "provider-hidden" in error["message"]
    hand.variables["hosting_secrets"] = before


@pytest.mark.full
def test_a_copy_that_nobody_asks_for_any_more_goes(hand, look):
    """The random one is data, and stays."""
    hand.variables["hosting_secrets"] = [REGISTRY]
    would = hand.run("preview", **LISTED).actions("Secret")
    assert would["Secret/provider-smtp"] == "would_prune"
    outcome = hand.run("apply", *QUICK, **LISTED)
    assert outcome.actions("Secret")["Secret/provider-smtp"] == "deleted"
    assert look.names(hand, "secret") == {"web-admin", "provider-registry"}
    assert hand.run("apply", *QUICK, **LISTED).changed == 0
