"""Kill what works on a run at each marked point: one result, one writer, one mail.

The processes are the real ones: Odoo with workers, the supervisor, ansible-playbook
against the real API server; only the points at which they wait are added.
"""

import os
import random
import time
from collections.abc import Iterator

import pytest

from tests.integration.kill import points
from tests.integration.kill.site import PATIENCE, SOON, MarkedServer, Site, WriterLog
from tests.integration.light import MANIFEST, PARAMETERS
from tests.lab.identity import Lab
from tests.lab.server.odoo import CORE

# Odoo's points with its deaths in turn, some of them with a second one.
DEATHS = ("worker", "odoo", "database", "machine")
CASES = [
    *((point, DEATHS[i % 4]) for i, point in enumerate(points.ODOO)),
    *((point, "supervisor") for point in points.SUPERVISOR),
    *(
        (point, DEATHS[(i + 2) % 4])
        for i, point in enumerate(points.ODOO)
        if i % 3 == 1
    ),
    *((point, "machine") for point in points.SUPERVISOR[2:4]),
]
SAMPLE = random.Random(9).sample(CASES, 1)


@pytest.fixture(scope="module")
def site(driver, lab) -> Iterator[Site]:
    """The integration tests' Odoo, restarted with marked points, and a light host."""
    manifest = driver.manifest("light", MANIFEST, PARAMETERS)
    host = driver.project("kills", [manifest])["production"]
    driver.wait_for_health(host, "ok", PATIENCE)
    plain = driver.server
    plain.daemon.stop()
    marked = MarkedServer(Lab("test"), database=plain.database, modules=CORE)
    marked.start()
    site = Site(driver, marked, host)
    site.follow()
    yield site
    marked.daemon.stop()
    plain.start()


def _parameters() -> list:
    return [
        pytest.param(
            *case,
            id="-".join(case),
            marks=[] if case in SAMPLE else pytest.mark.full,
        )
        for case in CASES
    ]


@pytest.mark.parametrize(("point", "victim"), _parameters())
def test_a_death_loses_nothing_and_doubles_nothing(site, point, victim):
    writers = WriterLog(site.fqdn)
    writers.start()
    site.arm(point)
    site.press()
    pid = site.wait_for(point)
    died = time.monotonic()
    site.hit(victim, pid)
    if point == "queued":
        # The transaction died with whoever had it: nothing was promised.
        time.sleep(2)
        if not set(site.runs()) - set(site.before):
            site.press()
    run = site.wait_until_well()
    assert run["state"] == "done", run
    assert_one_mail(site, point)
    assert time.monotonic() - died < SOON * slowness()
    writers.over.set()
    writers.join()
    assert not writers.overlaps and writers.seen, writers.overlaps
    assert_locks(site)


def slowness() -> float:
    """Return how much longer everything takes on a machine that has other work, too."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1) / 2)


def assert_one_mail(site: Site, point: str) -> None:
    """Wait for the mail of the recovery; a little later it is still the only one."""
    site.wait_until_mailed()
    time.sleep(3)
    mails = site.mails()
    # SMTP has no transaction: who dies between the server's yes and his own note sends
    # again, under the same Message-ID, by which receivers know a duplicate.
    assert len(set(mails)) == 1, mails
    assert len(mails) == 1 or point == "mail-sent", mails


def assert_locks(site: Site) -> None:
    """Check in the supervisors' own log that no lock was taken while another held it."""
    holder = None
    for _time, what, run, _host in site.lock_log():
        if what == "left":
            assert holder == run
            holder = None
        else:
            # Who holds it still at this point was killed: the kernel gave it back.
            assert holder != run
            holder = run
