"""What an argument specification can't say: patterns, exact types, names, whose file it is."""

import ipaddress
import re

LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
DOMAIN = re.compile(
    r"([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]([-a-z0-9]{0,61}[a-z0-9])?"
)
SHA256 = re.compile(r"[0-9a-f]{64}")
QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?")
KEY = re.compile(r"[A-Za-z0-9._-]{1,253}")
TEXT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
PARAMETER = re.compile(r"[a-z][a-z0-9_]*")
FIELDS = {
    "hosting_schema": int,
    "hosting_host": str,
    "hosting_project": str,
    "hosting_environment": str,
    "hosting_state": str,
    "hosting_owner": str,
    "hosting_domains": list,
    "hosting_quota": dict,
    "hosting_cluster": dict,
    "hosting_manifests": list,
    "hosting_secrets": list,
    "k8s_namespace": str,
    "k8s_context": str,
}
# May be absent: a host without Jobs on its data.
OPTIONAL = {"hosting_jobs": list}
# Names that a template would find on every dict before the key.
DICT_METHODS = {name for name in dir(dict) if not name.startswith("_")}


def problems(hostvars, host):
    """Return what is wrong with a host's variables, as sentences; an empty list if nothing is.

    :param hostvars: the host's variables (a mapping)
    :param host: ``inventory_hostname``
    """
    known = FIELDS | OPTIONAL
    values = {name: hostvars[name] for name in known if name in hostvars}
    found = list(check_types(values))
    if not found:
        found += check_identity(values, host)
        found += check_patterns(values)
        found += check_manifests(values["hosting_manifests"])
        found += check_manifests(values.get("hosting_jobs", []), "hosting_jobs")
        found += check_secrets(values["hosting_secrets"])
    found += check_names(list(hostvars))
    return found


def is_exactly(value, kind):
    """Tell whether a value is of a type, where a bool is no int."""
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def check_types(values):
    """Yield missing variables and wrong types; specs convert nothing but accept "1" for 1."""
    for name, kind in FIELDS.items():
        if name not in values:
            yield f"{name} is missing"
        elif not is_exactly(values[name], kind):
            yield f"{name} is a {type_name(values[name])}, not a {kind.__name__}"
    for name, kind in OPTIONAL.items():
        if not is_exactly(values.get(name, kind()), kind):
            yield f"{name} is a {type_name(values[name])}, not a {kind.__name__}"
    nested = {"hosting_quota": {"pods": int}, "hosting_cluster": {}}
    for name, exceptions in nested.items():
        for key, value in dict(values.get(name) or {}).items():
            kind = exceptions.get(key, str)
            if not is_exactly(value, kind):
                yield f"{name}.{key} is a {type_name(value)}, not a {kind.__name__}"


def type_name(value):
    """Return the plain name of a value's type (Ansible tags its strings and numbers)."""
    for kind in (bool, int, float, str, list, dict):
        if isinstance(value, kind):
            return kind.__name__
    return type(value).__name__


def check_identity(values, host):
    """Yield what would make this file hit another host or namespace."""
    name, domain = values["hosting_host"], values["hosting_cluster"].get("domain")
    if name != host:
        yield f"this file is {name}'s, but the play runs for {host} (hosting_host)"
    label = name.partition(".")[0]
    if values["k8s_namespace"] != f"host-{label}":
        yield f"k8s_namespace must be host-{label}"
    suffix = "-stag" if values["hosting_environment"] == "staging" else ""
    if label != values["hosting_project"] + suffix:
        yield f"hosting_host must begin with {values['hosting_project']}{suffix}."
    if name != f"{label}.{domain}":
        yield f"hosting_host must be {label}.{domain} (hosting_cluster.domain)"


def check_patterns(values):
    """Yield single values that don't look as they must."""
    if (
        not LABEL.fullmatch(values["hosting_project"])
        or len(values["hosting_project"]) > 40
    ):
        yield "hosting_project must match [a-z]([-a-z0-9]*[a-z0-9])? and have at most 40 characters"
    for name in [values["hosting_host"], *values["hosting_domains"]]:
        if not DOMAIN.fullmatch(str(name)) or len(str(name)) > 253:
            yield f"{name!r} is no host name"
    yield from check_domains(values)
    for name in ("hosting_owner", "k8s_context"):
        if not TEXT.fullmatch(values[name]):
            yield f"{name} must match {TEXT.pattern}"
    for key, value in values["hosting_quota"].items():
        if key != "pods" and not QUANTITY.fullmatch(value):
            yield f"hosting_quota.{key}: {value!r} is no quantity"
    if values["hosting_quota"].get("pods", 1) < 1:
        yield "hosting_quota.pods must be at least 1"
    yield from check_cluster(values["hosting_cluster"])


def check_domains(values):
    """Yield further names that stand twice or are another host's by right."""
    host, domains = values["hosting_host"], values["hosting_domains"]
    base = values["hosting_cluster"].get("domain")
    for name in domains:
        if [host, *domains].count(name) > 1:
            yield f"hosting_domains: {name} stands twice"
        elif f".{name}".endswith(f".{base}") and not name.endswith(f".{host}"):
            yield f"hosting_domains: {name} is {base}'s; use another domain or a name below {host}"


def check_cluster(cluster):
    """Yield values of hosting_cluster that don't look as they must."""
    for key in ("name", "ingress_class"):
        if not TEXT.fullmatch(cluster.get(key, "")):
            yield f"hosting_cluster.{key} must match {TEXT.pattern}"
    if cluster.get("issuer") and not TEXT.fullmatch(cluster["issuer"]):
        yield f"hosting_cluster.issuer must match {TEXT.pattern}"
    try:
        ipaddress.ip_address(cluster.get("address") or "::")
    except ValueError:
        yield f"hosting_cluster.address: {cluster['address']!r} is no IP address"


def check_manifests(entries, field="hosting_manifests"):
    """Yield what is wrong with a list of manifests."""
    names = [entry.get("name") for entry in entries]
    for entry in entries:
        place = f"{field}.{entry.get('name')}"
        if (
            not TEXT.fullmatch(str(entry.get("name")))
            or names.count(entry.get("name")) > 1
        ):
            yield f"{place}: name must match {TEXT.pattern} and stand once"
        for digest in [entry.get("sha256"), *(entry.get("known") or [])]:
            if not SHA256.fullmatch(str(digest)):
                yield f"{place}: {digest!r} is no sha256"
        if not str(entry.get("url")).startswith("https://"):
            yield f"{place}: url must be https"


def check_secrets(entries):
    """Yield what is wrong with hosting_secrets."""
    names = [entry.get("name") for entry in entries]
    for entry in entries:
        name = str(entry.get("name"))
        if (
            not LABEL.fullmatch(name)
            or name.startswith("hosting-")
            or names.count(name) > 1
        ):
            yield f"hosting_secrets: {name!r} is no Secret's name, reserved, or stands twice"
        for key in entry.get("keys") or []:
            if not KEY.fullmatch(str(key)):
                yield f"hosting_secrets.{name}: {key!r} is no key"


def check_names(names):
    """Yield unknown machinery names and parameters that a template could not read.

    Ansible shows a play every variable of a host, so names of other owners pass.
    """
    for name in names:
        if name.startswith(("hosting_", "k8s_")) and name not in FIELDS | OPTIONAL:
            yield f"{name} is unknown (a parameter has another prefix)"
        elif PARAMETER.fullmatch(name) and name in DICT_METHODS:
            yield f"{name} is no parameter name: templates would find a method"


class FilterModule:
    """Filters of host_validate."""

    def filters(self):
        """Return the filters by name."""
        return {"host_validate_problems": problems}
