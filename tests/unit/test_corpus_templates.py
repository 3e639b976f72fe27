"""Hostile templates do their harm elsewhere and none here; ordinary ones are Ansible's."""

import http.server
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.corpora import cases, engines, sampled
from tests.unit.role_code import module_util
from tests.unit.samples import TEMPLATE_VARIABLES as VARIABLES

render = module_util("host_manifests", "render")
ManifestError = module_util("host_manifests", "errors").ManifestError

CANARY = "canary-7f3a91"
# What Ansible's engine knows beside a host's own variables.
MACHINERY = {
    "neighbour_password": CANARY,
    "hostvars": {"other.mint-cloud.test": {"password": CANARY}},
}
HOSTILE = cases(
    "templates/hostile_ansible.txt",
    "templates/hostile_jinja.txt",
    "templates/hostile_large.txt",
)
ORDINARY = cases("templates/ordinary.txt")
LARGE = [name for name, (words, _) in HOSTILE.items() if words[1] == "exhaust"]
SMALL = [name for name in HOSTILE if name not in LARGE]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a secret, a program and a web server, and the canary's path."""
    folder = tmp_path_factory.mktemp("hostile")
    secret, mark, script = folder / "secret", folder / "mark", folder / "kustomize"
    secret.write_text(f"[canary]\ntoken={CANARY}\n")
    (folder / "macros").write_text("{% macro text() %}" + CANARY + "{% endmacro %}")
    script.write_text(f"#!/bin/sh\ntouch {mark}\n")
    script.chmod(0o700)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Secret)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    words = {"MARK": mark, "SECRET": secret, "SCRIPT": script, "FOLDER": folder}
    words["URL"] = f"http://127.0.0.1:{server.server_port}/"
    os.environ["HOSTING_CANARY"] = CANARY
    yield SimpleNamespace(folder=folder, mark=mark, words=words)
    del os.environ["HOSTING_CANARY"]
    server.shutdown()


class _Secret(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        """Answer with the secret."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(CANARY.encode())

    def log_message(self, *args):
        """Stay silent."""


def text_of(name, place):
    """Return a hostile template with its places filled in."""
    text = HOSTILE[name][1]
    for word, value in place.words.items():
        text = text.replace(word, str(value))
    return text


def harm(outcome, place):
    """Return which kinds of harm were done, and undo the canary."""
    text = outcome["text"]
    found = {
        "touch": place.mark.exists(),
        "read": CANARY in text,
        "probe": "LEAKED" in text,
        "inside": bool(engines.INTERNALS.search(text)),
        "mutate": outcome["mutated"],
        "exhaust": outcome["exhausted"],
    }
    place.mark.unlink(missing_ok=True)
    return {kind for kind, done in found.items() if done}


def control(name, place):
    """Return the harm that a template does where it can."""
    engine, _ = HOSTILE[name][0]
    variables = VARIABLES | (MACHINERY if engine == "ansible" else {})
    outcome = engines.run(engine, text_of(name, place), variables, str(place.folder))
    return harm(outcome, place), outcome


def assert_no_harm(result, place):
    """Raise AssertionError unless a template was refused, or its text is inert."""
    refused = isinstance(result, ManifestError)
    text = result.message if refused else result
    outcome = {"text": text, "mutated": False, "exhausted": len(text) > 4 * 2**20}
    # A refusal may name the type that it refuses, and no more of it.
    assert harm(outcome, place) <= ({"inside"} if refused else set()), text
    if refused:
        assert result.error_class == "invalid_manifest" and len(text) < 600


class Measured(subprocess.Popen):
    """A child process that leaves its peak memory, in MiB, in ``peaks``."""

    peaks = []

    def poll(self):
        """Leave the end of the process to ``wait``."""
        return self.returncode

    def wait(self, timeout=None):
        """Wait for the end, however long it takes."""
        if self.returncode is None:
            _, status, usage = os.wait4(self.pid, 0)
            self.returncode = os.waitstatus_to_exitcode(status)
            self.peaks.append(usage.ru_maxrss / 1024)
        return self.returncode


def test_the_set_is_large_and_of_every_kind():
    """At least a hundred, and each kind of harm in numbers."""
    kinds = [words[1] for words, _ in HOSTILE.values()]
    assert len(HOSTILE) >= 100
    assert {"touch", "read", "probe", "inside", "mutate", "exhaust"} == set(kinds)
    assert min(kinds.count(kind) for kind in set(kinds)) >= 15


@pytest.mark.parametrize("name", sampled(SMALL, 24))
def test_a_small_one_does_its_harm_elsewhere(name, place):
    """The positive control: in plain Jinja or Ansible's engine the harm is done."""
    done, outcome = control(name, place)
    assert HOSTILE[name][0][1] in done, outcome


@pytest.mark.parametrize("name", sampled(LARGE, 4))
def test_a_large_one_exhausts_another_engine(name, place):
    """The positive control of what uses up memory, time or room."""
    assert "exhaust" in control(name, place)[0]


def test_every_small_one_is_refused_or_inert_here(place):
    """All in one child: nothing is touched, read, told or changed."""
    texts = [{"name": name, "text": text_of(name, place)} for name in SMALL]
    texts.append(
        {"name": "after", "text": "{{ names | to_json }} {{ nested | to_json }}"}
    )
    started = time.monotonic()
    *results, after = render.render(texts, VARIABLES)
    assert time.monotonic() - started < 20
    for name, result in zip(SMALL, results, strict=True):
        assert isinstance(result, str) or result.where["manifest"] == name
        assert_no_harm(result, place)
    wanted = f"{json.dumps(VARIABLES['names'])} {json.dumps(VARIABLES['nested'])}"
    assert after == wanted, "a template changed what the next one sees"
    refused = [result for result in results if isinstance(result, ManifestError)]
    assert len(refused) >= 0.9 * len(SMALL)


@pytest.mark.parametrize("name", sampled(LARGE, 4))
def test_a_large_one_ends_in_time_and_memory(name, place, monkeypatch):
    """Refused within 20 s and 512 MiB, and it costs its neighbour before it nothing."""
    monkeypatch.setattr(subprocess, "Popen", Measured)
    texts = [{"name": "a", "text": "a"}, {"name": name, "text": text_of(name, place)}]
    started = time.monotonic()
    before, result = render.render(texts, VARIABLES)
    assert time.monotonic() - started < 20
    assert Measured.peaks.pop() < 512
    assert before == "a"
    assert isinstance(result, ManifestError) and result.where["manifest"] == name
    assert_no_harm(result, place)


@pytest.fixture(scope="module")
def by_ansible(tmp_path_factory, request):
    """Return what ansible.builtin.template writes for each template that is asked for."""
    folder = tmp_path_factory.mktemp("templates")
    items = [i for i in request.session.items if "playbooks_file" in i.name]
    asked = {item.callspec.params["name"] for item in items}
    names = [name for name in ORDINARY if name in asked]
    texts = [ORDINARY[name][1] for name in names]
    for number, text in enumerate(texts):
        (folder / f"{number}.j2").write_text(text)
    template = {
        "src": f"{folder}/{{{{ item }}}}.j2",
        "dest": f"{folder}/{{{{ item }}}}",
    }
    task = {"ansible.builtin.template": template, "loop": list(range(len(texts)))}
    play = {
        "hosts": "all",
        "connection": "local",
        "gather_facts": False,
        "tasks": [task],
    }
    (folder / "play.yml").write_text(json.dumps([play]))
    # The values are data of others: without the mark Ansible would render them again.
    values = VARIABLES | {"payload": {"__ansible_unsafe": VARIABLES["payload"]}}
    (folder / "vars.json").write_text(json.dumps(values))
    command = [Path(sys.executable).with_name("ansible-playbook"), "-i", "localhost,"]
    command += ["-e", f"@{folder}/vars.json", f"{folder}/play.yml"]
    command += ["-e", f"ansible_python_interpreter={sys.executable}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    written = [(folder / str(number)).read_text() for number in range(len(texts))]
    return dict(zip(names, written, strict=True))


@pytest.fixture(scope="module")
def by_us():
    """Return what our child process renders for each ordinary template."""
    texts = [{"name": name, "text": text} for name, (_, text) in ORDINARY.items()]
    return dict(zip(ORDINARY, render.render(texts, VARIABLES), strict=True))


def test_the_ordinary_set_is_large():
    """At least sixty."""
    assert len(ORDINARY) >= 60


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_template_equals_ansibles_engine(name, by_us, tmp_path):
    """Byte for byte what Ansible's template engine makes of it."""
    engines.prepare()
    text = ORDINARY[name][1]
    # Ansible makes a number of a text that is one; a file has its digits.
    assert by_us[name] == str(engines.ansible(text, VARIABLES, str(tmp_path)))


@pytest.mark.parametrize("name", sampled(ORDINARY, 8))
def test_an_ordinary_template_equals_a_playbooks_file(name, by_ansible, by_us):
    """Byte for byte what a task ansible.builtin.template writes, all in one playbook."""
    assert by_us[name] == by_ansible[name]
