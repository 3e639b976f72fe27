"""A run's directory: exactly what *Export to YAML* gives, and the run's own state.

::

    <uuid>/                       0700, files 0600
      inventory/hosts.yml         the hosts of this run
      inventory/host_vars/<fqdn>/vars.yml
      manifests/<sha256>          approved texts, beside the inventory: Ansible
                                  would read each file inside it as an inventory
      launch.json  status.json    what was started, how it stands
      artifacts/  env/  tmp/      ansible-runner's, and a TMPDIR of its own
"""

import hashlib
import io
import json
import os
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from . import vars_file

_HOST = re.compile(r"\A[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\Z")
_SHA256 = re.compile(r"\A[0-9a-f]{64}\Z")
_UUID = re.compile(r"\A[-0-9a-f]{8,64}\Z")


class HostFiles(NamedTuple):
    """One host of a run: its full name and its variables."""

    fqdn: str
    variables: dict[str, Any]


def create(root: Path, uuid: str) -> Path:
    """Make the fresh directory of one run.

    :raises FileExistsError: there was such a run already: adopt it, don't repeat it
    :raises ValueError: the uuid could lead out of the root
    """
    if not _UUID.match(uuid):
        raise ValueError(f"{uuid!r} is no uuid")
    _private_directory(root)
    path = root / uuid
    path.mkdir(mode=0o700)
    (path / "tmp").mkdir(mode=0o700)
    return path


def write_inventory(
    path: Path, hosts: Iterable[HostFiles], manifests: Mapping[str, str]
) -> None:
    """Write the inventory and the manifest texts of a run into its directory.

    :param manifests: text by its sha256 (of the UTF-8 bytes)
    :raises ValueError: a host name or a sha256 that does not fit its text
    """
    for name, content in _files(hosts, manifests):
        write_private(path / name, content)


def read_manifest(path: Path, sha256: str) -> str:
    """Return the text of a manifest that a run has downloaded.

    :raises ValueError: no sha256, another content, or no UTF-8
    :raises OSError: it is not there
    """
    if not _SHA256.match(sha256):
        raise ValueError(f"{sha256!r} is no sha256")
    content = (path / "manifests" / sha256).read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ValueError(f"The downloaded file does not have the sha256 {sha256}")
    return content.decode()


def build_zip(hosts: Iterable[HostFiles], manifests: Mapping[str, str]) -> bytes:
    """Return the same files as a zip, ready for ``ansible-playbook -i inventory``."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _files(hosts, manifests):
            archive.writestr(name, content)
    return buffer.getvalue()


def write_private(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 by rename, so that a reader never sees half of it."""
    _private_directory(path.parent)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    scratch.replace(path)


def write_json(path: Path, content: Any) -> None:
    """Write JSON of mode 0600 by rename."""
    write_private(path, json.dumps(content, indent=1).encode())


def read_json(path: Path) -> Any | None:
    """Return a JSON file's content, None when it is not there or not whole."""
    try:
        return json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
        return None


def _private_directory(path: Path) -> None:
    """Make a directory and its missing parents; mkdir's own mode is for the last one."""
    if not path.is_dir():
        _private_directory(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


def _files(
    hosts: Iterable[HostFiles], manifests: Mapping[str, str]
) -> Iterator[tuple[str, bytes]]:
    hosts = list(hosts)
    yield "inventory/hosts.yml", _hosts_file([host.fqdn for host in hosts])
    for host in hosts:
        text = vars_file.dump_vars(host.variables)
        yield f"inventory/host_vars/{host.fqdn}/vars.yml", text.encode()
    for sha256, text in manifests.items():
        content = text.encode()
        if not _SHA256.match(sha256) or hashlib.sha256(content).hexdigest() != sha256:
            raise ValueError(f"A manifest's text does not have the sha256 {sha256}")
        yield f"manifests/{sha256}", content


def _hosts_file(fqdns: list[str]) -> bytes:
    for fqdn in fqdns:
        if not _HOST.match(fqdn):
            raise ValueError(f"{fqdn!r} is no host name")
    entries = "".join(f'    "{fqdn}":\n' for fqdn in fqdns)
    return (
        f"# Managed by Odoo\nall:\n  hosts:\n{entries}".encode() if fqdns else b"{}\n"
    )
