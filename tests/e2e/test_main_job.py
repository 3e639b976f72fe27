"""The main job in a real browser: a host in Odoo becomes a real Odoo tenant."""

import json
import re
import subprocess
import xmlrpc.client
from base64 import b64decode
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import expect

from tests.e2e.conftest import PROJECT
from tests.integration.test_odoo_path import objects, playbook
from tests.integration.test_tenant_odoo import assert_tenant_is_closed
from tests.lab import gobuild, tenant
from tests.lab.browser import NARROW, log_in, new_page, shoot

READY_MS = 420_000


@pytest.fixture(scope="session")
def pictures(driver) -> Path:
    """Where this run keeps its screenshots."""
    return Path(driver.server.state) / "screenshots"


@pytest.fixture(scope="module")
def page(browser, driver):
    """Odoo's backend, logged in as its administrator."""
    page = new_page(browser)
    log_in(page, driver.server.url, "admin", driver.server.admin_password())
    page.wait_for_url("**/odoo**")
    yield page
    page.context.close()


def test_a_project_in_odoo_becomes_two_green_hosts(page, driver, lab, pictures):
    driver.catalog.manifests()
    page.goto(
        f"{driver.server.url}/odoo/action-kubernetes_hosting.kubernetes_project_action/new"
    )
    page.fill("[name=name] input, [name=name] textarea", PROJECT)
    pick(page, "cluster_id", lab["name"])
    for name in ("postgres", "odoo"):
        pick(page, "manifest_ids", name)
    page.click("button[name=action_create_hosts]")
    page.goto(
        f"{driver.server.url}/odoo/action-kubernetes_hosting.kubernetes_host_action"
    )
    page.get_by_text(f"{PROJECT}.{lab['domain']}", exact=True).first.click()
    shoot(page, pictures, "host_running")
    ladder = page.locator("[name=ladder]")
    expect(page.locator("[name=health]")).to_have_text(
        re.compile("OK"), timeout=READY_MS
    )
    expect(ladder).to_contain_text("health", ignore_case=True)
    shoot(page, pictures, "host_green")
    for host in fqdns(lab):
        assert tenant.is_healthy(host, lab["address"], lab["acme_roots"])


def test_the_host_form_fits_a_phone(browser, driver, pictures):
    page = new_page(browser, NARROW)
    log_in(page, driver.server.url, "admin", driver.server.admin_password())
    page.wait_for_url("**/odoo**")
    page.goto(
        f"{driver.server.url}/odoo/action-kubernetes_hosting.kubernetes_host_action"
    )
    page.get_by_text(PROJECT).first.click()
    expect(page.locator("[name=ladder]")).to_be_visible()
    shoot(page, pictures, "host_phone")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= NARROW["width"], f"the page is {width} px wide"
    page.context.close()


def test_export_downloads_the_file_that_the_shell_uses(
    page, driver, lab, tmp_path, pictures
):
    host = hosts(driver)["production"]
    page.goto(
        f"{driver.server.url}/odoo/action-kubernetes_hosting.kubernetes_host_action/{host}"
    )
    page.click(
        ".o_cp_action_menus .dropdown-toggle, .o_control_panel .o_cog_menu button"
    )
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Export to YAML").click()
    path = tmp_path / "vars.yml"
    download.value.save_as(path)
    assert download.value.suggested_filename == "vars.yml"
    assert yaml.safe_load(path.read_text())["hosting_host"] == fqdns(lab)[0]
    done = playbook(lab, "apply", "-i", f"{fqdns(lab)[0]},", "-e", f"@{path}")
    assert done.returncode == 0 and "changed=0 " in done.stdout, done.stdout[-3000:]


def test_odoo_and_shell_leave_the_tenants_as_they_are(driver, lab):
    before = {
        name: objects(lab, f"host-{name}") for name in (PROJECT, f"{PROJECT}-stag")
    }
    for _round in range(2):
        for environment in ("production", "staging"):
            result = driver.press("apply", hosts(driver)[environment])["line"]["result"]
            assert (result["ok"], result["changed"], result["pruned"]) == (True, 0, [])
    after = {name: objects(lab, f"host-{name}") for name in before}
    assert before == after
    uuids = {database_uuid(lab, fqdn) for fqdn in fqdns(lab)}
    assert len(uuids) == 2, "production and staging have databases of their own"


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_a_tenant_is_closed_to_strangers(environment, lab):
    fqdn = fqdns(lab)[environment == "staging"]
    assert_tenant_is_closed(fqdn, lab["address"], lab["acme_roots"])


def test_the_customers_log_in_works_and_no_default_does(browser, lab, pictures):
    fqdn = fqdns(lab)[0]
    page = new_page(browser)
    page.goto(f"https://{fqdn}/web/login")
    shoot(page, pictures, "tenant_login")
    log_in(page, f"https://{fqdn}", "admin", "admin")
    expect(page.locator(".alert-danger")).to_be_visible()
    log_in(page, f"https://{fqdn}", "admin", first_password(lab, fqdn))
    expect(page.locator(".o_main_navbar")).to_be_visible()
    shoot(page, pictures, "tenant_inside")
    page.context.close()


def pick(page, field: str, text: str) -> None:
    """Choose a record in a many2one or many2many field by its name."""
    page.fill(f"[name={field}] input", text)
    page.locator(".o-autocomplete--dropdown-item", has_text=text).first.click()


def hosts(driver) -> dict[str, int]:
    """Return the project's hosts by environment."""
    found = driver.client.search("kubernetes.host", ("project_id.name", "=", PROJECT))
    read = driver.client.call("kubernetes.host", "read", found, ["environment"])
    return {host["environment"]: host["id"] for host in read}


def fqdns(lab: dict) -> tuple[str, str]:
    """Return the names of production and staging."""
    return f"{PROJECT}.{lab['domain']}", f"{PROJECT}-stag.{lab['domain']}"


def first_password(lab: dict, fqdn: str) -> str:
    """Return the administrator's first password, straight from the cluster."""
    namespace = "host-" + fqdn.split(".")[0]
    command = [gobuild.program("kubectl"), f"--kubeconfig={lab['admin_kubeconfig']}"]
    command += ["-n", namespace, "get", "secret", "odoo-admin", "-o", "json"]
    answer = subprocess.run(command, check=True, capture_output=True).stdout
    return b64decode(json.loads(answer)["data"]["password"]).decode()


def database_uuid(lab: dict, fqdn: str) -> str:
    """Return a tenant's database.uuid, asked as its administrator."""
    transport = tenant.transport(fqdn, lab["address"], lab["acme_roots"])
    url = f"https://{fqdn}/xmlrpc/2"
    password = first_password(lab, fqdn)
    common = xmlrpc.client.ServerProxy(f"{url}/common", transport=transport)
    uid = common.authenticate("odoo", "admin", password, {})
    model = xmlrpc.client.ServerProxy(f"{url}/object", transport=transport)
    arguments = ["ir.config_parameter", "get_param", ["database.uuid"]]
    return model.execute_kw("odoo", uid, password, *arguments)
