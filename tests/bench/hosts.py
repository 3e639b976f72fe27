"""The hosts of a benchmark: their manifest of eight documents, inventory and objects."""

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment

from tests.lab.identity import Lab
from tools.run_dir import HostFiles, write_inventory

PARTS = [
    ("v1", "ConfigMap", "data: {greeting: {{ greeting | to_json }}}"),
    ("v1", "Secret", "stringData: {greeting: {{ greeting | to_json }}}"),
    ("v1", "Service", "spec: {selector: {app: web}, ports: [{port: 8080}]}"),
    (
        "v1",
        "PersistentVolumeClaim",
        "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}",
    ),
    ("apps/v1", "Deployment", "spec: {replicas: 0, POD}"),
    ("apps/v1", "StatefulSet", "spec: {replicas: 0, serviceName: web, POD}"),
    (
        "batch/v1",
        "CronJob",
        'spec: {suspend: true, schedule: "0 1 * * *", jobTemplate: {spec: {JOB}}}',
    ),
    (
        "networking.k8s.io/v1",
        "Ingress",
        "spec: {ingressClassName: {{ hosting_cluster.ingress_class }}, rules: [{host: "
        "{{ hosting_host | to_json }}, http: {paths: [{path: /, pathType: Prefix, "
        "backend: {service: {name: web, port: {number: 8080}}}}]}}]}",
    ),
]
_CONTAINER = "{containers: [{name: web, image: 'lab.local/web:1'}]"
_LABELS = "metadata: {labels: {app: web}}"
POD = f"selector: {{matchLabels: {{app: web}}}}, template: {{{_LABELS}, spec: {_CONTAINER}}}}}"
JOB = f"template: {{{_LABELS}, spec: {_CONTAINER}, restartPolicy: Never}}}}"


def manifest(documents: int) -> str:
    """Return a template of some of the eight documents."""
    texts = []
    for version, kind, body in PARTS[:documents]:
        # Each change of the greeting changes each document.
        head = f"apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: web\n"
        note = "  annotations: {example.com/greeting: {{ greeting | to_json }}}\n"
        if kind == "Ingress":  # takes no other annotations than the listed ones
            note = "  labels: {greeting: {{ greeting | to_json }}}\n"
        texts.append(head + note + body.replace("POD", POD).replace("JOB", JOB) + "\n")
    return "---\n".join(texts)


def variables(lab: Lab, number: int, greeting: str, digest: str) -> dict[str, Any]:
    """Return the variables of the n-th host."""
    name = f"bench-{number}"
    cluster = {"name": lab.name, "domain": "mint-cloud.test", "issuer": "pebble"}
    cluster |= {"ingress_class": "traefik", "address": lab.address}
    url = f"https://{lab.host_address}/test/bench.yaml"
    entry = {"name": "web", "url": url, "sha256": digest, "track": "pinned"}
    return {
        "hosting_schema": 1,
        "hosting_host": f"{name}.mint-cloud.test",
        "hosting_project": name,
        "hosting_environment": "production",
        "hosting_state": "running",
        "hosting_owner": "bench",
        "hosting_domains": [],
        "hosting_quota": {"cpu": "1", "memory": "1Gi", "storage": "5Gi", "pods": 5},
        "hosting_cluster": cluster,
        "hosting_manifests": [entry],
        "hosting_secrets": [],
        "k8s_namespace": f"host-{name}",
        "k8s_context": lab.name,
        "greeting": greeting,
    }


def write(
    folder: Path, lab: Lab, count: int, greeting: str, documents: int = 8
) -> None:
    """Write what a run from Odoo has: inventory, vars.yml of each host, manifest text."""
    text = manifest(documents)
    digest = hashlib.sha256(text.encode()).hexdigest()
    found = [variables(lab, number, greeting, digest) for number in range(count)]
    hosts = [HostFiles(host["hosting_host"], host) for host in found]
    write_inventory(folder, hosts, {digest: text})


def objects(lab: Lab, number: int, greeting: str, documents: int = 8) -> list[dict]:
    """Return one host's objects, as any other tool would send them."""
    environment = Environment(trim_blocks=True)
    environment.filters["to_json"] = json.dumps
    host = variables(lab, number, greeting, "0" * 64)
    rendered = environment.from_string(manifest(documents)).render(host)
    found = list(yaml.safe_load_all(rendered))
    for document in found:
        document["metadata"]["namespace"] = host["k8s_namespace"]
    return found
