"""Which secrets a manifest needs: names and keys, never values.

People write one secret in a line, ``odoo-db: password, replication``; vars.yml
holds ``hosting_secrets: [{"name": "odoo-db", "keys": ["password", "replication"]}]``.
"""

import re
from collections.abc import Iterable

_NAME = re.compile(r"\A[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\Z")
_KEY = re.compile(r"\A[-._a-zA-Z0-9]{1,253}\Z")
_RESERVED = "hosting-"  # what the machinery keeps in a namespace


class InvalidSecretRefs(ValueError):
    """A line that names no secret; ``line`` is its text."""

    def __init__(self, line: str):
        super().__init__(f"{line!r} is no secret reference")
        self.line = line


def parse(text: str) -> list[dict]:
    """Return the references in a text, in the form of ``hosting_secrets``.

    :raises InvalidSecretRefs: a name that Kubernetes or the machinery refuses, a
        line without keys
    """
    return merge(
        [_parse_line(line) for line in (text or "").splitlines() if line.strip()]
    )


def merge(references: Iterable[dict]) -> list[dict]:
    """Return references sorted by name, each with all keys that anybody asks for."""
    keys: dict[str, set[str]] = {}
    for reference in references:
        keys.setdefault(reference["name"], set()).update(reference["keys"])
    return [{"name": name, "keys": sorted(keys[name])} for name in sorted(keys)]


def _parse_line(line: str) -> dict:
    name, _, rest = (part.strip() for part in line.partition(":"))
    keys = [key.strip() for key in rest.split(",")]
    valid = _NAME.match(name) and len(name) <= 63 and not name.startswith(_RESERVED)
    if not valid or not all(_KEY.match(key) for key in keys):
        raise InvalidSecretRefs(line.strip())
    return {"name": name, "keys": keys}
