"""The objects that put a host's workloads to rest, and those that let go of them."""

import json

INVENTORY = "hosting-inventory"


def rest(live, namespace):
    """Return what to apply so that nothing runs: the workloads at rest, and a note of them.

    :param live: the host's Deployments, StatefulSets and CronJobs (at least their names)
    """
    objects = [reference(obj) | {"spec": at_rest(obj["kind"])} for obj in live]
    return [*objects, note(namespace, sorted(map(identity, live)))]


def released(live, asleep, namespace):
    """Return the same objects without a wish: what is not there any more is left out.

    :param asleep: identities as ``rest`` noted them
    """
    objects = [reference(obj) for obj in live if identity(obj) in asleep]
    return [*objects, note(namespace)]


def at_rest(kind):
    """Return the spec of a workload that runs nothing."""
    return {"suspend": True} if kind == "CronJob" else {"replicas": 0}


def reference(obj):
    """Return apiVersion, kind, name and namespace of an object."""
    metadata = {key: obj["metadata"][key] for key in ("name", "namespace")}
    kind = {key: obj[key] for key in ("apiVersion", "kind")}
    return kind | {"metadata": metadata}


def identity(obj):
    """Return ``apps/v1/Deployment/odoo``, as the inventory names objects."""
    return f"{obj['apiVersion']}/{obj['kind']}/{obj['metadata']['name']}"


def note(namespace, asleep=None):
    """Return the inventory's ConfigMap with the one key that is this role's, or without it."""
    metadata = {"name": INVENTORY, "namespace": namespace}
    data = {} if asleep is None else {"data": {"asleep": json.dumps(asleep)}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata} | data


class FilterModule:
    """Filters of host_scale; the role's name is their prefix."""

    def filters(self):
        """Return the filters by name."""
        return {"host_scale_rest": rest, "host_scale_released": released}
