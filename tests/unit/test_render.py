"""Templates render once, in a child that can do no harm, and as Ansible renders them."""

import os
from pathlib import Path

import pytest

from tests.unit.role_code import ROLES, module, module_util
from tests.unit.samples import TEMPLATE_VARIABLES as VARIABLES

render = module_util("host_manifests", "render")
ManifestError = module_util("host_manifests", "errors").ManifestError

# Refused although they do no harm elsewhere; those that do: tests/corpora/templates.
REFUSED = {
    "vars": "{{ vars }}",
    "extract": "{{ '__class__' | extract('') }}",
    "undefined": "{{ nothing.__class__ | string }}",
    "from import": "{% from 'os' import popen %}",
    "collection filter": "{{ 'x' | community.general.json_query('y') }}",
    "do statement": "{% do names.append('x') %}",
    "header": "#jinja2: variable_start_string:'[['\n[[ name ]]",
    "nul": "a\0b",
    "unknown variable": "{{ not_there }}",
    "undefined to json": "{{ not_there | to_json }}",
    "syntax": "{% if %}",
    "type": "{{ 'a' + 1 }}",
}


def _one(text, variables=VARIABLES, **limits):
    (result,) = render.render([{"name": "m", "text": text}], variables, limits)
    return result


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_offered_is_refused(name):
    """The message is short and of the right class."""
    result = _one(REFUSED[name])
    assert isinstance(result, ManifestError), result
    assert result.error_class == "invalid_manifest"
    assert len(result.message) < 600


def test_one_that_dies_names_itself_and_spares_its_neighbours():
    """A template that exhausts the CPU costs those behind it, not those before."""
    texts = [
        {"name": "a", "text": "a"},
        {"name": "b", "text": "{{ (10 ** (10 ** 9)) | string | length }}"},
    ]
    before, dead = render.render(texts, VARIABLES, {"cpu": 1})
    assert before == "a"
    assert dead.rule == "limit" and dead.where["manifest"] == "b"


def test_a_missing_variable_and_its_line_are_named():
    """The message says which variable and where, also behind a filter."""
    for text in ("a: 1\nb: {{ odoo_imag }}\n", "a: 1\nb: {{ odoo_imag | to_json }}\n"):
        result = _one(text)
        assert result.rule == "undefined"
        assert "'odoo_imag' is undefined" in result.message
        assert "line 2" in result.message


def test_values_are_not_rendered_a_second_time():
    """Customer text that looks like a template stays text."""
    assert _one("{{ payload }}") == VARIABLES["payload"]


def test_the_child_sees_no_environment():
    """Nothing of Odoo's environment reaches a template, whatever it finds."""
    os.environ["HOSTING_TEST_SECRET"] = "s3cret"
    try:
        assert "s3cret" not in str(_one("{{ name }}{{ nested }}"))
    finally:
        del os.environ["HOSTING_TEST_SECRET"]


def test_the_source_of_the_child_is_a_file_of_the_role():
    """What is sent to the child is what is read here."""
    path = Path(render.__file__).with_name("sandbox.py")
    assert "ImmutableSandboxedEnvironment" in path.read_text()


def test_the_variables_that_a_template_takes_from_outside_are_listed():
    """Loops, macros and what is set inside are not; a literal default is."""
    text = """\
    {% set own = odoo_workers * 2 %}
    {% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}
    {% for name in web_names %}{{ name }}{{ loop.index }}{{ twice(own) }}{% endfor %}
    {{ k8s_namespace }} {{ odoo_image | default("odoo:19") }} {{ d | d(3) | string }}
    {{ range(odoo_workers) | list }} {{ odoo_mail | default(odoo_other) }}
    """
    (names,) = render.list_variables([text])
    assert names == [
        {"name": "d", "default": 3},
        {"name": "k8s_namespace"},
        {"name": "odoo_image", "default": "odoo:19"},
        {"name": "odoo_mail"},
        {"name": "odoo_other"},
        {"name": "odoo_workers"},
        {"name": "web_names"},
    ]


def test_a_template_that_can_not_be_parsed_has_no_variables():
    """Nor does one that dies; their neighbours keep their place."""
    deep = "{{ " + "(" * 50_000 + "x" + ")" * 50_000 + " }}"
    assert render.list_variables(["{{ a }}", "{% if %}", "{{ b }}"]) == [
        [{"name": "a"}],
        [],
        [{"name": "b"}],
    ]
    assert render.list_variables(["{{ a }}", deep])[0] == [{"name": "a"}]


def test_the_shipped_roles_tell_their_defaults():
    """What manifest_check proposes for odoo is what the role says."""
    check = module("host_manifests", "host_manifests_check")
    template = ROLES / "odoo" / "templates" / "k8s_odoo.yaml"
    (names,) = check.variables_of([str(template)], check.role_defaults(ROLES))
    defaults = {row["name"]: row.get("default") for row in names}
    assert defaults["odoo_image"] == "odoo:19" and defaults["odoo_workers"] == 0
    assert "hosting_host" in defaults and defaults["hosting_host"] is None
    assert not [name for name in defaults if name.startswith("postgres_")]
