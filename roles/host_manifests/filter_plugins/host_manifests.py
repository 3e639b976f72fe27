"""Small pure functions that the tasks of host_manifests use."""

import json
import re

from ansible.errors import AnsibleFilterError

# Prefixes of the machinery's own variables; a manifest sees none of them.
MACHINERY = ("ansible_", "host_", "manifest_", "cluster_", "molecule_")
MAGIC = set(
    "groups group_names hostvars inventory_dir inventory_file inventory_hostname "
    "inventory_hostname_short playbook_dir omit vars environment role_name role_names "
    "role_path play_hosts lookup query".split()
)
NAME = re.compile(r"[a-z][a-z0-9_]*")
# Where a Job hands a copy over (host_jobs).
JOB_PORT = 8070
KEPT_KINDS = ("v1/PersistentVolumeClaim", "v1/Secret")


def variables(hostvars):
    """Return the variables of a host's file: hosting_*, k8s_* and the parameters, as plain JSON."""
    names = [
        name
        for name in hostvars
        if NAME.fullmatch(name) and not name.startswith(MACHINERY) and name not in MAGIC
    ]
    return {str(name): plain(hostvars[name], name) for name in names}


def plain(value, name):
    """Return a value without Ansible's tags; raises AnsibleFilterError for other types."""
    if value is None or isinstance(value, bool):
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, dict):
        return {str(key): plain(item, name) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, name) for item in value]
    raise AnsibleFilterError(
        f"the variable {name} holds a {type(value).__name__}, no JSON value"
    )


def identity(obj):
    """Return ``apps/v1/Deployment/odoo``."""
    return f"{obj['apiVersion']}/{obj['kind']}/{obj['metadata']['name']}"


def read_inventory(resources):
    """Return what the inventory's ConfigMap holds, if there is one.

    :return: ``{"objects": [identity], "manifests": [{"name", "sha256"}]}``
    """
    data = (resources[0].get("data") or {}) if resources else {}
    return {
        "objects": json.loads(data.get("objects") or "[]"),
        "manifests": json.loads(data.get("manifests") or "[]"),
    }


def asleep(resources):
    """Return the identities that suspend.yml put to rest; it notes them in the same ConfigMap."""
    data = (resources[0].get("data") or {}) if resources else {}
    return json.loads(data.get("asleep") or "[]")


def kept(objects, asleep):
    """Return a suspended host's objects to apply: what leads visitors to the page stays unsaid.

    :param objects: the manifests' objects
    """
    return [
        undirected(obj) if obj["kind"] == "Service" and identity(obj) in asleep else obj
        for obj in objects
    ]


def undirected(service):
    """Return a Service without the fields by which host_scale leads visitors to its page."""
    spec = {key: value for key, value in service["spec"].items() if key != "selector"}
    spec["ports"] = [
        {key: value for key, value in row.items() if key != "targetPort"}
        for row in service["spec"].get("ports") or []
    ]
    return service | {"spec": spec}


def to_remove(inventory, objects, with_data=False):
    """Return the identities that earlier runs made and this one lacks; data stays unless told."""
    gone = set(inventory["objects"]) - {identity(obj) for obj in objects}
    return sorted(name for name in gone if with_data or not name.startswith(KEPT_KINDS))


def union(inventory, objects):
    """Return the inventory to write before an apply: what was and what will be."""
    names = set(inventory["objects"]) | {identity(obj) for obj in objects}
    return {"objects": sorted(names), "manifests": inventory["manifests"]}


def exact(inventory, objects, manifests, removed):
    """Return the inventory to write after prune. Data that was kept stays listed."""
    kept = set(inventory["objects"]) - set(removed)
    kept = {name for name in kept if name.startswith(KEPT_KINDS)}
    names = kept | {identity(obj) for obj in objects}
    short = [{"name": row["name"], "sha256": row["sha256"]} for row in manifests]
    return {
        "objects": sorted(names),
        "manifests": sorted(short, key=lambda row: row["name"]),
    }


def drifted(inventory, entries):
    """Return the entries whose applied text their writer has never seen.

    An entry without ``known`` is not checked.
    """
    applied = {row["name"]: row["sha256"] for row in inventory["manifests"]}
    found = []
    for entry in entries:
        there = applied.get(entry["name"])
        if (
            there
            and "known" in entry
            and there not in [*entry["known"], entry["sha256"]]
        ):
            found.append({"name": entry["name"], "applied": there})
    return found


def replaced(inventory, manifests):
    """Return the names of the applied manifests whose text is another now, or that are gone.

    :param manifests: what was prepared, rows with name and sha256
    """
    new = {row["name"]: row["sha256"] for row in manifests}
    return [
        row["name"]
        for row in inventory["manifests"]
        if new.get(row["name"]) != row["sha256"]
    ]


def adopted(entries, drift):
    """Return the entries with the applied sha256 where the writer did not know it."""
    applied = {row["name"]: row["applied"] for row in drift}
    return [
        entry | {"sha256": applied.get(entry["name"], entry["sha256"])}
        for entry in entries
    ]


def references(identities, namespace):
    """Return identities as ``{apiVersion, kind, metadata}`` for reading or deleting."""
    found = []
    for name in identities:
        version, kind, title = name.rsplit("/", 2)
        metadata = {"name": title, "namespace": namespace}
        found.append({"apiVersion": version, "kind": kind, "metadata": metadata})
    return found


def own(live, host):
    """Return the references of those live objects that still carry this host's labels."""
    found = []
    for obj in live:
        labels = obj["metadata"].get("labels") or {}
        managed = labels.get("app.kubernetes.io/managed-by") == "hosting"
        if managed and labels.get("hosting.mint-cloud.ch/host") == host:
            metadata = {key: obj["metadata"][key] for key in ("name", "namespace")}
            kind = {key: obj[key] for key in ("apiVersion", "kind")}
            found.append(kind | {"metadata": metadata})
    return found


def sample_job(namespace):
    """Return ``hosting_job`` as host_jobs gives it, for a check: every step at once."""
    return {
        "step": "check",
        "id": "0a1b2c3d",
        "namespace": namespace,
        "seconds": 600,
        "port": JOB_PORT,
        "url": f"http://192.0.2.1:{JOB_PORT}",
        "secret": "hosting-hand-over",
        "images": {},
        "nodes": {},
        "facts": {},
        "neutralize": True,
        "undo_hours": 24,
        "storage": "20Gi",
        "backup": "20261123-0415-0a1b2c3d",
        "keep": [],
        "about": {},
        "vars": "",
        "token_sha256": "",
        "open_seconds": 900,
    }


class FilterModule:
    """Filters of host_manifests; the role's name is their prefix."""

    def filters(self):
        """Return the filters by name."""
        functions = [
            variables,
            read_inventory,
            asleep,
            kept,
            to_remove,
            union,
            exact,
            drifted,
            replaced,
            adopted,
            references,
            own,
            sample_job,
        ]
        return {
            f"host_manifests_{function.__name__}": function for function in functions
        }
