"""Download a manifest: bounded in time, size, redirects and places. No proxy, no file."""

import hashlib
import http.client
import signal
import socket
import ssl
from contextlib import contextmanager
from urllib.parse import urljoin

from ansible.module_utils.host_manifests.addresses import (
    as_address,
    check_address,
    refusal,
    split_url,
)
from ansible.module_utils.host_manifests.errors import ManifestError
from ansible.module_utils.host_manifests.tokens import header, is_below, reference_for

# The option of modules that download; a token is a reference to a file, never its value.
TOKENS = {
    "prefix": {"type": "str", "required": True},
    "file": {"type": "path", "required": True},
    "scheme": {"type": "str", "default": "Bearer"},
}
OPTION = {
    "type": "dict",
    "default": {},
    "options": {
        "networks": {"type": "list", "elements": "str", "default": []},
        "ports": {"type": "list", "elements": "int", "default": [443]},
        "ca_file": {"type": "str", "default": ""},
        "tokens": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "no_log": False,
            "options": TOKENS,
        },
    },
}
LIMITS = {
    "networks": [],
    "ports": [443],
    "ca_file": None,
    "tokens": [],
    "max_bytes": 2**20,
    "timeout": 20,
    "read_timeout": 5,
    "redirects": 3,
}
REDIRECTS = (301, 302, 303, 307, 308)


def fetch(url, limits=None):
    """Return the text behind a URL.

    Raises ManifestError (class manifest_unreachable) that names the rule. Call it in
    the main thread: the total time limit is an alarm signal.
    """
    limits = LIMITS | {key: value for key, value in (limits or {}).items() if value}
    try:
        with time_limit(limits["timeout"]):
            return follow(url, limits)
    except ManifestError as error:
        error.message = f"{str(url)[:200]}: {error.message}"
        raise


@contextmanager
def time_limit(seconds):
    """Raise ManifestError in the body when it takes longer, wherever it hangs."""

    def ring(signum, frame):
        raise refusal("timeout", f"no complete answer within {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def follow(url, limits):
    """Return the text after at most ``redirects`` redirects; each is checked like the first.

    A token is the one of the first URL: a redirect neither carries it to another place
    nor brings in another one.
    """
    split_url(url, limits)
    reference = reference_for(url, limits["tokens"])
    for _ in range(limits["redirects"] + 1):
        host, port, target = split_url(url, limits)
        connection = connect(host, port, limits)
        try:
            own = (
                reference if reference and is_below(url, reference["prefix"]) else None
            )
            answer = ask(connection, target, header(own) if own else None)
            if answer.status not in REDIRECTS:
                return read_text(answer, limits)
            url = urljoin(url, answer.getheader("Location") or "")
        finally:
            connection.close()
    raise refusal("redirects", f"more than {limits['redirects']} redirects")


def connect(host, port, limits):
    """Return an open, verified TLS connection to an address that was checked itself."""
    reason = None
    for address in resolve(host, port, limits):
        try:
            return tls_connection(host, port, address, limits)
        except ssl.SSLError as error:
            detail = getattr(error, "verify_message", "") or error.reason or error
            raise refusal(
                "tls", f"the certificate or TLS is not accepted: {detail}"
            ) from None
        except OSError as error:
            reason = error
    raise refusal("connection", f"no connection: {reason}") from None


def resolve(host, port, limits):
    """Return the addresses of a host; one that is not accepted refuses them all."""
    if as_address(host):
        return [host]
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise refusal("dns", f"the name {host} does not resolve: {error}") from None
    addresses = list(dict.fromkeys(row[4][0] for row in rows))
    for address in addresses:
        check_address(address, limits)
    return addresses


def tls_connection(host, port, address, limits):
    """Connect to ``address`` and verify the certificate for ``host``."""
    context = ssl.create_default_context()
    if limits["ca_file"]:
        context.load_verify_locations(cafile=limits["ca_file"])
    raw = socket.create_connection((address, port), timeout=limits["read_timeout"])
    try:
        check_address(raw.getpeername()[0], limits)
        connection = http.client.HTTPSConnection(
            host, port, timeout=limits["read_timeout"]
        )
        connection.sock = context.wrap_socket(raw, server_hostname=host)
    except BaseException:
        raw.close()
        raise
    return connection


def ask(connection, target, authorization=None):
    """Return the answer to one GET, before its body."""
    headers = {
        "Accept-Encoding": "identity",
        "Accept": "*/*",
        "User-Agent": "mint-cloud",
    }
    if authorization:
        headers["Authorization"] = authorization
    try:
        connection.request("GET", target, headers=headers)
        return connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        raise refusal(
            "connection", f"no answer: {error or type(error).__name__}"
        ) from None


def read_text(answer, limits):
    """Return the body as text if status, type, size and encoding are what they should be."""
    check_headers(answer, limits)
    body = read_body(answer, limits["max_bytes"])
    length = answer.getheader("Content-Length")
    if length is not None and len(body) != int(length):
        raise refusal("truncated", f"{len(body)} of {length} bytes arrived")
    return as_text(body)


def as_text(body):
    """Return bytes as text; raises ManifestError unless they are UTF-8 without NUL."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise refusal("encoding", "the file is not UTF-8") from None
    if "\0" in text:
        raise refusal("encoding", "the file holds a NUL character")
    return text


def check_headers(answer, limits):
    """Raise ManifestError for an answer that is no manifest."""
    if answer.status != 200:
        raise refusal("status", f"the server answered {answer.status} {answer.reason}")
    encoding = answer.getheader("Content-Encoding", "identity")
    if encoding.lower() != "identity":
        raise refusal("content_encoding", f"the answer is compressed ({encoding[:40]})")
    kind = answer.getheader("Content-Type", "").partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml"):
        raise refusal(
            "html", "the server sent a web page", "Use the address of the raw file."
        )
    length = answer.getheader("Content-Length")
    if length is not None and not length.isdecimal():
        raise refusal("length", "the server's Content-Length is no number")
    if length is not None and int(length) > limits["max_bytes"]:
        raise refusal("size", f"the file is larger than {limits['max_bytes']} bytes")


def read_body(answer, max_bytes):
    """Return at most ``max_bytes`` of the body; raises ManifestError beyond."""
    parts, size = [], 0
    try:
        while part := answer.read1(65536):
            size += len(part)
            if size > max_bytes:
                raise refusal("size", f"the file is larger than {max_bytes} bytes")
            parts.append(part)
    except (OSError, http.client.HTTPException) as error:
        raise refusal(
            "connection", f"the answer broke off: {error or type(error).__name__}"
        ) from None
    return b"".join(parts)


def sha256(text):
    """Return the sha256 of a text's UTF-8 bytes, as manifests are named by it."""
    return hashlib.sha256(text.encode()).hexdigest()
