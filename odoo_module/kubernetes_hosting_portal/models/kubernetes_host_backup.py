from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.kubernetes_hosting.models.states import (
    BACKUP,
    BACKUP_DOWNLOAD,
    CANCELLED,
)

# So many backups and downloads may the customers of a host ask for in 24 hours.
BACKUPS_A_DAY = 5
DOWNLOADS_A_DAY = 10


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
        if self._count_asked(BACKUP) >= BACKUPS_A_DAY:
            raise UserError(
                self.env._(
                    "%(count)s backups a day are possible: please try again tomorrow.",
                    count=BACKUPS_A_DAY,
                )
            )
        return self._queue_as_customer(self.sudo()._backup)

    def _request_download(self, backup_sudo):
        """Queue the run that hands a backup out, or find the one at work.

        :param backup_sudo: one of ``_get_own_backup``
        :return: the run, as superuser
        :raise UserError: not possible; too many today
        """
        self.ensure_one()
        self._refuse(backup_sudo._explain_no_download())
        at_work_sudo = backup_sudo._get_download_run()
        if not at_work_sudo and self._count_asked(BACKUP_DOWNLOAD) >= DOWNLOADS_A_DAY:
            raise UserError(
                self.env._(
                    "%(count)s downloads a day are possible: please try again "
                    "tomorrow.",
                    count=DOWNLOADS_A_DAY,
                )
            )
        return self._queue_as_customer(backup_sudo._download)

    def _get_own_backup(self, backup_id):
        """Return one of this host's backups as superuser, or none."""
        self.ensure_one()
        return self.sudo().backup_ids.filtered(lambda backup: backup.id == backup_id)

    def _count_asked(self, playbook):
        """Return how often customers asked for it in 24 hours, schedules not counted."""
        since = fields.Datetime.now() - timedelta(days=1)
        asked = [
            ("host_id", "=", self.id),
            ("run_id.playbook", "=", playbook),
            ("run_id.user_id.share", "=", True),
            ("state", "!=", CANCELLED),
            ("create_date", ">", since),
        ]
        return self.env["kubernetes.run.line"].sudo().search_count(asked)

    # === WHAT THE PAGE SHOWS === #

    def _prepare_portal_values(self):
        """Add the backups."""
        host_sudo = self.sudo()
        return super()._prepare_portal_values() | {
            "backups": self._prepare_portal_backups(),
            "can_back_up": not host_sudo._explain_no_backup(),
        }

    def _prepare_portal_backups(self):
        """Return the backups: ``[{id, at, size, verified, can_download, who}]``."""
        self.ensure_one()
        return [
            {
                "id": backup_sudo.id,
                "at": backup_sudo.created_at,
                "size": backup_sudo.size_text,
                "verified": backup_sudo.verified,
                "can_download": not backup_sudo._explain_no_download(),
                "who": self._get_portal_author(backup_sudo.run_id.user_id),
            }
            for backup_sudo in self.sudo().backup_ids
        ]

    def _get_portal_actions(self):
        """Name the backup."""
        return super()._get_portal_actions() | {BACKUP: self.env._("Backup")}

    def _get_portal_requests(self):
        """Name the download."""
        return super()._get_portal_requests() | {
            BACKUP_DOWNLOAD: self.env._("Backup handed out")
        }
