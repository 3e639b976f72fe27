"""The objects that fence a host's namespace, and its lease."""

from datetime import UTC, datetime

PREFIX = "hosting.mint-cloud.ch/"
MANAGED_BY = "app.kubernetes.io/managed-by"
DEPLOYER = "hosting-deployer"
RBAC = "rbac.authorization.k8s.io"
# Addresses that no tenant calls: this host, links, private and shared ranges, multicast.
PRIVATE_V4 = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
    "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3",
]  # fmt: skip
PRIVATE_V6 = ["::1/128", "64:ff9b::/96", "fc00::/7", "fe80::/10", "ff00::/8"]
PULL_KEY = ".dockerconfigjson"
MAIL_PORTS = (25, 465, 587)


def fences(spec):
    """Return the namespace and everything that limits it, in the order of writing.

    :param spec: dict of namespace, host, owner, hosts, environment, quota, user,
        ingress_peers, dns_peers, denied_networks, limits, secrets (``hosting_secrets``)
    """
    return [
        namespace(spec),
        *accounts(spec),
        quota(spec),
        limits(spec),
        *policies(spec),
    ]


def metadata(spec, name):
    """Return the metadata that all objects of the machinery have."""
    labels = {MANAGED_BY: "hosting", f"{PREFIX}host": spec["host"]}
    return {"name": name, "namespace": spec["namespace"], "labels": labels}


def namespace(spec):
    """Return the Namespace: owner and host names stand in its annotations."""
    found = metadata(spec, spec["namespace"])
    del found["namespace"]
    found["labels"] |= {
        "pod-security.kubernetes.io/enforce": "baseline",
        "pod-security.kubernetes.io/warn": "restricted",
        "pod-security.kubernetes.io/audit": "restricted",
    }
    found["annotations"] = {
        f"{PREFIX}owner": spec["owner"],
        f"{PREFIX}hosts": ",".join(spec["hosts"]),
    }
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": found}


def accounts(spec):
    """Return the deployer, who may act as it, and a default account without a token."""
    account = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "automountServiceAccountToken": False,
    }
    deployer = {
        "kind": "ServiceAccount",
        "name": DEPLOYER,
        "namespace": spec["namespace"],
    }
    user = {"kind": "User", "apiGroup": RBAC, "name": spec["user"]}
    names = pull_secrets(spec["secrets"])
    pulls = {"imagePullSecrets": [{"name": name} for name in names]} if names else {}
    return [
        account | {"metadata": metadata(spec, "default")} | pulls,
        account | {"metadata": metadata(spec, DEPLOYER)},
        binding(spec, DEPLOYER, deployer),
        binding(spec, "hosting-impersonator", user),
    ]


def pull_secrets(declared):
    """Return the names of the Secrets with which a host's pods pull their images."""
    return [secret["name"] for secret in declared if PULL_KEY in secret["keys"]]


def binding(spec, role, subject):
    """Return the RoleBinding of a ClusterRole to one subject in this namespace."""
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": metadata(spec, role),
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [subject],
    }


def quota(spec):
    """Return the ResourceQuota. No load balancer and no node port, whatever a manifest says."""
    hard = {
        "requests.cpu": spec["quota"]["cpu"],
        "requests.memory": spec["quota"]["memory"],
        "limits.memory": spec["quota"]["memory"],
        "requests.storage": spec["quota"]["storage"],
        "pods": str(spec["quota"]["pods"]),
        "services.loadbalancers": "0",
        "services.nodeports": "0",
    }
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": metadata(spec, "hosting-quota"),
        "spec": {"hard": hard},
    }


def limits(spec):
    """Return the LimitRange: what a container gets that asks for nothing."""
    item = {"type": "Container"} | spec["limits"]
    return {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": metadata(spec, "hosting-limits"),
        "spec": {"limits": [item]},
    }


def policies(spec):
    """Return the NetworkPolicies. They add up; without one that allows it, nothing flows."""
    both = ["Ingress", "Egress"]
    inside = [{"podSelector": {}}]
    dns = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
    found = [
        policy(spec, "hosting-default-deny", policyTypes=both),
        policy(
            spec,
            "hosting-same-namespace",
            policyTypes=both,
            ingress=[{"from": inside}],
            egress=[{"to": inside}],
        ),
        policy(
            spec,
            "hosting-dns",
            policyTypes=["Egress"],
            egress=[{"to": spec["dns_peers"], "ports": dns}],
        ),
        policy(
            spec,
            "hosting-ingress-controller",
            policyTypes=["Ingress"],
            # An empty list of peers would mean everybody.
            ingress=[{"from": spec["ingress_peers"]}] if spec["ingress_peers"] else [],
        ),
        outside(spec, "hosting-web", (443,)),
    ]
    if spec["environment"] == "production":
        found.append(outside(spec, "hosting-mail", MAIL_PORTS))
    return found


def outside(spec, name, ports):
    """Return a policy that lets pods call public addresses on some ports."""
    denied = spec["denied_networks"]
    blocks = [
        {
            "cidr": "0.0.0.0/0",
            "except": PRIVATE_V4 + [net for net in denied if ":" not in net],
        },
        {"cidr": "::/0", "except": PRIVATE_V6 + [net for net in denied if ":" in net]},
    ]
    rule = {
        "to": [{"ipBlock": block} for block in blocks],
        "ports": [{"protocol": "TCP", "port": port} for port in ports],
    }
    return policy(spec, name, policyTypes=["Egress"], egress=[rule])


def policy(spec, name, **rules):
    """Return a NetworkPolicy for every pod of the namespace."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(spec, name),
        "spec": {"podSelector": {}} | rules,
    }


def annotation(resources, name):
    """Return an annotation of the one object of a k8s_info result, or ''."""
    if not resources:
        return ""
    annotations = resources[0]["metadata"].get("annotations") or {}
    return annotations.get(f"{PREFIX}{name}", "")


def lease(run, namespace_name, seconds, live=()):
    """Return the Lease that a run takes; over an expired one, whose version it then names."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    meta = {"name": "hosting-lease", "namespace": namespace_name}
    if live:
        meta["resourceVersion"] = live[0]["metadata"]["resourceVersion"]
    spec = {
        "holderIdentity": run,
        "leaseDurationSeconds": int(seconds),
        "acquireTime": now,
    }
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": meta,
        "spec": spec,
    }


def held(taken, deployer):
    """Return what a step that takes long needs for renewing the run's lease.

    :param taken: the Lease as the API server returned it
    """
    spec, metadata = taken["spec"], taken["metadata"]
    return {
        "namespace": metadata["namespace"],
        "name": metadata["name"],
        "holder": spec["holderIdentity"],
        "seconds": int(spec["leaseDurationSeconds"]),
        "since": str(spec["acquireTime"]),
        "deployer": deployer,
    }


def expired(live, now):
    """Tell whether the lease of a k8s_info result is over at ``now`` (ISO 8601, UTC)."""
    spec = live[0].get("spec") or {} if live else {}
    since = spec.get("renewTime") or spec.get("acquireTime")
    if not since:
        return True
    taken = datetime.fromisoformat(str(since))
    at = datetime.fromisoformat(now)
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return (at - taken).total_seconds() > int(spec.get("leaseDurationSeconds") or 0)


class FilterModule:
    """Filters of host_namespace; the role's name is their prefix."""

    def filters(self):
        """Return the filters by name."""
        functions = [fences, annotation, lease, held, expired]
        return {
            f"host_namespace_{function.__name__}": function for function in functions
        }
