"""Serve manifests over https: the checkout's roles and a lab's extra files.

``/roles/…`` is the checkout, read anew for each request; ``/test/…`` is the lab's
``manifests`` directory. Everything else does not exist. Started as
``python -m tests.lab.manifest_server PURPOSE STATE``.
"""

import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .identity import Lab
from .paths import CHECKOUT
from .pki import directory as pki_directory

PORT = 443
_SILENCE = 20


def main() -> None:
    """Serve the lab that the command line names until the process ends."""
    lab = Lab(sys.argv[1])
    server = Server((lab.host_address, PORT), handler(lab))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pki = pki_directory(lab)
    context.load_cert_chain(pki / "manifests.pem", pki / "manifests.key")
    server.tls = context
    server.serve_forever()


class Server(ThreadingHTTPServer):
    """Each connection has its thread, its TLS handshake too: nobody waits for others."""

    daemon_threads = True
    tls: ssl.SSLContext

    def finish_request(self, request, client_address) -> None:
        """Encrypt the connection, then handle its requests."""
        request.settimeout(_SILENCE)
        try:
            encrypted = self.tls.wrap_socket(request, server_side=True)
        except OSError:
            return  # who does not speak TLS, or does not trust us, goes away
        with encrypted:
            super().finish_request(encrypted, client_address)


def roots(lab: Lab) -> dict[str, Path]:
    """Return which directory is served below which first part of the path."""
    return {"roles": CHECKOUT / "roles", "test": lab.state / "manifests"}


def resolve(lab: Lab, target: str) -> Path | None:
    """Return the file that a request's target names; None when there is none."""
    first, _slash, rest = unquote(urlsplit(target).path).lstrip("/").partition("/")
    root = roots(lab).get(first)
    if root is None or "\0" in rest:
        return None
    file = (root / rest).resolve()
    return file if file.is_relative_to(root.resolve()) and file.is_file() else None


def handler(lab: Lab) -> type[BaseHTTPRequestHandler]:
    """Return the request handler for one lab."""

    class Handler(BaseHTTPRequestHandler):
        server_version = "lab"

        def do_GET(self) -> None:
            self._answer(body=True)

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def _answer(self, body: bool) -> None:
            file = resolve(lab, self.path)
            if file is None:
                self.send_error(404)
                return
            content = file.read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if body:
                self.wfile.write(content)

    return Handler


if __name__ == "__main__":
    main()
