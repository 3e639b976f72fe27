from datetime import timedelta

from odoo import fields, models

from odoo.addons.kubernetes_hosting.models.states import ACTIVE


class KubernetesProjectArrears(models.AbstractModel):
    """A hosting that is not paid: two reminders, then the day of its suspension."""

    _name = "kubernetes.project.arrears"
    _description = "Kubernetes Project: Arrears"

    arrears_since = fields.Date(
        readonly=True,
        copy=False,
        help="When the oldest invoice that is not paid became due.",
    )
    reminder1_on = fields.Date(string="First Reminder", readonly=True, copy=False)
    reminder2_on = fields.Date(string="Second Reminder", readonly=True, copy=False)

    # === BUSINESS METHODS: ARREARS === #

    def _note_arrears(self):
        """Store since when an invoice is overdue; begin anew when the oldest is paid."""
        moves = self.subscription_id._get_overdue_moves()
        since = moves[:1].invoice_date_due
        went_back = self.arrears_since and self.arrears_since >= fields.Date.today()
        if since == self.arrears_since or (not since and went_back):
            return
        later = self.arrears_since and since and since > self.arrears_since
        vals = {"arrears_since": since}
        if not since or (later and self.state == ACTIVE):
            # Each debt has its own reminders before anything is suspended.
            vals |= {"reminder1_on": False, "reminder2_on": False}
        self.write(vals)

    def _get_reminder_dates(self):
        """Return when the reminders are due: the second has its distance to the first."""
        company, since = self.company_id, self.arrears_since
        first = since + timedelta(days=company.hosting_reminder1_days)
        distance = company.hosting_reminder2_days - company.hosting_reminder1_days
        second = (self.reminder1_on or first) + timedelta(days=distance)
        planned = since + timedelta(days=company.hosting_reminder2_days)
        return first, max(second, planned)

    def _get_suspension_date(self):
        """Return when the hosts are suspended: only ever after the second reminder."""
        if not (self.arrears_since and self.reminder2_on):
            return None
        company = self.company_id
        distance = company.hosting_suspend_days - company.hosting_reminder2_days
        return max(
            self.arrears_since + timedelta(days=company.hosting_suspend_days),
            self.reminder2_on + timedelta(days=distance),
        )

    def _get_announced_suspension(self):
        """Return the day that a reminder names."""
        company = self.company_id
        if self.reminder2_on:
            return self._get_suspension_date()
        # Odoo renders a template with any project when it is saved or installed.
        since = self.arrears_since or fields.Date.context_today(self)
        distance = company.hosting_suspend_days - company.hosting_reminder1_days
        return max(
            since + timedelta(days=company.hosting_suspend_days),
            (self.reminder1_on or since) + timedelta(days=distance),
        )

    def _remind(self, today):
        """Send the reminder that is due, if one is: never both on a day."""
        first, second = self._get_reminder_dates()
        if not self.reminder1_on:
            if first <= today:
                self.reminder1_on = today
                self._send_life_mail("reminder1")
        elif not self.reminder2_on and second <= today:
            self.reminder2_on = today
            self._send_life_mail("reminder2")
