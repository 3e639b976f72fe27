from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .common import HostingSaleMixin, KubernetesCase

START = fields.Date.to_date("2031-01-10")


@tagged("post_install", "-at_install")
class LifeCase(HostingSaleMixin, KubernetesCase):
    """A hosting that was bought on 10 January 2031, and a clock to move."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_hosting()
        cls.company = cls.cluster.company_id or cls.env.company
        cls.company.write(
            {
                "hosting_reminder1_days": 3,
                "hosting_reminder2_days": 10,
                "hosting_suspend_days": 17,
                "hosting_terminate_days": 30,
                "hosting_waive_backup": True,
            }
        )
        cls.anna.property_payment_term_id = cls.env.ref(
            "account.account_payment_term_immediate"
        )
        cls.subscriptions = cls.env["sale.subscription"]

    def setUp(self):
        super().setUp()
        commit = patch.object(self.env.registry["ir.cron"], "_commit_progress")
        self.enterContext(commit)
        self.clock = self.enterContext(freeze_time(START))
        self.order, self.project = self._buy("acme")
        self.subscription = self.project.subscription_id

    def _buy(self, name):
        """Return an order that is confirmed, and its project, deployed and green."""
        order = self._create_order(name)
        order.action_confirm()
        project = order.order_line.hosting_project_id
        self._finish_runs(project)
        return order, project

    def _go_to(self, day, project=None):
        """Move the clock to a day (date or text) and let the crons of that day run."""
        self.clock.move_to(str(day))
        self.subscriptions.cron_subscription_management()
        self._follow()
        self._finish_runs(project or self.project)

    def _go_on(self, days):
        """Live through so many days, one after another."""
        for _day in range(days):
            self._go_to(fields.Date.today() + timedelta(days=1))

    def _follow(self, times=2):
        """Run our cron; twice, as a worker that died would."""
        for _time in range(times):
            self.projects._cron_follow_subscriptions()

    def _finish_runs(self, project):
        """Let the runs at work on a project's hosts end well."""
        for run in project.host_ids.active_run_id:
            self._finish(run, run.line_ids.host_id)

    def _get_playbooks(self):
        """Return the playbooks that ran on the project's hosts, in their order."""
        lines = self.project.host_ids.run_line_ids
        return lines.run_id.sorted("id").mapped("playbook")

    def _get_mails(self, record=None):
        """Return the subjects of this addon's mails about a project, in their order."""
        record = record or self.project
        mails = self.env["mail.message"].search(
            [
                ("model", "=", record._name),
                ("res_id", "=", record.id),
                ("message_type", "=", "email_outgoing"),
                # Of the portal's addon, which may be installed.
                ("subject", "not like", "% is ready"),
            ],
            order="id",
        )
        return mails.mapped("subject")

    def _invoice(self, day=None):
        """Return a posted invoice of the subscription, due at once."""
        planned = self.subscription.recurring_next_date
        self.subscription.recurring_next_date = day or planned
        invoice = self.subscription.create_invoice()
        invoice.action_post()
        self.subscription.recurring_next_date = planned
        return invoice

    def _pay_invoice(self, invoice, amount=None):
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"amount": amount} if amount else {})
        )
        wizard._create_payments()
        self.assertIn(invoice.payment_state, ("paid", "in_payment", "partial"))

    def _close(self):
        self.subscription.close_subscription()
