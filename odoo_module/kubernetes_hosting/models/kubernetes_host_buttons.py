from odoo import api, fields, models

from .states import DRAFT, IDLE, LIVING, TERMINATED


class KubernetesHostButtons(models.AbstractModel):
    """Why a button of the host's form can't be pressed now."""

    _name = "kubernetes.host.buttons"
    _description = "Kubernetes Host: Buttons"

    blocked = fields.Json(
        compute="_compute_blocked",
        groups="kubernetes_hosting.group_user",
        help="Button → the reason why it can't be pressed now.",
    )

    @api.depends(
        "activity", "lifecycle", "manifest_line_ids.manifest_id.current_version_id"
    )
    def _compute_blocked(self):
        for host in self:
            host.blocked = host._get_blocked()

    def _get_blocked(self):
        """Return the buttons that can't be pressed now, each with the reason.

        The actions themselves refuse the same: this only says so beforehand.

        :rtype: dict[str, str]
        """
        self.ensure_one()
        writing = self._explain_writing()
        unready = self._explain_unready()
        reasons = {
            "action_apply": writing or unready,
            "action_update": writing or self._explain_undeployed() or unready,
            "action_check_status": self._explain_undeployed() or self._explain_busy(),
            "action_preview": self._explain_busy() or unready,
            "action_suspend": writing,
            "action_resume": writing or unready,
            "action_terminate": writing,
        }
        return {button: reason for button, reason in reasons.items() if reason}

    def _explain_writing(self):
        """Return why nothing can be written now, False when it can."""
        if self.lifecycle == TERMINATED:
            return self.env._("The host is terminated: create a new one instead.")
        if self._get_active_lines().filtered("writes"):
            return self.env._(
                "A run is at work: wait until it has ended, or cancel it."
            )
        return False

    def _explain_busy(self):
        if self.activity != IDLE:
            return self.env._("A run is at work: its result shows the status too.")
        return False

    def _explain_undeployed(self):
        if self.lifecycle == DRAFT:
            return self.env._("The host is a draft: press Apply first.")
        if self.lifecycle not in LIVING:
            return self._explain_writing()
        return False

    def _explain_unready(self):
        """Return which manifest stands in the way, False when all are approved."""
        if not self.manifest_line_ids:
            return self.env._("Add a manifest on the tab Manifests first.")
        missing = self.sudo()._get_unapproved_lines()
        return missing[0]._explain_unapproved() if missing else False
