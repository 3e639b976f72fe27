from statistics import median
from urllib.parse import urljoin

from odoo import models

from odoo.addons.kubernetes_hosting.models.states import (
    ACTIVE,
    APPLY,
    FAILED,
    NAME_CONFLICT,
    OK,
)

DONE = "done"
RUNNING = "running"
WAITING = "waiting"
# How many runs the usual time is taken from.
SAMPLE = 20


class SaleOrderHostingProgress(models.AbstractModel):
    """How far an order's hostings are, in words for the customer.

    Nothing technical and nothing secret: who has the order's link may read it.
    """

    _name = "sale.order.hosting.progress"
    _description = "Sales Order: Progress of its Hostings"

    def _get_hosting_progress_link(self):
        """Return the address of the progress page; it needs no log-in."""
        self.ensure_one()
        return urljoin(self.get_base_url(), self.get_portal_url(suffix="/hosting"))

    def _get_hosting_progress(self):
        """Return the steps of each hosting of the order.

        :return: one dict for each hosting: ``line``, ``project``, ``steps`` (each
            ``key``, ``state`` done / running / waiting / failed, ``label``, ``detail``),
            ``state`` unpaid / running / conflict / failed / ready, ``hosts`` (each
            ``host`` and ``state`` done / running / failed), ``finished`` (it changes no
            more by itself), ``reference``, ``percent``
        """
        self.ensure_one()
        return [line._get_hosting_progress() for line in self._get_hosting_lines()]

    def _get_payment_step(self):
        """Return the first step: the payment, or the order that is confirmed without."""
        _ = self.env._
        if self._is_hosting_paid():
            return DONE, _("Paid"), ""
        if self.state == "sale":
            return DONE, _("Ordered"), ""
        if self.state == "cancel":
            return FAILED, _("Cancelled"), _("This order was cancelled.")
        if self._has_hosting_payment():
            detail = _(
                "As soon as it arrives we go on. The name stays yours meanwhile."
            )
            return RUNNING, _("Waiting for your payment"), detail
        return WAITING, _("Not paid yet"), ""


class SaleOrderLineHostingProgress(models.AbstractModel):
    _name = "sale.order.line.hosting.progress"
    _description = "Sales Order Line: Progress of its Hosting"

    def _get_hosting_progress(self):
        self.ensure_one()
        project_sudo = self.sudo().hosting_project_id
        host_sudo = project_sudo.host_ids.filtered(
            lambda host: host.environment == "production"
        )[:1]
        found = {
            "paid": self.order_id._get_payment_step(),
            "project": self._get_project_step(project_sudo),
            **self._get_host_steps(host_sudo, project_sudo),
        }
        steps = self._get_steps_in_order(found)
        state = self._get_progress_state(steps, project_sudo)
        hosts = [
            {"host": host, "state": self._get_host_state(host)}
            for host in project_sudo.host_ids.sorted("environment")
        ]
        # Staging may come a little later than production.
        coming = state == "ready" and any(host["state"] == RUNNING for host in hosts)
        return {
            "line": self,
            "project": project_sudo,
            "hosts": hosts,
            "steps": steps,
            "state": state,
            "finished": state != RUNNING and not coming,
            "reference": self._get_progress_reference(host_sudo),
            "percent": host_sudo.run_progress if host_sudo.is_busy else 0,
        }

    def _get_steps_in_order(self, found):
        """Return the steps as a list: what comes after an open one waits."""
        steps, open_before = [], False
        for key, (state, label, detail) in found.items():
            if open_before:
                state, detail = WAITING, ""
            steps.append({"key": key, "state": state, "label": label, "detail": detail})
            open_before = open_before or state != DONE
        return steps

    def _get_progress_state(self, steps, project_sudo):
        if project_sudo.state == NAME_CONFLICT:
            return "conflict"
        states = [step["state"] for step in steps]
        if FAILED in states:
            return FAILED
        if states[0] == WAITING:
            return "unpaid"
        return "ready" if set(states) == {DONE} else RUNNING

    def _get_progress_reference(self, host_sudo):
        """Return what the customer may quote, and we find."""
        run = host_sudo.last_run_id
        return f"R-{run.id}" if run else self.order_id.name

    def _get_project_step(self, project_sudo):
        """Return the second step: the project with its name."""
        _ = self.env._
        label = _("Project %(name)s", name=project_sudo.name or self.hosting_name or "")
        if project_sudo.state == NAME_CONFLICT:
            detail = _(
                "%(name)s got taken before your payment arrived. Nothing is lost: choose "
                "another name.",
                name=project_sudo.name,
            )
            return FAILED, label, detail
        if self.state == "sale" and self.order_id.sudo()._get_hosting_activities():
            return FAILED, label, ""
        if project_sudo.state == ACTIVE and project_sudo.host_ids:
            return DONE, label, ""
        return RUNNING, label, ""

    # === THE HOST'S STEPS === #

    def _get_host_steps(self, host_sudo, project_sudo):
        """Return the steps of the production host, from its run and its ladder."""
        _ = self.env._
        ladder = {
            step.get("step"): step.get("state") for step in host_sudo.ladder or []
        }
        broken = self._is_host_broken(host_sudo)
        deployed = bool(ladder) and not host_sudo.is_busy and not broken
        ok = deployed and ladder.get("certificate") in (OK, "skipped")
        ready = deployed and host_sudo.health == OK
        production = DONE if deployed else FAILED if broken else RUNNING
        return {
            "production": (production, _("Production"), self._explain_start(host_sudo)),
            "certificate": (
                DONE if ok or ready else RUNNING,
                _("Certificate"),
                _("It usually takes less than a minute."),
            ),
            "ready": (
                DONE if ready else RUNNING,
                _("Ready"),
                _("We look until it answers."),
            ),
        }

    def _get_host_state(self, host_sudo):
        """Return whether a host answers, will answer, or needs our hands."""
        if host_sudo.health == OK:
            return DONE
        return FAILED if self._is_host_broken(host_sudo) else RUNNING

    def _is_host_broken(self, host_sudo):
        """Return whether the host won't become ready by itself."""
        if not host_sudo or host_sudo.is_busy or host_sudo.recheck_at:
            return False
        if host_sudo.deploy_waiting:
            return True
        return host_sudo.health in (FAILED, "pending") or bool(host_sudo.error_class)

    def _explain_start(self, host_sudo):
        _ = self.env._
        if host_sudo.activity == "queued":
            return _("Waiting for its turn…")
        seconds = self._get_usual_seconds(host_sudo.cluster_id)
        if not seconds:
            return _("Starting the application…")
        return _(
            "Starting the application… (usually %(seconds)s seconds)", seconds=seconds
        )

    def _get_usual_seconds(self, cluster_sudo):
        """Return how long new hosts took lately, rounded up to ten; 0 when unknown."""
        runs = cluster_sudo.env["kubernetes.run"].search(
            [
                ("cluster_id", "=", cluster_sudo.id),
                ("playbook", "=", APPLY),
                ("state", "=", "done"),
            ],
            limit=SAMPLE,
        )
        durations = [run.duration for run in runs if run.duration]
        return -(-int(median(durations)) // 10) * 10 if durations else 0
