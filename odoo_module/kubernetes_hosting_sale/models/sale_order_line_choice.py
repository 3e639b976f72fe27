from odoo import api, fields, models


class SaleOrderLineHostingChoice(models.AbstractModel):
    """What a customer has chosen for his hosting, of what the product leaves open."""

    _name = "sale.order.line.hosting.choice"
    _description = "Sales Order Line: Choices for its Hosting"

    hosting_choices = fields.Json(
        string="Choices", help="Parameter → value, of those that customers choose."
    )
    hosting_choice_options = fields.Json(compute="_compute_hosting_choice_options")

    # === COMPUTE METHODS === #

    @api.depends("product_id")
    def _compute_hosting_choice_options(self):
        """Tell the form what there is to choose: parameter, label, default, values."""
        for line in self:
            line.hosting_choice_options = [
                {
                    "name": parameter.name,
                    "label": parameter.label or parameter.name,
                    "value": parameter.value,
                    "values": parameter._get_choices(),
                }
                for parameter in line._get_open_parameters()
            ]

    @api.onchange("product_id")
    def _onchange_hosting_choices(self):
        """Keep of the choices what the other product lets choose, too."""
        chosen = self._get_chosen_parameters()
        self.hosting_choices = {name: value for name, (_type, value) in chosen.items()}

    # === CONSTRAINT METHODS === #

    @api.constrains("hosting_choices", "product_id")
    def _check_hosting_choices(self):
        for line in self.filtered("hosting_choices"):
            open_parameters = {
                parameter.name: parameter for parameter in line._get_open_parameters()
            }
            for name, value in line.hosting_choices.items():
                parameter = open_parameters.get(name)
                if parameter:
                    parameter._check_choice(value)

    # === BUSINESS METHODS === #

    def _get_open_parameters(self):
        """Return the parameters that the customer chooses, as superuser."""
        template_sudo = self.product_id.product_tmpl_id.sudo()
        return template_sudo.hosting_parameter_ids.filtered("customer_chooses")

    def _get_chosen_parameters(self):
        """Return the customer's choices that are still allowed.

        :return: name → (type, value as text)
        :rtype: dict[str, tuple[str, str]]
        """
        chosen = self.hosting_choices or {}
        return {
            parameter.name: (parameter.value_type, chosen[parameter.name])
            for parameter in self._get_open_parameters()
            if chosen.get(parameter.name) in parameter._get_choices()
        }

    def _prepare_choice_entries(self, post):
        """Return what the template ``name_entry`` shows of the parameters.

        :param dict post: what was sent: ``choice_<line id>_<parameter>``
        """
        chosen = self.hosting_choices or {}
        entries = []
        for parameter in self._get_open_parameters():
            field = f"choice_{self.id}_{parameter.name}"
            present = chosen.get(parameter.name, parameter.value)
            entries.append(
                {
                    "name": parameter.name,
                    "field": field,
                    "label": parameter.label or parameter.name,
                    "choices": parameter._get_choices(),
                    "value": post.get(field, present),
                }
            )
        return entries
