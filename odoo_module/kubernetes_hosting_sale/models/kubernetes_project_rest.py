from datetime import timedelta

from odoo import fields, models

# One backup counts for so long, also where the suspension is tried again.
FRESH = timedelta(days=1)


class KubernetesProjectRest(models.AbstractModel):
    """The last backup of a hosting before it rests: at rest it can't be read."""

    _name = "kubernetes.project.rest"
    _description = "Kubernetes Project: Backup Before It Rests"

    rest_backup_at = fields.Datetime(
        string="Backed Up for the Suspension",
        readonly=True,
        copy=False,
        help="When the backup was begun that stays when the hosting is suspended.",
    )

    def _back_up_before_rest(self, hosts):
        """Begin the backups of hosts that are to be suspended, once.

        One that fails keeps nobody running who does not pay; but without the settings'
        waiver nothing is deleted then.

        :return: whether they have begun now: the suspension waits for their end
        :raise UserError: a run is at work on one of the hosts
        """
        now = fields.Datetime.now()
        if self.rest_backup_at and self.rest_backup_at > now - FRESH:
            return False
        able = hosts.filtered(lambda host: not host._explain_no_backup())
        if not able:
            return False
        able._backup()
        self.rest_backup_at = now
        self._note_step(
            self.env._(
                "Before the suspension %(hosts)s are backed up.",
                hosts=", ".join(able.mapped("fqdn")),
            )
        )
        return True

    def _get_hosts_without_backup(self, hosts):
        """Return the hosts whose data would be lost with them."""
        since = self.suspended_at and self.suspended_at - FRESH
        return hosts.filtered(lambda host: not host._has_verified_backup(since))
