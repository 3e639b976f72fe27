"""Templates render once, in a child that can do no harm, and as Ansible renders them."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.unit.role_code import module_util

render = module_util("host_manifests", "render")
ManifestError = module_util("host_manifests", "errors").ManifestError

VARIABLES = {
    "k8s_namespace": "host-acme",
    "name": "acme",
    "flag": True,
    "off": False,
    "none": None,
    "number": 3,
    "ratio": 1.5,
    "names": ["b", "a", "c"],
    "nested": {"z": 1, "a": {"x": [1, 2]}},
    "payload": "{{ 7 * 7 }}{% raw %}",
}

# Each would read, write, run or exhaust something in plain Jinja or in Ansible.
HOSTILE = {
    "lookup pipe": "{{ lookup('pipe', 'touch MARK') }}",
    "lookup file": "{{ lookup('file', '/etc/passwd') }}",
    "lookup env": "{{ lookup('env', 'HOME') }}",
    "lookup url": "{{ lookup('url', 'https://192.0.2.1/') }}",
    "lookup template": "{{ lookup('template', '/etc/passwd') }}",
    "lookup password": "{{ lookup('password', 'MARK') }}",
    "query": "{{ query('pipe', 'touch MARK') }}",
    "q": "{{ q('pipe', 'touch MARK') }}",
    "hostvars": "{{ hostvars }}",
    "vars": "{{ vars }}",
    "class": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "globals by format": "{{ '{0.__globals__}'.format(range) }}",
    "format map": "{{ '{x.__class__}'.format_map({'x': 1}) }}",
    "attr filter": "{{ ''|attr('__class__') }}",
    "map attribute": "{{ [''] | map(attribute='__class__') | list | first | string }}",
    "extract": "{{ '__class__' | extract('') }}",
    "cycler": "{{ cycler.__init__.__globals__.os.popen('touch MARK').read() }}",
    "lipsum": "{{ lipsum.__globals__['os'].popen('touch MARK').read() }}",
    "joiner": "{{ joiner.__init__.__globals__.os.system('touch MARK') }}",
    "namespace init": "{{ namespace.__init__.__globals__ }}",
    "self": "{{ self._TemplateReference__context.environment }}",
    "undefined": "{{ nothing.__class__ | string }}",
    "import": "{% import '/etc/passwd' as x %}{{ x }}",
    "include": "{% include '/etc/passwd' %}",
    "include relative": "{% include '../../etc/passwd' %}",
    "extends": "{% extends '/etc/passwd' %}",
    "from import": "{% from 'os' import popen %}",
    "fileglob": "{{ '/etc/*' | fileglob }}",
    "expandvars": "{{ '$HOME' | expandvars }}",
    "expanduser": "{{ '~' | expanduser }}",
    "realpath": "{{ '/proc/self' | realpath }}",
    "unvault": "{{ '/etc/passwd' | unvault }}",
    "pprint": "{{ range | pprint }}",
    "is exists": "{{ '/etc/passwd' is exists }}",
    "is file": "{{ '/etc/shadow' is file }}",
    "is abs": "{{ '/etc' is directory }}",
    "collection filter": "{{ 'x' | community.general.json_query('y') }}",
    "builtin name": "{{ 'x' | ansible.builtin.fileglob }}",
    "do statement": "{% do names.append('x') %}",
    "mutate list": "{{ names.append('x') }}",
    "mutate dict": "{{ nested.update({'a': 1}) }}",
    "range": "{{ range(10 ** 7) | list | length }}",
    "memory": "{{ 'x' * 900000000 }}",
    "memory by format": "{{ '%900000000d' % 1 }}",
    "power": "{{ (10 ** (10 ** 9)) | string | length }}",
    "output": "{% for i in range(90000) %}{{ 'x' * 1000 }}{% endfor %}",
    "regex": "{{ ('a' * 40 + '!') | regex_search('^(a+)+$') }}",
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


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_template_is_refused_or_inert(name, tmp_path, monkeypatch):
    """No file is made, nothing of the machine shows, and it ends in time."""
    monkeypatch.setenv("HOME", "/secret-home")
    mark = tmp_path / "mark"
    started = time.monotonic()
    result = _one(HOSTILE[name].replace("MARK", str(mark)))
    assert time.monotonic() - started < 18
    assert not mark.exists()
    assert isinstance(result, ManifestError), result
    assert result.error_class == "invalid_manifest"
    assert "root:" not in str(result) and "secret-home" not in str(result)
    assert len(result.message) < 600


def test_plain_jinja_would_have_done_it(tmp_path):
    """The same text in plain Jinja reaches the system: the corpus can bite."""
    from jinja2 import Template

    mark = tmp_path / "mark"
    Template(HOSTILE["lipsum"].replace("MARK", str(mark))).render()
    assert mark.exists()


def test_one_that_dies_names_itself_and_spares_its_neighbours():
    """A template that exhausts the CPU costs those behind it, not those before."""
    texts = [{"name": "a", "text": "a"}, {"name": "b", "text": HOSTILE["power"]}]
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


ORDINARY = [
    "plain text\n",
    "{{ name }}",
    "{{ flag }} {{ off }} {{ number }} {{ ratio }}\n\n",
    "a: {{ none }}|\n",
    "{% if flag %}\nyes\n{% endif %}\nend\n",
    "  {% for n in names %}\n  - {{ n }}\n  {% endfor %}\n",
    "{%- for n in names -%}\n{{ n }}\n{%- endfor -%}\n",
    "{{ nested | to_json }} {{ name | to_json }} {{ flag | to_json }}",
    "{{ nested | to_nice_json }}",
    "{{ nested | to_yaml }}",
    "{{ nested | to_nice_yaml(indent=2) | indent(4) }}",
    "{{ names | sort | join(',') }} {{ names | first }} {{ names | length }}",
    "{{ missing | default('x') }} {{ missing | d(3) }}",
    "{{ name | b64encode }} {{ name | b64encode | b64decode }}",
    "{{ name | hash('sha256') }} {{ name | to_uuid }}",
    "{{ 'a-b' | regex_replace('-', '_') }} {{ 'ab12' | regex_search('[0-9]+') }}",
    "{{ {'a': 1} | combine({'b': 2}) | dict2items | to_json }}",
    "{{ flag | ternary('yes', 'no') }} {{ 'yes' | bool }}",
    "{{ names | map('upper') | select('ne', 'A') | list | to_json }}",
    "{{ name | quote }} {{ 'a b' | quote }}",
    "{{ [1, [2, [3]]] | flatten | sum }} {{ [1, 2] | union([3]) | list }}",
    "{% set ns = namespace(x=0) %}{% for n in [1] %}{% set ns.x = n + 1 %}{% endfor %}{{ ns.x }}",
    "{% macro m(a) %}<{{ a }}>{% endmacro %}{{ m('x') }}",
    "{# comment #}x{% raw %}{{ raw }}{% endraw %}\n",
    "{{ '1.2.3' is version('1.2', '>') }} {{ names is contains('a') }} {{ 'ab' is match('a') }}",
    "{{ range(3) | list }} {{ dict(a=1) }}",
    "{{ 'a,b' | split(',') | to_json }} {{ '/a/b.c' | basename }} {{ 'x' | upper ~ 1 }}",
    "{{ nested.a.x[1] }} {{ nested['z'] }} {{ names[-1] }} {{ names[1:] }}",
    "{{ 10 // 3 }} {{ 10 % 3 }} {{ 2 ** 8 }} {{ 7 | pow(2) }} {{ 'x' in name }}",
    "{{ 'https://a.b/c?d=1' | urlsplit('hostname') }}\n",
]


@pytest.fixture(scope="module")
def by_ansible(tmp_path_factory):
    """Return what ansible.builtin.template writes for each ordinary template."""
    directory = tmp_path_factory.mktemp("templates")
    for number, text in enumerate(ORDINARY):
        (directory / f"{number}.j2").write_text(text)
    task = {
        "ansible.builtin.template": {
            "src": f"{directory}/{{{{ item }}}}.j2",
            "dest": f"{directory}/{{{{ item }}}}",
        },
        "loop": list(range(len(ORDINARY))),
    }
    play = {
        "hosts": "all",
        "connection": "local",
        "gather_facts": False,
        "tasks": [task],
    }
    (directory / "play.yml").write_text(json.dumps([play]))
    # The values are data of others: without the mark Ansible would render them again.
    values = VARIABLES | {"payload": {"__ansible_unsafe": VARIABLES["payload"]}}
    (directory / "vars.json").write_text(json.dumps(values))
    command = [Path(sys.executable).with_name("ansible-playbook"), "-i", "localhost,"]
    command += ["-e", f"@{directory}/vars.json", f"{directory}/play.yml"]
    command += ["-e", f"ansible_python_interpreter={sys.executable}"]
    subprocess.run(command, check=True, cwd=directory, capture_output=True)
    return [(directory / str(number)).read_text() for number in range(len(ORDINARY))]


@pytest.fixture(scope="module")
def by_us():
    """Return what our child process renders for each ordinary template."""
    return render.render([{"name": "m", "text": text} for text in ORDINARY], VARIABLES)


@pytest.mark.parametrize("number", range(len(ORDINARY)), ids=ORDINARY)
def test_an_ordinary_template_equals_ansibles_engine(number, by_ansible, by_us):
    """Byte for byte what ansible.builtin.template would write."""
    assert by_us[number] == by_ansible[number]


def test_the_source_of_the_child_is_a_file_of_the_role():
    """What is sent to the child is what is read here."""
    path = Path(render.__file__).with_name("sandbox.py")
    assert "ImmutableSandboxedEnvironment" in path.read_text()
