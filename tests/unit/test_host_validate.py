"""The schema of vars.yml beyond an argument specification."""

import pytest

from tests.unit.role_code import filters
from tests.unit.samples import variables

problems = filters("host_validate")["host_validate_problems"]
SHA = "0" * 64
MANIFEST = {
    "name": "web",
    "url": "https://a.example/x",
    "sha256": SHA,
    "track": "latest",
}
# What a play of Ansible shows beside the file's own variables.
AROUND = {
    "inventory_hostname": "acme.mint-cloud.test",
    "groups": {},
    "ansible_check_mode": False,
}
AROUND |= {"host_manifests_allowed_networks": [], "__host_x": 1, "playbook_dir": "/x"}


def _problems(host="acme.mint-cloud.test", **changes):
    return problems(AROUND | variables(**changes), host)


def _quota(**changes):
    return {"hosting_quota": variables()["hosting_quota"] | changes}


def _cluster(**changes):
    return {"hosting_cluster": variables()["hosting_cluster"] | changes}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"hosting_manifests": [MANIFEST, MANIFEST | {"name": "db", "known": [SHA]}]},
        {"hosting_secrets": [{"name": "odoo-db", "keys": ["password", "a.b_C-1"]}]},
        {"hosting_domains": ["www.acme.example", "shop.acme.mint-cloud.test"]},
        {"hosting_state": "suspended"},
        _quota(cpu="500m", memory="1.5Gi"),
        _cluster(address="", issuer=""),
        _cluster(address="2001:db8::1"),
        {"odoo_workers": 2, "web_greeting": "{{ x }}"},
    ],
)
def test_a_good_file_has_no_problems(changes):
    """Parameters of any name of a manifest role are the manifest's own business."""
    assert _problems(**changes) == []


def test_a_staging_host_has_its_own_names():
    """The project's name and -stag make host and namespace."""
    changes = {
        "hosting_environment": "staging",
        "hosting_host": "acme-stag.mint-cloud.test",
        "k8s_namespace": "host-acme-stag",
    }
    assert _problems("acme-stag.mint-cloud.test", **changes) == []
    assert _problems(
        "acme-stag.mint-cloud.test", **changes | {"k8s_namespace": "host-acme"}
    )


def test_a_file_of_another_host_is_refused():
    """Whatever host the play runs for, it is the file's or none."""
    (problem,) = _problems("other.mint-cloud.test")
    assert "acme.mint-cloud.test" in problem and "other.mint-cloud.test" in problem


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"k8s_namespace": "kube-system"}, "k8s_namespace must be host-acme"),
        ({"k8s_namespace": "host-other"}, "k8s_namespace"),
        ({"hosting_project": "other"}, "must begin with other."),
        (_cluster(domain="evil.test"), "hosting_cluster.domain"),
        ({"hosting_environment": "staging"}, "acme-stag."),
        ({"hosting_schema": True}, "hosting_schema is a bool, not a int"),
        ({"hosting_schema": "1"}, "hosting_schema is a str"),
        (_quota(pods=True), "hosting_quota.pods is a bool"),
        (_quota(pods="20"), "hosting_quota.pods is a str"),
        (_quota(cpu=2), "hosting_quota.cpu is a int"),
        (_quota(pods=0), "at least 1"),
        (_quota(memory="4 GB"), "no quantity"),
        (_quota(storage="-1Gi"), "no quantity"),
        ({"hosting_owner": ""}, "hosting_owner"),
        ({"hosting_owner": "a b"}, "hosting_owner"),
        ({"hosting_owner": 5}, "hosting_owner is a int"),
        ({"k8s_context": "a\nb"}, "k8s_context"),
        (_cluster(address="localhost"), "no IP address"),
        (_cluster(ingress_class=""), "ingress_class"),
        ({"hosting_domains": ["*.acme.example"]}, "no host name"),
        ({"hosting_domains": ["other.mint-cloud.test"]}, "is mint-cloud.test's"),
        ({"hosting_domains": ["mint-cloud.test"]}, "is mint-cloud.test's"),
        ({"hosting_domains": ["a.example", "a.example"]}, "stands twice"),
        ({"hosting_domains": ["acme.example\n"]}, "no host name"),
        ({"hosting_domains": "a.b"}, "hosting_domains is a str"),
        ({"hosting_manifests": [MANIFEST | {"sha256": "x"}]}, "no sha256"),
        (
            {"hosting_manifests": [MANIFEST | {"sha256": "../../etc/passwd"}]},
            "no sha256",
        ),
        ({"hosting_manifests": [MANIFEST | {"url": "http://a.b"}]}, "https"),
        ({"hosting_manifests": [MANIFEST, MANIFEST]}, "stand once"),
        ({"hosting_manifests": [MANIFEST | {"known": ["x"]}]}, "no sha256"),
        ({"hosting_secrets": [{"name": "hosting-x", "keys": []}]}, "reserved"),
        ({"hosting_secrets": [{"name": "a/b", "keys": []}]}, "no Secret's name"),
        ({"hosting_secrets": [{"name": "a", "keys": ["a/b"]}]}, "no key"),
        ({"hosting_ower": "typo"}, "hosting_ower is unknown"),
        ({"k8s_other": "x"}, "k8s_other is unknown"),
        ({"items": 1}, "items is no parameter name"),
        ({"update": 1}, "update is no parameter name"),
    ],
)
def test_a_bad_file_is_refused(changes, part):
    """The sentence names the variable."""
    found = _problems(**changes)
    assert any(part in text for text in found), found


def test_everything_is_told_at_once():
    """Not one problem a run."""
    found = _problems(hosting_schema="1", hosting_owner=None, items=1)
    assert len(found) == 3


def test_a_missing_variable_is_told():
    """Also one that an argument specification would not have seen."""
    values = variables()
    del values["hosting_owner"]
    assert problems(values, "acme.mint-cloud.test") == ["hosting_owner is missing"]
