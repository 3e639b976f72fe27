from odoo import api, fields, models

from . import hints
from .states import CLUSTER_CHECK, QUEUED

# Errors that every host of the cluster would get now.
PAUSING = frozenset({"unreachable", "unauthorized"})
# A check that ended so says nothing of the cluster.
_NO_ANSWER = PAUSING | {
    "busy",
    "cancelled",
    "internal",
    "lost",
    "not_started",
    "timeout",
}
FIRST_PROBE = 15  # seconds, doubled with each check that fails
LONGEST_PROBE = 600


class KubernetesClusterPause(models.AbstractModel):
    """A cluster that does not answer pauses its queue instead of failing every host.

    The queued runs wait; a check of the connection is repeated with back-off, and the
    queue goes on by itself once the cluster answers.
    """

    _name = "kubernetes.cluster.pause"
    _description = "Kubernetes Cluster: Pause of the Queue"

    paused_at = fields.Datetime(
        string="Queue Paused Since", readonly=True, copy=False, index="btree_not_null"
    )
    pause_reason = fields.Text(readonly=True, copy=False)
    probe_wait = fields.Integer(readonly=True, copy=False)
    waiting_count = fields.Integer(compute="_compute_waiting_count")

    # === COMPUTE METHODS === #

    def _compute_waiting_count(self):
        waiting = self.env["kubernetes.run"]._read_group(
            self._get_waiting_domain(), ["cluster_id"], ["__count"]
        )
        counts = dict(waiting)
        for cluster in self:
            cluster.waiting_count = counts.get(cluster, 0)

    # === BUSINESS METHODS === #

    def _get_waiting_domain(self):
        return [
            ("cluster_id", "in", self.ids),
            ("state", "=", QUEUED),
            ("playbook", "!=", CLUSTER_CHECK),
        ]

    def _take_error(self, error):
        """Pause the queue when an error concerns the whole cluster.

        :param dict|None error: in the form of the result contract
        """
        if not self or (error or {}).get("class") not in PAUSING:
            return
        self.ensure_one()
        cluster_sudo = self.sudo()
        if cluster_sudo.paused_at:
            return
        reason = " ".join(
            filter(
                None,
                [error.get("message"), hints.translate(self.env, error.get("hint"))],
            )
        )
        cluster_sudo.write(
            {
                "paused_at": fields.Datetime.now(),
                "pause_reason": reason,
                "probe_wait": FIRST_PROBE,
            }
        )
        cluster_sudo.message_post(
            body=self.env._(
                "The cluster does not answer; its queue is paused. %(reason)s",
                reason=reason,
            )
        )
        cluster_sudo._queue_probe()

    def _take_probe(self, error, check):
        """Let the queue go on when the cluster has answered, else look again later.

        :param dict|None error: what the check of the connection ended with
        :param check: that check's run, which ends with this
        """
        self.ensure_one()
        kind = (error or {}).get("class")
        if not self.paused_at:
            self._take_error(error)
        elif kind in _NO_ANSWER:
            self.probe_wait = min(LONGEST_PROBE, self.probe_wait * 2)
            self._queue_probe(check)
        else:
            self._resume_queue()

    def _resume_queue(self):
        """Launch what has waited; does nothing when the queue is not paused."""
        if not (self and self.sudo().paused_at):
            return
        cluster_sudo = self.sudo()
        cluster_sudo.write({"paused_at": False, "pause_reason": False})
        cluster_sudo.message_post(
            body=self.env._("The cluster answers again; its queue goes on.")
        )
        runs = self.env["kubernetes.run"].sudo()
        runs.search(self._get_waiting_domain(), order="id")._queue_launch()

    def _queue_probe(self, ended=None):
        """Queue a check of the connection after the wait, unless one is on its way.

        :param ended: a check that still counts as active but has reported
        """
        runs = self.env["kubernetes.run"]
        busy = runs._get_active(cluster_ids=self.ids) - (ended or runs)
        if CLUSTER_CHECK not in busy.mapped("playbook"):
            runs._queue(CLUSTER_CHECK, cluster=self, wait=self.probe_wait)

    @api.model
    def _probe_paused(self):
        """Look at paused clusters whose check was cancelled or got lost."""
        paused = self.search([("paused_at", "!=", False)])
        checked = self.env["kubernetes.run"]._get_active(cluster_ids=paused.ids)
        checked = checked.filtered(lambda run: run.playbook == CLUSTER_CHECK)
        for cluster in paused - checked.cluster_id:
            cluster._queue_probe()
