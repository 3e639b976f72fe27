"""Builders of short manifests: the fields that matter, the rest filled in."""


def document(
    kind: str, version: str, body: str, name: str = "x", metadata: str = ""
) -> str:
    extra = f"\n  {metadata}" if metadata else ""
    return (
        f"apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {name}{extra}\n{body}"
    )


def config_map(
    body: str = "data: {a: b}\n", name: str = "x", metadata: str = ""
) -> str:
    """Return a ConfigMap."""
    return document("ConfigMap", "v1", body, name, metadata)


def service(spec: str) -> str:
    """Return a Service with a spec in flow style."""
    return document("Service", "v1", f"spec: {spec}\n")


def ingress(spec: str, metadata: str = "") -> str:
    """Return an Ingress with a spec in flow style."""
    return document(
        "Ingress", "networking.k8s.io/v1", f"spec: {spec}\n", metadata=metadata
    )


def deployment(pod: str, metadata: str = "") -> str:
    """Return a Deployment with a pod spec in flow style."""
    template = f"{{metadata: {{labels: {{a: b}}{metadata}}}, spec: {pod}}}"
    spec = f"spec: {{selector: {{matchLabels: {{a: b}}}}, template: {template}}}\n"
    return document("Deployment", "apps/v1", spec)


def container(fields: str) -> str:
    """Return a Deployment whose container has further fields."""
    return deployment(f"{{containers: [{{name: c, image: i, {fields}}}]}}")


def volume(source: str) -> str:
    """Return a Deployment with one volume."""
    return deployment(
        f"{{containers: [{{name: c, image: i}}], volumes: [{{name: v, {source}}}]}}"
    )


def cron_job(pod: str) -> str:
    """Return a CronJob with a pod spec in flow style."""
    job = f"{{spec: {{template: {{spec: {pod}}}}}}}"
    return document(
        "CronJob", "batch/v1", f'spec: {{schedule: "0 1 * * *", jobTemplate: {job}}}\n'
    )


POD = "{containers: [{name: c, image: i}]}"


def workload(kind: str, pod: str = POD, more: str = "", metadata: str = "{}") -> str:
    """Return a Job, CronJob or StatefulSet with a pod template and further fields."""
    template = f"{{metadata: {metadata}, spec: {pod}}}"
    if kind == "CronJob":
        spec = f'{{schedule: "0 1 * * *", jobTemplate: {{spec: {{template: {template}{more}}}}}}}'
    else:
        spec = f"{{template: {template}{more}}}"
    version = "apps/v1" if kind == "StatefulSet" else "batch/v1"
    return document(kind, version, f"spec: {spec}\n")


HOST = "rules: [{host: acme.mint-cloud.test}]"
