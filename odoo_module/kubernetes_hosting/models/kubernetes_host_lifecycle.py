from odoo import models

from .kubernetes_host_attention import ACTIVITY_TYPE
from .states import ACTIVE, PREVIEW, SUSPENDED, TERMINATE, TERMINATED


class KubernetesHostLifecycle(models.AbstractModel):
    """Suspend, resume and terminate hosts; look ahead at what an Apply would do."""

    _name = "kubernetes.host.lifecycle"
    _description = "Kubernetes Host: Lifecycle"

    # === ACTION METHODS === #

    def action_preview(self):
        """List what Apply would create, change and prune; changes nothing."""
        self._check_user()
        self._check_not_terminated()
        self._check_ready()
        return self._action_after_queue(self._queue(PREVIEW))

    def action_suspend(self):
        """Stop the pods of active hosts; data, Secrets and addresses stay."""
        self.check_access("write")
        self._check_lifecycle()
        self._suspend()
        return True

    def action_resume(self):
        """Start suspended hosts again."""
        self.check_access("write")
        self._check_lifecycle()
        self._check_ready()
        self._resume()
        return True

    def action_terminate(self):
        """Ask for the typed name before a host is deleted with all its data."""
        self.ensure_one()
        self._check_administrator()
        self._check_lifecycle()
        wizard = self.env["kubernetes.host.terminate"].create({"host_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Terminate %(host)s", host=self.fqdn),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    # === BUSINESS METHODS === #

    def _suspend(self):
        """Suspend the active ones of these hosts; writing the lifecycle queues the run.

        :raise UserError: a writing run is at work on one of them
        """
        active = self.filtered(lambda host: host.lifecycle == ACTIVE)
        active.write({"lifecycle": SUSPENDED})

    def _resume(self):
        """Resume the suspended ones of these hosts; writing the lifecycle queues the run.

        :raise UserError: a writing run is at work on one of them
        """
        suspended = self.filtered(lambda host: host.lifecycle == SUSPENDED)
        suspended.write({"lifecycle": ACTIVE})

    def _terminate(self, without_backup=False):
        """Queue the deletion of the hosts with all their data.

        A host is terminated once the playbook says that its namespace is gone or on
        its way out: a failed run leaves it as it was.

        :param bool without_backup: the recorded waiver of a backup
        :return: kubernetes.run records
        :raise UserError: a writing run is at work on one of them
        """
        self._check_administrator()
        self._check_lifecycle()
        runs = self.env["kubernetes.run"]
        for hosts in self.grouped("cluster_id").values():
            decisions = {"host_remove_confirm": ",".join(hosts.mapped("fqdn"))}
            if without_backup:
                decisions["host_remove_without_backup"] = True
            runs |= hosts._queue(TERMINATE, decisions)
        return runs

    def _has_verified_backup(self, since=None):
        """Return whether a backup of this host exists that was proven to be whole.

        :param since: not older than that; by default what ``terminate.yml`` asks for
        """
        self.ensure_one()
        return False

    def _log_termination(self, without_backup):
        """Write down who terminates the host, and that the backup was waived."""
        self.ensure_one()
        body = self.env._("%(user)s terminates the host.", user=self.env.user.name)
        if without_backup:
            body += " " + self.env._("Without a backup: this was confirmed.")
        self.message_post(body=body)

    def _store_termination(self):
        """Take note that the host's namespace is gone."""
        self.sudo().activity_unlink([ACTIVITY_TYPE])
        self.sudo().write(
            {
                "lifecycle": TERMINATED,
                "health": "unknown",
                "ladder": [],
                "objects": [],
                "observed": {},
                "recheck_at": False,
                "pending_since": False,
            }
        )
        self.project_id.sudo()._rest_when_empty()
