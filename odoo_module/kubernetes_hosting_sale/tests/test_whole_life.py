from odoo import fields

from .life import LifeCase


class TestWholeLife(LifeCase):
    def test_from_the_order_to_the_released_name(self):
        self._renew()
        self._change_plan()
        invoice = self._miss_a_payment()
        self._pay(invoice)
        self._close_and_delete()
        self._release_name()
        self.assertEqual(
            self._get_mails(),
            [
                "Please pay for acme.example.com",
                "acme.example.com will be suspended on 04/27/2031",
                "acme.example.com is suspended",
                "acme.example.com runs again",
                "acme.example.com: deleted on 06/09/2031",
                "acme.example.com is deleted",
            ],
        )

    def _renew(self):
        self._go_to("2031-02-10")
        self.assertEqual(len(self.subscription.invoice_ids), 1)
        self._pay_invoice(self.subscription.invoice_ids)
        self._go_to("2031-03-10")
        self._pay_invoice(self.subscription.invoice_ids.sorted("id")[-1])
        self._go_on(20)
        self._assert_provided_once(self.order)
        self.assertEqual(self._get_playbooks(), ["apply"])

    def _change_plan(self):
        large = self._create_hosting_product("Odoo-Hosting L", list_price=99.0)
        large.hosting_parameter_ids.value = "6"
        self.subscription.sale_subscription_line_ids.product_id = large
        self.assertEqual(self.project.product_id, large)
        self._finish_runs(self.project)
        for host in self.project.host_ids:
            self.assertEqual(host._prepare_vars()["web_workers"], 6)
        self.assertEqual(self._get_playbooks(), ["apply", "apply"])

    def _miss_a_payment(self):
        """No money for the period of 10 April; return that invoice."""
        self._go_to("2031-04-10")
        invoice = self.subscription.invoice_ids.sorted("id")[-1]
        self.assertEqual(invoice.amount_untaxed, 99.0, "the new plan's price")
        self._go_on(16)
        self.assertEqual(self.project.state, "active")
        self._go_to("2031-04-27")
        self.assertEqual(self.project.state, "suspended")
        self.assertEqual(set(self.project.host_ids.mapped("lifecycle")), {"suspended"})
        self._go_on(5)
        self.assertEqual(self._get_playbooks()[2:], ["suspend"])
        return invoice

    def _pay(self, invoice):
        self._pay_invoice(invoice)
        self._follow()
        self._finish_runs(self.project)
        self.assertEqual(self.project.state, "active")
        self.assertEqual(set(self.project.host_ids.mapped("lifecycle")), {"active"})
        self.assertFalse(self.project.arrears_since)
        self.assertEqual(self._get_playbooks()[3:], ["resume"])

    def _close_and_delete(self):
        self._go_to("2031-05-05")
        self._close()
        self.assertEqual(self.project.service_until, fields.Date.to_date("2031-05-10"))
        self._go_to("2031-05-09")
        self.assertEqual(self.project.state, "active", "paid until the tenth")
        self._go_to("2031-05-10")
        self.assertEqual(self.project.state, "suspended")
        self._go_to("2031-06-08")
        self.assertEqual(self.project.state, "suspended")
        self._go_to("2031-06-09")
        self.assertEqual(self._get_playbooks()[4:], ["suspend", "terminate"])
        self.assertEqual(set(self.project.host_ids.mapped("lifecycle")), {"terminated"})
        self.assertTrue(self.project.backup_waived, "there was none")

    def _release_name(self):
        self.assertEqual(self.project.state, "resting")
        self._go_to("2031-09-06")
        self.projects._cron_end_rest()
        self.assertEqual(self.project.state, "resting")
        self._go_to("2031-09-08")
        self.projects._cron_end_rest()
        self.assertEqual(self.project.state, "released")
