import logging
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.kubernetes_hosting.models.states import (
    ACTIVE,
    NAME_CONFLICT,
    RELEASED,
    RESERVED,
)

_logger = logging.getLogger(__name__)

RESERVED_FOR = timedelta(minutes=30)
# The states whose names the unique index leaves free.
FREE_STATES = (NAME_CONFLICT, RELEASED)


class KubernetesProject(models.Model):
    """The order behind a project, and the reservation of its name."""

    _inherit = "kubernetes.project"

    product_id = fields.Many2one("product.product", readonly=True, copy=False)
    sale_line_id = fields.Many2one(
        "sale.order.line", string="Order Line", readonly=True, copy=False, index=True
    )
    sale_order_id = fields.Many2one(related="sale_line_id.order_id", string="Order")
    subscription_id = fields.Many2one(
        "sale.subscription", readonly=True, copy=False, index=True
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
        return self.sale_order_id.get_formview_action()

    def action_view_subscription(self):
        """Open the subscription."""
        self.ensure_one()
        return self.subscription_id.get_formview_action()

    # === BUSINESS METHODS: RESERVATION === #

    @api.model
    def _reserve(self, name, vals):
        """Create a project that holds a name for 30 minutes.

        :raise ValidationError: the name is not possible or taken
        """
        name = self._normalise_name(name)
        self._check_free(name)
        vals = vals | {"name": name, "state": RESERVED}
        try:
            with self.env.cr.savepoint():
                project = self.create(vals | self._prepare_reservation())
        except UniqueViolation as error:
            raise self._taken(name) from error
        return project

    def _reserve_again(self, name):
        """Keep the reserved name, or change to another one, for another 30 minutes."""
        self.ensure_one()
        name = self._normalise_name(name)
        if name != self.name:
            self._check_free(name)
        try:
            with self.env.cr.savepoint():
                self.write({"name": name} | self._prepare_reservation())
        except UniqueViolation as error:
            raise self._taken(name) from error

    @api.model
    def _check_free(self, name):
        """Refuse a name that somebody holds; expired reservations are ended first.

        :raise ValidationError: the name is taken
        """
        if self._find_holder(name):
            raise self._taken(name)

    @api.model
    def _find_holder(self, name):
        """Return the project that holds a name in its normal form, or none."""
        self._release_expired([("name", "=", name)])
        return self.search([("name", "=", name), ("state", "not in", FREE_STATES)])

    @api.model
    def _release_expired(self, domain=()):
        """End reservations whose time is up, unless a payment is on its way."""
        expired = self.search(
            [
                *domain,
                ("state", "=", RESERVED),
                ("reserved_until", "<", fields.Datetime.now()),
            ]
        )
        expired.filtered(
            lambda project: not project.sale_order_id._has_hosting_payment()
        )._release()

    @api.model
    def _cron_release_expired(self):
        """Free the names of carts that were left."""
        self._release_expired()

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

    def _release(self):
        """Give the names of reservations back."""
        reserved = self.filtered(lambda project: project.state == RESERVED)
        reserved.write({"state": RELEASED, "reserved_until": False})

    def _prepare_reservation(self):
        return {"reserved_until": fields.Datetime.now() + RESERVED_FOR}

    def _taken(self, name):
        return ValidationError(
            self.env._("%(name)s is taken: choose another name.", name=name)
        )

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
        project = self.browse() if self._find_holder(name) else self._try_create(vals)
        if not project:
            project = self.create(vals | {"state": NAME_CONFLICT})
            project._schedule_name_conflict()
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

    def _schedule_name_conflict(self):
        self.ensure_one()
        self.activity_schedule(
            "kubernetes_hosting_sale.mail_activity_type_hosting",
            user_id=self.sale_order_id._get_hosting_responsible().id,
            summary=self.env._("The name %(name)s got taken", name=self.name),
            note=self.env._(
                "The order is paid. Ask the customer for another name, enter it here, "
                "then press Retry."
            ),
        )

    def _resolve_name_conflict(self):
        """Take the present name for good.

        :raise ValidationError: it is taken, too
        """
        self.ensure_one()
        self._check_free(self.name)
        try:
            with self.env.cr.savepoint():
                self.write({"state": ACTIVE})
        except UniqueViolation as error:
            raise self._taken(self.name) from error
        self.sale_line_id.sudo()._follow_project_name()
        self.activity_feedback(["kubernetes_hosting_sale.mail_activity_type_hosting"])

    def _get_contract(self):
        """Name the product and the order with its page in the portal."""
        contract = super()._get_contract()
        order_sudo = self.sudo().sale_order_id
        product_sudo = self.sudo().product_id
        if product_sudo:
            contract["product"] = product_sudo.name
        if order_sudo:
            contract |= {
                "name": order_sudo.name,
                "url": f"/my/orders/{order_sudo.id}",
            }
        return contract

    def _create_sold_hosts(self):
        """Create the hosts of a sold project with the product's parameters.

        :raise UserError: the project is not active
        """
        self.ensure_one()
        if self.state != ACTIVE:
            raise UserError(self.env._("%(project)s is not active.", project=self.name))
        templates = self.product_id.product_tmpl_id
        parameters = templates._get_hosting_parameters() if templates else {}
        return self._create_hosts(parameters=parameters)
