from odoo import fields, models
from odoo.exceptions import UserError

from .states import (
    ACTIVE,
    ACTIVE_RUN_STATES,
    DONE,
    PLAYBOOKS,
    RESUME,
    SUSPEND,
    SUSPENDED,
    TERMINATE,
)

# Decisions that an operator may repeat; all others are an administrator's.
OPERATORS_DECISIONS = frozenset({"host_manifests_overwrite"})
WITHOUT_BACKUP = "host_remove_without_backup"
# A run that follows the lifecycle is repeated only while that still says so.
_LIFECYCLE_OF = {SUSPEND: SUSPENDED, RESUME: ACTIVE}


class KubernetesRunAgain(models.AbstractModel):
    """The same once more: for all hosts of a run, or for those that failed."""

    _name = "kubernetes.run.again"
    _description = "Kubernetes Run: Run Again"

    is_repeatable = fields.Boolean(compute="_compute_is_repeatable")

    def _compute_is_repeatable(self):
        for run in self:
            playbook = PLAYBOOKS.get(run.playbook)
            ended = run.state not in ACTIVE_RUN_STATES
            run.is_repeatable = bool(ended and playbook and playbook.repeatable)

    # === ACTION METHODS === #

    def action_run_again(self):
        """Queue the same once more, for all hosts of the run."""
        return self._run_again(self.line_ids)

    def action_run_failed(self):
        """Queue the same once more, for the hosts that failed."""
        self._check_operator()
        failed = self.line_ids.filtered(lambda line: line.state != DONE)
        if not failed:
            raise UserError(self.env._("No host of this run failed."))
        return self._run_again(failed)

    # === BUSINESS METHODS === #

    def _run_again(self, lines):
        """Queue the same once more for some lines and open the new run.

        :raise UserError: the run is at work, or what it did is no longer wanted
        :raise AccessError: it was decided by somebody with more rights
        """
        self.ensure_one()
        self._check_operator()
        hosts = lines.host_id
        self._check_repeatable(hosts)
        if self.playbook == TERMINATE:
            # Its confirmation names the hosts: made anew for those that are left.
            waived = bool((self.decisions or {}).get(WITHOUT_BACKUP))
            return hosts._terminate(without_backup=waived).action_open()
        run = self._queue(
            self.playbook,
            cluster=self.cluster_id,
            hosts=hosts,
            manifests=self.manifest_ids,
            versions=self.version_ids,
            decisions=self.decisions,
        )
        return run.action_open()

    def _check_repeatable(self, hosts):
        if self.state in ACTIVE_RUN_STATES:
            raise UserError(
                self.env._("%(run)s is still at work.", run=self.display_name)
            )
        if not PLAYBOOKS[self.playbook].repeatable:
            raise UserError(
                self.env._(
                    "%(run)s can't be repeated from here: start it anew where it was "
                    "started.",
                    run=self.display_name,
                )
            )
        if set(self.decisions or {}) - OPERATORS_DECISIONS:
            self.env["kubernetes.host"]._check_administrator()
        hosts._check_not_terminated()
        wanted = _LIFECYCLE_OF.get(self.playbook)
        for host in hosts:
            if wanted and host.lifecycle != wanted:
                raise UserError(
                    self.env._(
                        "%(host)s has another lifecycle by now: this run would undo it.",
                        host=host.fqdn,
                    )
                )
        if hosts and PLAYBOOKS[self.playbook].manifests:
            hosts._check_ready()
