"""A proxy between Ansible and the API server that spoils the k-th call.

It ends TLS with the lab's own server certificate and asks the real API server with what
the caller sent. Faults: 401, 403, 429, 500, 503 (answered by the proxy), ``reset``
(closed before the API server is asked), ``lost`` (asked, then closed: the answer is
lost), ``delay`` (slow) and ``hang`` (no answer at all).
"""

import http.client
import json
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from . import pki
from .credentials import write_private
from .identity import Lab
from .rest import Api

REASONS = {
    401: "Unauthorized",
    403: "Forbidden",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
}
_HOP = {"connection", "transfer-encoding", "keep-alive", "content-length"}


@dataclass
class Plan:
    """Which calls are spoiled, and how.

    ``first`` counts from 1, among the calls whose ``METHOD path`` matches ``only``.
    ``seconds`` is how long a delayed call waits, ``latency`` what every call waits.
    """

    fault: str = ""
    first: int = 1
    times: int = 1
    only: str = ""
    seconds: float = 0.0
    latency: float = 0.0
    seen: list[str] = field(default_factory=list)
    spoiled: list[str] = field(default_factory=list)

    def judge(self, call: str) -> str:
        """Note a call and return the fault that it gets, or an empty text."""
        if not re.search(self.only, call):
            return ""
        self.seen.append(call)
        number = len(self.seen) - self.first
        if not (self.fault and 0 <= number < self.times):
            return ""
        self.spoiled.append(call)
        return self.fault


class FaultProxy:
    """A running proxy; ``plan`` may be replaced at any time."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.upstream = Api(lab.kubeconfig)
        self.plan = Plan()
        self.lock = threading.Lock()
        self.stopped = threading.Event()
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.proxy = self
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        keys = pki.directory(lab)
        tls.load_cert_chain(keys / "server.pem", keys / "server.key")
        self.server.socket = tls.wrap_socket(
            self.server.socket, server_side=True, do_handshake_on_connect=False
        )
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.folder = folder
        self.kubeconfig = self.kubeconfig_like(lab.kubeconfig)

    def kubeconfig_like(self, source: Path) -> Path:
        """Write a copy of a kubeconfig that asks this proxy; return where it lies."""
        address = f"server: https://127.0.0.1:{self.server.server_port}"
        path = self.folder / f"proxy-{source.name}"
        write_private(path, re.sub(r"server: \S+", address, source.read_text()))
        return path

    def judge(self, call: str) -> str:
        """Count a call; the fault for it."""
        with self.lock:
            return self.plan.judge(call)

    def stop(self) -> None:
        """Let go of hanging calls and close."""
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def running(lab: Lab, folder: Path) -> Iterator[FaultProxy]:
    """Run a proxy for a while."""
    proxy = FaultProxy(lab, folder)
    try:
        yield proxy
    finally:
        proxy.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    proxy: FaultProxy

    def handle_error(self, request, client_address) -> None:
        """Stay silent about callers that go away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    upstream: http.client.HTTPSConnection | None = None

    def handle_any(self) -> None:
        """Read one call and answer it, spoil it or both."""
        proxy = self.server.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = proxy.judge(f"{self.command} {self.path}")
        if fault.isdigit():
            return self._answer_status(int(fault))
        if fault == "hang":
            proxy.stopped.wait(600)
        if fault in ("hang", "reset"):
            return self._reset()
        time.sleep(proxy.plan.latency + (proxy.plan.seconds if fault == "delay" else 0))
        status, headers, answer = self._ask(body)
        if fault == "lost":
            return self._reset()
        return self._answer(status, headers, answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any

    def log_message(self, *_arguments) -> None:
        """Stay silent."""

    def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        api = self.server.proxy.upstream
        if self.upstream is None:
            self.upstream = http.client.HTTPSConnection(
                api.server.hostname, api.server.port, context=api.tls, timeout=60
            )
        sent = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
        self.upstream.request(self.command, self.path, body, sent)
        answer = self.upstream.getresponse()
        content = answer.read()
        kept = [(k, v) for k, v in answer.getheaders() if k.lower() not in _HOP]
        return answer.status, kept, content

    def _answer_status(self, code: int) -> None:
        path = self.path.partition("?")[0]
        place = re.search(r"/([a-z]+)/([^/]+)\Z", path)
        what = f'{place[1]} "{place[2]}" ' if place else ""
        told = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code}
        told |= {
            "reason": REASONS[code],
            "message": f"{what}is {REASONS[code].lower()}",
        }
        headers = [("Content-Type", "application/json")]
        self._answer(code, headers, json.dumps(told).encode())

    def _answer(self, code: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(code)
        for key, value in headers:
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _reset(self) -> None:
        """Close with a reset instead of an orderly end."""
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        # close() alone would say goodbye in TLS first.
        socket.close(self.connection.detach())

    def finish(self) -> None:
        """Close what is still open."""
        if self.upstream is not None:
            self.upstream.close()
        if self.connection.fileno() >= 0:
            super().finish()
