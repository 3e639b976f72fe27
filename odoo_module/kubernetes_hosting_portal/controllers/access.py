from werkzeug.exceptions import NotFound

from odoo.exceptions import UserError
from odoo.http import request, route

from .portal import HostingPortal

NO_STORE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


class HostingAccess(HostingPortal):
    """The page that shows the first password: to its owner, by POST, and logged.

    No access token opens it: a link that was passed on must show nothing.
    """

    @route(
        "/my/hosts/<int:host_id>/access",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
    )
    def host_access(self, host_id, **_query):
        """Show addresses and login name, and the button."""
        return self._render_access(self._get_own_host(host_id))

    @route(
        "/my/hosts/<int:host_id>/access",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def host_access_request(self, host_id, renew="", **_post):
        """Start fetching the password; with ``renew`` a new one is set before."""
        host = self._get_own_host(host_id)
        try:
            run_sudo = host._request_access(renew=renew == "1")
        except UserError as error:
            return self._render_access(host, error=str(error))
        return self._render_access(host, run_sudo=run_sudo)

    @route(
        "/my/hosts/<int:host_id>/access/result",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def host_access_result(self, host_id, run_id="", **_post):
        """Show the password once it is there; it can be read from a run once."""
        host = self._get_own_host(host_id)
        number = int(run_id) if run_id.isdecimal() else 0
        run_sudo = host._get_access_run(number) if number else None
        if not run_sudo:
            raise NotFound()
        password = host._reveal_password(run_sudo)
        if password is None and run_sudo.is_busy:
            return self._render_access(host, run_sudo=run_sudo)
        if password is None:
            return self._render_access(host, error=self._explain_failure(run_sudo))
        return self._render_access(
            host, password=password, renewed=run_sudo._renews_password()
        )

    def _explain_failure(self, run_sudo):
        if run_sudo.state == "done":
            return request.env._(
                "It was shown already. Press the button to see it again."
            )
        return request.env._(
            "Something needs our hands. We have been told (reference R-%(run)s). Please "
            "try again later.",
            run=run_sudo.id,
        )

    def _render_access(self, host, run_sudo=None, **values):
        host_sudo = host.sudo()
        if run_sudo:
            values |= {"run_id": run_sudo.id, "renewed": run_sudo._renews_password()}
        values = self._prepare_portal_layout_values() | {
            "page_name": "host_access",
            "host": host_sudo,
            "hosts": host._get_portal_hosts(),
            "login": host_sudo._get_first_login(),
            "can_renew": not host._explain_no_renewal(),
            **values,
        }
        return request.render(
            "kubernetes_hosting_portal.host_access", values, headers=NO_STORE
        )
