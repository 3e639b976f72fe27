import logging
from urllib.parse import urljoin

from odoo import api, fields, models

from odoo.addons.kubernetes_hosting.models.states import ACTIVE, LIVING

_logger = logging.getLogger(__name__)


class KubernetesProject(models.Model):
    """The mail that hands a hosting over to its customer."""

    _inherit = "kubernetes.project"

    access_mail_sent_at = fields.Datetime(
        string="Access Data Sent",
        readonly=True,
        copy=False,
        help="When the customer got the mail with the access data.",
    )

    # === BUSINESS METHODS === #

    def _get_host(self, environment):
        """Return the living host of an environment, or none."""
        self.ensure_one()
        return self.host_ids.filtered(
            lambda host: host.environment == environment and host.lifecycle == ACTIVE
        )[:1]

    def _is_access_mail_due(self):
        """Return whether production is green and its customer does not know yet."""
        self.ensure_one()
        host = self._get_host("production")
        return bool(
            not self.access_mail_sent_at
            and self.partner_id.email
            and host
            and host._is_green()
        )

    def _try_to_send_access_mail(self):
        """Send the mail; a failure must not lose the result of the run."""
        try:
            with self.env.cr.savepoint():
                self._send_access_mail()
        except Exception:
            # The cron tries again.
            _logger.exception("Project %s: the access data could not be sent", self.id)

    def _send_access_mail(self):
        """Send the access data once: flag and mail in one transaction."""
        self.ensure_one()
        template = self.env.ref("kubernetes_hosting_portal.mail_template_access")
        self.access_mail_sent_at = fields.Datetime.now()
        template.send_mail(self.id, email_layout_xmlid="mail.mail_notification_light")
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    @api.model
    def _cron_send_access_mails(self):
        """Send what could not be sent with the result."""
        projects = self.search(
            [
                ("access_mail_sent_at", "=", False),
                ("state", "=", ACTIVE),
                ("host_ids.health", "=", "ok"),
            ]
        )
        for project in projects.filtered(lambda project: project._is_access_mail_due()):
            project._try_to_send_access_mail()

    def _get_access_path(self):
        """Return the page that shows the first password to its owner."""
        return f"/my/hosts/{self._get_host('production').id}/access"

    def _get_access_link(self):
        """Return the address of the access page; who has no user yet is invited there."""
        return self._get_portal_link(self._get_access_path())

    def _get_backup_link(self):
        """Return the address of production's backups."""
        host = self.host_ids.filtered(
            lambda host: host.environment == "production" and host.lifecycle in LIVING
        )
        if not host or not host.sudo()._has_jobs():
            return super()._get_backup_link()
        return self._get_portal_link(f"/my/hosts/{host.id}#backups")

    def _get_portal_link(self, path):
        """Return the address of a portal page; who has no user yet is invited there."""
        self.ensure_one()
        partner_sudo = self.sudo().partner_id
        if partner_sudo.user_ids:
            return urljoin(self.get_base_url(), path)
        partner_sudo.signup_prepare()
        return partner_sudo._get_signup_url_for_action(url=path).get(partner_sudo.id)
