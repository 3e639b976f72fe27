from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.kubernetes_hosting.models.states import (
    ACTIVE,
    NAME_CONFLICT,
    RELEASED,
    RESERVED,
)

# Context key: the name is written down, not entered; it is reserved already.
FOLLOWS = "hosting_name_follows"


class SaleOrderLine(models.Model):
    """A line that is a hosting: one name, one subscription, one project."""

    _inherit = [
        "sale.order.line.hosting.choice",
        "sale.order.line.hosting.progress",
        "sale.order.line",
    ]

    is_hosting = fields.Boolean(related="product_id.is_hosting")
    hosting_name = fields.Char(
        string="Project Name",
        copy=False,
        help="It becomes the subdomain. It is reserved for 30 minutes when it is "
        "entered, and again when the order is confirmed.",
    )
    hosting_provided = fields.Boolean(readonly=True, copy=False)
    hosting_project_ids = fields.One2many("kubernetes.project", "sale_line_id")
    hosting_project_id = fields.Many2one(
        "kubernetes.project", string="Project", compute="_compute_hosting_project_id"
    )

    # === COMPUTE METHODS === #

    @api.depends("hosting_project_ids.state")
    def _compute_hosting_project_id(self):
        for line in self:
            line.hosting_project_id = line.sudo().hosting_project_ids.filtered(
                lambda project: project.state != RELEASED
            )[:1]

    @api.depends("hosting_name", "hosting_choices")
    def _compute_name(self):
        return super()._compute_name()

    def _get_sale_order_line_multiline_description_sale(self):
        """Name the project on quotation, order and invoice."""
        description = super()._get_sale_order_line_multiline_description_sale()
        if not self.hosting_name:
            return description
        project = self.env._("Project: %(name)s", name=self.hosting_name)
        chosen = self.hosting_choices or {}
        lines = [
            f"{parameter.label or parameter.name}: {chosen[parameter.name]}"
            for parameter in self._get_open_parameters()
            if parameter.name in chosen
        ]
        return "\n".join([description, project, *lines])

    # === CONSTRAINT METHODS === #

    @api.constrains("product_id", "product_uom_qty")
    def _check_hosting_quantity(self):
        for line in self:
            if line.is_hosting and line.product_uom_qty > 1:
                raise ValidationError(
                    self.env._(
                        "Each %(product)s has a name of its own: add a second line.",
                        product=line.product_id.display_name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        for line in lines.filtered("hosting_name"):
            line._reserve_hosting_name()
        return lines

    def write(self, vals):
        entered = "hosting_name" in vals and not self.env.context.get(FOLLOWS)
        if entered:
            self._check_hosting_name_open(vals["hosting_name"])
        result = super().write(vals)
        if entered:
            for line in self:
                line._reserve_hosting_name()
        return result

    def unlink(self):
        self.sudo().hosting_project_ids._release()
        return super().unlink()

    def _check_hosting_name_open(self, name):
        """Refuse another name for a hosting that exists."""
        for line in self:
            project = line.hosting_project_id
            if project and project.state != RESERVED and project.name != name:
                raise UserError(
                    self.env._(
                        "The hosting %(project)s exists already: its name stays.",
                        project=project.name,
                    )
                )

    # === BUSINESS METHODS: NAME === #

    def _reserve_hosting_name(self):
        """Reserve the line's name, in its normal form, for another 30 minutes.

        :raise ValidationError: the name is not possible or taken
        """
        self.ensure_one()
        line_sudo = self.sudo()
        project_sudo = line_sudo.hosting_project_id
        if project_sudo and project_sudo.state != RESERVED:
            return
        if not self.hosting_name or not self.is_hosting:
            project_sudo._release()
            return
        if project_sudo:
            project_sudo._reserve_again(self.hosting_name)
        else:
            vals = line_sudo._prepare_hosting_project_vals()
            project_sudo = project_sudo._reserve(self.hosting_name, vals)
        line_sudo.invalidate_recordset(["hosting_project_ids", "hosting_project_id"])
        line_sudo._follow_project_name(project_sudo)

    def _follow_project_name(self, project=None):
        """Write down the name that the project has got."""
        for line in self:
            name = (project or line.hosting_project_id).name
            if name and line.hosting_name != name:
                line.with_context(**{FOLLOWS: True}).hosting_name = name

    def _get_hosting_name_problem(self):
        """Return why this line can't be paid for yet, as a sentence, or None."""
        self.ensure_one()
        if not self.hosting_name:
            return self.env._(
                "%(product)s needs a project name: it becomes the subdomain.",
                product=self.product_id.display_name,
            )
        projects_sudo = self.env["kubernetes.project"].sudo()
        holder = projects_sudo._find_holder(self.hosting_name)
        if holder and holder.sale_line_id != self:
            return str(projects_sudo._taken(self.hosting_name))
        return None

    def _prepare_name_entry(self, post):
        """Return what the template ``name_entry`` shows of this line.

        :param dict post: what was sent: ``name_<id>``, or ``suggested_<id>`` when a
            suggestion was pressed
        """
        self.ensure_one()
        typed = post.get(f"suggested_{self.id}") or post.get(f"name_{self.id}")
        value = (self.hosting_name or "") if typed is None else typed[:100]
        project = self.hosting_project_id
        verdict = project._judge_name(value, self.order_id.partner_id, project)
        free = verdict["state"] == "free"
        return {
            "line": self,
            "field": f"name_{self.id}",
            "value": value,
            # An empty field is no mistake yet.
            "error": verdict["message"] if value.strip() else None,
            "suggestions": verdict["suggestions"],
            "reserved": free and project.state == RESERVED,
            "shown": verdict["name"] or "acme",
            "domain": self.product_id.hosting_cluster_id.domain,
            "free_text": self.env._("acme is free."),
            "choices": self._prepare_choice_entries(post),
        }

    # === BUSINESS METHODS: PROVIDE === #

    def _as_bot(self):
        """Return these lines for our own user: jobs and messages are his."""
        return self.with_user(self.env.ref("kubernetes_hosting.user_bot")).sudo()

    def _provide_hosting(self):
        """Make what was bought; what exists already is found, not made again.

        :raise UserError: the line has no name
        """
        self.ensure_one()
        self = self.with_company(self.order_id.company_id)
        subscription = self._get_hosting_subscription()
        if not subscription:
            self.order_id.create_subscription(
                self, self.product_id.subscription_template_id
            )
            subscription = self._get_hosting_subscription()
        project = self._get_bought_project()
        project.subscription_id = subscription
        if project.state == ACTIVE and not project.host_ids:
            project._create_sold_hosts()
        self.hosting_provided = True

    def _get_hosting_subscription(self):
        return (
            self.env["sale.subscription.line"]
            .search([("sale_line_id", "=", self.id)], limit=1)
            .sale_subscription_id
        )

    def _get_bought_project(self):
        """Return the project of a confirmed line: the reserved one, or a new one."""
        project = self.hosting_project_id
        vals = self._prepare_hosting_project_vals()
        if project and project.state == RESERVED:
            project._activate(vals)
        if project:
            return project
        if not self.hosting_name:
            raise UserError(
                self.env._(
                    "The order line has no project name: ask the customer and enter it "
                    "there."
                )
            )
        project = project._create_bought(vals | {"name": self.hosting_name})
        if project.state == NAME_CONFLICT:
            self.order_id.message_post(
                body=project.env._(
                    "%(name)s got taken before the payment arrived: the project waits for "
                    "another name.",
                    name=project.name,
                )
            )
        return project

    def _prepare_hosting_project_vals(self):
        """Return the values of the project behind this line, but name and state."""
        self.ensure_one()
        return {
            "partner_id": self.order_id.partner_id.id,
            "company_id": self.order_id.company_id.id,
            "product_id": self.product_id.id,
            "sale_line_id": self.id,
            "cluster_id": self.product_id.hosting_cluster_id.id,
            "manifest_ids": [
                fields.Command.set(self.product_id.hosting_manifest_ids.ids)
            ],
        }
