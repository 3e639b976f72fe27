"""A backup outlives its host: made, destroyed, applied anew, restored; a damaged one is refused."""

import base64
import hashlib
import json
import os
import re
import stat
import subprocess
import tarfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.integration.copies import OdooHost, wait_until
from tests.lab import venv
from tests.lab.kube import kubectl_with
from tests.lab.paths import CHECKOUT

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


def fetch(host: OdooHost, url: str, folder: Path, *words: str) -> tuple[int, str]:
    """Fetch an address as the operator's guide says; return exit code and what curl said."""
    name = url.split("/")[2]
    there = f"{name}:443:{host.lab['address']}:443"
    command = ["curl", "-sS", "--cacert", host.lab["acme_roots"], "--connect-to", there]
    done = subprocess.run(
        [*command, *words, url], cwd=folder, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


def open_download(host: OdooHost, backup: dict, **flags: Any) -> tuple[dict, Path]:
    """Have a backup handed out; return what is told of it and the token's file."""
    file = host.directory / "token"
    done = host.run(
        "backup_download",
        host_backup_download=backup["id"],
        host_backup_token_file=str(file),
        **flags,
    )
    assert done.code == 0, done.output[-3000:]
    assert file.read_text() not in done.output
    return done.result["backup"]["download"], file


def downloads(host: OdooHost) -> list[str]:
    """Return what there is of downloads in the namespace of backups."""
    kinds = "jobs,services,ingresses,pods"
    return kubectl(host, "get", kinds, "-n", SPACE, "-o", "name").split()


def test_its_owner_fetches_it_once_with_the_token(host, backup, tmp_path) -> None:
    told, file = open_download(host, backup)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert re.fullmatch(rf"https://kept--backup\.{host.lab['domain']}/\w+", told["url"])
    for _ in range(2):
        code, said = fetch(host, told["url"], tmp_path, "-f")
        assert code == 0 and "owner" in said, said
    _, said = fetch(host, told["url"], tmp_path, "--data", "token=wrong")
    assert "not the token" in said
    there = kubectl(host, "get", "all,secrets,configmaps", "-n", SPACE, "-o", "yaml")
    assert file.read_text() not in there
    words = ("-fOJ", "--data-urlencode", f"token@{file}")
    code, said = fetch(host, told["url"], tmp_path, *words)
    assert code == 0, said
    (archive,) = tmp_path.glob("*.tar")
    assert archive.name == f"{host.host}-{backup['id']}.tar"
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    folder = tmp_path / backup["id"]
    for name, key in (("dump", "dump"), ("files.tar", "files")):
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        assert found == backup["sha256"][key]
    check = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    assert subprocess.run(check, cwd=folder).returncode == 0
    assert host.host in (folder / "vars.yml").read_text()
    code, _said = fetch(host, told["url"], tmp_path, "-f", *words[1:])
    assert code != 0, "it was given twice"
    # The Job is deleted a minute after its end, and what belongs to it with it.
    wait_until(lambda: downloads(host) == [], 240)
    assert "hosting-backup-" in kubectl(host, "get", "cm", "-n", SPACE, "-o", "name")


def test_a_download_that_nobody_fetches_ends_by_itself(host, backup) -> None:
    """And a second one ends the first."""
    first, _file = open_download(host, backup)
    second, file = open_download(host, backup, host_backup_open_seconds=60)
    assert first["url"] != second["url"]
    own = [name for name in downloads(host) if "/backup-" in name]
    assert all(second["url"].split("/")[3] in name for name in own), own
    wait_until(lambda: downloads(host) == [], 240)


def test_only_a_backup_of_its_own_is_handed_out(host, backup, tmp_path) -> None:
    flags = {"host_backup_token_file": str(tmp_path / "token")}
    done = host.run("backup_download", host_backup_download="20200101-0", **flags)
    assert done.error["class"] == "invalid_vars" and backup["id"] in str(done.error)
    assert not (tmp_path / "token").exists() and downloads(host) == []


def test_an_update_backs_production_up_before_it_changes_something(
    host, backup
) -> None:
    """And not when there is nothing new."""
    (odoo,) = [e for e in host.variables["hosting_manifests"] if e["name"] == "odoo"]
    shipped = dict(odoo)
    text = (CHECKOUT / "roles/odoo/templates/k8s_odoo.yaml").read_text()
    sha256 = host.publish(f"{text}\n# newer\n")
    url = f"{host.lab['manifests_url']}/test/{host.namespace}.yaml"
    odoo |= {"url": url, "track": "latest"}
    done = host.run("update", **PATIENCE)
    assert done.code == 0, done.output[-3000:]
    odoo["sha256"] = sha256
    assert {"name": "odoo", "sha256": sha256} in done.result["manifests"]
    made = done.result["backup"]
    assert made["verified"] is True and made["id"] > backup["id"]
    assert host.traces() == []
    done = host.run("update", **PATIENCE)
    assert done.code == 0, done.output[-3000:]
    assert done.result["backup"] is None
    odoo |= shipped


def test_a_long_step_keeps_the_lease_and_other_runs_out(host, backup) -> None:
    """A lease of 9 seconds, for a step that takes longer: it is renewed."""
    lease = [
        "get",
        "lease",
        "hosting-lease",
        "-n",
        host.namespace,
        "--ignore-not-found",
    ]
    host.set_jobs("pg_dump --format", "sleep 25; pg_dump --format")
    with ThreadPoolExecutor() as pool:
        running = pool.submit(host.run, "backup", host_namespace_lease_seconds=9)
        wait_until(
            lambda: host.traces() and "renewTime" in kubectl(host, *lease, "-o", "yaml")
        )
        time.sleep(10)
        second = [str(venv.program("ansible-playbook")), "playbooks/suspend.yml"]
        second += ["-i", f"{host.host},", "-e", f"@{host.directory / 'vars.yml'}"]
        environment = {"PATH": os.environ["PATH"], "HOME": str(host.directory)}
        environment |= {
            "K8S_AUTH_KUBECONFIG": host.lab["kubeconfig"],
            "LANG": "C.UTF-8",
        }
        refused = subprocess.run(
            second, cwd=CHECKOUT, env=environment, capture_output=True, text=True
        )
        outcome = running.result()
    host.set_jobs()
    assert outcome.code == 0, outcome.output[-3000:]
    assert "[busy]" in refused.stdout, refused.stdout[-2000:]
    assert kubectl(host, *lease) == ""


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
