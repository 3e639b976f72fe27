import logging

from odoo import fields, models

from odoo.addons.kubernetes_hosting.models.states import (
    OK,
)

_logger = logging.getLogger(__name__)


class KubernetesProjectIncident(models.AbstractModel):
    """Operators learn of a customer's failing hosting: once, until it is green again."""

    _name = "kubernetes.project.incident"
    _description = "Kubernetes Project: Incident"

    incident_at = fields.Datetime(
        string="Failure Reported",
        readonly=True,
        copy=False,
        help="When the operators got the mail about the failure that is not over yet.",
    )

    # === BUSINESS METHODS === #

    def _follow_incident(self, host, failed):
        """Report a failure that is new, or end the one that is over.

        Never raises: the result of a run must not be lost because of a mail.

        :param bool failed: whether the host's last run or look ended badly
        """
        self.ensure_one()
        if not self.sale_line_id and not self.subscription_id:
            return
        try:
            with self.env.cr.savepoint():
                if failed and not self.incident_at:
                    self.incident_at = fields.Datetime.now()
                    self._send_failure_mails(host)
                elif self.incident_at and self._is_recovered():
                    self.incident_at = False
        except Exception:
            _logger.exception("Project %s: its failure can't be reported", self.id)

    def _is_recovered(self):
        """Return whether all living hosts are green."""
        living = self._get_living_hosts()
        return all(host.health == OK and not host.error_class for host in living)

    def _send_failure_mails(self, host):
        """Send the mail to the operators, in the language of each."""
        template = self.env.ref("kubernetes_hosting_sale.mail_template_failure")
        address = self.company_id.hosting_failure_email
        if address:
            language = self.company_id.partner_id.lang
            self._send_failure_mail(template, host, language, {"email_to": address})
            return
        partners = self._get_operators().partner_id
        for language, group in partners.grouped("lang").items():
            values = {"recipient_ids": [fields.Command.set(group.ids)]}
            self._send_failure_mail(template, host, language, values)

    def _send_failure_mail(self, template, host, language, values):
        template.with_context(failed_host=host.id, operator_lang=language).send_mail(
            self.id,
            email_values=values,
            email_layout_xmlid="mail.mail_notification_light",
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def _get_operators(self):
        """Return the operators of the project's company who can get mail."""
        operators = self.env.ref("kubernetes_hosting.group_operator").sudo()
        return operators.all_user_ids.filtered(
            lambda user: (
                user._is_internal()
                and user.active
                and user.partner_id.email
                and self.company_id in user.company_ids
                and user.id != self.env.ref("base.user_root").id
            )
        )

    def _get_failed_host(self):
        """Return the host that a failure mail is about."""
        return self.env["kubernetes.host"].browse(self.env.context.get("failed_host"))

    def _get_backend_link(self):
        """Return the address of this project for operators."""
        return f"{self.get_base_url()}/odoo/kubernetes-projects/{self.id}"
