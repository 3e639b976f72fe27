"""The NetworkPolicies of a host against the table of allowed and forbidden flows."""

import copy

import pytest
import yaml

from tests import flows
from tests.unit.role_code import ROLES, filters

FENCES = filters("host_namespace")["host_namespace_fences"]
DEFAULTS = yaml.safe_load((ROLES / "host_namespace/defaults/main.yml").read_text())


def fences(**changes):
    """Return the fences of a host; what differs by keyword."""
    spec = {
        "namespace": "host-acme",
        "host": "acme.mint-cloud.test",
        "hosts": ["acme.mint-cloud.test"],
        "owner": "me",
        "environment": "production",
        "quota": {"cpu": "2", "memory": "4Gi", "storage": "30Gi", "pods": 20},
        "user": "hosting-bootstrapper",
        "ingress_peers": DEFAULTS["host_namespace_ingress_peers"],
        "dns_peers": DEFAULTS["host_namespace_dns_peers"],
        "denied_networks": flows.DENIED,
        "secrets": [],
        "limits": DEFAULTS["host_namespace_limits"],
    }
    return FENCES(spec | changes)


def _policies(environment="production", denied=flows.DENIED):
    found = fences(environment=environment, denied_networks=denied)
    return [obj for obj in found if obj["kind"] == "NetworkPolicy"]


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_every_flow_of_the_table_has_its_verdict(environment):
    """Nothing but what a host needs, in both directions."""
    assert len(list(flows.table(environment))) > 150
    assert flows.differences(_policies(environment), environment) == []


@pytest.mark.parametrize(
    "name",
    [
        "hosting-same-namespace",
        "hosting-dns",
        "hosting-ingress-controller",
        "hosting-web",
        "hosting-mail",
    ],
)
def test_the_table_misses_each_policy(name):
    """Without it a promised flow is gone."""
    kept = [policy for policy in _policies() if policy["metadata"]["name"] != name]
    assert len(kept) == len(_policies()) - 1
    found = flows.differences(kept, "production")
    assert found and all(text.endswith("allowed") for text in found)


def test_the_default_deny_alone_forbids_everything():
    """It holds when the other policies are gone."""
    deny = [p for p in _policies() if p["metadata"]["name"] == "hosting-default-deny"]
    rows = list(flows.table("production"))
    assert deny and not any(flows.allowed(deny, *row[:4]) for row in rows)
    assert any(flows.allowed([], *row[:4]) for row in rows)


def test_the_table_sees_what_opens():
    """An allow-all policy, a missing exception, a list of nodes that nobody filled in."""
    everything = copy.deepcopy(_policies()[0])
    everything["spec"] |= {"ingress": [{}], "egress": [{}]}
    assert len(flows.differences([*_policies(), everything], "production")) > 100
    holey = copy.deepcopy(_policies())
    for policy in holey:
        for rule in policy["spec"].get("egress", []):
            for peer in rule["to"]:
                if "169.254.0.0/16" in peer.get("ipBlock", {}).get("except", []):
                    peer["ipBlock"]["except"].remove("169.254.0.0/16")
    assert (
        "host-acme -> 169.254.169.254 TCP/443 must be forbidden"
        in flows.differences(holey, "production")
    )
    unlisted = flows.differences(_policies(denied=[]), "production")
    assert {text.split()[2] for text in unlisted} == {"203.0.113.7", "2001:db8::1"}


def _policy(**spec):
    return {"metadata": {"namespace": "host-acme"}, "spec": {"podSelector": {}} | spec}


@pytest.mark.parametrize(
    ("peer", "verdict"),
    [
        ({"podSelector": {"matchLabels": {"app": "postgres"}}}, True),
        ({"podSelector": {"matchLabels": {"app": "other"}}}, False),
        ({"namespaceSelector": {}}, True),
        (
            {
                "namespaceSelector": {},
                "podSelector": {
                    "matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]
                },
            },
            False,
        ),
        ({"ipBlock": {"cidr": "10.244.1.0/24"}}, True),
        ({"ipBlock": {"cidr": "10.244.1.0/24", "except": ["10.244.1.6/32"]}}, False),
    ],
)
def test_the_evaluator_reads_peers_as_the_api_defines_them(peer, verdict):
    """Selectors of one peer must both match; a podSelector alone stays in its namespace."""
    policy = _policy(policyTypes=["Ingress"], ingress=[{"from": [peer]}])
    assert flows.allowed([policy], flows.SIBLING, flows.POD, "TCP", 80) is verdict
    assert flows.allowed([policy], flows.POD, flows.WEB, "TCP", 80) is True


def test_without_peers_nobody_comes_in():
    """An empty list in a policy would mean everybody."""
    found = [obj for obj in fences(ingress_peers=[]) if obj["kind"] == "NetworkPolicy"]
    for source in (flows.TRAEFIK, flows.STRANGER, flows.WEB):
        assert not flows.allowed(found, source, flows.POD, "TCP", 8069)
