from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import urls
from .kubernetes_manifest_fetch import TRUSTED_PREFIXES


class ResConfigSettings(models.TransientModel):
    """The trusted addresses of manifests."""

    _inherit = "res.config.settings"

    kubernetes_trusted_prefixes = fields.Char(
        string="Trusted Manifest Addresses",
        config_parameter=TRUSTED_PREFIXES,
        help="Addresses, separated by spaces, e.g. https://git.example.com/manifests. "
        "Manifests below them are approved by themselves once they pass the checks.",
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
