"""End a lab and leave nothing of it on the host but, if wanted, its state."""

import contextlib
import shutil

from . import host_side, processes
from .identity import Lab, labs, shared_directory
from .progress import step

# What is in the cluster: objects, volumes, pods. Images are not.
_CLUSTER = ("etcd", "pv", "kubelet", "audit.log", "mail", "installed")
_OWN = ("containerd", "config", "pki", "logs", "logs.old", "manifests", "kubeconfigs")
_OWN_FILES = ("tokens.csv", "admin.kubeconfig", "acme-roots.pem", "ca.pem", "key")
_OWN_FILES += ("lab.json", "components.json")


def down(lab: Lab, purge: bool = False) -> None:
    """End the lab; ``purge`` deletes its state too."""
    with step(f"stopping {lab.name}", "3 s"):
        end(lab)
    if purge:
        with step(f"deleting the state of {lab.name}"):
            forget_cluster(lab)
            _delete(lab, *_OWN, *_OWN_FILES)
            _delete_if_last(lab)


def end(lab: Lab) -> None:
    """End what runs of the lab, whole or half, and clean the host of it."""
    lab.description.unlink(missing_ok=True)
    processes.end(lab)
    host_side.disconnect(lab)
    host_side.remove_cgroups(lab)


def forget_cluster(lab: Lab) -> None:
    """Delete objects, volumes and mail of an ended lab."""
    _delete(lab, *_CLUSTER, *[p.name for p in lab.state.glob("audit-*.log")])


def _delete(lab: Lab, *names: str) -> None:
    for name in names:
        path = lab.state / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _delete_if_last(lab: Lab) -> None:
    (lab.state / ".lock").unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        lab.state.rmdir()  # Odoo's part of the state may be in it
    if not any(other.state.exists() for other in labs()):
        shutil.rmtree(shared_directory(), ignore_errors=True)
