from odoo.exceptions import UserError
from odoo.http import request, route

from .portal import HostingPortal


class HostingReset(HostingPortal):
    """Reset of staging, its undo and backups: by POST, of an own host, in its page."""

    @route(
        "/my/hosts/<int:host_id>/reset",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def host_reset(self, host_id, name="", **_post):
        """Reset a staging host; the project's name has to be typed."""
        host = self._get_own_host(host_id)
        return self._do(host, lambda: host._request_reset(name))

    @route(
        "/my/hosts/<int:host_id>/undo",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def host_undo(self, host_id, **_post):
        """Bring back what staging had before the last reset."""
        host = self._get_own_host(host_id)
        return self._do(host, host._request_undo)

    @route(
        "/my/hosts/<int:host_id>/backup",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def host_backup(self, host_id, **_post):
        """Back up a host's data now."""
        host = self._get_own_host(host_id)
        return self._do(host, host._request_backup)

    def _do(self, host, action):
        """Call an action and show the host's page: a reload of it does nothing again."""
        try:
            action()
        except UserError as error:
            return self._render_host(host, error=str(error))
        return request.redirect(f"/my/hosts/{host.id}", code=303)
