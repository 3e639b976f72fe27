from odoo import api, models


class PaymentProvider(models.Model):
    _inherit = "payment.provider"

    @api.model
    def _get_compatible_providers(
        self, *args, sale_order_id=None, is_express_checkout=False, **kwargs
    ):
        """Offer no express checkout for a hosting: it stands before the step *Project*."""
        if is_express_checkout and sale_order_id:
            order = self.env["sale.order"].browse(sale_order_id)
            if order._get_hosting_lines():
                return self.browse()
        return super()._get_compatible_providers(
            *args,
            sale_order_id=sale_order_id,
            is_express_checkout=is_express_checkout,
            **kwargs,
        )
