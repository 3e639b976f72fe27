"""Many hosts at once: one run, each with its own result; a night's look in batches."""

import json
import time

import pytest

from tests.integration.light import MANIFEST, PARAMETERS
from tests.lab import catalog

SAMPLE, ALL = 5, 50
SAMPLE_SECONDS = 40  # of the run, on two cores that do nothing else
LONGEST = 1800


@pytest.fixture(scope="module")
def manifest(driver) -> int:
    """The light manifest, fetched and approved."""
    number = driver.manifest("light", MANIFEST, PARAMETERS)
    read = ("kubernetes.manifest", number, "current_version_id")
    if not driver.client.read(*read)[read[2]]:
        driver.client.call("kubernetes.manifest", "action_fetch", [number])
    driver.wait(lambda: driver.client.read(*read), lambda seen: seen[read[2]])
    return number


def drafts(driver, manifest: int, prefix: str, count: int) -> list[int]:
    """Create production hosts that wait for their first Apply."""
    hosts = []
    for number in range(count):
        name = f"{prefix}-{number}"
        driver.forget(name)
        project = {"name": name, "cluster_id": driver.cluster}
        project["manifest_ids"] = [(6, 0, [manifest])]
        values = {
            "project_id": driver.client.call("kubernetes.project", "create", project),
            "manifest_line_ids": [(0, 0, {"manifest_id": manifest})],
            "quota_cpu": "1",
        }
        hosts.append(driver.client.call("kubernetes.host", "create", values))
    return hosts


def spoil(driver, host: int) -> None:
    """Give a host a parameter that its manifest can't be applied with."""
    domain = [("host_id", "=", host), ("name", "=", "web_replicas")]
    line = driver.client.search("kubernetes.host.parameter", *domain)
    driver.client.call(
        "kubernetes.host.parameter",
        "write",
        line,
        catalog.parameter("web_replicas", "many"),
    )


def run_of(driver, hosts: list[int]) -> dict:
    """Return the one run that works on all these hosts."""
    found = driver.client.call(
        "kubernetes.run.line",
        "search_read",
        [("host_id", "in", hosts), ("state", "in", ("queued", "running"))],
        ["run_id", "host_id"],
    )
    assert sorted(line["host_id"][0] for line in found) == sorted(hosts)
    runs = {line["run_id"][0] for line in found}
    assert len(runs) == 1
    return {"id": runs.pop()}


def follow(driver, run: int) -> tuple[dict, dict[int, float]]:
    """Return the run at its end, and after how many seconds each host had its result."""
    started, seen = time.monotonic(), {}
    fields = ["host_id", "state", "error_class", "result"]
    while True:
        state = driver.client.read("kubernetes.run", run, "state", "duration")
        lines = driver.client.call(
            "kubernetes.run.line", "search_read", [("run_id", "=", run)], fields
        )
        for line in lines:
            if line["state"] not in ("queued", "running"):
                seen.setdefault(line["host_id"][0], time.monotonic() - started)
        if state["state"] not in ("queued", "running"):
            return state | {"lines": lines}, seen
        assert time.monotonic() - started < LONGEST, lines
        time.sleep(0.5)


def bulk_apply(driver, manifest: int, prefix: str, count: int) -> tuple[list[int], int]:
    """Apply many drafts of which one can't work; return the hosts and the seconds."""
    hosts = drafts(driver, manifest, prefix, count)
    spoil(driver, hosts[1])
    driver.client.call("kubernetes.host", "action_apply", hosts)
    run, seen = follow(driver, run_of(driver, hosts)["id"])
    states = {line["host_id"][0]: line for line in run["lines"]}
    assert states[hosts[1]]["state"] == "failed"
    assert states[hosts[1]]["error_class"] == "invalid_manifest"
    good = [host for host in hosts if host != hosts[1]]
    assert {states[host]["state"] for host in good} == {"done"}, run
    assert run["state"] == "failed", "a run with a failed host says so"
    # The one that fails at once is told at once: nobody waits for the slowest.
    assert seen[hosts[1]] < max(seen.values()), seen
    return good, run["duration"]


def test_a_bulk_apply_is_one_run_and_one_failing_host_stops_nobody(driver, manifest):
    good, seconds = bulk_apply(driver, manifest, "bulk", SAMPLE)
    for host in good:
        driver.wait_for_health(host, "ok")
    print(f"bulk Apply of {SAMPLE} light hosts: {seconds} s")
    again = driver.client.call("kubernetes.host", "action_check_status", good)
    assert again["res_model"] == "kubernetes.run"
    run, _seen = follow(driver, run_of(driver, good)["id"])
    assert run["state"] == "done"


@pytest.mark.full
def test_fifty_hosts_in_one_apply_and_looked_at_in_one_night(
    driver, manifest, tmp_path
):
    good, applied = bulk_apply(driver, manifest, "fifty", ALL)
    before = driver.client.call("kubernetes.host", "read", good, ["checked_at"])
    cron = driver.client.call(
        "ir.model.data",
        "check_object_reference",
        "kubernetes_hosting",
        "ir_cron_check_all",
    )[1]
    started = time.monotonic()
    driver.client.call("ir.cron", "method_direct_trigger", [cron])
    most = _watch_the_night(driver, {row["id"]: row["checked_at"] for row in before})
    seconds = time.monotonic() - started
    assert most == 1, "one look at a time on a cluster: the queue does not grow"
    figures = {
        "hosts": ALL,
        "apply_seconds": applied,
        "check_seconds": round(seconds),
        "check_seconds_per_host": round(seconds / ALL, 2),
    }
    print(json.dumps(figures))


def _watch_the_night(driver, checked: dict[int, str]) -> int:
    """Wait until every host was looked at again; return the most runs at once."""
    most, deadline = 0, time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        open_runs = [
            ("playbook", "=", "status"),
            ("state", "in", ("queued", "running")),
        ]
        runs = driver.client.search("kubernetes.run", *open_runs)
        most = max(most, len(runs))
        rows = driver.client.call(
            "kubernetes.host", "read", list(checked), ["checked_at"]
        )
        if not runs and all(row["checked_at"] != checked[row["id"]] for row in rows):
            return most
        time.sleep(1)
    raise AssertionError(f"not all were looked at: {rows}")
