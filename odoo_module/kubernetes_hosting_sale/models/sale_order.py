import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

_logger = logging.getLogger(__name__)

PAID_STATES = ("authorized", "done")
# A pending payment may still become money, so the name stays reserved; not for ever:
# it costs nothing to promise a bank transfer. One that comes later is a name conflict.
PENDING_FOR = timedelta(days=14)
RETRY_AFTER = timedelta(seconds=30)
ACTIVITY_TYPE = "kubernetes_hosting_sale.mail_activity_type_hosting"


class SaleOrder(models.Model):
    """From the confirmed order to projects; a paid order is never lost."""

    _inherit = ["sale.order.hosting.progress", "sale.order"]

    # === ACTION METHODS === #

    def action_confirm(self):
        """Provide the hostings; whatever fails there, the order stays confirmed."""
        result = super().action_confirm()
        self._provide_hostings()
        return result

    def _action_cancel(self):
        result = super()._action_cancel()
        self.order_line.sudo().hosting_project_ids._release()
        return result

    def _confirmation_error_message(self):
        """Ask for the project names, unless the customer has paid already."""
        message = super()._confirmation_error_message()
        if message or self._is_hosting_paid():
            return message
        problems = [
            line._get_hosting_name_problem() for line in self._get_hosting_lines()
        ]
        return next(filter(None, problems), False)

    # === BUSINESS METHODS: NAMES === #

    def _get_hosting_lines(self):
        """Return the lines that a project is made for.

        A renewal order repeats the lines of a hosting that exists: it makes none.
        """
        orders = self.filtered(lambda order: not order.order_subscription_id)
        return orders.order_line.filtered("is_hosting")

    def _secure_hosting_names(self):
        """Reserve the names of all hostings for another 30 minutes.

        :raise ValidationError: a name is missing or taken
        """
        for line in self._get_hosting_lines():
            if not line.hosting_name:
                raise ValidationError(line._get_hosting_name_problem())
            line._reserve_hosting_name()

    def _has_hosting_payment(self):
        """Return whether a payment is done or on its way."""
        since = fields.Datetime.now() - PENDING_FOR
        return self._is_hosting_paid() or any(
            tx.state == "pending" and tx.last_state_change > since
            for tx in self.sudo().transaction_ids
        )

    def _is_hosting_paid(self):
        return bool(
            self.sudo().transaction_ids.filtered(lambda tx: tx.state in PAID_STATES)
        )

    # === BUSINESS METHODS: PROVIDE === #

    def _provide_hostings(self):
        """Make subscription, project and hosts of each hosting line.

        Never raises: a payment's confirmation runs in the same transaction. What
        fails leaves an activity, and the cron tries again.
        """
        for line in self._get_hosting_lines().filtered(
            lambda line: line.state == "sale" and not line.hosting_provided
        ):
            try:
                with self.env.cr.savepoint():
                    line._as_bot()._provide_hosting()
            except Exception as error:
                _logger.exception("Order line %s: no hosting yet", line.id)
                line.order_id._note_hosting_failure(line, str(error))

    def _note_hosting_failure(self, line, reason):
        """Raise one activity for an order whose hosting could not be provided."""
        try:
            with self.env.cr.savepoint():
                order_sudo = self.sudo()
                if not order_sudo._get_hosting_activities():
                    order_sudo._schedule_hosting_failure(line, reason)
                    # Once: the cron itself comes by here, too.
                    cron = self.env.ref("kubernetes_hosting_sale.ir_cron_complete")
                    cron.sudo()._trigger(fields.Datetime.now() + RETRY_AFTER)
        except Exception:
            # The cron goes over all orders anyway: only the hint is lost.
            _logger.exception("Order %s: no activity could be raised", self.id)

    def _schedule_hosting_failure(self, line, reason):
        self.activity_schedule(
            ACTIVITY_TYPE,
            user_id=self._get_hosting_responsible().id,
            summary=self.env._("The hosting could not be provided"),
            note=self.env._(
                "%(product)s: %(reason)s It is tried again every few minutes; this "
                "activity goes away by itself.",
                product=line.product_id.display_name,
                reason=reason,
            ),
        )

    def _get_hosting_activities(self):
        activity_type = self.env.ref(ACTIVITY_TYPE)
        return self.activity_ids.filtered(
            lambda activity: activity.activity_type_id == activity_type
        )

    def _get_hosting_responsible(self):
        """Return who looks after a hosting's failure: salesperson or administrator."""
        administrators = self.env.ref("kubernetes_hosting.group_administrator").sudo()
        people = administrators.user_ids.filtered(lambda user: user._is_internal())
        bots = self.env.ref("base.user_root") | self.env.ref(
            "kubernetes_hosting.user_bot"
        )
        salesperson = self.sudo().user_id.filtered(lambda user: user._is_internal())
        return (salesperson or people - bots or self.env.ref("base.user_admin"))[:1]

    @api.model
    def _cron_complete_hostings(self):
        """Provide what a confirmed order has not got yet; each order for itself."""
        lines = self.env["sale.order.line"].search(
            [
                ("state", "=", "sale"),
                ("is_hosting", "=", True),
                ("hosting_provided", "=", False),
                ("order_id.order_subscription_id", "=", False),
            ],
            order="id",
        )
        for order in lines.order_id:
            order._provide_hostings()
            if all(order._get_hosting_lines().mapped("hosting_provided")):
                order.activity_unlink([ACTIVITY_TYPE])
            self.env["ir.cron"]._commit_progress(1)

    def _get_confirmation_template(self):
        """Return the mail that says what happens next with a hosting."""
        template = super()._get_confirmation_template()
        if not self._get_hosting_lines():
            return template
        own = "kubernetes_hosting_sale.mail_template_order_received"
        return self.env.ref(own, raise_if_not_found=False) or template
