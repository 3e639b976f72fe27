import logging
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.kubernetes_hosting.models.kubernetes_host import LIVING
from odoo.addons.kubernetes_hosting.models.states import ACTIVE_RUN_STATES, OK

from .kubernetes_run import ACCESS

_logger = logging.getLogger(__name__)

# The user that the shipped manifest gives the first password to.
FIRST_LOGIN = "admin"
# A page that is loaded again finds its run; later than this a new one is started.
RUN_VALID_FOR = timedelta(minutes=5)


class KubernetesHost(models.Model):
    """What a customer may do with his host, and what he must not see of it."""

    _inherit = "kubernetes.host"

    # What the cluster answered is for the people who run it.
    objects = fields.Json(groups="base.group_user")
    observed = fields.Json(groups="base.group_user")
    command = fields.Char(groups="base.group_user")
    error_message = fields.Text(groups="base.group_user")
    error_object = fields.Char(groups="base.group_user")
    error_hint = fields.Text(groups="base.group_user")

    # === BUSINESS METHODS: ACCESS === #

    def _request_access(self):
        """Queue the run that hands over the first password, or find the one at work.

        Callers have checked that the user may read the host.

        :return: the run, as superuser
        :raise UserError: the host was never deployed
        """
        self.ensure_one()
        host_sudo = self.sudo()
        if host_sudo.lifecycle not in LIVING or not host_sudo.checked_at:
            raise UserError(
                self.env._(
                    "%(host)s is not ready yet: try again later.", host=self.fqdn
                )
            )
        run_sudo = self._get_access_run()
        if not run_sudo:
            run_sudo = (
                self.env["kubernetes.run"]
                ._queue(ACCESS, cluster=host_sudo.cluster_id, hosts=host_sudo)
                .sudo()
            )
        return run_sudo

    def _get_access_run(self, run_id=None):
        """Return the present user's own run for this host, as superuser.

        :param int run_id: which one; without it the one that is still at work
        """
        domain = [
            ("playbook", "=", ACCESS),
            ("user_id", "=", self.env.uid),
            ("line_ids.host_id", "=", self.id),
            ("create_date", ">", fields.Datetime.now() - RUN_VALID_FOR),
        ]
        if run_id:
            domain.append(("id", "=", run_id))
        else:
            domain.append(("state", "in", ACTIVE_RUN_STATES))
        return self.env["kubernetes.run"].sudo().search(domain, limit=1)

    def _reveal_password(self, run_sudo):
        """Return the password once it is there, and write down who has seen it.

        :return: the password, or None while the run is at work
        """
        self.ensure_one()
        password = run_sudo._read_password()
        if password is not None:
            self.sudo().message_post(
                body=self.env._(
                    "%(user)s looked at the first password.", user=self.env.user.name
                ),
                author_id=self.env.user.partner_id.id,
            )
        return password

    def _get_first_login(self):
        """Return the login name that the first password belongs to."""
        return FIRST_LOGIN

    # === BUSINESS METHODS: RESULT === #

    def _store_result(self, playbook, result):
        """Send the access data once production is green; access says nothing of health."""
        if playbook == ACCESS:
            self._log_access_failure(result.get("error"))
            return
        super()._store_result(playbook, result)
        project_sudo = self.sudo().project_id
        if project_sudo._is_access_mail_due():
            project_sudo._try_to_send_access_mail()

    def _log_access_failure(self, error):
        if error:
            self.sudo().message_post(
                body=self.env._(
                    "The first password could not be shown: %(message)s %(hint)s",
                    message=error.get("message") or "",
                    hint=error.get("hint") or "",
                )
            )

    def _is_green(self):
        """Return whether every step of the last ladder was ok."""
        self.ensure_one()
        return self.health == OK and self._get_decisive_ladder_state() == OK
