from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.kubernetes_hosting.models.states import BACKUP, CANCELLED

# So many backups may the customers of a host ask for in 24 hours.
BACKUPS_A_DAY = 5


class KubernetesHostPortalBackup(models.AbstractModel):
    """Backups as customers see them: the list, and a new one.

    Callers have checked that the user may read the host.
    """

    _name = "kubernetes.host.portal.backup"
    _description = "Kubernetes Host: Backups in the Portal"

    def _request_backup(self):
        """Queue a backup of a host's data.

        :return: the run, as superuser
        :raise UserError: not possible now; too many today
        """
        self.ensure_one()
        self._refuse(self.sudo()._explain_no_backup())
        self._check_idle()
        self._check_backup_rate()
        return self._queue_as_customer(self.sudo()._backup)

    def _check_backup_rate(self):
        """Refuse more than a few backups a day, those by schedule not counted.

        :raise UserError: says how many are possible
        """
        since = fields.Datetime.now() - timedelta(days=1)
        lines_sudo = (
            self.env["kubernetes.run.line"]
            .sudo()
            .search(
                [
                    ("host_id", "=", self.id),
                    ("run_id.playbook", "=", BACKUP),
                    ("run_id.user_id.share", "=", True),
                    ("state", "!=", CANCELLED),
                    ("create_date", ">", since),
                ]
            )
        )
        if len(lines_sudo) >= BACKUPS_A_DAY:
            raise UserError(
                self.env._(
                    "%(count)s backups a day are possible: please try again tomorrow.",
                    count=BACKUPS_A_DAY,
                )
            )

    # === WHAT THE PAGE SHOWS === #

    def _prepare_portal_values(self):
        """Add the backups."""
        host_sudo = self.sudo()
        return super()._prepare_portal_values() | {
            "backups": self._prepare_portal_backups(),
            "can_back_up": not host_sudo._explain_no_backup(),
        }

    def _prepare_portal_backups(self):
        """Return the backups: ``[{id, at, size, verified, who}]``, newest first."""
        self.ensure_one()
        return [
            {
                "id": backup_sudo.id,
                "at": backup_sudo.created_at,
                "size": backup_sudo.size_text,
                "verified": backup_sudo.verified,
                "who": self._get_portal_author(backup_sudo.run_id.user_id),
            }
            for backup_sudo in self.sudo().backup_ids
        ]

    def _get_portal_actions(self):
        """Name the backup."""
        return super()._get_portal_actions() | {BACKUP: self.env._("Backup")}
