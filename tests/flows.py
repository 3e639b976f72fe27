"""Which connections do NetworkPolicies allow? A small evaluator, and the table that hosts promise.

The lab's network stores policies without enforcing them, so the objects themselves are
evaluated, as the API's documentation defines them: policies add up; a pod that any policy
selects for a direction gets only what one of them allows; both ends must agree.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

NAME = "kubernetes.io/metadata.name"
ALLOWED, FORBIDDEN = True, False


@dataclass(frozen=True)
class End:
    """One end of a connection: a pod of a namespace, or an address outside of the cluster."""

    address: str
    namespace: str = ""
    labels: dict[str, str] = field(default_factory=dict)

    def namespace_labels(self) -> dict[str, str]:
        """Return the labels that the API server gives each namespace."""
        return {NAME: self.namespace}


def allowed(
    policies: list[dict], source: End, target: End, protocol: str, port: int
) -> bool:
    """Tell whether a connection passes at both of its ends."""
    return _passes(policies, "Egress", source, target, protocol, port) and _passes(
        policies, "Ingress", target, source, protocol, port
    )


def _passes(
    policies: list[dict], direction: str, own: End, other: End, protocol: str, port: int
) -> bool:
    selecting = [
        policy
        for policy in policies
        if direction in _types(policy["spec"])
        and own.namespace == policy["metadata"]["namespace"]
        and _selects(policy["spec"]["podSelector"], own.labels)
    ]
    if not selecting:
        return True
    return any(
        _rule_allows(rule, direction, policy["metadata"]["namespace"], other)
        and _port_allows(rule.get("ports"), protocol, port)
        for policy in selecting
        for rule in policy["spec"].get(direction.lower()) or []
    )


def _types(spec: dict[str, Any]) -> list[str]:
    default = ["Ingress", "Egress"] if "egress" in spec else ["Ingress"]
    return spec.get("policyTypes") or default


def _rule_allows(rule: dict, direction: str, namespace: str, other: End) -> bool:
    peers = rule.get("from" if direction == "Ingress" else "to")
    return not peers or any(_is_peer(peer, namespace, other) for peer in peers)


def _is_peer(peer: dict[str, Any], namespace: str, other: End) -> bool:
    if "ipBlock" in peer:
        return _in_block(peer["ipBlock"], other.address)
    if not other.namespace:
        return False
    if "namespaceSelector" in peer:
        inside = _selects(peer["namespaceSelector"], other.namespace_labels())
    else:
        inside = other.namespace == namespace
    return inside and _selects(peer.get("podSelector") or {}, other.labels)


def _in_block(block: dict[str, Any], address: str) -> bool:
    return _inside(address, block["cidr"]) and not any(
        _inside(address, network) for network in block.get("except") or []
    )


def _inside(address: str, network: str) -> bool:
    found, whole = ipaddress.ip_address(address), ipaddress.ip_network(network)
    return found.version == whole.version and found in whole


def _selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    wanted = selector.get("matchLabels") or {}
    return wanted.items() <= labels.items() and all(
        _expression(row, labels) for row in selector.get("matchExpressions") or []
    )


def _expression(row: dict[str, Any], labels: dict[str, str]) -> bool:
    there, value = row["key"] in labels, labels.get(row["key"])
    return {
        "In": there and value in row.get("values", []),
        "NotIn": value not in row.get("values", []),
        "Exists": there,
        "DoesNotExist": not there,
    }[row["operator"]]


def _port_allows(ports: list[dict] | None, protocol: str, port: int) -> bool:
    return not ports or any(
        row.get("protocol", "TCP") == protocol
        and (
            "port" not in row or row["port"] <= port <= row.get("endPort", row["port"])
        )
        for row in ports
    )


POD = End("10.244.1.5", "host-acme", {"app": "odoo"})
SIBLING = End("10.244.1.6", "host-acme", {"app": "postgres"})
STAGING = End("10.244.1.7", "host-acme-stag", {"app": "odoo"})
STRANGER = End("10.244.2.8", "host-beta", {"app": "odoo"})
DNS = End("10.244.0.2", "kube-system", {"k8s-app": "kube-dns"})
TRAEFIK = End("10.244.0.3", "traefik", {"app": "traefik"})
NGINX = End("10.244.0.4", "ingress-nginx", {})
PROVIDER = End("10.244.0.5", "hosting-system", {})
DEFAULT = End("10.244.0.6", "default", {})
WEB, WEB6 = End("93.184.216.34"), End("2606:2800:220::1")
MAIL_PORTS = (25, 465, 587)
# Public addresses of nodes and API server, as the administrator lists them.
DENIED = ["203.0.113.0/24", "2001:db8::/32"]
NEVER = (
    "10.96.0.1 10.0.0.7 100.64.0.1 127.0.0.1 169.254.169.254 172.16.5.5 192.168.1.1 "
    "198.18.0.1 224.0.0.1 255.255.255.255 0.0.0.0 203.0.113.7 2001:db8::1 ::1 fd00::1 "
    "fe80::1 ff02::1 64:ff9b::a00:1"
).split()


def table(environment: str) -> Iterator[tuple[End, End, str, int, bool]]:
    """Yield source, target, protocol, port and verdict of each flow that hosts promise."""
    for port in (5432, 8069, 22):
        yield POD, SIBLING, "TCP", port, ALLOWED
        for other in (STRANGER, STAGING, PROVIDER, DEFAULT):
            yield POD, other, "TCP", port, FORBIDDEN
            yield other, POD, "TCP", port, FORBIDDEN
    for controller in (TRAEFIK, NGINX, DNS):
        yield controller, POD, "TCP", 8069, ALLOWED
    for protocol in ("UDP", "TCP"):
        yield POD, DNS, protocol, 53, ALLOWED
        yield POD, STRANGER, protocol, 53, FORBIDDEN
        yield POD, WEB, protocol, 53, FORBIDDEN
    for port in (443, 6443, 9153, 10250):
        yield POD, DNS, "TCP", port, FORBIDDEN
        yield POD, TRAEFIK, "TCP", port, FORBIDDEN
    yield from _outside(environment)


def _outside(environment: str) -> Iterator[tuple[End, End, str, int, bool]]:
    for there in (WEB, WEB6):
        yield POD, there, "TCP", 443, ALLOWED
        yield POD, there, "UDP", 443, FORBIDDEN
        yield there, POD, "TCP", 8069, FORBIDDEN
        for port in MAIL_PORTS:
            yield POD, there, "TCP", port, environment == "production"
        for port in (22, 80, 5432, 6443, 8443, 10250):
            yield POD, there, "TCP", port, FORBIDDEN
    for address in NEVER:
        for port in (80, 443, 6443, *MAIL_PORTS):
            yield POD, End(address), "TCP", port, FORBIDDEN


def differences(policies: list[dict], environment: str) -> list[str]:
    """Return each flow whose verdict is not the table's, as a sentence."""
    return [
        f"{source.namespace or source.address} -> {target.namespace or target.address} "
        f"{protocol}/{port} must be {'allowed' if verdict else 'forbidden'}"
        for source, target, protocol, port, verdict in table(environment)
        if allowed(policies, source, target, protocol, port) != verdict
    ]
