"""Which Jobs to run, under which names and labels, and what lets two of them meet."""

import secrets

PREFIX = "hosting.mint-cloud.ch/"
MANAGED_BY = "app.kubernetes.io/managed-by"
JOB = f"{PREFIX}job"
TOKEN_BYTES = 32
PORT = 8070
# What a Job that does not start is told as.
REASONS = {
    "ErrImagePull": "image_pull",
    "ImagePullBackOff": "image_pull",
    "InvalidImageName": "image_pull",
    "ErrImageNeverPull": "image_pull",
    "DeadlineExceeded": "timeout",
    "Unschedulable": "not_ready",
    "FailedCreate": "not_ready",
}


def new_id():
    """Return what the names of one run's Jobs end in: Jobs can't be changed."""
    return secrets.token_hex(4)


def labelled(objects, purpose, step):
    """Return a step's objects; its Job has the label by which runs and policies find it."""
    found = []
    for obj in objects:
        if obj["kind"] == "Job":
            obj = obj | {"metadata": with_label(obj["metadata"], f"{purpose}-{step}")}
            template = obj["spec"]["template"]
            metadata = with_label(template.get("metadata") or {}, f"{purpose}-{step}")
            spec = obj["spec"] | {"template": template | {"metadata": metadata}}
            obj = obj | {"spec": spec}
        found.append(obj)
    return found


def with_label(metadata, value):
    """Return metadata with the Jobs' label."""
    return metadata | {"labels": (metadata.get("labels") or {}) | {JOB: value}}


def job_name(objects):
    """Return the name of the one Job of a step, or ''."""
    names = [obj["metadata"]["name"] for obj in objects if obj["kind"] == "Job"]
    return names[0] if len(names) == 1 else ""


def is_first(obj):
    """Tell whether an object is there before the others: the Job, and data that outlives it."""
    return obj["kind"] in ("Job", "PersistentVolumeClaim")


def first(objects):
    """Return the Job of a step and the volume claims."""
    return [obj for obj in objects if is_first(obj)]


def owned(objects, applied):
    """Return the rest, owned by the Job: it is deleted with the Job, by whatever deletes that.

    :param applied: what kubernetes.core.k8s returned for ``first``
    """
    live = applied.get("results") or [{"result": applied}]
    rows = [row.get("result") or row for row in live]
    found = [row["metadata"] for row in rows if row.get("kind") == "Job"]
    return [
        obj | {"metadata": obj["metadata"] | {"ownerReferences": [owner(found[0])]}}
        for obj in objects
        if not is_first(obj)
    ]


def owner(metadata):
    """Return the reference to the Job that owns an object."""
    reference = {"apiVersion": "batch/v1", "kind": "Job"}
    return reference | {key: metadata[key] for key in ("name", "uid")}


def secret_name(purpose):
    """Return the name of the Secret that holds a hand-over's token."""
    return f"hosting-hand-over-{purpose}"


def hand_over(spec):
    """Return what lets two Jobs meet: a token in both namespaces, a way between their pods.

    :param spec: dict of purpose, host, source and target (each ``{"namespace", "step"}``)
    :return: ``{"secrets": {namespace: Secret}, "policies": [NetworkPolicy]}``
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    source, target = spec["source"], spec["target"]
    name = secret_name(spec["purpose"])
    ports = [{"protocol": "TCP", "port": PORT}]
    to_source = {"from": [peer(target, spec)], "ports": ports}
    from_target = {"to": [peer(source, spec)], "ports": ports}
    data = {"token": token}
    return {
        "secrets": {
            side["namespace"]: described(
                "v1", "Secret", name, side, spec, stringData=data
            )
            for side in (source, target)
        },
        "policies": [
            policy(name, source, spec, "Ingress", ingress=[to_source]),
            policy(name, target, spec, "Egress", egress=[from_target]),
        ],
    }


def described(version, kind, name, side, plan, **body):
    """Return an object of the machinery in one side's namespace."""
    labels = {MANAGED_BY: "hosting", JOB: f"{plan['purpose']}-{side['step']}"}
    metadata = {"name": name, "namespace": side["namespace"], "labels": labels}
    return {"apiVersion": version, "kind": kind, "metadata": metadata} | body


def selector(side, spec):
    """Return the selector of the pods of one side's Job."""
    return {"matchLabels": {JOB: f"{spec['purpose']}-{side['step']}"}}


def peer(side, spec):
    """Return the NetworkPolicy peer that is one side's Job."""
    name = {"kubernetes.io/metadata.name": side["namespace"]}
    return {
        "namespaceSelector": {"matchLabels": name},
        "podSelector": selector(side, spec),
    }


def policy(name, side, spec, direction, **rules):
    """Return the NetworkPolicy of one side's Job."""
    body = {"podSelector": selector(side, spec), "policyTypes": [direction]} | rules
    version = "networking.k8s.io/v1"
    return described(version, "NetworkPolicy", name, side, spec, spec=body)


def leftovers(seen, namespace, purpose):
    """Return the Jobs that earlier runs of this purpose left, ready to be deleted."""
    rows = [row for row in seen["jobs"] if row["job"].startswith(f"{purpose}-")]
    return [job(row["name"], namespace) for row in rows]


def job(name, namespace):
    """Return a Job's reference."""
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata}


def secret(purpose, namespace):
    """Return the reference of a hand-over's Secret."""
    metadata = {"name": secret_name(purpose), "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}


def own(started, namespace, purpose):
    """Return what a run made in one namespace, ready to be deleted: its Jobs and the token."""
    jobs = [job for job in started if job["metadata"]["namespace"] == namespace]
    return [*jobs, secret(purpose, namespace)]


def places(started, hand_over):
    """Return the namespaces in which a run made something.

    :param hand_over: as ``hand_over`` returned it, or {}
    """
    names = [job["metadata"]["namespace"] for job in started]
    return sorted({*names, *(hand_over.get("secrets") or {})})


def problem(waited, step, seconds, error_class):
    """Return ``[class] sentence Hint: …`` of a Job that did not end well, or ''.

    :param waited: result of host_jobs_wait
    :param error_class: of a container that failed
    """
    told, failed = waited["facts"].get("error"), waited["failure"]
    if told:
        hint = f" Hint: {told['hint']}" if told.get("hint") else ""
        return f"[{told['class']}] {told['message']}{hint}"
    if refused := sorted(
        k for k, ok in waited["facts"].get("checks", {}).items() if not ok
    ):
        return f"[{error_class}] The copy did not pass: {', '.join(refused)}."
    if not failed:
        return ""
    found = REASONS.get(failed["reason"])
    if not found:
        started = failed["reason"].startswith("exit ") or failed["reason"] == "gone"
        found = error_class if started else "timeout"
    text = ": ".join(
        filter(None, [failed["container"], failed["reason"], failed["message"]])
    )
    over = f" (after {seconds} s)" if waited["state"] == "waiting" else ""
    return f"[{found}] Step {step} failed{over}: {text}"  # fmt: skip


class FilterModule:
    """Filters of host_jobs; the role's name is their prefix."""

    def filters(self):
        """Return the filters by name."""
        functions = [
            labelled,
            job_name,
            first,
            owned,
            secret_name,
            hand_over,
            leftovers,
            job,
            own,
            places,
            problem,
        ]
        found = {f"host_jobs_{function.__name__}": function for function in functions}
        return found | {"host_jobs_new_id": lambda _: new_id()}
