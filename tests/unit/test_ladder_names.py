"""A host of several names, and what cert-manager says, in one ladder."""

import pytest

from tests.unit.role_code import filters, module_util

FILTERS = filters("host_ingress")
NAMES = ["acme.mint-cloud.test", "www.acme.example", "acme.example"]
STEPS = ("dns", "ingress", "address", "certificate", "http", "health")


def _one(**states):
    steps = [
        {"step": s, "state": states.get(s, "ok"), "detail": f"{s} detail", "hint": ""}
        for s in STEPS
    ]
    return {"url": "https://acme.mint-cloud.test", "steps": steps}


def _merged(*ladders):
    found = FILTERS["host_ingress_merged"](list(ladders), NAMES[: len(ladders)])
    return {step["step"]: step for step in found["steps"]}


def test_one_name_is_told_as_it_is():
    assert FILTERS["host_ingress_merged"]([_one()], NAMES[:1]) == _one()


@pytest.mark.parametrize(
    ("own", "other", "worst"),
    [
        ("ok", "ok", "ok"),
        ("ok", "pending", "pending"),
        ("pending", "failed", "failed"),
        ("failed", "ok", "failed"),
        ("ok", "skipped", "ok"),
        ("skipped", "skipped", "skipped"),
    ],
)
def test_a_step_is_as_bad_as_its_worst_name(own, other, worst):
    assert _merged(_one(dns=own), _one(dns=other))["dns"]["state"] == worst


def test_the_names_that_are_not_ok_are_told():
    """And only they."""
    step = _merged(_one(), _one(dns="pending"), _one(dns="pending"))["dns"]
    assert step["detail"] == "www.acme.example: dns detail; acme.example: dns detail"
    assert _merged(_one(), _one())["dns"]["detail"] == "dns detail"


def _certificate(*conditions, names=(NAMES[1],)):
    metadata = {"name": "web-tls", "namespace": "host-acme"}
    status = {"conditions": list(conditions)} if conditions else {}
    return {"metadata": metadata, "spec": {"dnsNames": list(names)}, "status": status}


def _condition(kind, status, reason="Pending", message="waiting for the order"):
    return {"type": kind, "status": status, "reason": reason, "message": message}


def _told(*certificates):
    ladder = FILTERS["host_ingress_told_by_issuer"](
        _one(certificate="pending"), list(certificates), NAMES
    )
    return ladder["steps"][3]


@pytest.mark.parametrize(
    ("conditions", "says"),
    [
        ([_condition("Ready", "False")], "web-tls: Pending: waiting for the order"),
        (
            [
                _condition("Ready", "False"),
                _condition("Issuing", "False", "Failed", "the CA refused"),
            ],
            "web-tls: Failed: the CA refused",
        ),
        ([_condition("Ready", "False"), _condition("Issuing", "True")], "Pending"),
        ([], "not looked at yet"),
    ],
)
def test_what_keeps_a_certificate_is_told(conditions, says):
    """The last failure before the general state; the step stays what it was."""
    step = _told(_certificate(*conditions))
    assert says in step["detail"] and step["detail"].startswith("certificate detail")
    assert step["state"] == "pending"
    assert step["hint"] == "kubectl -n host-acme describe certificate web-tls"


def test_certificates_that_are_ready_or_of_other_names_say_nothing():
    ready = _certificate(_condition("Ready", "True"))
    other = _certificate(_condition("Ready", "False"), names=["other.example"])
    assert _told(ready, other) == _told()


def test_cert_manager_is_asked_only_about_a_missing_certificate():
    uncertified = FILTERS["host_ingress_uncertified"]
    assert uncertified(_one(certificate="pending"))
    assert uncertified(_one(certificate="failed"))
    assert not uncertified(_one()) and not uncertified(_one(certificate="skipped"))
    assert not uncertified(None) and not uncertified({})


def test_a_look_tells_which_texts_are_applied():
    """From the inventory that an apply leaves; before the first one there is none."""
    manifests = module_util("host_ingress", "rollout").manifests
    data = {"manifests": '[{"name": "web", "sha256": "ab"}]', "objects": "[]"}
    found = manifests({"inventories": [{"data": data}]})
    assert found == [{"name": "web", "sha256": "ab"}]
    assert manifests({"inventories": []}) == []
    assert manifests({"inventories": [{"data": None}]}) == []
