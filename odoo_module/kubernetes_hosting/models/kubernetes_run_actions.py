from odoo import models
from odoo.exceptions import UserError

from .states import ACTIVE_RUN_STATES


class KubernetesRunActions(models.AbstractModel):
    """What can be done with runs, and who may do it."""

    _name = "kubernetes.run.actions"
    _inherit = ["kubernetes.rights.mixin"]
    _description = "Kubernetes Run: Actions"

    # === ACTION METHODS === #

    def action_open(self):
        """Open this run."""
        self.ensure_one()
        self._check_user()
        return self.get_formview_action()

    def action_cancel(self):
        """Cancel runs: at once when queued, else by asking the supervisor."""
        self._check_operator()
        for run in self:
            if run.state not in ACTIVE_RUN_STATES:
                raise UserError(
                    self.env._("%(run)s has ended already.", run=run.display_name)
                )
            run.sudo()._cancel()
        return True

    def _check_operator(self):
        """Check that the user may write on what these runs work on.

        :raise AccessError: a host, manifest or cluster is not his to change
        """
        for run in self:
            run.check_access("read")
            subject = run.line_ids.host_id or run.manifest_ids or run.cluster_id
            subject.check_access("write")
