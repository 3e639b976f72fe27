"""Reads the API server's audit log: who did what between two moments."""

import json
from pathlib import Path

BOOTSTRAPPER = "hosting-bootstrapper"
_COMPONENTS = ("system:", "lab:")


class AuditLog:
    """The calls that were logged since this object was made."""

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self.offset = self.path.stat().st_size

    def calls(self, namespace: str | None = None) -> list[dict]:
        """Return finished calls of anybody but the cluster's own components."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            lines = file.read().decode().splitlines()
        entries = [json.loads(line) for line in lines if line.endswith("}")]
        return [
            entry
            for entry in entries
            if entry["stage"] == "ResponseComplete"
            and not entry["user"]["username"].startswith(_COMPONENTS)
            and (namespace is None or _namespace(entry) == namespace)
        ]

    def identities(self, namespace: str) -> set[str]:
        """Return on whose behalf a namespace was touched."""
        return {_identity(entry) for entry in self.calls(namespace)}


def _namespace(entry: dict) -> str | None:
    reference = entry.get("objectRef") or {}
    if reference.get("resource") == "namespaces":
        return reference.get("name")
    return reference.get("namespace")


def _identity(entry: dict) -> str:
    caller = entry["user"]["username"]
    acting_as = (entry.get("impersonatedUser") or {}).get("username")
    return f"{caller} as {acting_as}" if acting_as else caller
