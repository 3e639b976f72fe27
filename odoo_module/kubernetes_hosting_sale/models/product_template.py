from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ProductTemplate(models.Model):
    """A product that is a hosting: what its hosts run, and where."""

    _inherit = ["product.template.hosting", "product.template"]

    is_hosting = fields.Boolean(
        string="Is a Hosting",
        help="Each order line of this product becomes a subscription and a project "
        "with a production and a staging host.",
    )
    hosting_cluster_id = fields.Many2one(
        "kubernetes.cluster", string="Cluster", help="Where new hosts are created."
    )
    hosting_manifest_ids = fields.Many2many(
        "kubernetes.manifest", string="Manifests", help="What its hosts run."
    )
    hosting_parameter_ids = fields.One2many(
        "kubernetes.product.parameter",
        "product_tmpl_id",
        string="Parameters",
        copy=True,
        help="Values of the manifests' variables, in place of the manifests' own.",
    )

    @api.onchange("is_hosting")
    def _onchange_is_hosting(self):
        if not self.is_hosting:
            return
        self.type = "service"
        self.subscribable = True
        if not self.hosting_cluster_id:
            self.hosting_cluster_id = self.env["kubernetes.project"]._default_cluster()

    @api.constrains(
        "is_hosting",
        "type",
        "subscribable",
        "subscription_template_id",
        "hosting_cluster_id",
        "hosting_manifest_ids",
    )
    def _check_hosting(self):
        for product in self.filtered("is_hosting"):
            problem = product._get_hosting_problem()
            if problem:
                raise ValidationError(
                    self.env._(
                        "%(product)s can't be sold as a hosting yet. %(problem)s",
                        product=product.name,
                        problem=problem,
                    )
                )

    def _get_hosting_problem(self):
        """Return the first thing that a hosting lacks, as a sentence, or None."""
        self.ensure_one()
        product_sudo = self.sudo()
        _ = self.env._
        if self.type != "service":
            return _("Its product type has to be Service.")
        if not self.subscribable or not self.subscription_template_id:
            return _("Choose a subscription template.")
        if not product_sudo.hosting_cluster_id:
            return _("Choose a cluster.")
        if not product_sudo.hosting_manifest_ids:
            return _("Choose its manifests.")
        return None

    def _get_hosting_parameters(self):
        """Return the parameters of new hosts, before a customer's choices.

        :return: name → (type, value as text)
        :rtype: dict[str, tuple[str, str]]
        """
        self.ensure_one()
        return {
            parameter.name: (parameter.value_type, parameter.value)
            for parameter in self.sudo().hosting_parameter_ids
        }
