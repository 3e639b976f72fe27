"""The shop as customers see it: on a phone and wide, in English and German.

Their payment takes its time, so nothing is deployed here: test_main_job follows that.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.lab import shop
from tests.lab.browser import NARROW, WIDE, log_in, new_page, shoot

WAIT_MS = 60_000
ORDERS = "action-sale.action_orders"
BERTA = {
    "name": "Berta Beispiel",
    "email": "berta@example.com",
    "password": "a-customer's-own-2",
}
WORDS = {
    "de": {
        "free": "ist frei",
        "taken": "ist vergeben. Frei:",
        "reserved": "www ist reserviert",
        "umlauts": "Versuchen Sie mueller",
        "waiting": "Wir warten auf Ihre Zahlung",
        "ready": "ist bereit",
    },
    "en": {
        "free": "is free",
        "taken": "is taken. Free:",
        "reserved": "www is reserved",
        "umlauts": "Try mueller",
        "waiting": "Waiting for your payment",
        "ready": "is ready",
    },
}


@pytest.fixture(scope="module")
def offer(driver):
    """The product on sale."""
    shop.offer(driver.client, driver.cluster, driver.catalog.manifests())


@pytest.fixture(scope="module")
def german(driver, offer):
    """A website in German, too."""
    shop.speak_german(driver.client)


@pytest.fixture(scope="session")
def pictures(driver) -> Path:
    """Where this run keeps its screenshots."""
    return Path(driver.server.state) / "screenshots"


def test_on_a_phone_up_to_a_payment_that_is_pending(browser, driver, offer, pictures):
    page = new_page(browser, NARROW)
    walk(page, driver, "en", "berta-shop", pictures)
    page.context.close()


@pytest.mark.full
@pytest.mark.parametrize(
    ("language", "size", "name"),
    [
        ("en", WIDE, "berta"),
        ("de", NARROW, "berta-laden"),
        ("de", WIDE, "berta-handel"),
    ],
)
def test_in_each_language_at_each_width(
    browser, driver, german, pictures, language, size, name
):
    page = new_page(browser, size)
    walk(page, driver, language, name, pictures)
    page.context.close()


def test_without_javascript_a_suggestion_leads_on(browser, driver, offer, pictures):
    scripted = new_page(browser)
    to_project(scripted, driver, "en")
    state = scripted.context.storage_state()
    scripted.context.close()
    context = browser.new_context(java_script_enabled=False, storage_state=state)
    page = context.new_page()
    page.goto(f"{driver.server.url}/shop/project")
    page.locator(".o_hosting_project input[type=text]").fill("www")
    page.locator("button[name=continue]").click()
    expect(page.locator(".o_hosting_verdict")).to_contain_text("www is reserved")
    page.locator(".o_hosting_project input[type=text]").fill("Bäckerei Huber")
    page.keyboard.press("Enter")
    page.locator(".o_hosting_suggestions button").first.click()
    expect(page).to_have_url(re.compile("/shop/payment"), timeout=WAIT_MS)
    page.goto(f"{driver.server.url}/shop/project")
    expect(page.locator(".o_hosting_verdict")).to_contain_text("reserved for you")
    context.close()


@pytest.mark.full
@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_a_salesperson_enters_name_and_choice(browser, driver, offer, pictures, size):
    """On the line of a quotation; a phone opens the line as a form."""
    client = driver.client
    [large] = client.search("product.product", ("name", "=", shop.LARGE))
    partner = client.call("res.partner", "create", {"name": "Carla Muster"})
    values = {"partner_id": partner, "order_line": [(0, 0, {"product_id": large})]}
    order = client.call("sale.order", "create", values)
    page = new_page(browser, size)
    log_in(page, driver.server.url, "admin", driver.server.admin_password())
    page.wait_for_url("**/odoo**")
    page.goto(f"{driver.server.url}/odoo/{ORDERS}/{order}")
    name = f"carla-{size['width']}"
    if size == WIDE:
        page.locator(".o_data_row td[name=hosting_name]").click()
    else:
        page.locator("[name=order_line] .o_kanban_record").first.click()
    page.locator("[name=hosting_name] input").fill(name)
    page.locator("[name=hosting_choices] select").select_option("fr_CH")
    shoot(page, pictures, f"quotation_{size['width']}")
    if size == NARROW:
        page.locator(".modal .o_form_button_save").click()
        page.locator(".modal").wait_for(state="detached")
    # On a phone it has no size, but it is there.
    save = page.locator(".o_action_manager .o_form_status_indicator")
    save.locator(".o_form_button_save").dispatch_event("click")
    [line] = client.search("sale.order.line", ("order_id", "=", order))
    fields = ("hosting_name", "hosting_choices", "name")
    seen = driver.wait(
        lambda: client.read("sale.order.line", line, *fields),
        lambda line: line["hosting_name"] == name,
    )
    assert seen["hosting_choices"] == {"odoo_language": "fr_CH"}
    assert "Language: fr_CH" in seen["name"]
    page.context.close()


def walk(page: Page, driver, language: str, name: str, pictures: Path) -> None:
    """Go from the product to the page that waits for the payment."""
    words = WORDS[language]
    width = page.viewport_size["width"]
    to_project(page, driver, language)
    verdict = page.locator(".o_hosting_verdict")
    field = page.locator(".o_hosting_project input[type=text]")
    for text, expected in (
        ("www", words["reserved"]),
        ("Müller", words["umlauts"]),
        (name, words["free"]),
    ):
        field.fill(text)
        expect(verdict).to_contain_text(expected, timeout=WAIT_MS)
        assert_fits(page)
    shoot(page, pictures, f"project_{language}_{width}")
    page.locator("button[name=continue]").click()
    expect(page).to_have_url(re.compile("/shop/payment"), timeout=WAIT_MS)
    shoot(page, pictures, f"payment_{language}_{width}")
    shop.pay(page, "pending")
    steps = page.locator(".o_hosting_progress")
    expect(steps).to_contain_text(words["waiting"], timeout=WAIT_MS)
    assert_fits(page)
    shoot(page, pictures, f"pending_{language}_{width}")
    link = page.locator("a[href*='/hosting?']").get_attribute("href")
    stranger = new_page(page.context.browser)
    stranger.set_default_timeout(WAIT_MS)
    stranger.goto(driver.server.url + link)
    expect(stranger.locator("[data-step=paid]")).to_have_attribute(
        "data-state", "running"
    )
    stranger.context.close()
    taken(page, driver, language, name, words, pictures)


def taken(page, driver, language, name, words, pictures) -> None:
    """Want the same name once more: it is taken, a suggestion is a click away."""
    to_project(page, driver, language)
    verdict = page.locator(".o_hosting_verdict")
    page.locator(".o_hosting_project input[type=text]").fill(name)
    expect(verdict).to_contain_text(f"{name} {words['taken']}", timeout=WAIT_MS)
    shoot(page, pictures, f"taken_{language}_{page.viewport_size['width']}")
    assert_fits(page)
    page.locator(".o_hosting_suggestions button").first.click()
    expect(verdict).to_contain_text(words["free"], timeout=WAIT_MS)


def to_project(page: Page, driver, language: str) -> None:
    """Stand before the step *Project* with one hosting in the cart, logged in."""
    prefix = "/de" if language == "de" else ""
    base = f"{driver.server.url}{prefix}"
    shop.put_into_cart(page, base, shop.PRODUCT)
    page.goto(f"{base}/shop/checkout")
    shop.log_in(page, BERTA)
    page.goto(f"{base}/shop/checkout?try_skip_step=true")
    if "/shop/address" in page.url:
        shop.fill_address(page, BERTA)
    if "/shop/project" not in page.url:
        page.goto(f"{base}/shop/project")
    shop.ready(page)


def assert_fits(page: Page) -> None:
    """Nothing sticks out to the right."""
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], f"the page is {width} px wide"
