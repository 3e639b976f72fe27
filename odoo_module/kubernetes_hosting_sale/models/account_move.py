from odoo import models


class AccountMove(models.Model):
    """A paid invoice may end the suspension of a hosting: today, not tomorrow."""

    _inherit = "account.move"

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        subscriptions_sudo = self.sudo()._get_hosting_subscriptions()
        if subscriptions_sudo.hosting_project_ids.filtered("arrears_since"):
            self.env["kubernetes.project"]._wake_life()
        return result

    def _get_hosting_subscriptions(self):
        """Return the subscriptions that these invoices are for."""
        orders = self.invoice_line_ids.sale_line_ids.order_id
        return (
            self.subscription_id
            | orders.order_subscription_id
            | orders.subscription_ids
        )
