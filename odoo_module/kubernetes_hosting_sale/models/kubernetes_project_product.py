from odoo import api, fields, models


class KubernetesProjectProduct(models.AbstractModel):
    """A project that is made in the backend from a product, without an order."""

    _name = "kubernetes.project.product"
    _description = "Kubernetes Project: Product"

    product_id = fields.Many2one(
        "product.product",
        readonly=False,
        copy=False,
        domain=[("is_hosting", "=", True)],
        help="Its cluster, manifests and parameters are taken.",
    )

    @api.onchange("product_id")
    def _onchange_product(self):
        template = self.product_id.product_tmpl_id
        if template.is_hosting and not self.host_ids:
            self.cluster_id = template.sudo().hosting_cluster_id
            self.manifest_ids = template.sudo().hosting_manifest_ids

    def _create_hosts(self, lifecycle="active", parameters=None):
        template = self.product_id.product_tmpl_id
        if parameters is not None or not template.is_hosting:
            return super()._create_hosts(lifecycle, parameters)
        parameters = template._get_hosting_parameters()
        hosts = super()._create_hosts(lifecycle, parameters)
        if quota := template._get_hosting_quota():
            hosts.write(quota)
        return hosts
