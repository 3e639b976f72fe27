from odoo import fields, models


class KubernetesProductParameter(models.Model):
    """What a variable of the manifests is on the hosts of one product."""

    _name = "kubernetes.product.parameter"
    _inherit = "kubernetes.parameter.mixin"
    _description = "Kubernetes Product Parameter"

    product_tmpl_id = fields.Many2one(
        "product.template", required=True, ondelete="cascade", index=True
    )

    _name_uniq = models.Constraint(
        "UNIQUE(product_tmpl_id, name)",
        "A parameter stands twice: delete one of the lines.",
    )
