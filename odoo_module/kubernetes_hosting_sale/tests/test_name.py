import inspect
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from .common import HostingPaymentCase, HostingSaleCase


class TestName(HostingSaleCase):
    def test_entering_a_name_reserves_it_in_its_normal_form(self):
        order = self._create_order(" ACME ")
        project = order.order_line.hosting_project_id
        self.assertEqual(order.order_line.hosting_name, "acme")
        self.assertEqual((project.name, project.state), ("acme", "reserved"))
        left = project.reserved_until - fields.Datetime.now()
        self.assertAlmostEqual(left.total_seconds(), 1800, delta=60)

    def test_a_name_is_refused_with_its_reason(self):
        for name, word in {
            "a": "short",
            "Müller": "Umlauts",
            "www": "reserved",
            "acme-stag": "staging",
            "1st": "letter",
            "{{ 7*7 }}": "letters",
        }.items():
            with self.subTest(name), self.assertRaisesRegex(ValidationError, word):
                self._create_order(name)

    def test_a_reserved_name_is_taken_for_others(self):
        self._create_order("acme")
        with self.assertRaisesRegex(ValidationError, "acme is taken"):
            self._create_order("Acme")
        self._create_project("bravo")
        with self.assertRaisesRegex(ValidationError, "bravo is taken"):
            self._create_order("bravo")

    def test_another_name_frees_the_first_one(self):
        order = self._create_order("acme")
        order.order_line.hosting_name = "bravo"
        self.assertEqual(order.order_line.hosting_project_id.name, "bravo")
        self.assertEqual(self._create_order("acme").order_line.hosting_name, "acme")

    def test_an_expired_reservation_belongs_to_the_next_one(self):
        first = self._create_order("acme")
        self._expire(first)
        second = self._create_order("acme")
        self.assertFalse(first.order_line.hosting_project_id)
        with self.assertRaisesRegex(UserError, "acme is taken"):
            first.action_confirm()
        second.action_confirm()
        self._assert_provided_once(second)

    def test_an_expired_reservation_that_nobody_took_is_renewed(self):
        order = self._create_order("acme")
        self._expire(order)
        self.projects._cron_release_expired()
        self.assertFalse(order.order_line.hosting_project_id)
        order._secure_hosting_names()
        self.assertEqual(order.order_line.hosting_project_id.state, "reserved")

    def test_cancelled_and_deleted_lines_free_their_names(self):
        order = self._create_order("acme", "bravo")
        order.order_line[1].unlink()
        self._create_order("bravo")
        order._action_cancel()
        self._create_order("acme")

    def test_the_name_of_a_hosting_stays(self):
        order = self._create_order("acme")
        order.action_confirm()
        with self.assertRaisesRegex(UserError, "stays"):
            order.order_line.hosting_name = "bravo"

    def test_a_copied_order_has_no_name(self):
        copy = self._create_order("acme").copy()
        self.assertFalse(copy.order_line.hosting_name)

    def test_old_reservations_are_deleted_and_nothing_else(self):
        order = self._create_order("acme")
        left = order.order_line.hosting_project_id
        order._action_cancel()
        running = self._create_project("bravo")
        self.projects._gc_released()
        self.assertTrue(left.exists(), "a month has to pass")
        self.env.cr.execute("UPDATE kubernetes_project SET write_date = '2020-01-01'")
        self.projects.invalidate_model()
        self.projects._gc_released()
        self.assertFalse(left.exists())
        self.assertTrue(running.exists())

    def test_the_vacuum_calls_only_models_with_a_table(self):
        found = [
            (model._name, name)
            for model in self.env.values()
            for name, _method in inspect.getmembers(
                model.__class__, lambda part: getattr(part, "_autovacuum", False)
            )
            if model._name.startswith("kubernetes.")
        ]
        self.assertIn(("kubernetes.project", "_gc_released"), found)
        self.assertFalse([name for name, _ in found if self.env[name]._abstract])

    def _expire(self, order):
        project = order.order_line.hosting_project_id
        project.reserved_until = fields.Datetime.now() - timedelta(seconds=1)


class TestNameConflict(HostingPaymentCase):
    def test_a_payment_under_way_keeps_the_name(self):
        order = self._create_order("acme")
        payment = self._pay(order, "pending")
        self._expire(order)
        self.projects._cron_release_expired()
        self.assertEqual(order.order_line.hosting_project_id.state, "reserved")
        with self.assertRaisesRegex(ValidationError, "taken"):
            self._create_order("acme")
        payment._set_canceled()
        self._create_order("acme")

    def test_a_name_taken_before_the_payment_arrives_is_a_conflict(self):
        order, payment = self._lose_name()
        payment._set_done()
        payment._post_process()
        self.assertEqual(order.state, "sale")
        project = order.order_line.hosting_project_id
        self.assertEqual(project.state, "name_conflict")
        self.assertFalse(project.host_ids)
        self.assertEqual(len(order.subscription_ids), 1)
        self.assertEqual(len(project.activity_ids), 1)
        with mute_logger("odoo.addons.kubernetes_hosting_sale.models.sale_order"):
            order._provide_hostings()
        self.assertEqual(
            order.order_line.hosting_project_ids.filtered("activity_ids"), project
        )

    def test_a_conflict_ends_with_another_name(self):
        order, payment = self._lose_name()
        payment._set_done()
        payment._post_process()
        project = order.order_line.hosting_project_id
        with self.assertRaisesRegex(ValidationError, "taken"):
            project.action_retry()
        project.name = "acme-ag"
        project.action_retry()
        self._assert_provided_once(order)
        self.assertEqual(order.order_line.hosting_name, "acme-ag")
        self.assertFalse(project.activity_ids)
        project.action_retry()
        self._assert_provided_once(order)

    def _lose_name(self):
        """Return an order and its payment; meanwhile somebody else has the name."""
        order = self._create_order("acme")
        payment = self._pay(order, "draft")
        self._expire(order)
        self._create_order("acme").action_confirm()
        return order, payment

    def _expire(self, order):
        project = order.order_line.hosting_project_id
        project.reserved_until = fields.Datetime.now() - timedelta(seconds=1)


class TestRest(HostingSaleCase):
    """A former customer's name: his again, or nobody's for the rest of ninety days."""

    def test_a_lent_name_rests_on_when_its_customer_leaves_the_cart(self):
        old = self._create_project("acme", partner_id=self.anna.id)
        old.state = "terminating"
        old.state = "resting"
        until = old.resting_until
        order = self._create_order("acme")
        self.assertEqual(old.state, "released")
        order.order_line.hosting_name = "bravo"
        self.assertEqual((old.state, old.resting_until), ("resting", until))
        order.order_line.hosting_name = "acme"
        order._action_cancel()
        self.assertEqual((old.state, old.resting_until), ("resting", until))
        order = self._create_order("acme")
        order.action_confirm()
        self._assert_provided_once(order)
        self.assertEqual(old.state, "released")

    def test_nobody_else_gets_it(self):
        old = self._create_project("acme", partner_id=self.anna.id)
        old.state = "terminating"
        old.state = "resting"
        berta = self.anna.copy({"name": "Berta"})
        with self.assertRaisesRegex(ValidationError, "acme is taken"):
            self._create_order("acme", partner_id=berta.id)


class TestPending(HostingPaymentCase):
    def test_a_promised_payment_keeps_the_name_for_two_weeks(self):
        order = self._create_order("acme")
        payment = self._pay(order, "pending")
        project = order.order_line.hosting_project_id
        project.reserved_until = fields.Datetime.now() - timedelta(days=13)
        self.projects._cron_release_expired()
        self.assertEqual(project.state, "reserved")
        payment.last_state_change = fields.Datetime.now() - timedelta(days=15)
        self.projects._cron_release_expired()
        self.assertEqual(project.state, "released")

    def test_it_arrives_later_all_the_same(self):
        order = self._create_order("acme")
        payment = self._pay(order, "pending")
        order.order_line.hosting_project_id._release()
        self._create_project("acme")
        payment._set_done()
        payment._post_process()
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.order_line.hosting_project_id.state, "name_conflict")
        order.order_line.hosting_project_id._choose_another_name("bravo")
        self._assert_provided_once(order)

    def test_failed_and_cancelled_payments_free_the_name(self):
        for state in ("error", "canceled"):
            order = self._create_order(f"acme-{state}")
            payment = self._pay(order, "pending")
            project = order.order_line.hosting_project_id
            project.reserved_until = fields.Datetime.now() - timedelta(seconds=1)
            arguments = ("refused",) if state == "error" else ()
            getattr(payment, f"_set_{state}")(*arguments)
            self.projects._cron_release_expired()
            self.assertEqual(project.state, "released")
