from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.kubernetes_hosting.models.kubernetes_parameter import BOOLEAN, LIST


class KubernetesProductParameter(models.Model):
    """What a variable of the manifests is on the hosts of one product."""

    _name = "kubernetes.product.parameter"
    _inherit = "kubernetes.parameter.mixin"
    _description = "Kubernetes Product Parameter"

    product_tmpl_id = fields.Many2one(
        "product.template", required=True, ondelete="cascade", index=True
    )
    choices = fields.Text(
        string="Allowed Values", help="One per line; empty: any value of the type."
    )
    customer_chooses = fields.Boolean(help="The checkout asks for it, beside the name.")
    label = fields.Char(
        translate=True, help="How the checkout calls it, for example: Language."
    )

    _name_uniq = models.Constraint(
        "UNIQUE(product_tmpl_id, name)",
        "A parameter stands twice: delete one of the lines.",
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("value_type", "value", "choices", "customer_chooses")
    def _check_choices(self):
        for parameter in self:
            choices = parameter._get_choices()
            for choice in choices:
                parameter._with_value(choice)._get_value()
            if choices and (parameter.value or "") not in choices:
                raise ValidationError(
                    self.env._(
                        "%(name)s: the default is none of its allowed values.",
                        name=parameter.name,
                    )
                )
            if parameter.customer_chooses and not choices:
                raise ValidationError(
                    self.env._(
                        "%(name)s: write down the allowed values that customers choose "
                        "from.",
                        name=parameter.name,
                    )
                )

    # === BUSINESS METHODS === #

    def _get_choices(self):
        """Return the allowed values as texts, [] when any will do.

        :rtype: list[str]
        """
        self.ensure_one()
        if self.value_type == LIST:
            return []
        if self.value_type == BOOLEAN:
            return ["true", "false"] if self.customer_chooses else []
        lines = (line.strip() for line in (self.choices or "").splitlines())
        return list(dict.fromkeys(filter(None, lines)))

    def _with_value(self, text):
        """Return this parameter with another value, not stored."""
        self.ensure_one()
        return self.new(
            {"name": self.name, "value_type": self.value_type, "value": text}
        )

    def _check_choice(self, text):
        """Refuse what a customer may not choose.

        :raise ValidationError: names the parameter and what is possible
        """
        self.ensure_one()
        choices = self._get_choices()
        if not self.customer_chooses or text not in choices:
            raise ValidationError(
                self.env._(
                    "%(label)s: choose one of %(choices)s.",
                    label=self.label or self.name,
                    choices=", ".join(choices) or "-",
                )
            )
