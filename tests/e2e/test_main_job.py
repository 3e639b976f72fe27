"""The main job in a real browser: a host in Odoo becomes a real Odoo tenant."""

import json
import re
import subprocess
import xmlrpc.client
from base64 import b64decode
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Locator, expect

from tests.e2e.conftest import CUSTOMER, PROJECT
from tests.integration.test_odoo_path import objects, playbook
from tests.integration.test_tenant_odoo import assert_tenant_is_closed
from tests.lab import gobuild, shop, tenant
from tests.lab.browser import NARROW, log_in, new_page, shoot

READY_MS = 420_000
HOSTS = "action-kubernetes_hosting.kubernetes_host_action"


@pytest.fixture(scope="module")
def page(browser, driver):
    """Odoo's backend, logged in as its administrator."""
    page = new_page(browser)
    log_in(page, driver.server.url, "admin", driver.server.admin_password())
    page.wait_for_url("**/odoo**")
    yield page
    page.context.close()


def test_bought_in_the_shop_it_becomes_two_green_hosts(
    page, browser, driver, lab, pictures
):
    shop.offer(driver.client, driver.cluster, driver.catalog.manifests())
    visitor = new_page(browser)
    order = shop.buy(visitor, driver.server.url, shop.PRODUCT, PROJECT, CUSTOMER)
    progress = being_set_up(visitor, pictures)
    lines = driver.client.call(
        "sale.order.line",
        "search_read",
        [("order_id.name", "=", order), ("hosting_name", "=", PROJECT)],
        ["state"],
    )
    assert [line["state"] for line in lines] == ["sale"]
    host = hosts(driver)["production"]
    page.goto(f"{driver.server.url}/odoo/{HOSTS}/{host}")
    page.locator(".o_kubernetes_progress").wait_for()
    shoot(page, pictures, "host_running")
    expect(page.locator("[name=health]")).to_have_text(
        re.compile("OK"), timeout=READY_MS
    )
    expect(page.locator("[name=ladder_shown]")).to_contain_text("Health")
    shoot(page, pictures, "host_green")
    is_ready(progress, fqdns(lab), pictures)
    visitor.context.close()
    for one in hosts(driver).values():
        driver.wait_for_health(one, "ok")
    for fqdn in fqdns(lab):
        assert tenant.is_healthy(fqdn, lab["address"], lab["acme_roots"])


def being_set_up(visitor, pictures) -> Locator:
    """Return the steps on the confirmation page: paid, and on their way."""
    steps = visitor.locator(".o_hosting_progress")
    expect(steps).to_contain_text(f"{PROJECT} is being set up")
    for step, state in (("paid", "done"), ("project", "done"), ("ready", "waiting")):
        expect(steps.locator(f"[data-step={step}]")).to_have_attribute(
            "data-state", state
        )
    expect(steps.locator("[data-step=production]")).to_contain_text(
        re.compile("Starting|Waiting for its turn")
    )
    shoot(visitor, pictures, "progress_running")
    return steps


def is_ready(steps: Locator, names: tuple[str, str], pictures) -> None:
    """Nobody has touched the page: it leads to both addresses and the first password."""
    expect(steps).to_contain_text(f"{PROJECT} is ready", timeout=READY_MS)
    for name in names:
        link = steps.get_by_role("link", name=name)
        expect(link).to_have_attribute("href", f"https://{name}", timeout=READY_MS)
    expect(steps.locator("[data-state=done]")).to_have_count(5)
    expect(steps.get_by_role("link", name="See your first password")).to_be_visible()
    shoot(steps.page, pictures, "progress_ready")


def test_the_link_in_the_orders_mail_shows_it_to_who_has_no_account(
    browser, driver, lab, pictures
):
    [mail] = driver.wait(lambda: mails(lab, driver.since, "Your order"), bool)
    assert CUSTOMER["email"] in mail["To"]
    html = mail.get_body(("html",)).get_content()
    [link] = re.findall(r'href="([^"]+/hosting\?[^"]+)"', html)
    stranger = new_page(browser, NARROW)
    stranger.goto(unescape(link))
    is_ready(stranger.locator(".o_hosting_progress"), fqdns(lab), pictures / "phone")
    text = stranger.content()
    assert CUSTOMER["email"] not in text and CUSTOMER["name"] not in text
    for fqdn in fqdns(lab):
        assert first_password(lab, fqdn) not in text
    stranger.context.close()


def test_one_order_is_one_subscription_one_project_and_one_run(driver):
    client = driver.client
    project = client.search("kubernetes.project", ("name", "=", PROJECT))
    ours = [("host_id", "in", list(hosts(driver).values())), ("playbook", "=", "apply")]
    lines = client.call("kubernetes.run.line", "search_read", ours, ["state", "run_id"])
    runs = {line["run_id"][0] for line in lines}
    assert (len(project), len(client.search("sale.subscription"))) == (1, 1)
    assert (len(runs), [line["state"] for line in lines]) == (1, ["done", "done"])


def test_one_mail_tells_the_customer_without_a_password(driver, lab):
    ready = driver.wait(lambda: mails(lab, driver.since, "is ready"), bool, seconds=150)
    assert len(ready) == 1 and CUSTOMER["email"] in ready[0]["To"]
    text = ready[0].as_string() + "".join(
        part.get_content()
        for part in ready[0].walk()
        if part.get_content_type() == "text/plain"
    )
    for fqdn in fqdns(lab):
        assert fqdn in text
        assert first_password(lab, fqdn) not in text
    assert "/my/hosts/" in text


def test_the_access_page_shows_the_password_that_logs_in(
    browser, driver, lab, pictures
):
    page = new_page(browser)
    shown = shop.show_password(
        page, driver.server.url, hosts(driver)["production"], CUSTOMER
    )
    shoot(page, pictures, "access_page")
    fqdn = fqdns(lab)[0]
    assert shown == first_password(lab, fqdn)
    log_in(page, f"https://{fqdn}", "admin", shown)
    expect(page.locator(".o_main_navbar")).to_be_visible()
    shoot(page, pictures, "tenant_inside")
    page.context.close()


def test_no_password_stays_anywhere(driver, lab):
    """The database, the log, the runs and the mails, searched for what was shown."""
    dump = driver.server.postgres.dump(driver.server.database)
    assert PROJECT in dump
    places = [driver.server.log, *Path(driver.server.state, "runs").rglob("*")]
    places += Path(lab["smtp"]["maildir"]).iterdir()
    places += Path(driver.server.state, "odoo").rglob("*")
    texts = {str(path): path.read_bytes() for path in places if path.is_file()}
    assert len(texts) > 10
    for fqdn in fqdns(lab):
        password = first_password(lab, fqdn)
        assert password not in dump
        assert not [path for path, text in texts.items() if password.encode() in text]


def test_the_host_form_fits_a_phone(browser, driver, pictures):
    page = new_page(browser, NARROW)
    log_in(page, driver.server.url, "admin", driver.server.admin_password())
    page.wait_for_url("**/odoo**")
    page.goto(f"{driver.server.url}/odoo/{HOSTS}")
    page.get_by_text(PROJECT).first.click()
    expect(page.locator("[name=ladder_shown]")).to_be_visible()
    shoot(page, pictures, "host_phone")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= NARROW["width"], f"the page is {width} px wide"
    page.context.close()


def test_export_downloads_the_file_that_the_shell_uses(
    page, driver, lab, tmp_path, pictures
):
    host = hosts(driver)["production"]
    page.goto(f"{driver.server.url}/odoo/{HOSTS}/{host}")
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


@pytest.mark.full
def test_another_plan_reaches_both_tenants(page, driver, lab, pictures):
    """The salesperson puts the larger plan on the subscription; the data stays."""
    client = driver.client
    uuids = [database_uuid(lab, fqdn) for fqdn in fqdns(lab)]
    [line] = client.search(
        "sale.subscription.line",
        ("sale_subscription_id.hosting_project_ids.name", "=", PROJECT),
    )
    [large] = client.search("product.product", ("name", "=", shop.LARGE))
    client.call("sale.subscription.line", "write", [line], {"product_id": large})
    for host in hosts(driver).values():
        assert driver.last_run(host)["line"]["result"]["ok"]
        driver.wait_for_health(host, "ok")
    for name in (PROJECT, f"{PROJECT}-stag"):
        found = objects(lab, f"host-{name}")
        text = json.dumps(found)
        assert f'"memory": "{shop.LARGE_MEMORY}"' in text
    assert uuids == [database_uuid(lab, fqdn) for fqdn in fqdns(lab)]
    subscription = client.read("sale.subscription.line", line, "sale_subscription_id")
    [action] = client.search(
        "ir.actions.act_window", ("res_model", "=", "sale.subscription")
    )[:1]
    page.goto(
        f"{driver.server.url}/odoo/action-{action}/{subscription['sale_subscription_id'][0]}"
    )
    page.get_by_text("its price counts from the next invoice").wait_for()
    shoot(page, pictures, "subscription_plan")


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_a_tenant_is_closed_to_strangers(environment, lab):
    fqdn = fqdns(lab)[environment == "staging"]
    assert_tenant_is_closed(fqdn, lab["address"], lab["acme_roots"])


def test_a_default_password_logs_nobody_in(browser, lab, pictures):
    page = new_page(browser)
    url = f"https://{fqdns(lab)[0]}"
    page.goto(f"{url}/web/login")
    page.locator("input[name=login]").wait_for()
    shoot(page, pictures, "tenant_login")
    log_in(page, url, "admin", "admin")
    expect(page.locator(".alert-danger")).to_be_visible()
    page.context.close()


def mails(lab: dict, since: float, subject: str) -> list[EmailMessage]:
    """Return what the SMTP sink took after a moment, by a part of the subject."""
    files = [
        path
        for path in Path(lab["smtp"]["maildir"]).glob("*.eml")
        if path.stat().st_mtime >= since
    ]
    read = [
        message_from_bytes(path.read_bytes(), policy=policy.default) for path in files
    ]
    return [mail for mail in read if subject in mail["Subject"]]


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
