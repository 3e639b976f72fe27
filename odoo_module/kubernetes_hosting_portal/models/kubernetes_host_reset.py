import logging
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_time, human_size

from odoo.addons.kubernetes_hosting.models.kubernetes_host_reset import FORGET, UNDO
from odoo.addons.kubernetes_hosting.models.states import (
    ACTIVE_RUN_STATES,
    CANCELLED,
    FAILED,
    LOST,
    RESET,
    RESTORE,
)

_logger = logging.getLogger(__name__)

# So often may a customer reset a host.
RESET_EVERY = timedelta(minutes=10)
# What customers read of the checklist.
CHECKS = ("mail_servers_off", "fetchmail_off", "crons_off", "payments_off")


class KubernetesHostPortalReset(models.AbstractModel):
    """Reset and undo as customers press them: typed name, seldom, in their words.

    Callers have checked that the user may read the host: whose it is, may reset it.
    """

    _name = "kubernetes.host.portal.reset"
    _description = "Kubernetes Host: Reset in the Portal"

    def _request_reset(self, typed_name):
        """Queue the reset of a staging host.

        :param str typed_name: has to be the project's name
        :return: the run, as superuser
        :raise UserError: another name; not possible now; too soon
        """
        self.ensure_one()
        name = self.sudo().project_id.name
        if (typed_name or "").strip().lower() != name:
            raise UserError(
                self.env._("Please type the name of the project: %(name)s", name=name)
            )
        self._refuse(self.sudo()._explain_no_reset())
        self._check_idle()
        self._check_reset_rate()
        return self._queue_as_customer(self.sudo()._reset)

    def _request_undo(self):
        """Queue the undo of the last reset.

        :return: the run, as superuser
        :raise UserError: there is nothing to undo; not possible now
        """
        self.ensure_one()
        self._refuse(self.sudo()._explain_no_undo())
        self._check_idle()
        return self._queue_as_customer(self.sudo()._undo_reset)

    def _queue_as_customer(self, queue):
        """Call what queues a run; explain a refusal without the machinery's words.

        :param queue: a method that returns runs
        :raise UserError: something is at work, or somebody of us has to help
        """
        try:
            return queue().sudo()
        except UserError as error:
            if isinstance(error.__cause__, UniqueViolation):
                raise UserError(self._explain_at_work()) from error
            _logger.warning("%s: a customer was refused: %s", self.sudo().fqdn, error)
            self.sudo().message_post(
                body=self.env._(
                    "%(user)s was refused: %(message)s",
                    user=self.env.user.name,
                    message=str(error),
                )
            )
            raise UserError(
                self.env._(
                    "This is not possible right now. Please try again later, or ask us."
                )
            ) from error

    def _refuse(self, reason):
        if reason:
            raise UserError(reason)

    def _check_idle(self):
        """Refuse while a run works on the host.

        :raise UserError: says so
        """
        if self.sudo()._get_active_lines().filtered("writes"):
            raise UserError(self._explain_at_work())

    def _explain_at_work(self):
        return self.env._(
            "Something is at work on %(host)s already. Please wait until it has ended.",
            host=self.sudo().fqdn,
        )

    def _check_reset_rate(self):
        """Refuse a second reset within ten minutes, whoever pressed the first.

        :raise UserError: says from when on it is possible again
        """
        recent = self._get_reset_lines(limit=1)
        if not recent:
            return
        again = recent.create_date + RESET_EVERY
        if again > fields.Datetime.now():
            raise UserError(
                self.env._(
                    "Staging can be reset every %(minutes)s minutes: next at %(time)s.",
                    minutes=int(RESET_EVERY.total_seconds() // 60),
                    time=format_time(
                        self.env, again, tz=self.env.user.tz, time_format="short"
                    ),
                )
            )

    def _get_reset_lines(self, limit):
        """Return the last run lines that reset this host; an undo is none."""
        lines_sudo = (
            self.env["kubernetes.run.line"]
            .sudo()
            .search(
                [
                    ("host_id", "=", self.id),
                    ("run_id.playbook", "=", RESET),
                    ("state", "!=", CANCELLED),
                ],
                limit=10,
            )
        )
        others = {UNDO, FORGET}
        return lines_sudo.filtered(lambda line: not others & _get_decisions(line))[
            :limit
        ]

    # === WHAT THE PAGE SHOWS === #

    def _prepare_portal_values(self):
        """Add what the page says of the copy of production."""
        return super()._prepare_portal_values() | {
            "reset": self._prepare_portal_reset()
        }

    def _prepare_portal_reset(self):
        """Return what a staging host's page and its dialog say of Reset, None else."""
        self.ensure_one()
        host_sudo = self.sudo()
        if host_sudo.environment != "staging":
            return None
        result = host_sudo.reset_result or {}
        return {
            "at": host_sudo.reset_at,
            "action": result.get("action"),
            "source": result.get("source"),
            "checks": self._prepare_portal_checks(result),
            "undo_until": host_sudo.reset_undo_until
            if host_sudo.can_undo_reset
            else False,
            "size": human_size(host_sudo.reset_size),
            "duration": self._format_duration(host_sudo.reset_seconds)
            if host_sudo.reset_seconds
            else "",
            "has_jobs": host_sudo._has_jobs(),
            "refused": host_sudo._explain_no_reset(),
            "failed": self._explain_failed_reset(),
            "project": host_sudo.project_id.name,
            "title": self.env._("Reset %(host)s?", host=host_sudo.fqdn),
        }

    def _prepare_portal_checks(self, result):
        """Return the points of the checklist that customers read."""
        labels = self._get_reset_check_labels()
        checks = result.get("checks") or {}
        return [
            {"text": labels[key], "ok": checks[key]} for key in CHECKS if key in checks
        ]

    def _explain_failed_reset(self):
        """Return what became of staging when the last reset failed, False else."""
        line_sudo = (
            self.env["kubernetes.run.line"]
            .sudo()
            .search(
                [
                    ("host_id", "=", self.id),
                    ("run_id.playbook", "in", (RESET, RESTORE)),
                    ("state", "not in", (*ACTIVE_RUN_STATES, CANCELLED)),
                ],
                limit=1,
            )
        )
        if line_sudo.state not in (FAILED, LOST) or FORGET in _get_decisions(line_sudo):
            return False
        staging = ((line_sudo.result or {}).get("reset") or {}).get("staging")
        if staging == "down":
            return self.env._(
                "The last attempt did not work and staging is down. We have been told; "
                "you can try again. Production was not touched."
            )
        return self.env._(
            "The last attempt did not work. Staging is as it was, production was not "
            "touched. You can try again."
        )

    # === WORDS === #

    def _get_portal_actions(self):
        """Name reset and restore."""
        return super()._get_portal_actions() | {
            RESET: self.env._("Reset of staging"),
            RESTORE: self.env._("Restore of a backup"),
        }

    def _get_portal_action_text(self, line_sudo, texts):
        """Call an undo an undo."""
        if UNDO in _get_decisions(line_sudo):
            return self.env._("Undo of the reset")
        if FORGET in _get_decisions(line_sudo):
            return self.env._("Removal of what staging had before the reset")
        return super()._get_portal_action_text(line_sudo, texts)


def _get_decisions(line_sudo):
    """Return the names of the decisions that a run was made with."""
    decisions = line_sudo.run_id.decisions or {}
    return {name for name, value in decisions.items() if value}
