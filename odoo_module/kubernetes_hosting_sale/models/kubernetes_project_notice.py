from odoo import api, fields, models
from odoo.tools import format_date

from odoo.addons.kubernetes_hosting.models.states import ACTIVE, SUSPENDED
from odoo.addons.kubernetes_hosting.tools import names

from .kubernetes_project_life import ARREARS, PAUSED


class KubernetesProjectNotice(models.AbstractModel):
    """What operators and customers are told of a project's life."""

    _name = "kubernetes.project.notice"
    _description = "Kubernetes Project: Notices"

    life_notice = fields.Char(compute="_compute_life_notice")

    # === COMPUTE METHODS === #

    @api.depends(
        "state", "arrears_since", "reminder1_on", "reminder2_on", "terminate_on"
    )
    def _compute_life_notice(self):
        for project in self:
            project.life_notice = project._explain_life()

    def _explain_life(self):
        """Return what stands between this project and running for ever, or False."""
        _ = self.env._
        if self.state not in (ACTIVE, SUSPENDED):
            return False
        if self.terminate_on:
            return _(
                "The subscription was closed: the hosts run until %(until)s and are "
                "deleted with all their data on %(delete)s. Reopen the subscription to "
                "keep them.",
                until=format_date(self.env, self.service_until),
                delete=format_date(self.env, self.terminate_on),
            )
        if self.suspension_reason == PAUSED:
            return _("Suspended, because the subscription is paused.")
        if self.arrears_since:
            return self._explain_arrears()
        return False

    def _explain_arrears(self):
        _ = self.env._
        dates = {
            "since": format_date(self.env, self.arrears_since),
            "sent": format_date(self.env, self.reminder2_on or self.reminder1_on),
        }
        if self.suspension_reason == ARREARS:
            return _(
                "Suspended, because an invoice is overdue since %(since)s. The hosts run "
                "again by themselves within minutes after the payment.",
                **dates,
            )
        if self.reminder2_on:
            return _(
                "An invoice is overdue since %(since)s. The second reminder was sent on "
                "%(sent)s; the hosts are suspended on %(suspend)s.",
                suspend=format_date(self.env, self._get_suspension_date()),
                **dates,
            )
        if self.reminder1_on:
            return _(
                "An invoice is overdue since %(since)s. The first reminder was sent on "
                "%(sent)s.",
                **dates,
            )
        return _(
            "An invoice is overdue since %(since)s. The customer was not reminded yet.",
            **dates,
        )

    # === BUSINESS METHODS: MAIL === #

    def _send_life_mail(self, name):
        """Send one of our mails to the customer, in the transaction of its step.

        :param str name: the template's name after ``mail_template_``
        """
        if not self.partner_id.email:
            self._note_step(
                self.env._("The customer has no email address: write a letter.")
            )
            return
        template = self.env.ref(f"kubernetes_hosting_sale.mail_template_{name}")
        template.send_mail(self.id, email_layout_xmlid="mail.mail_notification_light")
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def _get_address(self):
        """Return production's address, also when there is no such host any more."""
        self.ensure_one()
        return names.fqdn(self.name, "production", self.cluster_id.domain)

    def _get_unpaid(self):
        """Return what a reminder lists.

        :return: list of dicts: name, due (date), amount, currency, url (pay page)
        """
        subscription_sudo = self.subscription_id.sudo()
        # Odoo renders a template with any project when it is saved or installed.
        moves = subscription_sudo._get_overdue_moves() if subscription_sudo else []
        return [
            {
                "name": move.name,
                "due": move.invoice_date_due,
                "amount": move.amount_residual,
                "currency": move.currency_id,
                "url": move.get_base_url() + move.get_portal_url(),
            }
            for move in moves
        ]
