"""A run's directory and the exported zip: the same files, private, never half-written."""

import hashlib
import io
import zipfile

import pytest
import yaml

from tests.unit.samples import variables
from tools import run_dir

TEXT = "kind: ConfigMap\n# ü {{ odoo_x }}\n"
SHA256 = hashlib.sha256(TEXT.encode()).hexdigest()
HOSTS = [
    run_dir.HostFiles("acme.mint-cloud.test", variables("acme")),
    run_dir.HostFiles("beta.mint-cloud.test", variables("beta")),
]


def test_export_holds_exactly_what_the_run_uses(tmp_path):
    path = run_dir.create(tmp_path, "0123abcd-0000")
    run_dir.write_inventory(path, HOSTS, {SHA256: TEXT})
    with zipfile.ZipFile(
        io.BytesIO(run_dir.build_zip(HOSTS, {SHA256: TEXT}))
    ) as archive:
        exported = {name: archive.read(name) for name in archive.namelist()}
    written = {
        str(file.relative_to(path)): file.read_bytes()
        for file in path.rglob("*")
        if file.is_file()
    }
    assert written == exported
    assert set(exported) == {
        "inventory/hosts.yml",
        "inventory/host_vars/acme.mint-cloud.test/vars.yml",
        "inventory/host_vars/beta.mint-cloud.test/vars.yml",
        f"manifests/{SHA256}",
    }
    hosts = yaml.safe_load(exported["inventory/hosts.yml"])
    assert list(hosts["all"]["hosts"]) == [host.fqdn for host in HOSTS]


def test_nobody_else_can_read_a_run(tmp_path):
    path = run_dir.create(tmp_path / "root", "0123abcd-0000")
    run_dir.write_inventory(path, HOSTS, {SHA256: TEXT})
    modes = {
        (entry.is_dir(), entry.stat().st_mode & 0o777)
        for entry in path.parent.rglob("*")
    }
    assert modes == {(True, 0o700), (False, 0o600)}


def test_a_run_directory_is_used_once(tmp_path):
    run_dir.create(tmp_path, "0123abcd-0000")
    with pytest.raises(FileExistsError):
        run_dir.create(tmp_path, "0123abcd-0000")


@pytest.mark.parametrize(
    "uuid", ["", "../escape0", "/tmp/x000000", "a" * 7, "abc\n0000"]
)
def test_a_uuid_can_not_lead_elsewhere(tmp_path, uuid):
    with pytest.raises(ValueError, match="uuid"):
        run_dir.create(tmp_path, uuid)


@pytest.mark.parametrize("host", ["../x", "a/b", "", ".", "A.ch", 'a"\n'])
def test_a_host_name_can_not_lead_elsewhere(tmp_path, host):
    with pytest.raises(ValueError, match="host name"):
        run_dir.write_inventory(tmp_path, [run_dir.HostFiles(host, variables())], {})


@pytest.mark.parametrize("sha256", ["0" * 64, "../x", SHA256 + "\n"])
def test_a_manifest_has_to_match_its_sha256(tmp_path, sha256):
    with pytest.raises(ValueError, match="sha256"):
        run_dir.write_inventory(tmp_path, [], {sha256: TEXT})


def test_half_written_json_reads_as_absent(tmp_path):
    (tmp_path / "status.json").write_text('{"state": "run')
    assert run_dir.read_json(tmp_path / "status.json") is None
    assert run_dir.read_json(tmp_path / "nothing.json") is None


def test_a_downloaded_manifest_is_read_only_when_it_is_what_it_says(tmp_path):
    path = run_dir.create(tmp_path, "0123abcd-0000")
    run_dir.write_inventory(path, [], {SHA256: TEXT})
    assert run_dir.read_manifest(path, SHA256) == TEXT
    (path / "manifests" / SHA256).write_text(TEXT + "changed")
    with pytest.raises(ValueError, match="does not have"):
        run_dir.read_manifest(path, SHA256)
    with pytest.raises(ValueError, match="no sha256"):
        run_dir.read_manifest(path, "../status.json")
    with pytest.raises(OSError, match="No such file"):
        run_dir.read_manifest(path, "0" * 64)
