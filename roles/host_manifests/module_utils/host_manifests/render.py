"""Render manifests once, in a child process that can do no harm (see sandbox.py)."""

import inspect
import json
import subprocess
import sys
import threading

from ansible.module_utils.host_manifests import sandbox
from ansible.module_utils.host_manifests.errors import INVALID, ManifestError

LIMITS = {"memory": 512 * 2**20, "cpu": 5, "wall": 15, "output": 4 * 2**20}


def render(manifests, variables, limits=None):
    """Return the rendered text of each manifest, in order.

    :param manifests: list of ``{"name", "text"}``
    :param variables: plain dict of what the templates may use
    :return: list of str or ManifestError, one per manifest
    """
    limits = LIMITS | (limits or {})
    results = [None] * len(manifests)
    waiting = []
    for index, manifest in enumerate(manifests):
        results[index] = refuse_text(manifest["text"])
        if results[index] is None:
            waiting.append(index)
    lines = run_child([manifests[i]["text"] for i in waiting], variables, limits)
    for position, index in enumerate(waiting):
        line = lines[position] if position < len(lines) else None
        results[index] = as_result(line)
    for manifest, result in zip(manifests, results, strict=True):
        if isinstance(result, ManifestError):
            result.where["manifest"] = manifest["name"]
    return results


def list_variables(texts):
    """Return the variables that each text uses, as ``[{"name", "default" (if literal)}]``.

    Nothing is rendered: the child only parses. A text that can't be parsed has none.
    """
    lines = run_child(texts, {}, LIMITS, task="names")
    lines += [{}] * (len(texts) - len(lines))
    return [line.get("names", []) for line in lines]


def refuse_text(text):
    """Return a ManifestError for a text that is not even tried, else None."""
    if "\0" in text:
        return problem("nul", "the text holds a NUL character")
    if text.lstrip("\ufeff").startswith("#jinja2:"):
        return problem("header", "a #jinja2: header changes the template's own syntax")
    return None


def problem(rule, message, line=None):
    """Return a refusal of the render stage."""
    if line:
        message = f"line {line}: {message}"
    return ManifestError(INVALID, rule, message, line=line, stage="render", path="")


def as_result(line):
    """Return the text of one line of the child's answer, or why there is none."""
    if line is None:
        return problem("limit", "rendering took too much time or memory")
    if "text" in line:
        return line["text"]
    return problem(line["rule"], line["message"], line["line"])


def run_child(texts, variables, limits, task="render"):
    """Return the child's answers, as many as it lived to give."""
    if not texts:
        return []
    request = {"task": task, "limits": limits, "variables": variables, "texts": texts}
    child = subprocess.Popen(
        [sys.executable, "-I", "-c", inspect.getsource(sandbox)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,
    )
    alarm = threading.Timer(limits["wall"], child.kill)
    alarm.start()
    try:
        return converse(child, json.dumps(request), limits["output"] * 8 * len(texts))
    finally:
        alarm.cancel()
        child.kill()
        child.wait()


def converse(child, request, max_answer):
    """Send the request and return the parsed lines of a bounded answer."""
    try:
        with child.stdin as stdin:
            stdin.write(request.encode())
    except BrokenPipeError:
        return []
    answer = child.stdout.read(max_answer)
    lines = []
    for line in answer.splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            break
    return lines
