from odoo import api, fields, models

CLOSED = "post"
IN_PROGRESS = "in_progress"


class SaleSubscription(models.Model):
    """A subscription drives the hosts that it pays for.

    The project does what follows (``_follow_subscription``): at once when the stage or
    the pause changes, each day for what depends on time, and when an invoice is paid.
    """

    _inherit = "sale.subscription"

    hosting_project_ids = fields.One2many(
        "kubernetes.project", "subscription_id", string="Hostings"
    )
    is_hosting = fields.Boolean(compute="_compute_is_hosting")
    hosting_paid_until = fields.Date(
        string="Invoiced Until",
        readonly=True,
        copy=False,
        help="The next invoice's date when the subscription was closed: until then the "
        "customer has paid.",
    )

    # === COMPUTE METHODS === #

    @api.depends("sale_subscription_line_ids.product_id.is_hosting")
    def _compute_is_hosting(self):
        for subscription in self:
            products = subscription.sale_subscription_line_ids.product_id
            subscription.is_hosting = any(products.mapped("is_hosting"))

    # === CRUD METHODS === #

    def write(self, values):
        before = {subscription.id: subscription._get_drive() for subscription in self}
        self._keep_paid_until(values)
        result = super().write(values)
        changed = self.filtered(lambda record: record._get_drive() != before[record.id])
        changed._drive_hostings()
        return result

    def _get_drive(self):
        """Return what hosts depend on at once."""
        return (self.stage_id.type, self.is_paused)

    def _keep_paid_until(self, values):
        """Remember the next invoice's date: closing empties it before it closes."""
        if values.get("recurring_next_date", True):
            return
        for subscription in self.filtered("recurring_next_date"):
            subscription.hosting_paid_until = subscription.recurring_next_date

    # === ACTION METHODS === #

    def action_view_hostings(self):
        """Open the projects of this subscription."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "kubernetes_hosting.kubernetes_project_action"
        )
        projects = self.hosting_project_ids
        if len(projects) == 1:
            return action | {
                "res_id": projects.id,
                "views": [(False, "form")],
                "context": {},
            }
        return action | {"domain": [("id", "in", projects.ids)], "context": {}}

    # === BUSINESS METHODS === #

    def _drive_hostings(self):
        """Let the projects follow; who changed the subscription has done it."""
        projects = self.sudo().hosting_project_ids
        for project in projects:
            project._follow_safely(actor=self.env.user)

    def _get_paid_until(self):
        """Return until when this subscription was invoiced, False when nobody knows."""
        self.ensure_one()
        return self.recurring_next_date or self.hosting_paid_until

    @api.model
    def _get_overdue_domain(self, today):
        """Return the domain of invoices that should have been paid by now."""
        return [
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
            ("payment_state", "in", ("not_paid", "partial")),
            ("amount_residual", ">", 0),
            ("invoice_date_due", "<", today),
        ]

    def _get_overdue_moves(self, today=None):
        """Return the invoices of this subscription that are overdue, oldest first.

        Three kinds belong to it: those that it made itself, those of its renewal
        orders, and the first period's, which the order made that it was bought with.

        :param date today: the present day when not given
        """
        self.ensure_one()
        order = "invoice_line_ids.sale_line_ids.order_id"
        domain = [
            *self._get_overdue_domain(today or fields.Date.context_today(self)),
            "|",
            ("subscription_id", "=", self.id),
            "|",
            (f"{order}.order_subscription_id", "=", self.id),
            (order, "in", self.sale_order_id.ids),
        ]
        moves_sudo = self.env["account.move"].sudo()
        return moves_sudo.search(domain, order="invoice_date_due, id")

    def _follow_hosting_product(self):
        """Bring the plan that the subscription has now to its project."""
        for subscription in self:
            products = subscription.sale_subscription_line_ids.product_id.filtered(
                "is_hosting"
            )
            for project in subscription.sudo().hosting_project_ids:
                # While a line is replaced, the old and the new one stand side by side.
                if len(products) == 1 and project.product_id != products:
                    project._change_product(products, actor=self.env.user)


class SaleSubscriptionLine(models.Model):
    """A changed product is a changed plan."""

    _inherit = "sale.subscription.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.sale_subscription_id._follow_hosting_product()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if {"product_id", "sale_subscription_id"} & set(vals):
            self.sale_subscription_id._follow_hosting_product()
        return result

    def unlink(self):
        subscriptions = self.sale_subscription_id
        result = super().unlink()
        subscriptions.exists()._follow_hosting_product()
        return result
