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
        entries = self._prepare_project_entries(order_sudo, post)
        if request.httprequest.method == "POST":
            for entry in entries:
                entry["error"] = self._reserve_project_name(entry)
            if not any(entry["error"] for entry in entries):
                return request.redirect(steps["next_website_checkout_step_href"])
        return request.render(
            "kubernetes_hosting_website_sale.project_step",
            {"website_sale_order": order_sudo, "entries": entries, **steps},
        )

    def _prepare_project_entries(self, order_sudo, post):
        """Return what the page shows of each hosting in the cart."""
        entries = []
        for line in order_sudo._get_hosting_lines():
            error = line._get_hosting_name_problem() if line.hosting_name else None
            entries.append(
                {
                    "line": line,
                    "field": f"name_{line.id}",
                    "value": post.get(f"name_{line.id}", line.hosting_name or "")[:100],
                    "error": error,
                    "reserved": line.hosting_project_id and not error,
                    "domain": line.product_id.hosting_cluster_id.domain,
                }
            )
        return entries

    def _reserve_project_name(self, entry):
        """Reserve the name that was entered; return why not, or None."""
        try:
            with request.env.cr.savepoint():
                if not entry["value"].strip():
                    # What was reserved stays: an empty field is no change of mind.
                    request.env["kubernetes.project"]._normalise_name("")
                entry["line"].hosting_name = entry["value"]
        except ValidationError as error:
            return str(error)
        return None

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
