"""The server's disk is full, or its programs are gone: said as such, and the repeat works."""

import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.light import MANIFEST, PARAMETERS

pytestmark = pytest.mark.full
# What a run directory takes is some 200 kB; nothing fits into the first.
SIZES = {"nothing fits": "4k", "full in the midst of the run": "96k"}


@contextmanager
def small_disk(folder: Path, size: str):
    """Lay a disk of so many bytes over the directory of the runs."""
    options = f"size={size},mode=0700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        if size == "4k":
            with pytest.raises(OSError, match="No space"):
                (folder / "filler").write_bytes(b"x" * 8192)
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def host(driver):
    """A light host that is green."""
    manifest = driver.manifest("light", MANIFEST, PARAMETERS)
    found = driver.deployed("disk", [manifest])["production"]
    return found


def repeat(driver, host):
    """Press Apply once more; the host is as it was."""
    assert driver.press("apply", host)["state"] == "done"
    seen = driver.host(host, "activity", "error_class", "health")
    assert (seen["activity"], seen["error_class"], seen["health"]) == (
        "idle",
        False,
        "ok",
    )


def restart(server, python):
    """Start Odoo anew with another Python for its playbooks."""
    server.daemon.stop()
    server.playbook_python = python
    server.start()


@pytest.mark.parametrize("case", SIZES)
def test_a_full_disk_is_told_and_the_repeat_works(driver, host, case):
    with small_disk(Path(driver.server.state) / "runs", SIZES[case]):
        run = driver.press("apply", host)
        seen = driver.host(host, "activity", "error_class", "error_message")
    assert run["state"] in ("failed", "lost"), run
    assert seen["activity"] == "idle" and seen["error_class"], seen
    assert "space" in seen["error_message"], seen
    # What did not fit was the directory, or what the playbook left in it.
    assert (seen["error_class"] == "not_started") is (SIZES[case] == "4k"), seen
    repeat(driver, host)


def test_ansible_that_is_gone_is_told_and_the_repeat_works(driver, host):
    good = driver.server.playbook_python
    try:
        restart(driver.server, "/nonexistent/python")
        run = driver.press("apply", host)
        seen = driver.host(host, "error_class", "error_message")
    finally:
        restart(driver.server, good)
    assert (run["state"], seen["error_class"]) == ("failed", "not_started"), seen
    assert "/nonexistent" in seen["error_message"], seen
    repeat(driver, host)
