"""From what was tried on a cluster to rows of check, state, detail and hint."""

APPLY = "An administrator applies roles/host_namespace/files/cluster once more."


def rows(cluster, found):
    """Return the checks of a cluster.

    :param cluster: ``cluster_check_cluster``
    :param found: dict of tries (loop results of dry runs), classes, storage (resources), dns (list)
    """
    table = [attempt(result) for result in found["tries"]]
    table.append(ingress_class(cluster, names(found["classes"])))
    table.append(storage_class(found["storage"]))
    table.append(wildcard(cluster, found["dns"]))
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
    denied = "denied request" in message or "forbidden" in message.lower()
    allowed = "result" in result and not message
    good = allowed if item["expect"] == "allowed" else denied
    detail = message if message else "allowed"
    return row(item["check"], good, detail if not good else item["expect"], APPLY)


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


class FilterModule:
    """Filters of cluster_check."""

    def filters(self):
        """Return the filters by name."""
        return {"cluster_check_rows": rows}
