from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class KubernetesManifestPreview(models.TransientModel):
    """Asks on which host a version of a manifest is to be previewed."""

    _name = "kubernetes.manifest.preview"
    _description = "Preview a Version of a Manifest"

    version_id = fields.Many2one(
        "kubernetes.manifest.version", required=True, readonly=True, ondelete="cascade"
    )
    manifest_id = fields.Many2one(related="version_id.manifest_id")
    host_id = fields.Many2one(
        "kubernetes.host",
        compute="_compute_host",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        domain="[('manifest_line_ids.manifest_id', '=', manifest_id), "
        "('lifecycle', '!=', 'terminated')]",
        ondelete="cascade",
    )

    @api.depends("version_id")
    def _compute_host(self):
        for wizard in self:
            hosts = self.env["kubernetes.host"].search(
                [
                    ("manifest_line_ids.manifest_id", "=", wizard.manifest_id.id),
                    ("lifecycle", "!=", "terminated"),
                ],
                # A staging host first: that is where one looks before production.
                order="environment desc, fqdn",
                limit=1,
            )
            wizard.host_id = hosts

    def action_preview(self):
        """Queue the preview and open its run.

        :raise UserError: the host lacks another manifest's approved version, or runs
            this manifest not at all
        """
        self.ensure_one()
        self._check_operator()
        self._check_previewable()
        run = self.version_id._preview(self.host_id)
        return run.action_open()

    def _check_operator(self):
        """Check that the user may read both records and is an operator.

        :raise AccessError: a person who only looks, or somebody of another company
        """
        self.version_id.check_access("read")
        self.host_id.check_access("read")
        if not self.env.user.has_group("kubernetes_hosting.group_operator"):
            raise AccessError(self.env._("Only an operator previews a version."))

    def _check_previewable(self):
        host, manifest = self.host_id, self.manifest_id
        host._check_not_terminated()
        if manifest not in host.manifest_line_ids.manifest_id:
            raise UserError(
                self.env._(
                    "%(host)s does not run %(manifest)s: choose a host that does.",
                    host=host.fqdn,
                    manifest=manifest.name,
                )
            )
        missing = host._get_unapproved() - manifest
        if missing:
            raise UserError(missing[0]._explain_unapproved())
        host.cluster_id.sudo()._get_kubeconfig()
