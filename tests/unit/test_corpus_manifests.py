"""Hostile manifests are refused, each for its own reason; ordinary ones go through."""

import json
import os
import time

import pytest
import yaml

from tests.corpora import cases
from tests.corpora.manifests import HOSTILE
from tests.corpora.manifests.build import config_map
from tests.corpora.policy import POLICY, gate
from tests.unit.role_code import module_util
from tests.unit.samples import variables

render = module_util("host_manifests", "render")
ACCEPTED = cases("manifests/accepted/web.txt", "manifests/accepted/data.txt")
HOST = variables(
    hosting_domains=["www.acme.example"], odoo_image="odoo:19", workers=2, db_host="db"
)


def assert_refused(name):
    """Raise AssertionError unless the gate refuses a case, and for its own rule."""
    rule, text = HOSTILE[name]
    objects, problems = gate.check_text(text, POLICY, "m")
    assert rule in {problem.rule for problem in problems}, problems
    assert objects == [] or "---" in text, "beside a good document"
    assert all(problem.where["manifest"] == "m" for problem in problems)
    json.dumps([problem.as_row() for problem in problems])


def test_the_sets_are_large():
    """At least a hundred hostile ones of many rules, at least thirty ordinary ones."""
    assert len(HOSTILE) >= 100 and len({rule for rule, _ in HOSTILE.values()}) >= 30
    assert len(ACCEPTED) >= 30


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_manifest_is_refused_for_its_reason(name):
    """The expected rule is among the problems, and no object comes out."""
    assert_refused(name)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_manifest_costs_little(name):
    """Within 20 s and 512 MiB, measured in a process of its own (with this one's memory)."""
    started = time.monotonic()
    child = os.fork()
    if not child:
        gate.check_text(HOSTILE[name][1], POLICY, "m")
        os._exit(0)
    _, status, usage = os.wait4(child, 0)
    assert status == 0
    assert time.monotonic() - started < 20
    assert usage.ru_maxrss < 512 * 1024, "KiB"


@pytest.mark.parametrize("field", ["name", "namespace", "uid"])
def test_a_refusal_of_a_long_text_is_short(field):
    """A manifest can't fill logs and records with its own words."""
    key = "x" * 10**6 if field == "uid" else field
    text = config_map(metadata=f"{key}: {'x' * 10**6}")
    (problem, *_) = gate.check_text(text.replace("  name: x\n", ""), POLICY)[1]
    assert len(json.dumps(problem.as_row())) < 2000


def test_with_a_gate_that_accepts_everything_each_case_fails(monkeypatch):
    """It is the gate's rules that refuse them, not an accident of reading."""
    monkeypatch.setattr(gate, "load_documents", lenient)
    monkeypatch.setattr(gate, "check_document", lambda document, policy: [])
    for name in HOSTILE:
        with pytest.raises(Exception):  # noqa: B017  also what can't be read or written
            assert_refused(name)


@pytest.mark.parametrize("check", ["check_document", "load_documents"])
def test_half_a_gate_is_not_enough(check, monkeypatch):
    """Without the rules of objects, or those of texts, many cases come through."""
    stub = {"check_document": lambda document, policy: [], "load_documents": lenient}
    monkeypatch.setattr(gate, check, stub[check])
    missed = 0
    for name in HOSTILE:
        try:
            assert_refused(name)
        except Exception:
            missed += 1
    assert missed >= 30


def lenient(text):
    """Return the documents of a text as an ordinary reader does."""
    documents = yaml.load_all(
        text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    )
    return [
        (number, document) for number, document in enumerate(documents, 1) if document
    ]


@pytest.fixture(scope="module")
def rendered():
    """Return the text of each ordinary manifest, filled in for a host."""
    texts = [{"name": name, "text": text} for name, (_, text) in ACCEPTED.items()]
    return dict(zip(ACCEPTED, render.render(texts, HOST), strict=True))


@pytest.mark.parametrize("name", ACCEPTED)
def test_an_ordinary_manifest_is_accepted(name, rendered):
    """Kinds of operators only where the administrator's list has them."""
    words, _ = ACCEPTED[name]
    further = words[0].split() if words else []
    policy = POLICY | {"kinds": POLICY["kinds"] + further}
    assert isinstance(rendered[name], str), rendered[name]
    by_manifest, problems = gate.check_all([(name, rendered[name])], policy)
    assert [problem.as_row() for problem in problems] == []
    assert {obj["metadata"]["namespace"] for obj in by_manifest[name]} == {"host-acme"}
    if further:
        refused = gate.check_text(rendered[name], POLICY)[1]
        assert {problem.rule for problem in refused} == {"kind"}
