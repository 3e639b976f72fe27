"""The child process that renders manifests. Its source is sent to ``python -I -c``.

Untrusted templates meet Ansible's filters here, but not Ansible's engine: no lookups,
no loader, no file, a capped ``range``, and limits of memory, time and file size that
the process sets on itself before it reads the first template.
Stands alone: it imports nothing of this package.
"""

import functools
import json
import resource
import sys

FILTERS_ANSIBLE = (
    "b64decode b64encode basename bool checksum combine comment commonpath dict2items "
    "dirname extract flatten from_json from_yaml from_yaml_all groupby hash items2dict "
    "mandatory md5 normpath password_hash path_join quote regex_escape regex_findall "
    "regex_replace regex_search sha1 split splitext subelements ternary to_json "
    "to_nice_json to_nice_yaml to_uuid to_yaml type_debug difference human_readable "
    "human_to_bytes intersect log pow product rekey_on_member root symmetric_difference "
    "union unique zip zip_longest urldecode urlsplit"
).split()
FILTERS_JINJA = (
    "abs batch capitalize count d default dictsort filesizeformat first float indent int "
    "items join last length list lower map max min reject rejectattr replace reverse "
    "round select selectattr slice sort string sum title tojson trim truncate upper "
    "urlencode wordcount wordwrap"
).split()
TESTS_ANSIBLE = (
    "all any falsy truthy match search regex version version_compare contains subset "
    "superset issubset issuperset nan isnan"
).split()
TESTS_JINJA = (
    "!= < <= == > >= boolean defined divisibleby eq equalto even false float ge gt "
    "greaterthan in integer iterable le lessthan lower lt mapping ne none number odd "
    "sameas sequence string true undefined upper"
).split()
MAX_RANGE = 100_000


def limit_resources(limits):
    """Cap address space, CPU time, file size and processes of this process."""
    memory = limits["memory"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu"], limits["cpu"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def capped_range(*args):
    """Return ``range`` of at most MAX_RANGE steps."""
    steps = range(*args)
    if len(steps) > MAX_RANGE:
        raise ValueError(f"range() has more than {MAX_RANGE} steps")
    return steps


def ansible_plugins():
    """Return Ansible's own filters and tests as two dicts."""
    from ansible.plugins.filter import core, mathstuff, urls, urlsplit
    from ansible.plugins.test import core as test_core
    from ansible.plugins.test import mathstuff as test_mathstuff

    filters, tests = {}, {}
    for module in (core, mathstuff, urls, urlsplit):
        filters |= module.FilterModule().filters()
    for module in (test_core, test_mathstuff):
        tests |= module.TestModule().tests()
    return filters, tests


def naming(function):
    """Return a filter that names an undefined variable before it fails on its type."""
    from jinja2 import Undefined

    @functools.wraps(function)
    def filter_(value=None, *args, **kwargs):
        if isinstance(value, Undefined):
            str(value)
        return function(value, *args, **kwargs)

    return filter_


def build_environment():
    """Return the Jinja environment that renders as ``ansible.builtin.template`` does."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from jinja2.utils import Namespace

    env = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        trim_blocks=True,
        finalize=lambda value: "" if value is None else value,
    )
    filters, tests = ansible_plugins()
    env.filters = {name: env.filters[name] for name in FILTERS_JINJA}
    for name in FILTERS_ANSIBLE:
        known = name in ("mandatory", "type_debug", "extract")
        env.filters[name] = filters[name] if known else naming(filters[name])
    env.tests = {name: env.tests[name] for name in TESTS_JINJA}
    env.tests |= {name: tests[name] for name in TESTS_ANSIBLE}
    env.globals = {"range": capped_range, "dict": dict, "namespace": Namespace}
    return env


def template_line(error):
    """Return the line of the template that an exception came from, if known."""
    line = getattr(error, "lineno", None)
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def describe(error):
    """Return rule and message of an exception, short and without a traceback."""
    name = type(error).__name__
    rules = {
        "UndefinedError": "undefined",
        "TemplateSyntaxError": "syntax",
        "TemplateAssertionError": "not_allowed",
        "SecurityError": "not_allowed",
        "MemoryError": "limit",
        "OverflowError": "limit",
        "RecursionError": "limit",
    }
    text = str(error) or name
    if "no loader for this environment" in text:
        return "not_allowed", "include, import and extends are not available"
    return rules.get(name, "failed"), text[:500]


def render_one(env, text, variables, max_output):
    """Return the rendered text; raises whatever the template raises."""
    parts, size = [], 0
    for part in env.from_string(text).generate(variables):
        size += len(part)
        if size > max_output:
            raise MemoryError(f"the rendered text exceeds {max_output} characters")
        parts.append(part)
    return with_newlines_of(text, "".join(parts))


def with_newlines_of(template, rendered):
    """Return the rendered text with the newlines at the template's end, as Ansible keeps them."""
    wanted = len(template) - len(template.rstrip("\n"))
    there = len(rendered) - len(rendered.rstrip("\n"))
    return rendered + "\n" * max(0, wanted - there)


def used_names(env, text):
    """Return the variables that a template takes from outside, with literal defaults.

    ``[{"name"}]`` or ``[{"name", "default"}]`` where the template itself has
    ``default(…)`` with a literal, sorted by name.
    """
    from jinja2 import meta, nodes

    tree = env.parse(text)
    found = {name: {"name": name} for name in meta.find_undeclared_variables(tree)}
    for node in tree.find_all(nodes.Filter):
        literal = node.args and isinstance(node.args[0], nodes.Const)
        if node.name in ("d", "default") and literal:
            name = getattr(node.node, "name", None)
            found.get(name, {}).setdefault("default", node.args[0].value)
    return [found[name] for name in sorted(found) if name not in env.globals]


def names_of(env, text):
    """Return the answer for one text whose variables are asked for: ``{"names"}``."""
    try:
        return {"names": used_names(env, text)}
    except Exception:  # one that can't be parsed: the check says why
        return {"names": []}


def answer(env, text, variables, max_output):
    """Return one manifest's outcome: ``{"text"}`` or ``{"rule", "message", "line"}``."""
    try:
        return {"text": render_one(env, text, variables, max_output)}
    except Exception as error:  # a template may raise anything; all of it is its own
        rule, message = describe(error)
        return {"rule": rule, "message": message, "line": template_line(error)}


def main():
    """Read ``{"task", "limits", "variables", "texts"}`` from stdin, write a JSON line per text."""
    request = json.load(sys.stdin)
    env = build_environment()
    limit_resources(request["limits"])
    for text in request["texts"]:
        if request["task"] == "names":
            outcome = names_of(env, text)
        else:
            limit = request["limits"]["output"]
            outcome = answer(env, text, request["variables"], limit)
        print(json.dumps(outcome), flush=True)


if __name__ == "__main__":
    main()
