"""Is a host's rollout ready, on its way or lost? Pure functions over plain objects.

A snapshot is ``{"deployments", "replicasets", "statefulsets", "pods", "ingresses", "events",
"inventories"}``: lists of dicts as the API server sends them.
"""

import json
from datetime import UTC, datetime

READY, WAITING, FAILED = "ready", "waiting", "failed"
IMAGE_REASONS = {
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
}
CONFIG_REASONS = {
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
}
MAX_CRASHES = 3
MAX_EVENTS = 20
MAX_TEXT = 300
MAX_LOGS = 3
REVISION = "deployment.kubernetes.io/revision"
HEALTH_PATH = "hosting.mint-cloud.ch/health-path"


def judge(snapshot, now, grace):
    """Return ``{"state", "error"}`` of a snapshot.

    :param now: aware datetime
    :param grace: seconds for which a pod's error may still pass
    """
    for pod in current_pods(snapshot):
        error = pod_error(pod, now, grace)
        if error:
            return {"state": FAILED, "error": error}
    waiting = [row for row in workloads(snapshot) if not row["complete"]]
    if not waiting:
        return {"state": READY, "error": None}
    return {"state": WAITING, "error": not_ready(waiting, snapshot)}


def workloads(snapshot):
    """Return name, replicas and completeness of each Deployment and StatefulSet."""
    rows = [
        workload("Deployment", obj, "updatedReplicas")
        for obj in snapshot["deployments"]
    ]
    rows += [
        workload("StatefulSet", obj, "updatedReplicas")
        for obj in snapshot["statefulsets"]
    ]
    return rows


def workload(kind, obj, updated_key):
    """Return one workload's row: what is wanted, what is ready, whether that is all."""
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    wanted = spec.get("replicas", 1)
    ready, updated = status.get("readyReplicas") or 0, status.get(updated_key) or 0
    total = status.get("replicas") or 0
    seen = (status.get("observedGeneration") or 0) >= (
        obj["metadata"].get("generation") or 0
    )
    return {
        "kind": kind,
        "name": obj["metadata"]["name"],
        "wanted": wanted,
        "ready": ready,
        "complete": seen and ready >= wanted and updated >= wanted and total == wanted,
    }


def current_pods(snapshot):
    """Return the pods of each workload's newest revision; those of an older one may fail."""
    hashes = {
        newest_hash(obj, snapshot["replicasets"]) for obj in snapshot["deployments"]
    }
    for obj in snapshot["statefulsets"]:
        hashes.add((obj.get("status") or {}).get("updateRevision"))
    hashes.discard(None)
    return [pod for pod in snapshot["pods"] if pod_hash(pod) in hashes]


def newest_hash(deployment, replicasets):
    """Return the pod-template-hash of a Deployment's newest ReplicaSet, or None."""
    seen = (deployment.get("status") or {}).get("observedGeneration") or 0
    if seen < (deployment["metadata"].get("generation") or 0):
        return None
    uid = deployment["metadata"].get("uid")
    own = [
        replicaset
        for replicaset in replicasets
        if any(
            ref.get("uid") == uid
            for ref in replicaset["metadata"].get("ownerReferences") or []
        )
    ]
    if not own:
        return None
    newest = max(own, key=revision)
    return (newest["metadata"].get("labels") or {}).get("pod-template-hash")


def revision(replicaset):
    """Return the revision number of a ReplicaSet."""
    return int((replicaset["metadata"].get("annotations") or {}).get(REVISION) or 0)


def pod_hash(pod):
    """Return what ties a pod to its workload's revision."""
    labels = pod["metadata"].get("labels") or {}
    return labels.get("pod-template-hash") or labels.get("controller-revision-hash")


def containers(pod):
    """Return the statuses of all containers of a pod, the first to start first."""
    status = pod.get("status") or {}
    return (status.get("initContainerStatuses") or []) + (
        status.get("containerStatuses") or []
    )


def pod_error(pod, now, grace):
    """Return the error of a pod that will not become ready by itself, else None."""
    for container in containers(pod):
        waiting = (container.get("state") or {}).get("waiting") or {}
        reason = waiting.get("reason", "")
        text = f"container {container['name']}: {reason} {waiting.get('message') or ''}".strip()
        if age(pod, now) >= grace and reason in IMAGE_REASONS:
            return error("image_pull", pod, f"{container.get('image', '')}: {text}")
        if age(pod, now) >= grace and reason in CONFIG_REASONS:
            return error("not_ready", pod, text)
        if (
            reason == "CrashLoopBackOff"
            and container.get("restartCount", 0) >= MAX_CRASHES
        ):
            return error(
                "not_ready", pod, f"{text} ({container['restartCount']} restarts)"
            )
    return None


def age(pod, now):
    """Return the seconds since a pod was made."""
    created = pod["metadata"].get("creationTimestamp")
    return (now - moment(created)).total_seconds() if created else 0


def moment(text):
    """Return an aware datetime of a timestamp of the API server."""
    return datetime.fromisoformat(str(text)).astimezone(UTC)


def error(error_class, pod, message):
    """Return an error as it is published, about one pod."""
    name = pod["metadata"]["name"]
    return {
        "class": error_class,
        "message": f"pod {name}, {message}"[: 2 * MAX_TEXT],
        "object": f"Pod/{pod['metadata'].get('namespace', '')}/{name}",
        "hint": "",
        "retryable": False,
    }


def not_ready(waiting, snapshot):
    """Return the error of workloads that were not ready in time, with the last warning."""
    texts = [
        f"{row['kind']} {row['name']}: {row['ready']} of {row['wanted']} ready"
        for row in waiting
    ]
    warnings = [row for row in events(snapshot) if row["type"] == "Warning"]
    if warnings:
        texts.append(f"last event: {warnings[-1]['object']} {warnings[-1]['message']}")
    return {
        "class": "not_ready",
        "message": "; ".join(texts)[: 2 * MAX_TEXT],
        "object": f"{waiting[0]['kind']}/{waiting[0]['name']}",
        "hint": "",
        "retryable": True,
    }


def pods(snapshot):
    """Return a short row of each pod."""
    rows = []
    for pod in snapshot["pods"]:
        status = pod.get("status") or {}
        ready = [c for c in status.get("conditions") or [] if c.get("type") == "Ready"]
        states = [(c.get("state") or {}).get("waiting") or {} for c in containers(pod)]
        rows.append(
            {
                "name": pod["metadata"]["name"],
                "phase": status.get("phase", "Unknown"),
                "ready": any(c.get("status") == "True" for c in ready),
                "restarts": sum(c.get("restartCount", 0) for c in containers(pod)),
                "reason": next((s["reason"] for s in states if s.get("reason")), ""),
            }
        )
    return rows


def events(snapshot):
    """Return the last events, oldest first, shortened."""

    def last(event):
        return event.get("lastTimestamp") or event.get("eventTime") or ""

    rows = []
    for event in sorted(snapshot["events"], key=lambda item: str(last(item)))[
        -MAX_EVENTS:
    ]:
        about = event.get("involvedObject") or {}
        rows.append(
            {
                "time": str(last(event)),
                "type": event.get("type", ""),
                "reason": event.get("reason", ""),
                "object": f"{about.get('kind', '')}/{about.get('name', '')}",
                "message": str(event.get("message") or "")[:MAX_TEXT],
            }
        )
    return rows


def troubled(snapshot):
    """Return ``(pod, container, previous)`` of the containers whose logs may say what is wrong.

    A container that was restarted is asked for the log of its run before.
    """
    found = []
    for pod in snapshot["pods"]:
        for container in containers(pod):
            state = container.get("state") or {}
            ended = (state.get("terminated") or {}).get("exitCode")
            restarted = container.get("restartCount", 0) > 0
            started = restarted or "running" in state or ended is not None
            if started and not container.get("ready") and ended != 0:
                found.append((pod["metadata"]["name"], container["name"], restarted))
    return found[:MAX_LOGS]


def manifests(snapshot):
    """Return name and sha256 of each applied manifest; none before the first apply."""
    found = []
    for obj in snapshot["inventories"]:
        found += json.loads((obj.get("data") or {}).get("manifests") or "[]")
    return found


def ingresses(snapshot):
    """Return name, class, host names, addresses and health path of each Ingress."""
    rows = []
    for obj in snapshot["ingresses"]:
        spec = obj.get("spec") or {}
        balancer = ((obj.get("status") or {}).get("loadBalancer") or {}).get(
            "ingress"
        ) or []
        rows.append(
            {
                "name": obj["metadata"]["name"],
                "class": spec.get("ingressClassName") or "",
                "hosts": [
                    rule["host"] for rule in spec.get("rules") or [] if rule.get("host")
                ],
                "addresses": [
                    row.get("ip") or row.get("hostname") or "" for row in balancer
                ],
                "health_path": (obj["metadata"].get("annotations") or {}).get(
                    HEALTH_PATH, "/"
                ),
            }
        )
    return rows
