"""A kubeconfig is code: only plain, self-contained credentials are accepted."""

import pytest
import yaml

from tools.kubeconfig import MAXIMUM_SIZE, InvalidKubeconfig, check_file, check_text

GOOD = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [
        {
            "name": "c",
            "cluster": {
                "server": "https://203.0.113.7:6443",
                "certificate-authority-data": "Y2E=",
            },
        }
    ],
    "users": [{"name": "hosting-bootstrapper", "user": {"token": "t"}}],
    "contexts": [
        {
            "name": "zurich-1",
            "context": {"cluster": "c", "user": "hosting-bootstrapper"},
        }
    ],
    "current-context": "zurich-1",
}


def changed(*path, **entries):
    """Return the good kubeconfig with entries added at a path; None removes one."""
    config = yaml.safe_load(yaml.safe_dump(GOOD))
    place = config
    for step in path:
        place = place[step]
    for key, value in entries.items():
        key = key.replace("_", "-")
        if value is None:
            del place[key]
        else:
            place[key] = value
    return yaml.safe_dump(config)


CLUSTER = ("clusters", 0, "cluster")
USER = ("users", 0, "user")
CONTEXT = ("contexts", 0, "context")
CERTIFICATE = {"client_certificate_data": "Yw==", "client_key_data": "aw=="}


@pytest.mark.parametrize(
    "text",
    [
        yaml.safe_dump(GOOD),
        changed(current_context=None),
        changed(current_context=""),
        changed(preferences={}),
        changed(*CONTEXT, namespace="default"),
        changed(*CLUSTER, tls_server_name="api.example.com"),
        changed(*USER, token=None, **CERTIFICATE),
    ],
)
def test_plain_credentials_are_accepted(text):
    check_text(text, "zurich-1")


@pytest.mark.parametrize(
    ("code", "detail", "text"),
    [
        ("unknown_key", "exec", changed(*USER, exec={"command": "/bin/sh"})),
        ("unknown_key", "auth-provider", changed(*USER, auth_provider={"name": "x"})),
        ("unknown_key", "tokenFile", changed(*USER, tokenFile="/etc/passwd")),
        ("unknown_key", "client-key", changed(*USER, client_key="/etc/key")),
        ("unknown_key", "username", changed(*USER, username="admin")),
        ("unknown_key", "as", changed(*USER, **{"as": "system:admin"})),
        (
            "unknown_key",
            "certificate-authority",
            changed(*CLUSTER, certificate_authority="/etc/ca"),
        ),
        (
            "unknown_key",
            "insecure-skip-tls-verify",
            changed(*CLUSTER, insecure_skip_tls_verify=True),
        ),
        ("unknown_key", "proxy-url", changed(*CLUSTER, proxy_url="http://x")),
        ("unknown_key", "extensions", changed(extensions=[])),
        ("unknown_key", "extensions", changed("clusters", 0, extensions=[])),
        ("several", "users", changed(users=GOOD["users"] * 2)),
        ("several", "clusters", changed(clusters=GOOD["clusters"] * 2)),
        ("several", "contexts", changed(contexts=GOOD["contexts"] * 2)),
        ("context", "other", changed("contexts", 0, name="other")),
        ("references", "zurich-1", changed(*CONTEXT, cluster="elsewhere")),
        ("references", "zurich-1", changed(*CONTEXT, user="somebody")),
        ("references", "current-context", changed(current_context="other")),
        ("server", "", changed(*CLUSTER, server="http://203.0.113.7")),
        ("server", "", changed(*CLUSTER, server="https://u:p@203.0.113.7")),
        ("server", "", changed(*CLUSTER, server=None)),
        ("no_ca", "", changed(*CLUSTER, certificate_authority_data=None)),
        ("no_credentials", "", changed(*USER, token="")),
        ("no_credentials", "", changed(*USER, token=None, client_key_data="aw==")),
        ("not_yaml", "", "a: [b"),
        ("not_yaml", "", "just text"),
        ("not_yaml", "", ""),
        ("not_yaml", "users", changed(users=[])),
        ("not_yaml", "users", changed(users=None)),
        ("not_yaml", "users", changed(users=["x"])),
        ("not_yaml", "clusters", changed("clusters", 0, name=5)),
        ("not_yaml", "", "!!python/object/apply:os.system [id]"),
    ],
)
def test_everything_else_is_refused(code, detail, text):
    with pytest.raises(InvalidKubeconfig) as caught:
        check_text(text, "zurich-1")
    assert (caught.value.code, caught.value.detail) == (code, detail)


def test_a_refusal_names_no_credential():
    text = changed(*USER, token="very-secret", exec={"command": "very-secret"})
    with pytest.raises(InvalidKubeconfig) as caught:
        check_text(text, "zurich-1")
    assert "very-secret" not in str(caught.value)


@pytest.fixture
def directory(tmp_path):
    """A directory with one good kubeconfig."""
    file = tmp_path / "zurich-1"
    file.write_text(yaml.safe_dump(GOOD))
    file.chmod(0o600)
    return tmp_path


def test_a_good_file_is_found(directory):
    path = check_file(directory, "zurich-1", "zurich-1")
    assert path == directory / "zurich-1"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../zurich-1", "/etc/passwd", "a/b", ".hidden", "a\n", "-x"]
)
def test_a_name_that_is_a_path_is_refused(directory, name):
    with pytest.raises(InvalidKubeconfig) as caught:
        check_file(directory, name, "zurich-1")
    assert caught.value.code == "file_name"


def test_a_missing_file_is_refused(directory):
    with pytest.raises(InvalidKubeconfig) as caught:
        check_file(directory, "nowhere", "zurich-1")
    assert caught.value.code == "missing"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_a_file_that_others_reach_is_refused(directory, mode):
    (directory / "zurich-1").chmod(mode)
    with pytest.raises(InvalidKubeconfig) as caught:
        check_file(directory, "zurich-1", "zurich-1")
    assert caught.value.code == "readable_by_others"


def test_a_huge_file_is_refused(directory):
    (directory / "zurich-1").write_text("#" * (MAXIMUM_SIZE + 1))
    with pytest.raises(InvalidKubeconfig) as caught:
        check_file(directory, "zurich-1", "zurich-1")
    assert caught.value.code == "too_large"
