"""Which addresses a manifest may have, and which lie below a trusted one."""

import pytest

from tools.urls import InvalidUrl, check_url, is_under

TRUSTED = ["https://git.example.com/org/", "https://10.0.0.1:8443"]


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example.com/org/odoo.yaml",
        "https://GIT.example.com:443/org/raw/main/k8s_odoo.yaml?ref=v1",
        "https://10.0.0.1:8443/any/thing",
        "https://git.example.com/org",
    ],
)
def test_what_lies_below_is_trusted(url):
    assert is_under(url, TRUSTED)


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example.com/org-evil/odoo.yaml",
        "https://git.example.com/other",
        "https://git.example.com.evil.com/org/odoo.yaml",
        "https://git.example.com@evil.com/org/odoo.yaml",
        "https://evil.com/https://git.example.com/org/",
        "https://git.example.com:8443/org/odoo.yaml",
        "https://10.0.0.1/any",
        "http://git.example.com/org/odoo.yaml",
        "https://git.example.com/org/../evil/odoo.yaml",
        "https://git.example.com/org/%2e%2e/evil",
        "https://git.example.com/org/%252e%252e/evil",
        "https://git.example.com/org%2fx",
        "https://git.example.com\\@evil.com/org/",
    ],
)
def test_what_only_looks_like_it_is_not(url):
    assert not is_under(url, TRUSTED)


@pytest.mark.parametrize(
    "prefix", ["", "https://", "git.example.com", "https://git.example.com/?a=b", "*"]
)
def test_a_broken_prefix_trusts_nothing(prefix):
    assert not is_under("https://git.example.com/org/odoo.yaml", [prefix])


@pytest.mark.parametrize(
    "url",
    [
        "",
        None,
        "https://",
        "file:///etc/passwd",
        "https://user:secret@git.example.com/x",
        "https://git.example.com/a b",
        "https://git.example.com/a\n",
        "https://git.example.com/ä",
        "https://git.example.com/x#y",
        "https://git.example.com:0/x",
        "https://git.example.com:99999/x",
        "https://git.example.com/{{x}}",
        "https://[::1/x",
    ],
)
def test_no_address_for_a_manifest(url):
    with pytest.raises(InvalidUrl):
        check_url(url)
