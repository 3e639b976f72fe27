from datetime import timedelta

from odoo import fields
from odoo.tests import JsonRpcException
from odoo.tools import mute_logger

from .common import HostingShopCase

SHOP = "/shop/payment/transaction/%s"
PORTAL = "/my/orders/%s/transaction"


class TestGuards(HostingShopCase):
    """Ways to pay for a hosting whose name is missing or lost: none leads anywhere."""

    def test_the_payment_page_leads_back_to_the_step(self):
        self._add_to_cart()
        self.assertEqual(self._get("/shop/payment"), (303, "/shop/project"))

    def test_a_direct_transaction_without_a_name_is_refused(self):
        cart = self._add_to_cart()
        for route in (SHOP, PORTAL):
            self._assert_refused(cart, route, "project name")

    def test_a_direct_transaction_of_a_visitor_is_refused(self):
        self.authenticate(None, None)
        cart = self._add_to_cart()
        cart.order_line.hosting_name = "acme"
        cart.partner_id = self.anna
        self._assert_refused(cart, SHOP, "log in")

    def test_with_a_name_both_ways_are_open(self):
        for number, route in enumerate((SHOP, PORTAL)):
            with self.subTest(route):
                cart = self._create_order(f"acme{number}", website_id=self.website.id)
                self._start_payment(cart, route)
                self.assertEqual(len(self._get_transactions(cart)), 1)

    def test_a_name_taken_after_its_reservation_is_refused(self):
        cart = self._add_to_cart()
        self._post_names("acme")
        self._expire(cart)
        self._create_order("acme")
        for route in (SHOP, PORTAL):
            self._assert_refused(cart, route, "acme is taken")
        self.assertEqual(self._get("/shop/payment"), (303, "/shop/project"))
        self.assertIn("acme is taken", self.url_open("/shop/project").text)

    def test_an_expired_name_that_is_free_is_reserved_again(self):
        cart = self._add_to_cart()
        self._post_names("acme")
        self._expire(cart)
        self._start_payment(cart)
        project = cart.order_line.hosting_project_id
        self.assertGreater(project.reserved_until, fields.Datetime.now())

    def test_a_name_changed_in_a_second_tab_is_the_one_that_counts(self):
        cart = self._add_to_cart()
        self._post_names("acme")
        # The first tab stands on the payment page; the second one goes back.
        self._post_names("bravo")
        self._start_payment(cart)
        cart.action_confirm()
        self._assert_provided_once(cart)
        self.assertEqual(cart.order_line.hosting_project_id.name, "bravo")
        self._create_order("acme")

    def test_a_bad_name_in_a_second_tab_changes_nothing(self):
        cart = self._add_to_cart()
        self._post_names("acme")
        self._create_order("bravo")
        for name in ("", "bravo", "www"):
            self.assertEqual(self._post_names(name).status_code, 200)
        self.assertEqual(cart.order_line.hosting_name, "acme")
        self._start_payment(cart)
        self.assertEqual(len(self._get_transactions(cart)), 1)

    def test_a_second_hosting_added_in_a_second_tab_needs_its_name_too(self):
        cart = self._add_to_cart()
        self._post_names("acme")
        self._add_to_cart()
        for route in (SHOP, PORTAL):
            self._assert_refused(cart, route, "project name")

    def test_a_paid_cart_takes_no_other_name(self):
        cart = self._add_to_cart()
        self._post_names("acme")
        self._start_payment(cart)
        self._get_transactions(cart)._set_pending()
        self.assertEqual(self._get("/shop/project"), (303, "/shop"))
        answer = self.url_open(
            "/shop/project",
            data={f"name_{cart.order_line.id}": "bravo"},
            allow_redirects=False,
        )
        self.assertIn(answer.status_code, (303, 400))
        self.assertEqual(cart.order_line.hosting_name, "acme")

    def test_a_cart_that_costs_nothing_needs_a_name_too(self):
        self.hosting.list_price = 0
        cart = self._add_to_cart()
        self.url_open("/shop/checkout")
        self.assertFalse(cart.amount_total)
        with mute_logger("odoo.http"):
            self.url_open("/shop/payment/validate")
        self.assertEqual(cart.state, "draft")
        self._post_names("acme")
        self.url_open("/shop/payment/validate")
        self.assertEqual(cart.state, "sale")
        self._assert_provided_once(cart)

    def _assert_refused(self, cart, route, words):
        with (
            self.subTest(route),
            mute_logger("odoo.http"),
            self.assertRaisesRegex(JsonRpcException, "ValidationError"),
        ):
            self._start_payment(cart, route)
        self.assertFalse(self._get_transactions(cart))
        with self.subTest(route, words=words):
            self.assertIn(words, self._get_refusal(cart, route))

    def _get_refusal(self, cart, route):
        """Return what the person reads who tries it."""
        with mute_logger("odoo.http"):
            answer = self.opener.post(
                self._build_url(route % cart.id),
                json={
                    "params": {
                        "access_token": cart._portal_ensure_token(),
                        "provider_id": self.provider.id,
                        "payment_method_id": self.payment_method_id,
                        "token_id": None,
                        "amount": cart.amount_total,
                        "flow": "direct",
                        "tokenization_requested": False,
                        "landing_route": "/shop/payment/validate",
                    }
                },
            )
        return answer.json()["error"]["data"]["message"]

    def _expire(self, cart):
        project = cart.order_line.hosting_project_id
        project.reserved_until = fields.Datetime.now() - timedelta(seconds=1)
