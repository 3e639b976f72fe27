"""Rollouts are judged by the newest revision; the ladder says what is missing and what to do."""

import copy
import json
from datetime import datetime, timedelta, timezone

import pytest

from tests.unit.role_code import filters, module_util

rollout = module_util("host_ingress", "rollout")
FILTERS = filters("host_ingress")
NOW = datetime(2026, 1, 1, 12, 0, tzinfo=timezone.utc)
HOST = "acme.mint-cloud.test"
ADDRESS = "203.0.113.7"
CLUSTER = {"ingress_class": "traefik", "address": ADDRESS, "issuer": "letsencrypt"}


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
    assert rollout.masked(line) == shown


def test_logs_are_bounded():
    """The last lines, each shortened."""
    text = rollout.masked("\n".join(f"{number} " + "x" * 1000 for number in range(100)))
    lines = text.splitlines()
    assert len(lines) == rollout.LOG_LINES and lines[-1].startswith("99 ")
    assert max(map(len, lines)) <= rollout.MAX_TEXT


CERTIFICATE = {
    "subject": {"commonName": HOST},
    "issuer": {"commonName": "R3"},
    "subject_alt_name": [f"DNS:{HOST}"],
    "not_after": "20270221011511Z",
    "expired": False,
    "valid_at": {"soon": True},
}
INGRESS = {"name": "web", "class": "traefik", "hosts": [HOST], "addresses": [ADDRESS]}
INGRESS |= {"health_path": "/web/health"}
ANSWERS = [{"http_code": 303, "exitcode": 0}, {"http_code": 200, "exitcode": 0}]
GOOD = {
    "ingresses": [INGRESS],
    "cluster": CLUSTER,
    "dns": [ADDRESS],
    "classes": None,
    "certificate": CERTIFICATE,
    "certificate_error": "",
    "curl": ANSWERS,
    "suspended": False,
}


def _ladder(**changes):
    probes = copy.deepcopy(GOOD) | changes
    cluster = probes.pop("cluster")
    target = FILTERS["host_ingress_target"](probes.pop("ingresses"), HOST, cluster)
    return FILTERS["host_ingress_ladder"](target, HOST, cluster, probes)


def _states(**changes):
    return {step["step"]: step["state"] for step in _ladder(**changes)["steps"]}


def test_a_good_host_is_green():
    """Six steps in their order, each ok."""
    ladder = _ladder()
    assert [step["step"] for step in ladder["steps"]] == (
        ["dns", "ingress", "address", "certificate", "http", "health"]
    )
    assert {step["state"] for step in ladder["steps"]} == {"ok"}
    assert ladder["url"] == f"https://{HOST}"
    assert FILTERS["host_ingress_green"](ladder)
    assert not FILTERS["host_ingress_pending"](ladder)


UNTOLD = INGRESS | {"addresses": []}
OTHER_NAME = CERTIFICATE | {"subject_alt_name": ["DNS:TRAEFIK DEFAULT CERT"]}
CASES = [
    ({"dns": []}, "dns", "pending", "DNS record"),
    ({"dns": "no answer from the DNS server"}, "dns", "pending", "resolver"),
    ({"dns": ["192.0.2.1"]}, "dns", "failed", ADDRESS),
    ({"ingresses": []}, "ingress", "failed", "Ingress"),
    ({"ingresses": [INGRESS | {"hosts": ["x.y"]}]}, "ingress", "failed", "Ingress"),
    ({"ingresses": [UNTOLD], "classes": ["nginx"]}, "ingress", "failed", "nginx"),
    (
        {
            "ingresses": [UNTOLD],
            "classes": ["traefik"],
            "cluster": CLUSTER | {"address": ""},
        },
        "address",
        "pending",
        "controller",
    ),
    (
        {"certificate": {}, "certificate_error": "refused"},
        "certificate",
        "pending",
        "443",
    ),
    ({"certificate": OTHER_NAME}, "certificate", "pending", "issuer"),
    (
        {"certificate": CERTIFICATE | {"expired": True}},
        "certificate",
        "failed",
        "renews",
    ),
    ({"curl": [{"exitcode": 60, "http_code": 0}]}, "certificate", "failed", "issuer"),
    ({"curl": [{"exitcode": 7, "http_code": 0}]}, "http", "pending", "controller"),
    (
        {"curl": [{"http_code": 502}, {"http_code": 502}]},
        "http",
        "pending",
        "application",
    ),
    (
        {"curl": [{"http_code": 404}, {"http_code": 404}]},
        "health",
        "pending",
        "health-path",
    ),
    (
        {"curl": [{"http_code": 200}, {"http_code": 301}]},
        "health",
        "pending",
        "health-path",
    ),
]


@pytest.mark.parametrize(("changes", "step", "state", "hint"), CASES)
def test_a_step_that_is_not_ok_says_what_to_do(changes, step, state, hint):
    """The step, its state and a hint that names the thing to look at."""
    ladder = _ladder(**changes)
    found = {row["step"]: row for row in ladder["steps"]}[step]
    assert found["state"] == state
    assert hint in found["hint"]
    assert not FILTERS["host_ingress_green"](ladder)
    assert len(ladder["steps"]) == 6


def test_a_controller_that_tells_no_address_is_probed_at_the_expected_one():
    """The ladder goes on to its end."""
    states = _states(ingresses=[UNTOLD], classes=["traefik"])
    assert set(states.values()) == {"ok"}


def test_without_an_ingress_nothing_behind_it_is_tried():
    """Skipped, not failed: there was nothing to look at."""
    states = _states(ingresses=[])
    assert [states[name] for name in ("address", "certificate", "http", "health")] == (
        ["skipped"] * 4
    )


def test_a_suspended_host_is_not_asked():
    """Nothing answers there on purpose."""
    states = _states(suspended=True, curl=[{"http_code": 503}, {"http_code": 503}])
    assert (states["http"], states["health"]) == ("skipped", "skipped")
    assert states["certificate"] == "ok"


def test_a_cluster_without_an_issuer_speaks_http():
    """No certificate is expected, and none is missed."""
    ladder = _ladder(cluster=CLUSTER | {"issuer": ""}, certificate={})
    assert ladder["url"] == f"http://{HOST}"
    assert ladder["steps"][3]["state"] == "skipped"


@pytest.mark.parametrize(
    ("name", "covers"),
    [
        (HOST, True),
        ("*.mint-cloud.test", True),
        ("*.test", False),
        ("mint-cloud.test", False),
    ],
)
def test_a_wildcard_covers_one_label(name, covers):
    """As browsers see it."""
    states = _states(certificate=CERTIFICATE | {"subject_alt_name": [f"DNS:{name}"]})
    assert (states["certificate"] == "ok") is covers


def test_a_certificate_that_ends_soon_is_ok_with_a_hint():
    """It works today; somebody should look."""
    soon = CERTIFICATE | {"valid_at": {"soon": False}}
    step = _ladder(certificate=soon)["steps"][3]
    assert step["state"] == "ok" and "14 days" in step["hint"]
    assert "2027-02-21" in step["detail"]


def test_an_ipv6_address_is_bracketed_for_curl():
    """And expected among the AAAA answers."""
    cluster = CLUSTER | {"address": "2001:db8::7"}
    target = FILTERS["host_ingress_target"]([INGRESS], HOST, cluster)
    assert target["bracketed"] == "[2001:db8::7]"


def test_curls_answers_are_read_without_its_certificates():
    """One row for each URL; lines that are no JSON are passed over."""
    row = {
        "http_code": 200,
        "exitcode": 0,
        "errormsg": None,
        "remote_ip": "x",
        "certs": "long",
    }
    lines = json.dumps(row) + "\nnoise\n" + json.dumps(row | {"http_code": 404}) + "\n"
    rows = FILTERS["host_ingress_curl_rows"](lines)
    assert [found["http_code"] for found in rows] == [200, 404]
    assert "certs" not in rows[0]
