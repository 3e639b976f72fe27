"""``make demo`` and ``make stop`` as a newcomer types them, also when they are killed."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.lab import demo, tenant
from tests.lab.identity import Lab
from tests.lab.paths import CHECKOUT

DEMO_SECONDS = 1200
AGAIN_SECONDS = 90
# Output at which a run is killed: cluster, Odoo's database, deployment.
KILL_AT = ("starting lab-demo", "creating Odoo's database", "acme-stag")

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def before():
    """What the machine runs, mounts and connects before the demo; none of it is up."""
    demo.delete(Lab("demo"))
    return machine()


def test_killed_at_three_points_the_next_demo_finishes(before):
    for point in KILL_AT:
        assert kill_at(point), f"the demo ended before it said {point!r}"
    output = run(["make", "demo"], DEMO_SECONDS)
    assert "ansible-playbook playbooks/apply.yml -i acme.mint-cloud.test," in output
    for name in ("acme", "acme-stag"):
        assert f"https://{name}.mint-cloud.test" in output


def test_both_tenants_answer_and_a_second_demo_is_quick(before):
    lab = Lab("demo")
    for name in ("acme", "acme-stag"):
        fqdn = f"{name}.mint-cloud.test"
        assert tenant.is_healthy(fqdn, lab.address, lab.acme_roots)
    run(["make", "stop"])
    started = time.monotonic()
    run(["make", "demo"], DEMO_SECONDS)
    assert time.monotonic() - started < AGAIN_SECONDS


def test_stop_leaves_nothing_behind(before):
    run(["make", "stop"])
    deadline = time.monotonic() + 10
    while machine() != before and time.monotonic() < deadline:
        time.sleep(0.5)
    assert machine() == before
    demo.delete(Lab("demo"))
    assert not Lab("demo").state.exists()


def run(command: list[str], seconds: int = 300) -> str:
    """Run a command of the README in the checkout; return its output."""
    done = subprocess.run(
        command, cwd=CHECKOUT, capture_output=True, text=True, timeout=seconds
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout


def kill_at(words: str) -> bool:
    """Start the demo and kill it, with all that it started itself, at a line."""
    process = subprocess.Popen(
        ["make", "demo"],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        return any(words in line for line in process.stdout)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def machine() -> dict[str, list[str]]:
    """Return what has to be the same before and after: processes, mounts, interfaces.

    Of the demo alone: the tests' own labs come and go meanwhile.
    """
    lab = Lab("demo")
    processes = [
        words
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if (words := _read(path)) and (lab.id in words or str(lab.state) in words)
    ]
    interfaces = [
        path.name
        for path in Path("/sys/class/net").iterdir()
        if path.name == lab.interface
    ]
    mounts = sorted(
        line.split()[1]
        for line in Path("/proc/mounts").read_text().splitlines()
        if lab.id in line
    )
    return {"processes": sorted(processes), "mounts": mounts, "interfaces": interfaces}


def _read(path: Path) -> str:
    try:
        return path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
