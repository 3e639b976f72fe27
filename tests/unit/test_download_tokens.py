"""A private server's token goes to its own place and nowhere else, and is told nowhere."""

import json
import subprocess
import sys

import pytest

from tests.lab.paths import CHECKOUT
from tests.unit.hostile_server import TEXT, start
from tests.unit.role_code import module_util

download = module_util("host_manifests", "download")
tokens = module_util("host_manifests", "tokens")
ManifestError = module_util("host_manifests", "errors").ManifestError
SECRET = "s3cret"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """Yield two servers, so that one can send a caller to the other."""
    found = [start(tmp_path_factory.mktemp(name)) for name in ("one", "two")]
    yield found
    for server in found:
        server.shutdown()
        server.server_close()


@pytest.fixture
def servers(running):
    """Return the two servers as they are at first."""
    for server in running:
        server.wants, server.away = f"Bearer {SECRET}", ""
        server.headers_seen.clear()
    return running


@pytest.fixture
def limits(servers, tmp_path):
    """Return limits under which the first server's /private/ has a token."""
    file = tmp_path / "token"
    file.write_text(f"{SECRET}\n")
    authorities = tmp_path / "ca.pem"
    authorities.write_text("".join(open(server.ca_file).read() for server in servers))
    return {
        "networks": ["127.0.0.0/8"],
        "ports": [server.server_port for server in servers],
        "ca_file": str(authorities),
        "tokens": [{"prefix": url(servers[0], "private/"), "file": str(file)}],
    }


def url(server, path):
    """Return a URL of a server."""
    return f"https://127.0.0.1:{server.server_port}/{path}"


def sent(server):
    """Return what the server was told in Authorization, in order."""
    return [headers.get("Authorization") for headers in server.headers_seen]


def test_a_private_manifest_arrives_with_the_token(servers, limits):
    one, _ = servers
    assert download.fetch(url(one, "private/manifest"), limits) == TEXT
    assert sent(one) == [f"Bearer {SECRET}"]
    one.wants = f"Basic {SECRET}"
    limits["tokens"][0]["scheme"] = "Basic"
    assert download.fetch(url(one, "private/manifest"), limits) == TEXT


def test_without_a_token_it_is_refused_and_nothing_is_sent(servers, limits):
    with pytest.raises(ManifestError) as caught:
        download.fetch(url(servers[0], "private/manifest"), limits | {"tokens": []})
    assert caught.value.rule == "status" and "401" in caught.value.message
    assert sent(servers[0]) == [None]


@pytest.mark.parametrize("path", ["ok", "privateer", "once", "private"])
def test_other_places_of_the_same_server_get_no_token(servers, limits, path):
    try:
        download.fetch(url(servers[0], path), limits)
    except ManifestError:
        pass  # some of the places answer 404
    assert set(sent(servers[0])) == {None}


@pytest.mark.parametrize(
    "path",
    ["../ok", "%2e%2e/ok", "%2E./ok", "%252e%252e/ok", "..%2fok", "x/..%5cok"],
)
def test_a_path_that_climbs_out_gets_no_token(servers, limits, path):
    """Some servers read these as /ok."""
    with pytest.raises(ManifestError):
        download.fetch(url(servers[0], f"private/{path}"), limits)
    assert sent(servers[0]) == [None]


def test_the_token_follows_no_redirect_to_another_server(servers, limits):
    one, two = servers
    one.away = url(two, "ok")
    assert download.fetch(url(one, "private/away"), limits) == TEXT
    assert sent(one) == [f"Bearer {SECRET}"] and sent(two) == [None]


def test_the_token_follows_no_redirect_to_another_place(servers, limits):
    one, _ = servers
    assert download.fetch(url(one, "private/leave"), limits) == TEXT
    assert sent(one) == [f"Bearer {SECRET}", None]


def test_a_foreign_redirect_brings_no_token_in(servers, limits):
    """Else any public URL would read what is private."""
    one, two = servers
    two.away = url(one, "private/manifest")
    with pytest.raises(ManifestError) as caught:
        download.fetch(url(two, "private/away"), limits)
    assert caught.value.rule == "status"
    assert sent(two) == [None] and sent(one) == [None]


def test_the_longest_prefix_wins(tmp_path):
    rows = [{"prefix": f"https://a.example/{p}"} for p in ("", "acme/", "acme/x/")]
    found = tokens.reference_for("https://a.example/acme/y.yaml", rows)
    assert found["prefix"] == "https://a.example/acme/"
    assert tokens.reference_for("https://b.example/acme/y.yaml", rows) is None
    assert tokens.reference_for("https://a.example:8443/y", rows) is None


@pytest.mark.parametrize("prefix", ["http://a.example/x/", "https://a.example/x", "a"])
def test_a_prefix_that_is_no_place_is_refused(prefix):
    with pytest.raises(ManifestError) as caught:
        tokens.reference_for("https://a.example/x/y", [{"prefix": prefix}])
    assert caught.value.rule == "token"


@pytest.mark.parametrize(
    "content",
    [b"", b"two words", b"two\nlines", b"a\r\nX-Evil: 1", b"\xff\xfe", b"x" * 5000],
)
def test_a_file_that_holds_no_token_is_refused_without_its_words(
    servers, limits, tmp_path, content
):
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(ManifestError) as caught:
        download.fetch(url(servers[0], "private/manifest"), limits)
    assert caught.value.rule == "token"
    assert sent(servers[0]) == []
    for word in ("Evil", "two", "xxxx"):
        assert word not in caught.value.message


def test_a_missing_file_is_named(servers, limits, tmp_path):
    (tmp_path / "token").unlink()
    with pytest.raises(ManifestError) as caught:
        download.fetch(url(servers[0], "private/manifest"), limits)
    assert str(tmp_path / "token") in caught.value.message


def test_the_playbook_says_nothing_of_the_token(servers, limits, tmp_path):
    """manifest_fetch.yml, as loud as it gets: neither output nor files hold it."""
    wanted = {
        "manifest_fetch_urls": [url(servers[0], "private/manifest")],
        "manifest_fetch_directory": str(tmp_path / "manifests"),
        "host_manifests_allowed_networks": limits["networks"],
        "host_manifests_allowed_ports": limits["ports"],
        "host_manifests_ca_file": limits["ca_file"],
        "host_manifests_tokens": limits["tokens"],
    }
    (tmp_path / "home").mkdir()
    program = [
        sys.executable,
        "-m",
        "ansible",
        "playbook",
        "playbooks/manifest_fetch.yml",
    ]
    done = subprocess.run(
        [*program, "-vvvv", "--diff", "-i", "localhost,", "-e", json.dumps(wanted)],
        cwd=CHECKOUT,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path / "home"),
            "TMPDIR": str(tmp_path / "home"),
            "ANSIBLE_KEEP_REMOTE_FILES": "1",
            "LANG": "C.UTF-8",
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-3000:]
    assert sent(servers[0]) == [f"Bearer {SECRET}"]
    assert SECRET not in output and "should set `no_log`" not in output
    for path in (tmp_path / "home").rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()
