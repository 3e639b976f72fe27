"""kubectl as the lab's administrator: for installing and looking only."""

import json
import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

from . import gobuild
from .identity import Lab
from .paths import CHECKOUT
from .progress import SetupError

CLUSTER_FILES = CHECKOUT / "roles" / "host_namespace" / "files" / "cluster"


def kubectl(lab: Lab, *words: str | Path, text: str | None = None) -> str:
    """Run kubectl as administrator and return its output; raise SetupError."""
    return kubectl_with(lab.admin_kubeconfig, *words, text=text)


def kubectl_with(kubeconfig: Path, *words: str | Path, text: str | None = None) -> str:
    """Run kubectl with a kubeconfig of somebody's and return its output."""
    command = [_kubectl(), f"--kubeconfig={kubeconfig}"]
    done = subprocess.run(
        [str(word) for word in [*command, *words]],
        input=text,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SetupError(f"kubectl {' '.join(map(str, words))}:\n{done.stderr.strip()}")
    return done.stdout


def _kubectl() -> Path:
    """Return our kubectl; with a cluster that is given, the user's is good too."""
    theirs = shutil.which("kubectl")
    if os.environ.get("LAB_KUBECONFIG") and theirs:
        return Path(theirs)
    return gobuild.program("kubectl")


def apply(lab: Lab, manifests: str) -> None:
    """Apply manifests as administrator; the same again changes nothing."""
    options = ["--server-side", "--force-conflicts", "--field-manager=lab"]
    kubectl(lab, "apply", *options, "-f", "-", text=manifests)


def cluster_files() -> str:
    """Return the roles and policies that the playbooks need in a cluster."""
    files = sorted(CLUSTER_FILES.glob("*.y*ml"))
    return "\n---\n".join(file.read_text() for file in files)


def node_ready(lab: Lab) -> bool:
    """Tell whether the node reports that it is ready for pods."""
    try:
        asked = ["get", "node", lab.name, "--request-timeout=3s", "-o", "json"]
        node = json.loads(kubectl(lab, *asked))
    except SetupError:
        return False
    conditions = {c["type"]: c["status"] for c in node["status"]["conditions"]}
    taints = {taint["key"] for taint in node["spec"].get("taints", [])}
    unready = "node.kubernetes.io/not-ready" in taints
    return conditions.get("Ready") == "True" and not unready


def stale_pods(lab: Lab, since: float) -> list[str]:
    """Return pods that still tell of containers from before a start of the lab.

    ``since`` is in seconds of the Unix epoch. The API server knows of such pods only
    what the kubelet said before the lab was stopped.
    """
    pods = json.loads(kubectl(lab, "get", "pods", "-A", "-o", "json"))["items"]
    return [pod["metadata"]["name"] for pod in pods if _oldest_start(pod) < since]


def _oldest_start(pod: dict) -> float:
    found = [float("inf")]
    for container in pod["status"].get("containerStatuses", []):
        if running := container["state"].get("running"):
            moment = datetime.fromisoformat(running["startedAt"].replace("Z", "+00:00"))
            found.append(moment.timestamp())
    return min(found)
