"""Which namespaces a cluster's check says are an owner's."""

from tests.unit.role_code import filters

NAMESPACES = filters("cluster_check")["cluster_check_namespaces"]
PREFIX = "hosting.mint-cloud.ch/"


def namespace(name: str, **annotations: str) -> dict:
    """Return a live Namespace."""
    own = {f"{PREFIX}{key}": value for key, value in annotations.items()}
    return {
        "metadata": {"name": name, "annotations": own},
        "status": {"phase": "Active"},
    }


def test_only_the_owners_own_are_listed():
    """Sorted, with the first host name; somebody else's and nobody's are left out."""
    live = [
        namespace("host-zoo", owner="me", hosts="zoo.example.com,www.zoo.example"),
        namespace("host-acme", owner="me", hosts="acme.example.com"),
        namespace("host-foreign", owner="you", hosts="foreign.example.com"),
        {"metadata": {"name": "host-bare"}},
    ]
    assert NAMESPACES({"resources": live}, "me") == [
        {"name": "host-acme", "host": "acme.example.com", "phase": "Active"},
        {"name": "host-zoo", "host": "zoo.example.com", "phase": "Active"},
    ]


def test_not_asked_is_not_none_there():
    """Odoo must not take "nobody looked" for "all are gone"."""
    assert NAMESPACES({}, "") is None
    assert NAMESPACES({"skipped": True}, "") is None
    assert NAMESPACES({"failed": True, "msg": "timeout"}, "me") is None
    assert NAMESPACES({"resources": []}, "me") == []
