"""From an empty database to a green host, as the guide tells an administrator to go.

It comes first: the tests after it find its cluster in the same database.
"""

from pathlib import Path

import pytest
import yaml
from playwright.sync_api import expect

from tests.e2e import form
from tests.integration.light import MANIFEST
from tests.lab import tenant
from tests.lab.browser import NARROW, WIDE, log_in, new_page, shoot
from tests.lab.server.client import OdooClient

PROJECT = "first"
RUN_MS = 420_000
# Model -> where its forms are.
SCREENS = {
    "cluster": "kubernetes-clusters",
    "manifest": "kubernetes-manifests",
    "project": "kubernetes-projects",
    "host": "kubernetes-hosts",
    "run": "kubernetes-runs",
}
PLACES = {
    "dashboard": "kubernetes-dashboard",
    "hosts": "kubernetes-hosts",
    "settings": "action-kubernetes_hosting.res_config_settings_action",
}


@pytest.fixture(scope="module")
def client(server):
    """The administrator's external API: to look, not to press."""
    return OdooClient(server.url, server.database, "admin", server.admin_password())


@pytest.fixture(scope="module")
def page(browser, server):
    """Odoo's backend, logged in as its administrator."""
    page = new_page(browser)
    # The first page of a new database builds its assets.
    page.context.set_default_timeout(RUN_MS)
    log_in(page, server.url, "admin", server.admin_password())
    page.wait_for_url("**/odoo**")
    yield page
    page.context.close()


def test_from_an_empty_database_to_a_green_host(
    page, server, client, lab, pictures, tmp_path
):
    for model in SCREENS:
        assert client.search(f"kubernetes.{model}") == [], f"not empty: {model}"
    page.goto(f"{server.url}/odoo/kubernetes-clusters")
    add_cluster(page, lab, pictures)
    add_manifest(page, lab, pictures)
    add_product(page, server, pictures)
    add_project(page, server, pictures)
    apply(page, lab, pictures)
    export(page, lab, tmp_path, pictures)


def add_cluster(page, lab: dict, pictures: Path) -> None:
    """Add the lab's cluster and wait for a green report."""
    page.get_by_text("Add a cluster").wait_for()
    shoot(page, pictures, "admin_1_empty")
    cluster = form.new(page)
    cluster.fill(
        name=lab["name"],
        domain=lab["domain"],
        address=lab["address"],
        ingress_class=lab["ingress_class"],
        issuer=lab["issuer"],
        kubeconfig=lab["context"],
        context=lab["context"],
    )
    cluster.save()
    cluster.press("action_check_connection")
    expect(cluster.field("state")).to_have_text("Connected", timeout=RUN_MS)
    report = page.locator(".o_kubernetes_report li")
    expect(report.locator(".fa-times-circle")).to_have_count(0)
    # Without a host, nobody's host name can be tried.
    expect(report.filter(has_text="not tried")).to_have_count(1)
    assert report.locator(".fa-check-circle").count() == report.count() - 1 >= 6
    shoot(page, pictures, "admin_2_cluster")


def add_manifest(page, lab: dict, pictures: Path) -> None:
    """Add the light manifest by title and URL, fetch and approve it."""
    (Path(lab["manifests_dir"]) / "first.yaml").write_text(MANIFEST)
    form.open_menu(page, "Manifests")
    page.get_by_text("Add a manifest").wait_for()
    manifest = form.new(page)
    manifest.fill(name="web", url=f"{lab['manifests_url']}/test/first.yaml")
    manifest.tab("parameters")
    manifest.add_row("parameter_ids", name="web_greeting", value="hello")
    number = {"value_type": "Whole number", "value": "1"}
    manifest.add_row("parameter_ids", name="web_replicas", **number)
    manifest.save()
    manifest.press("action_fetch")
    approve = page.locator("button[name=action_approve]:enabled")
    expect(approve).to_have_text("Approve (0 hosts would change)", timeout=RUN_MS)
    shoot(page, pictures, "admin_3_manifest")
    approve.click()
    expect(manifest.field("current_version_id")).to_have_text("v1")


def add_product(page, server, pictures: Path) -> None:
    """Add a subscription product that sells the manifest."""
    page.goto(f"{server.url}/odoo/action-product.product_template_action/new")
    product = form.Form(page)
    product.fill(name="Web-Hosting")
    product.tab("kubernetes")
    page.locator("[name=is_hosting] input").check()
    expect(product.field("hosting_cluster_id").locator("input")).not_to_have_value("")
    # The field stands on the page Sales, too.
    shown = page.locator(".tab-pane.active [name=subscription_template_id] input")
    shown.fill("Monthly")
    options = page.locator(".o-autocomplete--dropdown-item")
    options.filter(has_text="Create").first.click()
    product.choose("hosting_manifest_ids", "web")
    product.save()
    shoot(page, pictures, "admin_4_product")


def add_project(page, server, pictures: Path) -> None:
    """Add a project of that product and create its hosts."""
    page.goto(f"{server.url}/odoo/kubernetes-projects")
    project = form.new(page)
    project.fill(name=PROJECT)
    project.choose("product_id", "Web-Hosting")
    expect(project.field("manifest_ids")).to_contain_text("web")
    project.save()
    shoot(page, pictures, "admin_5_project")
    project.press("action_create_hosts")
    page.get_by_text(f"{PROJECT}.").first.click()


def apply(page, lab: dict, pictures: Path) -> None:
    """Wait for the deployment, apply once more: nothing is left to change."""
    host = form.Form(page)
    expect(host.field("health")).to_have_text("OK", timeout=RUN_MS)
    host.press("action_apply")
    expect(page.locator(".o_kubernetes_progress").first).to_be_visible()
    expect(page.locator(".o_kubernetes_progress")).to_have_count(0, timeout=RUN_MS)
    expect(host.field("health")).to_have_text("OK")
    shoot(page, pictures, "admin_6_green")
    fqdn = f"{PROJECT}.{lab['domain']}"
    assert tenant.get(fqdn, "/", lab["address"], lab["acme_roots"])[0] == 200


def export(page, lab: dict, tmp_path: Path, pictures: Path) -> None:
    """Download vars.yml from the form's Action menu."""
    open_action_menu(page)
    shoot(page, pictures, "admin_7_export")
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Export to YAML").click()
    path = tmp_path / "vars.yml"
    download.value.save_as(path)
    variables = yaml.safe_load(path.read_text())
    assert variables["hosting_host"] == f"{PROJECT}.{lab['domain']}"
    assert (variables["web_greeting"], variables["web_replicas"]) == ("hello", 1)


def open_action_menu(page) -> None:
    """Open the menu with Export and Import."""
    page.locator(
        ".o_cp_action_menus .dropdown-toggle, .o_cog_menu button"
    ).first.click()


def open_first(page, server, client, model: str, path: str) -> int:
    """Open the form of the newest record of a model; return its id."""
    found = client.search(f"kubernetes.{model}")
    assert found, "the workflow above has to make it first"
    page.goto(f"{server.url}/odoo/{path}/{max(found)}")
    page.locator(".o_form_view").wait_for()
    return max(found)


@pytest.mark.full
def test_a_file_is_compared_and_taken_over(
    page, server, client, tmp_path, lab, pictures
):
    """Import YAML: a wrong file names its line, another one shows what differs."""
    domain = ("fqdn", "=", f"{PROJECT}.{lab['domain']}")
    (number,) = client.search("kubernetes.host", domain)
    page.goto(f"{server.url}/odoo/kubernetes-hosts/{number}")
    open_action_menu(page)
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Export to YAML").click()
    path = tmp_path / "vars.yml"
    download.value.save_as(path)
    exported = path.read_text()
    open_action_menu(page)
    page.get_by_role("menuitem", name="Import YAML").click()
    dialog = page.locator(".modal")
    path.write_text(exported.replace('"web_replicas": 1', '"web_replicas": 1.5'))
    dialog.locator("input[type=file]").set_input_files(path)
    dialog.get_by_role("button", name="Show differences").click()
    refusal = page.get_by_text("web_replicas is neither a text, a whole number")
    expect(refusal).to_contain_text("Line ")
    page.locator(".modal", has=refusal).get_by_role("button", name="Close").last.click()
    path.write_text(exported.replace('"hello"', '"good morning"'))
    dialog.locator("input[type=file]").first.set_input_files(path)
    dialog.get_by_role("button", name="Show differences").click()
    rows = page.locator(".o_kubernetes_differences tbody tr")
    expect(rows).to_have_count(1)
    for text in ("web_greeting", "hello", "good morning"):
        expect(rows).to_contain_text(text)
    shoot(page, pictures, "admin_11_import")
    dialog.get_by_role("button", name="Take over").click()
    expect(page.locator(".modal")).to_have_count(0)
    expect(form.Form(page).field("parameter_summary")).to_contain_text("good morning")


@pytest.mark.full
def test_a_new_version_shows_what_it_changes(page, server, client, lab, pictures):
    """The nightly check's way: a text changes at its URL, one host would follow."""
    if not client.search("kubernetes.host", ("fqdn", "like", f"{PROJECT}.")):
        pytest.fail("the workflow above has to make the host first")
    text = MANIFEST.replace("periodSeconds: 2", "periodSeconds: 5")
    (Path(lab["manifests_dir"]) / "first.yaml").write_text(text)
    page.goto(f"{server.url}/odoo/kubernetes-manifests")
    page.get_by_role("cell", name="web", exact=True).click()
    manifest = form.Form(page)
    manifest.press("action_fetch")
    approve = page.locator("button[name=action_approve]:enabled")
    expect(approve).to_have_text("Approve (2 hosts would change)", timeout=RUN_MS)
    manifest.tab("changes")
    changed = page.locator(".o_kubernetes_diff [data-kind=changed]")
    expect(changed).to_have_count(1)
    expect(changed).to_contain_text("periodSeconds: 5")
    shoot(page, pictures, "admin_8_new_version")
    approve.click()
    expect(manifest.field("current_version_id")).to_have_text("v2")
    page.goto(f"{server.url}/odoo/kubernetes-runs")
    page.get_by_role("row").filter(has_text=f"{PROJECT}.").first.click()
    page.locator(".o_form_view").wait_for()
    shoot(page, pictures, "admin_9_run")
    page.goto(f"{server.url}/odoo/kubernetes-dashboard")
    page.get_by_text("Runs per day").wait_for()
    shoot(page, pictures, "admin_10_dashboard")


@pytest.mark.full
def test_the_dashboard_leads_to_the_hosts(page, server):
    """A tile opens the hosts that it counts."""
    page.goto(f"{server.url}/odoo/kubernetes-dashboard")
    tile = page.locator(".o_kubernetes_tile[data-health=ok]")
    expect(tile).to_contain_text("2")
    expect(page.locator(".o_kubernetes_steps")).to_have_count(0)
    tile.click()
    expect(page.locator(".o_list_view .o_data_row")).to_have_count(2)


@pytest.mark.full
@pytest.mark.parametrize("language", ["en_US", "de_DE"])
def test_screens_fit_a_phone(page, server, client, pictures, language):
    """No screen is wider than a phone; the pictures of both languages are to be looked at."""
    speak(client, language)
    try:
        for model, path in SCREENS.items():
            open_first(page, server, client, model, path)
            look(page, pictures, f"{language}_{model}")
        for name, path in PLACES.items():
            page.goto(f"{server.url}/odoo/{path}")
            page.locator(".o_action_manager > *").first.wait_for()
            look(page, pictures, f"{language}_{name}")
    finally:
        speak(client, "en_US")
        page.set_viewport_size(WIDE)


def speak(client, language: str) -> None:
    """Let the administrator read a language."""
    # A language that nobody reads yet is archived.
    archived = {"active_test": False}
    found = client.call(
        "res.lang", "search", [("code", "=", language)], context=archived
    )
    wizard = client.call("base.language.install", "create", {"lang_ids": found})
    client.call("base.language.install", "lang_install", [wizard])
    (user,) = client.search("res.users", ("login", "=", "admin"))
    client.call("res.users", "write", [user], {"lang": language})


def look(page, pictures: Path, name: str) -> None:
    """Keep a wide and a narrow picture of what is open; the narrow one must fit."""
    page.set_viewport_size(WIDE)
    page.wait_for_timeout(1_500)
    shoot(page, pictures, f"wide_{name}")
    page.set_viewport_size(NARROW)
    page.reload()
    page.locator(".o_action_manager > *").first.wait_for()
    page.wait_for_timeout(1_500)
    shoot(page, pictures, f"phone_{name}")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= NARROW["width"], f"{name} is {width} pixels wide"
