from datetime import timedelta

from odoo import fields, models

from . import hints
from .kubernetes_host_decisions import ADOPT
from .kubernetes_host_notify import FAILURE, RECOVERY
from .kubernetes_mixins import without_null
from .states import (
    CANCELLED,
    FAILED,
    OK,
    PENDING,
    PREVIEW,
    STATUS,
    TERMINATE,
    UNKNOWN,
)

RECHECK_FOR = timedelta(minutes=30)
RECHECK_FIRST = timedelta(minutes=1)
# A look that did not reach the host says nothing about the host.
_NOT_SEEN = {
    "unreachable",
    "unauthorized",
    "forbidden",
    "lost",
    "busy",
    "cancelled",
    "timeout",
    "not_started",
    "invalid_vars",
    "internal",
    # Nothing was changed, so what was seen before is still so.
    "manifest_changed",
    "manifest_drift",
    "manifest_unreachable",
    "invalid_manifest",
}


class KubernetesHostResult(models.AbstractModel):
    """What comes back from a run: health, ladder, error, and when to look again."""

    _name = "kubernetes.host.result"
    _description = "Kubernetes Host: Result"

    def _store_result(self, playbook, result):
        """Store what a playbook published for this host.

        :param str playbook: name of the playbook
        :param dict result: an entry of ``hosting_result`` of the contract
        """
        self.ensure_one()
        if playbook == PREVIEW:
            # What would be is no news of the host; it stands on the run's line.
            return
        if playbook == TERMINATE and result.get("ok"):
            self._store_termination()
            return
        result = without_null(result)
        host_sudo = self.sudo()
        ladder = (result.get("ingress") or {}).get("steps") or []
        drift = host_sudo._get_drift(result) if playbook == STATUS else None
        vals = self._prepare_error_vals(result.get("error") or drift)
        if ladder:
            vals |= {"ladder": ladder, "checked_at": fields.Datetime.now()}
        if playbook != STATUS:
            vals["objects"] = result.get("objects") or []
        vals["observed"] = result.get("observed") or {}
        before = host_sudo.health
        troubled = before == FAILED or bool(host_sudo.error_class)
        host_sudo.write(vals)
        host_sudo.write(host_sudo._prepare_health_vals(playbook, result, bool(ladder)))
        if result.get("ok") and (host_sudo.last_run_id.decisions or {}).get(ADOPT):
            host_sudo._take_adopted(result)
        if not (playbook == STATUS and before == host_sudo.health):
            host_sudo._log_result(playbook, result, troubled)
        host_sudo._follow_health()

    def _prepare_health_vals(self, playbook, result, seen):
        """Return health and when to look again.

        :param bool seen: the result carries a ladder
        """
        error_class = (result.get("error") or {}).get("class")
        if seen:
            health = self._get_decisive_ladder_state()
            if not result.get("ok") and health == OK:
                health = FAILED
        elif error_class in _NOT_SEEN:
            # An attempt to write leaves what was seen before, a look makes it old.
            health = UNKNOWN if playbook == STATUS else self.health
        else:
            health = OK if result.get("ok") else FAILED
        return {"health": health} | self._prepare_recheck_vals(health)

    def _prepare_recheck_vals(self, health):
        """Return when to look again: with back-off, for 30 minutes, while pending."""
        now = fields.Datetime.now()
        since = self.pending_since or now
        elapsed = now - since
        if health != PENDING or elapsed > RECHECK_FOR:
            pending = since if health == PENDING else False
            return {"pending_since": pending, "recheck_at": False}
        wait = max(RECHECK_FIRST, elapsed / 2)
        return {"pending_since": since, "recheck_at": now + wait}

    def _log_result(self, playbook, result, troubled):
        """Tell who wants to know about a failure, and about the recovery from one.

        :param bool troubled: something was wrong before
        """
        error = result.get("error") or {}
        if error.get("class") == CANCELLED:
            self.message_post(body=self._describe_failure(playbook, error))
        elif error:
            body = self._describe_failure(playbook, error)
            self._notify_change(FAILURE, body, self.last_run_id)
        elif troubled and self.health == OK:
            body = self.env._("The host answers again.")
            self._notify_change(RECOVERY, body, self.last_run_id)

    def _describe_failure(self, playbook, error):
        labels = self.env["kubernetes.run"]._fields["playbook"]
        return self.env._(
            "%(playbook)s failed: %(message)s %(hint)s",
            playbook=dict(labels._description_selection(self.env))[playbook],
            message=error.get("message") or "",
            hint=hints.translate(self.env, error.get("hint")),
        )

    def _get_decisive_ladder_state(self):
        """Return the health that the last ladder shows, UNKNOWN without one."""
        self.ensure_one()
        states = {step.get("state") for step in (self.ladder or [])}
        for state in (FAILED, "pending"):
            if state in states:
                return state
        return "ok" if states else UNKNOWN
