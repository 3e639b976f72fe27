from odoo import fields, models

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
