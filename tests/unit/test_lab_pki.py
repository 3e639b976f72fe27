"""The labs' certificates follow the labs' addresses."""

import subprocess
from pathlib import Path
from types import SimpleNamespace

from tests.lab import pki


def lab(state: Path, address: str) -> SimpleNamespace:
    """What a lab tells of itself, at an address."""
    state.mkdir(exist_ok=True)
    found = {"address": address, "host_address": "10.213.0.1", "ca": state / "ca.pem"}
    return SimpleNamespace(state=state, **found)


def names(state: Path) -> str:
    """Return what the API server's certificate is good for."""
    command = ["openssl", "x509", "-noout", "-ext", "subjectAltName", "-in"]
    return subprocess.check_output([*command, state / "pki/server.pem"], text=True)


def test_a_lab_that_moved_gets_another_certificate(tmp_path, monkeypatch):
    monkeypatch.setenv("MINT_CLOUD_STATE", str(tmp_path))
    state = tmp_path / "lab"
    pki.prepare(lab(state, "10.213.0.2"))
    first = (state / "pki/server.pem").read_bytes()
    pki.prepare(lab(state, "10.213.0.2"))
    assert (state / "pki/server.pem").read_bytes() == first

    pki.prepare(lab(state, "10.213.0.6"))

    assert "10.213.0.6" in names(state) and "10.213.0.2" not in names(state)
    assert {file.stat().st_mode & 0o77 for file in (state / "pki").iterdir()} == {0}
