"""Get the text of each manifest of a host: from the directory at hand, else from its URL."""

import re
from pathlib import Path

from ansible.module_utils.host_manifests.download import as_text, fetch, sha256
from ansible.module_utils.host_manifests.errors import CHANGED, ManifestError

SHA256 = re.compile(r"[0-9a-f]{64}")


def obtain(entry, directory, newest, limits):
    """Return ``{"name", "sha256", "size", "source", "text"}`` of one manifest.

    :param entry: dict of name, url, sha256, track as in ``hosting_manifests``
    :param directory: where texts lie under their sha256
    :param newest: take what the URL has now (update), for an entry that tracks it
    """
    try:
        return obtain_text(entry, directory, newest, limits)
    except ManifestError as error:
        error.where["object"] = f"manifest {entry['name']}"
        raise


def obtain_text(entry, directory, newest, limits):
    """Do the work of ``obtain``; raises ManifestError without naming the manifest."""
    text = at_hand(entry["sha256"], directory)
    if text is not None:
        return row(entry, text, "directory")
    text = fetch(entry["url"], limits)
    follows = newest and entry["track"] == "latest"
    if not follows and sha256(text) != entry["sha256"]:
        raise changed(entry, sha256(text))
    return row(entry, text, "url")


def row(entry, text, source):
    """Return one manifest as obtained."""
    return {
        "name": entry["name"],
        "sha256": sha256(text),
        "size": len(text.encode()),
        "source": source,
        "text": text,
    }


def at_hand(digest, directory):
    """Return the text stored under a sha256, or None. A file that is another text is an error."""
    path = Path(directory) / digest
    if not SHA256.fullmatch(digest) or not path.is_file():
        return None
    text = as_text(path.read_bytes())
    if sha256(text) != digest:
        message = f"the file {path.name} in the manifests directory holds another text"
        raise ManifestError(CHANGED, "sha256", message, "Export the host again.")
    return text


def changed(entry, found):
    """Return the error of a URL that no longer has the wanted text."""
    short = f"sha256 {found[:12]}…, wanted {entry['sha256'][:12]}…"
    message = f"{entry['url']} has another text now ({short})"
    hint = (
        "Run playbooks/update.yml to take the newest text of manifests with track: latest, or "
        "export the host from Odoo as a zip, which holds the wanted text."
    )
    return ManifestError(CHANGED, "sha256", message, hint)
