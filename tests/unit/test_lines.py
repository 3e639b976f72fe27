"""A refusal of the check names the line of the template, not of what was rendered."""

import pytest

from tests.corpora.policy import POLICY, gate
from tests.unit.role_code import module_util

lines = module_util("host_manifests", "lines")
render = module_util("host_manifests", "render")

TEMPLATE = """\
{# a comment of
   two lines #}
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
{% for key in keys %}
  {{ key }}: "x"
{% endfor %}
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  type: NodePort
  ports:
    - port: 80
"""
KEYS = {"keys": [f"k{number}" for number in range(30)]}


def found(template, variables):
    """Return (rule, line of the template, message) of each refusal."""
    (text,) = render.render([{"name": "m", "text": template}], variables)
    problems = gate.check_all([("m", text)], POLICY)[1]
    lines.locate(problems, template, text)
    return [
        (row["rule"], row["line"], row["message"])
        for row in (problem.as_row() for problem in problems)
    ]


def line_of(template, words):
    """Return the number of the line that holds these words."""
    return 1 + next(
        number for number, line in enumerate(template.splitlines()) if words in line
    )


def test_a_loop_before_it_does_not_move_the_line():
    assert [row[:2] for row in found(TEMPLATE, KEYS)] == [
        ("service_type", line_of(TEMPLATE, "NodePort"))
    ]


@pytest.mark.parametrize("count", [1, 7])
def test_what_is_no_yaml_names_the_templates_line(count):
    template = TEMPLATE.replace("  selector: {app: web}", "  selector: *web")
    ((rule, line, message),) = found(template, {"keys": KEYS["keys"][:count]})
    assert (rule, line) == ("alias", line_of(template, "*web"))
    assert message.startswith(f"line {line}: ")


def test_what_an_expression_made_is_looked_for_near_it():
    template = TEMPLATE.replace('"x"', '"{{ value }}"').replace("NodePort", "ClusterIP")
    template = template.replace("  name: web\ndata", "  name: {{ name }}\ndata")
    row = found(template, KEYS | {"name": "Not-Valid", "value": "1"})
    assert [entry[:2] for entry in row] == [("name", line_of(template, "{{ name }}"))]


def test_a_template_error_keeps_its_own_line():
    (error,) = render.render([{"name": "m", "text": TEMPLATE}], {})
    assert error.as_row()["line"] == line_of(TEMPLATE, "for key")


def test_a_very_long_template_is_refused_without_a_line():
    template = "\n" * (lines.MAX_LINES + 1) + TEMPLATE
    assert [row[1] for row in found(template, KEYS)] == [None]
