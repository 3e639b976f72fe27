from odoo import fields, models

from odoo.addons.kubernetes_hosting.models.kubernetes_run_secret import (
    HAND_OVERS,
    HandOver,
)
from odoo.addons.kubernetes_hosting.models.states import PLAYBOOKS, Playbook

ACCESS = "access"
# The decision of a run that sets a new password, see playbooks/README.md.
RENEW = "host_access_renew"
PLAYBOOKS.setdefault(
    ACCESS, Playbook(writes=False, seconds=600, seconds_per_host=20, repeatable=False)
)
HAND_OVERS.setdefault(ACCESS, HandOver("host_access_file", "first_password"))


class KubernetesRun(models.Model):
    """A run of access.yml: it hands a password over in a file, and nowhere else."""

    _inherit = "kubernetes.run"

    playbook = fields.Selection(
        selection_add=[(ACCESS, "Show access")], ondelete={ACCESS: "cascade"}
    )

    def _renews_password(self):
        """Return whether this run sets a new password."""
        self.ensure_one()
        return bool((self.decisions or {}).get(RENEW))
