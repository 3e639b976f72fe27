"""What a namespace runs and how its Jobs stand. Pure functions over plain objects."""

import json

JOB_NAME = "batch.kubernetes.io/job-name"
WAITING, READY, COMPLETE, FAILED = "waiting", "ready", "complete", "failed"
MAX_TEXT = 500


def images(workloads):
    """Return the image of each workload's first container by name, of those that run.

    An image that does not start is no good for a Job either: vars.yml says another by then.
    """
    ready = running(workloads)
    return {
        obj["metadata"]["name"]: template(obj)["containers"][0]["image"]
        for obj in workloads
        if ready[obj["metadata"]["name"]]
    }


def template(workload):
    """Return the pod spec of a workload."""
    return workload["spec"]["template"]["spec"]


def running(workloads):
    """Return how many pods of each workload are ready, by name."""
    return {
        obj["metadata"]["name"]: (obj.get("status") or {}).get("readyReplicas") or 0
        for obj in workloads
    }


def nodes(pods):
    """Return on which node each volume claim is in use, by the claim's name."""
    found = {}
    for pod in pods:
        spec, phase = pod.get("spec") or {}, (pod.get("status") or {}).get("phase")
        for volume in spec.get("volumes") or []:
            claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
            if claim and spec.get("nodeName") and phase in ("Pending", "Running"):
                found[claim] = spec["nodeName"]
    return found


def state(job, pods):
    """Return waiting, ready, complete or failed of one Job.

    :param job: None when it is gone, which counts as failed
    """
    if job is None:
        return FAILED
    for condition in (job.get("status") or {}).get("conditions") or []:
        if condition.get("status") == "True" and condition["type"] in (
            "Complete",
            "Failed",
        ):
            return COMPLETE if condition["type"] == "Complete" else FAILED
    return READY if any(map(is_ready, pods)) else WAITING


def is_ready(pod):
    """Tell whether a pod takes requests."""
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(
        row.get("type") == "Ready" and row.get("status") == "True" for row in conditions
    )


def statuses(pod):
    """Return the statuses of all containers of a pod, the first to run first."""
    status = pod.get("status") or {}
    return (status.get("initContainerStatuses") or []) + (
        status.get("containerStatuses") or []
    )


def ended(pod):
    """Return ``(container, exit code, message)`` of each container that has ended."""
    rows = []
    for row in statuses(pod):
        over = (row.get("state") or {}).get("terminated")
        if over:
            rows.append((row["name"], over.get("exitCode"), over.get("message") or ""))
    return rows


def facts(pods):
    """Return what the containers told: their messages' JSON objects, merged."""
    found = {}
    for pod in pods:
        for _, _, message in ended(pod):
            found |= parsed(message)
    return found


def parsed(message):
    """Return a message's JSON object, or {}: other words are for people."""
    try:
        told = json.loads(message)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def failure(job, pods):
    """Return ``{"container", "reason", "message"}`` of a Job that failed or does not start."""
    for reasons in (of_containers(pods), of_conditions("Failed", [job or {}])):
        for reason in reasons:
            return reason
    for reason in of_conditions("PodScheduled", pods):
        return reason
    return described("", "no pod" if job else "gone", "")


def of_containers(pods):
    """Yield why containers failed, then why others don't start."""
    for pod in pods:
        for name, code, message in ended(pod):
            if code:
                words = "" if parsed(message) else message.strip()[-MAX_TEXT:]
                yield described(name, f"exit {code}", words)
    for pod in pods:
        for row in statuses(pod):
            waiting = (row.get("state") or {}).get("waiting") or {}
            if waiting.get("reason") not in (None, "PodInitializing"):
                yield described(row["name"], waiting["reason"], waiting.get("message"))


def of_conditions(kind, objects):
    """Yield the reasons of conditions that say that a Job failed or a pod has no node."""
    for obj in objects:
        for row in (obj.get("status") or {}).get("conditions") or []:
            bad = row.get("status") == ("True" if kind == "Failed" else "False")
            if row["type"] == kind and bad:
                yield described("", row.get("reason", ""), row.get("message"))


def described(container, reason, message):
    """Return one reason as it is told."""
    text = str(message or "")[-MAX_TEXT:]
    return {"container": container, "reason": reason, "message": text}
