"""The web manifest: the smallest example, restricted, with names and page from the host."""

import pytest

from tests.unit.role_code import module_util
from tests.unit.test_manifest_roles import _host, _render, _template

HOST = "acme.mint-cloud.test"


def _by_kind(**changes) -> dict[str, dict]:
    return {o["kind"]: o for o in _render("web", _host(**changes))}


def test_it_makes_four_objects_in_the_hosts_namespace() -> None:
    """And the page stands in the ConfigMap as it was given."""
    page = "<h1>Grüezi</h1>\n{% raw %} $PATH 'quoted'"
    objects = _by_kind(web_page=page)
    assert list(objects) == ["ConfigMap", "Service", "Ingress", "Deployment"]
    assert {o["metadata"]["namespace"] for o in objects.values()} == {"host-acme"}
    assert objects["ConfigMap"]["data"] == {"index.html": page}


@pytest.mark.parametrize(("state", "replicas"), [("running", 3), ("suspended", 0)])
def test_a_suspended_site_runs_no_pod(state: str, replicas: int) -> None:
    """Whatever its number of pods is."""
    deployment = _by_kind(hosting_state=state, web_replicas=3)["Deployment"]
    assert deployment["spec"]["replicas"] == replicas


def test_each_name_of_the_host_gets_a_rule_and_a_certificate() -> None:
    """The certificate only where cert-manager makes them."""
    names = [HOST, "www.acme.example"]
    plain = _by_kind(hosting_domains=names[1:])["Ingress"]
    asked = _by_kind(hosting_domains=names[1:], web_tls_secret="web-tls")["Ingress"]
    assert [rule["host"] for rule in plain["spec"]["rules"]] == names
    assert "tls" not in plain["spec"]
    assert asked["spec"]["tls"] == [{"secretName": "web-tls", "hosts": names}]


def test_the_pod_is_restricted_and_the_service_finds_it() -> None:
    """Own user, read-only root, no capability, no token; ports by one name."""
    objects = _by_kind()
    template = objects["Deployment"]["spec"]["template"]
    pod, (container,) = template["spec"], template["spec"]["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    labels = template["metadata"]["labels"]
    service = objects["Service"]["spec"]
    assert service["selector"].items() <= labels.items()
    assert service["ports"][0]["targetPort"] == container["ports"][0]["name"]
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)


def test_the_gate_accepts_it() -> None:
    """With the default policy of every host."""
    gate = module_util("host_manifests", "gate")
    text = _compiled_text(web_tls_secret="web-tls")
    policy = {
        "namespace": "host-acme",
        "hosts": [HOST],
        "ingress_class": "traefik",
        "kinds": [
            "v1/ConfigMap",
            "v1/Service",
            "apps/v1/Deployment",
            "networking.k8s.io/v1/Ingress",
        ],
        "ingress_annotations": ["cert-manager.io/cluster-issuer"],
        "allow_root": False,
        "max_objects": 100,
    }
    objects, problems = gate.check_text(text, policy)
    assert problems == [] and len(objects) == 4


def _compiled_text(**changes) -> str:
    sandbox = module_util("host_manifests", "sandbox")
    return (
        sandbox.build_environment()
        .from_string(_template("web"))
        .render(_host(**changes))
    )
