from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..tools import events
from .states import ACTIVE_RUN_STATES, FAILED, LOST, QUEUED, RUNNING

LOG_TAIL = 65536  # bytes of the log that the form shows at first
GROUP_LOG = "kubernetes_hosting.group_operator"


class KubernetesRunProgress(models.AbstractModel):
    """How far a run is, why it waits, and what Ansible says."""

    _name = "kubernetes.run.progress"
    _description = "Kubernetes Run: Progress and Log"

    heartbeat = fields.Datetime(readonly=True)
    tasks_done = fields.Integer(readonly=True)
    tasks_expected = fields.Integer(readonly=True)
    current_task = fields.Char(readonly=True)
    progress = fields.Integer(compute="_compute_progress")
    summary = fields.Char(compute="_compute_summary")
    duration = fields.Integer(string="Seconds", compute="_compute_duration")
    is_busy = fields.Boolean(compute="_compute_is_busy")
    waiting_reason = fields.Text(compute="_compute_waiting_reason")
    failed_count = fields.Integer(compute="_compute_counts")
    line_count = fields.Integer(string="Host Count", compute="_compute_counts")
    inputs = fields.Json(compute="_compute_inputs")
    log = fields.Text(compute="_compute_log", groups=GROUP_LOG)

    # === COMPUTE METHODS === #

    @api.depends("state")
    def _compute_is_busy(self):
        for run in self:
            run.is_busy = run.state in ACTIVE_RUN_STATES

    @api.depends("state", "tasks_done", "tasks_expected")
    def _compute_progress(self):
        for run in self:
            share = 100 * run.tasks_done // max(1, run.tasks_expected)
            busy = run.state in ACTIVE_RUN_STATES
            # The last task may take long: full is only what has ended.
            run.progress = min(95, share) if busy else 100

    @api.depends("state", "started_at", "ended_at")
    def _compute_duration(self):
        for run in self:
            end = run.ended_at or fields.Datetime.now()
            started = run.started_at
            run.duration = int((end - started).total_seconds()) if started else 0

    @api.depends("state", "cluster_id.paused_at")
    def _compute_waiting_reason(self):
        for run in self:
            cluster = run.sudo().cluster_id
            run.waiting_reason = False
            if run.state == QUEUED and run._is_paused():
                run.waiting_reason = self.env._(
                    "Cluster %(cluster)s does not answer; the run starts by itself once "
                    "it does. %(reason)s",
                    cluster=cluster.name,
                    reason=cluster.pause_reason or "",
                )

    @api.depends("state", "current_task", "tasks_done", "duration", "waiting_reason")
    def _compute_summary(self):
        labels = dict(self._fields["playbook"]._description_selection(self.env))
        for run in self:
            run.summary = self.env._(
                "%(playbook)s: %(task)s (%(seconds)s s)",
                playbook=labels.get(run.playbook, ""),
                task=run._describe_work(),
                seconds=run.duration,
            )

    def _describe_work(self):
        if self.waiting_reason:
            return self.env._(
                "waits until %(cluster)s answers", cluster=self.sudo().cluster_id.name
            )
        if self.state == RUNNING:
            return self.current_task or self.env._("starts")
        cluster_sudo = self.sudo().cluster_id
        if cluster_sudo and cluster_sudo.running_count >= cluster_sudo.capacity:
            return self.env._(
                "waits for capacity: %(runs)s runs are at work on %(cluster)s",
                runs=cluster_sudo.running_text,
                cluster=cluster_sudo.name,
            )
        return self.env._("waits for its turn")

    @api.depends("line_ids.state")
    def _compute_counts(self):
        for run in self:
            failed = run.line_ids.filtered(lambda line: line.state in (FAILED, LOST))
            run.failed_count = len(failed)
            run.line_count = len(run.line_ids)

    @api.depends("line_ids.vars_sha256", "line_ids.manifest_sha256s")
    def _compute_inputs(self):
        for run in self:
            run.inputs = [row for line in run.line_ids for row in line._get_inputs()]

    def _compute_log(self):
        for run in self:
            run.log = run._read_log(None)["text"]

    # === LOG === #

    @api.readonly
    def read_log(self, offset=None):
        """Return what the log of this run has from an offset on, for operators.

        :param int|None offset: bytes that the caller has already, None for the tail
        :return: ``text``, the next ``offset``, ``uuid`` (another one: the run started
            anew, and so did its log) and whether the run ``is_busy``
        :rtype: dict
        :raise AccessError: the log is not for this user
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group(GROUP_LOG):
            raise AccessError(self.env._("The log is for operators."))
        return self._read_log(offset)

    def _read_log(self, offset):
        path = self._get_path()
        if offset is None:
            size = (events.read_status(path) or {}).get("log_size", 0)
            offset = max(0, size - LOG_TAIL)
        text, end = events.read_log(path, max(0, int(offset)), LOG_TAIL)
        return {
            "text": text,
            "offset": end,
            "uuid": self.uuid,
            "is_busy": self.is_busy,
        }
