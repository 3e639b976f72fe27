"""vars.yml: exact, inert, strict. Ansible's own reading is in tests/contract."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.samples import variables
from tools import vars_file

TEXTS = st.text(st.characters(exclude_categories=("Cs",)))
VALUES = st.recursive(
    TEXTS
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=("Cs",)), max_size=80).filter(
                lambda k: not set(k) & set("{%#")
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(VALUES)
def test_every_value_comes_back_with_its_type(value):
    text = vars_file.dump_vars(variables(odoo_x=value))
    assert text.isascii()
    assert repr(vars_file.load_vars(text)["odoo_x"]) == repr(value)


def test_the_file_starts_with_the_command_by_hand():
    lines = vars_file.dump_vars(variables()).splitlines()
    assert lines[1] == (
        "#   ansible-playbook playbooks/apply.yml -i acme.mint-cloud.test, -e @vars.yml"
    )
    assert lines[2] == '"hosting_schema": 1'


@pytest.mark.parametrize(
    "name",
    [
        "", "Odoo", "1x", "a-b", "a.b", "x" * 64, "odoo_image\n", "ansible_connection",
        "ansible", "hosting_x", "host_x", "hosts_x"[:4], "k8s_namespace2", "manifest_x",
        "cluster_x", "hostvars", "groups", "update", "items", "get", "environment",
        "inventory_hostname", "omit", "class", "lookup", "vars", None, 7,
    ],
)  # fmt: skip
def test_dangerous_parameter_names_are_refused(name):
    with pytest.raises(vars_file.InvalidVars):
        vars_file.check_parameter_name(name)


@pytest.mark.parametrize("name", ["odoo_image", "postgres_version", "web_text", "x"])
def test_ordinary_parameter_names_pass(name):
    vars_file.check_parameter_name(name)


def test_a_job_list_stands_after_the_manifests_and_may_be_absent():
    """A host without Jobs has no such key; an empty list is none, too."""
    jobs = [{"purpose": "reset", "name": "odoo-jobs", "url": "https://x/y"}]
    text = vars_file.dump_vars(variables(hosting_jobs=jobs))
    keys = [line.split('"')[1] for line in text.splitlines() if line.startswith('"')]
    assert keys[keys.index("hosting_manifests") + 1] == "hosting_jobs"
    assert vars_file.load_vars(text)["hosting_jobs"] == jobs
    assert "hosting_jobs" not in vars_file.load_vars(vars_file.dump_vars(variables()))


@pytest.mark.parametrize(
    "value",
    [
        None,
        float("nan"),
        float("inf"),
        object(),
        b"x",
        "\ud800",
        {1: 2},
        {"{{x}}": 1},
        {"k" * 1024: 1},
    ],
)
def test_values_without_a_form_are_refused(value):
    with pytest.raises(vars_file.InvalidVars):
        vars_file.dump_vars(variables(odoo_x=value))


def test_a_missing_contract_key_is_named():
    incomplete = variables()
    del incomplete["hosting_owner"]
    with pytest.raises(vars_file.InvalidVars, match="hosting_owner"):
        vars_file.dump_vars(incomplete)


@pytest.mark.parametrize(
    ("addition", "says"),
    [
        ('"odoo_x": 1\n"odoo_x": 2\n', "stands twice"),
        ("odoo_x: &a 1\n", "Anchors"),
        ("odoo_x: 2020-01-01\n", "timestamp"),
        ("odoo_x: !vault x\n", "!vault"),
        ("odoo_x: !!python/object/apply:os.system ['id']\n", "python"),
        ("odoo_x: null\n", "null"),
        ("odoo_x: {<<: {a: 1}}\n", "merge"),
        ("odoo_x: {yes: 1}\n", "quotes"),
        ('odoo_x: !unsafe "123"\n', "without template markers"),
        ("---\nodoo_x: 1\n", "another document"),
        ("odoo_x: [\n", "no YAML"),
        ("ansible_python_interpreter: /tmp/x\n", "reserved"),
        ("hosting_extra: 1\n", "reserved"),
    ],
)
def test_import_refuses_with_the_line(addition, says):
    text = vars_file.dump_vars(variables())
    with pytest.raises(vars_file.InvalidVars, match=says) as refused:
        vars_file.load_vars(text + addition)
    assert refused.value.line > text.count("\n")


@pytest.mark.parametrize("text", ["", "[]", "just words", "a: 1", "[" * 5000])
def test_import_refuses_what_is_no_variables_file(text):
    with pytest.raises(vars_file.InvalidVars):
        vars_file.load_vars(text)


def test_import_refuses_another_schema():
    text = vars_file.dump_vars(variables())
    with pytest.raises(vars_file.InvalidVars, match="another version"):
        vars_file.load_vars(text.replace('"hosting_schema": 1', '"hosting_schema": 2'))
