from odoo import fields, models
from odoo.http import request

PROJECT_STEP = "/shop/project"


class Website(models.Model):
    """The checkout's step *Project*, for carts with a hosting."""

    _inherit = "website"

    # Buyers of a hosting need an account, so visitors may make one.
    auth_signup_uninvited = fields.Selection(default="b2c")

    def _get_allowed_steps_domain(self):
        domain = super()._get_allowed_steps_domain()
        cart = getattr(request, "cart", None) if request else None
        if cart and cart._get_hosting_lines():
            return domain
        return [*domain, ("step_href", "!=", PROJECT_STEP)]
