from odoo import api, fields, models

from ..tools import text_diff
from .kubernetes_mixins import without_null
from .states import APPROVED, NEW, REFUSED, VERSION_STATES, WAITING

SHORT = 12


class KubernetesManifestVersion(models.Model):
    """One text of a manifest, known by its sha256; only approved ones are applied."""

    _name = "kubernetes.manifest.version"
    _inherit = [
        "kubernetes.live.mixin",
        "kubernetes.state.mixin",
        "kubernetes.manifest.promotion",
    ]
    _description = "Kubernetes Manifest Version"
    _order = "manifest_id, number desc"

    manifest_id = fields.Many2one(
        "kubernetes.manifest",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="manifest_id.company_id", store=True)
    number = fields.Integer(required=True, readonly=True)
    sha256 = fields.Char(string="SHA-256", required=True, readonly=True)
    short_sha256 = fields.Char(string="Hash", compute="_compute_short_sha256")
    text = fields.Text(required=True, readonly=True)
    size = fields.Integer(string="Bytes", readonly=True)
    fetched_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    state = fields.Selection(VERSION_STATES, default=NEW, required=True, readonly=True)
    problems = fields.Json(readonly=True)
    variables = fields.Json(
        readonly=True,
        help="What its text takes from outside: name, and default where it is known.",
    )
    variables_read_at = fields.Datetime(readonly=True)
    approved_by_id = fields.Many2one("res.users", readonly=True)
    approved_at = fields.Datetime(readonly=True)
    compared_id = fields.Many2one(
        "kubernetes.manifest.version",
        compute="_compute_changes",
        string="Compared With",
    )
    changes = fields.Json(
        compute="_compute_changes",
        help="Side by side with the current version; of the current one itself with "
        "the one before it.",
    )
    changes_title = fields.Char(compute="_compute_changes")

    _sha256_uniq = models.Constraint(
        "UNIQUE(manifest_id, sha256)", "This version is known already."
    )

    @api.depends("number")
    def _compute_display_name(self):
        for version in self:
            version.display_name = f"v{version.number}"

    @api.depends("sha256")
    def _compute_short_sha256(self):
        for version in self:
            version.short_sha256 = (version.sha256 or "")[:SHORT]

    @api.depends("manifest_id.current_version_id")
    def _compute_changes(self):
        for version in self:
            other = version._get_compared()
            version.compared_id = other
            version.changes_title = self.env._(
                "Left %(old)s, right %(new)s",
                old=other.display_name or "",
                new=version.display_name,
            )
            version.changes = (
                text_diff.side_by_side(other.text, version.text) if other else []
            )

    # === BUSINESS METHODS === #

    def _get_live_records(self):
        return [self, self.manifest_id]

    def _get_compared(self):
        """Return the version that an administrator compares this one with."""
        current = self.manifest_id.current_version_id
        if current != self:
            return current
        older = self.manifest_id.version_ids.filtered(
            lambda version: version.state == APPROVED and version.number < self.number
        )
        return older.sorted("number")[-1:]

    def _store(self, manifest, sha256, text):
        """Return the version to check for a fetched text: a new one, or one refused.

        A text that was checked already changes nothing but makes no new version.
        """
        known = manifest.version_ids.filtered(lambda version: version.sha256 == sha256)
        if known:
            if known.state == APPROVED and not known.rolled_back_at:
                # The file went back to a text that was approved before.
                manifest.current_version_id = known
            known.filtered(lambda version: version.state == REFUSED).write(
                {"state": NEW}
            )
            return known.filtered(lambda version: version.state == NEW)
        return self.create(
            {
                "manifest_id": manifest.id,
                "number": max(manifest.version_ids.mapped("number"), default=0) + 1,
                "sha256": sha256,
                "text": text,
                "size": len(text.encode()),
            }
        )

    def _store_check(self, problems):
        """Store what manifest_check.yml says of this version, and go on from there.

        :param list problems: results of the contract that are not ok
        """
        self.ensure_one()
        if self.state != NEW:
            return
        if problems:
            self.write({"state": REFUSED, "problems": without_null(problems)})
        elif self.manifest_id._is_trusted():
            self.write({"problems": []})
            self._approve()
            return
        else:
            self.write({"state": WAITING, "problems": []})
        self.manifest_id._request_review(self)
