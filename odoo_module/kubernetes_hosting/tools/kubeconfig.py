"""What a kubeconfig may contain: credentials in themselves, nothing that acts.

A kubeconfig is code: an ``exec`` stanza runs a program on this machine, a
``proxy-url`` sends the token elsewhere, a path reads a file of the server. So only
plain, self-contained credentials with verified TLS are accepted.
"""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

MAXIMUM_SIZE = 65536  # bytes; a real one has about 6 KiB
_FILE_NAME = re.compile(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
# Closed lists: a key of a later Kubernetes release is refused, not ignored.
_CLUSTER_KEYS = {"server", "certificate-authority-data", "tls-server-name"}
_USER_KEYS = {"token", "client-certificate-data", "client-key-data"}
_CONTEXT_KEYS = {"cluster", "user", "namespace"}
_TOP_KEYS = {
    "apiVersion",
    "kind",
    "clusters",
    "users",
    "contexts",
    "current-context",
    "preferences",
}


class InvalidKubeconfig(ValueError):
    """A kubeconfig that is refused; ``code`` names the broken rule.

    ``detail`` is the name of what broke it (a key, a file name), never a value.
    """

    def __init__(self, code: str, detail: str = ""):
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


def locate(directory: Path, name: str) -> Path:
    """Return the path of a kubeconfig that is given by its file name alone.

    :raises InvalidKubeconfig: file_name (not a plain name), missing
    """
    if not _FILE_NAME.match(name or ""):
        raise InvalidKubeconfig("file_name", name or "")
    path = directory / name
    if not path.is_file():
        raise InvalidKubeconfig("missing", name)
    return path


def check_file(directory: Path, name: str, context: str) -> Path:
    """Return the path of a kubeconfig after checking its content and its mode.

    :raises InvalidKubeconfig: see :func:`locate` and :func:`check_text`;
        also readable_by_others, too_large, unreadable
    """
    path = locate(directory, name)
    try:
        if path.stat().st_mode & 0o077:
            raise InvalidKubeconfig("readable_by_others", name)
        with path.open("rb") as file:
            content = file.read(MAXIMUM_SIZE + 1)
    except OSError as error:
        raise InvalidKubeconfig("unreadable", name) from error
    if len(content) > MAXIMUM_SIZE:
        raise InvalidKubeconfig("too_large", name)
    check_text(content.decode(errors="replace"), context)
    return path


def check_text(text: str, context: str) -> None:
    """Refuse a kubeconfig that is more than one set of plain credentials.

    :param context: the context that the cluster's record names
    :raises InvalidKubeconfig: not_yaml, unknown_key, several, context, references,
        server, no_ca, no_credentials
    """
    config = _load(text)
    _check_keys(config, _TOP_KEYS)
    cluster = _only(config, "clusters", "cluster")
    user = _only(config, "users", "user")
    chosen = _only(config, "contexts", "context")
    _check_keys(cluster["cluster"], _CLUSTER_KEYS)
    _check_keys(user["user"], _USER_KEYS)
    _check_keys(chosen["context"], _CONTEXT_KEYS)
    if chosen["name"] != context:
        raise InvalidKubeconfig("context", str(chosen["name"]))
    _check_references(config, chosen, cluster, user)
    _check_server(cluster["cluster"])
    _check_credentials(user["user"])


def _load(text: str) -> dict[str, Any]:
    try:
        config = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InvalidKubeconfig("not_yaml") from error
    if not isinstance(config, dict):
        raise InvalidKubeconfig("not_yaml")
    return config


def _check_keys(mapping: dict[str, Any], allowed: set[str]) -> None:
    unknown = sorted(str(key) for key in mapping if key not in allowed)
    if unknown:
        raise InvalidKubeconfig("unknown_key", unknown[0])


def _only(config: dict[str, Any], section: str, key: str) -> dict[str, Any]:
    """Return the one entry of a section as ``{"name": …, key: {…}}``."""
    entries = config.get(section)
    if not isinstance(entries, list) or not entries:
        raise InvalidKubeconfig("not_yaml", section)
    if len(entries) != 1:
        raise InvalidKubeconfig("several", section)
    entry = entries[0]
    if not isinstance(entry, dict) or not isinstance(entry.get(key), dict):
        raise InvalidKubeconfig("not_yaml", section)
    _check_keys(entry, {"name", key})
    if not isinstance(entry.get("name"), str):
        raise InvalidKubeconfig("not_yaml", section)
    return entry


def _check_references(config, chosen, cluster, user) -> None:
    named = chosen["context"]
    if (named.get("cluster"), named.get("user")) != (cluster["name"], user["name"]):
        raise InvalidKubeconfig("references", chosen["name"])
    if config.get("current-context", chosen["name"]) not in ("", chosen["name"]):
        raise InvalidKubeconfig("references", "current-context")


def _check_server(cluster: dict[str, Any]) -> None:
    server = cluster.get("server")
    parts = urlsplit(server if isinstance(server, str) else "")
    if parts.scheme != "https" or not parts.hostname or parts.username:
        raise InvalidKubeconfig("server")
    if not isinstance(cluster.get("certificate-authority-data"), str):
        raise InvalidKubeconfig("no_ca")


def _check_credentials(user: dict[str, Any]) -> None:
    certificate = {"client-certificate-data", "client-key-data"}
    filled = {key for key, value in user.items() if isinstance(value, str) and value}
    if "token" not in filled and not certificate <= filled:
        raise InvalidKubeconfig("no_credentials")
