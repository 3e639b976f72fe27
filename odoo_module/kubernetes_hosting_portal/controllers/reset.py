from odoo.http import route

from .portal import HostingPortal


class HostingReset(HostingPortal):
    """Reset of staging and its undo: by POST, of an own host, in its page."""

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
