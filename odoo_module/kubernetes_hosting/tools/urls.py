"""Tells whether a URL lies under a prefix that an administrator trusts."""

from collections.abc import Iterable
from urllib.parse import SplitResult, unquote, urlsplit


class InvalidUrl(ValueError):
    """A URL that no manifest may have."""


def check_url(url: str) -> SplitResult:
    """Return the parts of a plain https URL.

    :raises InvalidUrl: another scheme, a user name, dot segments, encoded slashes,
        control characters, a fragment
    """
    if not isinstance(url, str) or not url.isascii() or not url.isprintable():
        raise InvalidUrl(url)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidUrl(url) from error
    plain = parts.scheme == "https" and parts.hostname and port != 0
    if not plain or "@" in parts.netloc or parts.fragment:
        raise InvalidUrl(url)
    if set(url) & set(' \\"<>^`{|}') or _has_dot_segments(parts.path):
        raise InvalidUrl(url)
    return parts


def is_under(url: str, prefixes: Iterable[str]) -> bool:
    """Return whether a URL has a trusted prefix, compared by whole path segments.

    ``https://a.example/org`` trusts ``https://a.example/org/x``, not
    ``https://a.example/org-evil/x`` and not ``https://a.example.evil/org``.
    """
    try:
        parts = check_url(url)
    except InvalidUrl:
        return False
    return any(_matches(parts, prefix) for prefix in prefixes)


def _matches(parts: SplitResult, prefix: str) -> bool:
    try:
        trusted = check_url(prefix)
    except InvalidUrl:
        return False
    if _origin(parts) != _origin(trusted) or trusted.query:
        return False
    folder = trusted.path.rstrip("/")
    return parts.path == folder or parts.path.startswith(f"{folder}/")


def _origin(parts: SplitResult) -> tuple[str | None, int]:
    return parts.hostname, parts.port or 443


def _has_dot_segments(path: str) -> bool:
    decoded = unquote(path)
    doubtful = decoded.count("/") != path.count("/") or "%" in decoded
    return doubtful or any(part in (".", "..") for part in decoded.split("/"))
