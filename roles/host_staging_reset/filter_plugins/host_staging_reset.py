"""May this copy be made, which objects rest for it, and what is told about it."""

PREFIX = "hosting.mint-cloud.ch/"
# What --check and a run that was refused at once tell.
BLANK = {
    "action": "reset",
    "source": "",
    "stage": "look",
    "verified": None,
    "checks": {},
    "size": {},
    "seconds": 0,
    "undo_until": None,
    "staging": "unchanged",
}
DATA_KINDS = ("Deployment", "StatefulSet", "PersistentVolumeClaim")


def refusal(resources, owner, host):
    """Return why a namespace is not the production to copy from, or ''.

    :param resources: of a k8s_info of the namespace
    """
    if not resources:
        return f"{host} does not exist: there is nothing to copy."
    metadata = resources[0]["metadata"]
    there = (metadata.get("annotations") or {}).get(f"{PREFIX}owner", "")
    label = (metadata.get("labels") or {}).get(f"{PREFIX}host", "")
    if there != owner or label != host:
        return f"Namespace {metadata['name']} is not {host} of the same owner."
    return ""


def result(values, started, now):
    """Return what is published: the known values and how long it took."""
    return BLANK | values | {"seconds": round(float(now) - float(started))}


def passed(checks):
    """Tell whether a checklist is there and every point of it is true."""
    return bool(checks) and all(value is True for value in checks.values())


def judged(values, facts):
    """Return the values with the checklist and the sizes that the Jobs told, if they did.

    :param facts: what the containers told, also those that failed
    """
    found = dict(values)
    if facts.get("checks"):
        found |= {"checks": facts["checks"], "verified": passed(facts["checks"])}
    if facts.get("size"):
        found["size"] = facts["size"]
    return found


def identities(live):
    """Return live objects as ``{apiVersion, kind, metadata}`` for deleting them."""
    return [
        {
            "apiVersion": obj["apiVersion"],
            "kind": obj["kind"],
            "metadata": {key: obj["metadata"][key] for key in ("name", "namespace")},
        }
        for obj in live
    ]


def about(backup):
    """Return what the pod that offers a backup tells of it: sizes and checksums of the index.

    :param backup: its entry, as host_backup reads it
    """
    sums = {f"{name}_sum": value for name, value in backup["sha256"].items()}
    return sums | {key: backup["size"][key] for key in ("files", "count")}


class FilterModule:
    """Filters of host_staging_reset; the role's name is their prefix."""

    def filters(self):
        """Return the filters by name."""
        functions = [refusal, result, passed, judged, identities, about]
        return {
            f"host_staging_reset_{function.__name__}": function
            for function in functions
        }
