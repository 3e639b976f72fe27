"""The images in a lab's node: imported from the archives in the cache."""

import json
import subprocess
from pathlib import Path

from . import gobuild, images, processes
from .identity import Lab
from .progress import SetupError, step

LIGHT = ("lab.local/pause:1", "lab.local/web:1")


def bring(lab: Lab, light: bool = False) -> None:
    """Import into the node what it lacks or has from another archive."""
    record = lab.state / "containerd" / "imported.json"
    known = json.loads(record.read_text()) if record.exists() else {}
    for reference, archive in images.archives().items():
        if known.get(reference) == archive.name or (light and reference not in LIGHT):
            continue
        with step(f"importing {reference}", _usually(archive)):
            ctr(lab, "images", "import", archive)
        known[reference] = archive.name
        record.write_text(json.dumps(known, indent=1))
        _forget_replaced(lab)


def _forget_replaced(lab: Lab) -> None:
    """Remove images that no name leads to any more; containerd keeps their ids."""
    rows = [line.split() for line in ctr(lab, "images", "list").splitlines()[1:]]
    digests = {row[0]: row[2] for row in rows}
    named = {digests[name] for name in digests if not name.startswith("sha256:")}
    if stale := [name for name, digest in digests.items() if digest not in named]:
        ctr(lab, "images", "remove", *stale)


def _usually(archive: Path) -> str:
    return f"{1 + archive.stat().st_size // (35 << 20)} s"


def ctr(lab: Lab, *words: str | Path) -> str:
    """Run containerd's client inside of the lab, where its socket is."""
    pid = processes.find(lab, processes.INIT)
    command = ["nsenter", f"--target={pid}", "--mount", "--net", "--pid"]
    command += [gobuild.program("ctr"), "--namespace=k8s.io", *words]
    done = subprocess.run([str(w) for w in command], capture_output=True, text=True)
    if done.returncode:
        raise SetupError(f"ctr {' '.join(map(str, words))}:\n{done.stderr.strip()}")
    return done.stdout
