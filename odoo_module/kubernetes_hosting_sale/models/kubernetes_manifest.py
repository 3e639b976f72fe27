from odoo import fields, models


class KubernetesManifest(models.Model):
    """Which products sell a manifest."""

    _inherit = "kubernetes.manifest"

    product_count = fields.Integer(compute="_compute_product_count")

    def _compute_product_count(self):
        # Whoever sees the manifest learns how many sell it; opening them needs rights.
        products_sudo = self.env["product.template"].sudo()
        groups = products_sudo._read_group(
            self._get_products_domain(), ["hosting_manifest_ids"], ["__count"]
        )
        counts = {manifest.id: count for manifest, count in groups}
        for manifest in self:
            manifest.product_count = counts.get(manifest.id, 0)

    def action_view_products(self):
        """Open the products whose hosts run this manifest."""
        self._check_user()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Products"),
            "res_model": "product.template",
            "view_mode": "list,form",
            "domain": self._get_products_domain(),
        }

    def _get_products_domain(self):
        return [
            ("is_hosting", "=", True),
            ("hosting_manifest_ids", "in", self.ids),
        ]
