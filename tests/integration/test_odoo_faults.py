"""Bad input and faults: a clear message where the person is, and the repeat works."""

import os
import re
import signal
import time
from pathlib import Path

import pytest

from tests.integration.light import MANIFEST, PARAMETERS
from tests.lab.catalog import parameters
from tests.lab.server.client import OdooError
from tools import events

REFUSED = {
    "not-yaml": ("kind: [", "not valid YAML"),
    "host-path": (
        MANIFEST.replace("emptyDir: {}", "hostPath: {path: /etc}"),
        "hostPath",
    ),
    "foreign-namespace": (
        MANIFEST.replace(
            "name: web\ndata", "name: web\n  namespace: kube-system\ndata"
        ),
        "namespace",
    ),
    "undefined": (MANIFEST.replace("web_greeting", "web_unknown"), "web_unknown"),
}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("www", "reserved"),
        ("a", "short"),
        ("Müller", "special letters"),
        ("x-stag", "staging"),
    ],
)
def test_a_wrong_name_is_refused_with_its_reason(driver, name, says):
    with pytest.raises(OdooError, match=says):
        driver.catalog.project(name, driver.cluster, [])


def test_a_taken_name_is_refused_and_another_one_works(driver):
    values = {"name": "taken", "cluster_id": driver.cluster}
    driver.client.call("kubernetes.project", "create", values)
    values["name"] = "Taken"
    with pytest.raises(OdooError, match="taken"):
        driver.client.call("kubernetes.project", "create", values)
    assert driver.client.call(
        "kubernetes.project", "create", values | {"name": "taken2"}
    )


@pytest.mark.parametrize(
    "case",
    [
        "host-path",
        pytest.param("not-yaml", marks=pytest.mark.full),
        pytest.param("foreign-namespace", marks=pytest.mark.full),
        pytest.param("undefined", marks=pytest.mark.full),
    ],
)
def test_a_refused_manifest_names_its_problem_and_a_corrected_one_deploys(driver, case):
    text, says = REFUSED[case]
    manifest = driver.manifest(f"bad-{case}", text, PARAMETERS)
    hosts = driver.project(f"bad-{case}", [manifest])
    version = wait_for_version(driver, manifest, "refused")
    assert re.search(says, str(version["problems"]), re.IGNORECASE), version["problems"]
    waiting = driver.host(hosts["production"], "waiting_reason", "activity")
    assert "refused" in waiting["waiting_reason"] and waiting["activity"] == "idle"
    with pytest.raises(OdooError, match="refused"):
        driver.client.call("kubernetes.host", "action_apply", [hosts["production"]])
    driver.manifest(f"bad-{case}", MANIFEST, PARAMETERS)
    driver.client.call("kubernetes.manifest", "action_fetch", [manifest])
    for host in hosts.values():
        driver.wait_for_health(host, "ok")


@pytest.mark.full
def test_a_host_with_a_refused_manifest_is_still_looked_at_rested_and_ended(driver):
    good = driver.manifest("light", MANIFEST, PARAMETERS)
    host = driver.deployed("no-text", [good])["production"]
    bad = driver.manifest("bad-rest", REFUSED["host-path"][0], PARAMETERS)
    driver.client.call("kubernetes.manifest", "action_fetch", [bad])
    wait_for_version(driver, bad, "refused")
    lines = {"manifest_line_ids": [(0, 0, {"manifest_id": bad})]}
    driver.client.call("kubernetes.host", "write", [host], lines)
    assert driver.press("check_status", host)["state"] == "done"
    assert driver.press("suspend", host)["state"] == "done"
    with pytest.raises(OdooError, match="refused"):
        driver.client.call("kubernetes.host", "action_resume", [host])
    opened = driver.client.call("kubernetes.host", "action_terminate", [host])
    dialog = (opened["res_model"], [opened["res_id"]])
    fqdn = driver.host(host, "fqdn")["fqdn"]
    answer = {"typed_name": fqdn, "without_backup": True}
    driver.client.call(dialog[0], "write", dialog[1], answer)
    driver.client.call(dialog[0], "action_terminate", dialog[1])
    assert driver.last_run(host)["state"] == "done"
    assert driver.host(host, "lifecycle")["lifecycle"] == "terminated"


@pytest.mark.parametrize(
    "case",
    [
        "missing",
        pytest.param("unreachable", marks=pytest.mark.full),
        pytest.param("large", marks=pytest.mark.full),
    ],
)
def test_a_manifest_that_does_not_arrive_says_why_and_fetch_repeats(driver, lab, case):
    url = f"{lab['manifests_url']}/test/late-{case}.yaml"
    path = Path(lab["manifests_dir"]) / f"late-{case}.yaml"
    path.unlink(missing_ok=True)
    if case == "large":
        path.write_text("#" * (2**20 + 1))
    if case == "unreachable":
        url = url.replace("/test", ":4443/test")
    values = {"name": f"late-{case}", "url": url}
    manifest = driver.client.call("kubernetes.manifest", "create", values)
    driver.client.call("kubernetes.manifest", "action_fetch", [manifest])
    fields = ["is_busy", "error_class", "error_message", "version_ids"]
    seen = driver.wait(
        lambda: driver.client.read("kubernetes.manifest", manifest, *fields),
        lambda found: not found["is_busy"],
    )
    assert seen["error_class"] == "manifest_unreachable" and seen["error_message"], seen
    assert not seen["version_ids"]
    path.write_text("# nothing yet\n" + MANIFEST)
    good = f"{lab['manifests_url']}/test/late-{case}.yaml"
    changes = {"url": good, "parameter_ids": parameters(PARAMETERS)}
    driver.client.call("kubernetes.manifest", "write", [manifest], changes)
    driver.client.call("kubernetes.manifest", "action_fetch", [manifest])
    wait_for_version(driver, manifest, "approved")
    assert not driver.client.read("kubernetes.manifest", manifest, "error_class")[
        "error_class"
    ]


@pytest.mark.parametrize(
    ("case", "kind"),
    [
        ("refused", "unauthorized"),
        pytest.param("unreachable", "unreachable", marks=pytest.mark.full),
    ],
)
def test_a_cluster_that_does_not_answer_says_so_and_apply_repeats(
    driver, lab, case, kind
):
    good = Path(lab["kubeconfig"])
    text = good.read_text()
    broken = {
        "unreachable": re.sub(
            r"server: .*", f"server: https://{lab['address']}:6444", text
        ),
        "refused": re.sub(r"token: .*", "token: nobody-knows-this-token", text),
    }[case]
    manifest = driver.manifest("light", MANIFEST, PARAMETERS)
    host = driver.deployed("reachable", [manifest])["production"]
    good.write_text(broken)
    try:
        run = driver.press("apply", host)
        paused = driver.client.read("kubernetes.cluster", driver.cluster, "paused_at")
    finally:
        good.write_text(text)
    assert paused["paused_at"]
    assert (run["state"], run["line"]["error_class"]) == ("failed", kind)
    seen = driver.host(host, "error_class", "error_message")
    assert seen["error_class"] == kind and seen["error_message"]
    # The queue goes on by itself: the check of the connection finds the cluster again.
    assert driver.press("apply", host)["state"] == "done"
    resumed = driver.client.read("kubernetes.cluster", driver.cluster, "paused_at")
    assert not resumed["paused_at"]
    assert not driver.host(host, "error_class")["error_class"]


def test_odoo_killed_during_a_run_takes_up_its_result(driver):
    manifest = driver.manifest("light", MANIFEST, PARAMETERS)
    host = driver.deployed("killed", [manifest])["production"]
    driver.client.call("kubernetes.host", "action_apply", [host])
    driver.wait(
        lambda: driver.host(host, "activity", "run_progress"),
        lambda seen: seen["activity"] == "running",
    )
    os.kill(driver.server.daemon.pid(), signal.SIGKILL)
    driver.wait(driver.server.daemon.pid, lambda pid: pid is None, seconds=10)
    driver.server.start()
    run = driver.last_run(host)
    assert (run["state"], run["attempt"]) == ("done", 1)
    assert driver.press("apply", host)["state"] == "done"


def test_apply_waits_until_the_deployment_lets_go_of_its_host(driver):
    manifest = driver.manifest("light", MANIFEST, PARAMETERS)
    host = driver.deployed("ending", [manifest])["production"]
    driver.client.call("kubernetes.host", "action_apply", [host])
    supervisor = stop_supervisor_with_its_result(driver, host)
    try:
        driver.wait_for_health(host, "ok")
        driver.client.call("kubernetes.host", "action_apply", [host])
        time.sleep(8)  # longer than a supervisor is patient
        waiting = driver.host(host, "activity")["activity"]
    finally:
        os.kill(supervisor, signal.SIGCONT)
    run = driver.last_run(host)
    assert (waiting, run["state"], run["attempt"]) == ("queued", "done", 1)


def stop_supervisor_with_its_result(driver, host: int) -> int:
    """Stop the supervisor of a host's run between its result and its end."""
    line = driver.client.call(
        "kubernetes.run.line",
        "search_read",
        [("host_id", "=", host)],
        ["run_id"],
        order="id desc",
        limit=1,
    )[0]
    uuid = driver.client.read("kubernetes.run", line["run_id"][0], "uuid")["uuid"]
    path = driver.server.state / "runs" / uuid
    deadline = time.monotonic() + 120
    while not (status := events.read_status(path)) or not status["results"]:
        assert time.monotonic() < deadline, status
        time.sleep(0.02)
    os.kill(status["pid"], signal.SIGSTOP)
    assert events.read_status(path)["state"] == "running"
    return status["pid"]


def wait_for_version(driver, manifest: int, state: str) -> dict:
    """Return the newest version of a manifest when it has this state."""

    def look():
        return driver.client.call(
            "kubernetes.manifest.version",
            "search_read",
            [("manifest_id", "=", manifest)],
            ["state", "problems"],
            order="id desc",
            limit=1,
        )

    return driver.wait(look, lambda found: found and found[0]["state"] == state)[0]
