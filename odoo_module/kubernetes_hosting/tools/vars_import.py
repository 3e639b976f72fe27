"""What *Import YAML* accepts: a ``vars.yml`` as Odoo writes it, checked key by key, or
the zip of an inventory that holds it.

``vars_file.load_vars`` refuses what is no such file at all; here the values are
checked, so that whoever takes them over only meets the types he expects. Each refusal
names the line of the key.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import yaml

from . import names, vars_file
from .vars_file import InvalidVars

MAXIMUM_BYTES = 256 * 1024
MAXIMUM_ZIP_BYTES = 20 * 1024 * 1024
MAXIMUM_PARAMETERS = 200
MAXIMUM_MANIFESTS = 50
_LARGEST = 2**63
_CONTRACT = frozenset(vars_file.CONTRACT_KEYS + vars_file.OPTIONAL_KEYS)
_ZIP = b"PK\x03\x04"
_MEMBER = re.compile(r"\Ainventory/host_vars/([^/]+)/vars\.yml\Z")
_BAD_ZIP = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError)
_SHA256 = re.compile(r"\A[0-9a-f]{64}\Z")
_QUOTA = {"cpu": str, "memory": str, "storage": str, "pods": int}
_CLUSTER = dict.fromkeys(("name", "domain", "ingress_class", "address", "issuer"), str)
_MANIFEST = {"name": str, "url": str, "track": str}
_MANIFEST_MORE = {"sha256": str, "known": list}


class Imported(NamedTuple):
    """A checked file: its contract keys, its parameters, and the line of each key."""

    contract: dict[str, Any]
    parameters: dict[str, str | int | bool | list[str]]
    lines: dict[str, int]


def read(content: bytes, host: str | None = None) -> Imported:
    """Check a file that somebody uploads.

    :param host: full name of the host to look for in a zip
    :raises InvalidVars: with the line and the reason
    """
    text = _decode(_unpack(content, host) if content.startswith(_ZIP) else content)
    try:
        variables = vars_file.load_vars(text)
    except InvalidVars:
        raise
    except (ValueError, OverflowError) as error:
        raise InvalidVars(f"A value can't be read: {error}.") from error
    lines = _get_lines(text)
    for key, value in variables.items():
        try:
            _check(key, value)
        except InvalidVars as error:
            raise InvalidVars(str(error), lines.get(key)) from error
    _check_identity(variables, lines)
    parameters = {
        key: value for key, value in variables.items() if key not in _CONTRACT
    }
    if len(parameters) > MAXIMUM_PARAMETERS:
        raise InvalidVars(f"More than {MAXIMUM_PARAMETERS} parameters.")
    contract = {key: variables[key] for key in variables if key not in parameters}
    return Imported(contract, parameters, lines)


def _unpack(content: bytes, host: str | None) -> bytes:
    """Return the vars.yml of one host out of an inventory; it is read no further than
    a refusal needs, whatever the zip promises.
    """
    if len(content) > MAXIMUM_ZIP_BYTES:
        raise InvalidVars(f"The zip is larger than {MAXIMUM_ZIP_BYTES >> 20} MiB.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {
                found[1]: name
                for name in archive.namelist()
                if (found := _MEMBER.match(name))
            }
            with archive.open(members[_choose(sorted(members), host)]) as member:
                return member.read(MAXIMUM_BYTES + 1)
    except _BAD_ZIP as error:
        raise InvalidVars("The zip can't be read: it is damaged.") from error


def _choose(hosts: list[str], wanted: str | None) -> str:
    if not hosts:
        raise InvalidVars("The zip holds no inventory/host_vars/<host>/vars.yml.")
    if wanted and wanted not in hosts:
        raise InvalidVars(f"The zip does not hold {wanted}, but {_list(hosts)}.")
    if not wanted and len(hosts) > 1:
        raise InvalidVars(
            f"The zip holds {_list(hosts)}: open Import YAML on the form of one of them."
        )
    return wanted or hosts[0]


def _list(hosts: list[str]) -> str:
    more = f" and {len(hosts) - 3} more" if len(hosts) > 3 else ""
    return ", ".join(host[:80] for host in hosts[:3]) + more


def _decode(content: bytes) -> str:
    if len(content) > MAXIMUM_BYTES:
        raise InvalidVars(f"The file is larger than {MAXIMUM_BYTES // 1024} KiB.")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InvalidVars("This is no text in UTF-8.", line) from error
    return text


def _get_lines(text: str) -> dict[str, int]:
    """Return the line of each key at the top; the text was read without errors before."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    return {key.value: key.start_mark.line + 1 for key, _value in node.value}


def _check(key: str, value: Any) -> None:
    checker = _CHECKERS.get(key)
    if checker:
        checker(key, value)
    elif key not in _CONTRACT:
        _check_parameter(key, value)


def _check_parameter(key: str, value: Any) -> None:
    if isinstance(value, list):
        for item in value:
            _check_entry(key, item)
    elif isinstance(value, str):
        _check_text(key, value)
    elif isinstance(value, bool):
        return
    elif isinstance(value, int):
        if not -_LARGEST <= value < _LARGEST:
            raise InvalidVars(f"{key} is a number beyond 64 bits.")
    else:
        raise InvalidVars(
            f"{key} is neither a text, a whole number, true or false, nor a list of"
            " texts."
        )


def _check_entry(key: str, item: Any) -> None:
    """Odoo keeps a list as lines: an entry that is not one line would change."""
    if not isinstance(item, str):
        raise InvalidVars(f"{key}: put the entries of the list in quotes.")
    _check_text(key, item)
    if item != item.strip() or len(item.splitlines()) != 1:
        raise InvalidVars(
            f"{key}: an entry of a list is one line, without spaces around it."
        )


def _check_text(key: str, value: Any) -> None:
    if not isinstance(value, str):
        raise InvalidVars(f"{key} is no text.")
    if "\x00" in value:
        raise InvalidVars(f"{key} holds a NUL character.")


def _check_state(key: str, value: Any) -> None:
    if value not in ("running", "suspended"):
        raise InvalidVars(f"{key} is running or suspended.")


def _check_environment(key: str, value: Any) -> None:
    if value not in names.ENVIRONMENTS:
        raise InvalidVars(f"{key} is production or staging.")


def _check_domains(key: str, value: Any) -> None:
    if value != []:
        raise InvalidVars(f"{key}: Odoo knows no further names of a host; write [].")


def _check_mapping(
    what: str, value: Any, needed: Mapping, more: Mapping | None = None
) -> None:
    """Check the keys of a mapping and the types of their values."""
    if not isinstance(value, dict):
        raise InvalidVars(f"{what} is a mapping of {', '.join(needed)}.")
    for name, item in value.items():
        kind = needed.get(name) or (more or {}).get(name)
        if kind is None:
            raise InvalidVars(f"{what} has no {name}.")
        if not isinstance(item, kind) or isinstance(item, bool):
            raise InvalidVars(f"{what}: {name} has the wrong type.")
        if kind is str:
            _check_text(f"{what}: {name}", item)
    missing = [name for name in needed if name not in value]
    if missing:
        raise InvalidVars(f"{what} lacks {', '.join(missing)}.")


def _check_quota(key: str, value: Any) -> None:
    _check_mapping(key, value, _QUOTA)
    if not 0 < value["pods"] <= 10_000:
        raise InvalidVars(f"{key}: pods is a number from 1 to 10000.")


def _check_cluster(key: str, value: Any) -> None:
    _check_mapping(key, value, _CLUSTER)


def _check_manifests(key: str, value: Any) -> None:
    if not isinstance(value, list) or len(value) > MAXIMUM_MANIFESTS:
        raise InvalidVars(f"{key} is a list of at most {MAXIMUM_MANIFESTS} manifests.")
    seen = set()
    for entry in value:
        _check_mapping(key, entry, _MANIFEST, _MANIFEST_MORE)
        if entry["track"] not in ("latest", "pinned"):
            raise InvalidVars(f"{key}: track is latest or pinned.")
        if "sha256" in entry and not _SHA256.match(entry["sha256"]):
            raise InvalidVars(f"{key}: {entry['sha256'][:80]!r} is no sha256.")
        if entry["name"] in seen:
            raise InvalidVars(f"{key}: {entry['name']} stands twice.")
        seen.add(entry["name"])


def _check_identity(variables: Mapping[str, Any], lines: Mapping[str, int]) -> None:
    """Refuse a file whose host, project, environment and namespace disagree."""
    project = variables["hosting_project"]
    environment = variables["hosting_environment"]
    expected = {
        "hosting_host": names.fqdn(
            project, environment, variables["hosting_cluster"]["domain"]
        ),
        "k8s_namespace": names.namespace(project, environment),
    }
    for key, value in expected.items():
        if variables[key] != value:
            raise InvalidVars(
                f"{key} is {value} for this project, environment and domain.",
                lines.get(key),
            )


_CHECKERS: dict[str, Callable[[str, Any], None]] = {
    "hosting_host": _check_text,
    "hosting_project": _check_text,
    "hosting_environment": _check_environment,
    "hosting_state": _check_state,
    "hosting_owner": _check_text,
    "hosting_domains": _check_domains,
    "hosting_quota": _check_quota,
    "hosting_cluster": _check_cluster,
    "hosting_manifests": _check_manifests,
    "k8s_namespace": _check_text,
    "k8s_context": _check_text,
}
