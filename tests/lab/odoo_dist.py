"""Odoo 19: an installed one (``ODOO_PATH``) or Debian's package, unpacked beside the venv.

Debian's ``odoo-19`` of suite sid is no clean install on a stable Debian, so it is
unpacked with the fonts and scripts that it links to, and installed nowhere.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from .paths import cache_dir, key_of
from .progress import SetupError, run, step

_FROM_SID = (
    "odoo-19",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-montserrat",
    "fonts-roboto-unhinted",
    "fonts-ocr-b",
    "fonts-glyphicons-halflings",
)
# sid's Font Awesome is 7, whose files have other names than Odoo's links.
_FROM_STABLE = ("fonts-font-awesome", "fonts-inconsolata")


def directory() -> Path:
    """Return the root of the unpacked Odoo, or the administrator's ODOO_PATH."""
    if os.environ.get("ODOO_PATH"):
        return Path(os.environ["ODOO_PATH"])
    return cache_dir() / f"odoo-{key_of(*_FROM_SID, *_FROM_STABLE)}"


def python_path() -> Path:
    """Return the directory to put on Python's path so that ``import odoo`` works."""
    packaged = directory() / "usr/lib/python3/dist-packages"
    return packaged if packaged.is_dir() else directory()


def install() -> None:
    """Unpack Odoo into the cache unless it is there or ODOO_PATH names one."""
    if os.environ.get("ODOO_PATH"):
        if not (python_path() / "odoo").is_dir():
            raise SetupError(f"ODOO_PATH={directory()} holds no `odoo` package.")
        return
    if directory().is_dir():
        return
    if not shutil.which("apt-get"):
        raise SetupError(
            "Odoo 19 is missing. Clone or install it and set ODOO_PATH to the folder "
            "that holds its `odoo` package."
        )
    with step("unpacking Odoo 19", "1 min"):
        _unpack()


def debian_mirror() -> str:
    """Return the machine's own Debian mirror (URI of its first binary source)."""
    for path in _source_files():
        for line in path.read_text().splitlines():
            found = re.match(r"\s*(?:URIs:|deb(?: \[[^]]*\])?)\s+(\S+)", line)
            if found and "debian" in found[1]:
                return found[1]
    raise SetupError("No Debian mirror found in /etc/apt: set ODOO_PATH instead.")


def _source_files() -> list[Path]:
    folder = Path("/etc/apt/sources.list.d")
    files = [*sorted(folder.glob("debian*")), *sorted(folder.glob("*"))]
    files.append(Path("/etc/apt/sources.list"))
    return [file for file in files if file.is_file()]


def _unpack() -> None:
    directory().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory().parent) as scratch:
        os.chmod(scratch, 0o755)  # apt downloads as its own user
        root = Path(scratch) / "root"
        for suite, packages in (("sid", _FROM_SID), ("stable", _FROM_STABLE)):
            for package in _download(Path(scratch) / suite, suite, packages):
                run(["dpkg", "-x", package, root])
        root.rename(directory())


def _download(state: Path, suite: str, packages: tuple[str, ...]) -> list[Path]:
    """Download packages of one suite with an apt state of its own."""
    for part in ("lists/partial", "cache/archives/partial"):
        (state / part).mkdir(parents=True)
    suite = "bookworm" if suite == "stable" else suite
    keys = "/usr/share/keyrings/debian-archive-keyring.gpg"
    source = f"deb [signed-by={keys}] {debian_mirror()} {suite} main\n"
    (state / "sources.list").write_text(source)
    (state / "apt.conf").write_text(apt_settings(state))
    environment = os.environ | {"APT_CONFIG": str(state / "apt.conf")}
    run(["apt-get", "update", "-qq"], env=environment)
    run(["apt-get", "download", *packages], env=environment, cwd=state)
    return sorted(state.glob("*.deb"))


def apt_settings(state: Path) -> str:
    """Return an apt.conf with its own state, and how this machine reaches its mirror."""
    return "\n".join(
        [
            f'Dir::Etc::sourcelist "{state}/sources.list";',
            'Dir::Etc::sourceparts "/dev/null";',
            f'Dir::State::lists "{state}/lists";',
            f'Dir::Cache "{state}/cache";',
            'APT::Sandbox::User "root";',
            *acquire_settings(),
        ]
    )


def acquire_settings() -> list[str]:
    """Return lines of apt.conf: how this machine reaches its mirror, snapshots too."""
    dump = subprocess.run(
        ["apt-config", "dump"], capture_output=True, text=True, check=True
    ).stdout
    kept = [line for line in dump.splitlines() if line.startswith("Acquire::")]
    return [*kept, 'Acquire::Check-Valid-Until "false";\n']
