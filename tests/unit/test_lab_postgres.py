"""The lab's database server, started by several rings of tests at once."""

import multiprocessing
from pathlib import Path

import pytest

from tests.lab.server.odoo import OdooServer
from tests.lab.server.postgres import Postgres


class Scratch:
    """What an Odoo server asks a lab, in a directory of the test's own."""

    id = "scratch-lab"
    host_address = "127.0.0.1"

    def __init__(self, state: Path):
        self.state = state


def prepare(state: Path) -> None:
    """Do what every ring does first."""
    OdooServer(Scratch(state)).prepare()


@pytest.fixture
def state(tmp_path_factory):
    """A state directory that the server's own user can reach."""
    found = tmp_path_factory.mktemp("state")
    for path in (found, *found.parents[:3]):
        if path.name.startswith("pytest-"):
            path.chmod(0o755)
    found.chmod(0o755)
    yield found
    Postgres(found).stop()


def test_rings_that_start_at_once_share_one_database_server(state):
    fork = multiprocessing.get_context("fork")
    rings = [fork.Process(target=prepare, args=(state,)) for _ in range(4)]
    for ring in rings:
        ring.start()
    for ring in rings:
        ring.join(60)

    assert [ring.exitcode for ring in rings] == [0] * 4
    assert Postgres(state).execute("postgres", "SELECT 1").strip() == "1"
    passwords = {path.name for path in state.glob("odoo-master-password*")}
    assert passwords == {"odoo-master-password"}
