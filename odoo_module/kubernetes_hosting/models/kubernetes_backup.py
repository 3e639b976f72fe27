from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import human_size

from .states import ACTIVE, RESTORE

# Decisions of one run, see playbooks/README.md.
CHOSEN = "host_backup_restore"


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

    # === BUSINESS METHODS === #

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
