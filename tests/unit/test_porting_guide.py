"""The guide for porting a template (roles/README.md) tells the truth."""

import re

import pytest
import yaml

from tests.unit.role_code import ROLES, module_util
from tests.unit.samples import variables

GUIDE = (ROLES / "README.md").read_text()
BEFORE, AFTER = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
DEFAULTS = yaml.safe_load((ROLES / "host_manifests/defaults/main.yml").read_text())
POD = "spec: {template: {spec: {containers: [{name: a, image: a%s}]%s}}}"
SAMPLES = {
    "service_type": "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: NodePort}}",
    "volume": POD % ("", ", volumes: [{name: v, hostPath: {path: /}}]"),
    "privileged": POD % (", securityContext: {privileged: true}", ""),
    "capability": POD % (", securityContext: {capabilities: {add: [SYS_ADMIN]}}", ""),
    "host_port": POD % (", ports: [{containerPort: 80, hostPort: 80}]", ""),
    "pod_field": POD % ("", ", hostNetwork: true"),
    "root": POD % (", securityContext: {runAsUser: 0}", ""),
    "metadata": "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a, name: a}",
    "reserved_name": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: hosting-a}",
    "list": "apiVersion: v1\nkind: List\nitems: []",
    "alias": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: &n a}",
}
KINDS = (
    "PersistentVolume ClusterRole Role ServiceAccount Namespace ResourceQuota "
    "NetworkPolicy DaemonSet Pod"
).split()


def _rules(text):
    policy = {
        "namespace": "host-acme",
        "hosts": ["acme.mint-cloud.test"],
        "ingress_class": "traefik",
        "kinds": DEFAULTS["host_manifests_kinds"],
        "ingress_annotations": DEFAULTS["host_manifests_ingress_annotations"],
        "allow_root": False,
        "max_objects": 100,
    }
    problems = module_util("host_manifests", "gate").check_text(text, policy)[1]
    return {problem.rule: f"{problem.message} {problem.hint}" for problem in problems}


def test_the_example_is_refused_before_and_accepted_after():
    """Rendered in the sandbox, as a host would."""
    sandbox = module_util("host_manifests", "sandbox").build_environment()
    assert {"service_type", "namespace"} <= set(_rules(BEFORE))
    assert "Ingress" in _rules(BEFORE)["service_type"]
    assert _rules(sandbox.from_string(AFTER).render(variables())) == {}


@pytest.mark.parametrize("rule", SAMPLES)
def test_what_the_guide_lists_is_refused_for_that_reason(rule):
    """One sample for each line of the table."""
    text = SAMPLES[rule]
    if text.startswith("spec:"):
        text = f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a}}\n{text}"
    assert rule in _rules(text), _rules(text)


@pytest.mark.parametrize("kind", KINDS)
def test_each_refused_kind_stands_in_the_guide(kind):
    """And the gate refuses it by default."""
    text = f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: a}}"
    assert "kind" in _rules(text) and f"`{kind}`" in GUIDE.replace("bare ", "")
