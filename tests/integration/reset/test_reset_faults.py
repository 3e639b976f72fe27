"""Whatever happens in a reset: production is untouched, staging as it was or down and said so."""

import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.integration.copies import OdooHost, wait_until
from tests.integration.reset.pair import PATIENCE, PICTURE, parameters
from tests.lab.paths import CHECKOUT


@pytest.mark.full
def test_undo_and_back_again(pair, reset) -> None:
    """The copy before comes back with its own data, and the reset copy again after it."""
    query = "SELECT count(*) FROM res_partner WHERE name = 'Planted in production'"
    for expected in ("0", "1"):
        outcome = pair.staging.run("reset", host_staging_reset_undo=True)
        assert outcome.code == 0, outcome.output[-3000:]
        assert outcome.result["reset"]["action"] == "undo"
        assert pair.staging.sql(query) == expected
    found = pair.staging.call(
        "ir.attachment", "search_read", [["name", "=", "planted.txt"]], ["datas"]
    )
    assert [row["datas"] for row in found] == [PICTURE]


SCRATCH = "{{ scratch() }}\n{{- tmp() }}"
SMALL = """        - name: scratch
          emptyDir:
            medium: Memory
            sizeLimit: 1Mi
{{ tmp() }}"""
IMPORTED = '\n{% endif %}\n{% if step in ["swap"'
FAULTS = {
    "dump": ("pg_dump --format", "false --format", "reset_unsafe", "unchanged"),
    "hand-over": ('BEARER = f"Bearer', 'BEARER = f"Other', "unreachable", "unchanged"),
    "restore": ("pg_restore --no-owner", "false --no-owner", "reset_unsafe", "unchanged"),
    "neutralize": ('["odoo", "neutralize", *at]', '["false"]', "reset_unsafe", "unchanged"),
    "verify": (
        'subprocess.run(["odoo", "neutralize", *at], check=True)',
        "pass",
        "reset_unsafe",
        "unchanged",
    ),
    "swap": ("settle()\n                  drop", "x()\n                  d", "reset_unsafe", "up"),
    "space": ('"$((free * 1024))"', '"1024"', "quota", "unchanged"),
    # A real disk that is too small: the dump fills it up.
    "full": (SCRATCH, SMALL, "reset_unsafe", "unchanged"),
    # One that is too small for the copy that comes: seen before anything is written to it.
    "full-copy": (SCRATCH + IMPORTED, SMALL + IMPORTED, "quota", "unchanged"),
}  # fmt: skip


def state_of(pair) -> tuple:
    """Return which database staging has, and production's pods."""
    return parameters(pair.staging), pair.production.pods()


SAMPLE = "dump"
STEPS = [
    SAMPLE,
    *(pytest.param(s, marks=pytest.mark.full) for s in FAULTS if s != SAMPLE),
]


@pytest.mark.parametrize("step", STEPS)
def test_a_fault_at_any_step_leaves_staging_as_it_was(pair, reset, step: str) -> None:
    old, new, error_class, state = FAULTS[step]
    pair.staging.set_jobs(old, new)
    files, before = pair.production.files(), state_of(pair)
    outcome = pair.staging.run("reset")
    assert outcome.error["class"] == error_class, outcome.error
    assert outcome.result["reset"]["staging"] == state, outcome.result["reset"]
    if step == "verify":
        assert outcome.result["reset"]["checks"]["neutralized"] is False
    wait_until(lambda: pair.staging.tenant.request("/web/health").status == 200)
    assert state_of(pair) == before and pair.production.files() <= files
    assert pair.production.traces() == [] == pair.staging.traces()
    names = "SELECT datname FROM pg_database WHERE datname = 'odoo_copy'"
    assert (pair.staging.sql(names) == "") is (step != "swap")
    pair.staging.set_jobs()


@pytest.mark.full
def test_a_start_that_fails_leaves_staging_down_and_says_so(pair, reset) -> None:
    """Undo and the next reset work from there."""
    staging, before = pair.staging, pair.production.pods()
    image = staging.variables["odoo_image"]
    staging.variables["odoo_image"] = "lab.local/none:1"
    outcome = staging.run("reset", host_ingress_timeout=60)
    staging.variables["odoo_image"] = image
    told = outcome.result["reset"]
    assert outcome.error["class"] == "image_pull", outcome.error
    assert (told["stage"], told["staging"], told["verified"]) == ("start", "down", True)
    assert told["undo_until"] and pair.production.pods() == before
    for flags in ({"host_staging_reset_undo": True}, {}):
        outcome = staging.run("reset", **flags, **PATIENCE)
        assert outcome.code == 0, outcome.output[-3000:]
        assert outcome.result["reset"]["staging"] == "up"
        assert staging.tenant.request("/web/health").status == 200
    assert pair.production.pods() == before


@pytest.mark.full
def test_a_second_attempt_of_a_run_swaps_no_second_time(pair, reset) -> None:
    """As Odoo starts it again when its process was lost after the swap."""
    staging = pair.staging
    for flags in ({"host_staging_reset_undo": True}, {}):
        found = [parameters(staging)]
        for _ in range(2):
            outcome = staging.run("reset", host_staging_reset_order="one", **flags)
            assert outcome.code == 0, outcome.output[-3000:]
            found.append(parameters(staging))
        assert found[0] != found[1] == found[2]
        # Another run undoes it, and it is as before the two attempts.
        outcome = staging.run("reset", host_staging_reset_undo=True)
        assert outcome.code == 0 and parameters(staging) == found[0]


@pytest.mark.full
def test_the_copy_before_is_deleted_when_it_is_forgotten(pair, reset) -> None:
    staging, query = pair.staging, "SELECT datname FROM pg_database"
    assert "odoo_before" in staging.sql(query).split()
    mine, pods = parameters(staging), staging.pods()
    outcome = staging.run("reset", host_staging_reset_forget=True)
    assert outcome.code == 0, outcome.output[-3000:]
    told = outcome.result["reset"]
    assert (told["action"], told["undo_until"]) == ("forget", None)
    assert "odoo_before" not in staging.sql(query).split()
    assert (parameters(staging), staging.pods()) == (mine, pods), "it went on running"
    outcome = staging.run("reset", host_staging_reset_undo=True)
    assert outcome.error["class"] == "reset_unsafe"
    assert outcome.result["reset"]["staging"] == "up" and parameters(staging) == mine


@pytest.mark.full
def test_a_killed_run_is_repeated(pair, reset, tmp_path: Path) -> None:
    """In the middle of the import; the next run deletes what was left and succeeds."""
    pair.staging.set_jobs()
    run = start(pair.staging)
    wait_until(lambda: "odoo-import" in pair.staging.kubectl("get", "jobs"), 300)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert pair.staging.traces()
    outcome = pair.staging.run("reset", host_namespace_lease_seconds=1)
    if not outcome.result["ok"] and outcome.error["class"] == "busy":
        time.sleep(15)
        outcome = pair.staging.run("reset", host_namespace_lease_seconds=1)
    assert outcome.code == 0, outcome.output[-3000:]
    assert outcome.result["reset"]["verified"] is True
    assert pair.production.traces() == [] == pair.staging.traces()


@pytest.mark.full
def test_a_product_without_jobs_starts_new_and_empty(pair, reset) -> None:
    """The last one: staging's data are gone then."""
    staging, before = pair.staging, pair.production.pods()
    jobs = staging.variables.pop("hosting_jobs")
    outcome = staging.run("reset")
    assert outcome.error["class"] == "invalid_vars"
    assert "host_staging_reset_fresh" in outcome.error["hint"]
    password, mine = staging.secret("odoo-admin"), parameters(staging)
    outcome = staging.run("reset", host_staging_reset_fresh=True, **PATIENCE)
    staging.variables["hosting_jobs"] = jobs
    assert outcome.code == 0, outcome.output[-3000:]
    told = outcome.result["reset"]
    assert (told["action"], told["undo_until"]) == ("fresh", None)
    query = "SELECT count(*) FROM res_partner WHERE name = 'Planted in production'"
    assert staging.sql(query) == "0" and parameters(staging) != mine
    assert staging.tenant.log_in("admin", password)
    assert pair.production.pods() == before


def start(staging: OdooHost) -> subprocess.Popen:
    """Start a reset whose lease ends soon after its death."""
    from tests.integration import by_hand  # the same command, in the background

    command = [str(by_hand.venv.program("ansible-playbook")), "playbooks/reset.yml"]
    command += ["-i", f"{staging.host},", "-e", f"@{staging.directory / 'vars.yml'}"]
    command += ["-e", '{"host_namespace_lease_seconds": 10}']
    (staging.directory / "vars.yml").write_text(by_hand.dump_vars(staging.variables))
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(staging.directory)}
    environment |= {"K8S_AUTH_KUBECONFIG": staging.lab["kubeconfig"], "LANG": "C.UTF-8"}
    assert shutil.which("curl")
    return subprocess.Popen(
        command, cwd=CHECKOUT, env=environment, stdout=subprocess.DEVNULL
    )
