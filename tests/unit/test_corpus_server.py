"""A hostile web server gets 20 s and 512 MiB of nobody, with the limits as they are set."""

import json
import os
import subprocess
import sys
import time

import pytest

from tests.corpora import sampled
from tests.lab.paths import CHECKOUT
from tests.unit.hostile_server import start
from tests.unit.test_download import HOSTILE_ANSWERS

CHILD = """
import json, sys
from tests.unit.role_code import module_util
download = module_util("host_manifests", "download")
try:
    text = download.fetch(sys.argv[1], json.loads(sys.argv[2]))
    print(json.dumps({"text": len(text)}))
except download.ManifestError as error:
    print(json.dumps({"rule": error.rule, "class": error.error_class}))
"""
# What is cut off by the clock alone; the rest takes no time.
SLOW = ["hang", "slow", "slow_headers"]
QUICK = [path for path in HOSTILE_ANSWERS if path not in SLOW]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Yield the hostile server."""
    running = start(tmp_path_factory.mktemp("server"))
    yield running
    running.shutdown()


@pytest.mark.parametrize("path", [*sampled(QUICK, 6), *sampled(SLOW, 1)])
def test_an_answer_costs_little(server, path, tmp_path):
    """Refused by its rule within 20 s, below 512 MiB, and no file appears."""
    limits = {"networks": ["127.0.0.0/8"], "ports": [server.server_port]}
    limits["ca_file"] = server.ca_file
    url = f"https://127.0.0.1:{server.server_port}/{path}"
    command = [sys.executable, "-c", CHILD, url, json.dumps(limits)]
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)}
    environment["PYTHONPATH"] = str(CHECKOUT)
    started = time.monotonic()
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, cwd=tmp_path, env=environment
    )
    answer = json.loads(child.stdout.read())
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    # Two seconds more for the start of Python on a busy machine.
    assert time.monotonic() - started < 22
    assert usage.ru_maxrss < 512 * 1024, "KiB"
    assert answer == {"rule": HOSTILE_ANSWERS[path], "class": "manifest_unreachable"}
    assert list(tmp_path.iterdir()) == []
