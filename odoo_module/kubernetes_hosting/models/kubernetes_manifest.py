from textwrap import shorten

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import secret_refs, urls
from .states import (
    APPROVED,
    NEW,
    REFUSED,
    WAITING,
)

BOTH = "both"
ENVIRONMENTS = [
    (BOTH, "Production and staging"),
    ("production", "Production"),
    ("staging", "Staging"),
]
PURPOSES = [("deploy", "Deploy"), ("reset", "Reset")]


class KubernetesManifest(models.Model):
    """A titled URL of a Kubernetes YAML template, with the versions seen there."""

    _name = "kubernetes.manifest"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "kubernetes.live.mixin",
        "kubernetes.error.mixin",
        "kubernetes.manifest.fetch",
    ]
    _description = "Kubernetes Manifest"
    _order = "sequence, name"
    _check_company_auto = True

    name = fields.Char(
        string="Title",
        required=True,
        tracking=True,
        help="For example odoo or postgres.",
    )
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10, help="The order in which they are applied.")
    url = fields.Char(
        string="URL", required=True, tracking=True, help="https address of the file."
    )
    environment = fields.Selection(ENVIRONMENTS, default=BOTH, required=True)
    purpose = fields.Selection(PURPOSES, default="deploy", required=True)
    company_id = fields.Many2one("res.company", index=True)
    secret_refs = fields.Text(
        string="Secrets",
        help="Secrets that are created in the cluster with random values, one per "
        "line: name, colon, keys. For example odoo-db: password",
    )
    parameter_ids = fields.One2many(
        "kubernetes.manifest.parameter", "manifest_id", string="Parameters", copy=True
    )
    version_ids = fields.One2many(
        "kubernetes.manifest.version", "manifest_id", string="Versions"
    )
    current_version_id = fields.Many2one(
        "kubernetes.manifest.version",
        tracking=True,
        copy=False,
        domain="[('manifest_id', '=', id), ('state', '=', 'approved')]",
    )
    latest_version_id = fields.Many2one(
        "kubernetes.manifest.version", compute="_compute_latest_version", store=True
    )
    latest_state = fields.Selection(related="latest_version_id.state")
    latest_problems = fields.Json(related="latest_version_id.problems")
    fetched_at = fields.Datetime(string="Last Fetch", readonly=True, copy=False)
    run_ids = fields.Many2many("kubernetes.run", copy=False)
    is_busy = fields.Boolean(compute="_compute_is_busy")
    host_count = fields.Integer(compute="_compute_host_count")
    stale_host_count = fields.Integer(compute="_compute_host_count")

    # === COMPUTE METHODS === #

    @api.depends("version_ids.number")
    def _compute_latest_version(self):
        for manifest in self:
            manifest.latest_version_id = manifest.version_ids.sorted("number")[-1:]

    @api.depends("run_ids.state")
    def _compute_is_busy(self):
        busy = self.env["kubernetes.run"]._get_active(manifest_ids=self.ids)
        for manifest in self:
            manifest.is_busy = manifest in busy.manifest_ids

    def _compute_host_count(self):
        lines = self.env["kubernetes.host.manifest"].search(
            [("manifest_id", "in", self.ids)]
        )
        for manifest in self:
            own = lines.filtered(lambda line, m=manifest: line.manifest_id == m)
            manifest.host_count = len(own.host_id)
            manifest.stale_host_count = len(
                own.filtered(lambda line: line.version_id != line.latest_id).host_id
            )

    # === CONSTRAINT METHODS === #

    @api.constrains("url")
    def _check_url(self):
        for manifest in self:
            try:
                urls.check_url(manifest.url)
            except urls.InvalidUrl as error:
                raise ValidationError(
                    self.env._(
                        "%(url)s is no address for a manifest: it has to start with "
                        "https:// and name one file, without user name and dots that "
                        "lead upwards.",
                        url=manifest.url,
                    )
                ) from error

    @api.constrains("secret_refs")
    def _check_secret_refs(self):
        for manifest in self:
            try:
                secret_refs.parse(manifest.secret_refs)
            except secret_refs.InvalidSecretRefs as error:
                raise ValidationError(
                    self.env._(
                        "%(line)s names no secret: write the name, a colon and its "
                        "keys, for example odoo-db: password. Names that start with "
                        "hosting- are reserved.",
                        line=error.line,
                    )
                ) from error

    @api.constrains("current_version_id")
    def _check_current_version(self):
        for manifest in self.filtered("current_version_id"):
            version = manifest.current_version_id
            if version.manifest_id != manifest or version.state != APPROVED:
                raise ValidationError(
                    self.env._(
                        "The current version of %(manifest)s has to be one of its "
                        "approved versions.",
                        manifest=manifest.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self.env["kubernetes.host.manifest"].search_count(
            [("manifest_id", "in", self.ids)]
        ):
            raise UserError(
                self.env._(
                    "Hosts use this manifest: archive it instead of deleting it."
                )
            )

    # === ACTION METHODS === #

    def action_fetch(self):
        """Queue the download; what comes back is checked and waits for approval."""
        self.check_access("write")
        self._queue_fetch()
        return True

    def action_check(self):
        """Check the newest version again, for example after changing parameters."""
        self.check_access("write")
        versions = self.latest_version_id.filtered(
            lambda version: version.state in (WAITING, REFUSED)
        )
        if not versions:
            raise UserError(self.env._("Nothing to check: fetch the manifest first."))
        versions.sudo().write({"state": NEW})
        self._queue_check(versions)
        return True

    def action_approve(self):
        """Approve the newest version: from now on Update brings it to the hosts."""
        self.check_access("write")
        for manifest in self:
            manifest.latest_version_id.action_approve()
        return True

    def action_view_hosts(self):
        """Open the hosts that use this manifest."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "kubernetes_hosting.kubernetes_host_action"
        )
        domain = [("manifest_line_ids.manifest_id", "in", self.ids)]
        return action | {"domain": domain, "context": {}}

    # === BUSINESS METHODS === #

    def _filter_environment(self, environment):
        """Return the manifests that a host of an environment runs."""
        return self.filtered(
            lambda manifest: (
                manifest.purpose == "deploy"
                and manifest.environment in (BOTH, environment)
            )
        ).sorted("sequence")

    def _explain_unapproved(self):
        """Return why this manifest can't be applied, and the next step."""
        self.ensure_one()
        _ = self.env._
        latest = self.latest_version_id
        if self.is_busy:
            return _("Manifest %(name)s is being fetched and checked.", name=self.name)
        if not latest and self.error_message:
            return _(
                "Manifest %(name)s could not be downloaded (%(error)s). Check its URL, "
                "then press Fetch there.",
                name=self.name,
                error=shorten(self.error_message, 200, placeholder="…"),
            )
        if latest.state == REFUSED:
            return _(
                "Manifest %(name)s was refused by the checks: see its problems there, "
                "correct the file, then press Fetch.",
                name=self.name,
            )
        if latest:
            return _(
                "Manifest %(name)s waits for approval: an administrator has to press "
                "Approve there.",
                name=self.name,
            )
        return _(
            "Manifest %(name)s was never fetched: press Fetch there.", name=self.name
        )
