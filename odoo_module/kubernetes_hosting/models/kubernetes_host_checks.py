from odoo import api, fields, models

from .states import ACTIVE, ACTIVE_RUN_STATES, IDLE, STATUS

# Hosts of one automatic run: each cluster has one such run at a time, so that a
# thousand hosts make neither a long queue nor one run that lasts all night.
BATCH = 20


class KubernetesHostChecks(models.AbstractModel):
    """When hosts are looked at without anybody asking."""

    _name = "kubernetes.host.checks"
    _description = "Kubernetes Host: Checks"

    @api.model
    def _cron_check_all(self):
        """Each night: let every active host be looked at, in batches.

        A host that still waits from the night before waits once: nothing piles up.
        """
        waiting = [("lifecycle", "=", ACTIVE), ("recheck_at", "=", False)]
        self.search(waiting).write({"recheck_at": fields.Datetime.now()})

    @api.model
    def _queue_rechecks(self):
        """Look again at hosts that are due: pending ones first, a batch per cluster."""
        due = [("recheck_at", "<=", fields.Datetime.now())]
        due += [("lifecycle", "=", ACTIVE), ("activity", "=", IDLE)]
        # Nobody answers there: the hosts' turn comes when the cluster is back.
        due += [("cluster_id.paused_at", "=", False)]
        clusters = self._read_group(due, ["cluster_id"])
        busy = self._get_checking_clusters()
        for (cluster,) in clusters:
            if cluster in busy:
                continue
            batch = self.search(
                [*due, ("cluster_id", "=", cluster.id)],
                order="pending_since, recheck_at, id",
                limit=BATCH,
            )
            batch.write({"recheck_at": False})
            batch._queue(STATUS)

    @api.model
    def _get_checking_clusters(self):
        """Return the clusters whose hosts are being looked at."""
        runs = self.env["kubernetes.run"].search(
            [("playbook", "=", STATUS), ("state", "in", ACTIVE_RUN_STATES)]
        )
        return runs.cluster_id
