from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .states import ACTIVE, IDLE, UPDATE

DAYS = [
    ("all", "Every day"),
    ("work", "Monday to Friday"),
    ("weekend", "Saturday and Sunday"),
    ("0", "Monday"),
    ("1", "Tuesday"),
    ("2", "Wednesday"),
    ("3", "Thursday"),
    ("4", "Friday"),
    ("5", "Saturday"),
    ("6", "Sunday"),
]
_WEEKDAYS = {"all": range(7), "work": range(5), "weekend": (5, 6)}


class KubernetesUpdateSchedule(models.Model):
    """When hosts get the newest approved versions by themselves: a window of time.

    A cron looks every few minutes; within the window it updates the hosts that have
    an update waiting, some at a time, each once per window.
    """

    _name = "kubernetes.update.schedule"
    _inherit = ["kubernetes.rights.mixin"]
    _description = "Kubernetes Update Schedule"
    _order = "name"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", default=lambda self: self.env.company, required=True, index=True
    )
    cluster_id = fields.Many2one(
        "kubernetes.cluster",
        ondelete="cascade",
        help="Empty: the hosts of all clusters.",
    )
    environment = fields.Selection(
        [
            ("all", "Production and staging"),
            ("production", "Production"),
            ("staging", "Staging"),
        ],
        default="staging",
        required=True,
    )
    days = fields.Selection(DAYS, default="all", required=True)
    hour_from = fields.Float(string="From", default=2.0, required=True)
    hour_to = fields.Float(
        string="To",
        default=5.0,
        required=True,
        help="No update starts after it; earlier than From means the next morning.",
    )
    tz = fields.Selection(
        lambda self: (
            self.env["res.partner"]._fields["tz"]._description_selection(self.env)
        ),
        string="Time Zone",
        required=True,
        default=lambda self: self.env.user.tz or "Europe/Zurich",
    )
    batch = fields.Integer(
        string="Hosts at Once",
        default=5,
        required=True,
        help="The next ones follow when these are done.",
    )
    waiting_count = fields.Integer(compute="_compute_waiting_count")

    _batch_positive = models.Constraint(
        "CHECK (batch > 0)", "Update at least one host at once."
    )

    # === COMPUTE METHODS === #

    def _compute_waiting_count(self):
        hosts = self.env["kubernetes.host"]
        for schedule in self:
            schedule.waiting_count = hosts.search_count(schedule._get_host_domain())

    # === CONSTRAINT METHODS === #

    @api.constrains("hour_from", "hour_to")
    def _check_hours(self):
        for schedule in self:
            hours = (schedule.hour_from, schedule.hour_to)
            if not all(0 <= hour < 24 for hour in hours) or hours[0] == hours[1]:
                raise ValidationError(
                    self.env._(
                        "%(name)s: enter two different times between 00:00 and 23:59.",
                        name=schedule.name,
                    )
                )

    # === ACTION METHODS === #

    def action_view_hosts(self):
        """Open the hosts that have an update waiting."""
        self.ensure_one()
        self._check_user()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "kubernetes_hosting.kubernetes_host_action"
        )
        return action | {"domain": self._get_host_domain(), "context": {}}

    # === BUSINESS METHODS === #

    def _get_host_domain(self):
        """Select the hosts that this schedule would update."""
        return [("update_available", "=", True), *self._get_scope_domain()]

    def _get_scope_domain(self):
        """Select the hosts that this schedule looks after."""
        self.ensure_one()
        domain = [
            ("lifecycle", "=", ACTIVE),
            ("company_id", "=", self.company_id.id),
            ("cluster_id.paused_at", "=", False),
        ]
        if self.cluster_id:
            domain.append(("cluster_id", "=", self.cluster_id.id))
        if self.environment != "all":
            domain.append(("environment", "=", self.environment))
        return domain

    def _get_window(self, now):
        """Return when the window around a time began, None outside of it.

        :param datetime now: naive UTC, as Odoo stores times
        :rtype: datetime|None
        """
        self.ensure_one()
        zone = ZoneInfo(self.tz)
        local = now.replace(tzinfo=UTC).astimezone(zone)
        for day in (local.date(), local.date() - timedelta(days=1)):
            start, end = self._get_bounds(zone, day)
            wanted = _WEEKDAYS.get(self.days) or (int(self.days),)
            if day.weekday() in wanted and start <= local < end:
                return start.astimezone(UTC).replace(tzinfo=None)
        return None

    def _get_bounds(self, zone, day):
        """Return begin and end of the window that begins on a day, in local time."""
        end_day = day + timedelta(days=self.hour_to < self.hour_from)
        return tuple(
            datetime.combine(date, time(int(h), round(h % 1 * 60) % 60), zone)
            for date, h in ((day, self.hour_from), (end_day, self.hour_to))
        )

    def _run(self, now):
        """Update the next hosts of this schedule, when it is time.

        :return: kubernetes.run records
        """
        self.ensure_one()
        runs = self.env["kubernetes.run"]
        start = self._get_window(now)
        if not start:
            return runs
        scope = self.env["kubernetes.host"].search(self._get_scope_domain())
        updates = self.env["kubernetes.run.line"].search(
            [
                ("host_id", "in", scope.ids),
                ("run_id.playbook", "=", UPDATE),
                ("create_date", ">=", start),
            ]
        )
        at_work = updates.host_id.filtered(lambda host: host.activity != IDLE)
        # Each one once: what failed tonight wants a person, not a second try.
        left = (scope - updates.host_id).filtered(
            lambda host: (
                host.update_available
                and host.activity == IDLE
                and not host._get_unapproved()
            )
        )
        chosen = left[: max(0, self.batch - len(at_work))]
        return chosen._update() if chosen else runs

    @api.model
    def _cron_update(self):
        """Every few minutes: update what is due."""
        now = fields.Datetime.now()
        for schedule in self.search([]):
            schedule._run(now)
