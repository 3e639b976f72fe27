import logging
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models

from .states import ACTIVE_RUN_STATES, BACKUP_DOWNLOAD

_logger = logging.getLogger(__name__)


class HandOver(NamedTuple):
    """A secret that a playbook hands over: in a file, and nowhere else.

    ``variable`` tells the playbook which file; ``file`` is its name in the run's
    directory (0700). There it lies from the playbook's last task until it is read.
    """

    variable: str
    file: str


# By playbook; addons add their own.
HAND_OVERS = {
    BACKUP_DOWNLOAD: HandOver("host_backup_token_file", "download_token"),
}
MAXIMUM_SIZE = 4096  # bytes
UNREAD_FOR = timedelta(minutes=5)
# A page that is loaded again finds its run; later than this a new one is started.
RUN_VALID_FOR = timedelta(minutes=5)


class KubernetesRunSecret(models.AbstractModel):
    """A run that hands a secret over to the one who asked for it, once."""

    _name = "kubernetes.run.secret"
    _description = "Kubernetes Run: Hand-over of a Secret"

    def _prepare_extra_vars(self, path):
        extra = super()._prepare_extra_vars(path)
        own = HAND_OVERS.get(self.playbook)
        return extra | {own.variable: str(path / own.file)} if own else extra

    def _retry_or_lose(self, error):
        """Leave nothing in the old directory: the run starts again in a new one."""
        self._delete_secret()
        return super()._retry_or_lose(error)

    def _get_secret_file(self):
        return self._get_path() / HAND_OVERS[self.playbook].file

    def _delete_secret(self):
        """Delete what was handed over, if this run does hand something over."""
        if self.playbook in HAND_OVERS:
            self._get_secret_file().unlink(missing_ok=True)

    def _read_secret(self):
        """Return the secret that the run has handed over, None before.

        The file is deleted once this transaction is committed: a transaction that is
        repeated finds it again.
        """
        self.ensure_one()
        file = self._get_secret_file()
        try:
            with file.open("rb") as stream:
                content = stream.read(MAXIMUM_SIZE)
        except FileNotFoundError:
            return None
        self.env.cr.postcommit.add(lambda: file.unlink(missing_ok=True))
        return content.decode(errors="replace")

    @api.model
    def _get_own(self, playbook, host, run_id=None):
        """Return the present user's own runs that hand something of a host over.

        :param int run_id: which one; without it those that are still at work
        :return: kubernetes.run records, as superuser
        """
        domain = [
            ("playbook", "=", playbook),
            ("user_id", "=", self.env.uid),
            ("line_ids.host_id", "=", host.id),
            ("create_date", ">", fields.Datetime.now() - RUN_VALID_FOR),
        ]
        if run_id:
            domain.append(("id", "=", run_id))
        else:
            domain.append(("state", "in", ACTIVE_RUN_STATES))
        return self.sudo().search(domain)

    @api.model
    def _cron_delete_secrets(self):
        """Delete what nobody came to read."""
        limit = fields.Datetime.now() - UNREAD_FOR
        domain = [
            ("playbook", "in", list(HAND_OVERS)),
            ("create_date", "<", limit),
            ("write_date", ">", limit - timedelta(days=1)),
            ("state", "not in", ACTIVE_RUN_STATES),
        ]
        for run in self.search(domain):
            file = run._get_secret_file()
            if file.exists():
                file.unlink(missing_ok=True)
                _logger.info("Run %s: nobody read its secret, it is deleted", run.uuid)
