import logging

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.kubernetes_hosting.models.states import (
    LIVING,
    OK,
    SUSPENDED,
)

from .kubernetes_run import ACCESS, RENEW

_logger = logging.getLogger(__name__)

# The user that the shipped manifest gives the first password to.
FIRST_LOGIN = "admin"


class KubernetesHost(models.Model):
    """What a customer may do with his host, and what he must not see of it."""

    _name = "kubernetes.host"
    _inherit = [
        "kubernetes.host.portal.reset",
        "kubernetes.host.portal.backup",
        "kubernetes.host.portal",
        "kubernetes.host",
    ]

    # What the cluster answered is for the people who run it.
    objects = fields.Json(groups="base.group_user")
    observed = fields.Json(groups="base.group_user")
    command = fields.Char(groups="base.group_user")
    error_message = fields.Text(groups="base.group_user")
    error_object = fields.Char(groups="base.group_user")
    error_hint = fields.Text(groups="base.group_user")
    next_step = fields.Text(groups="base.group_user")

    # === BUSINESS METHODS: ACCESS === #

    def _request_access(self, renew=False):
        """Queue the run that hands over a password, or find the one at work.

        Callers have checked that the user may read the host.

        :param bool renew: set a new password before; else the first one is shown
        :return: the run, as superuser
        :raise UserError: the host was never deployed, or is suspended
        """
        self.ensure_one()
        self._check_access_possible(renew)
        run_sudo = self._get_access_run(renew=renew)
        if not run_sudo:
            host_sudo = self.sudo()
            run_sudo = (
                self.env["kubernetes.run"]
                ._queue(
                    ACCESS,
                    cluster=host_sudo.cluster_id,
                    hosts=host_sudo,
                    decisions={RENEW: True} if renew else None,
                )
                .sudo()
            )
            if renew:
                self._log_by_user(self.env._("asked for a new password."))
        return run_sudo

    def _check_access_possible(self, renew):
        """Refuse what can't work now.

        :raise UserError: says when it can
        """
        host_sudo = self.sudo()
        if host_sudo.lifecycle not in LIVING or not host_sudo.checked_at:
            raise UserError(
                self.env._(
                    "%(host)s is not ready yet: try again later.", host=host_sudo.fqdn
                )
            )
        reason = renew and self._explain_no_renewal()
        if reason:
            raise UserError(reason)

    def _explain_no_renewal(self):
        """Return why no new password can be set, False when one can."""
        host_sudo = self.sudo()
        if host_sudo.lifecycle == SUSPENDED:
            return self.env._(
                "%(host)s is suspended: a new password can be set once it runs again.",
                host=host_sudo.fqdn,
            )
        if not host_sudo._has_jobs():
            return self.env._(
                "No new password can be set on %(host)s: ask us.", host=host_sudo.fqdn
            )
        return False

    def _get_access_run(self, run_id=None, renew=None):
        """Return the present user's own run for this host, as superuser.

        :param int run_id: which one; without it the one that is still at work
        :param bool renew: only a run that sets a new password, or only one that doesn't
        """
        runs_sudo = self.env["kubernetes.run"]._get_own(ACCESS, self, run_id)
        if renew is not None:
            runs_sudo = runs_sudo.filtered(lambda run: run._renews_password() == renew)
        return runs_sudo[:1]

    def _reveal_password(self, run_sudo):
        """Return the password once it is there, and write down who has seen it.

        :return: the password, or None while the run is at work
        """
        self.ensure_one()
        password = run_sudo._read_secret()
        if password is not None:
            text = self.env._("looked at the first password.")
            if run_sudo._renews_password():
                text = self.env._("looked at the new password.")
            self._log_by_user(text)
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
                    "The password could not be handed over: %(message)s %(hint)s",
                    message=error.get("message") or "",
                    hint=error.get("hint") or "",
                )
            )

    def _is_green(self):
        """Return whether every step of the last ladder was ok."""
        self.ensure_one()
        return self.health == OK and self._get_decisive_ladder_state() == OK
