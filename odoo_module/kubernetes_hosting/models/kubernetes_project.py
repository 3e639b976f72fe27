from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import names
from .kubernetes_project_name import FREE_STATES, RESTS_FOR
from .states import ACTIVE, LIVING, PROJECT_STATES, RESTING

_IDENTITY_FIELDS = {"name", "cluster_id"}


class KubernetesProject(models.Model):
    """What a customer buys: a name, which becomes the subdomain, and two hosts."""

    _name = "kubernetes.project"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "kubernetes.rights.mixin",
        "kubernetes.state.mixin",
        "kubernetes.project.name",
    ]
    _description = "Kubernetes Project"
    _order = "name"
    _check_company_auto = True

    name = fields.Char(
        required=True,
        index=True,
        tracking=True,
        copy=False,
        help="Small letters, digits and hyphens; 3 to 40 characters; starts with a "
        "letter. It becomes the subdomain.",
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", tracking=True, check_company=True
    )
    cluster_id = fields.Many2one(
        "kubernetes.cluster",
        required=True,
        tracking=True,
        check_company=True,
        ondelete="restrict",
        default=lambda self: self._default_cluster(),
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    manifest_ids = fields.Many2many(
        "kubernetes.manifest",
        string="Manifests",
        check_company=True,
        help="What its hosts run.",
    )
    state = fields.Selection(
        PROJECT_STATES, default=ACTIVE, required=True, tracking=True, copy=False
    )
    reserved_until = fields.Datetime(readonly=True, copy=False)
    resting_until = fields.Datetime(
        readonly=True,
        copy=False,
        help="Until then nobody but the former customer gets the name.",
    )
    host_ids = fields.One2many("kubernetes.host", "project_id", string="Hosts")
    host_count = fields.Integer(compute="_compute_host_count")

    _name_uniq = models.UniqueIndex(
        f"(lower(name)) WHERE state NOT IN {FREE_STATES}",
        "This project name is taken: choose another one.",
    )

    @api.model
    def _default_cluster(self):
        clusters = self.env["kubernetes.cluster"].search([], limit=2)
        return clusters if len(clusters) == 1 else clusters.browse()

    # === COMPUTE METHODS === #

    @api.depends("host_ids")
    def _compute_host_count(self):
        for project in self:
            project.host_count = len(project.host_ids)

    # === CONSTRAINT METHODS === #

    @api.constrains("name")
    def _check_name(self):
        for project in self:
            if self._normalise_name(project.name) != project.name:
                raise ValidationError(
                    self.env._("%(name)s is not in its normal form.", name=project.name)
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["name"] = self._normalise_name(vals.get("name"))
            if vals.get("state", ACTIVE) not in FREE_STATES:
                self._check_free(vals["name"], vals.get("partner_id"))
        # The unique index sees a name that was released only once that is flushed.
        self.flush_model(["name", "state"])
        return super().create(vals_list)

    def write(self, vals):
        if "name" in vals:
            vals = dict(vals, name=self._normalise_name(vals["name"]))
        if _IDENTITY_FIELDS & set(vals):
            self._check_identity_unused(vals)
        if "name" in vals:
            self._check_new_name(vals["name"])
        if vals.get("state") == RESTING:
            vals = dict(vals, resting_until=fields.Datetime.now() + RESTS_FOR)
        return super().write(vals)

    def _check_new_name(self, name):
        """Refuse a taken name; a project in name conflict takes it only later."""
        for project in self:
            if name != project.name and project.state not in FREE_STATES:
                project._check_free(name, project.partner_id.id)

    def _check_identity_unused(self, vals):
        """Refuse another name or cluster while hosts answer under the present one."""
        for project in self:
            if project.name == vals.get("name", project.name) and (
                project.cluster_id.id == vals.get("cluster_id", project.cluster_id.id)
            ):
                continue
            if project._get_living_hosts():
                raise UserError(
                    self.env._(
                        "%(project)s has active hosts: its name and cluster stay.",
                        project=project.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_living(self):
        if self._get_living_hosts():
            raise UserError(self.env._("A project with active hosts can't be deleted."))

    # === ACTION METHODS === #

    def action_create_hosts(self):
        """Create the production and the staging host and deploy them."""
        self.check_access("write")
        for project in self:
            if not project.manifest_ids:
                raise UserError(
                    self.env._(
                        "Choose the manifests of %(project)s first.",
                        project=project.name,
                    )
                )
            project._create_hosts()
        return self.action_view_hosts()

    def action_view_hosts(self):
        """Open the hosts of these projects."""
        self._check_user()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "kubernetes_hosting.kubernetes_host_action"
        )
        context = {"default_project_id": self.id} if len(self) == 1 else {}
        return action | {"domain": [("project_id", "in", self.ids)], "context": context}

    # === BUSINESS METHODS === #

    def _get_living_hosts(self):
        """Return the hosts of these projects that are deployed: active or suspended."""
        return self.host_ids.filtered(lambda host: host.lifecycle in LIVING)

    def _create_hosts(self, lifecycle=ACTIVE, parameters=None):
        """Create the hosts that are missing: production and staging.

        Active ones are deployed by one run for both.

        :param dict parameters: name → (type, value as text), over the manifests'
        :return: the new hosts
        """
        self.ensure_one()
        present = set(self._get_living_hosts().mapped("environment"))
        wanted = [env for env in names.ENVIRONMENTS if env not in present]
        return self.env["kubernetes.host"].create(
            [
                self._prepare_host_vals(environment, lifecycle, parameters or {})
                for environment in wanted
            ]
        )

    def _prepare_host_vals(self, environment, lifecycle, parameters):
        manifests = self.manifest_ids._filter_environment(environment)
        return {
            "project_id": self.id,
            "environment": environment,
            "lifecycle": lifecycle,
            "parameter_ids": [
                fields.Command.create(
                    {"name": name, "value_type": value_type, "value": value}
                )
                for name, (value_type, value) in parameters.items()
            ],
            "manifest_line_ids": [
                fields.Command.create({"manifest_id": manifest.id})
                for manifest in manifests
            ],
        }

    def _get_contract(self):
        """Return what the customer's contract says of this project, {} without one.

        For addons that sell hostings. Keys, all optional: ``name`` and ``url`` (portal
        page) of what was ordered, ``product``; ``unpaid``, invoices that are overdue:
        dicts of ``name``, ``url`` (where to pay), ``amount`` (text), ``due``
        (date); ``ends_on``, the date on which a cancelled hosting is deleted.

        :rtype: dict
        """
        self.ensure_one()
        return {}

    def _get_access_path(self):
        """Return where the customer sees his first password, None without a portal."""
        return None

    def _get_backup_link(self):
        """Return where the customer downloads his data, None without a portal."""
        return None
