from odoo import models


class KubernetesRun(models.Model):
    _inherit = "kubernetes.run"

    def _queue_launch(self, seconds=0):
        """Queue the launch without the companies of the shop that the order is from.

        Our own user, who the job belongs to, may not be allowed in them.
        """
        runs = self.with_context(allowed_company_ids=None)
        return super(KubernetesRun, runs)._queue_launch(seconds=seconds)
