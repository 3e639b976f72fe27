"""Downloads are bounded in place, time and size, whatever a server does."""

import socket
import time

import pytest

from tests.corpora.urls import HOSTILE_URLS
from tests.unit.hostile_server import TEXT, start
from tests.unit.role_code import module, module_util

download = module_util("host_manifests", "download")
addresses = module_util("host_manifests", "addresses")
obtain = module_util("host_manifests", "obtain")
ManifestError = module_util("host_manifests", "errors").ManifestError


@pytest.mark.parametrize("url", HOSTILE_URLS)
def test_a_hostile_url_is_refused_before_a_connection(url, monkeypatch):
    """The rule is the expected one and no socket was opened."""

    def refuse(*args, **kwargs):
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(ManifestError) as caught:
        download.fetch(url)
    assert caught.value.rule == HOSTILE_URLS[url]
    assert caught.value.error_class == "manifest_unreachable"


def row_of(address, port):
    """Return what getaddrinfo returns for one IPv4 address."""
    return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, port))]


@pytest.mark.parametrize("answer", ["127.0.0.1", "10.1.2.3", "::1", "169.254.169.254"])
def test_a_public_name_with_a_private_address_is_refused(answer, monkeypatch):
    """One bad address among the answers refuses the name."""
    rows = row_of("93.184.216.34", 443) + row_of(answer, 443)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: rows)
    monkeypatch.setattr(socket, "create_connection", None)
    with pytest.raises(ManifestError) as caught:
        download.fetch("https://good.example/")
    assert caught.value.rule == "address"


def test_a_name_that_answers_differently_the_second_time_is_asked_once(
    monkeypatch, server
):
    """Rebinding is of no use: the checked address itself is what is connected to."""
    asked = []
    real = socket.getaddrinfo

    def resolve(host, *args, **kwargs):
        if addresses.as_address(host):
            return real(host, *args, **kwargs)
        asked.append(host)
        return row_of(
            "127.0.0.1" if len(asked) == 1 else "10.0.0.1", server.server_port
        )

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    url = f"https://good.example:{server.server_port}/ok"
    assert download.fetch(url, limits_of(server)) == TEXT
    assert asked == ["good.example"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Yield the hostile server."""
    running = start(tmp_path_factory.mktemp("server"))
    yield running
    running.shutdown()


def limits_of(server, **changes):
    """Return limits under which the server may be asked."""
    allowed = {"networks": ["127.0.0.0/8"], "ports": [server.server_port], "timeout": 3}
    return allowed | {"read_timeout": 1, "ca_file": server.ca_file} | changes


def url_of(server, path):
    """Return the server's URL of a path."""
    return f"https://127.0.0.1:{server.server_port}/{path}"


HOSTILE_ANSWERS = {
    "loop": "redirects",
    "to_file": "scheme",
    "to_http": "scheme",
    "to_ftp": "scheme",
    "to_private": "port",
    "to_port": "port",
    "to_nowhere": "redirects",
    "huge_announced": "size",
    "huge": "size",
    "endless": "size",
    "gzip": "content_encoding",
    "slow": "timeout",
    "slow_headers": "timeout",
    "hang": "connection",
    "truncated": "truncated",
    "bad_length": "length",
    "html": "html",
    "latin": "encoding",
    "nul": "encoding",
    "missing": "status",
    "error": "status",
    "forbidden": "status",
    "empty_status": "status",
    "no_http": "connection",
    "many_headers": "connection",
    "long_header": "connection",
}


@pytest.mark.parametrize("path", HOSTILE_ANSWERS)
def test_a_hostile_answer_is_refused_in_time(path, server):
    """The rule is the expected one and the limit of time holds."""
    started = time.monotonic()
    with pytest.raises(ManifestError) as caught:
        download.fetch(url_of(server, path), limits_of(server))
    assert time.monotonic() - started < 5
    assert caught.value.rule == HOSTILE_ANSWERS[path], caught.value.message
    assert path in caught.value.message


def test_a_private_target_of_a_redirect_is_refused_for_its_address(server):
    """With its port allowed, the address still is not."""
    limits = limits_of(server, ports=[server.server_port, 443])
    with pytest.raises(ManifestError) as caught:
        download.fetch(url_of(server, "to_private"), limits)
    assert caught.value.rule == "address"


@pytest.mark.parametrize("path", ["ok", "once", "relative"])
def test_an_ordinary_answer_arrives(path, server):
    """Also by redirects; the request asks for no compression and sends no credentials."""
    assert download.fetch(url_of(server, path), limits_of(server)) == TEXT
    headers = server.headers_seen[-1]
    assert headers["Accept-Encoding"] == "identity"
    assert "Authorization" not in headers and "Cookie" not in headers


def test_an_unknown_authority_is_refused(server):
    """There is no switch that accepts it."""
    with pytest.raises(ManifestError) as caught:
        download.fetch(url_of(server, "ok"), limits_of(server, ca_file=""))
    assert caught.value.rule == "tls"


def test_a_certificate_of_another_name_is_refused(server, monkeypatch):
    """The certificate must be the host's of the URL."""
    rows = row_of("127.0.0.1", server.server_port)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: rows)
    with pytest.raises(ManifestError) as caught:
        download.fetch(
            f"https://other.example:{server.server_port}/ok", limits_of(server)
        )
    assert caught.value.rule == "tls"


def test_a_closed_port_is_told():
    """Nothing listens: a failure that may pass."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(ManifestError) as caught:
        download.fetch(
            f"https://127.0.0.1:{port}/x",
            {"networks": ["127.0.0.0/8"], "ports": [port]},
        )
    assert caught.value.rule == "connection"
    assert caught.value.as_error()["retryable"] is True


def test_no_proxy_of_the_environment_is_used(server, monkeypatch):
    """A proxy would hide the address that was checked."""
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert download.fetch(url_of(server, "ok"), limits_of(server)) == TEXT


def _entry(server, **changes):
    entry = {"name": "web", "url": url_of(server, "ok"), "track": "latest"}
    return entry | {"sha256": download.sha256(TEXT)} | changes


def test_the_text_at_hand_needs_no_server(server, tmp_path):
    """A text under its sha256 wins over the URL."""
    text = "other: text\n"
    digest = download.sha256(text)
    (tmp_path / digest).write_text(text)
    before = len(server.asked)
    for newest in (False, True):
        row = obtain.obtain(_entry(server, sha256=digest), tmp_path, newest, {})
        assert (row["text"], row["source"]) == (text, "directory")
    assert len(server.asked) == before


def test_a_changed_text_at_hand_is_refused(server, tmp_path):
    """The file's name promises its text."""
    (tmp_path / ("0" * 64)).write_text("something else")
    with pytest.raises(ManifestError) as caught:
        obtain.obtain(
            _entry(server, sha256="0" * 64), tmp_path, False, limits_of(server)
        )
    assert caught.value.error_class == "manifest_changed"


def test_a_changed_url_is_told_with_both_ways_on(server, tmp_path):
    """Apply wants exactly the text that was approved."""
    with pytest.raises(ManifestError) as caught:
        obtain.obtain(
            _entry(server, sha256="0" * 64), tmp_path, False, limits_of(server)
        )
    error = caught.value.as_error()
    assert error["class"] == "manifest_changed"
    assert error["object"] == "manifest web"
    assert "update.yml" in error["hint"] and "zip" in error["hint"]
    assert error["retryable"] is False


def test_update_takes_the_newest_text_of_what_tracks_it(server, tmp_path):
    """A pinned entry stays what it is."""
    limits = limits_of(server)
    row = obtain.obtain(_entry(server, sha256="0" * 64), tmp_path, True, limits)
    assert row["sha256"] == download.sha256(TEXT)
    with pytest.raises(ManifestError) as caught:
        obtain.obtain(
            _entry(server, sha256="0" * 64, track="pinned"), tmp_path, True, limits
        )
    assert caught.value.error_class == "manifest_changed"


def test_fetch_stores_a_text_under_its_sha256(server, tmp_path):
    """Again is no change; a failure is a row, not an exception."""
    fetch_one = module("host_manifests", "host_manifests_fetch").fetch_one
    directory = tmp_path / "manifests"
    url = url_of(server, "ok")
    row, changed = fetch_one(url, directory, limits_of(server), True)
    assert row["ok"] and changed and not directory.exists()
    row, changed = fetch_one(url, directory, limits_of(server), False)
    assert changed and (directory / row["sha256"]).read_text() == TEXT
    assert row["path"] == f"manifests/{row['sha256']}" and row["size"] == len(
        TEXT.encode()
    )
    assert fetch_one(url, directory, limits_of(server), False)[1] is False
    row, changed = fetch_one(
        url_of(server, "missing"), directory, limits_of(server), False
    )
    assert (row["ok"], row["error"]["class"]) == (False, "manifest_unreachable")
