"""For every ring: a skipped test fails the run unless it stands on a short list."""

import pytest

# Test id (its end) -> why it may be skipped.
ALLOWED_SKIPS: dict[str, str] = {}

_skipped: list[str] = []


@pytest.hookimpl
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember skipped tests that nobody has allowed."""
    if report.skipped and not report.nodeid.endswith(tuple(ALLOWED_SKIPS) or ("\0",)):
        _skipped.append(report.nodeid)


@pytest.hookimpl
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Turn a green run with unexpected skips red."""
    if _skipped and exitstatus == 0:
        print(f"\nSkipped, but not on the list in tests/conftest.py: {_skipped}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
