"""The molecule scenarios update, lifecycle and refuse against the lab's cluster."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from tests.integration.light import MANIFEST
from tests.integration.test_molecule import _environment
from tests.lab import venv
from tests.lab.kube import kubectl_with
from tests.lab.paths import CHECKOUT

pytestmark = pytest.mark.full

OLD = MANIFEST + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: old}\n"
REFUSED = MANIFEST.replace("emptyDir: {}", "hostPath: {path: /etc}")


@pytest.fixture
def environment(lab, tmp_path):
    """Return what the scenarios' files refer to; old and refused texts are published."""
    directory = tmp_path / "old"
    directory.mkdir()
    old = hashlib.sha256(OLD.encode()).hexdigest()
    (directory / old).write_text(OLD)
    (Path(lab["manifests_dir"]) / "molecule-refused.yaml").write_text(REFUSED)
    return _environment(lab, tmp_path / "molecule") | {
        "NO_COLOR": "1",
        "LAB_OLD_DIRECTORY": str(directory),
        "LAB_OLD_SHA256": old,
        "LAB_REFUSED_URL": f"{lab['manifests_url']}/test/molecule-refused.yaml",
        "LAB_REFUSED_SHA256": hashlib.sha256(REFUSED.encode()).hexdigest(),
    }


@pytest.mark.parametrize("scenario", ["update", "lifecycle", "refuse"])
def test_scenario(lab, environment, scenario):
    """Real playbooks, a dry run first, again without a change; its host is gone at the end."""
    done = subprocess.run(
        [venv.program("molecule"), "test", "--scenario-name", scenario],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=2400,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-15000:]
    left = kubectl_with(
        Path(lab["admin_kubeconfig"]), "get", "namespaces", "-o", "name"
    )
    assert f"host-molecule-{scenario}" not in left and "host-refuse-" not in left
