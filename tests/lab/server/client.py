"""A caller of Odoo's external API, as any integration would be."""

import xmlrpc.client
from typing import Any


class OdooClient:
    """One user's calls to one Odoo database.

    :raises xmlrpc.client.Fault: what Odoo refuses, with its message
    """

    def __init__(self, url: str, database: str, login: str, password: str):
        self.database = database
        self.password = password
        common = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/common")
        self.uid = common.authenticate(database, login, password, {})
        if not self.uid:
            raise PermissionError(f"{login} can't log in at {url}")
        self._object = xmlrpc.client.ServerProxy(
            f"{url}/xmlrpc/2/object", allow_none=True
        )

    def call(self, model: str, method: str, *arguments: Any, **keywords: Any) -> Any:
        """Call a public method of a model."""
        return self._object.execute_kw(
            self.database, self.uid, self.password, model, method, arguments, keywords
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
