from odoo import api, models


class PaymentTransaction(models.Model):
    """The one place that every way to pay passes.

    The order portal's route takes the access token that the cart page prints, and
    asks nothing of the cart.
    """

    _inherit = "payment.transaction"

    @api.model_create_multi
    def create(self, vals_list):
        """Take no money for a hosting whose name is missing or lost.

        :raise ValidationError: names the line and what to do
        """
        transactions = super().create(vals_list)
        online = transactions.filtered(
            lambda tx: (tx.operation or "").startswith("online_")
        )
        orders = online.sale_order_ids.filtered(
            lambda order: order.state in ("draft", "sent")
        )
        orders._secure_hosting_names()
        return transactions
