from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import human_size

from .states import ACTIVE, BACKUP_DOWNLOAD, LIVING, RESTORE

# Decisions of one run, see playbooks/README.md.
CHOSEN = "host_backup_restore"
WANTED = "host_backup_download"


class KubernetesBackup(models.Model):
    """A backup of a host's data that lies beside its namespace: dump, files, vars.yml.

    The playbooks make, check and delete them; here stands what they reported.
    """

    _name = "kubernetes.backup"
    _description = "Kubernetes Backup"
    _order = "created_at desc, id desc"

    name = fields.Char(required=True, readonly=True, index=True)
    host_id = fields.Many2one(
        "kubernetes.host", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="host_id.company_id", store=True, index=True)
    created_at = fields.Datetime(string="Made", required=True, readonly=True)
    run_id = fields.Many2one("kubernetes.run", readonly=True, ondelete="set null")
    user_id = fields.Many2one(related="run_id.user_id", string="By")
    size = fields.Float(string="Bytes", readonly=True, help="Size of dump and files.")
    size_text = fields.Char(string="Size", compute="_compute_size_text")
    dump_sha256 = fields.Char(string="SHA-256 of the Dump", readonly=True)
    files_sha256 = fields.Char(string="SHA-256 of the Files", readonly=True)
    verified = fields.Boolean(
        readonly=True, help="It was read back and is what was written."
    )

    _name_uniq = models.Constraint(
        "UNIQUE(host_id, name)", "There is a backup of this name already."
    )

    @api.depends("size")
    def _compute_size_text(self):
        for backup in self:
            backup.size_text = human_size(backup.size)

    # === ACTION METHODS === #

    def action_restore_into_staging(self):
        """Bring this backup into the project's staging host."""
        self.ensure_one()
        staging = self._get_staging()
        staging.check_access("write")
        return staging._action_after_queue(self._restore_into_staging())

    def action_download(self):
        """Make this backup reachable for a moment; the browser then fetches it."""
        self.ensure_one()
        self._check_may_download()
        run = self._download()
        return {
            "type": "ir.actions.client",
            "tag": "kubernetes_hosting.download",
            "params": {"backup_id": self.id, "run_id": run.id},
        }

    def take_download(self, run_id):
        """Return where to fetch the backup and the token for it, once.

        :param int run_id: the run of ``action_download``
        :return: ``{"busy": True}`` before it is ready; ``{"url", "token"}``; or
            ``{"error": sentence}``
        :rtype: dict
        """
        self.ensure_one()
        self._check_may_download()
        return self._take_download(self._get_download_run(run_id))

    def _check_may_download(self):
        """Check that the user may have a customer's data.

        :raise AccessError: he is no administrator, or of another company
        """
        self.check_access("read")
        self.env["kubernetes.host"]._check_administrator()

    # === BUSINESS METHODS: DOWNLOAD === #

    def _download(self):
        """Queue the run that hands this backup out, or find the one at work.

        Callers have checked that the user may have the data.

        :return: the run, as superuser
        :raise UserError: not possible
        """
        self.ensure_one()
        reason = self._explain_no_download()
        if reason:
            raise UserError(reason)
        run_sudo = self._get_download_run()
        if not run_sudo:
            host_sudo = self.sudo().host_id
            run_sudo = (
                self.env["kubernetes.run"]
                ._queue(
                    BACKUP_DOWNLOAD,
                    cluster=host_sudo.cluster_id,
                    hosts=host_sudo,
                    decisions={WANTED: self.name},
                )
                .sudo()
            )
            host_sudo._log_by_user(
                self.env._(
                    "asked for a download of the backup %(name)s.", name=self.name
                )
            )
        return run_sudo

    def _explain_no_download(self):
        """Return why this backup can't be downloaded, False when it can."""
        host_sudo = self.sudo().host_id
        if host_sudo.lifecycle not in LIVING or not host_sudo._has_jobs():
            return self.env._(
                "Backups of %(host)s can't be downloaded here: an operator hands them "
                "out by hand.",
                host=host_sudo.fqdn,
            )
        if not self.verified:
            return self.env._(
                "Backup %(name)s was not verified: make a new one.", name=self.name
            )
        return False

    def _get_download_run(self, run_id=None):
        """Return the present user's own run that hands this backup out, as superuser."""
        self.ensure_one()
        runs_sudo = self.env["kubernetes.run"]._get_own(
            BACKUP_DOWNLOAD, self.host_id, run_id
        )
        return runs_sudo.filtered(
            lambda run: (run.decisions or {}).get(WANTED) == self.name
        )[:1]

    def _take_download(self, run_sudo):
        """Return what a run has handed over, as ``take_download`` does.

        :param run_sudo: the user's own run, as superuser; or none
        """
        told = ((run_sudo.line_ids.result or {}).get("backup") or {}).get("download")
        # The token is there a moment before the address, and can be read once.
        token = told and run_sudo._read_secret()
        if token:
            return {"url": told["url"], "token": token}
        if run_sudo.is_busy and not told:
            return {"busy": True}
        return {
            "error": self.env._(
                "The backup could not be handed out, or was already. Ask for it again."
            )
        }

    # === BUSINESS METHODS: RESTORE === #

    def _restore_into_staging(self):
        """Queue the restore; what staging has now can be brought back for 24 hours.

        :return: kubernetes.run records
        :raise UserError: there is no active staging host; a writing run is at work
        """
        self.ensure_one()
        staging = self._get_staging()
        if not staging:
            raise UserError(
                self.env._("There is no active staging host to restore into.")
            )
        if not self.verified:
            raise UserError(
                self.env._(
                    "Backup %(name)s was not verified: make a new one.", name=self.name
                )
            )
        staging._check_ready()
        return staging._queue(RESTORE, {CHOSEN: self.name})

    def _get_staging(self):
        return self.host_id.project_id.host_ids.filtered(
            lambda host: host.environment == "staging" and host.lifecycle == ACTIVE
        )[:1]
