"""The lab's cluster, an Odoo with real tenants on it, and a browser."""

import pytest

from tests.integration.conftest import lab  # noqa: F401
from tests.integration.odoo_driver import Driver
from tests.lab.browser import chromium
from tests.lab.identity import Lab
from tests.lab.server.odoo import OdooServer

PROJECT = "acme"
CUSTOMER = {
    "name": "Anna Muster",
    "email": "anna@example.com",
    "password": "a-customer's-own-1",
}


@pytest.fixture(scope="session")
def driver(lab):  # noqa: F811
    """An Odoo with the shipped manifests; its database is new."""
    server = OdooServer(Lab("test"), database="mint_e2e")
    server.daemon.stop()
    server.prepare()
    server.drop_database()
    server.start()
    ours = Driver(server, lab)
    ours.forget(PROJECT)
    yield ours
    server.daemon.stop()


@pytest.fixture(scope="session")
def browser(lab):  # noqa: F811
    """One Chromium for all tests."""
    with chromium(lab) as running:
        yield running
