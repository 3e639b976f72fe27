"""Whatever a file holds, the parsers answer with text, objects or a refusal; never a crash."""

import json
import random
import time

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.corpora.policy import POLICY, gate
from tests.integration.light import MANIFEST
from tests.unit.role_code import module_util
from tests.unit.samples import TEMPLATE_VARIABLES as VARIABLES
from tests.unit.test_corpus_manifests import ACCEPTED, HOST

download = module_util("host_manifests", "download")
lines = module_util("host_manifests", "lines")
render = module_util("host_manifests", "render")
ManifestError = module_util("host_manifests", "errors").ManifestError

MANY = [300, pytest.param(10_000, marks=pytest.mark.full)]
SECONDS = 5
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large]
# What YAML reads specially, so that random texts get past its first character.
WORDS = "- ? : , [ ] { } # & * ! | > ' \" % @ ` --- ... << ~ !!map !!int 0x1 1e3 .inf"
YAML_TEXTS = st.lists(
    st.sampled_from([*WORDS.split(), " ", "  ", "\n", "\n  ", "\t", "a", "b: ", "=\n"])
    | st.text(max_size=4),
    max_size=40,
).map("".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
JINJA = (
    "{{ }} {% %} {# #} {%- -%} if else endif for in endfor set endset macro endmacro"
)
JINJA += " ( ) [ ] | . , = ~ + ** // 'a' \"b\" 1 -1 name nothing range loop self"
JINJA += (
    " default( to_json d(1) is defined not none [::] block filter raw endraw call\n"
)


def real_documents():
    """Return the documents of real manifests, as Python objects."""
    entries = [{"name": name, "text": text} for name, (_, text) in ACCEPTED.items()]
    return [
        document
        for text in render.render(entries, HOST)
        for document in yaml.safe_load_all(text)
        if document
    ]


def places(value, path=()):
    """Yield the paths of all values in a document, the document itself first."""
    yield path
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in steps:
        if isinstance(inner, (dict, list)):
            yield from places(inner, (*path, key))
        else:
            yield (*path, key)


def changed(document, path, value):
    """Return a copy of a document with one value replaced."""
    if not path:
        return value
    copy = json.loads(json.dumps(document, default=str))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return copy


def judge(text):
    """Put a text through the gate as a run does; it answers in time, and to the point."""
    started = time.monotonic()
    objects, problems = gate.check_all([("m", text)], POLICY)
    lines.locate(problems, text, text)
    rows = [problem.as_row() for problem in problems]
    assert time.monotonic() - started < SECONDS
    assert all(row["rule"] and row["message"] for row in rows)
    assert all(isinstance(obj, dict) for obj in objects["m"])


def search(strategy, examples, check):
    """Try a check on so many examples, the same ones each time."""
    options = {"max_examples": examples, "deadline": None, "derandomize": True}
    settings(suppress_health_check=CHECKS, **options)(given(strategy)(check))()


@pytest.mark.parametrize("examples", MANY)
def test_random_bytes_are_text_or_refused(examples):
    def check(body):
        try:
            judge(download.as_text(body))
        except ManifestError as error:
            assert error.rule == "encoding"

    search(st.binary(max_size=200), examples, check)


@pytest.mark.parametrize("examples", MANY)
def test_random_yaml_is_read_or_refused(examples):
    search(YAML_TEXTS, examples, judge)


@pytest.mark.parametrize("examples", MANY)
def test_a_real_manifest_with_any_value_anywhere_is_judged(examples):
    """A list where a mapping belongs, a number for a text: nothing but a refusal."""
    documents = real_documents()
    assert len(documents) >= 30
    spots = [(document, path) for document in documents for path in places(document)]

    def check(case):
        (document, path), value = case
        judge(yaml.safe_dump(changed(document, path, value), allow_unicode=True))

    search(st.tuples(st.sampled_from(spots), VALUES), examples, check)


@pytest.mark.parametrize("examples", MANY)
def test_random_templates_are_rendered_or_refused(examples):
    """Each has an outcome of its own, in one child process."""
    chance = random.Random(20)
    words = JINJA.split(" ")
    texts = [
        " ".join(chance.choices(words, k=chance.randint(1, 12)))
        for _ in range(examples)
    ]
    # A template that is sound may be spoiled at one place, too.
    for number in range(0, examples, 3):
        cut = chance.randrange(len(MANIFEST))
        texts[number] = MANIFEST[:cut] + texts[number] + MANIFEST[cut:]
    rendered = refused = 0
    for start in range(0, examples, 500):
        batch = [{"name": "m", "text": text} for text in texts[start : start + 500]]
        for outcome in render.render(batch, VARIABLES):
            if isinstance(outcome, str):
                rendered += 1
            else:
                assert isinstance(outcome, ManifestError) and outcome.message
                assert "Traceback" not in outcome.message
                refused += 1
    assert rendered + refused == examples and rendered and refused
