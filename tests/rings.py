"""Runs the rings of tests, in two lanes: ``python3 -m tests.rings [RING …]``.

lint         ruff, yamllint, ansible-lint, pylint-odoo
unit         plain Python (also the contract between the parts)
odoo         our addons' tests, by Odoo's own runner, on a database of its own
suites       Odoo's own suites of what our addons extend (with --full, or by name)
integration  playbooks, molecule and Odoo against the lab's real API server
e2e          a real browser and real Odoo tenants

``--full`` runs what is too long for every change.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.lab import demo, gobuild, venv
from tests.lab.identity import Lab, labs
from tests.lab.paths import CHECKOUT
from tests.lab.progress import say
from tests.lab.server.odoo import MODULES, OdooServer
from tests.suites.run import run as run_suites

LAB = Lab("test")
PYTHON = ["odoo_module", "roles", "tests"]
# Odoo's tag of tests that take long; they carry -standard, too.
LONG_TAG = "hosting_full"
# The last lines of each red ring, told once more at the end.
RED: dict[str, list[str]] = {}
TAIL = 40
# Lines that Odoo logs as errors although nothing is wrong with us.
HARMLESS = re.compile(r"selfie_segmentation")


def main() -> int:
    """Run the rings that are asked for; return how many are red."""
    options = _options()
    usual = [ring for ring in RINGS if options.full or ring not in LONG_RINGS]
    wanted = options.rings or usual
    started = time.monotonic()
    if len(wanted) == 1:
        return RINGS[wanted[0]](options.full)
    lanes = [[ring for ring in lane if ring in wanted] for lane in LANES]
    with ThreadPoolExecutor(len(lanes)) as pool:
        red = sum(pool.map(lambda lane: _run_lane(lane, options.full), lanes))
    for lab in labs():
        OdooServer(lab).postgres.stop()
    if os.environ.get("CI"):
        # Each CI run is a checkout of its own: its images and databases are no cache.
        demo.clean(Lab("demo"))
    _tell_red_rings()
    took = f"{time.monotonic() - started:.0f} s"
    say(f"\n✗ {red} red after {took}" if red else f"\nAll rings passed in {took}")
    return red


def _run_lane(rings: list[str], full: bool) -> int:
    """Run rings one after another, each in a process of its own; return how many are red."""
    red = 0
    for ring in rings:
        begun = time.monotonic()
        say(f"… ring {ring}")
        command = [sys.executable, "-m", "tests.rings", ring, *["--full"] * full]
        done = subprocess.run(
            command,
            cwd=CHECKOUT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        took = f"{time.monotonic() - begun:.0f} s"
        rule = "─" * 70
        say(
            f"{rule}\n{done.stdout}{'✗' if done.returncode else '✓'} ring {ring}: {took}"
        )
        if done.returncode:
            RED[ring] = done.stdout.splitlines()[-TAIL:]
            red += 1
    return red


def _tell_red_rings() -> None:
    """Say once more how each red ring ended: the other lane's output may be long."""
    for ring, lines in RED.items():
        say("\n".join(["", f"✗ ring {ring} ended with:", *lines]))


def lint(_full: bool) -> int:
    """Return the number of linters that complain."""
    commands = [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["yamllint", "--strict", "."],
        ["ansible-lint", "--offline", "--strict"],
        ["pylint", "--rcfile=.pylintrc-mandatory", *_addons()],
    ]
    return sum(_failed(command) for command in commands)


def unit(full: bool) -> int:
    """Run the plain-Python tests."""
    return _pytest("tests/unit", "tests/contract", *(["--full"] if full else []))


def odoo(full: bool) -> int:
    """Run the addons' tests in a new database; an ERROR line in the log fails them."""
    tags = [f"/{name}" for name in MODULES]
    tags += [f"{LONG_TAG}/{name}" for name in MODULES if full]
    server = OdooServer(LAB, database="mint_odoo_tests")
    server.prepare()
    server.drop_database()
    command = ["python", "-m", "odoo", "server", "-c", str(server.conf)]
    command += ["-d", server.database, "-i", ",".join(server.modules)]
    command += ["--test-tags", ",".join(tags)]
    # Below the range from which the kernel takes ports for outgoing connections.
    command += ["--stop-after-init", "--http-port", str(server.port - 10000)]
    return _failed(command, judge=_odoo_verdict)


def suites(_full: bool) -> int:
    """Run Odoo's own suites of what our addons extend, with our addons installed."""
    return run_suites(LAB)


def integration(full: bool) -> int:
    """Run playbooks and Odoo against the real API server."""
    return _pytest("tests/integration", *(["--full"] if full else []))


def e2e(full: bool) -> int:
    """Run the browser's tests."""
    return _pytest("tests/e2e", *(["--full"] if full else []))


RINGS: dict[str, Callable[[bool], int]] = {
    "lint": lint,
    "unit": unit,
    "odoo": odoo,
    "suites": suites,
    "integration": integration,
    "e2e": e2e,
}
LONG_RINGS = {"suites"}
# Two cores: what mostly computes beside what mostly waits for the cluster.
LANES = (("lint", "unit", "odoo", "e2e", "suites"), ("integration",))


def environment() -> dict[str, str]:
    """Return the environment in which the programs of venv and cluster are found."""
    path = f"{venv.directory()}/bin:{gobuild.program_path()}"
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ANSIBLE_")}
    # Tests inject faults: never into the cluster that somebody's shell points to.
    kept.pop("KUBECONFIG", None)
    kept.pop("K8S_AUTH_KUBECONFIG", None)
    return kept | {
        "PATH": path,
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
    }


def _pytest(*arguments: str) -> int:
    return _failed(["python", "-m", "pytest", "-q", *arguments])


def _addons() -> list[str]:
    folder = CHECKOUT / "odoo_module"
    return [str(path.parent) for path in sorted(folder.glob("*/__manifest__.py"))]


def _failed(command: Sequence[str], judge: Callable[[str], bool] | None = None) -> int:
    """Run a command and show its output; return 1 when it failed, else 0."""
    program = str(command[0])
    found = venv.program(program)
    words = [str(found if found.exists() else Path(program)), *command[1:]]
    say("$ " + " ".join(command))
    if judge is None:
        return int(
            subprocess.run(words, cwd=CHECKOUT, env=environment()).returncode != 0
        )
    done = subprocess.run(
        words, cwd=CHECKOUT, env=environment(), text=True, capture_output=True
    )
    ok = judge(done.stdout + done.stderr) and done.returncode == 0
    return int(not ok)


def _odoo_verdict(log: str) -> bool:
    """Say what Odoo's tests gave; True when they ran and none complained."""
    records = re.split(r"(?m)^(?=\d{4}-\d\d-\d\d )", log)
    bad = [
        record
        for record in records
        if re.search(r" (ERROR|CRITICAL) ", record.partition("\n")[0])
        and not HARMLESS.search(record)
    ]
    found = re.search(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests", log)
    if bad or not found or not int(found[3]):
        say("".join(bad) or "\n".join(log.splitlines()[-200:]))
        return False
    failed, errors, total = map(int, found.groups())
    say(f"{total - failed - errors} passed, {failed + errors} failed")
    return failed == errors == 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m tests.rings", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("rings", nargs="*", choices=[[], *RINGS], metavar="RING")
    parser.add_argument("--full", action="store_true", help="also what takes long")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
