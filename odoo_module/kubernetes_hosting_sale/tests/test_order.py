from odoo import fields
from odoo.exceptions import UserError, ValidationError

from .common import HostingSaleCase


class TestOrder(HostingSaleCase):
    def test_a_confirmed_order_becomes_a_running_hosting(self):
        order = self._create_order("acme")
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self._assert_provided_once(order)
        project = order.order_line.hosting_project_id
        self.assertEqual(project.name, "acme")
        self.assertEqual(project.partner_id, self.anna)
        self.assertEqual(project.cluster_id, self.cluster)
        self.assertEqual(
            sorted(project.host_ids.mapped("fqdn")),
            ["acme-stag.example.com", "acme.example.com"],
        )
        for host in project.host_ids:
            self.assertEqual(host._prepare_vars()["web_workers"], 2)
        self.assertFalse(order.activity_ids)

    def test_the_run_belongs_to_our_own_user_and_waits_for_the_commit(self):
        jobs = self.env["queue.job"]
        before = jobs.search([])
        order = self._create_order("acme")
        order.with_user(self.env.ref("base.public_user")).sudo().action_confirm()
        bot = self.env.ref("kubernetes_hosting.user_bot")
        job = jobs.search([]) - before
        # A row of this very transaction: nobody sees it before the commit.
        self.assertEqual(job.mapped("method_name"), ["_job_launch"])
        self.assertEqual(job.user_id, bot)
        run = order.order_line.hosting_project_id.host_ids.active_run_id
        self.assertEqual(run.user_id, bot)
        self.assertEqual(run.state, "queued")

    def test_the_subscription_starts_and_its_first_month_is_the_order(self):
        order = self._create_order("acme")
        order.action_confirm()
        subscription = order.subscription_ids
        self.assertEqual(subscription.stage_id.type, "in_progress")
        self.assertEqual(subscription.recurring_total, order.amount_untaxed)
        today = fields.Date.today()
        self.assertEqual(
            subscription.recurring_next_date, fields.Date.add(today, months=1)
        )

    def test_two_lines_are_two_subscriptions_two_projects_and_two_runs(self):
        order = self._create_order("acme", "bravo")
        order.action_confirm()
        self._assert_provided_once(order)
        self.assertEqual(
            order.order_line.hosting_project_id.mapped("name"), ["acme", "bravo"]
        )

    def test_everything_twice_is_the_same_as_once(self):
        order = self._create_order("acme")
        order.action_confirm()
        with self.assertRaises(UserError):
            order.action_confirm()
        order._provide_hostings()
        order.order_line.hosting_provided = False
        order._provide_hostings()
        self._assert_provided_once(order)

    def test_a_renewal_makes_nothing_new(self):
        order = self._create_order("acme")
        order.action_confirm()
        self.template.invoicing_mode = "sale_and_invoice"
        subscription = order.subscription_ids
        renewal = subscription.create_sale_order()
        renewal.action_confirm()
        self.assertEqual(renewal.state, "sale")
        self.assertEqual(renewal.order_line.product_id, self.hosting)
        self.assertFalse(renewal.subscription_ids)
        self.assertFalse(renewal.order_line.hosting_project_id)
        self._assert_provided_once(order)
        self.assertFalse(renewal.activity_ids)

    def test_other_products_beside_a_hosting_keep_their_subscription(self):
        mail = self.env["product.product"].create(
            {
                "name": "Mailbox",
                "type": "service",
                "subscribable": True,
                "subscription_template_id": self.template.id,
            }
        )
        order = self._create_order("acme")
        order.order_line = [fields.Command.create({"product_id": mail.id})]
        order.action_confirm()
        products = order.subscription_ids.sale_subscription_line_ids.product_id
        self.assertEqual(len(order.subscription_ids), 2)
        self.assertEqual(products, self.hosting | mail)

    def test_a_hosting_has_quantity_one(self):
        order = self._create_order("acme")
        with self.assertRaisesRegex(ValidationError, "second line"):
            order.order_line.product_uom_qty = 2

    def test_a_quotation_without_a_name_is_not_confirmed(self):
        order = self._create_order(False)
        with self.assertRaisesRegex(UserError, "project name"):
            order.action_confirm()
        order.order_line.hosting_name = "acme"
        order.action_confirm()
        self._assert_provided_once(order)

    def test_the_name_stands_on_the_documents(self):
        order = self._create_order("acme")
        self.assertIn("Project: acme", order.order_line.name)
        order.order_line.hosting_name = "bravo"
        self.assertIn("Project: bravo", order.order_line.name)
        self.assertNotIn("acme", order.order_line.name)
