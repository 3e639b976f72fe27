from odoo.exceptions import ValidationError
from odoo.http import request, route

from odoo.addons.website_sale.controllers.main import WebsiteSale

from ..models.website import PROJECT_STEP


class HostingCheckout(WebsiteSale):
    """The checkout's step *Project*."""

    @route(
        PROJECT_STEP,
        type="http",
        methods=["GET", "POST"],
        auth="public",
        website=True,
        sitemap=False,
    )
    def shop_project(self, **post):
        """Ask for the name of each hosting and reserve it.

        :param str post: ``name_<line id>`` for each hosting of the cart
        """
        order_sudo = request.cart
        if redirection := self._check_cart_and_addresses(order_sudo):
            return redirection
        steps = request.website._get_checkout_step_values()
        if not order_sudo._get_hosting_lines():
            return request.redirect("/shop/payment")
        lines_sudo = order_sudo._get_hosting_lines()
        entries = [line._prepare_name_entry(post) for line in lines_sudo]
        if request.httprequest.method == "POST":
            for entry in entries:
                entry["error"] = self._reserve_project_name(entry)
            if not any(entry["error"] for entry in entries):
                return request.redirect(steps["next_website_checkout_step_href"])
        else:
            self._renew_names(lines_sudo)
        return request.render(
            "kubernetes_hosting_website_sale.project_step",
            {"website_sale_order": order_sudo, "entries": entries, **steps},
        )

    @route(
        f"{PROJECT_STEP}/check",
        type="jsonrpc",
        methods=["POST"],
        auth="public",
        website=True,
    )
    def shop_project_check(self, name="", line_id=None):
        """Tell whether a name is free, taken or invalid; 20 times a minute.

        :param str name: what is in the field
        :param int line_id: the hosting that the field belongs to
        :return: as ``_judge_name``; ``state`` is *later* when it was asked too often
        """
        projects_sudo = request.env["kubernetes.project"].sudo()
        if not request.env["kubernetes.name.check"].sudo()._admit_visitor():
            message = request.env._(
                "We check it when you continue: that were many names in a short time."
            )
            return projects_sudo._verdict("later", None, message)
        cart_sudo = request.cart or request.env["sale.order"].sudo()
        line_sudo = cart_sudo.order_line.filtered(lambda line: line.id == line_id)
        partner = request.env.user.partner_id
        asks = None if request.env.user._is_public() else partner
        own = line_sudo.hosting_project_id
        return projects_sudo._judge_name(str(name)[:100], asks, own)

    def _reserve_project_name(self, entry):
        """Reserve the name that was entered; return why not, or None."""
        try:
            with request.env.cr.savepoint():
                if not entry["value"].strip():
                    # What was reserved stays: an empty field is no change of mind.
                    request.env["kubernetes.project"]._normalise_name("")
                entry["line"].write(
                    {
                        "hosting_name": entry["value"],
                        "hosting_choices": {
                            choice["name"]: choice["value"]
                            for choice in entry["choices"]
                        },
                    }
                )
        except ValidationError as error:
            return str(error)
        return None

    def _renew_names(self, lines_sudo):
        """Hold the names of a visitor who is still here for another 30 minutes."""
        for line_sudo in lines_sudo.filtered("hosting_project_id"):
            line_sudo._reserve_hosting_name()

    def _prepare_shop_payment_confirmation_values(self, order):
        """Show on the confirmation page how far the hostings are."""
        values = super()._prepare_shop_payment_confirmation_values(order)
        progress = order._get_hosting_progress()
        finished = all(one["finished"] for one in progress)
        return values | {"progress": progress, "finished": finished}

    # === CHECK METHODS === #

    def _check_cart(self, order_sudo):
        """Send visitors to the log-in: they need an account for their hosting."""
        if redirection := super()._check_cart(order_sudo):
            return redirection
        if order_sudo._needs_hosting_account():
            return request.redirect("/web/login?redirect=/shop/checkout")
        return None

    def _check_cart_and_addresses(self, order_sudo):
        """Send carts without names from the payment page to the step *Project*."""
        if redirection := super()._check_cart_and_addresses(order_sudo):
            return redirection
        payment = request.env["ir.http"].url_rewrite("/shop/payment")[0]
        # The step itself and /shop/checkout come by here, too.
        if request.httprequest.path != payment:
            return None
        try:
            with request.env.cr.savepoint():
                order_sudo._secure_hosting_names()
        except ValidationError:
            return request.redirect(PROJECT_STEP)
        return None
