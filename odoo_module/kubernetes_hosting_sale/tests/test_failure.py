from contextlib import contextmanager
from unittest.mock import patch

import psycopg2

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .common import HostingPaymentCase

LOGGERS = (
    "odoo.addons.kubernetes_hosting_sale.models.sale_order",
    "odoo.sql_db",
)
# Everything of ours that the confirmation of an order calls.
HOOKS = [
    ("sale.order", "create_subscription"),
    ("sale.order", "_ensure_pricelist"),
    ("sale.order.line", "get_subscription_line_values"),
    ("sale.order.line", "_provide_hosting"),
    ("sale.order.line", "_get_bought_project"),
    ("sale.order.line", "_prepare_hosting_project_vals"),
    ("kubernetes.project", "_activate"),
    ("kubernetes.project", "_create_sold_hosts"),
    ("kubernetes.project", "_create_hosts"),
    ("kubernetes.host", "create"),
    ("kubernetes.host", "_deploy_when_ready"),
    ("kubernetes.run", "_queue"),
    ("kubernetes.run", "_queue_launch"),
]


class TestFailure(HostingPaymentCase):
    def test_whatever_raises_the_paid_order_is_confirmed_and_completed(self):
        for number, (model, method) in enumerate(HOOKS):
            with self.subTest(hook=f"{model}.{method}"):
                order = self._create_order(f"acme{number}")
                payment = self._pay(order)
                with self._break(model, method, RuntimeError("broken")):
                    payment._post_process()
                self._assert_confirmed_with_activity(order)
                self._complete()
                self._assert_provided_once(order)
                self.assertFalse(order.activity_ids)

    def test_an_error_of_the_database_spoils_nothing(self):
        order = self._create_order("acme")
        payment = self._pay(order)

        def fail(record, *_args, **_kwargs):
            record.env.cr.execute("SELECT 1 FROM no_such_table")

        with self._break("kubernetes.project", "_create_sold_hosts", fail):
            payment._post_process()
        self._assert_confirmed_with_activity(order)
        self._complete()
        self._assert_provided_once(order)

    def test_a_serialization_failure_does_not_undo_the_confirmation(self):
        order = self._create_order("acme")
        payment = self._pay(order)
        error = psycopg2.errors.SerializationFailure("could not serialize access")
        with self._break("sale.order.line", "_get_bought_project", error):
            payment._post_process()
        self._assert_confirmed_with_activity(order)
        self._complete()
        self._assert_provided_once(order)

    def test_without_an_activity_the_order_is_confirmed_all_the_same(self):
        order = self._create_order("acme")
        payment = self._pay(order)
        with (
            self._break("sale.order.line", "_provide_hosting", RuntimeError("broken")),
            self._break("sale.order", "_schedule_hosting_failure", RuntimeError("too")),
        ):
            payment._post_process()
        self.assertEqual(order.state, "sale")
        self._complete()
        self._assert_provided_once(order)

    def test_trying_again_in_vain_raises_no_second_activity(self):
        order = self._create_order("acme")
        payment = self._pay(order)
        with self._break("sale.order.line", "_provide_hosting", RuntimeError("broken")):
            payment._post_process()
            self._complete()
        self._assert_confirmed_with_activity(order)

    def test_one_broken_order_does_not_stop_the_others(self):
        orders = [self._create_order(name) for name in ("acme", "bravo")]
        real = self.env.registry["sale.order.line"]._provide_hosting

        def fail_first(line):
            if line.hosting_name == "acme":
                raise RuntimeError("broken")
            return real(line)

        with self._break("sale.order.line", "_provide_hosting", RuntimeError("down")):
            for order in orders:
                order.action_confirm()
        with self._break("sale.order.line", "_provide_hosting", fail_first):
            self._complete()
        self.assertEqual(len(orders[0].activity_ids), 1)
        self._assert_provided_once(orders[1])

    def test_the_activity_says_why_and_belongs_to_the_salesperson(self):
        order = self._create_order("acme")
        seller = self._create_user("user", email="seller@example.com")
        order.user_id = seller
        reason = UserError("The cluster is full.")
        with self._break("kubernetes.project", "_create_hosts", reason):
            order.action_confirm()
        self.assertIn("The cluster is full.", order.activity_ids.note)
        self.assertEqual(order.activity_ids.user_id, seller)

    def test_a_paid_order_without_a_name_waits_for_it(self):
        order = self._create_order("acme")
        payment = self._pay(order, "draft")
        order.order_line.hosting_name = False
        payment._set_done()
        with mute_logger(*LOGGERS):
            payment._post_process()
        self._assert_confirmed_with_activity(order)
        self.assertIn("no project name", order.activity_ids.note)
        order.order_line.hosting_name = "bravo"
        self._complete()
        self._assert_provided_once(order)

    # === HELPERS === #

    @contextmanager
    def _break(self, model, method, effect):
        """Let a method raise, or do something else."""
        target = self.env.registry[model]
        if isinstance(effect, Exception):
            double = patch.object(target, method, side_effect=effect)
        else:
            double = patch.object(target, method, effect)
        with double, mute_logger(*LOGGERS):
            yield

    def _complete(self):
        with patch.object(self.env.registry["ir.cron"], "_commit_progress"):
            self.env["sale.order"]._cron_complete_hostings()

    def _assert_confirmed_with_activity(self, order):
        self.assertEqual(order.state, "sale")
        self.assertEqual(len(order.activity_ids), 1)
        self.assertFalse(order.order_line.hosting_provided)
        self.assertFalse(order.subscription_ids, "all or nothing")
        self.assertFalse(order.order_line.hosting_project_id.host_ids)
