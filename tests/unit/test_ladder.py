"""The ladder says what is missing and what to do."""

import copy
import json

import pytest

from tests.unit.role_code import filters

FILTERS = filters("host_ingress")
HOST = "acme.mint-cloud.test"
ADDRESS = "203.0.113.7"
CLUSTER = {"ingress_class": "traefik", "address": ADDRESS, "issuer": "letsencrypt"}
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
