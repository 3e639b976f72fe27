"""With no gate at all, the API server itself keeps a host's identities in their place.

Each row is tried as it stands. What is allowed is a dry run; what is denied is meant.
"""

import time

import pytest

from tests.integration.identities import (
    ALLOWED,
    DENIED,
    LOOSE,
    A,
    B,
    obj,
)
from tests.integration.identities_reach import STRANGERS, UNREACHABLE
from tests.lab.rest import SSA, Api, collection, path_of
from tests.unit.role_code import filters

DEPLOYER = "system:serviceaccount:{}:hosting-deployer"
PEER = [{"namespaceSelector": {}}]


def fences(lab, namespace):
    """Return the objects that make a host's namespace, as apply.yml makes them."""
    host = f"{namespace.removeprefix('host-')}.{lab['domain']}"
    spec = {
        "namespace": namespace,
        "host": host,
        "hosts": [host],
        "owner": "tests-identities",
        "environment": "production",
        "quota": {"cpu": "1", "memory": "1Gi", "storage": "1Gi", "pods": 5},
        "user": "hosting-bootstrapper",
        "ingress_peers": PEER,
        "dns_peers": PEER,
        "denied_networks": [],
        "secrets": [],
        "limits": {"default": {"cpu": "1"}, "defaultRequest": {"cpu": "10m"}},
    }
    return filters("host_namespace")["host_namespace_fences"](spec)


def wait_until_gone(api, path):
    """Wait for the end of a deletion that another run of these tests began."""
    deadline = time.monotonic() + 60
    while "deletionTimestamp" in api.call("GET", path)[1].get("metadata", {}):
        assert time.monotonic() < deadline, path
        time.sleep(0.5)


@pytest.fixture(scope="module")
def api(lab):
    """The bootstrapper's connection; it has made two hosts' namespaces, and removes them."""
    found = Api(lab["kubeconfig"])
    for namespace in (A, B):
        wait_until_gone(found, f"/api/v1/namespaces/{namespace}")
        for fence in fences(lab, namespace):
            query = {"fieldManager": "hosting", "force": "true"}
            status, answer = found.call(
                "PATCH", path_of(fence), fence, kind=SSA, **query
            )
            assert status in (200, 201), answer
    yield found
    for namespace in (A, B):
        found.call("DELETE", f"/api/v1/namespaces/{namespace}")


def acting(who):
    """Return the user to impersonate."""
    return DEPLOYER.format(who) if who else ""


@pytest.mark.parametrize("name", DENIED)
def test_what_must_not_be_made_is_denied(api, name):
    """403, by authorization, admission policy or quota; nothing is made."""
    who, wanted = DENIED[name]
    status, answer = api.call("POST", collection(wanted), wanted, acting_as=acting(who))
    assert status == 403 or "ValidatingAdmissionPolicy" in str(answer), answer
    assert status >= 400


@pytest.mark.parametrize("name", ALLOWED)
def test_what_a_host_needs_is_allowed(api, name):
    """The table's other side: the fences deny no ordinary work."""
    who, wanted = ALLOWED[name]
    status, answer = api.call(
        "POST", collection(wanted), wanted, acting_as=acting(who), dryRun="All"
    )
    assert status == 201 or answer["reason"] == "AlreadyExists", answer


@pytest.mark.parametrize("name", UNREACHABLE)
def test_what_must_not_be_reached_is_denied(api, name):
    """Reading, deleting, opening: 403, or the policy's refusal."""
    who, method, path = UNREACHABLE[name]
    status, answer = api.call(
        method, path, {} if method == "POST" else None, acting_as=acting(who)
    )
    assert status == 403 or "ValidatingAdmissionPolicy" in str(answer), (status, answer)


@pytest.mark.parametrize("stranger", STRANGERS)
def test_nobody_else_may_be_impersonated(api, stranger):
    """Not even a ServiceAccount of the same name elsewhere."""
    status, answer = api.call("GET", "/api/v1/namespaces/default", acting_as=stranger)
    assert status == 403 and "impersonate" in answer["message"], answer


@pytest.mark.parametrize("labels", [{}, LOOSE], ids=["dropped", "privileged"])
def test_the_bootstrapper_cannot_loosen_a_namespace(api, lab, labels):
    """The level of pod security stays, whatever is written over it."""
    changed = fences(lab, A)[0]
    changed["metadata"]["labels"] = labels
    query = {"fieldManager": "hosting", "force": "true"}
    status, answer = api.call("PATCH", path_of(changed), changed, kind=SSA, **query)
    assert status >= 400 and "pod security" in answer["message"], answer


def test_a_quota_stays_what_it_is(api):
    """The deployer may not raise it."""
    change = obj("ResourceQuota", A, "hosting-quota", spec={"hard": {"pods": "999"}})
    status, _ = api.call(
        "PATCH",
        path_of(change),
        change,
        kind="application/merge-patch+json",
        acting_as=acting(A),
    )
    assert status == 403


def test_a_privileged_workload_gets_no_pod(api):
    """Pod security refuses its pods; the Deployment says so."""
    context = {"privileged": True}
    container = {"name": "c", "image": "lab.local/web:1", "securityContext": context}
    volumes = [{"name": "v", "hostPath": {"path": "/"}}]
    template = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": [container], "volumes": volumes},
    }
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    wanted = obj("Deployment", A, "privileged", "apps/v1", spec=spec)
    made, answer = api.call("POST", collection(wanted), wanted, acting_as=acting(A))
    assert made in (201, 409), answer
    deadline = time.monotonic() + 60
    while "violates PodSecurity" not in str(answer) and time.monotonic() < deadline:
        time.sleep(0.5)
        answer = api.call("GET", path_of(wanted), acting_as=acting(A))[1]
    assert "violates PodSecurity" in str(answer["status"])
    pods = api.call("GET", f"/api/v1/namespaces/{A}/pods", acting_as=acting(A))[1]
    assert pods["items"] == []
