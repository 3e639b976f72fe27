from odoo import api, fields, models
from odoo.exceptions import UserError


class KubernetesHostTerminate(models.TransientModel):
    """Asks for the host's typed name, and for a waiver where there is no backup."""

    _name = "kubernetes.host.terminate"
    _description = "Terminate a Host"

    host_id = fields.Many2one(
        "kubernetes.host", required=True, readonly=True, ondelete="cascade"
    )
    fqdn = fields.Char(string="Full Name", related="host_id.fqdn")
    typed_name = fields.Char(string="Name of the Host")
    has_backup = fields.Boolean(compute="_compute_has_backup")
    without_backup = fields.Boolean(
        string="Terminate without a backup",
        help="The data can't be brought back. The run records this decision.",
    )

    @api.depends("host_id")
    def _compute_has_backup(self):
        for wizard in self:
            wizard.has_backup = wizard.host_id._has_verified_backup()

    def action_terminate(self):
        """Queue the deletion of the host.

        :raise UserError: the typed name is another one, or the waiver is missing
        """
        self.ensure_one()
        host = self.host_id
        host._check_administrator()
        host.check_access("write")
        if (self.typed_name or "").strip() != host.fqdn:
            raise UserError(
                self.env._("Type the name of the host: %(host)s", host=host.fqdn)
            )
        if not (self.has_backup or self.without_backup):
            raise UserError(
                self.env._(
                    "There is no verified backup of %(host)s: make one first, or tick "
                    "that you terminate without a backup.",
                    host=host.fqdn,
                )
            )
        waived = self.without_backup and not self.has_backup
        host._terminate(without_backup=waived)
        host._log_termination(waived)
        return {"type": "ir.actions.act_window_close"}
