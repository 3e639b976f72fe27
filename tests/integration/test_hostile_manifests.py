"""A hostile server, template or manifest on a real run: refused, and nothing is written."""

import pytest

from tests.corpora.manifests import HOSTILE
from tests.integration.audit import AuditLog
from tests.integration.by_hand import Hand
from tests.integration.light import MANIFEST
from tests.lab.identity import Lab
from tests.lab.kube import kubectl
from tests.unit.hostile_server import start

WRITES = {"create", "update", "patch", "delete", "deletecollection"}
# The run's own lock; everything else that the deployer writes is a tenant's object.
OWN = {"leases"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Yield the hostile server."""
    running = start(tmp_path_factory.mktemp("server"))
    yield running
    running.shutdown()


@pytest.fixture(scope="module")
def hand(lab, tmp_path_factory):
    """A new light host; its namespace goes afterwards."""
    found = Hand(lab, tmp_path_factory.mktemp("hand") / "hand", "fault-hostile")
    yield found
    words = ["namespace", found.namespace, "--ignore-not-found", "--wait=false"]
    kubectl(Lab("test"), "delete", *words)


def tenant_writes(log, namespace):
    """Return what was written on the deployer's behalf, the lease aside."""
    return [
        (call["verb"], call["objectRef"]["resource"], call["objectRef"].get("name"))
        for call in log.calls(namespace)
        if call["verb"] in WRITES
        and call.get("impersonatedUser")
        and call["objectRef"]["resource"] not in OWN
    ]


def by_server(hand, server, tmp_path):
    """Let the manifest's server answer without end."""
    port = server.server_port
    hand.set_text(MANIFEST, url=f"https://127.0.0.1:{port}/endless", sha256="0" * 64)
    flags = {"host_manifests_allowed_networks": ["127.0.0.0/8"]}
    flags |= {"host_manifests_allowed_ports": [port]}
    return flags | {"host_manifests_ca_file": server.ca_file}


def by_template(hand, server, tmp_path):
    """Let the manifest run a program and read a file."""
    hand.set_text("{{ lookup('pipe', 'touch %s') }}\n" % (tmp_path / "mark") + MANIFEST)
    return {}


def by_manifest(hand, server, tmp_path):
    """Let one of the manifest's documents mount the node."""
    hand.set_text(MANIFEST + "---\n" + HOSTILE["host path"][1])
    return {}


CASES = {
    "server": (by_server, "manifest_unreachable"),
    "template": (by_template, "invalid_manifest"),
    "manifest": (by_manifest, "invalid_manifest"),
}


@pytest.mark.parametrize(
    "case",
    [
        "manifest",
        pytest.param("template", marks=pytest.mark.full),
        pytest.param("server", marks=pytest.mark.full),
    ],
)
def test_a_run_is_refused_and_writes_no_object(hand, lab, server, tmp_path, case):
    """Nothing of the manifest reaches the API server, the good documents neither."""
    prepare, error_class = CASES[case]
    hand.variables["hosting_secrets"] = []
    flags = prepare(hand, server, tmp_path)
    log = AuditLog(lab["audit_log"])
    outcome = hand.run("apply", **flags)
    assert outcome.error["class"] == error_class, outcome.error
    assert not (tmp_path / "mark").exists()
    assert tenant_writes(log, hand.namespace) == []
    get = [
        "-n",
        hand.namespace,
        "get",
        "deployment,service,ingress,secret",
        "-o",
        "name",
    ]
    assert kubectl(Lab("test"), *get).split() == []
