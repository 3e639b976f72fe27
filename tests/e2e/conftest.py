"""The lab's cluster, an Odoo with real tenants on it, and a browser."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.integration.conftest import running
from tests.integration.odoo_driver import Driver
from tests.lab.browser import chromium
from tests.lab.identity import Lab
from tests.lab.server.odoo import OdooServer

# Odoo computes beside playbooks: a form's onchange may take a while.
expect.set_options(timeout=30_000)
LAB = Lab("e2e")
PROJECT = "acme"
CUSTOMER = {
    "name": "Anna Muster",
    "email": "anna@example.com",
    "password": "a-customer's-own-1",
}


@pytest.fixture(scope="session")
def lab():
    """The facts of a cluster of its own: integration runs at the same time."""
    yield from running(LAB)


@pytest.fixture(scope="session")
def server(lab):
    """An Odoo whose database is new: no cluster, no manifest, no product of ours."""
    ours = OdooServer(LAB, database="mint_e2e")
    ours.daemon.stop()
    ours.prepare()
    ours.drop_database()
    ours.start()
    yield ours
    ours.daemon.stop()


@pytest.fixture(scope="session")
def driver(server, lab):
    """That Odoo with the lab's cluster and its trusted manifests."""
    ours = Driver(server, lab)
    ours.forget(PROJECT)
    return ours


@pytest.fixture(scope="session")
def pictures(server) -> Path:
    """Where this run keeps its screenshots."""
    return Path(server.state) / "screenshots"


@pytest.fixture(scope="session")
def browser(lab):
    """One Chromium for all tests."""
    with chromium(lab) as found:
        yield found
