from urllib.parse import urlsplit

from odoo import fields
from odoo.http import Request
from odoo.tests import tagged

from odoo.addons.kubernetes_hosting.tests.common import KubernetesCase
from odoo.addons.kubernetes_hosting_sale.tests.common import HostingSaleMixin
from odoo.addons.payment.tests.http_common import PaymentHttpCommon

PASSWORD = "anna-muster-1"


@tagged("post_install", "-at_install")
class HostingShopCase(HostingSaleMixin, KubernetesCase, PaymentHttpCommon):
    """A visitor and a customer with an account, in the shop over HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_hosting()
        cls.hosting.is_published = True
        cls.chair = cls.env["product.product"].create(
            {
                "name": "Advice",
                "type": "service",
                "list_price": 10,
                "is_published": True,
            }
        )
        cls.website = cls.env["website"].get_current_website()
        cls.anna.country_id = cls.env.ref("base.ch")
        cls.user = cls.env["res.users"].create(
            {
                "login": "anna",
                "password": PASSWORD,
                "partner_id": cls.anna.id,
                "group_ids": [fields.Command.set(cls.env.ref("base.group_portal").ids)],
            }
        )

    def setUp(self):
        super().setUp()
        self.authenticate("anna", PASSWORD)

    def _add_to_cart(self, product=None, quantity=1):
        product = product or self.hosting
        self.make_jsonrpc_request(
            self._build_url("/shop/cart/add"),
            {
                "product_template_id": product.product_tmpl_id.id,
                "product_id": product.id,
                "quantity": quantity,
            },
        )
        return self._get_cart()

    def _get_cart(self):
        return self.env["sale.order"].search(
            [("website_id", "=", self.website.id)], order="id desc", limit=1
        )

    def _get(self, path):
        """Return the status and where a request leads to, without following it."""
        answer = self.url_open(path, allow_redirects=False)
        return answer.status_code, urlsplit(answer.headers.get("Location", "")).path

    def _post_names(self, *names, **more):
        """Enter the names of the cart's hostings, in their order."""
        lines = self._get_cart()._get_hosting_lines()
        data = {
            f"name_{line.id}": name for line, name in zip(lines, names, strict=True)
        }
        data |= {"csrf_token": Request.csrf_token(self)} | more
        return self.url_open("/shop/project", data=data, allow_redirects=False)

    def _start_payment(self, order, route="/shop/payment/transaction/%s"):
        """Ask for a transaction as the payment form does, or as somebody by hand."""
        return self.make_jsonrpc_request(
            self._build_url(route % order.id if "%s" in route else route),
            {
                "access_token": order._portal_ensure_token(),
                "provider_id": self.provider.id,
                "payment_method_id": self.payment_method_id,
                "token_id": None,
                "amount": order.amount_total,
                "flow": "direct",
                "tokenization_requested": False,
                "landing_route": "/shop/payment/validate",
            },
        )

    def _get_transactions(self, order):
        return self.env["payment.transaction"].search(
            [("sale_order_ids", "in", order.ids)]
        )
