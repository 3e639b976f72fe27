"""The manifest roles: their templates render exactly, stay small and stay closed."""

import json
import re
from decimal import Decimal
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
import yaml
from jinja2 import Environment, Template, UndefinedError

from tests.unit.samples import variables
from tests.unit.yaml_hostile import HOSTILE

ROLES = Path(__file__).parents[2] / "roles"
NAMES = ("postgres", "odoo")
SHIPPED = (*NAMES, "web")
QUOTA = variables()["hosting_quota"]


def _defaults(role: str) -> dict:
    return yaml.safe_load((ROLES / role / "defaults/main.yml").read_text())


def _specs(role: str) -> dict:
    path = ROLES / role / "meta/argument_specs.yml"
    return yaml.safe_load(path.read_text())["argument_specs"]["main"]["options"]


def _template(role: str) -> str:
    return (ROLES / role / "templates" / f"k8s_{role}.yaml").read_text()


def _host(**changes) -> dict:
    all_ = {key: value for role in SHIPPED for key, value in _defaults(role).items()}
    return variables(**all_) | changes


@cache
def _sandbox() -> Environment:
    """Return the environment in which every host's manifests are rendered."""
    path = ROLES / "host_manifests/module_utils/host_manifests/sandbox.py"
    spec = spec_from_file_location("sandbox", path)
    sandbox = module_from_spec(spec)
    spec.loader.exec_module(sandbox)
    return sandbox.build_environment()


@cache
def _compiled(role: str) -> Template:
    return _sandbox().from_string(_template(role))


def _render(role: str, host: dict) -> list[dict]:
    """Return the objects of one manifest."""
    text = _compiled(role).render(host)
    return [document for document in yaml.safe_load_all(text) if document]


def _objects(host: dict) -> list[dict]:
    return [document for role in NAMES for document in _render(role, host)]


def _workloads(host: dict) -> list[dict]:
    return [o for o in _objects(host) if o["kind"] in ("StatefulSet", "Deployment")]


def _pods(host: dict) -> list[dict]:
    return [workload["spec"]["template"]["spec"] for workload in _workloads(host)]


def _as_sent(objects: list[dict]) -> list[dict]:
    """Return objects as the API server gets them: JSON joins the halves of an emoji."""
    return json.loads(json.dumps(objects))


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_both_environments_make_the_objects_in_their_namespace(environment) -> None:
    label = "acme" if environment == "production" else "acme-stag"
    host = _host(
        hosting_environment=environment,
        hosting_host=f"{label}.mint-cloud.test",
        k8s_namespace=f"host-{label}",
    )
    objects = _objects(host)
    assert [(o["kind"], o["metadata"]["name"]) for o in objects] == [
        ("PersistentVolumeClaim", "postgres-data"),
        ("Service", "postgres"),
        ("StatefulSet", "postgres"),
        ("PersistentVolumeClaim", "odoo-data"),
        ("Service", "odoo"),
        ("Ingress", "odoo"),
        ("Deployment", "odoo"),
    ]
    assert {o["metadata"]["namespace"] for o in objects} == {f"host-{label}"}
    (ingress,) = [o for o in objects if o["kind"] == "Ingress"]
    assert [r["host"] for r in ingress["spec"]["rules"]] == [f"{label}.mint-cloud.test"]
    assert ingress["spec"]["ingressClassName"] == "traefik"


@pytest.mark.parametrize(("state", "replicas"), [("running", 1), ("suspended", 0)])
def test_state_decides_how_many_pods_run(state: str, replicas: int) -> None:
    workloads = _workloads(_host(hosting_state=state))
    assert [w["spec"]["replicas"] for w in workloads] == [replicas, replicas]


def test_old_pod_ends_before_the_new_one_starts() -> None:
    postgres, odoo = _workloads(_host())
    assert postgres["kind"] == "StatefulSet"
    assert odoo["spec"]["strategy"] == {"type": "Recreate"}


def test_further_domains_get_a_rule_each() -> None:
    host = _host(hosting_domains=["acme.example", "www.acme.example"])
    (ingress,) = [o for o in _objects(host) if o["kind"] == "Ingress"]
    assert [r["host"] for r in ingress["spec"]["rules"]] == [
        "acme.mint-cloud.test",
        "acme.example",
        "www.acme.example",
    ]


def test_certificate_is_asked_from_cert_manager_only_when_wanted() -> None:
    def ingress(**changes) -> dict:
        return [o for o in _objects(_host(**changes)) if o["kind"] == "Ingress"][0]

    plain, asked = ingress(), ingress(odoo_tls_secret="odoo-tls")
    health = {"hosting.mint-cloud.ch/health-path": "/web/health"}
    assert "tls" not in plain["spec"] and plain["metadata"]["annotations"] == health
    assert asked["spec"]["tls"] == [
        {"secretName": "odoo-tls", "hosts": ["acme.mint-cloud.test"]}
    ]
    assert asked["metadata"]["annotations"] == health | {
        "cert-manager.io/cluster-issuer": "pebble"
    }


@pytest.mark.parametrize(("workers", "websocket"), [(0, False), (2, True)])
def test_websocket_has_its_own_way_with_workers(workers: int, websocket: bool) -> None:
    objects = _render("odoo", _host(odoo_workers=workers))
    by_kind = {o["kind"]: o["spec"] for o in objects}
    paths = by_kind["Ingress"]["rules"][0]["http"]["paths"]
    assert ("/websocket" in [p["path"] for p in paths]) is websocket
    assert (8072 in [p["port"] for p in by_kind["Service"]["ports"]]) is websocket
    container = by_kind["Deployment"]["template"]["spec"]["containers"][0]
    assert (8072 in [p["containerPort"] for p in container["ports"]]) is websocket


def test_pods_pass_the_restricted_level() -> None:
    pods = _pods(_host())
    assert len(pods) == 2
    for pod in pods:
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        kinds = {kind for volume in pod["volumes"] for kind in volume} - {"name"}
        assert kinds <= {"emptyDir", "persistentVolumeClaim"}
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


def test_containers_have_probes_requests_and_limits() -> None:
    for pod in _pods(_host()):
        for container in pod["containers"]:
            assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            assert set(container["resources"]["requests"]) == {"cpu", "memory"}
            assert set(container["resources"]["limits"]) == {"cpu", "memory"}


def test_both_pods_and_one_job_fit_the_default_quota() -> None:
    objects = _objects(_host())
    for what in ("requests", "limits"):
        cpu = sum(_most(pod, what, "cpu") for pod in _pods(_host()))
        memory = sum(_most(pod, what, "memory") for pod in _pods(_host()))
        assert cpu <= _number(QUOTA["cpu"]) - Decimal("0.5")
        assert memory <= _number(QUOTA["memory"]) - _number("1Gi")
    claims = [o["spec"] for o in objects if o["kind"] == "PersistentVolumeClaim"]
    assert [claim["accessModes"] for claim in claims] == [["ReadWriteOnce"]] * 2
    storage = sum(_number(c["resources"]["requests"]["storage"]) for c in claims)
    assert storage <= _number(QUOTA["storage"])


def _most(pod: dict, what: str, resource: str) -> Decimal:
    """Return what a pod counts for: its init containers run before the others."""
    first = [_of(c, what, resource) for c in pod.get("initContainers", [])]
    return max([*first, sum(_of(c, what, resource) for c in pod["containers"])])


def _of(container: dict, what: str, resource: str) -> Decimal:
    return _number(container["resources"][what][resource])


def _number(quantity: str) -> Decimal:
    digits, unit = re.fullmatch(r"([0-9.]+)([a-zA-Z]*)", quantity).groups()
    factor = {"": 1, "m": Decimal("0.001"), "Mi": 2**20, "Gi": 2**30}[unit]
    return Decimal(digits) * factor


def test_no_password_stands_in_a_manifest() -> None:
    references = []
    for pod in _pods(_host()):
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            for entry in container["env"]:
                if "PASSWORD" in entry["name"]:
                    references.append(entry["valueFrom"]["secretKeyRef"])
    assert {reference["name"] for reference in references} == {
        "odoo-db",
        "odoo-admin",
        "odoo-master",
        "postgres-reader",
    }
    assert {reference["key"] for reference in references} == {"password"}
    assert "Secret" not in {o["kind"] for o in _objects(_host())}


@pytest.mark.parametrize("role", SHIPPED)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_strings_stay_exact(role: str, text: str) -> None:
    marked = _replaced(_marked(role), "MARKER", text)
    assert _as_sent(_render(role, _filled(text))) == marked


@cache
def _marked(role: str) -> list[dict]:
    return _render(role, _filled("MARKER"))


def _filled(text: str) -> dict:
    """Return a host whose every string variable is this text."""
    host = _host()
    strings = [
        name
        for role in SHIPPED
        for name, value in _defaults(role).items()
        if isinstance(value, str)
    ]
    cluster = host["hosting_cluster"] | {"ingress_class": text, "issuer": text}
    own = {"k8s_namespace": text, "hosting_host": text, "hosting_domains": [text]}
    return host | dict.fromkeys(strings, text) | own | {"hosting_cluster": cluster}


def _replaced(node, old: str, new: str):
    if isinstance(node, dict):
        return {key: _replaced(child, old, new) for key, child in node.items()}
    if isinstance(node, list):
        return [_replaced(child, old, new) for child in node]
    return node.replace(old, new) if isinstance(node, str) else node


@pytest.mark.parametrize("role", SHIPPED)
def test_a_missing_variable_is_named(role: str) -> None:
    for name in _defaults(role):
        host = _host(odoo_tls_secret="tls", web_tls_secret="tls")
        del host[name]
        with pytest.raises(UndefinedError, match=name):
            _render(role, host)


@pytest.mark.parametrize("role", SHIPPED)
def test_every_variable_goes_through_to_json(role: str) -> None:
    for expression in re.findall(r"\{\{(.*?)\}\}", _template(role)):
        literal = re.fullmatch(
            r' 0 if hosting_state == "suspended" else 1 ', expression
        )
        assert literal or expression.endswith("| to_json "), expression


@pytest.mark.parametrize("role", SHIPPED)
def test_specs_agree_with_the_defaults(role: str) -> None:
    specs, defaults = _specs(role), _defaults(role)
    own = {name: spec for name, spec in specs.items() if name.startswith(f"{role}_")}
    assert {name: spec["default"] for name, spec in own.items()} == defaults
    types = {"str": str, "int": int}
    for name, spec in own.items():
        assert type(defaults[name]) is types[spec["type"]], name
    for name, spec in specs.items():
        assert spec["description"], name
        assert name in own or spec.get("required") or name == "k8s_context"


@pytest.mark.parametrize("role", SHIPPED)
def test_readme_names_every_variable(role: str) -> None:
    readme = (ROLES / role / "README.md").read_text()
    assert [name for name in _specs(role) if f"`{name}`" not in readme] == []
