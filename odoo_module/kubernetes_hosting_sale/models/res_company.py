from odoo import api, fields, models
from odoo.exceptions import ValidationError

_ARREARS_DAYS = (
    "hosting_reminder1_days",
    "hosting_reminder2_days",
    "hosting_suspend_days",
)


class ResCompany(models.Model):
    """How long a company waits before it suspends and deletes hostings."""

    _inherit = "res.company"

    hosting_reminder1_days = fields.Integer(
        string="First Reminder",
        default=3,
        help="Days after an invoice became due.",
    )
    hosting_reminder2_days = fields.Integer(
        string="Second Reminder",
        default=10,
        help="Days after an invoice became due.",
    )
    hosting_suspend_days = fields.Integer(
        string="Suspension",
        default=17,
        help="Days after an invoice became due. Both reminders come before, whatever "
        "happens: each has the time that lies between these days.",
    )
    hosting_terminate_days = fields.Integer(
        string="Deletion",
        default=30,
        help="Days between the end of a closed subscription's service and the deletion "
        "of its hosts with all their data.",
    )
    hosting_terminations_per_day = fields.Integer(
        string="Deletions a Day",
        default=5,
        help="So many projects are deleted by themselves within 24 hours at most; the "
        "others wait. 0: nothing is deleted by itself.",
    )
    hosting_waive_backup = fields.Boolean(
        string="Delete Without a Backup",
        help="Hosts without a verified backup are deleted all the same when their time "
        "is over; the project records it. Otherwise they wait for a backup.",
    )
    hosting_failure_email = fields.Char(
        string="Failures Go To",
        help="Address for failures of customers' hostings. Empty: all operators.",
    )

    @api.constrains(*_ARREARS_DAYS)
    def _check_hosting_arrears_days(self):
        for company in self:
            first, second, suspend = (company[name] for name in _ARREARS_DAYS)
            if not 0 <= first < second < suspend:
                raise ValidationError(
                    self.env._(
                        "First reminder, second reminder and suspension have to follow "
                        "one another: for example 3, 10 and 17 days."
                    )
                )

    @api.constrains("hosting_terminate_days", "hosting_terminations_per_day")
    def _check_hosting_termination(self):
        for company in self:
            if company.hosting_terminate_days < 1:
                raise ValidationError(
                    self.env._("Leave at least one day before data is deleted.")
                )
            if company.hosting_terminations_per_day < 0:
                raise ValidationError(
                    self.env._("Deletions a day: enter 0 or a positive number.")
                )
