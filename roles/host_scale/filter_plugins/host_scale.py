"""The objects that put a host's workloads to rest, and those that let go of them."""

import json

INVENTORY = "hosting-inventory"
PAGE = "hosting-suspended"
PAGE_LABELS = {"hosting.mint-cloud.ch/page": "suspended"}
WORKLOADS = ("Deployment", "StatefulSet", "CronJob")


def rest(live, namespace, page=None):
    """Return what to apply so that nothing runs: the workloads at rest, and a note of them.

    :param live: the host's Deployments, StatefulSets and CronJobs (at least their names);
        for a page also its Services and Ingresses
    :param page: ``{"image", "port"}`` of what visitors see instead; None or no image for none
    """
    workloads = [obj for obj in live if obj["kind"] in WORKLOADS]
    objects = [reference(obj) | {"spec": at_rest(obj["kind"])} for obj in workloads]
    if page and page["image"]:
        objects += [diverted(obj, page["port"]) for obj in published(live)]
        objects.append(page_deployment(namespace, page))
    return [*objects, note(namespace, sorted(map(identity, objects)))]


def published(live):
    """Return the Services that an Ingress of the host sends visitors to."""
    names = set()
    for obj in live:
        for rule in (obj.get("spec") or {}).get("rules") or []:
            for path in (rule.get("http") or {}).get("paths") or []:
                names.add(
                    ((path.get("backend") or {}).get("service") or {}).get("name")
                )
    return [
        o for o in live if o["kind"] == "Service" and o["metadata"]["name"] in names
    ]


def diverted(service, port):
    """Return a Service that leads to the page: the Ingress, its names and certificate stay."""
    ports = [
        {
            "port": row["port"],
            "protocol": row.get("protocol", "TCP"),
            "targetPort": port,
        }
        for row in service["spec"]["ports"]
    ]
    return reference(service) | {"spec": {"selector": PAGE_LABELS, "ports": ports}}


def page_deployment(namespace, page):
    """Return the Deployment of the page; it holds no data and stands in no inventory."""
    labels = {"app.kubernetes.io/managed-by": "hosting"}
    metadata = {"name": PAGE, "namespace": namespace, "labels": labels}
    container = {
        "name": "page",
        "image": page["image"],
        "imagePullPolicy": "IfNotPresent",
        "ports": [{"containerPort": page["port"]}],
        # Whatever the page's status is: 503 is a good one.
        "readinessProbe": {"tcpSocket": {"port": page["port"]}, "periodSeconds": 2},
        "resources": {
            "requests": {"cpu": "10m", "memory": "16Mi"},
            "limits": {"cpu": "100m", "memory": "64Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
    }
    pod = {
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [{"name": "tmp", "emptyDir": {}}],
    }
    template = {"metadata": {"labels": PAGE_LABELS}, "spec": pod}
    spec = {
        "replicas": 1,
        "selector": {"matchLabels": PAGE_LABELS},
        "template": template,
    }
    kind = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata}
    return kind | {"spec": spec}


def released(live, asleep, namespace):
    """Return the same objects without a wish: what is not there any more is left out.

    :param asleep: identities as ``rest`` noted them; the page is deleted, not released
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
