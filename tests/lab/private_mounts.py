"""The mounts of a lab's own mount namespace, so that nothing lands on the host."""

import subprocess
from pathlib import Path

from . import private_cgroups
from .identity import Lab
from .paths import cache_dir

# Programs of the cluster write below these; on the host they stay as they are.
_HIDDEN = ("/run", "/var/log", "/var/lib")
# What the kubelet sets, and these are the whole machine's: it finds its own values.
_KERNEL = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}


def mount_all(lab: Lab) -> None:
    """Mount everything private to the lab; for the first process of its namespaces."""
    _mount("--make-rprivate", "/")
    _mount("-t", "proc", "proc", "/proc")
    private_cgroups.enter(lab)
    _hide(_HIDDEN, keep=[lab.state, cache_dir()])
    _pretend_kernel_settings()


def _hide(places: tuple[str, ...], keep: list[Path]) -> None:
    """Cover places by empty ones, except for what lies in them and has to stay."""
    kept = [p.resolve() for p in keep if _below(p.resolve(), places)]
    shelf = Path("/mnt")
    _mount("-t", "tmpfs", "tmpfs", str(shelf))
    for number, place in enumerate(kept):
        (shelf / str(number)).mkdir()
        _mount("--bind", str(place), str(shelf / str(number)))
    for place in places:
        _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", place)
    for number, place in enumerate(kept):
        place.mkdir(parents=True)
        _mount("--move", str(shelf / str(number)), str(place))
    subprocess.run(["umount", str(shelf)], check=True)


def _below(path: Path, places: tuple[str, ...]) -> bool:
    return any(path.is_relative_to(Path(place).resolve()) for place in places)


def _pretend_kernel_settings() -> None:
    for name, value in _KERNEL.items():
        target = Path("/proc/sys") / name
        if target.exists() and target.read_text().strip() != value:
            source = Path("/run/kernel") / name
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_text(f"{value}\n")
            _mount("--bind", str(source), str(target))


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)
