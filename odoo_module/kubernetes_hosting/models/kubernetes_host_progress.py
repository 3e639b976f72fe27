from odoo import api, fields, models

from .states import ACTIVE_RUN_STATES, ACTIVITIES, DONE, IDLE, PREVIEW, RUNNING, STATUS

# An addon may let customers read their hosts; this is not for them.
_OWN_PEOPLE = "kubernetes_hosting.group_user"


class KubernetesHostProgress(models.AbstractModel):
    """What is being done for a host right now, and the runs that there were."""

    _name = "kubernetes.host.progress"
    _description = "Kubernetes Host: Progress"

    activity = fields.Selection(
        ACTIVITIES,
        compute="_compute_activity",
        store=True,
        index=True,
        help="What is being done for this host right now.",
    )
    run_line_ids = fields.One2many("kubernetes.run.line", "host_id", string="Run Lines")
    run_count = fields.Integer(compute="_compute_run_count")
    last_run_id = fields.Many2one("kubernetes.run", readonly=True, copy=False)
    active_run_id = fields.Many2one("kubernetes.run", compute="_compute_active_run")
    run_progress = fields.Integer(compute="_compute_active_run")
    run_summary = fields.Char(compute="_compute_active_run")
    run_waiting_reason = fields.Text(compute="_compute_active_run")
    is_busy = fields.Boolean(compute="_compute_active_run")
    preview = fields.Json(compute="_compute_preview", groups=_OWN_PEOPLE)
    preview_at = fields.Datetime(compute="_compute_preview", groups=_OWN_PEOPLE)

    # === COMPUTE METHODS === #

    @api.depends("run_line_ids.state")
    def _compute_activity(self):
        states = {}
        for line in self._get_active_lines():
            states.setdefault(line.host_id.id, set()).add(line.state)
        for host in self:
            found = states.get(host.id, set())
            host.activity = RUNNING if RUNNING in found else max(found, default=IDLE)

    @api.depends("activity")
    def _compute_active_run(self):
        runs = {line.host_id.id: line.run_id for line in self._get_active_lines()}
        for host in self:
            host.active_run_id = runs.get(host.id, False)
            host.run_progress = host.active_run_id.progress
            host.run_summary = host.active_run_id.summary
            host.run_waiting_reason = host.active_run_id.waiting_reason
            host.is_busy = host.activity != IDLE or (
                host.deploy_waiting
                and any(host.manifest_line_ids.manifest_id.mapped("is_busy"))
            )

    def _get_active_lines(self):
        return self.env["kubernetes.run.line"].search(
            [("host_id", "in", self.ids), ("state", "in", ACTIVE_RUN_STATES)],
            order="writes, id desc",
        )

    def _compute_run_count(self):
        counts = dict(
            self.env["kubernetes.run.line"]._read_group(
                [("host_id", "in", self.ids)], ["host_id"], ["__count"]
            )
        )
        for host in self:
            host.run_count = counts.get(host, 0)

    @api.depends("run_line_ids.state")
    def _compute_preview(self):
        """Show the last preview until a run that writes makes it old."""
        for host in self:
            domain = [("host_id", "=", host.id), ("run_id.playbook", "!=", STATUS)]
            last = host.run_line_ids.search(domain, limit=1)
            fresh = last.playbook == PREVIEW and last.state == DONE
            host.preview = last.result if fresh else False
            host.preview_at = last.ended_at if fresh else False
