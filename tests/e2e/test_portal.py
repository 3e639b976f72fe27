"""The portal as a customer uses it, with a real tenant: hosts, reset, undo, backups."""

import hashlib
import http.client
import tarfile
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import CUSTOMER, PROJECT
from tests.integration.tenant import Tenant
from tests.lab import shop, tenant
from tests.lab.browser import NARROW, WIDE, log_in, new_page, shoot

RUN_MS = 600_000
READY_SECONDS = 900
CLICKS, SECONDS = 100, 10

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def hosts(driver, browser) -> dict[str, int]:
    """The customer's two green hosts by environment; bought if an earlier test has not."""
    if not driver.client.search("kubernetes.project", ("name", "=", PROJECT)):
        shop.offer(driver.client, driver.cluster, driver.catalog.manifests())
        visitor = new_page(browser)
        shop.buy(visitor, driver.server.url, shop.PRODUCT, PROJECT, CUSTOMER)
        visitor.context.close()
    found = driver.client.search("kubernetes.host", ("project_id.name", "=", PROJECT))
    read = driver.client.call("kubernetes.host", "read", found, ["environment"])
    for host in found:
        driver.wait(
            lambda host=host: driver.host(host, "health", "activity"),
            lambda seen: (seen["health"], seen["activity"]) == ("ok", "idle"),
            READY_SECONDS,
        )
        driver.wait(
            lambda host=host: driver.host(host, "has_jobs"),
            lambda seen: seen["has_jobs"],
            READY_SECONDS,
        )
    return {host["environment"]: host["id"] for host in read}


@pytest.fixture(scope="module")
def page(browser, driver, hosts):
    """The portal, with the customer logged in."""
    page = portal(browser, driver)
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def pictures(driver) -> Path:
    """Where this run keeps its screenshots."""
    return Path(driver.server.state) / "screenshots"


def portal(browser, driver, size=WIDE):
    """Return a page of the customer's, at the portal's first page."""
    page = new_page(browser, size)
    log_in(page, driver.server.url, CUSTOMER["email"], CUSTOMER["password"])
    page.wait_for_url("**/my**")
    return page


def test_from_the_tile_to_a_host(page, driver, hosts, lab, pictures):
    page.goto(f"{driver.server.url}/my/home")
    tile = page.locator("a[href='/my/hosts']")
    expect(tile).to_be_visible()
    expect(tile).to_contain_text("2")
    shoot(page, pictures, "portal_home")
    tile.click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)
    shoot(page, pictures, "portal_list")
    page.get_by_role("link", name=f"{PROJECT}-stag.{lab['domain']}").click()
    expect(page.locator(".o_hosting_host")).to_contain_text("All steps are green")
    shoot(page, pictures, "portal_staging")
    page.locator("dl").get_by_role("link", name=f"{PROJECT}.{lab['domain']}").click()
    way = page.locator(".o_hosting_host").get_by_role("link", name="Open")
    expect(way).to_have_attribute("href", f"https://{PROJECT}.{lab['domain']}")
    expect(page.locator(".o_hosting_reset")).to_have_count(0)


def test_the_dialog_wants_the_name(page, driver, hosts, pictures):
    dialog = open_dialog(page, driver, hosts)
    button = dialog.get_by_role("button", name="Reset")
    expect(button).to_be_disabled()
    dialog.locator("input[name=name]").fill(PROJECT[:-1])
    expect(button).to_be_disabled()
    dialog.locator("input[name=name]").fill(PROJECT)
    expect(button).to_be_enabled()
    shoot(page, pictures, "portal_dialog")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize("path", ["/my/hosts", "/my/hosts/{staging}"])
def test_the_pages_fit_a_phone(path, browser, driver, hosts, pictures):
    page = portal(browser, driver, NARROW)
    page.goto(driver.server.url + path.format(**hosts))
    shoot(page, pictures, f"portal_phone_{'host' if '{' in path else 'list'}")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= NARROW["width"], f"the page is {width} px wide"
    cells = "cells => cells.filter(c => c.scrollWidth > c.clientWidth).map(c => c.textContent)"
    assert page.locator("td:visible").evaluate_all(cells) == [], "a text is cut"
    page.context.close()


def test_a_hundred_clicks_are_one_reset(page, driver, hosts, pictures):
    open_dialog(page, driver, hosts)
    token = page.locator("input[name=csrf_token]").first.input_value()
    url = f"{driver.server.url}/my/hosts/{hosts['staging']}/reset"
    cookies = {one["name"]: one["value"] for one in page.context.cookies()}
    began = time.monotonic()
    with ThreadPoolExecutor(10) as pool:
        codes = list(pool.map(lambda _n: click(url, cookies, token), range(CLICKS)))
    assert time.monotonic() - began < 3 * SECONDS
    assert codes.count(303) == 1 and codes.count(200) == CLICKS - 1, codes
    lines = runs(driver, hosts["staging"], "reset")
    assert len(lines) == 1
    page.goto(f"{driver.server.url}/my/hosts/{hosts['staging']}")
    expect(page.locator(".o_hosting_progress")).to_be_visible()
    shoot(page, pictures, "portal_progress")


def test_the_result_is_shown_by_itself(page, driver, hosts, lab, pictures):
    checks = page.locator(".o_hosting_check")
    expect(checks.first).to_be_visible(timeout=RUN_MS)
    expect(page.locator(".o_hosting_reset")).to_contain_text("Mails off")
    expect(page.locator(".o_hosting_check .fa-times")).to_have_count(0)
    shoot(page, pictures, "portal_reset")
    assert driver.last_run(hosts["staging"])["line"]["state"] == "done"
    fqdn = f"{PROJECT}-stag.{lab['domain']}"
    assert tenant.is_healthy(fqdn, lab["address"], lab["acme_roots"])


def test_a_second_reset_is_too_soon(page, driver, hosts):
    dialog = open_dialog(page, driver, hosts)
    dialog.locator("input[name=name]").fill(PROJECT)
    dialog.get_by_role("button", name="Reset").click()
    expect(page.locator(".alert-warning")).to_contain_text("every 10 minutes")
    assert len(runs(driver, hosts["staging"], "reset")) == 1


def test_undo_brings_the_data_from_before_back(page, driver, hosts, lab, pictures):
    page.goto(f"{driver.server.url}/my/hosts/{hosts['staging']}")
    page.locator(".o_hosting_reset").get_by_role("button", name="Undo").click()
    dialog = page.locator("#o_hosting_undo_dialog")
    dialog.get_by_role("button", name="Undo").click()
    reset = page.locator(".o_hosting_reset")
    expect(reset).to_contain_text("from before the last reset", timeout=RUN_MS)
    shoot(page, pictures, "portal_undone")
    fqdn = f"{PROJECT}-stag.{lab['domain']}"
    assert tenant.is_healthy(fqdn, lab["address"], lab["acme_roots"])


def test_the_first_password_opens_the_host_and_a_new_one_replaces_it(
    page, driver, hosts, lab, pictures
):
    url = f"{driver.server.url}/my/hosts/{hosts['production']}/access"
    found = []
    for button in ("Show my password", "Set a new password"):
        page.goto(url)
        page.get_by_role("button", name=button).click()
        password = page.locator(".o_hosting_password")
        expect(password).to_be_visible(timeout=RUN_MS)
        found.append(password.inner_text().strip())
    page.locator(".o_hosting_password").evaluate("e => e.textContent = 'x'.repeat(20)")
    shoot(page, pictures, "portal_access")
    fqdn = f"{PROJECT}.{lab['domain']}"
    there = Tenant(fqdn, lab["address"], lab["acme_roots"])
    assert found[0] != found[1] and there.log_in("admin", found[1])
    assert not there.log_in("admin", found[0])
    page.reload()
    expect(page.get_by_role("button", name="Show my password")).to_be_visible()


def test_a_backup_is_made_and_downloaded(page, driver, hosts, lab, pictures, tmp_path):
    page.goto(f"{driver.server.url}/my/hosts/{hosts['production']}")
    page.get_by_role("button", name="Back up now").click()
    expect(page.locator(".o_hosting_progress")).to_be_visible()
    backups = page.locator(".o_hosting_backups")
    expect(backups).to_contain_text("checked", timeout=RUN_MS)
    backups.scroll_into_view_if_needed()
    shoot(page, pictures, "portal_backups")
    backups.get_by_role("button", name="Download…").click()
    button = page.get_by_role("button", name="Download the backup")
    expect(button).to_be_visible(timeout=RUN_MS)
    shoot(page, pictures, "portal_download")
    with page.expect_download(timeout=RUN_MS) as downloading:
        button.click()
    expect(button).to_be_disabled()
    archive = tmp_path / downloading.value.suggested_filename
    downloading.value.save_as(archive)
    assert archive.name.startswith(f"{PROJECT}.{lab['domain']}-")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    (folder,) = [path for path in tmp_path.iterdir() if path.is_dir()]
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        sha256, name = line.split()
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256
    assert (folder / "dump").read_bytes().startswith(b"PGDMP")
    messages = driver.client.search(
        "mail.message",
        ("model", "=", "kubernetes.host"),
        ("body", "ilike", "asked for a download"),
    )
    assert len(messages) == 1


def test_the_administrator_downloads_it_too(browser, driver, hosts, pictures):
    page = new_page(browser)
    log_in(page, driver.server.url, "admin", driver.server.admin_password())
    page.wait_for_url("**/odoo**")
    page.goto(f"{driver.server.url}/odoo/kubernetes.host/{hosts['production']}")
    page.get_by_role("tab", name="Backups").click()
    shoot(page, pictures, "admin_backups")
    with page.expect_download(timeout=RUN_MS) as downloading:
        page.get_by_role("button", name="Download").first.click()
    assert downloading.value.suggested_filename.endswith(".tar")
    page.context.close()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "phone"])
def test_the_portal_speaks_german(size, browser, driver, hosts, pictures):
    shop.speak_german(driver.client)
    page = portal(browser, driver, size)
    width = "" if size == WIDE else "_phone"
    for environment, words in (
        ("staging", ("Zurücksetzen", "Rückgängig")),
        ("production", ("Sicherungen", "Letzte Aktionen")),
    ):
        page.goto(f"{driver.server.url}/de/my/hosts/{hosts[environment]}")
        for word in words:
            expect(page.locator(".o_hosting_host")).to_contain_text(word)
        shoot(page, pictures, f"portal_german_{environment}{width}", whole=True)
        found = page.evaluate("document.documentElement.scrollWidth")
        assert found <= size["width"], f"the page is {found} px wide"
    page.context.close()


def open_dialog(page, driver, hosts):
    """Return the reset dialog of staging's page, opened."""
    page.goto(f"{driver.server.url}/my/hosts/{hosts['staging']}")
    page.get_by_role("button", name="Reset…").click()
    dialog = page.locator("#o_hosting_reset_dialog")
    expect(dialog).to_be_visible()
    return dialog


def runs(driver, host: int, playbook: str) -> list[int]:
    """Return the run lines of a playbook for a host."""
    domain = [("host_id", "=", host), ("run_id.playbook", "=", playbook)]
    return driver.client.search("kubernetes.run.line", *domain)


def click(url: str, cookies: dict[str, str], token: str) -> int:
    """Send the dialog's form and return the status of the answer."""
    parts = urllib.parse.urlsplit(url)
    body = urllib.parse.urlencode({"csrf_token": token, "name": PROJECT})
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
    }
    connection = http.client.HTTPConnection(parts.netloc, timeout=120)
    connection.request("POST", parts.path, body, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status
