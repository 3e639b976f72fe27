"""What every role promises: specification, defaults, tag, README, task names."""

import re
from pathlib import Path

import pytest
import yaml

from tests.unit.role_code import module

ROOT = Path(__file__).parents[2]
ROLES = sorted(path for path in (ROOT / "roles").iterdir() if path.is_dir())
# The other roles are manifests: a template and its variables.
MACHINERY = [role for role in ROLES if role.name.startswith(("host_", "cluster_"))]
PLAYBOOKS = sorted((ROOT / "playbooks").glob("*.yml"))
TYPES = {"str": str, "path": str, "int": int, "bool": bool, "list": list, "dict": dict}


def _yaml(path):
    return yaml.safe_load(path.read_text()) or {}


def _options(role):
    return _yaml(role / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_defaults_agree_with_the_specification(role):
    """The same names and the same values; what is required has no default."""
    options = _options(role)
    stated = {
        name: spec["default"] for name, spec in options.items() if "default" in spec
    }
    assert _yaml(role / "defaults/main.yml") == stated
    for name, spec in options.items():
        assert not (spec.get("required") and "default" in spec), name


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_each_option_has_a_type_that_its_default_is_of(role):
    """A bool is no int; a template may stand for any type."""
    for name, spec in _options(role).items():
        assert spec.get("description"), name
        default = spec.get("default")
        if default is None or (isinstance(default, str) and default.startswith("{{")):
            continue
        assert type(default) is TYPES[spec["type"]], name


@pytest.mark.parametrize("role", MACHINERY, ids=lambda role: role.name)
def test_own_variables_carry_the_roles_name(role):
    """``<role>_x``; host_validate describes vars.yml itself."""
    if role.name != "host_validate":
        assert all(name.startswith(f"{role.name}_") for name in _options(role))


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_each_variable_is_explained_in_the_readme(role):
    """A README that is there and true."""
    text = (role / "README.md").read_text()
    assert [name for name in _options(role) if name not in text] == []


@pytest.mark.parametrize("role", MACHINERY, ids=lambda role: role.name)
def test_the_table_of_contents_carries_the_roles_tag(role):
    """Each entry of main.yml, and nothing else stands there."""
    for task in _yaml(role / "tasks/main.yml"):
        assert task["tags"] == [role.name]
        assert {"ansible.builtin.import_tasks", "ansible.builtin.include_tasks"} & set(
            task
        )


def _tasks(path):
    for task in _yaml(path):
        yield task
        for section in ("block", "rescue", "always"):
            yield from task.get(section, [])


K8S_TASKS = [
    pytest.param(task, id=f"{path.parent.parent.name}/{task['name']}")
    for role in MACHINERY
    for path in sorted((role / "tasks").glob("*.yml"))
    for task in _tasks(path)
    if any(key.startswith("kubernetes.core.") for key in task)
]


@pytest.mark.parametrize("task", K8S_TASKS)
def test_each_call_of_the_api_server_has_a_time_limit(task):
    """A server that hangs must not hang the run."""
    assert "timeout" in task


@pytest.mark.parametrize("task", K8S_TASKS)
def test_tasks_that_carry_secrets_are_not_logged(task):
    """Objects of manifests may be Secrets, too."""
    text = str(task)
    if "Secret" in text or "__host_manifests_objects }}" in text or "missing" in text:
        assert task.get("no_log") is True


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.name)
def test_each_playbook_shows_its_command(path):
    """In its first lines, with its own name."""
    head = path.read_text().partition("- name:")[0]
    assert f"ansible-playbook playbooks/{path.name}" in head


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.name)
def test_the_operators_guide_knows_each_playbook(path):
    """With every flag that it takes."""
    assert f"`{path.name}`" in (ROOT / "playbooks/README.md").read_text()


def test_decisions_of_one_run_stand_in_the_operators_guide():
    """A closed list: what isn't there, nobody can pass."""
    guide = (ROOT / "playbooks/README.md").read_text()
    for name in (
        "host_namespace_adopt host_manifests_adopt host_manifests_overwrite "
        "host_manifests_force host_manifests_prune_data"
    ).split():
        assert re.search(rf"`{name}`", guide), name


def test_group_vars_agree_with_the_roles():
    """The administrator's file names variables that exist, with their defaults."""
    settings = _yaml(ROOT / "playbooks/group_vars/all/main.yml")
    known = {}
    for role in ROLES:
        known |= _yaml(role / "defaults/main.yml")
    assert {name: known.get(name, "unknown") for name in settings} == settings


MODULES = sorted((ROOT / "roles").glob("*/library/*.py"))


def _documented(options):
    return {
        name: (
            option.get("type", "str"),
            option.get("required", False),
            option.get("default"),
        )
        for name, option in options.items()
    }


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_documentation_of_a_module_is_what_it_takes(path):
    """ansible-doc shows each option with its type and default, nested ones too."""
    loaded = module(path.parent.parent.name, path.stem)
    documented = yaml.safe_load(loaded.DOCUMENTATION)["options"]
    taken = getattr(loaded, "SPEC", None) or loaded.OPTIONS
    assert _documented(documented) == _documented(taken)
    for name, option in taken.items():
        if "options" in option:
            inner = documented[name]["suboptions"]
            assert _documented(inner) == _documented(option["options"])
    assert yaml.safe_load(loaded.EXAMPLES) and yaml.safe_load(loaded.RETURN)
