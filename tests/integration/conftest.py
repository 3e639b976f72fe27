"""Fixtures for tests against a real cluster."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab import down, health, up
from tests.lab.identity import Lab


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
