"""A look at a hosting from outside: by its name, at the lab's address, over TLS."""

import http.client
import json
import socket
import ssl
import xmlrpc.client
from pathlib import Path


def get(fqdn: str, path: str, address: str, roots: str | Path) -> tuple[int, str]:
    """Return status and body of an https request that trusts the lab's ACME root.

    :raises OSError: no connection, or a certificate that is not valid for the name
    """
    connection = _connection(fqdn, address, roots)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        connection.close()


def is_healthy(fqdn: str, address: str, roots: str | Path) -> bool:
    """Tell whether the tenant's Odoo says that it is well."""
    try:
        status, body = get(fqdn, "/web/health", address, roots)
        return status == 200 and json.loads(body) == {"status": "pass"}
    except (OSError, ValueError):
        return False


def transport(
    fqdn: str, address: str, roots: str | Path
) -> xmlrpc.client.SafeTransport:
    """Return a transport by which xmlrpc.client calls the tenant's external API."""
    return _Transport(lambda: _connection(fqdn, address, roots))


def _connection(fqdn: str, address: str, roots: str | Path) -> "ByAddress":
    return ByAddress(fqdn, address, ssl.create_default_context(cafile=str(roots)))


class _Transport(xmlrpc.client.SafeTransport):
    """Calls over a connection that is made for it."""

    def __init__(self, connect):
        super().__init__()
        self._connect = connect

    def make_connection(self, host):
        return self._connect()


class ByAddress(http.client.HTTPSConnection):
    """Connects to an address, but asks for a name and checks the name's certificate."""

    def __init__(
        self, fqdn: str, address: str, context: ssl.SSLContext, timeout: float = 20
    ):
        super().__init__(fqdn, timeout=timeout, context=context)
        self._address = address
        self._tls = context

    def connect(self) -> None:
        raw = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = self._tls.wrap_socket(raw, server_hostname=self.host)
