"""Identities of the API server: one random token each, and their kubeconfigs."""

import base64
import csv
import os
import secrets
from pathlib import Path

from .identity import Lab

ADMIN = "admin"
BOOTSTRAPPER = "hosting-bootstrapper"
_TOKEN = "token: {token}"
_CERTIFICATE = "client-certificate-data: {certificate}\n      client-key-data: {key}"
_KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters:
  - name: {name}
    cluster:
      server: {server}
      certificate-authority-data: {authority}
users:
  - name: {user}
    user:
      {proof}
contexts:
  - name: {name}
    context:
      cluster: {name}
      user: {user}
current-context: {name}
"""


def users(lab: Lab) -> dict[str, tuple[str, str]]:
    """Return user name and groups of every identity by its short name."""
    return {
        ADMIN: ("admin", "system:masters"),
        BOOTSTRAPPER: (BOOTSTRAPPER, ""),
        "kube-controller-manager": ("system:kube-controller-manager", ""),
        "kube-scheduler": ("system:kube-scheduler", ""),
        "kubelet": (f"system:node:{lab.name}", "system:nodes"),
        "kube-proxy": ("system:kube-proxy", ""),
        "coredns": ("lab:coredns", ""),
        "traefik": ("lab:traefik", ""),
        "local-path-provisioner": ("lab:local-path-provisioner", ""),
    }


def prepare(lab: Lab) -> None:
    """Write the token file and every kubeconfig; tokens stay as long as the state."""
    tokens = _tokens(lab)
    rows = [[tokens[n], user, n, groups] for n, (user, groups) in users(lab).items()]
    text = "".join(_csv_line(row) for row in rows)
    write_private(lab.state / "tokens.csv", text)
    for name in users(lab):
        proof = _TOKEN.format(token=tokens[name])
        authority = base64.b64encode(lab.ca.read_bytes()).decode()
        text = _kubeconfig_text(lab, users(lab)[name][0], proof, lab.api, authority)
        write_private(kubeconfig(lab, name), text)
    write_private(lab.config / "traefik.token", tokens["traefik"])


def write_given(
    lab: Lab, authority: str, server: str, certificate: str, key: str
) -> None:
    """Write the bootstrapper's kubeconfig for a cluster that is not the lab's.

    ``authority``, ``certificate`` and ``key`` are PEM in base64; without an authority
    the system's ones are trusted.
    """
    proof = _CERTIFICATE.format(certificate=certificate, key=key)
    text = _kubeconfig_text(lab, BOOTSTRAPPER, proof, server, authority)
    trusted = [line for line in text.splitlines() if not line.endswith("-data: ")]
    write_private(lab.kubeconfig, "\n".join(trusted) + "\n")


def kubeconfig(lab: Lab, name: str) -> Path:
    """Return where the kubeconfig of an identity lies."""
    places = {ADMIN: lab.admin_kubeconfig, BOOTSTRAPPER: lab.kubeconfig}
    return places.get(name, lab.config / f"{name}.kubeconfig")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all.

    Two processes may write the same one at once: each has a scratch file of its own.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.new")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    os.replace(scratch, path)


def _tokens(lab: Lab) -> dict[str, str]:
    known = {}
    path = lab.state / "tokens.csv"
    if path.exists():
        with path.open(newline="") as stream:
            known = {row[2]: row[0] for row in csv.reader(stream)}
    return {name: known.get(name) or secrets.token_hex(20) for name in users(lab)}


def _csv_line(row: list[str]) -> str:
    token, user, uid, groups = row
    return f'{token},{user},{uid},"{groups}"\n' if groups else f"{token},{user},{uid}\n"


def _kubeconfig_text(
    lab: Lab, user: str, proof: str, server: str, authority: str
) -> str:
    return _KUBECONFIG.format(
        name=lab.name, server=server, user=user, proof=proof, authority=authority
    )
