"""From what was tried on a cluster to rows of check, state, detail and hint."""

PREFIX = "hosting.mint-cloud.ch/"
INGRESSES = "keep others' host names"
APPLY = "An administrator applies roles/host_namespace/files/cluster once more."


def rows(cluster, found):
    """Return the checks of a cluster.

    :param cluster: ``cluster_check_cluster``
    :param found: dict of tries and ingresses (loop results of dry runs and reads),
        classes, storage (resources), issuers (result of k8s_info), dns (list)
    """
    table = [attempt(result) for result in found["tries"]]
    table.append(ingress_policy(found["ingresses"]))
    table.append(ingress_class(cluster, names(found["classes"])))
    table.append(storage_class(found["storage"]))
    table.append(wildcard(cluster, found["dns"]))
    table.append(issuer(cluster, found["issuers"]))
    return table


def row(check, good, detail, hint):
    """Return one check; a good one needs no hint."""
    return {
        "check": check,
        "state": "ok" if good else "failed",
        "detail": str(detail)[:300],
        "hint": "" if good else hint,
    }


def attempt(result):
    """Return whether a dry run was allowed or denied as it must be."""
    item = result["__cluster_check_item"]
    message = str(result.get("msg") or "")
    # Where an item names the policy, any other refusal (of the account) proves nothing.
    says = item.get("policy", "")
    refused = "denied request" in message or "forbidden" in message.lower()
    denied = refused and says in message
    allowed = "result" in result and not message
    good = allowed if item["expect"] == "allowed" else denied
    detail = message if message else "allowed"
    return row(item["check"], good, detail if not good else item["expect"], APPLY)


def ingress_tries(listed, cluster):
    """Return the dry run of an Ingress that claims another's host: none or one.

    :param listed: result of listing the hosts' namespaces
    :param cluster: ``cluster_check_cluster``
    """
    active = [
        resource["metadata"]["name"]
        for resource in listed.get("resources") or []
        if (resource.get("status") or {}).get("phase") == "Active"
        and not resource["metadata"]["name"].endswith("--backup")
    ]
    item = {"check": INGRESSES, "expect": "denied", "policy": "hosting-ingress-hosts"}
    return [item | {"definition": foreign(name, cluster)} for name in active[:1]]


def foreign(namespace, cluster):
    """Return an Ingress of a host name that no host has."""
    backend = {"service": {"name": "cluster-check", "port": {"number": 80}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    host = f"cluster-check.{cluster.get('domain', '')}"
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "cluster-check", "namespace": namespace},
        "spec": {"rules": [{"host": host, "http": {"paths": [path]}}]},
    }


def ingress_policy(results):
    """Return whether a host's account may claim others' host names; it must not."""
    if results:
        return attempt(results[0])
    return row(INGRESSES, True, "not tried: no host there", "") | {"state": "skipped"}


def names(resources):
    """Return the names of objects."""
    return [resource["metadata"]["name"] for resource in resources]


def ingress_class(cluster, classes):
    """Return whether the cluster has the class that its hosts will ask for."""
    wanted = cluster.get("ingress_class", "")
    hint = f"Install an ingress controller, or use one of: {', '.join(classes) or 'none there'}."
    return row("ingress class", wanted in classes, wanted, hint)


def storage_class(resources):
    """Return whether volume claims get a volume without naming a class."""
    default = "storageclass.kubernetes.io/is-default-class"
    found = [
        resource["metadata"]["name"]
        for resource in resources
        if (resource["metadata"].get("annotations") or {}).get(default) == "true"
    ]
    hint = "Mark one storage class as the default, or volume claims will wait for ever."
    return row("default storage class", bool(found), ", ".join(found) or "none", hint)


def wildcard(cluster, answer):
    """Return whether any name under the base domain resolves to the cluster."""
    domain, address = cluster.get("domain", ""), cluster.get("address", "")
    found = [text for text in answer if text and text != "NXDOMAIN"]
    good = bool(found) and (not address or address in found)
    hint = f"Add a DNS record: *.{domain} pointing to {address or 'the ingress controller'}."
    return row("DNS wildcard", good, ", ".join(found) or "does not resolve", hint)


def issuer(cluster, looked):
    """Return whether cert-manager's issuer is ready; without cert-manager nobody can tell here.

    :param looked: result of k8s_info for ClusterIssuers
    """
    wanted = cluster.get("issuer", "")
    if not wanted:
        return row("issuer", True, "none: plain HTTP", "")
    message, known = str(looked.get("msg") or ""), looked.get("resources") or []
    if "forbidden" in message.lower():
        return row("issuer", False, message, APPLY)
    if not known:
        return row("issuer", True, f"{wanted}: the ingress controller's own", "")
    own = [obj for obj in known if obj["metadata"]["name"] == wanted]
    hint = f"cert-manager has: {', '.join(names(known))}. Correct the cluster's issuer."
    if not own:
        return row("issuer", False, f"{wanted} does not exist", hint)
    conditions = (own[0].get("status") or {}).get("conditions") or []
    ready = [item for item in conditions if item.get("type") == "Ready"]
    good = any(item.get("status") == "True" for item in ready)
    detail = (
        wanted
        if good
        else f"{wanted}: {(ready or [{}])[0].get('message', 'not ready')}"
    )
    return row("issuer", good, detail, f"kubectl describe clusterissuer {wanted}")


def namespaces(listed, owner):
    """Return an owner's namespaces, sorted by name, or None when nobody asked for them.

    :param listed: result of listing the hosts' namespaces, {} or skipped when not asked
    :param owner: text of the owner annotation
    :rtype: list[dict]|None with name, host and phase
    """
    if not owner or "resources" not in listed:
        return None
    found = []
    for resource in listed["resources"]:
        metadata = resource["metadata"]
        annotations = metadata.get("annotations") or {}
        if annotations.get(f"{PREFIX}owner") == owner:
            host = annotations.get(f"{PREFIX}hosts", "").split(",")[0]
            phase = (resource.get("status") or {}).get("phase", "")
            found.append({"name": metadata["name"], "host": host, "phase": phase})
    return sorted(found, key=lambda entry: entry["name"])


class FilterModule:
    """Filters of cluster_check."""

    def filters(self):
        """Return the filters by name."""
        return {
            "cluster_check_rows": rows,
            "cluster_check_namespaces": namespaces,
            "cluster_check_ingress_tries": ingress_tries,
        }
