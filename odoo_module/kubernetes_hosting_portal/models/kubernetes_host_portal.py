from odoo import models

from odoo.addons.kubernetes_hosting.models.states import (
    APPLY,
    CANCELLED,
    DONE,
    FAILED,
    LOST,
    OK,
    PENDING,
    RESUME,
    RUNNING,
    SUSPEND,
    SUSPENDED,
    UPDATE,
)

from .kubernetes_run import ACCESS

# What customers read, in the order of a visitor's way: label, steps of the ladder.
STEPS = {
    "name": ("dns",),
    "entrance": ("ingress", "address"),
    "encryption": ("certificate",),
    "application": ("http", "health"),
}
# The worst state of several steps is the one that counts.
_WORST_FIRST = (FAILED, PENDING, OK)
HISTORY = 10


class KubernetesHostPortal(models.AbstractModel):
    """What a customer reads about his host: words of his, none of the machinery's.

    Callers have checked that the user may read the host; what is returned is for
    him: no message of the cluster, no name of the people who run it.
    """

    _name = "kubernetes.host.portal"
    _description = "Kubernetes Host: Portal"

    def _prepare_portal_values(self):
        """Return the values of the host's page."""
        self.ensure_one()
        host_sudo = self.sudo()
        return {
            "state": self._get_portal_state(),
            "steps": self._prepare_portal_steps(),
            "history": self._prepare_portal_history(),
            "progress": self._prepare_portal_progress(),
            "contract": host_sudo.project_id._get_contract(),
            "sibling": host_sudo.sibling_id,
        }

    # === STATE === #

    def _get_portal_state(self):
        """Return the host's state: key, words and Bootstrap's colour.

        :rtype: dict[str, str]
        """
        _ = self.env._
        host_sudo = self.sudo()
        if host_sudo.lifecycle == SUSPENDED:
            return {"key": "suspended", "text": _("suspended"), "color": "warning"}
        texts = {
            OK: (_("running"), "success"),
            PENDING: (_("starting"), "warning"),
            FAILED: (_("disturbed"), "danger"),
        }
        unseen = (_("not checked yet"), "secondary")
        if not host_sudo.checked_at:
            unseen = (_("being set up"), "info")
        text, color = texts.get(host_sudo.health, unseen)
        return {"key": host_sudo.health, "text": text, "color": color}

    def _prepare_portal_steps(self):
        """Return the ladder in plain words: ``[{label, state, text}]``, [] before it."""
        found = {step.get("step"): step.get("state") for step in self.ladder or []}
        steps = []
        for name, members in STEPS.items():
            states = {found.get(member) for member in members}
            state = next((one for one in _WORST_FIRST if one in states), None)
            if state:
                label, texts = self._get_portal_step_texts()[name]
                steps.append({"label": label, "state": state, "text": texts[state]})
        return steps

    def _get_portal_step_texts(self):
        _ = self.env._
        told = _("We have been told.")
        return {
            "name": (
                _("Name"),
                {
                    OK: _("leads to our servers"),
                    PENDING: _("does not lead to our servers yet"),
                    FAILED: _("does not lead to our servers.") + " " + told,
                },
            ),
            "entrance": (
                _("Entrance"),
                {
                    OK: _("is open"),
                    PENDING: _("is being opened"),
                    FAILED: _("is closed.") + " " + told,
                },
            ),
            "encryption": (
                _("Encryption"),
                {
                    OK: _("the certificate is valid"),
                    PENDING: _("the certificate is being issued, usually in a minute"),
                    FAILED: _("the certificate is not valid.") + " " + told,
                },
            ),
            "application": (
                _("Application"),
                {
                    OK: _("answers"),
                    PENDING: _("is starting"),
                    FAILED: _("does not answer.") + " " + told,
                },
            ),
        }

    # === WHAT IS DONE, AND WAS === #

    def _prepare_portal_progress(self):
        """Return what is at work: ``{busy, percent, text}``."""
        self.ensure_one()
        texts = self._get_portal_actions()
        lines_sudo = self.sudo()._get_active_lines()
        line_sudo = lines_sudo.filtered(lambda line: line.playbook in texts)[:1]
        if not line_sudo:
            return {"busy": False, "percent": 100, "text": ""}
        run_sudo = line_sudo.run_id
        text = self._get_portal_action_text(line_sudo, texts)
        waiting = self.env._("%(action)s: waits for its turn", action=text)
        working = self.env._(
            "%(action)s: at work for %(duration)s",
            action=text,
            duration=self._format_duration(run_sudo.duration),
        )
        return {
            "busy": True,
            "percent": run_sudo.progress,
            "text": working if run_sudo.state == RUNNING else waiting,
        }

    def _get_portal_actions(self):
        """Return the playbooks that customers hear of, in their words."""
        _ = self.env._
        return {
            APPLY: _("Set-up"),
            UPDATE: _("Update"),
            SUSPEND: _("Suspension"),
            RESUME: _("Resumption"),
        }

    def _get_portal_requests(self):
        """Return the playbooks that only show or hand something to customers."""
        return {ACCESS: self.env._("Access data requested")}

    def _prepare_portal_history(self):
        """Return the last actions: ``[{at, text, who, state, duration}]``, newest first."""
        texts = self._get_portal_actions() | self._get_portal_requests()
        lines_sudo = (
            self.env["kubernetes.run.line"]
            .sudo()
            .search(
                [
                    ("host_id", "=", self.id),
                    ("run_id.playbook", "in", list(texts)),
                ],
                limit=HISTORY,
            )
        )
        return [
            {
                "at": line_sudo.create_date,
                "text": self._get_portal_action_text(line_sudo, texts),
                "who": self._get_portal_author(line_sudo.run_id.user_id),
                "state": line_sudo.state,
                "ending": self._get_portal_ending(line_sudo.state),
                "duration": self._format_duration(line_sudo.run_id.duration)
                if line_sudo.state == DONE
                else "",
            }
            for line_sudo in lines_sudo
        ]

    def _get_portal_action_text(self, line_sudo, texts):
        """Return what a run did, in the customer's words."""
        return texts[line_sudo.playbook]

    def _get_portal_ending(self, state):
        _ = self.env._
        return {
            DONE: _("done"),
            FAILED: _("failed"),
            LOST: _("failed"),
            CANCELLED: _("cancelled"),
        }.get(state, _("at work"))

    def _get_portal_author(self, user_sudo):
        """Return who did it: people of the customer's firm by name, else our company."""
        partner_sudo = self.sudo().partner_id
        firm = partner_sudo.commercial_partner_id
        if firm and user_sudo.partner_id.commercial_partner_id == firm:
            return user_sudo.name
        return self.sudo().company_id.name

    def _format_duration(self, seconds):
        """Return a duration as people say it: 40 s, 2 min."""
        if seconds < 100:
            return self.env._("%(seconds)s s", seconds=seconds)
        return self.env._("%(minutes)s min", minutes=round(seconds / 60))

    def _get_portal_hosts(self):
        """Return the living hosts of the project, as superuser."""
        return self.sudo().project_id._get_living_hosts().sorted("environment")
