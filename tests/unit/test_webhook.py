"""The webhook's sender against real servers: TLS, addresses, redirects, slow answers."""

import datetime
import ipaddress
import json
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tools import webhook

HERE = webhook.networks("127.0.0.0/8")
MESSAGE = {"event": "host.failed", "host": "acme.example.com"}


class Handler(BaseHTTPRequestHandler):
    """Remembers what came, answers what the path says."""

    def do_POST(self) -> None:
        """Take one message."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(json.loads(body))
        self.send_response(int(self.path.rpartition("/")[2]))
        self.send_header("Location", "/200")
        self.end_headers()

    def log_message(self, *_arguments) -> None:
        """Say nothing."""


@pytest.fixture
def server():
    """A receiver without TLS."""
    yield from _serve(ThreadingHTTPServer(("127.0.0.1", 0), Handler))


@pytest.fixture
def certificate(tmp_path):
    """The file of a self-signed certificate of 127.0.0.1, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "receiver")])
    now = datetime.datetime.now(datetime.timezone.utc)
    alternative = [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(alternative), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "receiver.pem"
    pem = serialization.Encoding.PEM
    file.write_bytes(
        made.public_bytes(pem)
        + key.private_bytes(
            pem,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@pytest.fixture
def tls_server(certificate):
    """A receiver with TLS."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    yield from _serve(server)


def _serve(server):
    server.received = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_message_arrives_as_json(server):
    url = f"http://127.0.0.1:{server.server_port}/204"
    assert webhook.post(url, MESSAGE, HERE) == 204
    assert server.received == [MESSAGE]


def test_a_certificate_is_checked(tls_server, certificate):
    url = f"https://127.0.0.1:{tls_server.server_port}/200"
    with pytest.raises(webhook.NotDelivered, match="CERTIFICATE_VERIFY_FAILED"):
        webhook.post(url, MESSAGE, HERE)
    assert not tls_server.received
    known = ssl.create_default_context(cafile=certificate)
    assert webhook.post(url, MESSAGE, HERE, known) == 200
    with pytest.raises(webhook.NotDelivered, match="mismatch"):
        webhook.post(url.replace("127.0.0.1", "localhost"), MESSAGE, HERE, known)


@pytest.mark.parametrize("status", [301, 307, 400, 401, 404])
def test_what_a_receiver_refuses_is_not_sent_again(server, status):
    url = f"http://127.0.0.1:{server.server_port}/{status}"
    with pytest.raises(webhook.Refused, match=str(status)):
        webhook.post(url, MESSAGE, HERE)
    assert len(server.received) == 1, "a redirect is not followed"


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_receiver_in_trouble_is_asked_again(server, status):
    with pytest.raises(webhook.NotDelivered, match=str(status)):
        webhook.post(f"http://127.0.0.1:{server.server_port}/{status}", MESSAGE, HERE)


def test_a_receiver_that_never_answers_costs_the_timeout_alone(monkeypatch):
    monkeypatch.setattr(webhook, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(webhook.NotDelivered, match="imed out|imeout"):
            webhook.post(url, MESSAGE, HERE)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "10.0.0.1",
        "169.254.169.254",
        "192.168.1.1",
        "100.64.0.1",
        "[fd00::1]",
        "[fe80::1]",
        "0.0.0.0",
        "224.0.0.1",
    ],
)
def test_addresses_that_are_not_public_are_refused_before_connecting(host):
    with pytest.raises(webhook.Refused, match="no public address"):
        webhook.post(f"https://{host}:9/hook", MESSAGE)


def test_http_is_for_allowed_networks_alone(server):
    url = f"http://127.0.0.1:{server.server_port}/200"
    for allowed in ([], webhook.networks("10.0.0.0/8")):
        with pytest.raises(webhook.Refused):
            webhook.post(url, MESSAGE, allowed)
    with pytest.raises(webhook.Refused, match="no public address"):
        webhook.post("http://198.51.100.1/", MESSAGE, HERE)
    assert not server.received


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "https://me:secret@example.com/",
        "http://me:secret@127.0.0.1/",
        "https:///hook",
        "https://example.com/a/../b",
        "javascript:alert(1)",
        "",
    ],
)
def test_other_addresses_can_not_be_entered(url):
    with pytest.raises(webhook.Refused, match="https://"):
        webhook.check(url, HERE)
