"""What suspend writes, what terminate refuses and tells, what a dry run says."""

import json

import pytest

from tests.unit.role_code import filters

SCALE, REMOVE = filters("host_scale"), filters("host_remove")
REPORT = filters("host_report")
LIVE = [
    {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": name, "namespace": "host-acme", "labels": {"a": "b"}},
    }
    for version, kind, name in (
        ("apps/v1", "Deployment", "odoo"),
        ("apps/v1", "StatefulSet", "postgres"),
        ("batch/v1", "CronJob", "nightly"),
    )
]
NAMESPACE = {
    "metadata": {
        "name": "host-acme",
        "labels": {"hosting.mint-cloud.ch/host": "acme.mint-cloud.test"},
        "annotations": {"hosting.mint-cloud.ch/owner": "me"},
    },
    "status": {"phase": "Active"},
}


def test_rest_says_nothing_but_that_nothing_runs():
    """Each further field would be taken from its owner."""
    objects = SCALE["host_scale_rest"](LIVE, "host-acme")
    assert [obj.get("spec") for obj in objects[:-1]] == [
        {"replicas": 0},
        {"replicas": 0},
        {"suspend": True},
    ]
    for obj, live in zip(objects, LIVE, strict=False):
        assert set(obj) == {"apiVersion", "kind", "metadata", "spec"}
        assert set(obj["metadata"]) == {"name", "namespace"}
        assert obj["metadata"]["name"] == live["metadata"]["name"]
    assert json.loads(objects[-1]["data"]["asleep"]) == [
        "apps/v1/Deployment/odoo",
        "apps/v1/StatefulSet/postgres",
        "batch/v1/CronJob/nightly",
    ]


SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "odoo", "namespace": "host-acme"},
    "spec": {
        "selector": {"app": "odoo"},
        "ports": [
            {"name": "http", "port": 80, "targetPort": 8069},
            {"name": "dns", "port": 80, "protocol": "UDP"},
        ],
    },
}
BACKEND = {"service": {"name": "odoo", "port": {"number": 80}}}
INGRESS = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "odoo", "namespace": "host-acme"},
    "spec": {"rules": [{"http": {"paths": [{"path": "/", "backend": BACKEND}]}}, {}]},
}
INSIDE = SERVICE | {"metadata": {"name": "postgres", "namespace": "host-acme"}}
PAGE = {"image": "registry.example/suspended:1", "port": 8081}


def test_visitors_are_led_to_the_page_by_the_services_behind_the_ingress():
    """Those alone; each port, with nothing else of it said."""
    live = [*LIVE, SERVICE, INSIDE, INGRESS]
    objects = SCALE["host_scale_rest"](live, "host-acme", PAGE)
    services = [obj for obj in objects if obj["kind"] == "Service"]
    assert [obj["metadata"]["name"] for obj in services] == ["odoo"]
    label = {"hosting.mint-cloud.ch/page": "suspended"}
    assert services[0]["spec"] == {
        "selector": label,
        "ports": [
            {"port": 80, "protocol": "TCP", "targetPort": 8081},
            {"port": 80, "protocol": "UDP", "targetPort": 8081},
        ],
    }
    (page,) = [o for o in objects if o["metadata"]["name"] == "hosting-suspended"]
    assert page["spec"]["template"]["metadata"]["labels"] == label
    assert page["spec"]["template"]["spec"]["containers"][0]["image"] == PAGE["image"]
    assert "hosting.mint-cloud.ch/host" not in page["metadata"]["labels"]
    noted = json.loads(objects[-1]["data"]["asleep"])
    assert {"v1/Service/odoo", "apps/v1/Deployment/hosting-suspended"} <= set(noted)
    assert "networking.k8s.io/v1/Ingress/odoo" not in noted


def test_without_an_image_there_is_no_page():
    live = [*LIVE, SERVICE, INGRESS]
    bare = SCALE["host_scale_rest"](LIVE, "host-acme")
    for page in (None, PAGE | {"image": ""}):
        assert SCALE["host_scale_rest"](live, "host-acme", page) == bare


def test_an_apply_of_a_suspended_host_leaves_the_way_to_the_page_alone():
    """Of a Service that is noted; another one and other objects are sent as they are."""
    kept = filters("host_manifests")["host_manifests_kept"](
        [SERVICE, INSIDE, INGRESS], ["v1/Service/odoo"]
    )
    assert kept[1:] == [INSIDE, INGRESS]
    assert "selector" not in kept[0]["spec"]
    assert kept[0]["spec"]["ports"][0] == {"name": "http", "port": 80}
    assert SERVICE["spec"]["ports"][0]["targetPort"] == 8069


def test_release_lets_go_of_what_is_noted_and_there():
    """A spec of its own would set something; an object that is gone would be made."""
    noted = ["apps/v1/Deployment/odoo", "apps/v1/Deployment/gone"]
    objects = SCALE["host_scale_released"](LIVE, noted, "host-acme")
    assert [obj["metadata"]["name"] for obj in objects] == ["odoo", "hosting-inventory"]
    assert all(set(obj) == {"apiVersion", "kind", "metadata"} for obj in objects)


def test_the_note_is_read_back_by_the_manifests_role():
    """The two roles share one ConfigMap, each its own keys."""
    note = SCALE["host_scale_rest"](LIVE, "host-acme")[-1]
    asleep = filters("host_manifests")["host_manifests_asleep"]
    assert len(asleep([note])) == 3
    assert asleep([]) == asleep([{"data": {"objects": "[]"}}]) == []


@pytest.mark.parametrize(
    ("owner", "host", "says"),
    [
        ("me", "acme.mint-cloud.test", ""),
        ("you", "acme.mint-cloud.test", "belongs to me, not to you"),
        ("me", "acme.other.test", "acme.mint-cloud.test's, not acme.other.test's"),
    ],
)
def test_only_the_own_namespace_of_this_host_may_be_deleted(owner, host, says):
    """Two base domains of one cluster have the same namespace names."""
    refusal = REMOVE["host_remove_refusal"]([NAMESPACE], owner, host)
    assert refusal == "" if not says else says in refusal
    bare = {"metadata": {"name": "host-acme"}}
    assert "no owner annotation" in REMOVE["host_remove_refusal"]([bare], owner, host)
    assert REMOVE["host_remove_refusal"]([], owner, host) == ""


def test_what_is_lost_is_listed_with_the_namespace_first():
    """From the inventory, which may be missing."""
    data = {"objects": json.dumps(["v1/PersistentVolumeClaim/data"])}
    rows = REMOVE["host_remove_lost"]([{"data": data}], "host-acme")
    assert [(row["kind"], row["name"], row["namespace"]) for row in rows] == [
        ("Namespace", "host-acme", ""),
        ("PersistentVolumeClaim", "data", "host-acme"),
    ]
    assert len(REMOVE["host_remove_lost"]([], "host-acme")) == 1


def test_what_remains_is_told_in_the_api_servers_words():
    """An answer that failed is no proof that the namespace is gone."""
    remains = REMOVE["host_remove_remains"]
    told = [
        {
            "type": "A",
            "status": "True",
            "message": "configmaps. has 1 resource instances",
        },
        {"type": "B", "status": "False", "message": "all fine"},
    ]
    stuck = NAMESPACE | {"status": {"phase": "Terminating", "conditions": told}}
    assert remains({"resources": []}, "host-acme") == []
    assert remains({"resources": [stuck]}, "host-acme") == [told[0]["message"]]
    assert remains({"resources": [NAMESPACE]}, "host-acme")
    assert "Unauthorized" in remains({"msg": "401 Unauthorized"}, "host-acme")[0]


def test_phases_of_a_namespace():
    """One that is not there has none."""
    phase = REMOVE["host_remove_phase"]
    assert (phase([]), phase([NAMESPACE])) == ("Absent", "Active")


def _row(action, kind="Deployment"):
    return {"kind": kind, "name": "odoo", "namespace": "host-acme", "action": action}


def test_a_dry_run_says_would():
    """What is unchanged stays so; a real run says what it did."""
    rows = [_row(action) for action in ("created", "patched", "deleted", "unchanged")]
    told = REPORT["host_report_planned"](rows, True)
    assert [row["action"] for row in told] == [
        "would_create",
        "would_patch",
        "would_prune",
        "unchanged",
    ]
    assert REPORT["host_report_planned"](rows, False) == rows


def test_an_object_that_two_roles_wrote_has_one_row():
    """The one that changed it."""
    merged = REPORT["host_report_merged"]
    assert merged([_row("unchanged"), _row("patched")]) == [_row("patched")]
    assert merged([_row("patched"), _row("unchanged")]) == [_row("patched")]
    assert len(merged([_row("patched"), _row("patched", "Service")])) == 2


def test_a_dry_run_that_differs_in_hidden_fields_alone_changes_nothing():
    """kubernetes.core says changed with an empty diff when only field owners differ."""
    definition = {"kind": "Deployment", "metadata": {"name": "a"}}
    actions = REPORT["host_report_actions"]

    def act(before, after):
        result = {"result": {}, "changed": True, "method": "apply"}
        rows = actions(
            result | {"diff": {"before": before, "after": after}}, [definition]
        )
        return rows[0]["action"]

    assert act({}, {}) == "unchanged"
    assert act({}, {"spec": {}}) == "created"
    assert act({"spec": 1}, {"spec": 2}) == "patched"


def test_a_message_may_bring_its_own_hint():
    """What to type stands in the error's hint; without one the class's hint does."""
    error = REPORT["host_report_error"]
    told = error({"msg": "[invalid_vars] No backup. Hint: Type: -e '{}'"})
    assert (told["message"], told["hint"]) == ("No backup.", "Type: -e '{}'")
    assert error({"msg": "[busy] Wait."})["hint"]
