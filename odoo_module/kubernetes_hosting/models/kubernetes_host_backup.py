import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from .kubernetes_host_reset import _parse_time
from .states import (
    ACTIVE,
    ACTIVE_RUN_STATES,
    BACKUP,
    BACKUP_DOWNLOAD,
    IDLE,
    LIVING,
    SUSPENDED,
)

_logger = logging.getLogger(__name__)

EVERY_HOURS = "kubernetes_hosting.backup_hours"
# So many hosts are backed up by one call of the hourly cron.
AT_ONCE = 50
# As host_remove_backup_days and host_remove_rest_days in the role host_remove.
COUNTS_FOR = timedelta(days=30)
COUNTS_AT_REST = timedelta(days=365)
# A backup that failed is tried again after so long.
TRY_AGAIN = timedelta(hours=3)


class KubernetesHostBackups(models.AbstractModel):
    """Backups of a host: on demand, by schedule, and what exists."""

    _name = "kubernetes.host.backups"
    _description = "Kubernetes Host: Backups"

    backup_ids = fields.One2many("kubernetes.backup", "host_id", string="Backups")
    backup_count = fields.Integer(compute="_compute_backup_count")

    # === COMPUTE METHODS === #

    @api.depends("backup_ids")
    def _compute_backup_count(self):
        for host in self:
            host.backup_count = len(host.backup_ids)

    # === ACTION METHODS === #

    def action_backup(self):
        """Back up the data of these hosts now."""
        self.check_access("write")
        return self._action_after_queue(self._backup())

    # === BUSINESS METHODS === #

    def _backup(self):
        """Queue a backup; callers have checked rights.

        :return: kubernetes.run records
        :raise UserError: not possible now; a writing run is at work
        """
        for host in self:
            reason = host._explain_no_backup()
            if reason:
                raise UserError(reason)
        self._check_kubeconfig()
        return self._queue(BACKUP)

    def _explain_no_backup(self):
        """Return why this host can't be backed up, False when it can."""
        self.ensure_one()
        if self.lifecycle not in LIVING:
            return self.env._("%(host)s is not active.", host=self.fqdn)
        if self.deploy_waiting:
            return self.env._("%(host)s was never deployed.", host=self.fqdn)
        if not self.sudo()._has_jobs():
            return self.env._(
                "The manifests of %(host)s have no jobs that back up its data.",
                host=self.fqdn,
            )
        return False

    def _has_verified_backup(self, since=None):
        """Return whether a backup exists that lets ``terminate.yml`` delete this host."""
        self.ensure_one()
        resting = self.lifecycle == SUSPENDED
        age = COUNTS_AT_REST if resting else COUNTS_FOR
        since = since or fields.Datetime.now() - age
        return bool(
            self.sudo().backup_ids.filtered(
                lambda backup: backup.verified and backup.created_at > since
            )
        )

    def _get_blocked(self):
        """Say why a host can't be backed up."""
        blocked = super()._get_blocked()
        reason = self.has_jobs and (
            self._explain_writing() or self._explain_no_backup()
        )
        return blocked | ({"action_backup": reason} if reason else {})

    # === RESULT === #

    def _store_result(self, playbook, result):
        """Store the list of backups; making one says nothing of the host's health."""
        backup = result.get("backup") or {}
        if backup:
            self._store_backups(backup)
        if playbook not in (BACKUP, BACKUP_DOWNLOAD):
            return super()._store_result(playbook, result)
        if result.get("error"):
            return self._log_result(playbook, result, self.health)
        return None

    def _store_backups(self, backup):
        """Make the records what the playbook says exists.

        :param dict backup: ``hosting_result.backup`` of the contract
        """
        hosts = {host.fqdn: host for host in self.sudo().project_id.host_ids}
        entries = {
            (entry.get("host"), entry.get("id")): entry
            for entry in backup.get("list") or []
            if entry.get("host") in hosts
        }
        known = self.env["kubernetes.backup"].sudo()
        known = known.search([("host_id", "in", [host.id for host in hosts.values()])])
        gone = known.filtered(
            lambda record: (record.host_id.fqdn, record.name) not in entries
        )
        gone.unlink()
        present = {(one.host_id.fqdn, one.name): one for one in known - gone}
        for key, entry in entries.items():
            vals = self._prepare_backup_vals(entry)
            if key in present:
                present[key].write(vals)
            else:
                vals |= {"host_id": hosts[key[0]].id, "name": key[1]}
                present[key] = known.create(vals)
        own = present.get((self.fqdn, backup.get("id")))
        if own:
            sha256 = backup.get("sha256") or {}
            own.write(
                {
                    "run_id": self.sudo().last_run_id.id,
                    "dump_sha256": sha256.get("dump"),
                    "files_sha256": sha256.get("files"),
                }
            )

    def _prepare_backup_vals(self, entry):
        return {
            "created_at": _parse_time(entry.get("time")) or fields.Datetime.now(),
            "size": entry.get("size") or 0,
            "verified": bool(entry.get("verified")),
        }

    # === SCHEDULE === #

    @api.model
    def _cron_backup(self):
        """Back up the production hosts whose last backup is too old; 0 hours: never."""
        hours = int(self.env["ir.config_parameter"].sudo().get_param(EVERY_HOURS, 24))
        if hours <= 0:
            return
        due = self.search(
            [
                ("environment", "=", "production"),
                ("lifecycle", "=", ACTIVE),
                ("activity", "=", IDLE),
                ("checked_at", "!=", False),
            ]
        ).filtered(lambda host: host._is_backup_due(timedelta(hours=hours)))
        for host in due[:AT_ONCE]:
            try:
                with self.env.cr.savepoint():
                    host._backup()
            except UserError as error:
                _logger.warning("%s is not backed up: %s", host.fqdn, error)

    def _is_backup_due(self, interval):
        """Return whether the last backup is older than an interval, and none was tried."""
        self.ensure_one()
        now = fields.Datetime.now()
        if not self._has_jobs() or self.deploy_waiting:
            return False
        if self.backup_ids.filtered(
            lambda backup: backup.verified and backup.created_at > now - interval
        ):
            return False
        tried = [
            ("host_id", "=", self.id),
            ("run_id.playbook", "=", BACKUP),
            "|",
            ("state", "in", ACTIVE_RUN_STATES),
            ("create_date", ">", now - min(TRY_AGAIN, interval)),
        ]
        return not self.env["kubernetes.run.line"].search_count(tried, limit=1)
