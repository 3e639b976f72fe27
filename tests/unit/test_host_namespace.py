"""The fences of a namespace, the lease and the created-once Secrets."""

import ipaddress
from datetime import datetime, timedelta, timezone

import pytest
import yaml

from tests.unit.role_code import ROLES, filters

FILTERS = filters("host_namespace")
DEFAULTS = yaml.safe_load((ROLES / "host_namespace/defaults/main.yml").read_text())
SPEC = {
    "namespace": "host-acme",
    "host": "acme.mint-cloud.test",
    "hosts": ["acme.mint-cloud.test", "www.acme.example"],
    "owner": "me",
    "environment": "production",
    "quota": {"cpu": "2", "memory": "4Gi", "storage": "30Gi", "pods": 20},
    "user": "hosting-bootstrapper",
    "ingress_peers": DEFAULTS["host_namespace_ingress_peers"],
    "dns_peers": DEFAULTS["host_namespace_dns_peers"],
    "denied_networks": ["203.0.113.0/24", "2001:db8::/32"],
    "secrets": [{"name": "odoo-db", "keys": ["password"]}],
    "limits": DEFAULTS["host_namespace_limits"],
}


def _fences(**changes):
    objects = FILTERS["host_namespace_fences"](SPEC | changes)
    return {(obj["kind"], obj["metadata"]["name"]): obj for obj in objects}


def test_the_namespace_says_whose_it_is():
    """Owner, host names, pod security; and it comes before what lies in it."""
    first = FILTERS["host_namespace_fences"](SPEC)[0]
    assert first["kind"] == "Namespace"
    assert first["metadata"]["annotations"] == {
        "hosting.mint-cloud.ch/owner": "me",
        "hosting.mint-cloud.ch/hosts": "acme.mint-cloud.test,www.acme.example",
    }
    labels = first["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "baseline"
    assert labels["app.kubernetes.io/managed-by"] == "hosting"


def test_everything_lies_in_the_namespace_under_reserved_names():
    """So that no manifest meets it; ``default`` is the account every namespace has."""
    for (kind, name), obj in _fences().items():
        if kind != "Namespace":
            assert obj["metadata"]["namespace"] == "host-acme"
            assert name.startswith("hosting-") or (kind, name) == (
                "ServiceAccount",
                "default",
            )


def test_only_the_two_roles_are_bound_to_their_one_subject():
    """What the admission policy allows."""
    fences = _fences()
    deployer = fences["RoleBinding", "hosting-deployer"]
    assert deployer["subjects"] == [
        {"kind": "ServiceAccount", "name": "hosting-deployer", "namespace": "host-acme"}
    ]
    impersonator = fences["RoleBinding", "hosting-impersonator"]
    assert impersonator["subjects"][0]["name"] == "hosting-bootstrapper"
    assert len([key for key in fences if key[0] == "RoleBinding"]) == 2
    for name in ("default", "hosting-deployer"):
        assert fences["ServiceAccount", name]["automountServiceAccountToken"] is False


def _allowed(fences, address, port):
    """Evaluate the egress policies for a TCP call to a public or private address."""
    target = ipaddress.ip_address(address)
    for (kind, _), obj in fences.items():
        for rule in obj["spec"].get("egress", []) if kind == "NetworkPolicy" else []:
            ports = [
                row["port"] for row in rule.get("ports", []) if row["protocol"] == "TCP"
            ]
            for peer in rule["to"]:
                block = peer.get("ipBlock")
                if block and port in ports and _inside(target, block["cidr"]):
                    if not any(_inside(target, net) for net in block["except"]):
                        return True
    return False


def _inside(address, network):
    network = ipaddress.ip_network(network)
    return address.version == network.version and address in network


@pytest.mark.parametrize(
    ("address", "port", "production", "staging"),
    [
        ("93.184.216.34", 443, True, True),
        ("2606:2800::1", 443, True, True),
        ("93.184.216.34", 25, True, False),
        ("93.184.216.34", 465, True, False),
        ("93.184.216.34", 587, True, False),
        ("93.184.216.34", 80, False, False),
        ("93.184.216.34", 22, False, False),
        ("93.184.216.34", 6443, False, False),
        ("10.0.0.1", 443, False, False),
        ("10.96.0.1", 443, False, False),
        ("172.16.5.5", 443, False, False),
        ("192.168.1.1", 443, False, False),
        ("169.254.169.254", 443, False, False),
        ("100.64.0.1", 443, False, False),
        ("127.0.0.1", 443, False, False),
        ("203.0.113.7", 443, False, False),
        ("2001:db8::1", 443, False, False),
        ("fd00::1", 443, False, False),
        ("fe80::1", 443, False, False),
    ],
)
def test_what_a_pod_may_call(address, port, production, staging):
    """The web, and mail in production; no private address, no named network."""
    assert _allowed(_fences(), address, port) is production
    assert _allowed(_fences(environment="staging"), address, port) is staging


def test_nothing_flows_that_no_policy_allows():
    """The default denies both ways for every pod."""
    deny = _fences()["NetworkPolicy", "hosting-default-deny"]["spec"]
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    same = _fences()["NetworkPolicy", "hosting-same-namespace"]["spec"]
    assert same["ingress"] == [{"from": [{"podSelector": {}}]}]


def test_the_exceptions_lie_inside_their_block():
    """Or the API server refuses the policy."""
    for (kind, _), obj in _fences().items():
        for rule in obj["spec"].get("egress", []) if kind == "NetworkPolicy" else []:
            for peer in rule["to"]:
                block = peer.get("ipBlock", {"except": [], "cidr": "::/0"})
                outer = ipaddress.ip_network(block["cidr"])
                assert all(
                    ipaddress.ip_network(net).subnet_of(outer)
                    for net in block["except"]
                )


def test_the_quota_leaves_no_door():
    """No load balancer, no node port; the rest is what was bought."""
    hard = _fences()["ResourceQuota", "hosting-quota"]["spec"]["hard"]
    assert hard["services.loadbalancers"] == hard["services.nodeports"] == "0"
    assert (hard["requests.cpu"], hard["limits.memory"]) == ("2", "4Gi")
    assert (hard["requests.storage"], hard["pods"]) == ("30Gi", "20")


DECLARED = [{"name": "odoo-db", "keys": ["password", "user"]}]


def _missing(live):
    return FILTERS["host_namespace_missing_secrets"](
        DECLARED, live, "host-acme", SPEC["host"]
    )


def test_a_secret_is_made_with_random_values():
    """32 url-safe characters each, other ones each time."""
    (first,), (second,) = _missing([]), _missing([])
    values = first["stringData"]
    assert set(values) == {"password", "user"}
    assert all(len(value) >= 32 for value in values.values())
    assert values["password"] != values["user"] != second["stringData"]["user"]
    assert first["metadata"]["namespace"] == "host-acme"


def test_a_value_that_is_there_is_never_written_again():
    """Only the missing key; nothing at all when all are there."""
    live = {"metadata": {"name": "odoo-db"}, "data": {"password": "eA=="}}
    (found,) = _missing([live])
    assert set(found["stringData"]) == {"user"}
    live["data"]["user"] = "eA=="
    assert _missing([live]) == []


def test_a_lease_expires():
    """By its own duration; one that nobody ever took is free."""
    lease = FILTERS["host_namespace_lease"]("run-1", "host-acme", 600)
    assert lease["spec"]["holderIdentity"] == "run-1"
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    expired = FILTERS["host_namespace_expired"]
    assert expired([lease], now.isoformat()) is False
    assert expired([lease], (now + timedelta(seconds=601)).isoformat()) is True
    assert expired([], now.isoformat()) is True
    live = lease | {"metadata": {"resourceVersion": "7"}}
    over = FILTERS["host_namespace_lease"]("run-2", "host-acme", 600, [live])
    assert over["metadata"]["resourceVersion"] == "7"


def test_a_lease_that_is_renewed_goes_on():
    """Its time runs from the last renewal; what renews it knows whose it is and since when."""
    lease = FILTERS["host_namespace_lease"]("run-1", "host-acme", 600)
    later = datetime.now(timezone.utc) + timedelta(seconds=900)
    expired = FILTERS["host_namespace_expired"]
    assert expired([lease], later.isoformat()) is True
    spec = lease["spec"] | {"renewTime": (later - timedelta(seconds=1)).isoformat()}
    assert expired([lease | {"spec": spec}], later.isoformat()) is False
    held = FILTERS["host_namespace_held"](lease, "deployer")
    assert (held["holder"], held["seconds"]) == ("run-1", 600)
    assert held["since"] == lease["spec"]["acquireTime"]


REGISTRY = {"name": "provider-registry", "keys": [".dockerconfigjson"]}
SMTP = {"name": "provider-smtp", "keys": ["password"]}
LIVE = {
    "metadata": {"name": "provider-smtp", "namespace": "hosting-system"},
    "type": "Opaque",
    "data": {"password": "czNjcmV0", "other": "eA=="},
}


def test_pods_pull_with_the_providers_registry_secret():
    """Without a word of the manifest; a host without one has no such field."""
    fences = _fences(secrets=[*SPEC["secrets"], REGISTRY])
    account = fences["ServiceAccount", "default"]
    assert account["imagePullSecrets"] == [{"name": "provider-registry"}]
    assert "imagePullSecrets" not in _fences()["ServiceAccount", "default"]


def test_a_copy_is_never_made_at_random():
    """It waits for the provider's; the others are made here."""
    made = FILTERS["host_namespace_missing_secrets"](
        [*SPEC["secrets"], SMTP], [], "host-acme", "acme.mint-cloud.test"
    )
    assert [secret["metadata"]["name"] for secret in made] == ["odoo-db"]
    assert FILTERS["host_namespace_provided"]([*SPEC["secrets"], SMTP]) == [SMTP]


def test_a_copy_has_the_keys_that_are_asked_for_and_no_others():
    looked = [{"__host_namespace_item": SMTP, "resources": [LIVE]}]
    copies = FILTERS["host_namespace_copies"]
    (copy,) = copies(looked, "host-acme", "acme.mint-cloud.test")
    assert copy["data"] == {"password": "czNjcmV0"} and copy["type"] == "Opaque"
    assert copy["metadata"]["namespace"] == "host-acme"
    assert FILTERS["host_namespace_absent"](looked) == []


def test_what_the_provider_lacks_is_named():
    """A whole Secret, or a key of one."""
    wanted = SMTP | {"keys": ["password", "user"]}
    looked = [
        {"__host_namespace_item": REGISTRY, "resources": []},
        {"__host_namespace_item": wanted, "resources": [LIVE]},
    ]
    absent = FILTERS["host_namespace_absent"](looked)
    assert absent == ["provider-registry", "provider-smtp, key user"]


@pytest.mark.parametrize(
    ("name", "host", "declared", "gone"),
    [
        ("provider-smtp", "acme.mint-cloud.test", [], True),
        ("provider-smtp", "acme.mint-cloud.test", [SMTP], False),
        ("provider-smtp", "", [], False),
        ("odoo-db", "acme.mint-cloud.test", [], False),
    ],
)
def test_only_a_copy_that_nobody_asks_for_goes(name, host, declared, gone):
    """Created-once Secrets are data and stay; so does what others made."""
    labels = {"hosting.mint-cloud.ch/host": host} if host else {}
    metadata = {"name": name, "namespace": "host-acme", "labels": labels}
    stale = FILTERS["host_namespace_stale"]
    found = stale([{"metadata": metadata}], declared, "acme.mint-cloud.test")
    assert bool(found) is gone
