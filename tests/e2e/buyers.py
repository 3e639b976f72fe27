"""Buyers without a browser: many at once, over HTTP, as the shop's pages send it."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import requests

from tests.lab.server.client import OdooClient

PASSWORD = "a-buyer's-own-1"
TIMEOUT = 120  # seconds
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_FIELD = re.compile(r'name="name_(\d+)"')


class Buyer:
    """One customer with an account, a session, and a cart; times what it asks for."""

    def __init__(self, url: str, login: str):
        self.url = url
        self.login = login
        self.session = requests.Session()
        # Page (without numbers) and how long it took.
        self.seconds: list[tuple[str, float]] = []

    def log_in(self) -> None:
        """Log in by the form."""
        page = self.get("/web/login").text
        data = {"csrf_token": _TOKEN.search(page)[1], "login": self.login}
        answer = self.post("/web/login", data | {"password": PASSWORD})
        assert "/web/login" not in answer.url, f"{self.login} could not log in"

    def add(self, template: int, product: int) -> None:
        """Put a product into the cart."""
        self.call(
            "/shop/cart/add",
            product_template_id=template,
            product_id=product,
            quantity=1,
        )

    def name(self, name: str) -> tuple[bool, str]:
        """Enter a name in the step *Project*; return whether it was taken over, and the page."""
        page = self.get("/shop/project").text
        fields = dict.fromkeys(_FIELD.findall(page), name)
        assert fields, f"{self.login}: no name is asked for"
        data = {f"name_{line}": value for line, value in fields.items()}
        data["csrf_token"] = _TOKEN.search(page)[1]
        answer = self.post("/shop/project", data, allow_redirects=False)
        return answer.status_code == 303, answer.text

    def check(self, name: str) -> dict[str, Any]:
        """Return what the check while typing says."""
        return self.call("/shop/project/check", name=name)

    def pay(self, order: dict[str, Any], provider: int, method: int) -> str:
        """Pay an order with the provider of payment_demo; return the reference."""
        values = self.call(
            f"/shop/payment/transaction/{order['id']}",
            access_token=order["access_token"],
            provider_id=provider,
            payment_method_id=method,
            token_id=None,
            amount=order["amount_total"],
            flow="direct",
            tokenization_requested=False,
            landing_route="/shop/payment/validate",
        )
        reference = values["reference"]
        self.call(
            "/payment/demo/simulate_payment",
            reference=reference,
            payment_details="1234",
            simulated_state="done",
        )
        self.call("/payment/status/poll")
        return reference

    def get(self, path: str) -> requests.Response:
        """Return a page."""
        return self._timed(self.session.get, self.url + path)

    def post(self, path: str, data: dict, **more: Any) -> requests.Response:
        """Send a form."""
        return self._timed(self.session.post, self.url + path, data=data, **more)

    def call(self, path: str, **params: Any) -> Any:
        """Call a JSON-RPC route; AssertionError with what it refused."""
        answer = self._timed(
            self.session.post, self.url + path, json={"params": params}
        ).json()
        assert "error" not in answer, answer["error"]["data"]["message"]
        return answer.get("result")

    def _timed(self, send, url: str, **more: Any) -> requests.Response:
        started = time.monotonic()
        answer = send(url, timeout=TIMEOUT, **more)
        page = re.sub(r"/\d+", "", url.removeprefix(self.url))
        self.seconds.append((page, time.monotonic() - started))
        assert answer.status_code < 500, f"{answer.status_code} {url}"
        return answer


def buyers(client: OdooClient, url: str, count: int) -> list[Buyer]:
    """Return logged-in buyers with addresses and accounts of their own."""
    reference = ("ir.model.data", "check_object_reference", "base", "group_portal")
    portal = client.call(*reference)[1]
    [country] = client.search("res.country", ("code", "=", "CH"))
    logins = [f"buyer{number}@example.com" for number in range(count)]
    there = client.call(
        "res.users", "search_read", [("login", "in", logins)], ["login"]
    )
    new = set(logins) - {user["login"] for user in there}
    values = [_prepare_buyer(login, portal, country) for login in sorted(new)]
    # They know their password: no invitations. A few at a time: each costs a second.
    known = {"context": {"no_reset_password": True}}
    for start in range(0, len(values), 10):
        client.call("res.users", "create", values[start : start + 10], **known)
    found = [Buyer(url, login) for login in logins]
    in_parallel([buyer.log_in for buyer in found], at_once=4)
    # What a test before left in their carts would ask for names, too.
    in_parallel([partial(buyer.call, "/shop/cart/clear") for buyer in found], 4)
    return found


def _prepare_buyer(login: str, group: int, country: int) -> dict[str, Any]:
    return {
        "name": login.partition("@")[0],
        "login": login,
        "email": login,
        "password": PASSWORD,
        "group_ids": [(6, 0, [group])],
        "phone": "+41 44 000 00 00",
        "street": "Bahnhofstrasse 1",
        "zip": "8001",
        "city": "Zürich",
        "country_id": country,
    }


def in_parallel(calls: list, at_once: int | None = None) -> list[Any]:
    """Return what calls return that start at the same time; the first error is raised."""
    with ThreadPoolExecutor(at_once or len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]
