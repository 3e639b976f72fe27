from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .common import HostingPaymentCase


class TestOrphan(HostingPaymentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._create_order("acme")
        cls.order.action_confirm()
        cls.project = cls.order.order_line.hosting_project_id
        cls._finish(cls.project.host_ids.active_run_id, cls.project.host_ids)
        cls.subscription = cls.project.subscription_id
        cls.orphans = cls.env["kubernetes.orphan"]
        cls.operator = cls._create_user("operator")

    def test_what_is_paid_and_runs_is_no_orphan(self):
        self._create_order("bravo")
        self._list_namespaces("host-acme", "host-acme-stag")
        self.assertFalse(self._find())

    def test_a_paid_subscription_without_a_host_is_retried(self):
        self._terminate_by_hand()
        self.project.state = "active"
        orphan = self._find("subscription")
        self.assertEqual(orphan.name, self.subscription.name)
        self.assertIn("Retry", orphan.remedy)
        orphan.with_user(self.operator).action_retry()
        self.assertFalse(self._find("subscription"))
        with self.assertRaisesRegex(UserError, "over already"):
            orphan.action_retry()

    def test_a_name_conflict_says_to_ask_the_customer(self):
        self._terminate_by_hand()
        self.env.cr.execute(
            "UPDATE kubernetes_project SET state = 'name_conflict' WHERE id = %s",
            [self.project.id],
        )
        self.env.invalidate_all()
        self.assertIn("another name", self._find("subscription").remedy)

    def test_a_subscription_without_a_project_leads_to_the_order(self):
        loose = self.subscription.copy({"sale_order_id": self.order.id})
        loose.sale_subscription_line_ids = [
            fields.Command.create({"product_id": self.hosting.id})
        ]
        loose.action_start_subscription()
        orphan = self._find("subscription")
        self.assertEqual(orphan.subscription_id, loose)
        self.assertIn("Open the order", orphan.remedy)
        self.assertEqual(orphan.action_open()["res_model"], "sale.subscription")

    def test_a_host_without_a_subscription_is_sold_ours_or_deleted(self):
        host = self._create_idle_host("bravo")
        orphan = self._find("host")
        self.assertEqual(orphan.host_id, host)
        orphan.with_user(self.operator).action_mark_internal()
        self.assertFalse(self._find("host"))

    def test_a_host_whose_subscription_is_not_running(self):
        draft = self.env.ref("subscription_oca.subscription_stage_draft")
        self.subscription.stage_id = draft
        orphans = self._find("host")
        self.assertEqual(orphans.host_id, self.project.host_ids)
        self.assertIn("subscription again", orphans[0].remedy)

    def test_a_host_in_its_grace_is_no_orphan(self):
        self.subscription.close_subscription()
        self.assertFalse(self._find("host"))

    def test_a_namespace_that_no_host_knows(self):
        self._list_namespaces("host-acme", "host-acme-stag", "host-ghost")
        orphan = self._find("namespace")
        self.assertEqual(orphan.name, "host-ghost")
        self.assertIn("delete namespace host-ghost", orphan.remedy)
        self.assertIn("--context zurich-1", orphan.remedy)

    def test_the_namespace_of_a_projects_backups_is_no_orphan(self):
        living = ("host-acme", "host-acme-stag")
        self._list_namespaces(*living, "host-acme--backup", "host-ghost--backup")
        self.assertEqual(self._find("namespace").name, "host-ghost--backup")

    def test_a_host_whose_namespace_is_gone(self):
        self.env.cr.execute("UPDATE kubernetes_host SET checked_at = '2020-01-01'")
        self.env.invalidate_all()
        self._list_namespaces("host-acme")
        orphan = self._find("missing")
        self.assertEqual(orphan.name, "acme-stag.example.com")
        self.assertIn("Apply", orphan.remedy)

    def test_a_check_that_says_nothing_leaves_the_last_list(self):
        self._list_namespaces("host-ghost")
        self.cluster._store_check({"ok": False, "checks": [], "namespaces": None})
        self.assertTrue(self._find("namespace"))

    def test_a_name_left_over_is_released(self):
        left = self._create_order("bravo").order_line.hosting_project_id
        left.reserved_until = fields.Datetime.now() - timedelta(hours=2)
        orphan = self._find("name")
        self.assertEqual(orphan.project_id, left)
        orphan.with_user(self.operator).action_release()
        self.assertEqual(left.state, "released")
        self.assertFalse(self._find("name"))

    def test_a_name_whose_payment_is_on_its_way_waits_two_weeks(self):
        order = self._create_order("bravo")
        self._pay(order, "pending")
        left = order.order_line.hosting_project_id
        left.reserved_until = fields.Datetime.now() - timedelta(days=13)
        self.assertFalse(self._find("name"))
        left.reserved_until = fields.Datetime.now() - timedelta(days=15)
        self.assertEqual(self._find("name").project_id, left)

    def test_a_name_that_rests_too_long_is_released(self):
        self._terminate_by_hand()
        self.assertEqual(self.project.state, "resting")
        self.assertFalse(self._find("name"))
        self.project.sudo().resting_until = fields.Datetime.now() - timedelta(days=3)
        self._find("name").action_release()
        self.assertEqual(self.project.state, "released")

    def test_the_check_asks_for_our_own_namespaces(self):
        self.cluster.action_check_connection()
        run = self.env["kubernetes.run"].search([], limit=1)
        extra = run._prepare_extra_vars(run._get_path())
        uuid = self.env["ir.config_parameter"].get_param("database.uuid")
        self.assertEqual(extra["cluster_check_owner"], uuid)

    def test_all_clusters_are_asked_each_day_once(self):
        self.env["kubernetes.cluster"]._cron_look_for_orphans()
        self.env["kubernetes.cluster"]._cron_look_for_orphans()
        runs = self.env["kubernetes.run"].search(
            [("playbook", "=", "cluster_check"), ("cluster_id", "=", self.cluster.id)]
        )
        self.assertEqual(len(runs), 1)

    def test_reading_is_for_the_people_who_run_the_hosts(self):
        clerk = self.env["res.users"].create(
            {
                "name": "clerk",
                "login": "clerk",
                "group_ids": [fields.Command.set(self.env.ref("base.group_user").ids)],
            }
        )
        with self.assertRaises(AccessError):
            self.orphans.with_user(clerk).search([])
        self._create_idle_host("bravo")
        user = self._create_user("user")
        orphan = self._find("host").with_user(user)
        self.assertTrue(orphan.remedy)
        with self.assertRaises(AccessError):
            orphan.action_mark_internal()
        with self.assertRaises(AccessError):
            orphan.write({"name": "x"})

    def test_each_company_sees_its_own(self):
        self._create_idle_host("bravo")
        other = self.env["res.company"].create({"name": "Other AG"})
        user = self._create_user(
            "administrator",
            company_id=other.id,
            company_ids=[fields.Command.set(other.ids)],
        )
        orphans = self.orphans.with_user(user)
        orphans = orphans.with_context(allowed_company_ids=other.ids)
        self.assertTrue(self._find("host"))
        self.assertFalse(orphans.search([("name", "=like", "bravo%")]))

    def _find(self, kind=None):
        """Return the orphans of our cluster, of a kind."""
        self.env.flush_all()
        self.orphans.invalidate_model()
        domain = [("cluster_id", "in", (self.cluster.id, False))]
        return self.orphans.search(domain + ([("kind", "=", kind)] if kind else []))

    def _list_namespaces(self, *names):
        found = [{"name": name, "host": "", "phase": "Active"} for name in names]
        self.cluster._store_check({"ok": True, "checks": [], "namespaces": found})
        self.env.flush_all()

    def _terminate_by_hand(self):
        run = self.project.host_ids._terminate(without_backup=True)
        self._finish(run, self.project.host_ids)
