from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import mute_logger

from .life import LifeCase

LIFE = "odoo.addons.kubernetes_hosting_sale.models.kubernetes_project_life"


class TestArrears(LifeCase):
    def test_each_kind_of_invoice_counts(self):
        first = self.order._create_invoices()
        first.action_post()
        renewal = self.subscription.create_sale_order()
        renewal.action_confirm()
        second = renewal._create_invoices()
        second.action_post()
        third = self._invoice("2031-01-10")
        self.clock.move_to("2031-01-11")
        overdue = self.subscription._get_overdue_moves()
        self.assertEqual(overdue, (first | second | third).sorted("id"))
        for move in overdue:
            self.assertIn(self.subscription, move._get_hosting_subscriptions())

    def test_drafts_credits_paid_and_foreign_invoices_do_not_count(self):
        self.subscription.create_invoice()
        paid = self._invoice("2031-01-10")
        self._pay_invoice(paid)
        other_order, other = self._buy("bravo")
        other.subscription_id.recurring_next_date = "2031-01-10"
        foreign = other.subscription_id.create_invoice()
        foreign.action_post()
        credited = self._invoice("2031-01-10")
        reversal = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=credited.ids)
            .create({"journal_id": credited.journal_id.id})
        )
        reversal.refund_moves()
        refund = reversal.new_move_ids
        refund.action_post()
        self.assertEqual(credited.payment_state, "reversed")
        self.clock.move_to("2031-02-01")
        self.assertFalse(self.subscription._get_overdue_moves())
        self.assertEqual(other.subscription_id._get_overdue_moves(), foreign)

    def test_the_steps_have_their_days(self):
        self._invoice("2031-01-10")
        steps = {}
        for day in range(20):
            self._go_on(1)
            mails = self._get_mails()
            if len(mails) > len(steps):
                steps[day + 1] = mails[-1]
        self.assertEqual(list(steps), [3, 10, 17])
        self.assertEqual(self.project.state, "suspended")
        self.assertEqual(self.project.suspension_reason, "arrears")
        self.assertEqual(
            self.project.suspended_by_id, self.env.ref("kubernetes_hosting.user_bot")
        )

    def test_days_come_from_the_settings(self):
        settings = self.env["res.config.settings"].create(
            {
                "hosting_reminder1_days": 1,
                "hosting_reminder2_days": 2,
                "hosting_suspend_days": 3,
            }
        )
        settings.execute()
        self._invoice("2031-01-10")
        self._go_on(3)
        self.assertEqual(self.project.state, "suspended")
        with self.assertRaisesRegex(ValidationError, "one another"):
            self.company.hosting_reminder2_days = 30

    def test_a_cron_that_slept_sends_both_reminders_first(self):
        self._invoice("2031-01-10")
        self._go_to("2031-06-01")
        self.assertEqual(len(self._get_mails()), 1)
        self._go_to("2031-06-02")
        self.assertEqual(len(self._get_mails()), 1, "a week lies between them")
        self._go_to("2031-06-08")
        self.assertEqual(len(self._get_mails()), 2)
        self.assertIn("will be suspended on 06/15/2031", self._get_mails()[-1])
        self._go_to("2031-06-14")
        self.assertEqual(self.project.state, "active")
        self._go_to("2031-06-15")
        self.assertEqual(self.project.state, "suspended")

    def test_a_clock_that_goes_back_repeats_nothing(self):
        self._invoice("2031-01-10")
        self._go_to("2031-01-13")
        self._go_to("2031-01-05")
        self._go_to("2031-01-13")
        self._go_to("2031-01-14")
        self.assertEqual(len(self._get_mails()), 1)

    def test_paid_in_time_nothing_more_happens(self):
        invoice = self._invoice("2031-01-10")
        self._go_to("2031-01-13")
        self._pay_invoice(invoice)
        self._go_on(25)
        self.assertEqual(len(self._get_mails()), 1)
        self.assertFalse(self.project.arrears_since)
        self.assertEqual(self.project.state, "active")

    def test_a_part_of_it_is_not_enough(self):
        invoice = self._invoice("2031-01-10")
        self._suspend()
        self._pay_invoice(invoice, amount=1.0)
        self._follow()
        self.assertEqual(self.project.state, "suspended")

    def test_the_next_debt_has_reminders_of_its_own(self):
        first = self._invoice("2031-01-10")
        self._go_to("2031-01-13")
        self._go_to("2031-01-20")
        self.clock.move_to("2031-01-22")
        self._invoice("2031-01-21")
        self._pay_invoice(first)
        self._go_to("2031-01-27")
        self.assertEqual(self.project.state, "active")
        self.assertEqual(len(self._get_mails()), 3)
        self.assertIn("Please pay", self._get_mails()[-1])

    def test_a_payment_wakes_the_cron(self):
        cron = self.env.ref("kubernetes_hosting_sale.ir_cron_follow_subscriptions")
        invoice = self._invoice("2031-01-10")
        self._suspend()
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search_count([("cron_id", "=", cron.id)])
        self._pay_invoice(invoice)
        self.assertGreater(triggers.search_count([("cron_id", "=", cron.id)]), before)

    def test_a_busy_host_is_suspended_later(self):
        self._invoice("2031-01-10")
        self._go_to("2031-01-13")
        self._go_to("2031-01-20")
        host = self.project.host_ids[0]
        run = host._queue("apply")
        self.clock.move_to("2031-01-27")
        self._follow()
        self.assertEqual(self.project.state, "active")
        self.assertEqual(set(self.project.host_ids.mapped("lifecycle")), {"active"})
        self.assertEqual(len(self._get_mails()), 2, "no mail about what did not happen")
        self._finish(run, host)
        self._follow()
        self.assertEqual(self.project.state, "suspended")
        self.assertEqual(len(self._get_mails()), 3)

    def test_a_mail_that_fails_undoes_its_step(self):
        self._invoice("2031-01-10")
        self.clock.move_to("2031-01-13")
        mails = self.env.registry["mail.template"]
        with (
            patch.object(mails, "send_mail", side_effect=RuntimeError("broken")),
            mute_logger(LIFE),
        ):
            self._follow()
        self.assertFalse(self.project.reminder1_on)
        self._follow()
        self.assertEqual(len(self._get_mails()), 1)

    def test_one_broken_project_does_not_stop_the_others(self):
        _order, other = self._buy("bravo")
        for subscription in (self.subscription, other.subscription_id):
            subscription.recurring_next_date = "2031-01-10"
            subscription.create_invoice().action_post()
        self.clock.move_to("2031-01-13")
        real = self.env.registry["kubernetes.project"]._remind

        def remind(project, today):
            if project == self.project:
                project.env.cr.execute("SELECT 1 FROM no_such_table")
            return real(project, today)

        with (
            patch.object(self.env.registry["kubernetes.project"], "_remind", remind),
            mute_logger(LIFE, "odoo.sql_db"),
        ):
            self._follow()
        self.assertFalse(self._get_mails())
        self.assertEqual(len(self._get_mails(other)), 1)

    def test_hosts_that_were_suspended_by_hand_stay_so(self):
        staging = self.project.host_ids.filtered(
            lambda host: host.environment == "staging"
        )
        staging._suspend()
        self._finish_runs(self.project)
        invoice = self._invoice("2031-01-10")
        self._suspend()
        self._pay_invoice(invoice)
        self._follow()
        self.assertEqual(staging.lifecycle, "suspended")
        self.assertEqual((self.project.host_ids - staging).lifecycle, "active")

    def test_a_customer_without_an_address_gets_a_note(self):
        self.anna.email = False
        self._invoice("2031-01-10")
        self._go_to("2031-01-13")
        self._go_to("2031-01-14")
        notes = self.project.message_ids.filtered(
            lambda message: "write a letter" in (message.body or "")
        )
        self.assertEqual(len(notes), 1)

    def _suspend(self):
        for day in ("2031-01-13", "2031-01-20", "2031-01-27"):
            self._go_to(day)
        self.assertEqual(self.project.state, "suspended")


class TestOverride(LifeCase):
    def test_nothing_happens_while_an_administrator_says_so(self):
        self._invoice("2031-01-10")
        self.project.hold_until = "2031-03-01"
        self._go_to("2031-02-27")
        self.assertFalse(self._get_mails())
        self._go_to("2031-03-01")
        self.assertEqual(len(self._get_mails()), 1)

    def test_it_resumes_what_is_suspended(self):
        self._invoice("2031-01-10")
        for day in ("2031-01-13", "2031-01-20", "2031-01-27"):
            self._go_to(day)
        self.project.write({"hold_until": "2031-02-10", "hold_reason": "By phone"})
        self._finish_runs(self.project)
        self.assertEqual(self.project.state, "active")
        self._go_to("2031-02-10")
        self.assertEqual(self.project.state, "active", "both reminders first")
        self._go_to("2031-02-17")
        self._go_to("2031-02-24")
        self.assertEqual(self.project.state, "suspended")

    def test_it_stops_a_deletion(self):
        self._close()
        self.project.hold_until = "2031-06-01"
        self._go_to("2031-05-31")
        self.assertEqual(self.project.state, "active")
        self._go_to("2031-06-01")
        self.assertEqual(self._get_playbooks()[-1], "terminate")

    def test_only_administrators(self):
        operator = self._create_user("operator")
        for vals in (
            {"hold_until": "2031-03-01"},
            {"hold_reason": "x"},
            {"arrears_since": fields.Date.today()},
            {"terminate_on": False},
            {"suspension_reason": False},
        ):
            with self.subTest(vals), self.assertRaises(AccessError):
                self.project.with_user(operator).write(vals)
        administrator = self._create_user("administrator")
        self.project.with_user(administrator).hold_until = "2031-03-01"
        with self.assertRaises(AccessError):
            self.project.with_user(administrator).terminate_on = False
