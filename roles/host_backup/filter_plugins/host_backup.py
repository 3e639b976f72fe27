"""Where backups lie, which there are, which one may be restored where."""

import json
import secrets
from datetime import UTC, datetime

PREFIX = "hosting.mint-cloud.ch/"
MANAGED_BY = "app.kubernetes.io/managed-by"
INDEX = f"{PREFIX}backup"


def namespace(project):
    """Return the namespace of a project's backups. No project's name holds two hyphens."""
    return f"host-{project}--backup"


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
            refusal,
        ]
        return {f"host_backup_{function.__name__}": function for function in functions}
