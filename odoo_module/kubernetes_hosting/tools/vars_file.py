"""A host's ``vars.yml``: written so that Ansible reads back exactly the same values.

Keys and strings are double-quoted and ASCII-escaped (a JSON string is a YAML
double-quoted scalar), so YAML never guesses a type. Strings that hold template
markers carry ``!unsafe``, which keeps Ansible from executing them; other strings
don't, because the tag makes Ansible guess the type again.
"""

import json
import keyword
import re
from collections.abc import Mapping
from typing import Any

import yaml

SCHEMA = 1
# What the machinery owns, in the order in which the file shows it.
CONTRACT_KEYS = (
    "hosting_schema",
    "hosting_host",
    "hosting_project",
    "hosting_environment",
    "hosting_state",
    "hosting_owner",
    "hosting_domains",
    "hosting_quota",
    "hosting_cluster",
    "hosting_manifests",
    "hosting_secrets",
    "k8s_namespace",
    "k8s_context",
)
# Those may be absent; they stand after hosting_manifests.
OPTIONAL_KEYS = ("hosting_jobs",)
_PARAMETER = re.compile(r"\A[a-z][a-z0-9_]{0,62}\Z")
_MACHINERY = re.compile(r"\A(ansible|hosting|host|k8s|manifest|cluster|molecule)(_|\Z)")
# Ansible's magic variables, play keywords and the methods of a dict.
_TAKEN = frozenset(
    "hostvars groups group_names inventory_dir inventory_file inventory_hostname"
    " inventory_hostname_short omit play_hosts playbook_dir role_name role_names"
    " role_path environment vars namespace port lookup query q now undef"
    " range dict cycler joiner true false none null yes no on off".split()
) | frozenset(dir({}))
# The last one is a header by which a text names markers of its own.
_MARKERS = ("{{", "{%", "{#", "#jinja2:")
_MAXIMUM_DEPTH = 8
# YAML reads no longer key in a mapping on one line.
_MAXIMUM_KEY = 1000


class InvalidVars(ValueError):
    """A variables file, key or value that is refused; ``line`` counts from 1."""

    def __init__(self, sentence: str, line: int | None = None):
        super().__init__(f"Line {line}: {sentence}" if line else sentence)
        self.line = line


def check_parameter_name(name: str) -> None:
    """Refuse a parameter name that could mean something to Ansible or Python.

    :raises InvalidVars: not ``[a-z][a-z0-9_]*``, a name of the machinery, a magic
        variable, a keyword or a method of dict
    """
    if not isinstance(name, str) or not _PARAMETER.match(name):
        raise InvalidVars(
            f"{name!r} is no parameter name: use small letters, digits and"
            " underscores, starting with a letter."
        )
    if _MACHINERY.match(name) or name in _TAKEN or keyword.iskeyword(name):
        raise InvalidVars(f"{name} is reserved: choose another parameter name.")


def dump_vars(variables: Mapping[str, Any]) -> str:
    """Return the text of a host's ``vars.yml``: contract keys first, then parameters.

    :raises InvalidVars: a key that is missing or reserved, or a value that is not
        a plain string, integer, finite float, boolean, list or mapping
    """
    missing = [key for key in CONTRACT_KEYS if key not in variables]
    if missing:
        raise InvalidVars(f"vars.yml needs {', '.join(missing)}.")
    keys = _known_keys(variables)
    parameters = sorted(set(variables) - set(keys))
    for name in parameters:
        check_parameter_name(name)
    lines = [*_header(variables["hosting_host"])]
    lines += [_entry(key, variables[key]) for key in (*keys, *parameters)]
    return "\n".join(lines) + "\n"


def _known_keys(variables: Mapping[str, Any]) -> list[str]:
    """Return the keys of the contract that a host has, in the order of the file."""
    keys = list(CONTRACT_KEYS)
    after = keys.index("hosting_manifests") + 1
    keys[after:after] = [key for key in OPTIONAL_KEYS if key in variables]
    return keys


def _header(host: str) -> list[str]:
    name = host if re.fullmatch(r"[a-z0-9.-]+", str(host)) else "HOST"
    return [
        f"# Managed by Odoo: host {name}. By hand:",
        f"#   ansible-playbook playbooks/apply.yml -i {name}, -e @vars.yml",
    ]


def _entry(key: str, value: Any) -> str:
    if isinstance(value, list) and value and all(isinstance(v, dict) for v in value):
        return "\n".join([f"{_string(key)}:", *(f"  - {_flow(v)}" for v in value)])
    return f"{_string(key)}: {_flow(value)}"


def _flow(value: Any, depth: int = 0) -> str:
    """Return a value in YAML's flow style, on one line."""
    if depth > _MAXIMUM_DEPTH:
        raise InvalidVars(f"Values nest deeper than {_MAXIMUM_DEPTH} levels.")
    if isinstance(value, Mapping):
        pairs = (f"{_key(k)}: {_flow(v, depth + 1)}" for k, v in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(v, depth + 1) for v in value) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and value == value and abs(value) != float("inf"):
        # YAML 1.1 wants a dot in the mantissa and a sign in the exponent.
        text = repr(value)
        return text if "e" not in text else f"{value:.17e}"
    if isinstance(value, str):
        return _string(value, may_template=True)
    raise InvalidVars(
        f"A value of type {type(value).__name__} can't stand in vars.yml."
    )


def _key(key: Any) -> str:
    if not isinstance(key, str) or any(marker in key for marker in _MARKERS):
        raise InvalidVars(f"{key!r} can't be a key.")
    quoted = _string(key)
    if len(quoted) > _MAXIMUM_KEY:
        raise InvalidVars(f"The key {key[:20]!r}… is too long.")
    return quoted


def _string(text: str, may_template: bool = False) -> str:
    """Return a double-quoted YAML scalar in ASCII, tagged when Ansible would template it."""
    quoted = f'"{"".join(map(_escaped, text))}"'
    unsafe = may_template and any(marker in text for marker in _MARKERS)
    return f"!unsafe {quoted}" if unsafe else quoted


def _escaped(char: str) -> str:
    """Return one character as it stands between YAML's double quotes."""
    if "\ud800" <= char <= "\udfff":
        raise InvalidVars("A text holds half of a surrogate pair.")
    if ord(char) > 0xFFFF:
        # JSON would write a surrogate pair, which YAML does not join again.
        return f"\\U{ord(char):08x}"
    return "\\u007f" if char == "\x7f" else json.dumps(char)[1:-1]


def load_vars(text: str) -> dict[str, Any]:
    """Read a ``vars.yml`` strictly, as Import does.

    :raises InvalidVars: with the line, for what the writer would never write:
        aliases, tags, duplicate or reserved keys, dates, more than one document
    """
    try:
        loaded = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise InvalidVars(f"This is no YAML: {error.problem}.", line) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise InvalidVars(f"This is no YAML: {error}.") from error
    if not isinstance(loaded, dict):
        raise InvalidVars("A variables file is a mapping of names to values.", 1)
    _check_keys(loaded)
    return loaded


def _check_keys(loaded: dict[str, Any]) -> None:
    missing = [key for key in CONTRACT_KEYS if key not in loaded]
    if missing:
        raise InvalidVars(f"The file lacks {', '.join(missing)}.")
    if loaded["hosting_schema"] != SCHEMA:
        raise InvalidVars(
            f"hosting_schema is not {SCHEMA}: another version wrote this."
        )


class _StrictLoader(yaml.SafeLoader):
    """A SafeLoader without aliases, foreign tags, duplicate keys and dates."""

    def compose_node(self, parent, index):
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent):
            raise InvalidVars("Aliases are not allowed.", event.start_mark.line + 1)
        if getattr(event, "anchor", None):
            raise InvalidVars("Anchors are not allowed.", event.start_mark.line + 1)
        return super().compose_node(parent, index)

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _value in node.value:
            line = key_node.start_mark.line + 1
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise InvalidVars(f"{key!r} is no text: put the key in quotes.", line)
            if key in seen:
                raise InvalidVars(f"{key} stands twice.", line)
            seen.add(key)
        return super().construct_mapping(node, deep)

    def get_single_node(self):
        node = super().get_single_node()
        if isinstance(node, yaml.MappingNode):
            for key_node, _value in node.value:
                _check_top_key(key_node)
        return node


def _check_top_key(node: yaml.Node) -> None:
    line = node.start_mark.line + 1
    if node.value not in CONTRACT_KEYS + OPTIONAL_KEYS:
        try:
            check_parameter_name(node.value)
        except InvalidVars as error:
            raise InvalidVars(str(error), line) from error


def _construct_unsafe(loader: _StrictLoader, node: yaml.Node) -> str:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.ScalarNode):
        raise InvalidVars("!unsafe belongs on a text.", line)
    if not any(marker in node.value for marker in _MARKERS):
        raise InvalidVars("!unsafe on a text without template markers.", line)
    return node.value


def _refuse(loader: _StrictLoader, node: yaml.Node) -> None:
    line = node.start_mark.line + 1
    raise InvalidVars(f"{node.tag} values are not allowed: quote the text.", line)


_StrictLoader.add_constructor("!unsafe", _construct_unsafe)
_StrictLoader.add_constructor(None, _refuse)
for _kind in ("timestamp", "binary", "set", "omap", "pairs", "null", "merge"):
    _StrictLoader.add_constructor(f"tag:yaml.org,2002:{_kind}", _refuse)
