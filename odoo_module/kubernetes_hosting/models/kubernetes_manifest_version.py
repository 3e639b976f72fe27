from odoo import api, fields, models
from odoo.exceptions import UserError

from .kubernetes_mixins import without_null
from .states import APPROVED, NEW, REFUSED, VERSION_STATES, WAITING

SHORT = 12


class KubernetesManifestVersion(models.Model):
    """One text of a manifest, known by its sha256; only approved ones are applied."""

    _name = "kubernetes.manifest.version"
    _inherit = ["kubernetes.live.mixin", "kubernetes.state.mixin"]
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
    approved_by_id = fields.Many2one("res.users", readonly=True)
    approved_at = fields.Datetime(readonly=True)

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

    def _get_live_records(self):
        return [self, self.manifest_id]

    # === ACTION METHODS === #

    def action_approve(self):
        """Approve a version whose checks passed."""
        self.manifest_id.check_access("write")
        for version in self:
            if version.state != WAITING:
                raise UserError(version._explain_not_waiting())
        if not self:
            raise UserError(self.env._("Nothing to approve: fetch the manifest first."))
        self._approve()
        return True

    # === BUSINESS METHODS === #

    def _explain_not_waiting(self):
        _ = self.env._
        if self.state == APPROVED:
            return _("%(version)s is approved already.", version=self.display_name)
        if self.state == REFUSED:
            return _(
                "%(version)s was refused by the checks. Correct the file at its URL, "
                "then press Fetch; or correct the parameters and press Check again.",
                version=self.display_name,
            )
        return _("%(version)s is still being checked.", version=self.display_name)

    def _store(self, manifest, sha256, text):
        """Return the version to check for a fetched text: a new one, or one refused.

        A text that was checked already changes nothing but makes no new version.
        """
        known = manifest.version_ids.filtered(lambda version: version.sha256 == sha256)
        if known:
            if known.state == APPROVED:
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
        else:
            self.write({"state": WAITING, "problems": []})

    def _approve(self):
        """Make these versions current; hosts that waited for them are deployed."""
        for version_sudo in self.sudo():
            version_sudo.write(
                {
                    "state": APPROVED,
                    "approved_by_id": self.env.uid,
                    "approved_at": fields.Datetime.now(),
                }
            )
            version_sudo.manifest_id.current_version_id = version_sudo
        self.env["kubernetes.host"].sudo()._deploy_waiting()
