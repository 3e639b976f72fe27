import logging
from datetime import UTC, datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import human_size

from .states import ACTIVE, ACTIVE_RUN_STATES, IDLE, RESET, RESTORE

_logger = logging.getLogger(__name__)

# Decisions of one run, see playbooks/README.md.
UNDO = "host_staging_reset_undo"
FRESH = "host_staging_reset_fresh"
FORGET = "host_staging_reset_forget"
# What counts as a copy of production; the rest only moves copies that are there.
_COPIES = ("reset", "fresh", "restore")
_UNCHANGED = "unchanged"
# So many copies from before are deleted by one call of the hourly cron; one that could
# not be is tried again after so long.
AT_ONCE = 20
TRY_AGAIN = timedelta(hours=6)


class KubernetesHostReset(models.AbstractModel):
    """Reset of staging: production's data into staging, and back within 24 hours."""

    _name = "kubernetes.host.reset"
    _description = "Kubernetes Host: Reset"

    reset_result = fields.Json(
        readonly=True,
        copy=False,
        help="What the last reset, undo or restore that changed staging reported.",
    )
    reset_at = fields.Datetime(
        string="Copied",
        readonly=True,
        copy=False,
        help="When the data were copied that staging has now.",
    )
    reset_undo_until = fields.Datetime(
        string="Undo Possible Until", readonly=True, copy=False
    )
    reset_seconds = fields.Integer(string="Last Duration", readonly=True, copy=False)
    reset_size = fields.Float(
        string="Last Size",
        readonly=True,
        copy=False,
        help="Bytes: database and files of the last reset.",
    )
    reset_size_text = fields.Char(string="Size", compute="_compute_reset_size_text")
    reset_checks = fields.Json(compute="_compute_reset_checks")
    can_undo_reset = fields.Boolean(compute="_compute_can_undo_reset")
    has_jobs = fields.Boolean(
        compute="_compute_has_jobs",
        help="Its manifests have jobs that copy, back up and restore its data.",
    )

    # === COMPUTE METHODS === #

    @api.depends("reset_result")
    def _compute_reset_checks(self):
        """Turn the checklist into the rows that the ladder's widget shows."""
        labels = self._get_reset_check_labels()
        for host in self:
            checks = (host.reset_result or {}).get("checks") or {}
            host.reset_checks = [
                {"check": label, "state": "ok" if checks[key] else "failed"}
                for key, label in labels.items()
                if key in checks
            ]

    @api.depends("reset_size")
    def _compute_reset_size_text(self):
        for host in self:
            host.reset_size_text = human_size(host.reset_size)

    @api.depends("reset_undo_until")
    def _compute_can_undo_reset(self):
        now = fields.Datetime.now()
        for host in self:
            host.can_undo_reset = bool(
                host.reset_undo_until and host.reset_undo_until > now
            )

    def _compute_has_jobs(self):
        for host in self:
            host.has_jobs = host._has_jobs()

    # === ACTION METHODS === #

    def action_reset(self):
        """Replace staging's data with production's."""
        self.check_access("write")
        return self._action_after_queue(self._reset())

    def action_undo_reset(self):
        """Bring back what staging had before the last reset."""
        self.check_access("write")
        return self._action_after_queue(self._undo_reset())

    # === BUSINESS METHODS === #

    def _reset(self):
        """Queue the reset of staging hosts; callers have checked rights.

        Without jobs that copy, their data are deleted and they start new and empty.

        :return: kubernetes.run records
        :raise UserError: not possible now; a writing run is at work
        """
        self._check_jobs_approved()
        for host in self:
            reason = host._explain_no_reset()
            if reason:
                raise UserError(reason)
        self._check_ready()
        copied = self.filtered(lambda host: host._has_jobs())
        return copied._queue(RESET) | (self - copied)._queue(RESET, {FRESH: True})

    def _undo_reset(self):
        """Queue the undo; what staging has now is kept, too, so it can be undone again.

        :return: kubernetes.run records
        :raise UserError: there is nothing to undo; a writing run is at work
        """
        for host in self:
            reason = host._explain_no_undo()
            if reason:
                raise UserError(reason)
        self._check_ready()
        return self._queue(RESET, {UNDO: True})

    def _explain_no_reset(self):
        """Return why this host can't be reset, False when it can."""
        self.ensure_one()
        if self.environment != "staging":
            return self.env._(
                "%(host)s is production: only staging can be reset.", host=self.fqdn
            )
        if self.lifecycle != ACTIVE:
            return self.env._("%(host)s is not active.", host=self.fqdn)
        if self._get_unapproved_jobs():
            return self.env._(
                "The jobs that copy the data of %(host)s wait for approval.",
                host=self.fqdn,
            )
        production = self.sudo().sibling_id
        if self.sudo()._has_jobs() and production.lifecycle != ACTIVE:
            return self.env._(
                "%(host)s has no active production whose data could be copied.",
                host=self.fqdn,
            )
        return False

    def _explain_no_undo(self):
        """Return why the last reset can't be undone, False when it can."""
        self.ensure_one()
        if self.lifecycle != ACTIVE:
            return self.env._("%(host)s is not active.", host=self.fqdn)
        if not self.can_undo_reset:
            return self.env._(
                "There is nothing to undo on %(host)s: the data from before a reset "
                "are kept for 24 hours.",
                host=self.fqdn,
            )
        return False

    def _check_jobs_approved(self):
        """Refuse while jobs wait for approval: without them data would be deleted.

        :raise UserError: names the manifest and the next step
        """
        missing = self._get_unapproved_jobs()
        if missing:
            raise UserError(missing[0]._explain_unapproved())

    def _get_unapproved_jobs(self):
        """Return the manifests of these hosts' jobs that have no approved version."""
        missing = self.env["kubernetes.manifest"].sudo()
        for host in self.sudo():
            manifests = host.project_id.manifest_ids._filter_environment(
                host.environment, purpose=RESET
            )
            missing |= manifests - host._get_job_manifests()
        return missing

    def _has_jobs(self):
        """Return whether this host's product brings jobs for its data."""
        self.ensure_one()
        return bool(self.sudo()._get_job_manifests())

    def _get_blocked(self):
        """Say why staging can't be reset, or a reset not be undone."""
        blocked = super()._get_blocked()
        if self.environment != "staging":
            return blocked
        writing = self._explain_writing() or self._explain_unready()
        reasons = {"action_reset": writing or self._explain_no_reset()}
        if self.can_undo_reset:
            reasons["action_undo_reset"] = writing or self._explain_no_undo()
        return blocked | {name: reason for name, reason in reasons.items() if reason}

    # === RESULT === #

    def _store_result(self, playbook, result):
        """Keep what a reset or restore did; one that stopped before says nothing of health."""
        if playbook not in (RESET, RESTORE):
            return super()._store_result(playbook, result)
        reset = result.get("reset") or {}
        if reset.get("staging", _UNCHANGED) != _UNCHANGED:
            self._store_reset(reset, result.get("ok"))
        if result.get("ok") or reset.get("staging", _UNCHANGED) != _UNCHANGED:
            # Objects are what Apply made; the jobs have come and gone.
            return super()._store_result(
                playbook, result | {"objects": self.sudo().objects}
            )
        self.sudo().write(self._prepare_error_vals(result.get("error")))
        return self._log_result(playbook, result, self.health)

    def _store_reset(self, reset, good):
        """Store a reset that changed staging.

        :param dict reset: ``hosting_result.reset`` of the contract
        :param bool good: the playbook came to its end
        """
        vals = {"reset_undo_until": _parse_time(reset.get("undo_until"))}
        if good and reset.get("action") != "forget":
            vals["reset_result"] = reset
        if good and reset.get("action") in _COPIES:
            size = reset.get("size") or {}
            vals |= {
                "reset_at": fields.Datetime.now(),
                "reset_seconds": reset.get("seconds") or 0,
                "reset_size": (size.get("database") or 0) + (size.get("files") or 0),
            }
        self.sudo().write(vals)

    # === WHAT IS KEPT FOR AN UNDO === #

    @api.model
    def _cron_forget_resets(self):
        """Delete what staging had before a reset, once the time for an undo is over."""
        due = self.search(
            [
                ("reset_undo_until", "<=", fields.Datetime.now()),
                ("lifecycle", "=", ACTIVE),
                ("activity", "=", IDLE),
                ("environment", "=", "staging"),
            ]
        ).filtered(lambda host: host._has_jobs() and not host._was_reset_tried())
        for host in due[:AT_ONCE]:
            try:
                with self.env.cr.savepoint():
                    host._check_ready()
                    host._queue(RESET, {FORGET: True})
            except UserError as error:
                _logger.warning("%s keeps its old copy: %s", host.fqdn, error)

    def _was_reset_tried(self):
        """Return whether a reset, undo or removal was at work a moment ago."""
        self.ensure_one()
        tried = [
            ("host_id", "=", self.id),
            ("run_id.playbook", "=", RESET),
            "|",
            ("state", "in", ACTIVE_RUN_STATES),
            ("create_date", ">", fields.Datetime.now() - TRY_AGAIN),
        ]
        return bool(self.env["kubernetes.run.line"].search_count(tried, limit=1))

    def _get_reset_check_labels(self):
        """Return the points of the checklist in the order in which they matter."""
        _ = self.env._
        return {
            "neutralized": _("Neutralized"),
            "mail_servers_off": _("Mails off"),
            "fetchmail_off": _("Incoming mails off"),
            "crons_off": _("Scheduled actions off"),
            "payments_off": _("Payments off"),
            "iap_off": _("Paid services off"),
            "webhooks_off": _("Webhooks off"),
            "uuid_renewed": _("Own identity"),
            "secret_renewed": _("Own secret"),
            "address_own": _("Own address"),
            "modules_found": _("All modules found"),
            "files_complete": _("All files there"),
        }


def _parse_time(text):
    """Return an ISO time of the contract as Odoo stores it, False without one."""
    if not text:
        return False
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.replace(microsecond=0)
