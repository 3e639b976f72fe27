"""The gate lets through what a host may run, and names what it refuses and why."""

import pytest
import yaml

from tests.corpora.manifests.build import (
    config_map,
    container,
    deployment,
    ingress,
    service,
)
from tests.corpora.policy import POLICY, gate
from tests.integration.light import MANIFEST
from tests.unit.role_code import module_util

strict_yaml = module_util("host_manifests", "strict_yaml")


def test_a_good_document_beside_a_bad_one_does_not_save_it():
    """One refusal refuses the run; the good document is not applied alone."""
    by_manifest, problems = gate.check_all(
        [("m", config_map() + "---\n" + service("{type: NodePort}"))], POLICY
    )
    assert [problem.rule for problem in problems] == ["service_type"]
    assert problems[0].where["document"] == 2
    assert problems[0].where["object"] == "Service/x"
    assert problems[0].where["path"] == "spec.type"
    assert "Ingress" in problems[0].hint
    assert len(by_manifest["m"]) == 1


def _light():
    text = MANIFEST.replace("{{ web_greeting | to_json }}", '"hello"').replace(
        "{{ web_replicas }}", "2"
    )
    text = text.replace("{{ hosting_cluster.ingress_class | to_json }}", "traefik")
    return text.replace("{{ hosting_host | to_json }}", "acme.mint-cloud.test")


GOOD = {
    "light": _light(),
    "empty documents": "---\n---\n" + config_map(),
    "own namespace": config_map(metadata="namespace: host-acme"),
    "immutable": config_map("data: {a: b}\nimmutable: false\n"),
    "second domain": ingress("{rules: [{host: www.acme.example}]}"),
    "health path": ingress(
        "{rules: [{host: acme.mint-cloud.test}]}",
        "annotations: {hosting.mint-cloud.ch/health-path: /web/health}",
    ),
    "bind low ports": container(
        "securityContext: {capabilities: {add: [NET_BIND_SERVICE]}}"
    ),
    "scratch space": deployment("{volumes: [{name: t, emptyDir: {medium: Memory}}]}"),
    "secret volume": deployment("{volumes: [{name: t, secret: {secretName: s}}]}"),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_manifest_passes(name):
    """What the security rules don't forbid goes through, in the host's namespace."""
    objects, problems = gate.check_text(GOOD[name], POLICY)
    assert [problem.message for problem in problems] == []
    assert objects
    assert {obj["metadata"]["namespace"] for obj in objects} == {"host-acme"}


def test_the_same_object_in_two_manifests_is_refused():
    """Two manifests that both define an object would fight for it."""
    _, problems = gate.check_all([("a", config_map()), ("b", config_map())], POLICY)
    assert [problem.rule for problem in problems] == ["duplicate_object"]
    assert "also in a" in problems[0].message
    _, problems = gate.check_all([("a", config_map() + "---\n" + config_map())], POLICY)
    assert [problem.rule for problem in problems] == ["duplicate_object"]


def test_too_many_objects_are_refused():
    """The administrator's limit counts over all manifests of a host."""
    texts = [("a", config_map(name="a")), ("b", config_map(name="b"))]
    _, problems = gate.check_all(texts, POLICY | {"max_objects": 1})
    assert [problem.rule for problem in problems] == ["objects"]


def test_the_administrator_may_allow_root_and_kinds():
    """Exceptions are settings, not holes."""
    root = container("securityContext: {runAsUser: 0}")
    assert gate.check_text(root, POLICY | {"allow_root": True})[1] == []
    kinds = [*POLICY["kinds"], "postgresql.cnpg.io/v1/Cluster"]
    text = "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: db}\nspec: {}\n"
    assert gate.check_text(text, POLICY | {"kinds": kinds})[1] == []
    assert gate.check_text(text, POLICY)[1][0].rule == "kind"


def test_an_applied_object_says_whose_it_is_and_from_which_text():
    """Labels and the manifest's sha256 are added; the manifest's own stay."""
    ((obj,), _) = gate.check_text(config_map(metadata="labels: {app: web}"), POLICY)
    done = gate.finish(obj, POLICY, "0" * 64)
    assert done["metadata"]["labels"] == {
        "app": "web",
        "app.kubernetes.io/managed-by": "hosting",
        "hosting.mint-cloud.ch/host": "acme.mint-cloud.test",
    }
    annotations = done["metadata"]["annotations"]
    assert annotations == {"hosting.mint-cloud.ch/manifest-sha256": "0" * 64}


def test_a_suspended_host_runs_nothing():
    """Workloads get 0 replicas and no schedule, whatever the manifest says."""
    policy = POLICY | {"suspended": True}
    objects, _ = gate.check_text(_light(), policy)
    kinds = {obj["kind"]: gate.finish(obj, policy, "0" * 64) for obj in objects}
    assert kinds["Deployment"]["spec"]["replicas"] == 0
    assert "replicas" not in kinds["Service"]["spec"]
    cron = {
        "kind": "CronJob",
        "metadata": {"name": "x"},
        "spec": {"schedule": "* * * * *"},
    }
    assert gate.finish(cron, policy, "0" * 64)["spec"]["suspend"] is True


def test_what_others_need_is_written_first():
    """Configuration before workloads, the way in last."""
    objects, _ = gate.check_text(_light(), POLICY)
    kinds = [obj["kind"] for obj in gate.in_order(reversed(objects))]
    assert kinds == ["ConfigMap", "Service", "Deployment", "Ingress"]


def test_values_keep_their_types():
    """YAML words, quoted words and octal numbers arrive as other readers read them."""
    text = (
        'a: yes\nb: "yes"\nc: 0440\nd: 1.5\ne: ~\nf: ""\ng: "0123"\nh: [1, x]\ni: 1e3\n'
    )
    assert strict_yaml.load_documents(text) == [(1, yaml.safe_load(text))]
