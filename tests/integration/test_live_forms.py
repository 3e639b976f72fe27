"""An open form shows what others change, at once and without taking away one's typing."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.lab.browser import chromium, log_in, new_page

SOON = 5_000  # ms, half of what the poll of the form waits for at least


@pytest.fixture(scope="module")
def form(driver, lab) -> Iterator[Page]:
    """The cluster's form, in a browser that the server's bus knows."""
    with chromium(lab) as browser:
        page = new_page(browser)
        log_in(page, driver.server.url, "admin", driver.server.admin_password())
        page.wait_for_url("**/odoo**")
        page.goto(f"{driver.server.url}/odoo/kubernetes-clusters/{driver.cluster}")
        expect(capacity(page)).to_be_visible()
        wait_until_it_listens(driver, page)
        yield page


def wait_until_it_listens(driver, page: Page) -> None:
    """The websocket is a shared worker's, out of sight: change until one is seen."""
    for number in range(11, 41):
        change(driver, number)
        page.wait_for_timeout(1_000)
        if capacity(page).input_value() == str(number):
            return
    raise AssertionError("the form never heard of a change")


def capacity(page: Page):
    """Return the field in question."""
    return page.locator("[name=capacity] input")


def change(driver, number: int) -> None:
    """Let somebody else change the record."""
    values = {"capacity": number}
    driver.client.call("kubernetes.cluster", "write", [driver.cluster], values)


def test_a_change_by_others_is_seen_at_once(driver, form):
    for number in (5, 6):
        change(driver, number)
        expect(capacity(form)).to_have_value(str(number), timeout=SOON)


def test_what_somebody_types_stays_until_it_is_discarded(driver, form):
    issuer = form.locator("[name=issuer] input")
    before = issuer.input_value()
    issuer.fill("typed")
    change(driver, 7)
    form.wait_for_timeout(1_000)
    expect(issuer).to_have_value("typed")
    expect(capacity(form)).not_to_have_value("7")
    form.locator(".o_form_button_cancel").click()
    expect(issuer).to_have_value(before)
    # Discarding brings back what was read before; the form's next look has the rest.
    expect(capacity(form)).to_have_value("7", timeout=20_000)
    change(driver, 2)
    expect(capacity(form)).to_have_value("2", timeout=SOON)
