"""Positive controls: a hostile template in plain Jinja or in Ansible's own engine.

Each runs in a forked child with limits, so that what exhausts a machine exhausts that.
"""

import copy
import json
import os
import re
import resource
from collections.abc import Callable, Mapping
from typing import Any

import jinja2
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template

MEMORY = 900 * 2**20
CPU = 2
MAX_TEXT = 4 * 2**20
INTERNALS = re.compile(
    r"<(class|function|module|built-in|bound|code|method|slot|jinja2|frame|Macro|\w+\.\w+)|"
    r"object at 0x|__builtins__|functools\.|partial\("
)


def jinja(text: str, variables: Mapping[str, Any], _folder: str) -> str:
    """Return what plain Jinja makes of a template."""
    return jinja2.Environment().from_string(text).render(variables)


def ansible(text: str, variables: Mapping[str, Any], folder: str) -> str:
    """Return what ansible.builtin.template makes of a file in ``folder``."""
    loader = DataLoader()
    loader.set_basedir(folder)
    templar = Templar(loader=loader, variables=dict(variables))
    templar = templar.copy_with_new_env(searchpath=[folder])
    overrides = {"trim_blocks": True, "lstrip_blocks": False}
    return templar.template(
        trust_as_template(text), escape_backslashes=False, overrides=overrides
    )


ENGINES: dict[str, Callable[..., str]] = {"jinja": jinja, "ansible": ansible}


def prepare() -> None:
    """Let Ansible find its collections, once, before children are forked."""
    if not getattr(prepare, "done", False):
        init_plugin_loader()
        prepare.done = True


def run(engine: str, text: str, variables: Mapping[str, Any], folder: str) -> dict:
    """Return what a template does in an engine.

    :return: dict of text, error, mutated (it changed a variable) and exhausted (it ran
        into the limits of memory, CPU seconds or characters)
    """
    prepare()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _child(writing, engine, text, variables, folder)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        answer = stream.read()
    _, status, _ = os.wait4(child, 0)
    if status or not answer:
        return {"text": "", "error": "killed", "mutated": False, "exhausted": True}
    return json.loads(answer)


def _child(
    writing: int, engine: str, text: str, variables: Mapping, folder: str
) -> None:
    """Render within limits, write the outcome and end without returning."""
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        used = int(resource.getrusage(resource.RUSAGE_SELF).ru_utime) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (used + CPU, used + CPU))
        outcome = json.dumps(_outcome(engine, text, variables, folder)).encode()
        with os.fdopen(writing, "wb") as stream:
            stream.write(outcome)
        os._exit(0)
    finally:
        os._exit(1)


def _outcome(engine: str, text: str, variables: Mapping, folder: str) -> dict:
    own = copy.deepcopy(dict(variables))
    rendered, error = "", None
    try:
        rendered = str(ENGINES[engine](text, own, folder))
    except Exception as caught:
        error = caught
    return {
        "text": rendered[:100_000],
        "error": repr(error)[:500] if error else None,
        "mutated": own != variables,
        "exhausted": len(rendered) > MAX_TEXT or _of_memory(error),
    }


def _of_memory(error: BaseException | None) -> bool:
    while error:
        if isinstance(error, MemoryError) or "MemoryError" in repr(error):
            return True
        error = error.__cause__ or error.__context__
    return False
