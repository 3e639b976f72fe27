from odoo import models


class SaleOrderLine(models.Model):
    """A hosting shows its name in the cart and its summary."""

    _inherit = "sale.order.line"

    def _get_line_header(self):
        header = super()._get_line_header()
        return f"{header}: {self.hosting_name}" if self.hosting_name else header
