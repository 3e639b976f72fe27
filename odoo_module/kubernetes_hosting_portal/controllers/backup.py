from werkzeug.exceptions import NotFound

from odoo.exceptions import UserError
from odoo.http import request, route

from .access import NO_STORE
from .portal import HostingPortal


class HostingBackup(HostingPortal):
    """Backups of a host: made and fetched by POST, by its owner, each download logged.

    What is fetched comes from the cluster, not from here: the page only hands over the
    address and a token that is good for one download.
    """

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

    @route(
        "/my/hosts/<int:host_id>/backup/<int:backup_id>",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def host_backup_request(self, host_id, backup_id, **_post):
        """Have a backup made reachable."""
        host, backup_sudo = self._get_own_backup(host_id, backup_id)
        try:
            run_sudo = host._request_download(backup_sudo)
        except UserError as error:
            return self._render_host(host, error=str(error))
        return self._render_download(host, backup_sudo, run_id=run_sudo.id)

    @route(
        "/my/hosts/<int:host_id>/backup/<int:backup_id>/result",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def host_backup_result(self, host_id, backup_id, run_id="", **_post):
        """Show the button that fetches the backup, once it can be reached."""
        host, backup_sudo = self._get_own_backup(host_id, backup_id)
        number = int(run_id) if run_id.isdecimal() else 0
        run_sudo = backup_sudo._get_download_run(number) if number else None
        if not run_sudo:
            raise NotFound()
        told = backup_sudo._take_download(run_sudo)
        if told.get("busy"):
            return self._render_download(host, backup_sudo, run_id=run_sudo.id)
        return self._render_download(host, backup_sudo, **told)

    def _get_own_backup(self, host_id, backup_id):
        """Return a host of the user's and one of its backups, as superuser.

        :raise NotFound: there is none, or it is not his
        """
        host = self._get_own_host(host_id)
        backup_sudo = host._get_own_backup(backup_id)
        if not backup_sudo:
            raise NotFound()
        return host, backup_sudo

    def _render_download(self, host, backup_sudo, **values):
        values = self._prepare_portal_layout_values() | {
            "page_name": "host_backup",
            "host": host.sudo(),
            "backup": backup_sudo,
            **values,
        }
        return request.render(
            "kubernetes_hosting_portal.host_backup", values, headers=NO_STORE
        )
