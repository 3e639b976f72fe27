from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import urls, webhook
from .kubernetes_host_notify import WEBHOOK
from .kubernetes_manifest_fetch import TRUSTED_PREFIXES
from .kubernetes_run_cleanup import KEEP, KEEP_DEFAULT


class ResConfigSettings(models.TransientModel):
    """Trusted addresses of manifests, how long runs are kept, who hears of failures."""

    _inherit = "res.config.settings"

    kubernetes_trusted_prefixes = fields.Char(
        string="Trusted Manifest Addresses",
        config_parameter=TRUSTED_PREFIXES,
        help="Addresses, separated by spaces, e.g. https://git.example.com/manifests. "
        "Manifests below them are approved by themselves once they pass the checks.",
    )
    kubernetes_keep_runs = fields.Integer(
        string="Runs to Keep",
        config_parameter=KEEP,
        default=KEEP_DEFAULT,
        help="How many of each host's last runs are kept, with their logs.",
    )
    kubernetes_webhook_url = fields.Char(
        string="Webhook",
        config_parameter=WEBHOOK,
        help="Gets a JSON message by POST when a host fails and when it recovers.",
    )

    @api.constrains("kubernetes_trusted_prefixes")
    def _check_kubernetes_trusted_prefixes(self):
        for prefix in (self.kubernetes_trusted_prefixes or "").split():
            try:
                urls.check_url(prefix)
            except urls.InvalidUrl as error:
                raise ValidationError(
                    self.env._(
                        "%(prefix)s is no address to trust: write for example "
                        "https://git.example.com/manifests, with a space between two.",
                        prefix=prefix,
                    )
                ) from error

    @api.constrains("kubernetes_webhook_url")
    def _check_kubernetes_webhook_url(self):
        allowed = self.env["kubernetes.settings"]._read_webhook_networks()
        for settings in self.filtered("kubernetes_webhook_url"):
            try:
                webhook.check(settings.kubernetes_webhook_url, allowed)
            except webhook.Refused as error:
                raise ValidationError(
                    self.env._(
                        "%(url)s is no address for a webhook: it has to start with "
                        "https://, without user name and password.",
                        url=settings.kubernetes_webhook_url,
                    )
                ) from error

    @api.constrains("kubernetes_keep_runs")
    def _check_kubernetes_keep_runs(self):
        if any(settings.kubernetes_keep_runs < 1 for settings in self):
            raise ValidationError(self.env._("Keep at least one run of each host."))
