"""A web server on loopback that answers a manifest download in every wrong way."""

import datetime
import gzip
import ipaddress
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TEXT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ä}\n"
BODY = TEXT.encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """Answer by the path's method below."""
        self.server.asked.append(self.path)
        self.server.headers_seen.append(dict(self.headers))
        self.close_connection = True
        try:
            getattr(
                self, "path_" + self.path.strip("/").partition("?")[0].replace("/", "_")
            )()
        except OSError:
            pass

    def log_message(self, *args):
        """Stay silent."""

    def _send(self, body=BODY, status=200, length=True, **headers):
        self.send_response(status)
        if length:
            self.send_header("Content-Length", str(len(body)))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _to(self, location, status=302):
        self._send(b"", status, Location=location)

    def path_ok(self):
        self._send(Content_Type="text/plain")

    def path_once(self):
        self._to("/ok")

    def path_relative(self):
        self._to("once", 307)

    def path_loop(self):
        self._to("/loop")

    def path_to_file(self):
        self._to("file:///etc/passwd")

    def path_to_http(self):
        self._to(f"http://127.0.0.1:{self.server.server_port}/ok")

    def path_to_ftp(self):
        self._to("ftp://example.com/x")

    def path_to_private(self):
        self._to("https://169.254.169.254/latest/meta-data")

    def path_to_port(self):
        self._to("https://127.0.0.1:22/")

    def path_to_nowhere(self):
        self._send(b"", 302)

    def path_huge_announced(self):
        self._send(b"x", Content_Length="99999999", length=False)

    def path_huge(self):
        self._send(b"x" * (2**20 + 1), length=False)

    def path_endless(self):
        self._send(b"", length=False)
        while True:
            self.wfile.write(b"x" * 65536)

    def path_gzip(self):
        self._send(gzip.compress(b"x" * 10**7), Content_Encoding="gzip")

    def path_slow(self):
        self._send(b"", Content_Length="1000", length=False)
        for _ in range(100):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.2)

    def path_slow_headers(self):
        for letter in "HTTP/1.1 200 OK\r\nX: " + "y" * 200:
            self.wfile.write(letter.encode())
            self.wfile.flush()
            time.sleep(0.2)

    def path_hang(self):
        time.sleep(10)

    def path_truncated(self):
        self._send(b"short", Content_Length="100", length=False)

    def path_bad_length(self):
        self._send(b"x", Content_Length="-5", length=False)

    def path_html(self):
        self._send(b"<html>log in</html>", Content_Type="text/html; charset=utf-8")

    def path_private_manifest(self):
        """Want a token, as a private repository does."""
        known = self.headers.get("Authorization") == self.server.wants
        self._send() if known else self._send(b"log in", 401)

    def path_private_away(self):
        self._to(self.server.away)

    def path_private_leave(self):
        self._to("/ok")

    def path_latin(self):
        self._send("ä".encode("latin-1"))

    def path_nul(self):
        self._send(b"a: \0")

    def path_missing(self):
        self._send(b"no", 404)

    def path_error(self):
        self._send(b"no", 500)

    def path_forbidden(self):
        self._send(b"no", 403)

    def path_empty_status(self):
        self._send(b"", 204)

    def path_no_http(self):
        self.wfile.write(b"hello\r\n\r\n")

    def path_many_headers(self):
        self._send(**{f"X_{number}": "y" for number in range(500)})

    def path_long_header(self):
        self._send(X="y" * 100_000)


def start(directory: Path) -> ThreadingHTTPServer:
    """Return a running server; its ``ca_file`` is the only authority that knows it."""
    certificate, key = _certificate(directory)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.asked, server.headers_seen, server.ca_file = [], [], str(certificate)
    server.daemon_threads, server.wants, server.away = True, "Bearer s3cret", ""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _certificate(directory: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, directory.name)])
    names = [
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        x509.DNSName("good.example"),
    ]
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = directory / "server.pem", directory / "server.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths
