from odoo import SUPERUSER_ID, fields
from odoo.tests import tagged

from odoo.addons.account_payment.tests.common import AccountPaymentCommon
from odoo.addons.kubernetes_hosting.tests.common import KubernetesCase


class HostingSaleMixin:
    """One hosting product, its customer, and orders of it."""

    @classmethod
    def _set_up_hosting(cls):
        cls.template = cls.env["sale.subscription.template"].create(
            {"name": "Monthly", "code": "HOST", "invoicing_mode": "invoice"}
        )
        cls.hosting = cls._create_hosting_product("Odoo-Hosting")
        cls.anna = cls.env["res.partner"].create(
            {"name": "Anna Muster", "email": "anna@example.com"}
        )
        cls.projects = cls.env["kubernetes.project"]
        cls.completion = cls.env.ref("kubernetes_hosting_sale.ir_cron_complete")

    @classmethod
    def _create_hosting_product(cls, name, **vals):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "service",
                "list_price": 59.0,
                "taxes_id": [fields.Command.clear()],
                "is_hosting": True,
                "subscribable": True,
                "subscription_template_id": cls.template.id,
                "hosting_cluster_id": cls.cluster.id,
                "hosting_manifest_ids": [fields.Command.set(cls.manifest.ids)],
                "hosting_parameter_ids": [
                    fields.Command.create(
                        {"name": "web_workers", "value_type": "int", "value": "2"}
                    )
                ],
            }
            | vals
        )

    @classmethod
    def _create_order(cls, *names, **vals):
        """Return a quotation with one hosting for each name (False: without one)."""
        return cls.env["sale.order"].create(
            {
                "partner_id": cls.anna.id,
                "order_line": [
                    fields.Command.create(
                        {"product_id": cls.hosting.id, "hosting_name": name}
                    )
                    for name in names
                ],
            }
            | vals
        )

    def _assert_provided_once(self, order):
        """Check that each hosting line has exactly what was bought."""
        for line in order._get_hosting_lines():
            self.assertTrue(line.hosting_provided)
            project = self.projects.search(
                [("sale_line_id", "=", line.id), ("state", "!=", "released")]
            )
            self.assertEqual(project.mapped("state"), ["active"])
            self.assertEqual(
                sorted(project.host_ids.mapped("environment")),
                ["production", "staging"],
            )
            runs = self.env["kubernetes.run"].search(
                [("line_ids.host_id", "in", project.host_ids.ids)]
            )
            self.assertEqual(len(runs), 1, "one run for both hosts")
            self.assertEqual(runs.line_ids.host_id, project.host_ids)
            lines = self.env["sale.subscription.line"].search(
                [("sale_line_id", "=", line.id)]
            )
            self.assertEqual(len(lines), 1)
            self.assertEqual(project.subscription_id, lines.sale_subscription_id)
        self.assertEqual(
            len(order.subscription_ids), len(order._get_hosting_lines()), "one each"
        )


@tagged("post_install", "-at_install")
class HostingSaleCase(HostingSaleMixin, KubernetesCase):
    """Orders without payments."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_hosting()


class RootPaymentCommon(AccountPaymentCommon):
    """Odoo's payment fixtures, but for the superuser in place of an accountant."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        companies = {"allowed_company_ids": cls.env.companies.ids}
        context = dict(cls.env.context, **companies)
        cls.env = cls.env(user=SUPERUSER_ID, context=context)


@tagged("post_install", "-at_install")
class HostingPaymentCase(HostingSaleMixin, KubernetesCase, RootPaymentCommon):
    """Orders that are paid by a provider."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_hosting()

    def _pay(self, order, state="done", **vals):
        """Return a transaction for an order, in the state that the provider reports."""
        transaction = self._create_transaction(
            "direct",
            reference=f"{order.name}-{len(order.transaction_ids)}",
            partner_id=order.partner_id.id,
            amount=order.amount_total,
            currency_id=order.currency_id.id,
            sale_order_ids=[fields.Command.set(order.ids)],
            **vals,
        )
        if state != "draft":
            getattr(transaction, f"_set_{state}")()
        return transaction
