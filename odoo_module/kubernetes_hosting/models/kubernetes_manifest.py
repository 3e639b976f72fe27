from textwrap import shorten

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import secret_refs, urls
from .states import (
    APPROVED,
    DEPLOY,
    LATEST,
    LIVING,
    NEW,
    REFUSED,
    RESET,
    TERMINATED,
    WAITING,
)

BOTH = "both"
ENVIRONMENTS = [
    (BOTH, "Production and staging"),
    ("production", "Production"),
    ("staging", "Staging"),
]
PURPOSES = [(DEPLOY, "Deploy"), (RESET, "Jobs: reset, backup, restore")]


class KubernetesManifest(models.Model):
    """A titled URL of a Kubernetes YAML template, with the versions seen there."""

    _name = "kubernetes.manifest"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "kubernetes.live.mixin",
        "kubernetes.rights.mixin",
        "kubernetes.error.mixin",
        "kubernetes.manifest.fetch",
        "kubernetes.manifest.review",
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
    purpose = fields.Selection(PURPOSES, default=DEPLOY, required=True)
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
    host_line_ids = fields.One2many("kubernetes.host.manifest", "manifest_id")
    latest_version_id = fields.Many2one(
        "kubernetes.manifest.version", compute="_compute_latest_version", store=True
    )
    latest_state = fields.Selection(related="latest_version_id.state")
    latest_problems = fields.Json(related="latest_version_id.problems")
    latest_text = fields.Text(related="latest_version_id.text")
    latest_changes = fields.Json(related="latest_version_id.changes")
    latest_changes_title = fields.Char(related="latest_version_id.changes_title")
    latest_compared_id = fields.Many2one(related="latest_version_id.compared_id")
    change_text = fields.Char(related="latest_version_id.change_text")
    approve_label = fields.Char(related="latest_version_id.approve_label")
    fetched_at = fields.Datetime(string="Last Fetch", readonly=True, copy=False)
    run_ids = fields.Many2many("kubernetes.run", copy=False)
    is_busy = fields.Boolean(compute="_compute_is_busy")
    host_count = fields.Integer(compute="_compute_host_count")
    stale_host_count = fields.Integer(
        compute="_compute_host_count",
        help="How many hosts an Update would bring the current version to.",
    )

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

    @api.depends("current_version_id.change_count", "host_line_ids.host_id.lifecycle")
    def _compute_host_count(self):
        groups = self.env["kubernetes.host.manifest"]._read_group(
            [
                ("manifest_id", "in", self.ids),
                ("host_id.lifecycle", "!=", TERMINATED),
            ],
            ["manifest_id"],
            ["__count"],
        )
        counts = {manifest.id: count for manifest, count in groups}
        for manifest in self:
            manifest.host_count = counts.get(manifest.id, 0)
            manifest.stale_host_count = manifest.current_version_id.change_count

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
        self._check_user()
        return self._action_hosts(
            [
                ("manifest_line_ids.manifest_id", "in", self.ids),
                ("lifecycle", "!=", TERMINATED),
            ]
        )

    def action_view_stale_hosts(self):
        """Open the hosts that an Update would bring the current version to."""
        self.ensure_one()
        self._check_user()
        lines = self.env["kubernetes.host.manifest"].search(
            [
                ("manifest_id", "=", self.id),
                ("track", "=", LATEST),
                ("version_id", "!=", self.current_version_id.id),
                ("host_id.lifecycle", "in", LIVING),
            ]
        )
        return self._action_hosts([("id", "in", lines.host_id.ids)])

    def _action_hosts(self, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "kubernetes_hosting.kubernetes_host_action"
        )
        return action | {"domain": domain, "context": {}}

    # === BUSINESS METHODS === #

    def _filter_environment(self, environment, purpose=DEPLOY):
        """Return the manifests that a host of an environment runs, or its Jobs'."""
        return self.filtered(
            lambda manifest: (
                manifest.purpose == purpose
                and manifest.environment in (BOTH, environment)
            )
        ).sorted("sequence")

    def _prepare_job_vars(self):
        """Return an entry of ``hosting_jobs`` of the contract: the newest approved text."""
        self.ensure_one()
        return {
            "purpose": self.purpose,
            "name": self.name,
            "url": self.url,
            "track": LATEST,
            "sha256": self.current_version_id.sha256,
            "known": sorted(self.version_ids.mapped("sha256")),
        }

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
