from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError

from .common import HostingPaymentCase


class TestPayment(HostingPaymentCase):
    def test_no_money_for_a_hosting_without_a_name(self):
        order = self._create_order(False)
        for flow in ("redirect", "direct", "token"):
            operation = f"online_{flow}"
            with (
                self.subTest(flow),
                self.assertRaisesRegex(ValidationError, "project name"),
            ):
                self._pay(order, "draft", operation=operation)

    def test_no_money_for_a_name_that_somebody_else_has(self):
        order = self._create_order("acme")
        project = order.order_line.hosting_project_id
        project.reserved_until = fields.Datetime.now() - timedelta(seconds=1)
        self._create_order("acme")
        with self.assertRaisesRegex(ValidationError, "acme is taken"):
            self._pay(order, "draft")

    def test_starting_to_pay_renews_the_reservation(self):
        order = self._create_order("acme")
        project = order.order_line.hosting_project_id
        project.reserved_until = fields.Datetime.now() - timedelta(seconds=1)
        self._pay(order, "draft")
        self.assertGreater(project.reserved_until, fields.Datetime.now())

    def test_a_payment_provides_the_hosting_once_however_often_it_is_notified(self):
        order = self._create_order("acme")
        payment = self._pay(order)
        payment._post_process()
        payment._set_done()
        payment._post_process()
        self.assertEqual(order.state, "sale")
        self._assert_provided_once(order)

    def test_the_money_of_a_confirmed_order_is_always_welcome(self):
        order = self._create_order("acme")
        order.action_confirm()
        payment = self._pay(order)
        payment._post_process()
        self.assertEqual(payment.state, "done")
        self._assert_provided_once(order)

    def test_the_name_that_stands_on_the_order_at_the_end_counts(self):
        order = self._create_order("acme")
        payment = self._pay(order, "draft")
        order.order_line.hosting_name = "bravo"
        payment._set_done()
        payment._post_process()
        self._assert_provided_once(order)
        self.assertEqual(order.order_line.hosting_project_id.name, "bravo")
        self.assertEqual(self._create_order("acme").order_line.hosting_name, "acme")

    def test_other_orders_are_paid_as_before(self):
        chair = self.env["product.product"].create({"name": "Chair", "list_price": 10})
        line = fields.Command.create({"product_id": chair.id})
        order = self._create_order(order_line=[line])
        self._pay(order)._post_process()
        self.assertEqual(order.state, "sale")
