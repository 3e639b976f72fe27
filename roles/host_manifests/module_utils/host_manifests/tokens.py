"""Tokens of private manifest servers: by reference, bounded to one place of one server."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ansible.module_utils.host_manifests.addresses import refusal

MAX_BYTES = 4096
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,31}")
TOKEN = re.compile(r"[\x21-\x7e]+")


def reference_for(url, references):
    """Return the reference whose prefix a URL begins with, or None; the longest prefix wins.

    :param references: list of ``{"prefix", "file", "scheme"}``
    """
    found = [row for row in references if is_below(url, row["prefix"])]
    return max(found, key=lambda row: len(row["prefix"]), default=None)


def is_below(url, prefix):
    """Tell whether a URL lies at a prefix: same server and port, below the same path."""
    wanted, asked = urlsplit(prefix), urlsplit(url)
    if wanted.scheme != "https" or not wanted.path.endswith("/"):
        hint = "Write https://host/path/ (host_manifests_tokens)."
        raise refusal("token", f"{prefix[:200]} is no prefix of a token", hint)
    place = (asked.scheme, asked.hostname, asked.port or 443)
    if place != ("https", wanted.hostname, wanted.port or 443):
        return False
    # A server may read other paths into these than we do.
    plain = unquote(asked.path)
    if ".." in plain.split("/") or "%" in plain or "\\" in plain:
        return False
    return asked.path.startswith(wanted.path)


def header(reference):
    """Return the value of the header Authorization; no error repeats what the file holds."""
    name = reference["file"]
    scheme = reference.get("scheme") or "Bearer"
    if not SCHEME.fullmatch(scheme):
        raise refusal("token", "a token's scheme is a word like Bearer or Basic")
    try:
        with Path(name).open("rb") as file:
            token = file.read(MAX_BYTES + 1).strip().decode("ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no ASCII text"
        raise refusal(
            "token", f"the token's file {name} can't be read: {reason}"
        ) from None
    if len(token) > MAX_BYTES or not TOKEN.fullmatch(token):
        raise refusal("token", f"the file {name} holds no token of one line")
    return f"{scheme} {token}"
