from odoo import models
from odoo.exceptions import ValidationError
from odoo.http import request


class SaleOrder(models.Model):
    """A cart with hostings: one line each, named before it is paid."""

    _inherit = "sale.order"

    def _cart_find_product_line(self, product_id, *args, **kwargs):
        """Give each hosting a line of its own: it has a name of its own."""
        if self.env["product.product"].browse(product_id).is_hosting:
            return self.env["sale.order.line"]
        return super()._cart_find_product_line(product_id, *args, **kwargs)

    def _verify_updated_quantity(
        self, order_line, product_id, new_qty, uom_id, **kwargs
    ):
        quantity, warning = super()._verify_updated_quantity(
            order_line, product_id, new_qty, uom_id, **kwargs
        )
        product = self.env["product.product"].browse(product_id)
        if product.is_hosting and quantity > 1:
            warning = self.env._(
                "Each %(product)s has a name of its own: add it to the cart once more.",
                product=product.display_name,
            )
            return 1, warning
        return quantity, warning

    def _check_cart_is_ready_to_be_paid(self):
        """Ask for account and names; /shop/payment/transaction comes by here."""
        super()._check_cart_is_ready_to_be_paid()
        if not self._get_hosting_lines():
            return
        if self._needs_hosting_account():
            raise ValidationError(
                self.env._("Please log in first: you need an account for your hosting.")
            )
        self._secure_hosting_names()

    def _needs_hosting_account(self):
        """Return whether the present visitor has to log in to buy this cart."""
        return bool(
            request and request.env.user._is_public() and self._get_hosting_lines()
        )
