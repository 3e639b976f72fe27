"""What visitors of a suspended host see, on the real cluster. One host's life, in this order."""

import time

import pytest

from tests.integration.audit import AuditLog
from tests.integration.life import PAGE, Life, changes

pytestmark = pytest.mark.full

# The lab's small web server, with its own page: not the host's.
IMAGE = {"host_scale_page_image": "lab.local/web:1"}


@pytest.fixture(scope="module")
def life(lab, tmp_path_factory):
    """Return an applied host; it is gone at the end."""
    found = Life(lab, tmp_path_factory.mktemp("page") / "host", "page")
    gone = ["delete", "namespace", found.hand.namespace, "--ignore-not-found"]
    found.kubectl(*gone)
    changes(found.hand.run("apply"))
    assert found.page() == (200, PAGE)
    yield found
    found.kubectl(*gone, "--wait=false")


def page_soon(life, wanted):
    """Wait until the page is (or is not) the host's own; return status and text."""
    deadline = time.monotonic() + 60
    while (life.page()[1] == PAGE) is not wanted and time.monotonic() < deadline:
        time.sleep(0.5)
    return life.page()


def pods(life):
    """Return the names of the pods in the host's namespace, without their endings."""
    words = ["get", "pods", "-n", life.hand.namespace, "-o", "name"]
    return {
        name.removeprefix("pod/").rsplit("-", 2)[0]
        for name in life.kubectl(*words).split()
    }


def selector(life):
    """Return the selector of the host's Service."""
    words = ["get", "service", "web", "-n", life.hand.namespace]
    return life.kubectl(
        *words, "-o", "jsonpath={.spec.selector}{.spec.ports[0].targetPort}"
    )


def test_a_dry_run_tells_it_and_writes_nothing(life):
    """What suspend would do, the page among it; visitors notice nothing."""
    log = AuditLog(life.lab["audit_log"])
    would = changes(life.hand.run("suspend", "--check", **IMAGE))
    assert would["Deployment/hosting-suspended"] == "would_create"
    assert would["Service/web"] == would["Deployment/web"] == "would_patch"
    assert life.writes(log) == [] and life.page() == (200, PAGE)


def test_visitors_of_a_suspended_host_see_the_page(life):
    """At the host's own address, by its own Ingress; nothing of the tenant runs."""
    before = selector(life)
    done = changes(life.hand.run("suspend", **IMAGE))
    assert done["Deployment/hosting-suspended"] == "created"
    assert done["Service/web"] == done["Deployment/web"] == "patched"
    status, text = page_soon(life, False)
    assert status == 200 and text and text != PAGE
    assert life.running() == (0, 0, True) and pods(life) == {"hosting-suspended"}
    life.before = before


def test_it_stays_so_whatever_runs_again(life):
    """Suspend, apply of a suspended host and preview change nothing."""
    assert changes(life.hand.run("suspend", **IMAGE)) == {}
    life.hand.variables["hosting_state"] = "suspended"
    for playbook in ("apply", "preview"):
        outcome = life.hand.run(playbook, **IMAGE)
        assert changes(outcome) == {} and outcome.result["pruned"] == []
    assert page_soon(life, False)[0] == 200 and pods(life) == {"hosting-suspended"}


def test_resume_gives_the_address_back_and_leaves_nothing(life):
    """No pod, no Deployment; the Service is what the manifest says."""
    life.hand.variables["hosting_state"] = "running"
    changes(life.hand.run("resume", **IMAGE))
    assert page_soon(life, True) == (200, PAGE)
    words = ["get", "deployments", "-n", life.hand.namespace, "-o", "name"]
    assert life.kubectl(*words).split() == ["deployment.apps/web"]
    assert selector(life) == life.before
    again = life.hand.run("apply", **IMAGE)
    assert changes(again) == {} and again.changed == 0


def test_a_page_that_was_switched_off_meanwhile_goes_with_the_resume(life):
    """The note in the cluster knows what was done, not today's setting."""
    changes(life.hand.run("suspend", **IMAGE))
    changes(life.hand.run("resume"))
    assert page_soon(life, True) == (200, PAGE)
    assert selector(life) == life.before and "hosting-suspended" not in pods(life)
