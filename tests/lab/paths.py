"""Where everything of the lab lies: caches shared by checkouts, state of one lab."""

import hashlib
import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PURPOSES = ("demo", "test", "e2e")


def cache_dir() -> Path:
    """Return the directory of everything built once and shared by all checkouts.

    ``MINT_CLOUD_CACHE`` wins; else ``/var/cache/mint-cloud`` for root and the
    XDG cache directory for everybody else.
    """
    return _base("MINT_CLOUD_CACHE", "/var/cache", "XDG_CACHE_HOME", ".cache")


def state_dir(purpose: str) -> Path:
    """Return the directory of one lab of this checkout.

    ``MINT_CLOUD_STATE`` moves the root. Not under ``/root``: PostgreSQL runs as
    a user of its own and has to reach its data directory.
    """
    root = _base("MINT_CLOUD_STATE", "/var/lib", "XDG_STATE_HOME", ".local/state")
    return root / f"{checkout_id()}-{purpose}"


def checkout_id() -> str:
    """Return 8 hex digits that name this checkout, so that labs never meet."""
    return hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:8]


def _base(variable: str, system: str, xdg: str, home: str) -> Path:
    if os.environ.get(variable):
        return Path(os.environ[variable])
    if os.geteuid() == 0:
        return Path(system) / "mint-cloud"
    return Path(os.environ.get(xdg) or Path.home() / home) / "mint-cloud"


def key_of(*parts: bytes | str | Path) -> str:
    """Return 12 hex digits that change with the given texts and file contents."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            part = part.read_bytes()
        digest.update(part.encode() if isinstance(part, str) else part)
        digest.update(b"\0")
    return digest.hexdigest()[:12]
