from odoo import fields, models


class KubernetesHost(models.Model):
    """The product and the subscription behind a host."""

    _inherit = "kubernetes.host"

    product_id = fields.Many2one(
        related="project_id.product_id", store=True, index="btree_not_null"
    )
    subscription_id = fields.Many2one(related="project_id.subscription_id")

    # === ACTION METHODS === #

    def action_view_subscription(self):
        """Open the subscription."""
        self.ensure_one()
        return self.project_id.action_view_subscription()
