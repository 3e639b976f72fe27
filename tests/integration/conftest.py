"""Fixtures for tests against a real cluster."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.odoo_driver import Driver
from tests.lab import down, health, up
from tests.lab.identity import Lab
from tests.lab.server.odoo import CORE, OdooServer


@pytest.fixture(scope="session")
def lab() -> Iterator[dict[str, Any]]:
    """Yield the facts (``lab.json``) of the running ``test`` lab.

    A lab that runs already stays as it is and stays up; else it is started with an
    empty cluster and stopped at the end.
    """
    ours = Lab("test")
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
