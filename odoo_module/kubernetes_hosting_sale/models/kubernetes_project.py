import logging

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.kubernetes_hosting.models.states import (
    ACTIVE,
    NAME_CONFLICT,
    RELEASED,
)

_logger = logging.getLogger(__name__)


class KubernetesProject(models.Model):
    """The order behind a project."""

    # The parts come first: they extend what the core does.
    _inherit = [
        "kubernetes.project.life",
        "kubernetes.project.arrears",
        "kubernetes.project.closing",
        "kubernetes.project.rest",
        "kubernetes.project.plan",
        "kubernetes.project.product",
        "kubernetes.project.contract",
        "kubernetes.project.incident",
        "kubernetes.project.notice",
        "kubernetes.project.reservation",
        "kubernetes.project",
    ]

    product_id = fields.Many2one("product.product", readonly=True, copy=False)
    sale_line_id = fields.Many2one(
        "sale.order.line", string="Order Line", readonly=True, copy=False, index=True
    )
    sale_order_id = fields.Many2one(related="sale_line_id.order_id", string="Order")
    subscription_id = fields.Many2one(
        "sale.subscription", readonly=True, copy=False, index=True
    )

    is_internal = fields.Boolean(
        string="Ours",
        copy=False,
        tracking=True,
        help="Runs without a subscription on purpose: no orphan.",
    )

    # Confirmed twice, notified twice, cron beside it: the database keeps it at one.
    _sale_line_uniq = models.UniqueIndex(
        f"(sale_line_id) WHERE sale_line_id IS NOT NULL AND state != '{RELEASED}'",
        "This order line has its project already.",
    )

    # === ACTION METHODS === #

    def action_retry(self):
        """Take the name that is entered now and create the hosts that are missing."""
        self.check_access("write")
        for project in self:
            if project.state == NAME_CONFLICT:
                project._resolve_name_conflict()
            project._create_sold_hosts()
        return True

    def action_view_order(self):
        """Open the order."""
        self.ensure_one()
        self._check_user()
        return self.sale_order_id.get_formview_action()

    def action_view_subscription(self):
        """Open the subscription."""
        self.ensure_one()
        self._check_user()
        return self.subscription_id.get_formview_action()

    # === BUSINESS METHODS: ORDER === #

    def _activate(self, vals):
        """Turn a reservation into the project that was bought."""
        self.ensure_one()
        self.write(vals | {"state": ACTIVE, "reserved_until": False})

    @api.model
    def _create_bought(self, vals):
        """Create a project whose name is not reserved; the payment is never refused.

        :return: the project, in state *name conflict* when somebody has the name
        """
        name = self._normalise_name(vals["name"])
        partner = self.env["res.partner"].browse(vals.get("partner_id") or [])
        taken = self._find_holder(name, partner)
        project = self.browse() if taken else self._try_create(vals)
        if not project:
            project = self.create(vals | {"state": NAME_CONFLICT})
            project._announce_name_conflict()
        return project

    @api.model
    def _try_create(self, vals):
        """Create an active project; none when its name was taken this very moment."""
        try:
            with self.env.cr.savepoint():
                return self.create(vals | {"state": ACTIVE})
        except UniqueViolation:
            _logger.info("The name %s was taken at the same moment", vals["name"])
            return self.browse()

    def _create_sold_hosts(self):
        """Create the hosts of a sold project with the product's parameters.

        :raise UserError: the project is not active
        """
        self.ensure_one()
        if self.state != ACTIVE:
            raise UserError(self.env._("%(project)s is not active.", project=self.name))
        template = self.product_id.product_tmpl_id
        if not template:
            return self._create_hosts()
        parameters = template._get_hosting_parameters()
        parameters |= self.sale_line_id.sudo()._get_chosen_parameters()
        hosts = self._create_hosts(parameters=parameters)
        if quota := template._get_hosting_quota():
            # The run reads it when it starts, after this transaction.
            hosts.write(quota)
        return hosts

    # === CLEANUP === #

    # Here and not in the part: the vacuum also calls abstract models, which have no table.
    @api.autovacuum
    def _gc_released(self, days=30):
        """Delete what is left of reservations that came to nothing."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=days)
        self.search(
            [
                ("state", "=", RELEASED),
                ("host_ids", "=", False),
                ("subscription_id", "=", False),
                ("write_date", "<", limit),
            ],
            limit=1000,
        ).unlink()
