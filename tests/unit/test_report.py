"""Every failed task becomes one of the closed list's errors, with a sentence and a way on."""

import json

import pytest

from tests.unit.role_code import filters

FILTERS = filters("host_report")
error, actions, failures = (
    FILTERS[f"host_report_{n}"] for n in ("error", "actions", "failures")
)
CLASSES = set(
    "unreachable unauthorized forbidden conflict quota invalid_vars invalid_manifest "
    "manifest_changed manifest_unreachable manifest_drift busy timeout image_pull not_ready "
    "reset_unsafe internal".split()
)


def _status(code, reason, message):
    return json.dumps(
        {
            "kind": "Status",
            "status": "Failure",
            "message": message,
            "reason": reason,
            "code": code,
        }
    )


POOL = (
    "Task failed: Module failed: HTTPSConnectionPool(host='192.0.2.1', port=6443): Max retries "
    "exceeded with url: /version (Caused by NewConnectionError(\"HTTPSConnection(host='192.0.2.1', "
    'port=6443): Failed to establish a new connection: [Errno 111] Connection refused"))'
)
BAD_ROOT = (
    "HTTPSConnectionPool(host='192.0.2.1', port=6443): Max retries exceeded with url: /version "
    "(Caused by SSLError(SSLError(136, '[X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate or crl "
    "found (_ssl.c:4154)')))"
)
SAID = {
    "a kubeconfig's root is none": (
        BAD_ROOT,
        "unreachable",
        "no connection to 192.0.2.1:6443 ([X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate",
    ),
    "nobody listens": (
        POOL,
        "unreachable",
        "192.0.2.1:6443 ([Errno 111] Connection refused)",
    ),
    "no route": ("[Errno 113] No route to host", "unreachable", "No route"),
    "no such name": (
        "[Errno -2] Name or service not known",
        "unreachable",
        "Name or service",
    ),
    "wrong token": (
        "Failed to get client due to 401\nReason: Unauthorized",
        "unauthorized",
        "Unauthorized",
    ),
    "no kubeconfig": (
        "Could not create API client: Invalid kube-config file. No configuration found.",
        "unauthorized",
        "kube-config",
    ),
    "foreign authority": (
        "SSLError(SSLCertVerificationError(1, 'certificate verify failed: self-signed'))",
        "unauthorized",
        "certificate verify failed",
    ),
    "not allowed": (
        "Failed to apply object: "
        + _status(403, "Forbidden", 'secrets "x" is forbidden'),
        "forbidden",
        'secrets "x" is forbidden',
    ),
    "over quota": (
        "Failed to apply object: "
        + _status(403, "Forbidden", "pods is forbidden: exceeded quota"),
        "quota",
        "exceeded quota",
    ),
    "policy": (
        "x: "
        + _status(
            422, "Invalid", "ValidatingAdmissionPolicy 'hosting-ingress-hosts' denied"
        ),
        "forbidden",
        "hosting-ingress-hosts",
    ),
    "other manager": (
        "x: "
        + _status(409, "Conflict", 'Apply failed with 1 conflict: "kubectl" .data.a'),
        "conflict",
        "kubectl",
    ),
    "schema": (
        "x: "
        + _status(
            500, "", "failed to create typed patch object (a/b): .x: not declared"
        ),
        "invalid_manifest",
        "not declared",
    ),
    "immutable": (
        "x: " + _status(422, "Invalid", "Job is invalid: field is immutable"),
        "invalid_manifest",
        "immutable",
    ),
    "bad request": (
        "x: " + _status(400, "BadRequest", "unable to parse quantity"),
        "invalid_manifest",
        "quantity",
    ),
    "no such kind": (
        "Failed to find exact match for x/v1.Y",
        "invalid_manifest",
        "x/v1.Y",
    ),
    "busy server": (
        "x: " + _status(429, "TooManyRequests", "slow down"),
        "unreachable",
        "slow",
    ),
    "broken server": (
        "x: " + _status(503, "ServiceUnavailable", "etcd"),
        "unreachable",
        "etcd",
    ),
    "nobody expected it": (
        "dictionary has no key 'x'",
        "internal",
        "task a: dictionary",
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_what_the_api_server_says_gets_a_class(name):
    """Class, the readable part of the message, a hint."""
    said, expected, part = SAID[name]
    found = error({"msg": said, "failed": True}, (), "task a")
    assert found["class"] == expected
    assert part in found["message"]
    assert '{"kind"' not in found["message"]
    assert found["hint"]
    assert set(found) == {"class", "message", "object", "hint", "retryable"}


@pytest.mark.parametrize(
    ("name", "retryable"), [("nobody listens", True), ("wrong token", False)]
)
def test_only_what_may_pass_is_retryable(name, retryable):
    """A wrong token stays wrong."""
    assert error({"msg": SAID[name][0]})["retryable"] is retryable


def test_a_role_names_its_class_itself():
    """``[class] sentence`` in a message, as asserts of the roles write it."""
    found = error({"msg": "[busy] Run r1 works on this host."})
    assert (found["class"], found["message"]) == ("busy", "Run r1 works on this host.")
    assert found["retryable"] is True
    assert error({"msg": "[nonsense] x"})["class"] == "internal"


def test_a_modules_own_error_is_taken_as_it_is():
    """With its hint and whether it may pass."""
    given = {
        "class": "manifest_unreachable",
        "message": "m",
        "object": "o",
        "hint": "h",
    }
    found = error({"msg": "x", "error": given | {"retryable": False}})
    assert found == given | {"retryable": False}
    assert (
        error({"msg": "x", "error": given | {"class": "bogus"}})["class"] == "internal"
    )


def test_all_errors_of_an_argument_specification_are_told():
    """Without the tail that names another level's options."""
    texts = ["missing required arguments: a", "b.c. Supported parameters include: d, e"]
    found = error({"msg": "Validation failed", "argument_errors": texts})
    assert found["class"] == "invalid_vars"
    assert found["message"] == "missing required arguments: a; b.c"


def test_a_task_that_timed_out_is_told():
    """Ansible's own limit of a task."""
    found = error(
        {"msg": "Timed out after 3 seconds.", "timedout": {"period": 3}},
        (),
        "apply | X",
    )
    assert (found["class"], found["retryable"]) == ("timeout", True)
    assert "apply | X" in found["message"]


def test_a_refused_object_is_named():
    """The first one with the class of its own refusal, and how many more there are."""
    refused = [
        {"object": "Deployment/host-acme/odoo", "message": SAID["over quota"][0]},
        {"object": "Service/host-acme/odoo", "message": "x"},
    ]
    found = error({"msg": "The API server refused …"}, refused)
    assert (found["class"], found["object"]) == ("quota", "Deployment/host-acme/odoo")
    assert "1 more" in found["message"]


def test_every_class_is_on_the_closed_list():
    """What a role may report is what Odoo knows."""
    found = {error({"msg": said})["class"] for said, _, _ in SAID.values()}
    assert found <= CLASSES
    module = FILTERS["host_report_error"].__globals__
    assert set(module["HINTS"]) == CLASSES


DEFINITIONS = [
    {"kind": "Service", "metadata": {"name": "a", "namespace": "n"}},
    {"kind": "Namespace", "metadata": {"name": "n"}},
    {"kind": "Secret", "metadata": {"name": "c", "namespace": "n"}},
    {"kind": "ConfigMap", "metadata": {"name": "d", "namespace": "n"}},
]
ROWS = [
    {
        "changed": True,
        "method": "apply",
        "diff": {"before": {}, "after": {"kind": "Service"}},
    },
    {
        "changed": True,
        "method": "apply",
        "diff": {"before": {"a": 1}, "after": {"a": 2}},
    },
    {"changed": False, "error": {"msg": "no"}, "result": {}},
    {"changed": False, "method": "apply", "result": {}},
]


def test_each_object_has_an_action():
    """A refused object has none; it stands among the failures."""
    result = {"changed": True, "result": {"results": ROWS}}
    table = actions(result, DEFINITIONS)
    assert [(row["kind"], row["action"]) for row in table] == [
        ("Service", "created"),
        ("Namespace", "patched"),
        ("ConfigMap", "unchanged"),
    ]
    assert table[1]["namespace"] == ""
    assert failures(result, DEFINITIONS) == [{"object": "Secret/n/c", "message": "no"}]


def test_a_single_object_is_read_too():
    """kubernetes.core nests the rows of several objects, but not of one."""
    bare = {"changed": True, "result": {"kind": "Service"}, "method": "delete"}
    assert actions(bare, DEFINITIONS[:1])[0]["action"] == "deleted"
    refused = {"changed": False, "result": {}, "error": {"msg": "no"}}
    assert failures(refused, DEFINITIONS[:1])[0]["object"] == "Service/n/a"
    assert actions({"skipped": True}, DEFINITIONS) == []


def test_the_item_of_a_loop_that_failed_is_told():
    """Ansible says of the whole only that some item failed."""
    items = [
        {"failed": False, "msg": "fine"},
        {"failed": True, "msg": 'secrets "provider-smtp" is forbidden: User "x"'},
    ]
    whole = {"msg": "One or more items failed", "results": items, "failed": True}
    error = filters("host_report")["host_report_error"](whole, [], "task")
    assert error["class"] == "forbidden" and "provider-smtp" in error["message"]
