from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import vars_file

TEXT = "str"
INTEGER = "int"
BOOLEAN = "bool"
LIST = "list"
TYPES = [
    (TEXT, "Text"),
    (INTEGER, "Whole number"),
    (BOOLEAN, "Yes or no"),
    (LIST, "List, one entry per line"),
]
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}


class KubernetesParameterMixin(models.AbstractModel):
    """A typed variable of the manifests, under the name that the manifests use."""

    _name = "kubernetes.parameter.mixin"
    _description = "Kubernetes Parameter Mixin"
    _order = "name, id"

    name = fields.Char(required=True, help="The variable as the manifest writes it.")
    value_type = fields.Selection(TYPES, string="Type", default=TEXT, required=True)
    value = fields.Text(help="Yes or no: true or false. List: one entry per line.")

    @api.constrains("name", "value_type", "value")
    def _check_parameter(self):
        for parameter in self:
            try:
                vars_file.check_parameter_name(parameter.name)
            except vars_file.InvalidVars as error:
                raise ValidationError(
                    self.env._(
                        "%(name)s can't be a parameter: use small letters, digits and "
                        "underscores, starting with a letter. Names that mean "
                        "something to Ansible, and those that start with hosting_, "
                        "host_, k8s_, manifest_, cluster_ or ansible_, are reserved.",
                        name=parameter.name,
                    )
                ) from error
            parameter._get_value()

    def _get_value(self):
        """Return the value in its type.

        :rtype: str | int | bool | list[str]
        :raise ValidationError: the text is none of that type
        """
        self.ensure_one()
        text = self.value or ""
        if self.value_type == LIST:
            return [line.strip() for line in text.splitlines() if line.strip()]
        if self.value_type == BOOLEAN and text.strip().lower() in _BOOLEANS:
            return _BOOLEANS[text.strip().lower()]
        if self.value_type == INTEGER and text.strip().lstrip("-").isdecimal():
            return self._get_integer(text.strip())
        if self.value_type == TEXT:
            return text
        raise self._wrong_type()

    def _get_integer(self, text):
        try:
            return int(text)
        except ValueError as error:
            raise self._wrong_type() from error

    def _wrong_type(self):
        labels = dict(self._fields["value_type"]._description_selection(self.env))
        return ValidationError(
            self.env._(
                "%(name)s: %(value)s is not of type %(type)s.",
                name=self.name,
                value=self.value or "-",
                type=labels[self.value_type],
            )
        )


class KubernetesHostParameter(models.Model):
    """A parameter of one host."""

    _name = "kubernetes.host.parameter"
    _inherit = "kubernetes.parameter.mixin"
    _description = "Kubernetes Host Parameter"

    host_id = fields.Many2one(
        "kubernetes.host", required=True, ondelete="cascade", index=True
    )

    _name_uniq = models.Constraint(
        "UNIQUE(host_id, name)", "A parameter stands twice: delete one of the lines."
    )


class KubernetesManifestParameter(models.Model):
    """What a manifest's variable is on a new host; the manifest's check uses it too."""

    _name = "kubernetes.manifest.parameter"
    _inherit = "kubernetes.parameter.mixin"
    _description = "Kubernetes Manifest Parameter"

    manifest_id = fields.Many2one(
        "kubernetes.manifest", required=True, ondelete="cascade", index=True
    )

    _name_uniq = models.Constraint(
        "UNIQUE(manifest_id, name)",
        "A parameter stands twice: delete one of the lines.",
    )
