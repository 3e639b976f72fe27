"""The shop as customers see it: on a phone and wide, in English and German.

Their payment takes its time, so nothing is deployed here: test_main_job follows that.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.lab import shop
from tests.lab.browser import NARROW, WIDE, new_page, shoot

WAIT_MS = 60_000
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
    ("language", "size"), [("en", WIDE), ("de", NARROW), ("de", WIDE)]
)
def test_in_each_language_at_each_width(
    browser, driver, german, pictures, language, size
):
    page = new_page(browser, size)
    walk(page, driver, language, f"berta-{language}-{size['width']}", pictures)
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
