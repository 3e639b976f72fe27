"""The report of orphans, read from a real cluster: what nobody in Odoo knows, what is gone."""

import json
import shlex

import pytest

from tests.integration.by_hand import Looker
from tests.integration.light import MANIFEST, PARAMETERS
from tests.lab.browser import log_in, new_page, shoot

pytestmark = pytest.mark.full

PROJECT = "known"
GHOST = "host-ghost"
FOREIGN = "host-foreign"
REPORT = "action-kubernetes_hosting_sale.kubernetes_orphan_action"


@pytest.fixture(scope="module")
def cluster(driver, lab):
    """A deployed project, and two namespaces without a host: one is this Odoo's."""
    look = Looker(lab)
    manifest = driver.manifest("light-orphans", MANIFEST, PARAMETERS)
    for host in driver.project(PROJECT, [manifest]).values():
        driver.wait_for_health(host, "ok")
    uuid = driver.client.call("ir.config_parameter", "get_param", "database.uuid")
    for name, owner in ((GHOST, uuid), (FOREIGN, "somebody-else")):
        look("apply", "-f", "-", text=namespace(name, owner))
    yield look
    look("delete", "namespace", GHOST, FOREIGN, "--ignore-not-found", "--wait=false")


def test_a_namespace_without_a_host_is_told_until_its_remedy_is_done(
    cluster, driver, browser, pictures
):
    ask_again(driver)
    [orphan] = orphans(driver, "namespace")
    assert orphan["name"] == GHOST, "not the deployed ones, and no other Odoo's"
    show(browser, driver, pictures)
    words = shlex.split(orphan["remedy"].partition("kubectl ")[2])
    assert words[:2] == ["--context", driver.lab["context"]]
    assert words[2:] == ["delete", "namespace", GHOST]
    cluster(*words[2:], "--wait")
    ask_again(driver)
    assert not orphans(driver, "namespace")


def test_a_host_whose_namespace_is_gone_is_told(cluster, driver):
    cluster("delete", "namespace", f"host-{PROJECT}-stag", "--wait")
    ask_again(driver)
    [orphan] = orphans(driver, "missing")
    assert orphan["name"].startswith(f"{PROJECT}-stag.") and "Apply" in orphan["remedy"]
    driver.press("apply", orphan["host_id"][0])
    ask_again(driver)
    assert not orphans(driver, "missing")


def test_a_host_that_nobody_pays_is_told_until_it_is_ours(cluster, driver):
    found = orphans(driver, "host")
    ours = [line for line in found if line["name"].startswith(PROJECT)]
    assert len(ours) == 2, found
    ids = [line["id"] for line in ours]
    driver.client.call("kubernetes.orphan", "action_mark_internal", ids)
    left = {line["name"] for line in orphans(driver, "host")}
    assert not left & {line["name"] for line in ours}


def show(browser, driver, pictures) -> None:
    """Keep a picture of the report."""
    page = new_page(browser)
    log_in(page, driver.server.url, "admin", driver.server.admin_password())
    page.wait_for_url("**/odoo**")
    page.goto(f"{driver.server.url}/odoo/{REPORT}")
    page.get_by_text(GHOST).first.wait_for()
    shoot(page, pictures, "orphans")
    page.context.close()


def ask_again(driver) -> None:
    """Press *Look at the clusters again* and wait for the answer."""
    before = driver.client.read("kubernetes.cluster", driver.cluster, "namespaces_at")
    driver.client.call("kubernetes.orphan", "action_look_again", [])
    driver.wait(
        lambda: driver.client.read(
            "kubernetes.cluster", driver.cluster, "namespaces_at", "is_busy"
        ),
        lambda seen: (
            not seen["is_busy"] and seen["namespaces_at"] != before["namespaces_at"]
        ),
    )


def orphans(driver, kind: str) -> list[dict]:
    """Return the report's lines of a kind."""
    fields = ["name", "remedy", "host_id"]
    domain = [("kind", "=", kind)]
    return driver.client.call("kubernetes.orphan", "search_read", domain, fields)


def namespace(name: str, owner: str) -> str:
    """Return a namespace as the playbooks mark theirs."""
    metadata = {
        "name": name,
        "labels": {"app.kubernetes.io/managed-by": "hosting"},
        "annotations": {"hosting.mint-cloud.ch/owner": owner},
    }
    return json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
