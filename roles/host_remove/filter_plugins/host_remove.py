"""Whose namespace is it, what is lost with it, what remains of it."""

import json
from datetime import UTC, datetime, timedelta

PREFIX = "hosting.mint-cloud.ch/"


def phase(resources):
    """Return Active or Terminating of the one namespace of a k8s_info result, or Absent."""
    if not resources:
        return "Absent"
    return (resources[0].get("status") or {}).get("phase", "Active")


def refusal(resources, owner, host):
    """Return why a namespace may not be deleted, or ''.

    :param owner: ``hosting_owner``
    :param host: ``hosting_host``
    """
    if not resources:
        return ""
    metadata = resources[0]["metadata"]
    there = (metadata.get("annotations") or {}).get(f"{PREFIX}owner", "")
    if there != owner:
        whose = there or "nobody (it has no owner annotation)"
        return f"Namespace {metadata['name']} belongs to {whose}, not to {owner}."
    label = (metadata.get("labels") or {}).get(f"{PREFIX}host", "")
    if label != host:
        return f"Namespace {metadata['name']} is {label or 'no host'}'s, not {host}'s."
    return ""


def lost(resources, namespace):
    """Return the rows of everything that goes: the namespace and what its inventory lists."""
    data = (resources[0].get("data") or {}) if resources else {}
    rows = [row("Namespace", namespace, "")]
    for identity in json.loads(data.get("objects") or "[]"):
        _, kind, name = identity.rsplit("/", 2)
        rows.append(row(kind, name, namespace))
    return rows


def row(kind, name, namespace):
    """Return one deleted object as results list it."""
    return {"kind": kind, "name": name, "namespace": namespace, "action": "deleted"}


def remains(looked, namespace):
    """Return why a namespace is still there, as sentences; [] when it is gone.

    :param looked: result of the last k8s_info
    """
    if looked.get("resources") == []:
        return []
    if not looked.get("resources"):
        return [f"nobody knows: {str(looked.get('msg'))[:300]}"]
    conditions = (looked["resources"][0].get("status") or {}).get("conditions") or []
    told = [item["message"] for item in conditions if item.get("status") == "True"]
    return told or [f"Namespace {namespace} has not told why."]


def backup(listed, host, days, now):
    """Return the id of a host's newest verified backup that is young enough, or ''.

    :param listed: the backups as host_backup lists them
    :param days: how old it may be
    :param now: ISO 8601, UTC
    """
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    for row in sorted(listed, key=lambda row: row["time"], reverse=True):
        made = datetime.fromisoformat(row["time"])
        if row["host"] == host and row["verified"] is True:
            return row["id"] if at - made <= timedelta(days=int(days)) else ""
    return ""


class FilterModule:
    """Filters of host_remove; the role's name is their prefix."""

    def filters(self):
        """Return the filters by name."""
        functions = [phase, refusal, backup, lost, remains]
        return {f"host_remove_{function.__name__}": function for function in functions}
