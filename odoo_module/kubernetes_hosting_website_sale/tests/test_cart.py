from odoo.addons.kubernetes_hosting_website_sale.hooks import (
    post_init_hook,
    uninstall_hook,
)

from .common import HostingShopCase

STEP = "/shop/project"


class TestCart(HostingShopCase):
    def test_each_hosting_has_a_line_of_its_own(self):
        self._add_to_cart()
        cart = self._add_to_cart()
        self.assertEqual(cart.order_line.mapped("product_uom_qty"), [1, 1])

    def test_the_quantity_stays_one(self):
        cart = self._add_to_cart(quantity=3)
        self.assertEqual(cart.order_line.product_uom_qty, 1)
        self.assertIn("once more", cart.order_line.shop_warning)
        self.make_jsonrpc_request(
            self._build_url("/shop/cart/update"),
            {"line_id": cart.order_line.id, "quantity": 5},
        )
        self.assertEqual(cart.order_line.product_uom_qty, 1)

    def test_other_products_are_counted_as_before(self):
        self._add_to_cart(self.chair)
        cart = self._add_to_cart(self.chair, 2)
        self.assertEqual(cart.order_line.product_uom_qty, 3)

    def test_express_checkout_is_not_offered_for_a_hosting(self):
        self.provider.allow_express_checkout = True
        self.payment_method.support_express_checkout = True
        for product, offered in ((self.hosting, False), (self.chair, True)):
            order = self._create_order(order_line=[(0, 0, {"product_id": product.id})])
            found = self.env["payment.provider"]._get_compatible_providers(
                order.company_id.id,
                self.anna.id,
                10.0,
                currency_id=order.currency_id.id,
                is_express_checkout=True,
                sale_order_id=order.id,
            )
            usual = self.env["payment.provider"]._get_compatible_providers(
                order.company_id.id,
                self.anna.id,
                10.0,
                currency_id=order.currency_id.id,
                sale_order_id=order.id,
            )
            self.assertIn(self.provider, usual)
            self.assertEqual(self.provider in found, offered)

    def test_removing_the_line_frees_its_name(self):
        cart = self._add_to_cart()
        self._post_names("acme")
        self.make_jsonrpc_request(
            self._build_url("/shop/cart/update"),
            {"line_id": cart.order_line.id, "quantity": 0},
        )
        self._create_order("acme")


class TestStep(HostingShopCase):
    def test_every_website_has_the_step_once(self):
        website = self.env["website"].create({"name": "Second"})
        self.assertTrue(website._get_checkout_step(STEP).is_published)
        post_init_hook(self.env)
        for website in self.env["website"].search([]):
            steps = self.env["website.checkout.step"].search(
                [("step_href", "=", STEP), ("website_id", "=", website.id)]
            )
            self.assertEqual(len(steps), 1)
            self.assertEqual(website.auth_signup_uninvited, "b2c")

    def test_uninstalling_leaves_no_step_behind(self):
        uninstall_hook(self.env)
        self.assertFalse(
            self.env["website.checkout.step"].search([("step_href", "=", STEP)])
        )

    def test_the_step_is_shown_for_hostings_only(self):
        self._add_to_cart(self.chair)
        self.assertNotIn(STEP, self.url_open("/shop/checkout").text)
        self._add_to_cart()
        self.assertIn(STEP, self.url_open("/shop/checkout").text)
