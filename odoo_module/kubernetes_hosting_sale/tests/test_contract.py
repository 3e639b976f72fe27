from odoo import fields

from .life import LifeCase


class TestContract(LifeCase):
    """What the portal tells a customer of his contract."""

    def test_a_hosting_that_is_paid_has_order_and_product(self):
        self.assertEqual(
            self.project._get_contract(),
            {
                "product": self.project.product_id.name,
                "name": self.order.name,
                "url": f"/my/orders/{self.order.id}",
            },
        )

    def test_what_is_overdue_stands_there_until_it_is_paid(self):
        invoice = self._invoice("2031-01-10")
        for day in ("2031-01-13", "2031-01-20", "2031-01-27"):
            self._go_to(day)
        self.assertEqual(self.project.state, "suspended")
        [unpaid] = self.project._get_contract()["unpaid"]
        self.assertEqual(unpaid["url"], f"/my/invoices/{invoice.id}")
        self.assertEqual((unpaid["name"], unpaid["due"]), (invoice.name, invoice.date))
        self.assertIn(f"{invoice.amount_residual:.2f}", unpaid["amount"])
        self._pay_invoice(invoice)
        self._follow()
        self.assertNotIn("unpaid", self.project._get_contract())

    def test_a_cancelled_hosting_tells_its_last_day(self):
        self._close()
        self._follow()
        ends_on = self.project._get_contract()["ends_on"]
        self.assertEqual(ends_on, self.project.terminate_on)
        self.assertGreater(ends_on, fields.Date.today())
