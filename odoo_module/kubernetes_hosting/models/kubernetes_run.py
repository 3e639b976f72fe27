import uuid

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import events, launcher
from .states import (
    ACTIVE_RUN_STATES,
    CANCELLED,
    DONE,
    FAILED,
    PLAYBOOK_LABELS,
    PLAYBOOKS,
    QUEUED,
    RUN_STATES,
    RUNNING,
)

LIVE_HOSTS = 20  # of a run with more, each host's form hears of its own line alone


class KubernetesRun(models.Model):
    """One execution of one playbook: for hosts of a cluster, or for a manifest.

    Nobody creates or changes a run directly: the actions of hosts, manifests and
    clusters do, after checking rights. The files of a run lie in the directory
    ``run_root``/``uuid``; a run that starts again after it was lost gets a new uuid.
    """

    _name = "kubernetes.run"
    _inherit = [
        "kubernetes.live.mixin",
        "kubernetes.state.mixin",
        "kubernetes.error.mixin",
        "kubernetes.run.actions",
        "kubernetes.run.again",
        "kubernetes.run.cleanup",
        "kubernetes.run.secret",
        "kubernetes.run.launch",
        "kubernetes.run.progress",
        "kubernetes.run.watch",
    ]
    _description = "Kubernetes Run"
    _order = "id desc"

    uuid = fields.Char(
        string="UUID",
        required=True,
        readonly=True,
        index=True,
        default=lambda _self: str(uuid.uuid4()),
    )
    playbook = fields.Selection(PLAYBOOK_LABELS, required=True, readonly=True)
    state = fields.Selection(
        RUN_STATES, default=QUEUED, required=True, readonly=True, index=True
    )
    cluster_id = fields.Many2one(
        "kubernetes.cluster", readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    manifest_ids = fields.Many2many("kubernetes.manifest", readonly=True)
    version_ids = fields.Many2many("kubernetes.manifest.version", readonly=True)
    line_ids = fields.One2many(
        "kubernetes.run.line", "run_id", string="Hosts", readonly=True
    )
    user_id = fields.Many2one("res.users", string="Started By", readonly=True)
    decisions = fields.Json(readonly=True, help="Decisions of this run alone.")
    command = fields.Char(readonly=True)
    attempt = fields.Integer(default=1, readonly=True)
    started_at = fields.Datetime(string="Started", readonly=True)
    ended_at = fields.Datetime(string="Ended", readonly=True)
    target = fields.Char(compute="_compute_target")

    # === COMPUTE METHODS === #

    @api.depends("playbook", "target")
    def _compute_display_name(self):
        labels = dict(self._fields["playbook"]._description_selection(self.env))
        for run in self:
            run.display_name = f"{labels.get(run.playbook, '')} {run.target}".strip()

    @api.depends("line_ids", "manifest_ids", "cluster_id")
    def _compute_target(self):
        for run in self:
            names = run.sudo().line_ids.host_id.mapped("fqdn")
            names = names or run.sudo().manifest_ids.mapped("name")
            names = names or [run.sudo().cluster_id.name or ""]
            more = f" +{len(names) - 1}" if len(names) > 1 else ""
            run.target = f"{names[0]}{more}"

    # === BUSINESS METHODS === #

    def _get_live_records(self):
        """Return what shows the progress of these runs."""
        runs_sudo = self.sudo()
        hosts = runs_sudo.line_ids.host_id
        shown = [self, runs_sudo.manifest_ids, runs_sudo.cluster_id]
        return shown + [hosts] if len(hosts) <= LIVE_HOSTS else shown

    @api.model
    def _get_active(self, cluster_ids=None, manifest_ids=None):
        """Return the runs that wait or work, of clusters or of manifests."""
        domain = [("state", "in", ACTIVE_RUN_STATES)]
        if cluster_ids is not None:
            domain.append(("cluster_id", "in", cluster_ids))
        if manifest_ids is not None:
            domain.append(("manifest_ids", "in", manifest_ids))
        return self.sudo().search(domain)

    @api.model
    def _queue(self, playbook, wait=0, **subject):
        """Create a run in this transaction and queue its launch.

        Callers have checked rights. The unique index of the lines is the lock: two
        that queue at once get one run.

        :param int wait: seconds before it is launched
        :param subject: cluster, hosts, manifests, versions, decisions
        :return: the run
        :raise UserError: a writing run is at work on one of the hosts
        """
        if PLAYBOOKS[playbook].writes:
            self._check_not_busy(subject["hosts"])
        vals = self._prepare_run_vals(playbook, **subject)
        try:
            with self.env.cr.savepoint():
                run_sudo = self.sudo().create(vals)
        except UniqueViolation as error:
            raise UserError(self._explain_busy(subject["hosts"][:1])) from error
        run_sudo._queue_launch(seconds=wait)
        return self.browse(run_sudo.id)

    def _prepare_run_vals(
        self,
        playbook,
        cluster=None,
        hosts=None,
        manifests=None,
        versions=None,
        decisions=None,
    ):
        company = (cluster or manifests or hosts).company_id[:1]
        return {
            "playbook": playbook,
            "cluster_id": cluster.id if cluster else False,
            "company_id": company.id,
            "user_id": self.env.uid,
            "manifest_ids": [fields.Command.set(manifests.ids)] if manifests else [],
            "version_ids": [fields.Command.set(versions.ids)] if versions else [],
            "decisions": decisions or {},
            "line_ids": [
                fields.Command.create(
                    {"host_id": host.id, "writes": PLAYBOOKS[playbook].writes}
                )
                for host in hosts or []
            ],
        }

    def _check_not_busy(self, hosts):
        """Refuse early, and without an error in PostgreSQL's log, what the index refuses.

        :raise UserError: names the host
        """
        busy = (
            self.env["kubernetes.run.line"]
            .sudo()
            .search(
                [
                    ("host_id", "in", hosts.ids),
                    ("state", "in", ACTIVE_RUN_STATES),
                    ("writes", "=", True),
                ],
                limit=1,
            )
        )
        if busy:
            raise UserError(self._explain_busy(busy.host_id))

    def _explain_busy(self, host):
        return self.env._(
            "A run is at work on %(host)s already. Wait until it has ended, or cancel it.",
            host=host.fqdn,
        )

    def _cancel(self):
        # Else the supervisor ends it, and the watch job stores the result.
        if self.state == QUEUED:
            text = self.env._("Cancelled before it started.")
            self._abort(CANCELLED, events.error_entry("cancelled", text))
        elif not launcher.cancel(self._get_path()):
            self._cancel_without_supervisor()

    def _cancel_without_supervisor(self):
        """End a run whose supervisor has just ended, or is gone: don't start it again."""
        status = events.read_status(self._get_path())
        unfinished = (events.LOST, events.BUSY)
        if status and status["state"] not in unfinished:
            self._take_status(status)
        if self.state == RUNNING:
            text = self.env._("Cancelled; its process was gone already.")
            self._abort(CANCELLED, events.error_entry("cancelled", text))

    def _end(self, state, error=None):
        """End the run and the lines that have no result of their own.

        A failed run has the words of its first failed host, else the supervisor's.
        """
        self.ensure_one()
        if state != DONE:
            self._delete_secret()
        for line in self._get_open_lines():
            line._end(FAILED if state == DONE else state, error)
        if state == FAILED:
            own = self.line_ids.filtered("error_class")[:1]
            error = own._get_error() or error or self._get_no_result()
        self.write(
            {
                "state": state,
                "ended_at": fields.Datetime.now(),
                "current_task": False,
                **self._prepare_error_vals(error),
            }
        )
        self._wake_next()

    def _get_no_result(self):
        return events.error_entry(
            "internal",
            self.env._("The playbook ended without a result."),
            self.env._("The log of the run says more."),
        )

    def _mark_running(self):
        self.write(
            {
                "state": RUNNING,
                "started_at": fields.Datetime.now(),
                "tasks_expected": self._get_usual_tasks() * max(1, len(self.line_ids)),
            }
        )
        self.line_ids.filtered(lambda line: line.state == QUEUED).write(
            {"state": RUNNING}
        )

    def _get_usual_tasks(self):
        """Return how many tasks this playbook had for one host, the last time."""
        last = self.search(
            [("playbook", "=", self.playbook), ("state", "=", DONE)], limit=1
        )
        usual = last.tasks_done // max(1, len(last.line_ids))
        return usual or PLAYBOOKS[self.playbook].tasks

    # Marked here: the vacuum also calls abstract models, which have no table.
    @api.autovacuum
    def _gc_runs(self):
        return super()._gc_runs()
