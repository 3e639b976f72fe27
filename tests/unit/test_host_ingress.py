"""Rollouts are judged by the newest revision, and what is observed is bounded."""

from datetime import datetime, timedelta, timezone

import pytest

from tests.unit.role_code import module_util

rollout = module_util("host_ingress", "rollout")
masks = module_util("host_report", "masks")
NOW = datetime(2026, 1, 1, 12, 0, tzinfo=timezone.utc)
ADDRESS = "203.0.113.7"


def _snapshot(**changes):
    empty = (
        "deployments",
        "replicasets",
        "statefulsets",
        "pods",
        "ingresses",
        "events",
    )
    return {key: [] for key in empty} | changes


def _deployment(generation=1, observed=1, wanted=2, ready=2, updated=2, total=2):
    return {
        "metadata": {"name": "web", "uid": "u1", "generation": generation},
        "spec": {"replicas": wanted},
        "status": {
            "observedGeneration": observed,
            "readyReplicas": ready,
            "updatedReplicas": updated,
            "replicas": total,
        },
    }


def _replicaset(revision, label):
    return {
        "metadata": {
            "ownerReferences": [{"uid": "u1"}],
            "annotations": {"deployment.kubernetes.io/revision": str(revision)},
            "labels": {"pod-template-hash": label},
        }
    }


def _pod(label="new", waiting=None, restarts=0, age=60):
    created = (NOW - timedelta(seconds=age)).isoformat()
    state = (
        {"waiting": {"reason": waiting, "message": "why"}}
        if waiting
        else {"running": {}}
    )
    status = {"name": "web", "image": "web:1", "restartCount": restarts, "state": state}
    labels = {"pod-template-hash": label}
    return {
        "metadata": {
            "name": "web-1",
            "namespace": "host-acme",
            "labels": labels,
            "creationTimestamp": created,
        },
        "status": {"phase": "Running", "containerStatuses": [status]},
    }


def _judge(**changes):
    return rollout.judge(_snapshot(**changes), NOW, 20)


def test_a_host_without_workloads_is_ready():
    """There is nothing to wait for."""
    assert _judge()["state"] == "ready"


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "ready"),
        ({"wanted": 0, "ready": 0, "updated": 0, "total": 0}, "ready"),
        ({"generation": 2}, "waiting"),
        ({"ready": 1}, "waiting"),
        ({"updated": 1}, "waiting"),
        ({"total": 3}, "waiting"),
        ({"wanted": 0}, "waiting"),
    ],
)
def test_a_deployment_is_ready_when_all_of_it_is_new(changes, state):
    """Seen by its controller, all updated, all ready, no old one left."""
    assert _judge(deployments=[_deployment(**changes)])["state"] == state


@pytest.mark.parametrize(
    ("pod", "error_class"),
    [
        (_pod(waiting="ImagePullBackOff"), "image_pull"),
        (_pod(waiting="InvalidImageName"), "image_pull"),
        (_pod(waiting="CreateContainerConfigError"), "not_ready"),
        (_pod(waiting="CrashLoopBackOff", restarts=3), "not_ready"),
        (_pod(waiting="CrashLoopBackOff", restarts=1), None),
        (_pod(waiting="ImagePullBackOff", age=5), None),
        (_pod(waiting="ContainerCreating"), None),
        (_pod(waiting="ImagePullBackOff", label="old"), None),
    ],
)
def test_only_a_new_pods_lasting_error_ends_the_wait(pod, error_class):
    """Not one that may still pass, and not that of the revision before."""
    judged = _judge(
        deployments=[_deployment(ready=0)],
        replicasets=[_replicaset(1, "old"), _replicaset(2, "new")],
        pods=[pod],
    )
    assert judged["state"] == ("failed" if error_class else "waiting")
    if error_class:
        assert judged["error"]["class"] == error_class
        assert judged["error"]["object"] == "Pod/host-acme/web-1"
        assert "why" in judged["error"]["message"]


def test_until_the_controller_has_seen_a_change_no_pod_is_blamed():
    """The newest ReplicaSet may still be the old one."""
    judged = _judge(
        deployments=[_deployment(generation=2, ready=0)],
        replicasets=[_replicaset(1, "new")],
        pods=[_pod(waiting="ImagePullBackOff")],
    )
    assert judged["state"] == "waiting"


def test_what_is_not_ready_in_time_tells_the_last_warning():
    """The sentence an operator needs: how many, and what the cluster said last."""
    events = [
        {
            "lastTimestamp": "2026-01-01T10:00:00Z",
            "type": "Warning",
            "message": "first",
        },
        {
            "lastTimestamp": "2026-01-01T11:00:00Z",
            "type": "Warning",
            "message": "no volume",
        },
        {"lastTimestamp": "2026-01-01T11:30:00Z", "type": "Normal", "message": "fine"},
    ]
    judged = _judge(deployments=[_deployment(ready=0)], events=events)
    assert judged["error"]["class"] == "not_ready"
    assert "0 of 2 ready" in judged["error"]["message"]
    assert "no volume" in judged["error"]["message"]


def test_what_is_observed_is_bounded():
    """Long messages and many events don't swell the result."""
    events = [
        {"message": "x" * 5000, "lastTimestamp": f"2026-01-01T{n:02}"}
        for n in range(24)
    ]
    rows = rollout.events(_snapshot(events=events))
    assert len(rows) == rollout.MAX_EVENTS
    assert all(len(row["message"]) <= rollout.MAX_TEXT for row in rows)
    assert rollout.pods(_snapshot(pods=[_pod(waiting="X")]))[0]["reason"] == "X"


def _container(name, state, restarts=0, ready=False):
    return {"name": name, "state": state, "restartCount": restarts, "ready": ready}


def test_logs_are_read_of_what_started_and_is_not_ready():
    """Of the run before for what was restarted; not of what never ran or ended well."""
    pod = _pod()
    pod["status"]["initContainerStatuses"] = [
        _container("done", {"terminated": {"exitCode": 0}}),
        _container("broken", {"terminated": {"exitCode": 1}}),
    ]
    pod["status"]["containerStatuses"] = [
        _container("crashed", {"waiting": {"reason": "CrashLoopBackOff"}}, restarts=2),
        _container("waiting", {"waiting": {"reason": "ImagePullBackOff"}}),
        _container("good", {"running": {}}, ready=True),
    ]
    assert rollout.troubled(_snapshot(pods=[pod])) == [
        ("web-1", "broken", False),
        ("web-1", "crashed", True),
    ]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("PASSWORD=s3cret done", "PASSWORD=*** done"),
        ('{"db_password": "s3cret", "a": 1}', '{"db_password": "***", "a": 1}'),
        ("api-key: s3cret", "api-key: ***"),
        ("Authorization: Bearer s3cret.s3cret", "Authorization: Bearer ***"),
        ("postgres://odoo:s3cret@db/x", "postgres://odoo:***@db/x"),
        ("FATAL: role odoo does not exist", "FATAL: role odoo does not exist"),
    ],
)
def test_credentials_in_logs_are_masked(line, shown):
    """What is useful stays."""
    assert masks.masked(line) == shown


def test_logs_are_bounded():
    """The last lines, each shortened."""
    text = masks.masked("\n".join(f"{number} " + "x" * 1000 for number in range(100)))
    lines = text.splitlines()
    assert len(lines) == masks.LOG_LINES and lines[-1].startswith("99 ")
    assert max(map(len, lines)) <= rollout.MAX_TEXT
