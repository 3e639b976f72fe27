"""What subscription_oca 19.0.1.1.4 does in a way that a hosting can't live with.

Each override says what goes wrong without it. They stand together, so that they can go
together: hence several classes of models that other files extend, too.
"""
# pylint: disable=consider-merging-classes-inherited

import logging

from odoo import api, fields, models

_logger = logging.getLogger(__name__)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def group_subscription_lines(self):
        """Leave out renewals and hostings.

        In the mode "Sale order & Invoice" each period's renewal order is confirmed,
        and would make a further subscription of itself. And lines are merged by
        template: two hostings would share one subscription, so ``_provide_hosting``
        makes one for each.
        """
        if self.order_subscription_id:
            return {}
        grouped = super().group_subscription_lines()
        others = {
            template: [line for line in lines if not line.is_hosting]
            for template, lines in grouped.items()
        }
        return {template: lines for template, lines in others.items() if lines}

    def create_subscription(self, lines, subscription_tmpl):
        """Give the subscription the order's company, salesperson and price list.

        Without it they are those of the user who happens to confirm: the public user
        when a payment does. The price list is required, a new database has none, and
        the fallback takes any: also one in another currency.
        """
        before = self.subscription_ids
        order = self.with_company(self.company_id)
        order._ensure_pricelist()
        result = super(SaleOrder, order).create_subscription(lines, subscription_tmpl)
        (self.subscription_ids - before).write(
            {
                "company_id": self.company_id.id,
                "user_id": self.user_id.id,
                "pricelist_id": order._get_subscription_pricelist().id,
            }
        )
        return result

    def _get_subscription_pricelist(self):
        """Return the order's price list, or any in the order's currency."""
        return self.pricelist_id or self.env["product.pricelist"].search(
            [
                ("company_id", "in", [False, self.company_id.id]),
                ("currency_id", "=", self.currency_id.id),
            ],
            limit=1,
        )

    def _ensure_pricelist(self):
        if not self._get_subscription_pricelist():
            self.env["product.pricelist"].create(
                {
                    "name": self.currency_id.name,
                    "currency_id": self.currency_id.id,
                    "company_id": self.company_id.id,
                }
            )


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def get_subscription_line_values(self):
        """Link the two: subscription_oca keeps no trace from line to line."""
        return super().get_subscription_line_values() | {"sale_line_id": self.id}


class SaleSubscriptionTemplate(models.Model):
    _inherit = "sale.subscription.template"

    # Its own default makes draft invoices: nobody is ever in arrears with those.
    invoicing_mode = fields.Selection(default="invoice")


class SaleSubscription(models.Model):
    _inherit = "sale.subscription"

    # Its own defaults are the day on which the server was started.
    recurring_next_date = fields.Date(default=fields.Date.context_today)
    date_start = fields.Date(default=fields.Date.context_today)

    @api.depends(
        "sale_subscription_line_ids.price_subtotal",
        "sale_subscription_line_ids.amount_tax_line_amount",
    )
    def _compute_total(self):
        """Follow a line that changes: without it another plan leaves the old totals."""
        return super()._compute_total()

    @api.model
    def cron_subscription_management(self):
        """Go over the subscriptions, each in a savepoint of its own.

        Without it one SQL error makes the transaction unusable for all that follow,
        and an empty date (compared with ``<=``) ends the cron.
        """
        self._cron_resume_due_subscriptions()
        today = fields.Date.context_today(self)
        for subscription in self.search([("is_paused", "=", False)], order="id"):
            try:
                with self.env.cr.savepoint():
                    subscription.with_company(subscription.company_id)._manage(today)
            except Exception:
                _logger.exception(
                    "Subscription %s could not be managed", subscription.id
                )
            # A failure further down must not undo the invoices made so far. Who calls
            # this otherwise has a transaction of his own.
            if self.env.context.get("cron_id"):
                self.env["ir.cron"]._commit_progress(1)

    def _manage(self, today):
        """Do what is due for one subscription, as the original's loop does."""
        self.ensure_one()
        if not self.in_progress:
            if (
                self.stage_id.type == "pre"
                and self.date_start
                and self.date_start <= today
            ):
                self.action_start_subscription()
                self.generate_invoice()
            return
        due = self.recurring_next_date and self.recurring_next_date <= today
        if due and self.sale_subscription_line_ids:
            self.generate_invoice()
        if not self.recurring_rule_boundary and self.date and self.date <= today:
            self.close_subscription()


class SaleSubscriptionLine(models.Model):
    _inherit = "sale.subscription.line"

    sale_line_id = fields.Many2one(
        "sale.order.line", string="Order Line", readonly=True, copy=False
    )

    _sale_line_uniq = models.UniqueIndex(
        "(sale_line_id) WHERE sale_line_id IS NOT NULL",
        "This order line has its subscription already.",
    )

    def _prepare_account_move_line(self):
        """Let Odoo find the account when product and category name none.

        An empty account breaks a database constraint; without the key the journal's
        default is taken.
        """
        vals = super()._prepare_account_move_line()
        if not vals.get("account_id"):
            vals.pop("account_id", None)
        return vals
