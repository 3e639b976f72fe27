from odoo import api, models
from odoo.exceptions import UserError

from .kubernetes_host_import import ADOPTING
from .states import (
    ACTIVE,
    APPLY,
    DRAFT,
    IDLE,
    LIVING,
    PLAYBOOKS,
    STATUS,
    TERMINATED,
    UPDATE,
)


class KubernetesHostActions(models.AbstractModel):
    """What can be done with hosts, and what has to be true before."""

    _name = "kubernetes.host.actions"
    _inherit = ["kubernetes.rights.mixin"]
    _description = "Kubernetes Host: Actions"

    # === ACTION METHODS === #

    def action_apply(self):
        """Bring the hosts into the state that Odoo holds; drafts become active."""
        self.check_access("write")
        self._check_not_terminated()
        self._check_ready()
        drafts = self.filtered(lambda host: host.lifecycle == DRAFT)
        # Becoming active queues the deployment by itself.
        drafts.write({"lifecycle": ACTIVE})
        return self._action_after_queue(
            (self - drafts)._queue(APPLY) | drafts._get_runs()
        )

    def action_update(self):
        """Bring the newest approved versions of the manifests to the hosts."""
        self.check_access("write")
        self._check_lifecycle()
        self._check_ready()
        return self._action_after_queue(self._update())

    def action_check_status(self):
        """Look at the hosts without changing anything."""
        self._check_user()
        self._check_lifecycle()
        busy = self.filtered(lambda host: host.activity != IDLE)
        if self and self == busy:
            raise UserError(
                self.env._("A run is at work: its result shows the status too.")
            )
        return self._action_after_queue((self - busy)._queue(STATUS))

    def action_view_runs(self):
        """Open the runs of these hosts."""
        self._check_user()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "kubernetes_hosting.kubernetes_run_action"
        )
        return action | {
            "domain": [("line_ids.host_id", "in", self.ids)],
            "context": {},
        }

    def action_view_log(self):
        """Open the run that is at work."""
        self.ensure_one()
        self._check_user()
        return (self.active_run_id or self.last_run_id).action_open()

    def action_cancel_run(self):
        """Cancel the run that is at work."""
        self.ensure_one()
        self.check_access("write")
        return self.active_run_id.action_cancel()

    def action_view_sibling(self):
        """Open the other host of the project."""
        self.ensure_one()
        self._check_user()
        return self.sibling_id.get_formview_action()

    def action_view_project(self):
        """Open the project."""
        self.ensure_one()
        self._check_user()
        return self.project_id.get_formview_action()

    def _action_after_queue(self, runs):
        """Stay on one host's form; show the runs when several hosts were chosen."""
        if len(self) == 1 or not runs:
            return True
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "kubernetes_hosting.kubernetes_run_action"
        )
        return action | {"domain": [("id", "in", runs.ids)], "context": {}}

    # === BUSINESS METHODS: QUEUE === #

    def _update(self):
        """Take the newest approved versions and queue the runs that bring them."""
        self.manifest_line_ids._take_latest()
        return self._queue(UPDATE)

    def _check_lifecycle(self):
        """Refuse hosts that are nowhere deployed.

        :raise UserError: names the first one and the next step
        """
        for host in self:
            if host.lifecycle not in LIVING:
                raise UserError(
                    self.env._(
                        "%(host)s is not active: press Apply first.", host=host.fqdn
                    )
                )

    def _check_not_terminated(self):
        for host in self:
            if host.lifecycle == TERMINATED:
                raise UserError(
                    self.env._(
                        "%(host)s is terminated: create a new host instead.",
                        host=host.fqdn,
                    )
                )

    def _check_ready(self):
        """Refuse hosts that lack an approved manifest or a usable kubeconfig.

        :raise UserError: names the manifest and the next step
        """
        for host in self:
            if not host.manifest_line_ids:
                raise UserError(
                    self.env._(
                        "%(host)s has no manifest: add one on the tab Manifests.",
                        host=host.fqdn,
                    )
                )
            missing = host._get_unapproved_lines()
            if missing:
                raise UserError(missing[0]._explain_unapproved())
        self._check_kubeconfig()

    def _check_kubeconfig(self):
        """Refuse hosts of a cluster whose kubeconfig can't be used.

        :raise UserError: names what is wrong with it
        """
        for cluster in self.cluster_id:
            cluster.sudo()._get_kubeconfig()

    def _queue(self, playbook, decisions=None):
        """Queue one run per cluster; callers have checked rights and readiness.

        :param dict decisions: extra variables of these runs alone, from the closed
            list of the playbook
        :return: kubernetes.run records
        :raise UserError: a writing run is at work on one of the hosts
        """
        runs = self.env["kubernetes.run"]
        for cluster, hosts in self.grouped("cluster_id").items():
            hosts.manifest_line_ids.sudo()._pin_missing()
            runs |= runs._queue(
                playbook, cluster=cluster, hosts=hosts, decisions=decisions
            )
        if PLAYBOOKS[playbook].writes:
            self.sudo().write({"deploy_waiting": False})
        return runs

    def _deploy_when_ready(self):
        """Queue the deployment of active hosts, or remember it until approval.

        Whoever created the host: never raises for what an administrator has yet to
        do, because the host (and the order behind it) must not be lost.
        """
        waiting = self.filtered(
            lambda host: not host.manifest_line_ids or host.sudo()._get_unapproved()
        )
        waiting.sudo().write({"deploy_waiting": True})
        # The jobs on their data, too: nobody waits for those, but a reset needs them.
        missing = waiting.sudo()._get_unapproved() | self._get_unapproved_jobs()
        missing.filtered(lambda manifest: not manifest.version_ids)._queue_fetch()
        adopting = self.env.context.get("kubernetes_adopting") is ADOPTING
        decisions = {"host_namespace_adopt": True} if adopting else None
        (self - waiting)._queue(APPLY, decisions)

    @api.model
    def _deploy_waiting(self):
        """Deploy the hosts that waited for the approval of their manifests."""
        adopted = [("adopted_sha256", "!=", False)]
        self.env["kubernetes.host.manifest"].search(adopted)._pin_adopted()
        waiting = self.search(
            [
                ("deploy_waiting", "=", True),
                ("lifecycle", "=", ACTIVE),
                ("activity", "=", IDLE),
                ("manifest_line_ids", "!=", False),
            ]
        )
        waiting.filtered(lambda host: not host._get_unapproved())._queue(APPLY)

    def _get_runs(self):
        return self._get_active_lines().run_id
