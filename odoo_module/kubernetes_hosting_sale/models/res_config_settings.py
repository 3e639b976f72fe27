from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The company's waiting times."""

    _inherit = "res.config.settings"

    hosting_reminder1_days = fields.Integer(
        related="company_id.hosting_reminder1_days", readonly=False
    )
    hosting_reminder2_days = fields.Integer(
        related="company_id.hosting_reminder2_days", readonly=False
    )
    hosting_suspend_days = fields.Integer(
        related="company_id.hosting_suspend_days", readonly=False
    )
    hosting_terminate_days = fields.Integer(
        related="company_id.hosting_terminate_days", readonly=False
    )
    hosting_terminations_per_day = fields.Integer(
        related="company_id.hosting_terminations_per_day", readonly=False
    )
    hosting_waive_backup = fields.Boolean(
        related="company_id.hosting_waive_backup", readonly=False
    )
    hosting_failure_email = fields.Char(
        related="company_id.hosting_failure_email", readonly=False
    )
