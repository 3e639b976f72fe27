"""The molecule scenarios against the lab's cluster."""

import hashlib
import os
import subprocess
from pathlib import Path

from tests.integration.light import MANIFEST
from tests.lab import venv
from tests.lab.identity import Lab
from tests.lab.kube import kubectl
from tests.lab.paths import CHECKOUT


def _environment(lab: dict, cache: Path) -> dict:
    """Return what molecule/*/molecule.yml refer to, from lab.json."""
    (Path(lab["manifests_dir"]) / "molecule.yaml").write_text(MANIFEST)
    facts = {
        f"LAB_{key.upper()}": lab[key]
        for key in ("name", "domain", "address", "context")
    }
    return os.environ | facts | {
        "LAB_INGRESS_CLASS": lab["ingress_class"],
        "LAB_ISSUER": lab["issuer"],
        "LAB_KUBECONFIG_FILE": lab["kubeconfig"],
        "LAB_MANIFEST_URL": f"{lab['manifests_url']}/test/molecule.yaml",
        "LAB_MANIFEST_SHA256": hashlib.sha256(MANIFEST.encode()).hexdigest(),
        "PATH": f"{venv.directory()}/bin:{os.environ['PATH']}",
        "MOLECULE_EPHEMERAL_DIRECTORY": str(cache),
    }  # fmt: skip


def test_default_converges_again_without_a_change_and_verifies(lab, tmp_path):
    """Syntax, converge, idempotence, verify of the real playbook."""
    done = subprocess.run(
        [venv.program("molecule"), "test", "--scenario-name", "default"],
        cwd=CHECKOUT,
        env=_environment(lab, tmp_path),
        capture_output=True,
        text=True,
        timeout=1200,
    )
    kubectl(
        Lab("test"),
        "delete",
        "namespace",
        "host-molecule",
        "--ignore-not-found",
        "--wait=false",
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
