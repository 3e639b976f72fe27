"""Sends one JSON message to an address that an administrator has entered.

The address is checked as those of manifests are: https, no user name, no address of
our own network. What a name resolves to is checked on the connection itself, so a
name that changes between two look-ups gains nothing; redirects are not followed.
"""

import http.client
import ipaddress
import json
import socket
import ssl
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from . import urls

TIMEOUT = 10.0  # seconds for connecting, and for each answer
MAXIMUM_ANSWER = 4096  # bytes that are read; nothing depends on them
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Refused(Exception):
    """The message can't go there, now or later; the text says why."""


class NotDelivered(Exception):
    """The receiver did not take the message; trying again later makes sense."""


def networks(text: str) -> list[Network]:
    """Return the networks of a list with spaces, as odoo.conf has it.

    :raises ValueError: one of them is no network
    """
    return [ipaddress.ip_network(part) for part in text.split()]


def check(url: str, allowed: Iterable[Network] = ()) -> SplitResult:
    """Return the parts of an address that may be entered.

    Plain http is for receivers in an allowed network alone.

    :raises Refused: another scheme, a user name, or http without an allowed network
    """
    plain = url.startswith("http://")
    try:
        urls.check_url(f"https://{url.removeprefix('http://')}" if plain else url)
    except urls.InvalidUrl as error:
        raise Refused("The address has to start with https://.") from error
    if plain and not list(allowed):
        raise Refused("The address has to start with https://.")
    return urlsplit(url)


def post(
    url: str,
    message: Mapping[str, Any],
    allowed: Iterable[Network] = (),
    context: ssl.SSLContext | None = None,
) -> int:
    """Send a message and return the receiver's HTTP status (2xx).

    :param allowed: networks that are no public ones and may be reached all the same
    :raises Refused: the address is not allowed, or the receiver said 3xx or 4xx
    :raises NotDelivered: no connection, a timeout, 408, 429 or 5xx
    """
    allowed = list(allowed)
    parts = check(url, allowed)
    connection = _Connection(parts, allowed, context)
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    headers = {"Content-Type": "application/json", "User-Agent": "Kubernetes-Hosting"}
    try:
        connection.request("POST", path, json.dumps(message).encode(), headers)
        answer = connection.getresponse()
        answer.read(MAXIMUM_ANSWER)
    except (OSError, http.client.HTTPException) as error:
        raise NotDelivered(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()
    return _judge(answer.status)


def _judge(status: int) -> int:
    if 200 <= status < 300:
        return status
    if status in (408, 429) or status >= 500:
        raise NotDelivered(f"The receiver answered {status}.")
    raise Refused(f"The receiver answered {status}.")


class _Connection(http.client.HTTPConnection):
    """A connection to the first address of a host, once that address is allowed."""

    def __init__(
        self,
        parts: SplitResult,
        allowed: list[Network],
        context: ssl.SSLContext | None,
    ):
        self.tls = parts.scheme == "https"
        port = parts.port or (443 if self.tls else 80)
        super().__init__(parts.hostname or "", port, timeout=TIMEOUT)
        self.allowed = allowed
        self.context = context or ssl.create_default_context()

    def connect(self) -> None:
        """Connect to the address that was checked, not to the name."""
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        family, kind, protocol, _name, address = found[0]
        self._check(ipaddress.ip_address(address[0]))
        self.sock = socket.socket(family, kind, protocol)
        self.sock.settimeout(self.timeout)
        self.sock.connect(address)
        if self.tls:
            self.sock = self.context.wrap_socket(self.sock, server_hostname=self.host)

    def _check(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
        mapped = getattr(address, "ipv4_mapped", None)
        address = mapped or address
        if any(address in network for network in self.allowed):
            return
        if not self.tls or not address.is_global or address.is_multicast:
            raise Refused(f"{self.host} is {address}: no public address.")
