from werkzeug.exceptions import NotFound

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route

from odoo.addons.kubernetes_hosting.models.states import NAME_CONFLICT
from odoo.addons.portal.controllers.portal import CustomerPortal

# The order's token stands in the address: pass it on to nobody.
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


class HostingOrderPortal(CustomerPortal):
    """From payment to first log-in, and the page to choose another name."""

    # === PROGRESS === #

    @route(
        "/my/orders/<int:order_id>/hosting",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def hosting_progress(self, order_id, access_token=None):
        """Show how far an order's hostings are: to its owner, or by its link."""
        values = self._prepare_progress(order_id, access_token)
        return request.render(
            "kubernetes_hosting_sale.progress_page", values, headers=PRIVATE
        )

    @route(
        "/my/orders/<int:order_id>/hosting/progress",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def hosting_progress_state(self, order_id, access_token=None):
        """Return the same for the page that asks every few seconds.

        :return: JSON with ``html`` (what to show) and ``finished``
        """
        values = self._prepare_progress(order_id, access_token)
        html = request.env["ir.qweb"]._render(
            "kubernetes_hosting_sale.progress", values
        )
        answer = {"html": html, "finished": values["finished"]}
        return request.make_json_response(answer, headers=PRIVATE)

    def _prepare_progress(self, order_id, access_token):
        """Return what the progress templates show.

        :raise NotFound: neither the owner's session nor the order's token
        """
        try:
            order_sudo = self._document_check_access(
                "sale.order", order_id, access_token=access_token
            )
        except (AccessError, MissingError) as error:
            raise NotFound() from error
        progress = order_sudo._get_hosting_progress()
        if not progress:
            raise NotFound()
        return {
            "order": order_sudo,
            "progress": progress,
            "finished": all(one["finished"] for one in progress),
            "page_name": "hosting_progress",
        }

    # === ANOTHER NAME === #

    @route(
        "/my/orders/<int:order_id>/hosting/name",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def hosting_name(self, order_id, **post):
        """Let the owner choose another name for a hosting that lost its own.

        :param str post: ``name_<line id>`` for each hosting in conflict
        """
        order_sudo = self._get_own_order(order_id)
        lines_sudo = order_sudo._get_hosting_lines().filtered(
            lambda line: line.hosting_project_id.state == NAME_CONFLICT
        )
        entries = [line._prepare_name_entry(post) for line in lines_sudo]
        if request.httprequest.method == "POST":
            for line_sudo, entry in zip(lines_sudo, entries, strict=True):
                entry["error"] = self._choose_name(line_sudo, entry["value"])
            entries = [entry for entry in entries if entry["error"]]
        if not entries:
            return request.redirect(f"/my/orders/{order_id}/hosting")
        return request.render(
            "kubernetes_hosting_sale.name_page",
            {"order": order_sudo, "entries": entries, "page_name": "hosting_name"},
        )

    def _choose_name(self, line_sudo, name):
        """Take another name; return why not, or None."""
        project = line_sudo.hosting_project_id
        bot = request.env.ref("kubernetes_hosting.user_bot")
        try:
            with request.env.cr.savepoint():
                project.with_user(bot).sudo()._choose_another_name(name)
        except UserError as error:
            return str(error)
        return None

    def _get_own_order(self, order_id):
        """Return an order of the user's as superuser; another's looks like none.

        No access token opens it: a link that was passed on must change nothing.

        :raise NotFound: there is none, or it is not his
        """
        order = request.env["sale.order"].browse(order_id)
        try:
            order.check_access("read")
        except (AccessError, MissingError) as error:
            raise NotFound() from error
        return order.sudo()
