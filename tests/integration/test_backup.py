"""A backup outlives its host: made, destroyed, applied anew, restored; a damaged one is refused."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.copies import OdooHost, wait_until
from tests.lab.kube import kubectl_with

PICTURE = base64.b64encode(b"a file that must come back " * 300).decode()
PATIENCE = {"host_ingress_timeout": 900}
SPACE = "host-kept--backup"
pytestmark = pytest.mark.full


def kubectl(host: OdooHost, *words: str) -> str:
    """Work on the cluster as its administrator."""
    return kubectl_with(host.lab["admin_kubeconfig"], *words)


@pytest.fixture(scope="module")
def host(lab: dict[str, Any], tmp_path_factory) -> Iterator[OdooHost]:
    """A production with a record and an attachment."""
    host = OdooHost(lab, tmp_path_factory.mktemp("kept"), "kept", odoo_modules="mail")
    done = host.run("apply", **PATIENCE)
    assert done.code == 0, done.output[-3000:]
    host.call("res.partner", "create", {"name": "Kept"})
    host.call("ir.attachment", "create", {"name": "kept.txt", "datas": PICTURE})
    yield host
    host.delete()
    kubectl(host, "delete", "namespace", SPACE, "--ignore-not-found", "--wait=false")


@pytest.fixture(scope="module")
def backup(host: OdooHost) -> dict[str, Any]:
    """The host's verified backup."""
    done = host.run("backup")
    assert done.code == 0, done.output[-3000:]
    return done.result["backup"]


def test_a_backup_is_read_back_and_listed(host: OdooHost, backup) -> None:
    assert backup["verified"] is True and backup["host"] == host.host
    assert backup["size"]["count"] > 0 and len(backup["sha256"]["dump"]) == 64
    assert [row["id"] for row in backup["list"]] == [backup["id"]]
    assert host.traces() == []
    secrets = kubectl(host, "get", "secrets,jobs", "-n", SPACE, "-o", "name")
    assert "hand-over" not in secrets and "job" not in secrets


def test_production_is_not_overwritten_without_its_typed_name(host, backup) -> None:
    done = host.run("restore", host_backup_restore=backup["id"])
    assert done.error["class"] == "invalid_vars"
    assert "host_backup_confirm" in done.error["message"]


def test_a_destroyed_host_comes_back_with_record_attachment_and_log_in(
    host, backup
) -> None:
    password = host.secret("odoo-admin")
    done = host.run("terminate", host_remove_confirm=host.host)
    assert done.code == 0, done.output[-3000:]
    # A running host is backed up once more before it goes.
    newest = done.result["removal"]["backup"]
    assert newest not in ("waived", backup["id"])
    done = host.run("apply", **PATIENCE)
    assert done.code == 0, done.output[-3000:]
    decisions = {"host_backup_restore": newest, "host_backup_confirm": host.host}
    done = host.run("restore", **decisions, **PATIENCE)
    assert done.code == 0, done.output[-3000:]
    assert done.result["reset"]["action"] == "restore"
    assert host.sql("SELECT count(*) FROM res_partner WHERE name = 'Kept'") == "1"
    assert host.tenant.log_in("admin", password)
    done = host.run(
        "access", host_access_renew=True, host_access_file=str(host.directory / "pw")
    )
    assert done.code == 0, done.output[-3000:]
    assert host.tenant.log_in("admin", (host.directory / "pw").read_text())
    found = host.call(
        "ir.attachment", "search_read", [["name", "=", "kept.txt"]], ["datas"]
    )
    assert [row["datas"] for row in found] == [PICTURE]


def test_a_damaged_backup_is_refused(host, backup) -> None:
    """One byte more in the dump: the host goes on with what it had."""
    damage = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "damage", "namespace": SPACE},
        "spec": {
            "restartPolicy": "Never",
            "securityContext": {"runAsUser": 100, "runAsNonRoot": True, "fsGroup": 100},
            "containers": [
                {
                    "name": "damage",
                    "image": "lab.local/web:1",
                    "command": ["sh", "-c", f"echo x >> /backups/{backup['id']}/dump"],
                    "volumeMounts": [{"name": "b", "mountPath": "/backups"}],
                    "resources": {"limits": {"memory": "64Mi", "cpu": "100m"}},
                }
            ],
            "volumes": [
                {"name": "b", "persistentVolumeClaim": {"claimName": "backups"}}
            ],
        },
    }
    kubectl_with(
        host.lab["admin_kubeconfig"], "apply", "-f", "-", text=json.dumps(damage)
    )
    phase = ["get", "pod", "damage", "-n", SPACE, "-o", "jsonpath={.status.phase}"]
    wait_until(lambda: kubectl(host, *phase) == "Succeeded")
    decisions = {"host_backup_restore": backup["id"], "host_backup_confirm": host.host}
    done = host.run("restore", **decisions)
    assert done.error["class"] == "reset_unsafe"
    assert "checksum" in done.error["message"]
    assert host.sql("SELECT count(*) FROM res_partner WHERE name = 'Kept'") == "1"
