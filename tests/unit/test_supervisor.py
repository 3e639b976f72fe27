"""The supervisor with real playbooks: results, cancel, timeout, kills, locks, leftovers."""

import json
import os
import signal
import sys
import time
import uuid
from pathlib import Path

import pytest

from tests.unit.samples import variables
from tools import events, launcher, processes, run_dir

HOST = "acme.mint-cloud.test"
PLAY = """
- hosts: all
  connection: local
  gather_facts: false
  vars: {{ansible_python_interpreter: "{{{{ ansible_playbook_python }}}}"}}
  tasks:
{tasks}
"""
REPORT = """
    - ansible.builtin.set_stats:
        aggregate: true
        data: {hosting_result: "{{ {inventory_hostname: {'ok': true, 'who': hosting_project}} }}"}
"""
SLEEP = """
    - ansible.builtin.command: sleep 31.4159
      changed_when: false
"""
FAIL = """
    - ansible.builtin.fail: {msg: "it broke"}
"""


@pytest.fixture
def project(tmp_path) -> Path:
    """A project directory like the checkout: an ansible.cfg and playbooks."""
    path = tmp_path / "project"
    (path / "playbooks").mkdir(parents=True)
    (path / "ansible.cfg").write_text("[defaults]\n")
    for name, tasks in {
        "report": REPORT,
        "sleep": SLEEP + REPORT,
        "fail": REPORT + FAIL,
        "early": FAIL,
        "late": REPORT + SLEEP,
        "decide": "    - ansible.builtin.assert: {that: [host_namespace_adopt is true]}\n"
        + REPORT,
        "ended": REPORT.replace("hosting_project", "'x'").replace(
            "'ok': true", "'ended': lookup('env', 'HOSTING_ENDED_RUNS')"
        ),
    }.items():
        (path / "playbooks" / f"{name}.yml").write_text(PLAY.format(tasks=tasks))
    return path


@pytest.fixture
def make(tmp_path, project):
    """Return a function that prepares a launch; cancels what still runs at the end."""
    made = []

    def make_launch(playbook: str, root="runs", **changes) -> launcher.Launch:
        path = run_dir.create(tmp_path / root, str(uuid.uuid4()))
        run_dir.write_inventory(path, [run_dir.HostFiles(HOST, variables())], {})
        made.append(path)
        plain = {"hosts": (HOST,), "kubeconfig": None, "timeout": 60} | changes
        return launcher.Launch(path, project, playbook, **plain)

    yield make_launch
    for path in made:
        launcher.cancel(path)
        wait(path, seconds=10)


def wait(
    path: Path, seconds: float = 30, until=lambda s: s["state"] in events.FINAL_STATES
):
    """Return the status as soon as the condition holds; fail with the last one seen."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        status = events.read_status(path)
        if status is None or until(status):
            return status
        time.sleep(0.05)
    raise AssertionError(f"still {status} after {seconds} s")


def sleeping(status) -> bool:
    """Tell whether the playbook is in its long task."""
    return any("31.4159" in words for words in _command_lines())


def _command_lines() -> list[str]:
    lines = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(
                entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            )
        except OSError:
            continue
    return lines


def alive_of(path: Path, patience: float = 2.0) -> list[int]:
    """Return the processes of a run that are still there after some seconds."""
    deadline = time.monotonic() + patience
    while found := processes.with_environment(
        lambda env: env.get("HOSTING_RUN") == path.name
    ):
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    return found


def test_a_run_publishes_its_result_and_cleans_up(make):
    launch = make("report")
    pid = launcher.start(launch, sys.executable)
    status = wait(launch.run_dir)
    assert (status["state"], status["rc"], status["error"]) == ("successful", 0, None)
    assert status["results"] == {HOST: {"ok": True, "who": "acme"}}
    assert status["pid"] == pid and status["ended"]
    assert (
        not (launch.run_dir / "env").exists() and not (launch.run_dir / "tmp").exists()
    )
    log, offset = events.read_log(launch.run_dir)
    assert "PLAY RECAP" in log and "\x1b" not in log and offset == status["log_size"]
    command = json.loads((launch.run_dir / "artifacts/run/command").read_text())
    assert command["command"][-1] == "playbooks/report.yml"
    assert not {k for k in command["env"] if "PASS" in k or "TOKEN" in k}


def test_nothing_of_odoos_environment_reaches_the_playbook(make, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "canary-7d1f")
    launch = make("report")
    launcher.start(launch, sys.executable)
    wait(launch.run_dir)
    for file in launch.run_dir.rglob("*"):
        assert file.is_dir() or b"canary-7d1f" not in file.read_bytes(), file


def test_a_failed_run_keeps_the_result_of_its_host(make):
    launch = make("fail")
    launcher.start(launch, sys.executable)
    status = wait(launch.run_dir)
    assert (status["state"], status["rc"]) == ("failed", 2)
    assert status["results"][HOST]["ok"] is True


def test_a_run_without_any_result_says_what_ansible_said(make):
    launch = make("early")
    launcher.start(launch, sys.executable)
    status = wait(launch.run_dir)
    assert status["results"] == {}
    assert (
        status["error"]["class"] == "internal"
        and "it broke" in status["error"]["message"]
    )


def test_a_result_is_there_before_the_run_ends(make):
    launch = make("late")
    launcher.start(launch, sys.executable)
    status = wait(launch.run_dir, until=sleeping)
    assert status["results"][HOST]["ok"] is True and status["state"] == "running"


def test_cancel_leaves_no_process(make):
    launch = make("sleep")
    launcher.start(launch, sys.executable)
    wait(launch.run_dir, until=sleeping)
    assert launcher.cancel(launch.run_dir)
    started = time.monotonic()
    status = wait(launch.run_dir)
    assert (status["state"], status["error"]["class"]) == ("canceled", "cancelled")
    assert time.monotonic() - started < 5
    assert not sleeping(None) and not alive_of(launch.run_dir)
    assert not launcher.cancel(launch.run_dir)


def test_a_playbook_waits_behind_web_pages(make):
    launch = make("sleep")
    launcher.start(launch, sys.executable)
    pid = wait(launch.run_dir, until=sleeping)["pid"]
    own = os.getpriority(os.PRIO_PROCESS, 0)
    processes = [pid, *alive_of(launch.run_dir)]
    assert len(processes) > 1
    for process in processes:
        assert os.getpriority(os.PRIO_PROCESS, process) == min(19, own + 10)
    launcher.cancel(launch.run_dir)
    wait(launch.run_dir)


def test_timeout_leaves_no_process(make):
    launch = make("sleep", timeout=3)
    launcher.start(launch, sys.executable)
    status = wait(launch.run_dir)
    assert (status["state"], status["error"]["class"]) == ("timeout", "timeout")
    assert not sleeping(None) and not alive_of(launch.run_dir)


def test_a_killed_supervisor_is_lost_and_the_next_run_sweeps_its_processes(make):
    launch = make("sleep")
    pid = launcher.start(launch, sys.executable)
    wait(launch.run_dir, until=sleeping)
    os.kill(pid, signal.SIGKILL)
    status = wait(launch.run_dir)
    assert (status["state"], status["error"]["class"]) == ("lost", "lost")
    assert sleeping(None), "the playbook outlives its supervisor: that is what we sweep"
    following = make("report")
    launcher.start(following, sys.executable)
    assert wait(following.run_dir)["state"] == "successful"
    assert not sleeping(None) and not alive_of(launch.run_dir)


def test_a_host_of_the_same_name_in_another_odoo_goes_on(make):
    """Two Odoos on one machine: each has its own directory of runs, and sweeps that."""
    other, ours = make("sleep", root="other"), make("report")
    launcher.start(other, sys.executable)
    wait(other.run_dir, until=sleeping)
    launcher.start(ours, sys.executable)
    assert wait(ours.run_dir)["state"] == "successful"
    assert events.read_status(other.run_dir)["state"] == "running"
    assert sleeping(None)


def test_a_run_knows_which_runs_of_its_host_are_over(make):
    killed, canceled, last = make("sleep"), make("sleep"), make("ended")
    os.kill(launcher.start(killed, sys.executable), signal.SIGKILL)
    wait(killed.run_dir)
    launcher.start(canceled, sys.executable)
    wait(canceled.run_dir, until=sleeping)
    launcher.cancel(canceled.run_dir)
    wait(canceled.run_dir)
    launcher.start(last, sys.executable)
    status = wait(last.run_dir)
    ended = status["results"][HOST]["ended"].split()
    assert canceled.run_dir.name in ended and last.run_dir.name not in ended
    assert set(ended) <= {killed.run_dir.name, canceled.run_dir.name}


def test_a_second_writer_of_a_host_is_busy_and_a_reader_is_not(make):
    first = make("sleep")
    launcher.start(first, sys.executable)
    wait(first.run_dir, until=sleeping)
    second, reader = make("report"), make("report", writes=False)
    launcher.start(second, sys.executable)
    launcher.start(reader, sys.executable)
    status = wait(second.run_dir)
    assert (status["state"], status["error"]["class"]) == ("busy", "busy")
    assert wait(reader.run_dir)["state"] == "successful"
    assert events.read_status(first.run_dir)["state"] == "running"


def test_a_run_is_started_once(make):
    launch = make("sleep")
    launcher.start(launch, sys.executable)
    with pytest.raises(launcher.LaunchError, match="started already"):
        launcher.start(launch, sys.executable)
    launcher.cancel(launch.run_dir)
    wait(launch.run_dir)
    with pytest.raises(launcher.LaunchError, match="started already"):
        launcher.start(launch, sys.executable)


def test_decisions_travel_and_stand_in_the_command(make):
    launch = make("decide", extra_vars={"host_namespace_adopt": True})
    launcher.start(launch, sys.executable)
    assert wait(launch.run_dir)["state"] == "successful"
    assert launcher.command_line(launch) == (
        "ansible-playbook -i inventory playbooks/decide.yml"
        " -e '{\"host_namespace_adopt\": true}'"
    )


def test_a_missing_interpreter_is_said_at_once(make):
    with pytest.raises(launcher.LaunchError, match="did not start"):
        launcher.start(make("report"), "/nowhere/python")


def test_a_missing_playbook_fails_with_ansibles_words(make):
    launch = make("nothing")
    launcher.start(launch, sys.executable)
    status = wait(launch.run_dir)
    assert status["state"] == "failed" and "nothing.yml" in status["error"]["message"]


def test_a_run_that_never_started_has_no_status(tmp_path):
    assert events.read_status(tmp_path) is None
    assert events.read_log(tmp_path) == ("", 0)


def test_log_text_is_made_harmless():
    assert events.printable("\x1b[31mred\x1b[0m\r\n\x07<b>\x00") == "red\n<b>"
