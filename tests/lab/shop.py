"""The web shop of a lab: what it sells, and how somebody buys there in a browser."""

import re
from base64 import b64encode
from functools import partial
from typing import Any

from .paths import CHECKOUT
from .server.client import OdooClient

PRODUCT = "Odoo-Hosting"
PRICE = 59.0  # CHF a month
# The larger plan: the same manifests with more memory, and a choice of the language.
LARGE = "Odoo-Hosting L"
LARGE_MEMORY = "3Gi"
LARGE_VALUES = {
    "name": LARGE,
    "list_price": 119.0,
    "description_sale": "For larger teams: more memory. Monthly.",
    "hosting_quota_memory": "8Gi",
    "hosting_parameter_ids": [
        (0, 0, {"name": "odoo_memory_limit", "value": LARGE_MEMORY}),
        (
            0,
            0,
            {
                "name": "odoo_language",
                "value": "en_US",
                "choices": "en_US\nde_CH\nfr_CH",
                "customer_chooses": True,
                "label": "Language",
            },
        ),
    ],
}
PICTURE = CHECKOUT / "odoo_module/kubernetes_hosting/static/description/icon.png"
VAT = "8.1%"
PASSWORD_TIMEOUT = 120_000  # ms; on a busy machine the playbook takes a while
TIMEOUT = 90_000  # ms; the first pages of a new database build their assets


def offer(client: OdooClient, cluster: int, manifests: list[int]) -> int:
    """Return the product *Odoo-Hosting*, ready to be bought and paid for, in two plans.

    :param client: a caller with all rights
    :param cluster: where its hosts are created
    :param manifests: what they run; their own parameters hold the values
    """
    _sell_in_francs(client)
    _take_demo_payments(client)
    _ask_for_terms(client)
    group = client.find_or_create(
        "account.tax.group", [("name", "=", "VAT")], {"name": "VAT"}
    )
    tax = client.find_or_create(
        "account.tax",
        [("name", "=", VAT), ("type_tax_use", "=", "sale")],
        {"name": VAT, "amount": 8.1, "type_tax_use": "sale", "tax_group_id": group},
    )
    month = client.find_or_create(
        "sale.subscription.template",
        [("name", "=", "Monthly")],
        {
            "name": "Monthly",
            "code": "HOST",
            "recurring_rule_type": "months",
            "recurring_interval": 1,
            "invoicing_mode": "invoice",
        },
    )
    shared = {
        "type": "service",
        "taxes_id": [(6, 0, [tax])],
        "purchase_ok": False,
        "is_published": True,
        "is_hosting": True,
        "subscribable": True,
        "subscription_template_id": month,
        "hosting_cluster_id": cluster,
        "hosting_manifest_ids": [(6, 0, manifests)],
        "image_1920": b64encode(PICTURE.read_bytes()).decode(),
    }
    find = partial(client.find_or_create, "product.template")
    find([("name", "=", LARGE)], shared | LARGE_VALUES)
    usual = {
        "name": PRODUCT,
        "list_price": PRICE,
        "description_sale": "Your own Odoo 19 with a staging host. Monthly.",
    }
    return find([("name", "=", PRODUCT)], shared | usual)


def _sell_in_francs(client: OdooClient) -> None:
    """Make CHF the company's currency: possible until the first booking."""
    every = {"context": {"active_test": False}}
    [francs] = client.call("res.currency", "search", [("name", "=", "CHF")], **every)
    [company] = client.search("res.company", ("id", "=", 1))
    if client.read("res.company", company, "currency_id")["currency_id"][0] != francs:
        client.call("res.currency", "write", [francs], {"active": True})
        client.call("res.company", "write", [company], {"currency_id": francs})
    values = {"name": "CHF", "currency_id": francs}
    client.find_or_create("product.pricelist", [("name", "=", "CHF")], values)
    foreign = client.search("product.pricelist", ("currency_id", "!=", francs))
    client.call("product.pricelist", "write", foreign, {"active": False})


def _ask_for_terms(client: OdooClient) -> None:
    """Let buyers accept the terms before they pay."""
    key = [("key", "=", "website_sale.accept_terms_and_conditions")]
    every = {"context": {"active_test": False}}
    views = client.call("ir.ui.view", "search", key, **every)
    client.call("ir.ui.view", "write", views, {"active": True})


def speak_german(client: OdooClient) -> None:
    """Offer the website in German, too, with what the addons translate."""
    every = {"context": {"active_test": False}}
    [german] = client.call("res.lang", "search", [("code", "=", "de_DE")], **every)
    wizard = client.call(
        "base.language.install", "create", {"lang_ids": [(6, 0, [german])]}
    )
    client.call("base.language.install", "lang_install", [wizard])
    websites = client.search("website")
    client.call("website", "write", websites, {"language_ids": [(4, german)]})


def _take_demo_payments(client: OdooClient) -> None:
    """Show the provider of payment_demo to visitors, too."""
    demo = client.search("payment.provider", ("code", "=", "demo"))
    client.call(
        "payment.provider", "write", demo, {"state": "test", "is_published": True}
    )


def buy(
    page: Any, base_url: str, product: str, project: str, customer: dict[str, str]
) -> str:
    """Buy a hosting as a visitor does, and return the order's name.

    :param page: a Playwright page (sync) without a session
    :param product: name of the product, or the address of its page
    :param customer: ``name``, ``email``, ``password`` (of the account that is made, or
        that exists), ``phone``, ``street``, ``zip``, ``city``, ``country`` (all optional
        but the first three)
    :raises AssertionError: the shop refused a step; the text says which
    """
    page.set_default_timeout(TIMEOUT)
    put_into_cart(page, base_url, product)
    page.goto(f"{base_url}/shop/checkout")
    log_in(page, customer)
    page.goto(f"{base_url}/shop/checkout?try_skip_step=true")
    if "/shop/address" in page.url:
        fill_address(page, customer)
    if "/shop/project" not in page.url:
        page.goto(f"{base_url}/shop/project")
    _name_project(page, project)
    return pay(page)


def put_into_cart(page: Any, base_url: str, product: str) -> None:
    """Put one of a product into the cart: by its name, or the address of its page."""
    if product.startswith("/") or "://" in product:
        page.goto(product if "://" in product else f"{base_url}{product}")
    else:
        page.goto(f"{base_url}/shop?search={product}")
        title = re.compile(rf"^\s*{re.escape(product)}\s*$")
        page.locator(".oe_product a", has_text=title).first.click()
    ready(page)
    page.locator("#add_to_cart").click()
    # The cart's counter in the header tells that the server has taken it.
    page.locator(".my_cart_quantity:text('1')").first.wait_for(state="attached")


def ready(page: Any) -> None:
    """Wait until the page's scripts listen: a click before that is lost."""
    page.locator("body[is-ready=true]").wait_for(state="attached")


def log_in(page: Any, customer: dict[str, str]) -> None:
    """Make the account, or log in when there is one; nothing to do with a session."""
    if "/web/login" not in page.url:
        return
    login = page.url
    page.goto(login.replace("/web/login", "/web/signup"))
    page.fill("input[name=login]", customer["email"])
    page.fill("input[name=name]", customer["name"])
    page.fill("input[name=password]", customer["password"])
    page.fill("input[name=confirm_password]", customer["password"])
    page.press("input[name=confirm_password]", "Enter")
    page.wait_for_load_state()
    if "/web/signup" in page.url:
        page.goto(login)
        page.fill("input[name=login]", customer["email"])
        page.fill("input[name=password]", customer["password"])
        page.press("input[name=password]", "Enter")
        page.wait_for_load_state()
    assert "/web/login" not in page.url, f"{customer['email']} could not log in"


def fill_address(page: Any, customer: dict[str, str]) -> None:
    """Fill in the checkout's address form and send it."""
    defaults = {
        "phone": "+41 44 000 00 00",
        "street": "Bahnhofstrasse 1",
        "city": "Zürich",
        "zip": "8001",
    }
    page.select_option(
        "select[name=country_id]", label=customer.get("country", "Switzerland")
    )
    for name, value in {**defaults, **customer}.items():
        field = page.locator(f"form.address_autoformat input[name={name}]")
        if field.count() and field.is_visible():
            field.fill(value)
    page.locator("#save_address").click()
    page.wait_for_url(re.compile(r"/shop/(?!address)"))


def _name_project(page: Any, project: str) -> None:
    page.locator(".o_hosting_project input").first.fill(project)
    page.locator(".o_hosting_project_form button[name=continue]").click()
    page.wait_for_load_state()
    refusal = page.locator(".o_hosting_verdict.text-danger")
    assert not refusal.count(), f"{project}: {refusal.first.inner_text().strip()}"


def pay(page: Any, outcome: str = "done") -> str:
    """Pay with payment_demo and return the name of the order on the confirmation page.

    :param outcome: what the provider says: done or pending
    """
    terms = page.locator("#website_sale_tc_checkbox:visible")
    if terms.count():
        terms.first.check()
    page.locator("input[name=o_payment_radio][data-provider-code=demo]").first.check()
    if outcome != "done":
        page.locator("select[id^=simulated_payment]:visible").select_option(outcome)
    page.locator("button[name=o_payment_submit_button]:visible").first.click()
    if outcome == "pending":
        # The page goes on waiting; people go on with the link that it shows.
        page.locator("[name=o_payment_status_alert] a.alert-link").click()
    page.wait_for_url(re.compile(r"/shop/confirmation"))
    name = page.locator("#order_name span").last.inner_text().strip()
    assert re.fullmatch(r"S\d+", name), f"no order on the confirmation page: {name!r}"
    return name


def show_password(page: Any, base_url: str, host: int, customer: dict[str, str]) -> str:
    """Return a host's first password as its buyer sees it in the portal.

    :param host: id of the host
    :param customer: as for :func:`buy`
    """
    page.set_default_timeout(TIMEOUT)
    page.goto(f"{base_url}/my/hosts/{host}/access")
    if "/web/login" in page.url:
        page.fill("input[name=login]", customer["email"])
        page.fill("input[name=password]", customer["password"])
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/access")
    page.locator("form button", has_text="Show my password").click()
    # A playbook fetches it: the page asks again every two seconds meanwhile.
    shown = page.locator(".o_hosting_password")
    shown.wait_for(timeout=PASSWORD_TIMEOUT)
    return shown.inner_text().strip()
