from odoo import fields, models

from odoo.addons.queue_job.exception import FailedJobError, RetryableJobError

from ..tools import webhook

WEBHOOK = "kubernetes_hosting.webhook_url"
FAILURE = "failed"
RECOVERY = "recovered"
_SUBTYPES = {
    FAILURE: "kubernetes_hosting.mt_host_failed",
    RECOVERY: "kubernetes_hosting.mt_host_recovered",
}


class KubernetesHostNotify(models.AbstractModel):
    """Who hears of a failure and of the recovery: the followers, and a webhook."""

    _name = "kubernetes.host.notify"
    _description = "Kubernetes Host: Notifications"

    def _notify_change(self, event, body, run=None):
        """Tell followers by mail and the webhook; in the transaction of the result.

        :param str event: FAILURE or RECOVERY
        :param str body: what the followers read
        :param run: the run that brought it
        """
        self.ensure_one()
        # The mails wait in the queue: what is sent is what was committed, once.
        self.with_context(mail_notify_force_send=False).message_post(
            body=body, subtype_xmlid=_SUBTYPES[event]
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        if self._get_webhook_url():
            host = self.with_user(self.env.ref("kubernetes_hosting.user_bot"))
            host.with_context(allowed_company_ids=None).with_delay(
                description=f"Webhook: {self.fqdn} {event}"
            )._job_webhook(event, run.id if run else False, fields.Datetime.now())

    def _log_by_user(self, text):
        """Write down what the present user did, in words that follow his name."""
        self.sudo().message_post(
            body=" ".join((self.env.user.name, text)),
            author_id=self.env.user.partner_id.id,
        )

    def _get_webhook_url(self):
        return self.env["ir.config_parameter"].sudo().get_param(WEBHOOK)

    def _job_webhook(self, event, run_id, at):
        """Send one event to the webhook.

        :raise RetryableJobError: the receiver can't take it now
        :raise FailedJobError: it can't go there at all
        """
        url = self._get_webhook_url()
        if not (url and self.exists()):
            return "Nobody wants to know any more."
        run = self.env["kubernetes.run"].browse(run_id or []).exists()
        message = self.sudo()._prepare_webhook(event, run.sudo(), at)
        try:
            settings = self.env["kubernetes.settings"]
            status = webhook.post(url, message, settings._read_webhook_networks())
        except webhook.NotDelivered as error:
            raise RetryableJobError(str(error)) from error
        except webhook.Refused as error:
            raise FailedJobError(str(error)) from error
        return f"The receiver answered {status}."

    def _prepare_webhook(self, event, run, at):
        """Return the message: what has happened to which host, and nothing secret.

        :rtype: dict
        """
        self.ensure_one()
        error = event == FAILURE and run and self._get_webhook_error(run)
        return {
            "event": f"host.{event}",
            "at": f"{fields.Datetime.to_string(at).replace(' ', 'T')}Z",
            "host": self.fqdn,
            "project": self.project_id.name,
            "environment": self.environment,
            "cluster": self.cluster_id.name,
            "health": self.health,
            "run": run.uuid or None,
            "playbook": run.playbook or None,
            "error": error or None,
        }

    def _get_webhook_error(self, run):
        line = run.line_ids.filtered(lambda line: line.host_id == self)
        error = line[:1]._get_error() if line else None
        return error and {
            key: error[key] for key in ("class", "message", "object", "hint")
        }
