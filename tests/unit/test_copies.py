"""Reset, backup, restore: decisions, names, checklists; the shipped Jobs are fit for tenants."""

import json
from pathlib import Path

import pytest
import yaml

from tests.unit.role_code import filters, module_util
from tests.unit.samples import variables

ROLES = Path(__file__).parents[2] / "roles"
JOBS, BACKUP = filters("host_jobs"), filters("host_backup")
RESET, REMOVE = filters("host_staging_reset"), filters("host_remove")
SAMPLE = filters("host_manifests")["host_manifests_sample_job"]
jobs = module_util("host_jobs", "__init__")
STEPS = (
    "export space import swap undo forget discard store offer download password"
).split()
POLICY = {
    "namespace": "host-acme", "hosts": ["acme.mint-cloud.test"], "max_objects": 100,
    "ingress_class": "traefik", "ingress_annotations": [], "allow_root": False,
    "kinds": [
        "v1/PersistentVolumeClaim", "v1/Service", "batch/v1/Job", "networking.k8s.io/v1/Ingress",
    ],
}  # fmt: skip


def render(step: str, **job) -> list[dict]:
    """Return the objects of one step as a run renders and checks them."""
    host = variables(odoo_x=1)
    for role in ("odoo", "postgres"):
        host |= yaml.safe_load((ROLES / role / "defaults/main.yml").read_text())
    text = (ROLES / "odoo/templates/k8s_odoo_jobs.yaml").read_text()
    host["hosting_job"] = SAMPLE("host-acme") | {"step": step} | job
    (rendered,) = module_util("host_manifests", "render").render(
        [{"name": "jobs", "text": text}], host
    )
    objects, problems = module_util("host_manifests", "gate").check_text(
        rendered, POLICY
    )
    assert [problem.message for problem in problems] == []
    return objects


def pod(objects: list[dict]) -> dict:
    """Return the pod spec of the one Job."""
    (job,) = [obj for obj in objects if obj["kind"] == "Job"]
    assert job["spec"]["backoffLimit"] == 0 and job["spec"]["activeDeadlineSeconds"] > 0
    return job["spec"]["template"]["spec"]


@pytest.mark.parametrize("step", STEPS)
def test_each_step_is_one_job_that_a_tenant_may_run(step: str) -> None:
    """Restricted, bounded, without a token, and its scripts are Python or sh that parses."""
    spec = pod(render(step))
    assert spec["automountServiceAccountToken"] is False
    for container in spec.get("initContainers", []) + spec["containers"]:
        security = container["securityContext"]
        assert security["readOnlyRootFilesystem"] is True
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        if container["command"][0] == "python3":
            compile(container["command"][2], step, "exec")


def test_production_is_mounted_read_only_and_read_by_the_reader() -> None:
    spec = pod(render("export"))
    (volume,) = [v for v in spec["volumes"] if v["name"] == "data"]
    assert volume["persistentVolumeClaim"] == {
        "claimName": "odoo-data",
        "readOnly": True,
    }
    assert all(
        mount.get("readOnly") is True
        for container in spec["initContainers"] + spec["containers"]
        for mount in container["volumeMounts"]
        if mount["name"] == "data"
    )
    names = {
        value["valueFrom"]["secretKeyRef"]["name"]
        for container in spec["initContainers"] + spec["containers"]
        for value in container["env"]
        if "valueFrom" in value
    }
    assert names == {"postgres-reader", "hosting-hand-over"}


def test_a_copy_of_production_is_neutralized_before_it_is_looked_at() -> None:
    names = [c["name"] for c in pod(render("import"))["initContainers"]]
    assert names == ["fetch", "restore", "neutralize"]
    names = [
        c["name"] for c in pod(render("import", neutralize=False))["initContainers"]
    ]
    assert names == ["fetch", "restore"]


def test_a_pod_goes_where_the_volume_is_in_use() -> None:
    spec = pod(render("swap", nodes={"odoo-data": "node-2"}))
    terms = spec["affinity"]["nodeAffinity"]
    terms = terms["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert terms[0]["matchFields"][0]["values"] == ["node-2"]
    assert "affinity" not in pod(render("swap"))


def test_hand_over_opens_one_port_between_two_jobs() -> None:
    sides = {"source": {"namespace": "host-a", "step": "export"}}
    sides["target"] = {"namespace": "host-b", "step": "import"}
    made = JOBS["host_jobs_hand_over"]({"purpose": "reset"} | sides)
    tokens = {secret["stringData"]["token"] for secret in made["secrets"].values()}
    assert len(tokens) == 1 and len(tokens.pop()) >= 43
    source, target = (policy["spec"] for policy in made["policies"])
    assert (source["policyTypes"], target["policyTypes"]) == (["Ingress"], ["Egress"])
    assert source["ingress"][0]["ports"] == [{"protocol": "TCP", "port": 8070}]
    (peer,) = source["ingress"][0]["from"]
    assert peer["namespaceSelector"]["matchLabels"] == {
        "kubernetes.io/metadata.name": "host-b"
    }
    assert peer["podSelector"] == target["podSelector"]
    again = JOBS["host_jobs_hand_over"]({"purpose": "reset"} | sides)
    assert again["secrets"] != made["secrets"]


def test_only_leftovers_of_the_same_purpose_are_deleted() -> None:
    other = {"name": "b", "job": "backup-production-store"}
    seen = {"jobs": [{"name": "a", "job": "reset-export"}, other]}
    found = JOBS["host_jobs_leftovers"](seen, "host-acme", "reset")
    assert [row["metadata"]["name"] for row in found] == ["a"]


def test_what_a_run_made_is_deleted_in_each_namespace() -> None:
    """Also where it only wrote the token."""
    started = [JOBS["host_jobs_job"]("odoo-export-1", "host-a")]
    places = JOBS["host_jobs_places"]
    assert places(started, {"secrets": {"host-a": {}, "host-b": {}}}) == [
        "host-a",
        "host-b",
    ]
    assert places(started, {}) == ["host-a"] and places([], {}) == []
    own = JOBS["host_jobs_own"](started, "host-a", "reset")
    assert [row["kind"] for row in own] == ["Job", "Secret"]
    assert [
        row["kind"] for row in JOBS["host_jobs_own"](started, "host-b", "reset")
    ] == ["Secret"]


def waited(**changes) -> dict:
    return {"state": "failed", "facts": {}, "failure": None} | changes


ERROR = {"class": "quota", "message": "M", "hint": "H"}
UNPLACED = {"container": "", "reason": "Unschedulable", "message": "m"}
SAID = [
    (waited(state="complete"), ""),
    (
        waited(facts={"checks": {"a": True, "b": False}}),
        "[reset_unsafe] The copy did not pass: b.",
    ),
    (waited(facts={"error": ERROR}), "[quota] M Hint: H"),
    (
        waited(failure={"container": "dump", "reason": "exit 1", "message": "no"}),
        "[reset_unsafe] Step s failed: dump: exit 1: no",
    ),
    (
        waited(state="waiting", failure=UNPLACED),
        "[not_ready] Step s failed (after 9 s): Unschedulable: m",
    ),
    (
        waited(failure={"container": "c", "reason": "ErrImagePull", "message": ""}),
        "[image_pull] Step s failed: c: ErrImagePull",
    ),
]


@pytest.mark.parametrize(("result", "said"), SAID)
def test_what_a_job_says_becomes_the_runs_error(result: dict, said: str) -> None:
    assert JOBS["host_jobs_problem"](result, "s", 9, "reset_unsafe") == said


def test_messages_of_containers_are_merged_and_words_are_none() -> None:
    def ended(name: str, message: str, code: int = 0) -> dict:
        over = {"exitCode": code, "message": message}
        return {"name": name, "state": {"terminated": over}}

    rows = [ended("a", '{"x": 1}'), ended("b", "Traceback …", 1), ended("c", "[1]")]
    pods = [{"status": {"initContainerStatuses": rows, "containerStatuses": []}}]
    assert jobs.facts(pods) == {"x": 1}
    assert jobs.failure({}, pods)["container"] == "b"
    assert jobs.state({"status": {}}, pods) == "waiting"
    assert jobs.state(None, pods) == "failed"


@pytest.mark.parametrize(
    ("checks", "passed"),
    [({"a": True}, True), ({}, False), ({"a": True, "b": False}, False), ({"a": "true"}, False)],
)  # fmt: skip
def test_a_checklist_passes_only_when_each_point_is_true(checks, passed) -> None:
    assert RESET["host_staging_reset_passed"](checks) is passed


def test_the_checklist_of_a_copy_that_failed_is_told() -> None:
    values = {"stage": "import", "verified": None, "checks": {}}
    told = RESET["host_staging_reset_judged"](
        values, {"checks": {"a": False}, "size": {"files": 1}}
    )
    assert told == {
        "stage": "import",
        "verified": False,
        "checks": {"a": False},
        "size": {"files": 1},
    }
    assert RESET["host_staging_reset_judged"](values, {}) == values


def test_only_the_projects_own_production_is_copied() -> None:
    prefix = "hosting.mint-cloud.ch/"
    there = {"name": "host-acme", "annotations": {f"{prefix}owner": "me"}}
    there["labels"] = {f"{prefix}host": "acme.x"}
    refusal = RESET["host_staging_reset_refusal"]
    assert refusal([{"metadata": there}], "me", "acme.x") == ""
    assert "nothing to copy" in refusal([], "me", "acme.x")
    assert refusal([{"metadata": there}], "you", "acme.x")
    assert refusal([{"metadata": there}], "me", "other.x")


def meta(name: str, host: str = "acme.x", **changes) -> dict:
    size = {"dump": 10, "files": 5, "count": 1}
    row = {"id": name, "host": host, "time": "2026-11-01T00:00:00Z", "verified": True}
    return row | {"size": size, "sha256": {"dump": "d", "files": "f"}} | changes


def test_the_oldest_backups_of_the_same_host_go() -> None:
    metas = [meta("3"), meta("2"), meta("1"), meta("0", "acme-stag.x")]
    stay = BACKUP["host_backup_kept"](metas, "acme.x", 2, "4")
    assert stay == ["3", "0", "4"]
    gone = BACKUP["host_backup_dropped"](metas, stay, "host-acme--backup")
    names = [row["metadata"]["name"] for row in gone]
    assert names == ["hosting-backup-2", "hosting-backup-1"]


def test_a_backup_that_did_not_pass_is_not_verified() -> None:
    stored = {"dump": 1, "files": 2, "count": 3, "dump_sum": "a", "files_sum": "b"}
    known = {
        "id": "1",
        "host": "acme.x",
        "environment": "production",
        "project": "acme",
    }
    made = BACKUP["host_backup_meta"]({"stored": stored, "checks": {"x": True}}, known)
    assert made["verified"] is True and made["sha256"] == {"dump": "a", "files": "b"}
    for checks in ({}, {"x": False}):
        facts = {"stored": stored, "checks": checks}
        assert BACKUP["host_backup_meta"](facts, known)["verified"] is False
    index = BACKUP["host_backup_index"](made, "vars", "host-acme--backup")
    assert json.loads(index["data"]["meta"]) == made
    assert BACKUP["host_backup_read"]([index]) == [made]


@pytest.mark.parametrize(
    ("found", "host", "environment", "confirm", "word"),
    [
        ({}, "acme.x", "production", "acme.x", "no such"),
        (meta("1", verified=False), "acme-stag.x", "staging", "", "never verified"),
        (meta("1"), "acme-stag.x", "staging", "", ""),
        (meta("1"), "acme.x", "production", "", "does not name it"),
        (meta("1"), "acme.x", "production", "acme.x", ""),
        (meta("1", "acme-stag.x"), "acme.x", "production", "acme.x", "not acme.x's"),
    ],
)
def test_what_may_be_restored_where(found, host, environment, confirm, word) -> None:
    said = BACKUP["host_backup_refusal"](found, host, environment, confirm)
    assert word in said if word else said == ""


def test_a_host_goes_only_with_a_backup_that_is_young_and_its_own() -> None:
    newest = REMOVE["host_remove_backup"]
    rows = [meta("1"), meta("2", "other.x", time="2026-11-20T00:00:00Z")]
    assert newest(rows, "acme.x", 30, "2026-11-23T05:00:00") == "1"
    assert newest(rows, "acme.x", 10, "2026-11-23T05:00:00+00:00") == ""
    assert (
        newest([meta("1", verified=False)], "acme.x", 30, "2026-11-02T00:00:00") == ""
    )
    assert newest([], "acme.x", 30, "2026-11-02T00:00:00") == ""


def test_an_update_changes_what_is_applied_with_another_text() -> None:
    """A manifest that is new has no data yet; one that is gone had."""
    replaced = filters("host_manifests")["host_manifests_replaced"]
    inventory = {
        "manifests": [{"name": "a", "sha256": "1"}, {"name": "b", "sha256": "2"}]
    }
    same = [*inventory["manifests"], {"name": "c", "sha256": "3"}]
    assert replaced(inventory, same) == []
    assert replaced(inventory, [{"name": "a", "sha256": "9"}]) == ["a", "b"]
    assert replaced({"manifests": []}, same) == []
