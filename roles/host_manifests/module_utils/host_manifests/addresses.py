"""Which addresses and URLs a manifest may come from."""

import ipaddress
import re
from urllib.parse import urlsplit

from ansible.module_utils.host_manifests.errors import UNREACHABLE, ManifestError

MAX_URL = 2048
HOST = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+")
PRIVATE_SUFFIXES = (
    ".local",
    ".internal",
    ".localhost",
    ".svc",
    ".home.arpa",
    ".lan",
    ".intranet",
)
# IPv6 ranges that carry an IPv4 address in their last 32 bits.
TRANSLATED = [
    ipaddress.ip_network(n) for n in ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")
]


def refusal(rule, message, hint=""):
    """Return the error of a URL or an answer that is not taken."""
    return ManifestError(UNREACHABLE, rule, message, hint)


def split_url(url, limits):
    """Return ``(host, port, target)`` of a URL that may be asked; raises ManifestError."""
    if not isinstance(url, str) or len(url) > MAX_URL:
        raise refusal("url", f"a URL has at most {MAX_URL} characters")
    if re.search(r"[^\x21-\x7e]|\\", url):
        raise refusal(
            "url", "the URL holds blanks, control characters, backslashes or non-ASCII"
        )
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError as error:
        raise refusal("url", f"no valid URL: {error}") from None
    if parts.scheme != "https":
        raise refusal(
            "scheme", f"{parts.scheme or 'no scheme'} is not accepted", "Use https."
        )
    if "@" in parts.netloc:
        raise refusal(
            "userinfo", "the URL holds a user name or password", "Leave it out."
        )
    if port not in limits["ports"]:
        hint = "The administrator may allow it (host_manifests_allowed_ports)."
        raise refusal("port", f"port {port} is not accepted", hint)
    host = check_host((parts.hostname or "").lower(), limits)
    return host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def check_host(host, limits):
    """Return a host name or address that may be asked; raises ManifestError."""
    address = as_address(host)
    if address:
        check_address(address, limits)
    elif not HOST.fullmatch(host) or len(host) > 253:
        raise refusal("host", f"{host!r} is no full host name")
    elif host.endswith(PRIVATE_SUFFIXES):
        raise refusal("host", f"{host} is a private name")
    elif not re.search(r"[a-z]", host.rpartition(".")[2]):
        raise refusal("host", f"{host} is no host name")
    return host


def as_address(text):
    """Return an address object, or None if the text is none."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def check_address(address, limits):
    """Raise ManifestError unless the address is public or on the administrator's list."""
    if isinstance(address, str):
        address = ipaddress.ip_address(address.partition("%")[0])
    inner = embedded(address)
    networks = [ipaddress.ip_network(network) for network in limits["networks"]]
    if any(inner in network for network in networks):
        return
    inside = inner.version == 6 and inner.is_site_local  # "global" for is_global
    if not inner.is_global or inner.is_multicast or inner.is_reserved or inside:
        hint = (
            "The administrator may allow its network (host_manifests_allowed_networks)."
        )
        raise refusal("address", f"{address} is not a public address", hint)


def embedded(address):
    """Return the IPv4 address inside an IPv6 one that only wraps it."""
    if address.version == 4:
        return address
    for inner in (
        address.ipv4_mapped,
        address.sixtofour,
        (address.teredo or [None])[-1],
    ):
        if inner:
            return inner
    if any(address in network for network in TRANSLATED):
        return ipaddress.ip_address(int(address) & 0xFFFFFFFF)
    return address
