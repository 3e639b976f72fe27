"""Find the template's line for a refusal of what was rendered from it.

The check sees the rendered text only; authors see their template. Lines that both have
are matched, and what a loop or an expression made belongs to the lines between them.
"""

import difflib
import re

import yaml
from ansible.module_utils.host_manifests.strict_yaml import Loader

# Beyond that the comparison takes longer than a check may.
MAX_LINES = 2000


def locate(problems, template, rendered):
    """Give each problem that has none the line of the template that it is about.

    :param problems: list of Problem, changed in place (``where["line"]``, from 1)
    :param template: text before rendering
    :param rendered: text in which the problems were found
    """
    if not problems or max(template.count("\n"), rendered.count("\n")) > MAX_LINES:
        return
    origin = _origins(template.splitlines(), rendered.splitlines())
    # What is no strict YAML says its line itself and is not read a second time.
    known = any("rendered_line" in problem.where for problem in problems)
    documents = {} if known else _documents(rendered)
    for problem in problems:
        node = documents.get(problem.where.get("document"))
        seen = problem.where.get("rendered_line")
        line = origin.get(seen or _find(node, problem.where.get("path", "")))
        if line:
            problem.where["line"] = line
            problem.message = re.sub(
                rf"\Aline {seen}: ", f"line {line}: ", problem.message
            )


def _origins(template, rendered):
    """Return rendered line → template line, both from 1."""
    matcher = difflib.SequenceMatcher(
        None,
        [line.strip() for line in template],
        [line.strip() for line in rendered],
        autojunk=False,
    )
    found = {}
    for _tag, start, end, first, last in matcher.get_opcodes():
        for offset in range(last - first):
            nearest = min(start + offset, max(start, end - 1), len(template) - 1)
            found[first + offset + 1] = nearest + 1
    return found


def _documents(rendered):
    """Return the documents as nodes that know their lines; none if it is no YAML."""
    try:
        nodes = list(yaml.compose_all(rendered, Loader=Loader))
    except yaml.YAMLError:
        return {}
    return dict(enumerate(nodes, 1))


def _find(node, path):
    """Return the line of the deepest node of a path like ``spec.containers[0].image``."""
    line = node.start_mark.line + 1 if node else None
    for token in re.findall(r"[^.\[\]]+", path):
        node, mark = _step(node, token)
        if mark is None:
            break
        line = mark.line + 1
    return line


def _step(node, token):
    """Return the child of a node and where its key stands; ``(None, None)`` if none."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == token:
                return value, key.start_mark
    if isinstance(node, yaml.SequenceNode) and token.isdigit():
        if int(token) < len(node.value):
            return node.value[int(token)], node.value[int(token)].start_mark
    return None, None
