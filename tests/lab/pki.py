"""Keys and certificates: one CA for the labs of a checkout, made by openssl."""

import os
import shutil
import tempfile
from pathlib import Path

from .credentials import write_private
from .identity import Lab, shared_directory
from .locks import exclusive
from .progress import run

_DAYS = "3650"
EC_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
SERVICE_ADDRESS = "10.96.0.1"


def prepare(lab: Lab) -> None:
    """Make what is missing of a lab's keys and certificates; files are 0600."""
    authority = _authority()
    pki = directory(lab)
    pki.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not lab.ca.exists() or lab.ca.read_bytes() != authority_file().read_bytes():
        for certificate in pki.glob("*.pem"):
            certificate.unlink()  # of another authority
        shutil.copy(authority_file(), lab.ca)
    # The controller manager signs client certificates that the administrator approves.
    shutil.copy(authority / "ca.key", pki / "ca.key")
    if not (pki / "sa.key").exists():
        _atomically(pki / "sa.key", ["openssl", "genrsa", "2048"])
    names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"]
    names += ["kubernetes.default.svc.cluster.local", "localhost"]
    inside = [lab.address, SERVICE_ADDRESS, "127.0.0.1"]
    _server_certificate(pki, "server", names, inside)
    _server_certificate(pki, "manifests", [], [lab.host_address])
    client = ["-addext", "extendedKeyUsage=clientAuth"]
    _certificate(pki, "kubelet-client", "kube-apiserver-kubelet-client", client)


def directory(lab: Lab) -> Path:
    """Return where ``<name>.pem`` and ``<name>.key`` of a lab lie."""
    return lab.state / "pki"


def authority_file() -> Path:
    """Return the CA's certificate: one for all labs of the checkout."""
    return shared_directory() / "ca.pem"


def _authority() -> Path:
    folder = shared_directory()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with exclusive(folder / ".lock"):
        if not authority_file().exists():
            command = ["openssl", "req", "-x509", *EC_KEY, "-days", _DAYS]
            command += ["-subj", "/CN=mint-cloud lab CA", "-keyout", folder / "ca.key"]
            command += ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
            _atomically(authority_file(), command)
    return folder


def _server_certificate(
    pki: Path, name: str, names: list[str], addresses: list[str]
) -> None:
    alternatives = [f"DNS:{n}" for n in names] + [f"IP:{a}" for a in addresses]
    usage = ["-addext", f"subjectAltName={','.join(alternatives)}"]
    usage += ["-addext", "extendedKeyUsage=serverAuth"]
    _certificate(pki, name, f"mint-cloud {name}", usage)


def _certificate(pki: Path, name: str, subject: str, usage: list[str]) -> None:
    """Make a certificate, also anew when a newer version asks for another one.

    A lab's addresses come from the checkout's code: an update may move them.
    """
    target, asked = pki / f"{name}.pem", pki / f"{name}.asked"
    request = "\n".join([subject, *usage])
    if target.exists() and asked.exists() and asked.read_text() == request:
        return
    authority = shared_directory()
    command = ["openssl", "req", "-x509", *EC_KEY, "-days", _DAYS]
    command += ["-CA", authority / "ca.pem", "-CAkey", authority / "ca.key"]
    command += ["-subj", f"/CN={subject}", "-keyout", pki / f"{name}.key"]
    command += ["-addext", "basicConstraints=critical,CA:FALSE", *usage]
    _atomically(target, command)
    write_private(asked, request)


def _atomically(target: Path, command: list[str | Path]) -> None:
    """Run openssl with ``-out`` beside the target, so that it is whole or absent."""
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as scratch:
        pass
    try:
        run([*command[:2], "-out", scratch.name, *command[2:]], umask=0o077)
        os.replace(scratch.name, target)
    finally:
        Path(scratch.name).unlink(missing_ok=True)
