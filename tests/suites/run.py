"""One run of Odoo's suites: which tests failed, and which of them may.

``exceptions.yaml`` lists tests that fail without our addons too, or because of what our
addons do on purpose, each with its reason. Any other failure is red.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import yaml

from tests.lab.identity import Lab
from tests.lab.progress import say
from tests.lab.server.odoo import SHOP, OdooServer

HERE = Path(__file__).parent
SUITES = ("payment", "sale", "subscription_oca", "website_sale")
DATABASE = "mint_odoo_suites"
# Debian leaves this file out; the browser's tests fail on the message about it.
_LEFT_OUT = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
# A module gets demo data when all that it depends on has some: ours depend on queue_job.
_NO_DEMO = "env.ref('base.module_queue_job').demo = False; env.cr.commit()\n"
_PREPARE = f"""
env["ir.config_parameter"].set_param("sale.async_emails", False)
env["ir.asset"].create({{
    "name": "left out by Debian", "bundle": "web.assets_backend",
    "directive": "remove", "path": "{_LEFT_OUT}",
}})
env.cr.commit()
"""
_FAILED = re.compile(
    r" odoo\.addons\.(?P<module>\w+)\.tests\.\S+: "
    r"(?:ERROR|FAIL): (?:Subtest )?(?P<test>\w+\.\w+)"
)
_SET_UP = re.compile(
    r"(?:ERROR|FAIL): setUpClass \(odoo\.addons\.(?P<module>\w+)\.tests\.\w+\."
    r"(?P<test>\w+)\)"
)
_TOTAL = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")


def run(lab: Lab, ours: bool = True) -> int:
    """Run the suites in a new database; return 1 when a test fails that may not.

    What fails is run once more: under load browsers and servers answer too late.

    :param ours: with our addons; without them to see what fails anyhow
    """
    server = OdooServer(lab, database=DATABASE if ours else f"{DATABASE}_plain")
    _install(server, SHOP if ours else ())
    total, failed = _test(server, [f"/{name}" for name in SUITES])
    if failed:
        say(f"{len(failed)} of {total} once more")
        _again, still = _test(server, sorted(map(tag, failed)))
        failed &= still
    return judge(total, failed, exceptions())


def exceptions() -> dict[str, str]:
    """Return which tests may fail, and why: ``module:Class.method`` → reason."""
    text = (HERE / "exceptions.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text) or {}


def failures(log: str) -> set[str]:
    """Return the tests that a log says have failed, as ``module:Class[.method]``."""
    found = [*_FAILED.finditer(log), *_SET_UP.finditer(log)]
    return {f"{match['module']}:{match['test']}" for match in found}


def total_of(log: str) -> int:
    """Return how many tests a log says were run; 0 when they never ended."""
    found = _TOTAL.findall(log)
    return int(found[-1][2]) if found else 0


def tag(test: str) -> str:
    """Return the ``--test-tags`` word for one test."""
    module, _colon, name = test.partition(":")
    return f"/{module}:{name}"


def judge(total: int, failed: Iterable[str], allowed: dict[str, str]) -> int:
    """Say what the suites gave; return 1 when they did not run or one may not fail."""
    failed = set(failed)
    for test in sorted(failed & set(allowed)):
        say(f"known: {test}: {allowed[test]}")
    for test in sorted(failed - set(allowed)):
        say(f"✗ {test}")
    say(f"{total - len(failed)} passed, {len(failed)} failed of Odoo's own suites")
    return int(not total or bool(failed - set(allowed)))


def _install(server: OdooServer, ours: Iterable[str]) -> None:
    """Make a database with Odoo's demo data, then install our addons without theirs.

    The suites count on Odoo's own demo data. Ours make a Swiss shop of it: prices in
    CHF, terms to accept before paying.
    """
    server.prepare()
    server.drop_database()
    _add(server, ("queue_job", "payment_demo", *SUITES), "--with-demo")
    if ours:
        server.shell(_NO_DEMO)
        _add(server, ours)
    server.shell(_PREPARE)


def _add(server: OdooServer, modules: Iterable[str], *options: str) -> None:
    words = ["server", "-c", server.conf, "-d", server.database]
    words += ["-i", ",".join(modules), "--stop-after-init", "--no-http", *options]
    server.command(*map(str, words), log=server.log)


def _test(server: OdooServer, tags: list[str]) -> tuple[int, set[str]]:
    """Run tests; return how many there were and which failed."""
    words = [HERE / "launch.py", "server", "-c", server.conf, "-d", server.database]
    words += ["--stop-after-init", "--http-port", server.port - 10000]
    log = server.output(*words, "--test-tags", ",".join(tags))
    server.log.write_text(log)
    return total_of(log), failures(log)
