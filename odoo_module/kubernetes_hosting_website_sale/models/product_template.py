from odoo import models

TERMS = "website_sale.accept_terms_and_conditions"


class ProductTemplate(models.Model):
    """What a hosting needs to be sold in the shop."""

    _inherit = "product.template"

    def _get_commercial_gaps(self):
        gaps = super()._get_commercial_gaps()
        _ = self.env._
        if not self.is_published:
            gaps.append(_("Publish it on the website."))
        providers = self.env["payment.provider"].sudo()
        if not providers.search_count(
            [("state", "!=", "disabled"), ("is_published", "=", True)], limit=1
        ):
            gaps.append(_("Enable and publish a payment provider."))
        if not self.env.ref(TERMS).sudo().active:
            gaps.append(
                _(
                    "Let buyers accept your terms: Website > Edit on the payment page, "
                    "Accept Terms & Conditions."
                )
            )
        return gaps
