"""A backup's download: who gets it, how often, what arrives, and what reaches its pod."""

import contextlib
import functools
import hashlib
import http.client
import io
import os
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests import flows
from tests.unit.role_code import filters
from tests.unit.test_copies import meta, pod, render
from tests.unit.test_network_policies import fences

BACKUP, JOBS = filters("host_backup"), filters("host_jobs")
TOKEN, WAY, PORT = "canary-token-of-a-download", "0a1b2c3d", 8070
PARTS = {
    "vars.yml": b"a: 1\n",
    "SHA256SUMS": b"0  dump\n",
    "dump": os.urandom(3_000_001),
    "files.tar": b"",
}


@functools.cache
def rendered() -> dict:
    """Return the container of a download's Job."""
    (container,) = pod(render("download"))["containers"]
    return container


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Server:
    """The download's own program, as its container runs it."""

    def __init__(self, folder: Path, seconds: int = 60):
        self.port = free_port()
        container = rendered()
        values = {row["name"]: row["value"] for row in container["env"]}
        values |= {"FOLDER": str(folder), "SECONDS": str(seconds)}
        values |= {"TOKEN_SHA256": BACKUP["host_backup_sha256"](TOKEN)}
        program = container["command"][2].replace(f'"", {PORT}', f'"", {self.port}')
        command = [sys.executable, "-c", program]
        self.process = subprocess.Popen(command, env=values)
        assert TOKEN not in str(container) and TOKEN not in str(values)

    def ask(self, method: str, path: str = f"/{WAY}", **form: str):
        """Return status, headers and body of an answer."""
        connection = self.connect()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, urlencode(form), kind)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def connect(self) -> http.client.HTTPConnection:
        """Return a connection, as soon as the program listens."""
        for _ in range(200):
            with contextlib.suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, 20)
                connection.connect()
                return connection
            time.sleep(0.05)
        raise AssertionError("it does not listen")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A backup as it lies on its volume."""
    folder = tmp_path / "20261123-041500-ab12cd"
    folder.mkdir()
    for name, content in PARTS.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    """The program with that backup."""
    server = Server(folder)
    yield server
    server.process.kill()
    server.process.wait()


def test_a_look_gives_nothing_away_and_ends_nothing(server: Server) -> None:
    for _ in range(3):
        status, _headers, body = server.ask("GET")
        assert status == 200 and len(body) < 200
    assert server.ask("GET", "/")[0] == server.ask("POST", "/", token=TOKEN)[0] == 404
    assert server.process.poll() is None


def test_without_the_token_there_is_nothing(server: Server) -> None:
    for token in ("", "x", TOKEN[:-1], TOKEN + "x", "\x00", "ü"):
        status, _headers, body = server.ask("POST", token=token)
        assert status == 403 and len(body) < 200
    assert server.process.poll() is None


def test_it_is_given_whole_and_once(server: Server, folder: Path) -> None:
    status, headers, body = server.ask("POST", token=TOKEN + "\n")
    assert status == 200 and int(headers["Content-Length"]) == len(body)
    name = f'filename="acme.mint-cloud.test-{folder.name}'[:40]
    assert name in headers["Content-Disposition"]
    assert headers["Cache-Control"] == "no-store"
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        assert tar.getnames() == [f"{folder.name}/{part}" for part in PARTS]
        found = [tar.extractfile(member).read() for member in tar.getmembers()]
    assert found == list(PARTS.values())
    assert server.process.wait(20) == 0


def test_a_transfer_that_broke_off_may_be_repeated(server: Server, folder) -> None:
    (folder / "dump").write_bytes(b"x" * 30_000_000)
    broken = server.connect()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    broken.request("POST", f"/{WAY}", urlencode({"token": TOKEN}), kind)
    half = broken.getresponse()  # the connection lives as long as this
    half.read(1000)
    assert server.ask("POST", token=TOKEN)[0] == 409
    half.close()
    for _ in range(100):
        status, headers, body = server.ask("POST", token=TOKEN)
        if status == 200:
            break
        time.sleep(0.1)
    assert int(headers["Content-Length"]) == len(body) > 30_000_000
    assert server.process.wait(20) == 0


def test_nobody_came(folder: Path) -> None:
    server = Server(folder, seconds=1)
    assert server.process.wait(20) == 0


def test_what_is_made_for_it_goes_with_its_job() -> None:
    objects = render("download")
    assert [obj["kind"] for obj in JOBS["host_jobs_first"](objects)] == ["Job"]
    job = {"kind": "Job", "metadata": {"name": "odoo-download-0a1b2c3d", "uid": "u"}}
    for applied in (job, {"results": [{"result": job}]}):
        owned = JOBS["host_jobs_owned"](objects, applied)
        assert [obj["kind"] for obj in owned] == ["Service", "Ingress"]
        for obj in owned:
            (owner,) = obj["metadata"]["ownerReferences"]
            assert (owner["kind"], owner["uid"]) == ("Job", "u")
    store = JOBS["host_jobs_first"](render("store"))
    assert {obj["kind"] for obj in store} == {"Job", "PersistentVolumeClaim"}


def test_only_the_ingress_controller_reaches_it_and_nothing_else_there() -> None:
    """Nor any other Job in the namespace of backups."""
    space = "host-acme--backup"
    peers = [{"namespaceSelector": {"matchLabels": {flows.NAME: "traefik"}}}]
    found = fences(namespace=space, ingress_peers=[])
    policies = [obj for obj in found if obj["kind"] == "NetworkPolicy"]
    policies.append(BACKUP["host_backup_way_in"](space, peers))
    label = f"{BACKUP['host_backup_download_label']('staging')}-download"
    target = flows.End("10.244.1.9", space, {"hosting.mint-cloud.ch/job": label})
    other = {"hosting.mint-cloud.ch/job": "backup-production-store"}
    store = flows.End("10.244.1.8", space, other)
    web = (flows.WEB, flows.STRANGER, flows.POD, flows.DEFAULT)
    assert flows.allowed(policies, flows.TRAEFIK, target, "TCP", 8070)
    assert not flows.allowed(policies, flows.TRAEFIK, target, "TCP", 22)
    assert not flows.allowed(policies, flows.TRAEFIK, store, "TCP", 8070)
    assert not any(flows.allowed(policies, end, target, "TCP", 8070) for end in web)
    closed = BACKUP["host_backup_way_in"](space, [])
    assert closed["spec"]["ingress"] == []


@pytest.mark.parametrize(
    ("found", "host", "word"),
    [
        ({}, "acme.x", "no such"),
        (meta("1", verified=False), "acme.x", "never verified"),
        (meta("1"), "acme-stag.x", "acme.x's"),
        (meta("1"), "acme.x", ""),
    ],
)
def test_what_is_handed_out_to_whom(found, host, word) -> None:
    said = BACKUP["host_backup_withheld"](found, host)
    assert word in said if word else said == ""


def test_what_is_told_of_it_holds_no_token() -> None:
    cluster = {"issuer": "letsencrypt", "address": "2001:db8::1"}
    host = BACKUP["host_backup_name"]("acme", "mint-cloud.test")
    knock = BACKUP["host_backup_knock"](host, WAY, cluster, "/ca.pem")
    assert knock["url"] == f"https://acme--backup.mint-cloud.test/{WAY}"
    assert f"{host}:443:[2001:db8::1]:443" in knock["argv"]
    told = BACKUP["host_backup_offer"](meta("1"), knock["url"], 900)
    assert told["size"] == 15 and told["until"] > time.strftime("%Y-%m-%dT")
    token = BACKUP["host_backup_new_token"]("")
    assert len(token) >= 43 and token != BACKUP["host_backup_new_token"]("")
    sha256 = hashlib.sha256(token.encode()).hexdigest()
    assert BACKUP["host_backup_sha256"](token) == sha256
