import logging
from datetime import timedelta

from odoo import fields, models
from odoo.tools import format_date

from odoo.addons.kubernetes_hosting.models.states import TERMINATE, TERMINATING

from .sale_subscription import CLOSED

_logger = logging.getLogger(__name__)

TERMINATION_RETRY = timedelta(hours=20)
CAP_WINDOW = timedelta(hours=24)


class KubernetesProjectClosing(models.AbstractModel):
    """A hosting whose subscription was closed: until when it runs, when it is deleted."""

    _name = "kubernetes.project.closing"
    _description = "Kubernetes Project: Closing"

    closed_at = fields.Datetime(string="Closed", readonly=True, copy=False)
    closed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    service_until = fields.Date(
        readonly=True,
        copy=False,
        help="The hosts run until the end of what was invoiced.",
    )
    terminate_on = fields.Date(
        string="Deleted On",
        readonly=True,
        copy=False,
        help="On this day the hosts are deleted with all their data.",
    )
    terminating_at = fields.Datetime(
        string="Deletion Started", readonly=True, copy=False
    )
    backup_waived = fields.Boolean(
        string="Deleted Without a Backup",
        readonly=True,
        copy=False,
        help="There was no verified backup when the deletion started, and the settings "
        "say to do without.",
    )

    # === BUSINESS METHODS: CLOSE, TERMINATE === #

    def _note_closing(self):
        """Store when the subscription was closed, and what follows; or that it was not."""
        closed = self.subscription_id.stage_id.type == CLOSED
        if closed and not self.closed_at:
            self._note_closed()
        elif not closed and self.closed_at:
            self.write(dict.fromkeys(("closed_at", "closed_by_id"), False))
            self.write(dict.fromkeys(("service_until", "terminate_on"), False))
            self._note_step(
                self.env._("The subscription runs again: nothing is deleted.")
            )

    def _note_closed(self):
        today = fields.Date.context_today(self)
        until = max(today, self.subscription_id._get_paid_until() or today)
        if self.arrears_since:
            until = today
        days = timedelta(days=self.company_id.hosting_terminate_days)
        self.write(
            {
                "closed_at": fields.Datetime.now(),
                "closed_by_id": self._get_actor().id,
                "service_until": until,
                "terminate_on": until + days,
            }
        )
        self._note_step(
            self.env._(
                "The subscription was closed: the hosts run until %(until)s and are "
                "deleted on %(delete)s.",
                until=format_date(self.env, until),
                delete=format_date(self.env, until + days),
            )
        )
        self._send_life_mail("closed")

    def _may_terminate(self):
        """Return whether today's number of automatic deletions leaves room for one more."""
        limit = fields.Datetime.now() - CAP_WINDOW
        begun = self.search_count(
            [
                ("company_id", "=", self.company_id.id),
                ("terminating_at", ">", limit),
                ("closed_at", "!=", False),
            ]
        )
        if begun < self.company_id.hosting_terminations_per_day:
            return True
        _logger.info("Project %s waits: enough was deleted today", self.name)
        return False

    def _terminate_if_possible(self):
        """Delete the hosts, unless one lacks a backup that it needs, or today's cap."""
        hosts = self._get_living_hosts()
        missing = self._get_hosts_without_backup(hosts)
        if missing and not self.company_id.hosting_waive_backup:
            self._ask_for_backup(missing)
        elif self._may_terminate():
            self._start_termination(hosts, waived=bool(missing))

    def _ask_for_backup(self, hosts):
        """Raise one activity: these hosts wait for a backup before they are deleted."""
        kind = "kubernetes_hosting_sale.mail_activity_type_hosting"
        if self.activity_search([kind]):
            return
        self.activity_schedule(
            kind,
            user_id=self.sale_order_id._get_hosting_responsible().id,
            summary=self.env._("Back up before the deletion"),
            note=self.env._(
                "%(hosts)s should be deleted since %(date)s, but without a verified "
                "backup nothing is deleted (settings).",
                hosts=", ".join(hosts.mapped("fqdn")),
                date=format_date(self.env, self.terminate_on),
            ),
        )

    def _start_termination(self, hosts, waived):
        """Delete the hosts; the project rests once the last one is gone."""
        self.write(
            {
                "state": TERMINATING,
                "terminating_at": fields.Datetime.now(),
                "backup_waived": waived,
            }
        )
        text = self.env._("The hosts are being deleted.")
        if waived:
            text = self.env._(
                "The hosts are being deleted without a verified backup, as the settings "
                "say."
            )
        self._note_step(text)
        self._terminate_hosts(hosts)

    def _try_termination_again(self):
        """Delete what a failed run has left, once a day."""
        hosts = self._get_living_hosts()
        limit = fields.Datetime.now() - TERMINATION_RETRY
        recent = hosts.run_line_ids.filtered(
            lambda line: line.playbook == TERMINATE and line.create_date > limit
        )
        if not recent and self.closed_at:
            self._terminate_hosts(hosts)

    def _terminate_hosts(self, hosts):
        if hosts:
            hosts._terminate(without_backup=self.backup_waived)
        else:
            self._rest_when_empty()
