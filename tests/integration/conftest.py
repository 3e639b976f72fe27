"""Fixtures for tests against a real cluster."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.by_hand import Hand, Looker
from tests.integration.light import MANIFEST
from tests.integration.odoo_driver import Driver
from tests.lab import down, health, up
from tests.lab.identity import Lab
from tests.lab.server.odoo import CORE, OdooServer


@pytest.fixture(scope="session")
def lab() -> Iterator[dict[str, Any]]:
    """Yield the facts (``lab.json``) of the running ``test`` lab."""
    yield from running(Lab("test"))


def running(ours: Lab) -> Iterator[dict[str, Any]]:
    """Yield the facts of a lab.

    A lab that runs already stays as it is and stays up; else it is started with an
    empty cluster and stopped at the end.
    """
    was_up = health.problems(ours) != health.NOT_RUNNING
    up.up(ours, fresh=not was_up)
    yield json.loads(ours.description.read_text())
    if not was_up:
        down.down(ours)


@pytest.fixture(scope="session")
def driver(lab: dict[str, Any]) -> Iterator[Driver]:
    """Yield an Odoo with a new database that knows the lab's cluster."""
    server = OdooServer(Lab("test"), database="mint_integration", modules=CORE)
    server.daemon.stop()
    server.prepare()
    server.drop_database()
    server.start()
    yield Driver(server, lab)
    server.daemon.stop()


@pytest.fixture(scope="session")
def look(lab):
    """Return kubectl as administrator."""
    return Looker(lab)


@pytest.fixture(scope="module")
def make(lab, look, tmp_path_factory):
    """Return a maker of hosts; their namespaces are deleted at the end."""
    hands = []

    def _make(name, text=MANIFEST):
        hands.append(Hand(lab, tmp_path_factory.mktemp(name) / "host", name, text))
        return hands[-1]

    yield _make
    for hand in hands:
        look(
            "delete", "namespace", hand.namespace, "--ignore-not-found", "--wait=false"
        )


@pytest.fixture
def kubeconfig(lab, tmp_path):
    """Return a maker of wrong kubeconfigs."""

    def _make(pattern, replacement):
        text = Path(lab["kubeconfig"]).read_text()
        wrong, count = re.subn(pattern, replacement, text)
        assert count
        path = tmp_path / "kubeconfig"
        path.write_text(wrong)
        path.chmod(0o600)
        return str(path)

    return _make
