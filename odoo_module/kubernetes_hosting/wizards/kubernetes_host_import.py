import base64
import binascii

from odoo import api, fields, models
from odoo.exceptions import UserError


class KubernetesHostImport(models.TransientModel):
    """Shows what a vars.yml would change on its host, and takes it over after a yes."""

    _name = "kubernetes.host.import"
    _description = "Import a Host from YAML"

    file = fields.Binary(string="vars.yml", attachment=False)
    filename = fields.Char()
    only_host_id = fields.Many2one("kubernetes.host", readonly=True, ondelete="cascade")
    is_read = fields.Boolean(readonly=True)
    host_id = fields.Many2one("kubernetes.host", readonly=True, ondelete="cascade")
    host_name = fields.Char(readonly=True)
    is_new = fields.Boolean(readonly=True)
    differences = fields.Json(readonly=True)
    difference_count = fields.Integer(readonly=True)
    adopt = fields.Boolean(
        string="It runs already: take its namespace over and apply",
        help="For a namespace that was made by hand or by another Odoo. Its objects "
        "become this host's; what is not in the manifests stays as it is.",
    )

    @api.model
    def _action_open(self, host=None):
        """Return the action that asks for the file.

        :param host: the host that the file has to be about, if there is one
        """
        wizard = self.create({"only_host_id": host.id if host else False})
        return wizard._reopen()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import YAML"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    # === ACTION METHODS === #

    def action_read(self):
        """Check the file and show what differs.

        :raise UserError: the line and the reason
        """
        self.ensure_one()
        self._check_rights()
        imported = self._read()
        host = self.env["kubernetes.host"]._find_imported(imported)
        if self.only_host_id and host != self.only_host_id:
            raise UserError(
                self.env._(
                    "This file belongs to %(other)s, not to %(host)s.",
                    other=imported.contract["hosting_host"],
                    host=self.only_host_id.fqdn,
                )
            )
        rows = host._compare_import(imported)
        self.write(
            {
                "is_read": True,
                "host_id": host.id,
                "host_name": imported.contract["hosting_host"],
                "is_new": not host,
                "differences": rows,
                "difference_count": sum(row["kind"] != "note" for row in rows),
            }
        )
        return self._reopen()

    def action_import(self):
        """Take the file over: a new draft, or the differences on the host."""
        self.ensure_one()
        self._check_rights()
        imported = self._read()
        host = self.env["kubernetes.host"]._find_imported(imported)
        if host != self.host_id or not self.is_read:
            raise UserError(
                self.env._("Odoo has changed meanwhile: look at the differences again.")
            )
        if host:
            host._take_import(imported)
        else:
            host = host._create_imported(imported)
            if self.adopt:
                host._adopt_namespace()
        host._log_import(self.filename)
        if self.only_host_id:
            # Its form lies behind the dialog.
            return {"type": "ir.actions.act_window_close"}
        return host.get_formview_action()

    def action_back(self):
        """Choose another file."""
        self.ensure_one()
        self.write({"is_read": False, "file": False, "differences": False})
        return self._reopen()

    # === BUSINESS METHODS === #

    def _check_rights(self):
        self.env["kubernetes.host"].check_access("write")
        self.env["kubernetes.host"].check_access("create")

    def _read(self):
        if not self.file:
            raise UserError(self.env._("Choose a vars.yml first."))
        try:
            content = base64.b64decode(self.file)
        except (binascii.Error, ValueError) as error:
            raise UserError(self.env._("The file can't be read.")) from error
        host = self.only_host_id.fqdn or None
        return self.env["kubernetes.host"]._read_import(content, host)
