from odoo import models


class KubernetesProjectContract(models.AbstractModel):
    """What the customer reads of his contract in the portal."""

    _name = "kubernetes.project.contract"
    _description = "Kubernetes Project: Contract"

    def _get_contract(self):
        """Name product and order, what is not paid, and the day of the deletion."""
        contract = super()._get_contract()
        project_sudo = self.sudo()
        if project_sudo.product_id:
            contract["product"] = project_sudo.product_id.name
        if project_sudo.sale_order_id:
            contract |= {
                "name": project_sudo.sale_order_id.name,
                "url": f"/my/orders/{project_sudo.sale_order_id.id}",
            }
        if project_sudo.arrears_since:
            contract["unpaid"] = project_sudo._prepare_unpaid()
        if project_sudo.terminate_on:
            contract["ends_on"] = project_sudo.terminate_on
        return contract

    def _prepare_unpaid(self):
        """Return the overdue invoices: name, url of the page with *Pay*, amount, due."""
        return [
            {
                "name": move.name,
                # Without a token: whoever reads it has a user of the firm.
                "url": f"/my/invoices/{move.id}",
                "amount": move.currency_id.format(move.amount_residual),
                "due": move.invoice_date_due,
            }
            for move in self.subscription_id._get_overdue_moves()
        ]
