from odoo import api, fields, models

from ..tools import text_diff


class KubernetesManifestCompare(models.TransientModel):
    """Two versions of a manifest side by side."""

    _name = "kubernetes.manifest.compare"
    _description = "Compare Versions of a Manifest"

    manifest_id = fields.Many2one(
        "kubernetes.manifest", required=True, readonly=True, ondelete="cascade"
    )
    old_id = fields.Many2one(
        "kubernetes.manifest.version",
        string="From",
        compute="_compute_versions",
        store=True,
        readonly=False,
        domain="[('manifest_id', '=', manifest_id)]",
        ondelete="cascade",
    )
    new_id = fields.Many2one(
        "kubernetes.manifest.version",
        string="To",
        compute="_compute_versions",
        store=True,
        readonly=False,
        domain="[('manifest_id', '=', manifest_id)]",
        ondelete="cascade",
    )
    changes = fields.Json(compute="_compute_changes")
    is_equal = fields.Boolean(compute="_compute_changes")

    @api.depends("manifest_id")
    def _compute_versions(self):
        for wizard in self:
            newest = wizard.manifest_id.latest_version_id
            wizard.new_id = newest
            wizard.old_id = newest.compared_id or newest

    @api.depends("old_id", "new_id")
    def _compute_changes(self):
        for wizard in self:
            wizard.changes = text_diff.side_by_side(
                wizard.old_id.text or "", wizard.new_id.text or ""
            )
            wizard.is_equal = not wizard.changes
