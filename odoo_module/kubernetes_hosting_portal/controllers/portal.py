from werkzeug.exceptions import NotFound

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route

from odoo.addons.kubernetes_hosting.models.states import LIVING
from odoo.addons.portal.controllers.portal import CustomerPortal, pager


class HostingPortal(CustomerPortal):
    """A customer's hosts: tile, list and page.

    What is whose says the record rule. No access token opens a page: a link that was
    passed on must show nothing.
    """

    @route()
    def home(self, **query):
        """Show the number of hosts on the tile."""
        response = super().home(**query)
        response.qcontext["hosting_count"] = self._count_hosts() or None
        return response

    def _prepare_home_portal_values(self, counters):
        """Count the hosts: without any, the tile stays hidden."""
        values = super()._prepare_home_portal_values(counters)
        if "host_count" in counters:
            values["host_count"] = self._count_hosts()
        return values

    def _count_hosts(self):
        hosts = request.env["kubernetes.host"]
        readable = hosts.has_access("read")
        return hosts.search_count(self._get_hosts_domain()) if readable else 0

    @route(
        ["/my/hosts", "/my/hosts/page/<int:page>"],
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        readonly=True,
    )
    def hosts(self, page=1, sortby="name", **_query):
        """List the hosts of the user's firm."""
        hosts = request.env["kubernetes.host"]
        sortings = self._get_host_sortings()
        sortby = sortby if sortby in sortings else "name"
        values = pager(
            url="/my/hosts",
            total=self._count_hosts(),
            page=page,
            step=self._items_per_page,
            url_args={"sortby": sortby},
        )
        if hosts.has_access("read"):
            hosts = hosts.search(
                self._get_hosts_domain(),
                order=sortings[sortby]["order"],
                limit=self._items_per_page,
                offset=values["offset"],
            )
        return request.render(
            "kubernetes_hosting_portal.hosts",
            self._prepare_portal_layout_values()
            | {
                "page_name": "hosts",
                "hosts": hosts.sudo(),
                "pager": values,
                "default_url": "/my/hosts",
                "searchbar_sortings": sortings,
                "sortby": sortby,
            },
        )

    @route(
        "/my/hosts/<int:host_id>",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        readonly=True,
    )
    def host(self, host_id, **_query):
        """Show one host."""
        return self._render_host(self._get_own_host(host_id))

    @route(
        "/my/hosts/<int:host_id>/progress",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def host_progress(self, host_id, **_query):
        """Return what is at work on a host, as JSON: ``{busy, percent, text}``."""
        progress = self._get_own_host(host_id)._prepare_portal_progress()
        return request.make_json_response(
            progress, headers=[("Cache-Control", "no-store")]
        )

    def _get_hosts_domain(self):
        return [("lifecycle", "in", LIVING)]

    def _get_host_sortings(self):
        _ = request.env._
        return {
            "name": {"label": _("Address"), "order": "fqdn, id"},
            "date": {"label": _("Newest"), "order": "create_date desc, id desc"},
            "environment": {
                "label": _("Environment"),
                "order": "environment, fqdn, id",
            },
        }

    def _get_own_host(self, host_id):
        """Return a living host of the user's; one of somebody else looks like none.

        :raise NotFound: there is none, or it is not his
        """
        host = request.env["kubernetes.host"].browse(host_id)
        try:
            host.check_access("read")
        except (AccessError, MissingError) as error:
            raise NotFound() from error
        if host.lifecycle not in LIVING:
            raise NotFound()
        return host

    def _do(self, host, action):
        """Call an action and show the host's page: a reload of it does nothing again."""
        try:
            action()
        except UserError as error:
            return self._render_host(host, error=str(error))
        return request.redirect(f"/my/hosts/{host.id}", code=303)

    def _render_host(self, host, **values):
        """Return the host's page; values come on top, for example ``error``."""
        return request.render(
            "kubernetes_hosting_portal.host",
            self._prepare_portal_layout_values()
            | {"page_name": "host", "host": host.sudo()}
            | host._prepare_portal_values()
            | values,
        )
