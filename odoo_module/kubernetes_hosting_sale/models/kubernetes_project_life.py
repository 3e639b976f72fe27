import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.kubernetes_hosting.models.states import (
    ACTIVE,
    RESTING,
    SUSPENDED,
    TERMINATING,
)

from .sale_subscription import CLOSED

_logger = logging.getLogger(__name__)

ARREARS = "arrears"
PAUSED = "paused"
CLOSED_REASON = "closed"
BUSY_RETRY = timedelta(minutes=10)
_HOLD_FIELDS = {"hold_until", "hold_reason"}
# What only the steps below write.
_LIFE_FIELDS = {
    "arrears_since",
    "reminder1_on",
    "reminder2_on",
    "suspended_at",
    "suspended_by_id",
    "suspension_reason",
    "resumed_at",
    "resumed_by_id",
    "closed_at",
    "closed_by_id",
    "service_until",
    "terminate_on",
    "terminating_at",
    "backup_waived",
    "rest_backup_at",
}


class KubernetesProjectLife(models.AbstractModel):
    """What a subscription does to its hosts: remind, suspend, resume, terminate.

    Every step is a function of facts that are stored (dates, flags, invoices), not of
    events: it happens once however often it is tried, and a day that was missed is made
    up for. A step and its mail are one transaction.
    """

    _name = "kubernetes.project.life"
    _description = "Kubernetes Project: Subscription"

    suspended_at = fields.Datetime(string="Suspended", readonly=True, copy=False)
    suspended_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    suspension_reason = fields.Selection(
        [
            (ARREARS, "Invoices not paid"),
            (PAUSED, "Subscription paused"),
            (CLOSED_REASON, "Subscription closed"),
        ],
        readonly=True,
        copy=False,
    )
    resumed_at = fields.Datetime(string="Resumed", readonly=True, copy=False)
    resumed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    hold_until = fields.Date(
        string="No Automatic Steps Until",
        copy=False,
        tracking=True,
        help="Until this day nothing is suspended or deleted and nobody is reminded by "
        "itself. Only administrators set it.",
    )
    hold_reason = fields.Char(string="Because", copy=False, tracking=True)

    # === CRUD METHODS === #

    def _check_protected(self, vals):
        super()._check_protected(vals)
        if self.env.su:
            return
        if _LIFE_FIELDS & set(vals):
            raise AccessError(
                self.env._(
                    "%(fields)s can't be set by hand.",
                    fields=", ".join(sorted(_LIFE_FIELDS & set(vals))),
                )
            )
        group = "kubernetes_hosting.group_administrator"
        if _HOLD_FIELDS & set(vals) and not self.env.user.has_group(group):
            raise AccessError(
                self.env._("Only an administrator stops the automatic steps.")
            )

    def write(self, vals):
        rests = vals.get("state") == RESTING
        ended = self.filtered(lambda record: rests and record.state != RESTING)
        result = super().write(vals)
        for project in ended.filtered("closed_at"):
            project._send_life_mail("terminated")
        if "hold_until" in vals:
            for project in self:
                project._follow_safely(actor=self.env.user)
        return result

    # === CRON === #

    @api.model
    def _cron_follow_subscriptions(self):
        """Each day, and when woken: do what is due, each project for itself."""
        for project in self._find_to_follow():
            project._follow_safely()
            # A failure further down must not undo what was done and mailed so far.
            self.env["ir.cron"]._commit_progress(1)

    @api.model
    def _find_to_follow(self):
        """Return the sold projects that are anything but running and paid."""
        today = fields.Date.context_today(self)
        subscriptions = self.env["sale.subscription"]
        overdue = self.env["account.move"].search(
            subscriptions._get_overdue_domain(today)
        )
        late = overdue._get_hosting_subscriptions().ids
        states = (ACTIVE, SUSPENDED, TERMINATING)
        domain = [
            ("subscription_id", "!=", False),
            ("state", "in", states),
            *["|"] * 6,
            ("subscription_id", "in", late),
            ("arrears_since", "!=", False),
            ("closed_at", "!=", False),
            ("plan_pending", "=", True),
            ("state", "in", (SUSPENDED, TERMINATING)),
            ("subscription_id.is_paused", "=", True),
            ("subscription_id.stage_id.type", "=", CLOSED),
        ]
        return self.search(domain, order="id")

    @api.model
    def _wake_life(self, after=None):
        """Run the cron soon, or after a time."""
        cron = self.env.ref("kubernetes_hosting_sale.ir_cron_follow_subscriptions")
        cron.sudo()._trigger(fields.Datetime.now() + after if after else None)

    # === BUSINESS METHODS: ONE STEP === #

    def _follow_safely(self, actor=None):
        """Do what is due for one project; what can't be done now is tried again.

        Never raises: a salesperson closes a subscription also while a run is at work,
        and one project does not stop the cron.

        :param actor: the user whose doing it is; our own when not given
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._as_life(actor)._follow_subscription()
        except UserError as error:
            _logger.info("Project %s: tried again later: %s", self.name, error)
            self._wake_life(BUSY_RETRY)
        except Exception:
            _logger.exception("Project %s: its subscription can't be followed", self.id)
            self._wake_life(BUSY_RETRY)

    def _as_life(self, actor):
        """Return the project for our own user, in its company, with whose doing it is."""
        bot = self.env.ref("kubernetes_hosting.user_bot")
        context = {"allowed_company_ids": self.sudo().company_id.ids}
        context["lang"] = self.sudo().company_id.partner_id.lang
        context["hosting_actor"] = (actor or bot).id
        return self.with_user(bot).sudo().with_context(**context)

    def _get_actor(self):
        return self.env["res.users"].browse(
            self.env.context.get("hosting_actor") or self.env.uid
        )

    def _follow_subscription(self):
        """Compare what the subscription says with the project, and do one step.

        :raise UserError: a run is at work on a host
        """
        # A second one that comes along meanwhile (cron, salesperson) has to wait.
        if not self.try_lock_for_update(allow_referencing=True):
            self._wake_life(BUSY_RETRY)
            return
        if self.state == TERMINATING:
            self._try_termination_again()
        elif self.state in (ACTIVE, SUSPENDED) and self.subscription_id:
            self._apply_pending_plan()
            self._note_arrears()
            self._note_closing()
            self._take_step()

    def _take_step(self):
        today = fields.Date.context_today(self)
        held = bool(self.hold_until and self.hold_until > today)
        reason = None if held else self._get_suspension_reason(today)
        if not held and self.terminate_on and self.terminate_on <= today:
            self._terminate_if_possible()
        elif not reason:
            if self.state == SUSPENDED and self.suspension_reason:
                self._resume_hosts()
            elif self.arrears_since and not self.closed_at and not held:
                self._remind(today)
        elif self.state == SUSPENDED:
            self.suspension_reason = self.suspension_reason and reason
        else:
            self._suspend_hosts(reason)

    def _get_suspension_reason(self, today):
        """Return why the hosts should not run today, or None."""
        if self.closed_at:
            return CLOSED_REASON if self.service_until <= today else None
        if self.subscription_id.is_paused:
            return PAUSED
        late = self.arrears_since and self.state == SUSPENDED
        if late and self.suspension_reason == ARREARS:
            return ARREARS
        due = self._get_suspension_date()
        return ARREARS if due and due <= today else None

    # === BUSINESS METHODS: SUSPEND, RESUME === #

    def _suspend_hosts(self, reason):
        """Suspend the hosts that run, and remember which: others stay as they are.

        They are backed up first, and suspended when it is done.
        """
        hosts = self.host_ids.filtered(lambda host: host.lifecycle == ACTIVE)
        if self._back_up_before_rest(hosts):
            self._wake_life(BUSY_RETRY)
            return
        hosts.write({"suspended_by_billing": True})
        hosts._suspend()
        self.write(
            {
                "state": SUSPENDED,
                "suspension_reason": reason,
                "suspended_at": fields.Datetime.now(),
                "suspended_by_id": self._get_actor().id,
            }
        )
        label = dict(self._fields["suspension_reason"]._description_selection(self.env))
        self._note_step(self.env._("Suspended: %(reason)s.", reason=label[reason]))
        if reason != CLOSED_REASON:
            self._send_life_mail("suspended")

    def _resume_hosts(self):
        """Resume the hosts that were suspended for the subscription."""
        hosts = self.host_ids.filtered("suspended_by_billing")
        hosts.write({"suspended_by_billing": False})
        hosts._resume()
        self.write(
            {
                "state": ACTIVE,
                "suspension_reason": False,
                "resumed_at": fields.Datetime.now(),
                "resumed_by_id": self._get_actor().id,
                "reminder1_on": False,
                "reminder2_on": False,
            }
        )
        self._note_step(self.env._("Resumed."))
        self._send_life_mail("resumed")

    def _note_step(self, text):
        """Write into the chatter what happened, and whose doing it was."""
        actor = self._get_actor()
        if actor != self.env.user and actor._is_internal():
            text = self.env._("%(text)s (%(user)s)", text=text, user=actor.name)
        self.message_post(body=text)
