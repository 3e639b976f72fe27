"""Where backups lie, which there are, which one may be restored where."""

import hashlib
import json
import secrets
from datetime import UTC, datetime, timedelta

PREFIX = "hosting.mint-cloud.ch/"
MANAGED_BY = "app.kubernetes.io/managed-by"
INDEX = f"{PREFIX}backup"
JOB = f"{PREFIX}job"
PORT = 8070
TOKEN_BYTES = 32


def namespace(project):
    """Return the namespace of a project's backups. No project's name holds two hyphens."""
    return f"host-{project}--backup"


def name(project, domain):
    """Return the host name under which a project's backups are downloaded."""
    return f"{project}--backup.{domain}"


def download_label(environment):
    """Return what downloads of a host's backups are labelled with."""
    return f"download-{environment}"


def way_in(space, peers):
    """Return the NetworkPolicy that lets the ingress controller reach a download, nothing else."""
    values = [f"{download_label(one)}-download" for one in ("production", "staging")]
    selector = {"matchExpressions": [{"key": JOB, "operator": "In", "values": values}]}
    ports = [{"protocol": "TCP", "port": PORT}]
    rules = [{"from": peers, "ports": ports}] if peers else []
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {
            "name": "hosting-download",
            "namespace": space,
            "labels": {MANAGED_BY: "hosting"},
        },
        "spec": {"podSelector": selector, "policyTypes": ["Ingress"], "ingress": rules},
    }


def knock(host, way, cluster, ca_file):
    """Return a download's address and the command that looks whether it can be reached.

    :param way: its path
    :param cluster: ``hosting_cluster``
    :param ca_file: authorities besides the system's, or ''
    :return: ``{"url", "argv"}``
    """
    scheme = "https" if cluster.get("issuer") else "http"
    url, address = f"{scheme}://{host}/{way}", cluster.get("address") or ""
    argv = ["curl", "--disable", "--silent", "--show-error", "--fail", "--noproxy", "*"]
    argv += ["--max-time", "10", "--output", "/dev/null"]
    if address:
        port = 443 if scheme == "https" else 80
        there = f"[{address}]" if ":" in address else address
        argv += ["--connect-to", f"{host}:{port}:{there}:{port}"]
    if ca_file:
        argv += ["--cacert", ca_file]
    return {"url": url, "argv": [*argv, url]}


def new_token(_):
    """Return the token of one download."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def sha256(token):
    """Return what a download's Job knows of its token."""
    return hashlib.sha256(token.encode()).hexdigest()


def offer(found, url, seconds):
    """Return what results tell of a download that is open. The token is not among it."""
    until = datetime.now(UTC) + timedelta(seconds=int(seconds))
    told = {"id": found["id"], "url": url, "until": f"{until:%Y-%m-%dT%H:%M:%SZ}"}
    return told | {"size": found["size"]["dump"] + found["size"]["files"]}


def new_id(_):
    """Return the name of a new backup: when it was made, and something that no other has."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def job_id(_):
    """Return what the names of a run's Jobs end in."""
    return secrets.token_hex(4)


def owner(resources):
    """Return the owner annotation of a namespace that is there, or None."""
    if not resources:
        return None
    annotations = resources[0]["metadata"].get("annotations") or {}
    return annotations.get(f"{PREFIX}owner", "")


def index(meta, text, space):
    """Return the ConfigMap that makes a backup count: written when it is whole."""
    labels = {MANAGED_BY: "hosting", INDEX: meta["environment"]}
    metadata = {"name": f"hosting-backup-{meta['id']}", "namespace": space}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata | {"labels": labels},
        "data": {"meta": json.dumps(meta), "vars.yml": text},
    }


def read(resources):
    """Return the backups that an index lists, newest first."""
    found = [json.loads(item["data"]["meta"]) for item in resources]
    return sorted(found, key=lambda meta: meta["id"], reverse=True)


def of_host(metas, host):
    """Return the backups of one host."""
    return [meta for meta in metas if meta["host"] == host]


def rows(metas):
    """Return the backups as results list them."""
    keys = ("id", "host", "time", "verified")
    return [
        {key: meta[key] for key in keys} | {"size": meta["size"]["dump"] + meta["size"]["files"]}
        for meta in metas
    ]  # fmt: skip


def kept(metas, host, keep, new):
    """Return the ids that stay when a backup of a host is added: others' and its newest ones."""
    own = [meta["id"] for meta in of_host(metas, host)][: max(0, int(keep) - 1)]
    return [*own, *(meta["id"] for meta in metas if meta["host"] != host), new]


def dropped(metas, stay, space):
    """Return the index entries of the backups that don't stay, ready to be deleted."""
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"hosting-backup-{meta['id']}", "namespace": space},
        }
        for meta in metas
        if meta["id"] not in stay
    ]


def meta(facts, spec):
    """Return what is known of a new backup.

    :param facts: what its Jobs told
    :param spec: dict of id, host, environment, project
    """
    stored = facts["stored"]
    checks = facts.get("checks") or {}
    return spec | {
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "size": {key: stored[key] for key in ("dump", "files", "count")},
        "database": facts.get("database") or 0,
        "sha256": {"dump": stored["dump_sum"], "files": stored["files_sum"]},
        "verified": bool(checks) and all(value is True for value in checks.values()),
    }


def withheld(found, host):
    """Return why a backup is not handed out to the owner of a host, or ''."""
    if not found:
        return "There is no such backup."
    if found["host"] != host:
        return f"Backup {found['id']} is {found['host']}'s, not {host}'s."
    if not found["verified"]:
        return f"Backup {found['id']} was never verified."
    return ""


def refusal(found, host, environment, confirm):
    """Return why a backup may not be restored into a host, or ''."""
    if not found:
        return "There is no such backup."
    if not found["verified"]:
        return f"Backup {found['id']} was never verified."
    if environment == "staging":
        return ""
    if found["host"] != host:
        return f"Backup {found['id']} is {found['host']}'s, not {host}'s."
    if confirm != host:
        return f"This overwrites {host}, and host_backup_confirm does not name it."
    return ""


class FilterModule:
    """Filters of host_backup; the role's name is their prefix."""

    def filters(self):
        """Return the filters by name."""
        functions = [
            namespace,
            new_id,
            job_id,
            owner,
            index,
            read,
            of_host,
            rows,
            kept,
            dropped,
            meta,
            name,
            download_label,
            way_in,
            knock,
            new_token,
            sha256,
            offer,
            withheld,
            refusal,
        ]
        return {f"host_backup_{function.__name__}": function for function in functions}
