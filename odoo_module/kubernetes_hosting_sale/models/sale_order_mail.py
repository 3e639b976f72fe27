from odoo import models


class SaleOrder(models.Model):
    """The confirmation of an order with a hosting says what happens next."""

    _inherit = "sale.order"

    def _get_confirmation_template(self):
        template = super()._get_confirmation_template()
        if not self._get_hosting_lines():
            return template
        own = "kubernetes_hosting_sale.mail_template_order_received"
        return self.env.ref(own, raise_if_not_found=False) or template
