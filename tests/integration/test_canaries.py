"""What is secret stays where it belongs: looked for in every other place there is."""

import base64
import json
import re
import subprocess
import threading
from pathlib import Path

import pytest

from tests.integration.light import MANIFEST, PARAMETERS
from tests.lab import gobuild

SECRET = "web-login"
# The container reads the Secret, so it has to be there before the run can end well.
WITH_SECRET = MANIFEST.replace(
    "          image: lab.local/web:1\n",
    "          image: lab.local/web:1\n"
    "          env:\n"
    "            - name: PASSWORD\n"
    "              valueFrom:\n"
    f"                secretKeyRef: {{name: {SECRET}, key: password}}\n",
)


class ProcessList(threading.Thread):
    """Reads command lines and environments of all processes of runs, all the time."""

    def __init__(self):
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.seen: set[str] = set()

    def run(self) -> None:
        """Look until ``over`` is set."""
        while not self.over.wait(0.2):
            for entry in Path("/proc").glob("[0-9]*"):
                try:
                    environment = (entry / "environ").read_bytes()
                    if b"HOSTING_RUN=" in environment:
                        words = (entry / "cmdline").read_bytes()
                        self.seen.add((environment + b"\0" + words).decode("latin-1"))
                except OSError:
                    continue


@pytest.fixture(scope="module")
def run(driver, lab) -> dict:
    """One Apply of a host with a Secret, and the process list while it ran."""
    manifest = driver.manifest("canary", WITH_SECRET, PARAMETERS)
    values = {"secret_refs": f"{SECRET}: password"}
    driver.client.call("kubernetes.manifest", "write", [manifest], values)
    host = driver.project("canary", [manifest])["production"]
    watched = ProcessList()
    watched.start()
    driver.wait_for_health(host, "ok")
    watched.over.set()
    watched.join()
    assert len(watched.seen) > 5
    return driver.last_run(host) | {"processes": "\n".join(watched.seen)}


@pytest.fixture(scope="module")
def canaries(driver, lab, run) -> dict[str, str]:
    """Every secret that took part, by its slot."""
    kubectl = [gobuild.program("kubectl"), f"--kubeconfig={lab['admin_kubeconfig']}"]
    command = [*kubectl, "-n", "host-canary", "get", "secret", SECRET, "-o", "json"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    token = re.search(r"token: (\S+)", Path(lab["kubeconfig"]).read_text())[1]
    canaries = {
        "the host's Secret": base64.b64decode(found["data"]["password"]).decode(),
        "the cluster's token": token.strip('"'),
        "the administrator's password": driver.server.admin_password(),
        "Odoo's master password": driver.server.secret("odoo-master-password"),
    }
    assert all(len(value) > 10 for value in canaries.values())
    return canaries


def test_no_secret_is_in_the_process_list_of_a_run(run, canaries):
    assert_nowhere(canaries, "process list", run["processes"])


def test_no_secret_is_in_the_database(driver, canaries):
    dump = driver.server.postgres.dump(driver.server.database)
    assert "queue_job" in dump and "host-canary" in dump
    assert_nowhere(canaries, "database", dump)


def test_no_secret_is_in_logs_run_directories_and_mails(driver, lab, canaries):
    state = Path(driver.server.state)
    files = [file for file in (state / "runs").rglob("*") if file.is_file()]
    files += [driver.server.log, *Path(lab["smtp"]["maildir"]).glob("*.eml")]
    assert len(files) > 10
    for file in files:
        assert_nowhere(canaries, str(file), file.read_bytes().decode("latin-1"))


def test_run_directories_are_ours_alone(driver, run):
    folder = Path(driver.server.state) / "runs"
    for path in [folder, *folder.rglob("*")]:
        allowed = 0o700 if path.is_dir() else 0o600
        assert path.lstat().st_mode & 0o777 & ~allowed == 0, path


def assert_nowhere(canaries: dict[str, str], place: str, text: str) -> None:
    """Fail for the first secret that a text has, as it is or as Base64."""
    for slot, value in canaries.items():
        encoded = base64.b64encode(value.encode()).decode().rstrip("=")
        assert value not in text and encoded not in text, f"{slot} is in {place}"
