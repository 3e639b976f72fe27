import logging
from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.kubernetes_hosting.models.states import (
    ACTIVE_RUN_STATES,
    DONE,
    PLAYBOOKS,
    Playbook,
)

_logger = logging.getLogger(__name__)

ACCESS = "access"
# The decision of a run that sets a new password, see playbooks/README.md.
RENEW = "host_access_renew"
PLAYBOOKS.setdefault(
    ACCESS, Playbook(writes=False, seconds=600, seconds_per_host=20, repeatable=False)
)
# The one place of the password on this machine: in the run's directory (0700), from
# the playbook's last task until the page has read it.
PASSWORD_FILE = "first_password"
MAXIMUM_SIZE = 4096  # bytes
UNREAD_FOR = timedelta(minutes=5)


class KubernetesRun(models.Model):
    """A run of access.yml: it hands a password over in a file, and nowhere else."""

    _inherit = "kubernetes.run"

    playbook = fields.Selection(
        selection_add=[(ACCESS, "Show access")], ondelete={ACCESS: "cascade"}
    )

    def _prepare_extra_vars(self, path):
        if self.playbook == ACCESS:
            decisions = self.decisions or {}
            return decisions | {"host_access_file": str(path / PASSWORD_FILE)}
        return super()._prepare_extra_vars(path)

    def _renews_password(self):
        """Return whether this run sets a new password."""
        self.ensure_one()
        return bool((self.decisions or {}).get(RENEW))

    def _end(self, state, error=None):
        """Leave no password of a run that ended badly."""
        if self.playbook == ACCESS and state != DONE:
            self._get_password_file().unlink(missing_ok=True)
        return super()._end(state, error)

    def _retry_or_lose(self, error):
        """Leave no password in the old directory: the run starts again in a new one."""
        if self.playbook == ACCESS:
            self._get_password_file().unlink(missing_ok=True)
        return super()._retry_or_lose(error)

    def _get_password_file(self):
        return self._get_path() / PASSWORD_FILE

    def _read_password(self):
        """Return the password that the run has handed over, None before.

        The file is deleted once this transaction is committed: a transaction that is
        repeated finds it again.
        """
        self.ensure_one()
        file = self._get_password_file()
        try:
            with file.open("rb") as stream:
                content = stream.read(MAXIMUM_SIZE)
        except FileNotFoundError:
            return None
        self.env.cr.postcommit.add(lambda: file.unlink(missing_ok=True))
        return content.decode(errors="replace")

    @api.model
    def _cron_delete_passwords(self):
        """Delete what nobody came to read."""
        limit = fields.Datetime.now() - UNREAD_FOR
        domain = [
            ("playbook", "=", ACCESS),
            ("create_date", "<", limit),
            ("write_date", ">", limit - timedelta(days=1)),
            ("state", "not in", ACTIVE_RUN_STATES),
        ]
        for run in self.search(domain):
            file = run._get_password_file()
            if file.exists():
                file.unlink(missing_ok=True)
                _logger.info(
                    "Run %s: nobody read the password, it is deleted", run.uuid
                )
