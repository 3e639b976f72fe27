"""The lab's container images, built without a registry as docker-archives in the cache.

``pause`` and ``web`` are one static busybox; ``postgres`` and ``odoo`` are Debian,
put together by mmdebstrap. Each image has one layer.
"""

import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from .odoo_dist import acquire_settings, debian_mirror
from .paths import cache_dir, key_of
from .progress import SetupError, run, step

BUSYBOX = Path("/bin/busybox")
_CHUNK = 1 << 20
# Shells ignore SIGTERM as process 1 unless they trap it; `wait` also reaps orphans.
_PAUSE = "trap 'exit 0' TERM INT; while :; do sleep 3600 & wait $!; done"
_WEB = "httpd -f -p ${PORT:-8080} -h /www & trap 'kill $!; exit 0' TERM INT; wait $!"
_WEB_FILES = {
    "www/index.html": "<!doctype html><title>Light web</title><h1>It works</h1>\n",
    "www/web/health": '{"status": "pass"}\n',
}
_SMALL = (
    "usr/share/doc/*",
    "usr/share/info/*",
    "usr/share/lintian/*",
    "usr/share/locale/*",
    "usr/share/man/*",
)
_ADDONS = "/usr/lib/python3/dist-packages/odoo/*"
_LANGUAGES = ("de", "fr", "it")
# The image keeps neither the machine's mirror nor its way there, and nothing that
# differs for each container.
_CLEAN = (
    'rm -rf "$1"/etc/apt/sources.list "$1"/etc/apt/sources.list.d/*'
    ' "$1"/etc/apt/apt.conf.d/99mmdebstrap "$1"/var/log/*.log "$1"/var/log/apt'
)


@dataclass(frozen=True)
class Image:
    """One image: its reference, what runs in it, and how its root is filled."""

    reference: str
    usually: str
    command: tuple[str, ...]
    user: str
    environment: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    suites: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    @property
    def archive(self) -> Path:
        """Return where the archive of exactly these inputs lies."""
        inputs = [repr(self), _CLEAN, *_SMALL]
        if not self.suites and BUSYBOX.exists():
            inputs.append(BUSYBOX)
        name = self.reference.split("/")[-1].replace(":", "-")
        return cache_dir() / "images" / f"{name}-{key_of(*inputs)}.tar"


ALL = (
    Image("lab.local/pause:1", "1 s", ("/bin/sh", "-c", _PAUSE), "65535:65535"),
    Image(
        "lab.local/web:1",
        "1 s",
        ("/bin/sh", "-c", _WEB),
        "65534:65534",
        files=tuple(_WEB_FILES.items()),
    ),
    Image(
        "lab.local/postgres:15",
        "1 min",
        ("postgres", "--version"),
        "999:999",
        environment=("PATH=/usr/lib/postgresql/15/bin:/usr/bin:/bin", "LANG=C.UTF-8"),
        suites=("bookworm",),
        packages=("postgresql-15", "tzdata"),
        options=(
            # initdb wants a name for its uid; 999 is also what the common image has.
            '--essential-hook=echo "postgres:x:999:" >> "$1/etc/group"',
            '--essential-hook=echo "postgres:x:999:999::/var/lib/postgresql:/bin/sh"'
            ' >> "$1/etc/passwd"',
            '--customize-hook=rm -rf "$1"/var/lib/postgresql/15 "$1"/etc/postgresql/15',
        ),
    ),
    Image(
        "lab.local/odoo:19",
        "3 min",
        ("odoo", "--version"),
        "101:101",
        environment=("PATH=/usr/bin:/bin", "LANG=C.UTF-8", "HOME=/tmp"),
        suites=("trixie", "sid"),
        # Not pure sid: its Python is too new for Odoo 19. pytz needs the old names.
        packages=("odoo-19", "tzdata", "tzdata-legacy", "postgresql-client", "curl"),
        options=(
            '--setup-hook=mkdir -p "$1/etc/apt/preferences.d"',
            "--setup-hook=printf 'Package: *\\nPin: release n=sid\\nPin-Priority: 100\\n'"
            ' > "$1/etc/apt/preferences.d/sid"',
            '--customize-hook=rm -rf "$1"/var/lib/postgresql/*',
            # Odoo's translations are half of the image: the lab keeps these languages.
            f"--dpkgopt=path-exclude={_ADDONS}/i18n/*",
            *(f"--dpkgopt=path-include={_ADDONS}/i18n/{it}*.po" for it in _LANGUAGES),
        ),
    ),
)


def build_all(light: bool = False) -> None:
    """Build every image that is not in the cache; ``light`` leaves out the Debian ones."""
    for image in ALL:
        if image.archive.exists() or (light and image.suites):
            continue
        with step(f"building image {image.reference}", image.usually):
            build(image)


def archives() -> dict[str, Path]:
    """Return the archives in the cache by image reference; unbuilt images are absent."""
    return {i.reference: i.archive for i in ALL if i.archive.exists()}


def build(image: Image) -> None:
    """Build one archive beside its final place and rename it when it is whole."""
    folder = image.archive.parent
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        layer = Path(scratch) / "layer.tar"
        if image.suites:
            _debian_layer(image, layer, Path(scratch))
        else:
            _busybox_layer(image, layer)
        whole = Path(scratch) / "image.tar"
        _archive(image, layer, whole)
        whole.rename(image.archive)


def _debian_layer(image: Image, layer: Path, scratch: Path) -> None:
    if not shutil.which("mmdebstrap"):
        raise SetupError(
            "mmdebstrap is missing: it builds the images (Debian: apt-get install mmdebstrap)."
        )
    settings = scratch / "apt.conf"
    settings.write_text("\n".join(acquire_settings()))
    log = cache_dir() / "logs" / f"{image.archive.stem}.log"
    command = ["mmdebstrap", "--variant=apt", "--mode=root", f"--aptopt={settings}"]
    command += [f"--dpkgopt=path-exclude=/{pattern}" for pattern in _SMALL]
    command += [f"--include={','.join(image.packages)}", *image.options]
    command += [f"--customize-hook={_CLEAN}", image.suites[0], str(layer)]
    command += [f"deb {debian_mirror()} {suite} main" for suite in image.suites]
    run(command, log=log)


def _busybox_layer(image: Image, layer: Path) -> None:
    if not BUSYBOX.exists():
        raise SetupError("busybox is missing (Debian: apt-get install busybox-static).")
    listed = subprocess.run(
        [BUSYBOX, "--list"], capture_output=True, text=True, check=True
    )
    with tarfile.open(layer, "w") as tar:
        for folder in ("bin", "etc", "tmp", "var", "proc", "sys", "dev"):
            _add(
                tar,
                folder,
                kind=tarfile.DIRTYPE,
                mode=0o1777 if folder == "tmp" else 0o755,
            )
        _add(tar, "bin/busybox", BUSYBOX.read_bytes(), mode=0o755)
        for applet in listed.stdout.split():
            if applet != "busybox":
                _add(tar, f"bin/{applet}", kind=tarfile.SYMTYPE, target="busybox")
        _add(
            tar,
            "etc/passwd",
            b"root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n",
        )
        for path, text in image.files:
            _add(tar, path, text.encode())


def _add(tar, path, content=b"", kind=tarfile.REGTYPE, mode=0o644, target="") -> None:
    """Add one entry that is the same on every machine (no times, no owners)."""
    entry = tarfile.TarInfo(path)
    entry.type, entry.mode, entry.linkname, entry.size = (
        kind,
        mode,
        target,
        len(content),
    )
    tar.addfile(entry, BytesIO(content))


def _archive(image: Image, layer: Path, whole: Path) -> None:
    """Wrap one layer as `docker save` does: layer, configuration, manifest."""
    config = {
        "architecture": _architecture(),
        "os": "linux",
        "config": {
            "Env": list(image.environment) or ["PATH=/bin"],
            "Cmd": list(image.command),
            "User": image.user,
            "WorkingDir": "/",
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{_sha256(layer)}"]},
        "history": [{"created_by": "tests/lab/images.py"}],
    }
    text = json.dumps(config).encode()
    name = f"{hashlib.sha256(text).hexdigest()}.json"
    manifest = [
        {"Config": name, "RepoTags": [image.reference], "Layers": ["layer.tar"]}
    ]
    with tarfile.open(whole, "w") as tar:
        tar.add(layer, "layer.tar")
        _add(tar, name, text)
        _add(tar, "manifest.json", json.dumps(manifest).encode())


def _architecture() -> str:
    """Return the machine's architecture as images call it."""
    done = subprocess.run(
        ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
