"""A caller of Odoo's external API, as any integration would be."""

import json
import urllib.request
from typing import Any


class OdooError(Exception):
    """What Odoo refuses, with the message that people see."""


class OdooClient:
    """One user's calls to one Odoo database, by JSON-RPC."""

    def __init__(self, url: str, database: str, login: str, password: str):
        self.url = url
        self.database = database
        self.password = password
        self.uid = self._send("common", "authenticate", database, login, password, {})
        if not self.uid:
            raise PermissionError(f"{login} can't log in at {url}")

    def call(self, model: str, method: str, *arguments: Any, **keywords: Any) -> Any:
        """Call a public method of a model.

        :raises OdooError: Odoo refused it
        """
        who = (self.database, self.uid, self.password)
        return self._send(
            "object", "execute_kw", *who, model, method, arguments, keywords
        )

    def search(self, model: str, *domain: tuple | str) -> list[int]:
        """Return the ids of the records that match."""
        return self.call(model, "search", list(domain))

    def read(self, model: str, record: int, *fields: str) -> dict[str, Any]:
        """Return fields of one record."""
        return self.call(model, "read", [record], list(fields))[0]

    def find_or_create(self, model: str, domain: list[tuple], values: dict) -> int:
        """Return the record that matches, created on first use."""
        found = self.search(model, *domain)
        return found[0] if found else self.call(model, "create", values)

    def _send(self, service: str, method: str, *arguments: Any) -> Any:
        params = {"service": service, "method": method, "args": arguments}
        body = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}
        request = urllib.request.Request(
            f"{self.url}/jsonrpc",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            reply = json.load(answer)
        if "error" in reply:
            data = reply["error"].get("data") or {}
            raise OdooError(data.get("message") or reply["error"]["message"])
        return reply.get("result")
