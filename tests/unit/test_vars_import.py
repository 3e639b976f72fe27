"""What Import accepts of a vars.yml: what the writer writes, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.samples import variables
from tools import vars_file, vars_import

LINES = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"))).filter(
    lambda text: text == text.strip() and len(text.splitlines()) == 1
)
TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"))
VALUES = (
    TEXTS
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.lists(LINES, max_size=5)
)


def read(text: str) -> vars_import.Imported:
    return vars_import.read(text.encode())


@given(st.dictionaries(st.from_regex(r"\Aodoo_[a-z0-9_]{1,20}\Z"), VALUES, max_size=4))
def test_what_is_written_is_read_with_its_types(parameters):
    imported = read(vars_file.dump_vars(variables(**parameters)))
    found = {name: imported.parameters[name] for name in parameters}
    assert repr(found) == repr(dict(parameters))
    assert set(imported.contract) == set(vars_file.CONTRACT_KEYS)


@given(st.binary(max_size=400) | TEXTS.map(str.encode))
def test_random_bytes_are_refused_in_one_sentence(content):
    with pytest.raises(vars_file.InvalidVars):
        vars_import.read(content)


def _with_line(line: str) -> str:
    return vars_file.dump_vars(variables()) + line + "\n"


HOSTILE = {
    "tag": ('"odoo_x": !!python/object/apply:os.system ["id"]', "not allowed"),
    "local tag": ('"odoo_x": !evil "x"', "not allowed"),
    "vault": ('"odoo_x": !vault |\n  $ANSIBLE_VAULT;1.1', "not allowed"),
    "anchor": ('"odoo_x": &a [x]', "Anchors"),
    "alias": ('"odoo_x": *a', "Aliases|no YAML"),
    "merge": ('"<<": {"odoo_x": 1}', "no parameter name|not allowed"),
    "twice": ('"odoo_x": 1\n"odoo_x": 2', "stands twice"),
    "machinery": ('"ansible_connection": "ssh"', "reserved"),
    "become": ('"host_manifests_force": true', "reserved"),
    "decision": ('"manifest_check_files": []', "reserved"),
    "magic": ('"hostvars": {}', "reserved"),
    "method": ('"items": "x"', "reserved"),
    "null": ('"odoo_x": null', "not allowed|neither"),
    "date": ('"odoo_x": 2026-11-23', "not allowed"),
    "float": ('"odoo_x": 1.5', "neither"),
    "infinity": ('"odoo_x": .inf', "neither"),
    "mapping": ('"odoo_x": {"a": "b"}', "neither"),
    "mixed list": ('"odoo_x": ["a", 1]', "in quotes"),
    "list of lines": ('"odoo_x": ["a\\nb"]', "one line"),
    "list of spaces": ('"odoo_x": [" a"]', "one line"),
    "NUL": ('"odoo_x": "a\\0b"', "NUL"),
    "large number": ('"odoo_x": 9223372036854775808', "64 bits"),
    "endless number": ('"odoo_x": ' + "9" * 5000, "can't be read|64 bits"),
    "two documents": ("---\na: 1", "no YAML"),
    "key is a number": ("1: x", "no parameter name|no text"),
    "key is a list": ("? [a]\n: x", "no text|no parameter|no YAML"),
    "deep": ('"odoo_x": ' + "[" * 3000 + "]" * 3000, "YAML|in quotes"),
    "capital": ('"ODOO_X": "x"', "no parameter name"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_line_is_refused(name):
    line, reason = HOSTILE[name]
    with pytest.raises(vars_file.InvalidVars, match=reason):
        read(_with_line(line))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"hosting_host": "other.mint-cloud.test"}, "hosting_host is acme"),
        ({"k8s_namespace": "kube-system"}, "k8s_namespace is host-acme"),
        ({"hosting_environment": "test"}, "production or staging"),
        ({"hosting_state": "gone"}, "running or suspended"),
        ({"hosting_quota": {"cpu": "1"}}, "lacks memory"),
        ({"hosting_quota": []}, "is a mapping"),
        ({"hosting_manifests": {}}, "is a list"),
        ({"hosting_manifests": ["x"]}, "is a mapping"),
        ({"hosting_domains": ["x.example.com"]}, "further names"),
        ({"hosting_project": 7}, "no text"),
    ],
)
def test_the_contract_is_checked_with_the_line_of_its_key(changes, reason):
    text = vars_file.dump_vars(variables(**changes))
    key = next(iter(changes))
    line = next(n for n, row in enumerate(text.splitlines(), 1) if f'"{key}"' in row)
    with pytest.raises(vars_file.InvalidVars, match=reason) as caught:
        read(text)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"Line {line}: ")


def test_a_manifest_has_only_the_keys_of_the_contract():
    entry = {"name": "web", "url": "https://x.example/a", "track": "latest"}
    entry |= {"sha256": "0" * 64, "known": []}
    for change, reason in (
        ({"text": "kind: Pod"}, "has no text"),
        ({"sha256": "../../etc/passwd"}, "is no sha256"),
        ({"track": "newest"}, "latest or pinned"),
        ({"url": 7}, "wrong type"),
    ):
        text = vars_file.dump_vars(variables(hosting_manifests=[entry | change]))
        with pytest.raises(vars_file.InvalidVars, match=reason):
            read(text)
    text = vars_file.dump_vars(variables(hosting_manifests=[entry, entry]))
    with pytest.raises(vars_file.InvalidVars, match="stands twice"):
        read(text)


def test_jobs_are_no_parameter():
    imported = read(vars_file.dump_vars(variables(hosting_jobs=[{"name": "x"}])))
    assert "hosting_jobs" in imported.contract
    assert "hosting_jobs" not in imported.parameters


def test_a_file_is_bounded():
    many = {f"odoo_{number}": 1 for number in range(vars_import.MAXIMUM_PARAMETERS + 1)}
    with pytest.raises(vars_file.InvalidVars, match="More than"):
        read(vars_file.dump_vars(variables(**many)))
    with pytest.raises(vars_file.InvalidVars, match="larger than"):
        vars_import.read(b"#" * (vars_import.MAXIMUM_BYTES + 1))
