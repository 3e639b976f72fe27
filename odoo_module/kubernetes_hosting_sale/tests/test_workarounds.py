from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tools import mute_logger

from .common import HostingSaleCase


class TestWorkarounds(HostingSaleCase):
    def test_the_subscription_belongs_to_the_orders_salesperson(self):
        order = self._create_order("acme")
        seller = self._create_user("user", email="seller@example.com")
        order.user_id = seller
        order.with_user(self.env.ref("base.public_user")).sudo().action_confirm()
        self.assertEqual(order.subscription_ids.user_id, seller)
        self.assertEqual(order.subscription_ids.company_id, order.company_id)

    def test_a_price_list_is_made_in_the_orders_currency(self):
        self.env["product.pricelist"].search([]).action_archive()
        wrong = self.env.ref("base.JPY")
        wrong.active = True
        self.env["product.pricelist"].create(
            {"name": "Wrong", "currency_id": wrong.id, "sequence": 1}
        )
        order = self._create_order("acme", pricelist_id=False)
        order.action_confirm()
        self.assertEqual(order.subscription_ids.currency_id, order.currency_id)

    def test_an_invoice_without_an_income_account_takes_the_journals(self):
        accounts = {"property_account_income_id": False, "categ_id": False}
        self.hosting.write(accounts)
        order = self._create_order("acme")
        order.action_confirm()
        invoice = order.subscription_ids.create_invoice()
        self.assertTrue(invoice.invoice_line_ids.account_id)

    def test_one_broken_subscription_does_not_stop_the_cron(self):
        good, bad, empty = self._start_due("acme", "bravo", "charlie")
        empty.recurring_next_date = False
        real = self.env.registry["sale.subscription"].create_invoice

        def create_invoice(subscription):
            if subscription == bad:
                subscription.env.cr.execute("SELECT 1 FROM no_such_table")
            return real(subscription)

        self._run_cron(create_invoice)
        self.assertEqual(len(good.invoice_ids), 1)
        self.assertEqual(good.invoice_ids.state, "posted")
        self.assertFalse(bad.invoice_ids)
        self.assertFalse(empty.invoice_ids)

    def test_only_the_cron_itself_commits(self):
        subscriptions = self._start_due("acme", "bravo")
        self._run_cron(self.env.registry["sale.subscription"].create_invoice)
        with patch.object(self.env.registry["ir.cron"], "_commit_progress") as commit:
            model = self.env["sale.subscription"].with_context(cron_id=1)
            model.cron_subscription_management()
        self.assertGreaterEqual(commit.call_count, len(subscriptions))

    def test_new_templates_make_posted_invoices(self):
        template = self.env["sale.subscription.template"].create({"name": "Yearly"})
        self.assertEqual(template.invoicing_mode, "invoice")

    def test_the_default_dates_are_those_of_today(self):
        with freeze_time("2031-02-03"):
            vals = self.env["sale.subscription"].default_get(
                ["date_start", "recurring_next_date"]
            )
        self.assertEqual({str(value) for value in vals.values()}, {"2031-02-03"})

    def _start_due(self, *names):
        order = self._create_order(*names)
        order.action_confirm()
        subscriptions = order.subscription_ids.sorted("id")
        subscriptions.recurring_next_date = fields.Date.today()
        return subscriptions

    def _run_cron(self, create_invoice):
        subscriptions = self.env.registry["sale.subscription"]
        with (
            patch.object(subscriptions, "create_invoice", create_invoice),
            mute_logger(
                "odoo.sql_db",
                "odoo.addons.kubernetes_hosting_sale.models.subscription_workarounds",
            ),
        ):
            self.env["sale.subscription"].cron_subscription_management()


class TestTemplates(HostingSaleCase):
    """Odoo renders a template with any record when it is saved, installed or upgraded."""

    def test_each_mail_can_be_rendered_for_a_project_that_was_never_sold(self):
        bare = self._create_project("aaa")
        self.assertEqual(self.projects.search([], limit=1), bare)
        templates = self.env["mail.template"].search(
            [("model", "=", "kubernetes.project")]
        )
        self.assertGreater(len(templates), 5)
        templates._check_can_be_rendered()
