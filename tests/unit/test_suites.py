"""What the run of Odoo's own suites makes of a log."""

from tests.suites import run

LOG = """\
2026-01-01 00:00:00,000 1 ERROR db odoo.addons.sale.tests.test_a: FAIL: TestA.test_one
Traceback (most recent call last):
AssertionError: 1 != 2
2026-01-01 00:00:00,000 1 ERROR db odoo.addons.sale.tests.test_a: ERROR: Subtest TestA.test_two (x)
2026-01-01 00:00:00,000 1 ERROR db odoo.tests.suite: ERROR: setUpClass \
(odoo.addons.payment.tests.test_b.TestB)
2026-01-01 00:00:00,000 1 INFO db odoo.addons.sale.tests.test_a: Starting TestA.test_good
2026-01-01 00:00:00,000 1 ERROR db odoo.tests.result: 2 failed, 1 error(s) of 9 tests
"""


def test_failures_are_found_by_module_class_and_method():
    """Failures, errors, subtests and classes that could not be set up."""
    assert run.failures(LOG) == {
        "sale:TestA.test_one",
        "sale:TestA.test_two",
        "payment:TestB",
    }
    assert run.total_of(LOG) == 9
    assert run.tag("sale:TestA.test_one") == "/sale:TestA.test_one"


def test_only_what_is_listed_may_fail(capsys):
    """One failure more than the list, or no test at all, is red."""
    allowed = {"sale:TestA.test_one": "Debian", "payment:TestB": "on purpose"}
    assert run.judge(9, {"sale:TestA.test_one"}, allowed) == 0
    assert run.judge(9, {"sale:TestA.test_one", "sale:TestA.test_two"}, allowed) == 1
    assert "✗ sale:TestA.test_two" in capsys.readouterr().out
    assert run.judge(0, set(), allowed) == 1
    assert run.judge(9, set(), allowed) == 0


def test_each_exception_has_a_reason():
    """``module:Class.method`` and a sentence."""
    for test, reason in run.exceptions().items():
        module, _colon, name = test.partition(":")
        assert module in run.SUITES and name.startswith("Test")
        assert len(reason.split()) > 3
