from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..tools import names
from .kubernetes_mixins import QUOTA_FIELDS
from .states import (
    ACTIVE,
    DRAFT,
    HEALTHS,
    IDLE,
    LIFECYCLES,
    LIVING,
    RESUME,
    SUSPEND,
    SUSPENDED,
    TERMINATED,
    UNKNOWN,
)


class KubernetesHost(models.Model):
    """One deployed environment of a project, with a namespace of its own.

    Three separate facts: *lifecycle* is what should be, *health* what was last
    seen, *activity* what is being done.
    """

    _name = "kubernetes.host"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "kubernetes.live.mixin",
        "kubernetes.state.mixin",
        "kubernetes.error.mixin",
        "kubernetes.quota.mixin",
        "kubernetes.host.progress",
        "kubernetes.host.attention",
        "kubernetes.host.reset",
        "kubernetes.host.backups",
        "kubernetes.host.actions",
        "kubernetes.host.buttons",
        "kubernetes.host.checks",
        "kubernetes.host.compare",
        "kubernetes.host.decisions",
        "kubernetes.host.import.mixin",
        "kubernetes.host.lifecycle",
        "kubernetes.host.notify",
        "kubernetes.host.result",
        "kubernetes.host.summary",
        "kubernetes.host.vars",
    ]
    _description = "Kubernetes Host"
    _rec_name = "fqdn"
    _order = "fqdn, id"
    _state_field = "lifecycle"
    _protected_fields = frozenset(
        {
            "health",
            "activity",
            "checked_at",
            "ladder",
            "objects",
            "observed",
            "error_class",
            "error_message",
            "deploy_waiting",
            "recheck_at",
            "pending_since",
            "last_run_id",
            "activated_at",
            "ready_at",
            "reset_result",
            "reset_at",
            "reset_undo_until",
            "reset_seconds",
            "reset_size",
        }
    )

    project_id = fields.Many2one(
        "kubernetes.project",
        required=True,
        ondelete="restrict",
        index=True,
        tracking=True,
    )
    environment = fields.Selection(
        [("production", "Production"), ("staging", "Staging")],
        required=True,
        default="production",
        tracking=True,
    )
    fqdn = fields.Char(
        string="Host", compute="_compute_names", store=True, precompute=True
    )
    namespace = fields.Char(compute="_compute_names", store=True, precompute=True)
    url = fields.Char(string="Address", compute="_compute_url")
    cluster_id = fields.Many2one(
        related="project_id.cluster_id", store=True, index=True
    )
    company_id = fields.Many2one(
        related="project_id.company_id", store=True, index=True
    )
    partner_id = fields.Many2one(
        related="project_id.partner_id", store=True, index=True
    )
    lifecycle = fields.Selection(
        LIFECYCLES, default=DRAFT, required=True, tracking=True, copy=False
    )
    health = fields.Selection(
        HEALTHS,
        default=UNKNOWN,
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    checked_at = fields.Datetime(string="Last Check", readonly=True, copy=False)
    ladder = fields.Json(readonly=True, copy=False)
    objects = fields.Json(readonly=True, copy=False)
    observed = fields.Json(readonly=True, copy=False)
    manifest_line_ids = fields.One2many(
        "kubernetes.host.manifest", "host_id", string="Manifests", copy=True
    )
    parameter_ids = fields.One2many(
        "kubernetes.host.parameter", "host_id", string="Parameters", copy=True
    )
    update_available = fields.Boolean(compute="_compute_update_available", store=True)
    sibling_id = fields.Many2one("kubernetes.host", compute="_compute_sibling")
    deploy_waiting = fields.Boolean(
        readonly=True,
        copy=False,
        help="The deployment starts by itself once its manifests are approved.",
    )
    waiting_reason = fields.Text(compute="_compute_waiting_reason")
    recheck_at = fields.Datetime(readonly=True, copy=False, index="btree_not_null")
    pending_since = fields.Datetime(readonly=True, copy=False)
    command = fields.Char(string="By Hand", compute="_compute_command")

    _fqdn_uniq = models.UniqueIndex(
        f"(fqdn) WHERE lifecycle IN ('{ACTIVE}', '{SUSPENDED}')",
        "There is an active host of this name already.",
    )

    # === COMPUTE METHODS === #

    @api.depends("project_id.name", "environment", "project_id.cluster_id.domain")
    def _compute_names(self):
        for host in self:
            project = host.project_id
            if not (project.name and host.environment):
                host.fqdn = host.namespace = False
                continue
            domain = project.cluster_id.domain or ""
            host.fqdn = names.fqdn(project.name, host.environment, domain)
            host.namespace = names.namespace(project.name, host.environment)

    @api.depends("fqdn")
    def _compute_url(self):
        for host in self:
            host.url = f"https://{host.fqdn}" if host.fqdn else False

    @api.depends("manifest_line_ids.newer_count")
    def _compute_update_available(self):
        for host in self:
            host.update_available = any(
                line.newer_count and line.track == "latest"
                for line in host.manifest_line_ids
            )

    @api.depends("project_id.host_ids")
    def _compute_sibling(self):
        for host in self:
            host.sibling_id = (host.project_id.host_ids - host).filtered(
                lambda other: other.lifecycle in LIVING
            )[:1]

    @api.depends("deploy_waiting", "manifest_line_ids.manifest_id.latest_state")
    def _compute_waiting_reason(self):
        for host in self:
            missing = host._get_unapproved() if host.deploy_waiting else []
            host.waiting_reason = "\n".join(
                manifest._explain_unapproved() for manifest in missing
            )

    @api.depends("fqdn")
    def _compute_command(self):
        for host in self:
            host.command = (
                f"ansible-playbook playbooks/apply.yml -i {host.fqdn}, -e @vars.yml"
            )

    # === CONSTRAINT METHODS === #

    @api.constrains("project_id", "environment", "lifecycle")
    def _check_domain(self):
        for host in self:
            if len(host.fqdn or "") > 253:
                raise ValidationError(
                    self.env._("%(host)s is too long for a host name.", host=host.fqdn)
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_living(self):
        for host in self:
            if host.lifecycle in LIVING or host.activity != IDLE:
                raise UserError(
                    self.env._(
                        "%(host)s is active and can't be deleted: its namespace would "
                        "stay behind. Terminate it first.",
                        host=host.fqdn,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._fill_quota(vals)
        hosts = super().create(vals_list)
        hosts.manifest_line_ids._copy_parameters()
        hosts._note_activation()
        active = hosts.filtered(lambda host: host.lifecycle == ACTIVE)
        if active:
            active._deploy_when_ready()
        return hosts

    def write(self, vals):
        moved = {"project_id", "environment"} & set(vals)
        if moved and self.filtered(lambda host: host.lifecycle in LIVING):
            raise UserError(
                self.env._("An active host keeps its project and environment.")
            )
        if vals.get("lifecycle") == TERMINATED:
            self._check_administrator()
        before = {host: host.lifecycle for host in self}
        result = super().write(vals)
        if "manifest_line_ids" in vals:
            self.manifest_line_ids._copy_parameters()
        if "lifecycle" in vals:
            self._follow_lifecycle(before)
        return result

    def _follow_lifecycle(self, before):
        """Queue the run that makes the cluster what the lifecycle says.

        :param dict before: host → its lifecycle before it was written
        """
        changed = self.filtered(lambda host: host.lifecycle != before[host])
        changed._note_activation()
        active = changed.filtered(lambda host: host.lifecycle == ACTIVE)
        # A host that still waits for its deployment has nothing that could rest.
        deployed = changed.filtered(lambda host: not host.deploy_waiting)
        resumed = deployed.filtered(lambda host: before[host] == SUSPENDED) & active
        (active - resumed)._deploy_when_ready()
        resumed._queue(RESUME)
        deployed.filtered(lambda host: host.lifecycle == SUSPENDED)._queue(SUSPEND)

    def _fill_quota(self, vals):
        """Complete the values of a new host with the quota of its cluster."""
        project = self.env["kubernetes.project"].browse(vals.get("project_id"))
        for name in QUOTA_FIELDS:
            vals[name] = vals.get(name) or project.sudo().cluster_id[name]

    def _check_administrator(self):
        group = "kubernetes_hosting.group_administrator"
        if not self.env.su and not self.env.user.has_group(group):
            raise AccessError(self.env._("Only an administrator may do this."))

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Let the people who run hosts follow them: whom a customer is may change."""
        self._check_user()
        return super().message_subscribe(partner_ids, subtype_ids)

    # === BUSINESS METHODS === #

    def _get_unapproved_lines(self):
        """Return the lines of these hosts that have no version to apply."""
        return self.manifest_line_ids.filtered(lambda line: not line._get_version())

    def _get_unapproved(self):
        """Return the manifests of these hosts that have no version to apply."""
        return self._get_unapproved_lines().manifest_id
