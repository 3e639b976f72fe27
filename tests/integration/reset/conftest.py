"""One production and its staging for all tests of a reset, and one reset between them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from tests.integration.copies import OdooHost, Visitors
from tests.integration.reset.pair import PATIENCE, plant


@pytest.fixture(scope="package")
def pair(lab: dict[str, Any], tmp_path_factory, request) -> Iterator[SimpleNamespace]:
    """A production with everything that a reset has to deal with, and a fresh staging.

    Payments bring the whole of accounting with them: those only with ``--full``.
    """
    folder = tmp_path_factory.mktemp("pair")
    pays = request.config.getoption("--full")
    modules = "payment" if pays else "mail"
    production = OdooHost(lab, folder / "p", "copied", odoo_modules=modules)
    staging = OdooHost(lab, folder / "s", "copied", hosting_environment="staging")
    hosts = (production, staging)
    with ThreadPoolExecutor() as pool:
        for done in pool.map(lambda host: host.run("apply", **PATIENCE), hosts):
            assert done.code == 0, done.output[-3000:]
    plant(production, lab["smtp"], pays)
    yield SimpleNamespace(production=production, staging=staging, pays=pays)
    for host in hosts:
        host.delete()


@pytest.fixture(scope="package")
def reset(pair) -> SimpleNamespace:
    """One reset, with visitors on production meanwhile."""
    production = pair.production
    before = SimpleNamespace(files=production.files(), pods=production.pods())
    with Visitors(production.tenant) as visitors:
        outcome = pair.staging.run("reset")
    assert outcome.code == 0, outcome.output[-4000:]
    return SimpleNamespace(
        outcome=outcome, told=outcome.result["reset"], visitors=visitors, before=before
    )
