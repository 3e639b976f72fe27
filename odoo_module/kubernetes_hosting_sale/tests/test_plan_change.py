from odoo import fields
from odoo.exceptions import UserError

from .life import LifeCase


class TestPlanChange(LifeCase):
    def setUp(self):
        super().setUp()
        self.large = self._create_hosting_product("Odoo-Hosting L", list_price=99.0)
        self.large.hosting_parameter_ids.value = "6"
        self.line = self.subscription.sale_subscription_line_ids

    def test_the_hosts_follow_and_are_deployed_once(self):
        self.line.product_id = self.large
        self.line.write({"product_id": self.large.id})
        self.assertEqual(self._get_values("web_workers"), {"6"})
        self.assertEqual(self._get_playbooks(), ["apply", "apply"])
        self.assertEqual(self.line.price_unit, 99.0)
        self.assertEqual(self.subscription.recurring_total, 99.0)
        self.assertFalse(self.project.plan_pending)

    def test_its_price_counts_from_the_next_invoice_on(self):
        self._go_to("2031-02-10")
        paid = self.subscription.invoice_ids
        self._pay_invoice(paid)
        self._go_to("2031-02-20")
        self.line.product_id = self.large
        self._finish_runs(self.project)
        notes = " ".join(self.project.message_ids.mapped("body"))
        self.assertIn("counts from the next invoice on", notes)
        self._go_on(10)
        self.assertEqual(self.subscription.invoice_ids, paid, "nothing in between")
        self.assertEqual(paid.amount_untaxed, 59.0)
        self._go_to("2031-03-10")
        new = self.subscription.invoice_ids - paid
        self.assertEqual(new.amount_untaxed, 99.0)

    def test_what_somebody_chose_stays(self):
        staging = self.project.host_ids.filtered(
            lambda host: host.environment == "staging"
        )
        staging.parameter_ids.value = "3"
        self.line.product_id = self.large
        self.assertEqual(self._get_values("web_workers"), {"3", "6"})

    def test_a_value_of_the_new_plan_alone_is_added(self):
        vals = {"name": "web_cache", "value_type": "bool", "value": "true"}
        self.large.hosting_parameter_ids = [fields.Command.create(vals)]
        self.line.product_id = self.large
        self.assertEqual(self._get_values("web_cache"), {"true"})

    def test_the_quota_is_the_new_plans(self):
        self.large.hosting_quota_memory = "8Gi"
        self.project.host_ids[0].quota_cpu = "7"
        self.line.product_id = self.large
        self.assertEqual(set(self.project.host_ids.mapped("quota_memory")), {"8Gi"})
        self.assertEqual(self.project.host_ids[0].quota_cpu, "7", "somebody chose it")
        self.line.product_id = self.hosting
        self.assertEqual(set(self.project.host_ids.mapped("quota_memory")), {"4Gi"})

    def test_manifests_come_and_go_with_the_plan(self):
        extra = self._create_manifest("cache")
        self._add_version(extra, "kind: ConfigMap\n")._store_check([])
        extra.version_ids.action_approve()
        self.large.hosting_manifest_ids |= extra
        self.line.product_id = self.large
        self._finish_runs(self.project)
        for host in self.project.host_ids:
            self.assertIn(extra, host.manifest_line_ids.manifest_id)
        self.line.product_id = self.hosting
        for host in self.project.host_ids:
            self.assertNotIn(extra, host.manifest_line_ids.manifest_id)

    def test_a_line_that_is_replaced_counts_as_well(self):
        self.subscription.sale_subscription_line_ids = [
            fields.Command.create({"product_id": self.large.id}),
            fields.Command.delete(self.line.id),
        ]
        self.assertEqual(self.project.product_id, self.large)

    def test_a_busy_host_gets_it_later(self):
        host = self.project.host_ids[0]
        run = host._queue("status") | host._queue("apply")
        self.line.product_id = self.large
        self.assertTrue(self.project.plan_pending)
        self.assertEqual(self._get_values("web_workers"), {"6"})
        for one in run:
            self._finish(one, host)
        self._follow()
        self.assertFalse(self.project.plan_pending)
        self.assertEqual(self._get_playbooks()[-1], "apply")
        self.assertEqual(len(self.project.host_ids.active_run_id), 1)

    def test_a_suspended_host_gets_it_when_it_is_resumed(self):
        self.subscription.action_pause()
        self._finish_runs(self.project)
        self.line.product_id = self.large
        self._follow()
        self.assertEqual(self._get_playbooks(), ["apply", "suspend"])
        self.subscription.action_resume()
        self.assertEqual(self.project.host_ids[0]._prepare_vars()["web_workers"], 6)

    def test_another_cluster_is_another_hosting(self):
        cluster = self.cluster.copy({"name": "geneva-1", "context": "zurich-1"})
        far = self._create_hosting_product("Far", hosting_cluster_id=cluster.id)
        with self.assertRaisesRegex(UserError, "another cluster"):
            self.line.product_id = far
        self.assertEqual(self.project.product_id, self.hosting)

    def test_a_salesperson_may_change_it(self):
        seller = self.env["res.users"].create(
            {
                "name": "Sara Seller",
                "login": "sara",
                "group_ids": [
                    fields.Command.set(
                        self.env.ref("sales_team.group_sale_salesman_all_leads").ids
                    )
                ],
            }
        )
        self.line.with_user(seller).product_id = self.large
        self.assertEqual(self._get_values("web_workers"), {"6"})
        notes = " ".join(self.project.message_ids.mapped("body"))
        self.assertIn("Sara Seller", notes)

    def _get_values(self, name):
        lines = self.project.host_ids.parameter_ids
        return set(lines.filtered(lambda line: line.name == name).mapped("value"))
