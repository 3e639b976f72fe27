"""What a check of a cluster says of what it tried and found."""

import pytest

from tests.unit.role_code import filters

ROWS = filters("cluster_check")["cluster_check_rows"]
TRIES = filters("cluster_check")["cluster_check_ingress_tries"]
CLUSTER = {
    "domain": "mint-cloud.test",
    "ingress_class": "traefik",
    "address": "203.0.113.7",
    "issuer": "letsencrypt",
}
DEFAULT = {"storageclass.kubernetes.io/is-default-class": "true"}
DENIED = {"msg": 'secrets is forbidden: User "x" cannot list resource'}


def _named(name, **rest):
    return {"metadata": {"name": name} | rest}


def _issuer(name, status, message=""):
    ready = {"type": "Ready", "status": status, "message": message}
    return _named(name) | {"status": {"conditions": [ready]}}


GOOD = {
    "tries": [],
    "ingresses": [],
    "classes": [_named("traefik")],
    "storage": [_named("local", annotations=DEFAULT)],
    "dns": ["203.0.113.7"],
    "issuers": {"resources": [_issuer("letsencrypt", "True")]},
}


def _namespace(name, phase):
    return _named(name) | {"status": {"phase": phase}}


HOSTS = {
    "resources": [
        _namespace("host-gone", "Terminating"),
        _namespace("host-acme--backup", "Active"),
        _namespace("host-acme", "Active"),
        _namespace("host-else", "Active"),
    ]
}


def _row(check, cluster=CLUSTER, **changes):
    (found,) = [row for row in ROWS(cluster, GOOD | changes) if row["check"] == check]
    return found


def test_a_ready_cluster_is_green():
    assert {row["state"] for row in ROWS(CLUSTER, GOOD)} == {"ok", "skipped"}


@pytest.mark.parametrize(
    ("result", "state"),
    [
        (DENIED, "ok"),
        ({"msg": "denied request: policy"}, "ok"),
        ({"resources": []}, "failed"),
        ({"result": {}}, "failed"),
    ],
)
def test_what_must_be_denied_is_red_when_it_is_allowed(result, state):
    """A read or a dry run that went through."""
    item = {"check": "read no Secrets of others", "expect": "denied"}
    tries = [result | {"__cluster_check_item": item}]
    assert _row(item["check"], tries=tries)["state"] == state


@pytest.mark.parametrize(
    ("result", "state"),
    [
        ({"msg": "'hosting-ingress-hosts' denied request: a host of others"}, "ok"),
        ({"msg": "users is forbidden: may not impersonate"}, "failed"),
        ({"result": {}}, "failed"),
    ],
)
def test_only_the_policy_itself_proves_that_it_works(result, state):
    """An account that may write no Ingress at all says nothing of the policy."""
    (tried,) = TRIES(HOSTS, CLUSTER)
    definition = tried["definition"]
    assert definition["metadata"]["namespace"] == "host-acme"
    assert definition["spec"]["rules"][0]["host"] == "cluster-check.mint-cloud.test"
    ingresses = [result | {"__cluster_check_item": tried}]
    assert _row(tried["check"], ingresses=ingresses)["state"] == state


def test_without_a_host_the_policy_for_ingresses_is_not_tried():
    assert TRIES({"resources": HOSTS["resources"][:2]}, CLUSTER) == []
    row = _row("keep others' host names")
    assert (row["state"], row["detail"]) == ("skipped", "not tried: no host there")


@pytest.mark.parametrize(
    ("changes", "state", "says"),
    [
        ({"issuers": {"resources": [], "api_found": False}}, "ok", "controller's own"),
        ({"issuers": {"resources": [_issuer("other", "True")]}}, "failed", "not exist"),
        (
            {"issuers": {"resources": [_issuer("letsencrypt", "False", "no account")]}},
            "failed",
            "no account",
        ),
        ({"issuers": DENIED}, "failed", "forbidden"),
        ({"cluster": CLUSTER | {"issuer": ""}}, "ok", "plain HTTP"),
    ],
)
def test_the_issuer_is_looked_at_where_cert_manager_has_one(changes, state, says):
    row = _row("issuer", **changes)
    assert row["state"] == state and says in row["detail"]
    assert bool(row["hint"]) is (state == "failed")


@pytest.mark.parametrize(
    ("check", "changes"),
    [
        ("ingress class", {"classes": [_named("nginx")]}),
        ("default storage class", {"storage": [_named("local")]}),
        ("DNS wildcard", {"dns": ["NXDOMAIN"]}),
        ("DNS wildcard", {"dns": ["192.0.2.1"]}),
    ],
)
def test_what_is_missing_is_red_with_a_hint(check, changes):
    row = _row(check, **changes)
    assert row["state"] == "failed" and row["hint"]
