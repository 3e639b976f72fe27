"""The pod that hands a copy over: each request is answered, the last one too."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.unit.test_copies import pod, render

TOKEN = "only-one-of-them"
# A busy machine, told in one line: the answer's headers leave a second late.
SLOW = (
    "import http.server, time\n"
    "_end = http.server.BaseHTTPRequestHandler.end_headers\n"
    "def _late(self):\n"
    "    time.sleep(1)\n"
    "    _end(self)\n"
    "http.server.BaseHTTPRequestHandler.end_headers = _late\n"
)


@pytest.fixture
def served(tmp_path: Path):
    """Run the shipped script on a small copy, slowly; yield its address and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (serve,) = pod(render("export", port=port))["containers"]
    (tmp_path / "files/ab").mkdir(parents=True)
    (tmp_path / "files/ab/one").write_text("one")
    (tmp_path / "dump").write_text("dump")
    places = {"DUMP": str(tmp_path / "dump"), "FILES": str(tmp_path / "files")}
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW + serve["command"][2]],
        env=os.environ | places | {"TOKEN": TOKEN},
    )
    yield f"http://127.0.0.1:{port}", process
    process.kill()
    process.wait()


def get(address: str, name: str, token: str = TOKEN) -> bytes:
    """Ask as the other pod does; the server may need a moment to be there."""
    headers = {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"{address}/{name}", headers=headers)
    for _ in range(50):
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.read()
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError):
                raise
            time.sleep(0.1)
    raise AssertionError("the server did not start")


def test_a_whole_hand_over_ends_with_an_answer_and_the_servers_end(served) -> None:
    address, process = served
    assert json.loads(get(address, "about")) == {"dump": 4, "files": 3, "count": 1}
    assert get(address, "dump") == b"dump"
    assert b"ab/one" in get(address, "files")
    assert set(json.loads(get(address, "sums"))) >= {"dump_sum", "files_sum"}
    assert get(address, "done") == b""
    assert process.wait(timeout=5) == 0


def test_a_copy_is_given_once_and_to_nobody_else(served) -> None:
    address, _ = served
    for name, token, status in (
        ("dump", "another", 403),
        ("etc/passwd", TOKEN, 410),
        ("dump", TOKEN, None),
        ("dump", TOKEN, 410),
    ):
        if status is None:
            assert get(address, name, token)
            continue
        with pytest.raises(urllib.error.HTTPError) as refused:
            get(address, name, token)
        assert refused.value.code == status
