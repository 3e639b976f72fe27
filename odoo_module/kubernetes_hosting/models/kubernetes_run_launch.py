import contextlib
import shutil

from psycopg2 import OperationalError

from odoo import models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.queue_job.exception import RetryableJobError

from ..tools import events, launcher, run_dir, vars_file
from .states import (
    ACTIVE_RUN_STATES,
    CLUSTER_CHECK,
    FAILED,
    MANIFEST_CHECK,
    MANIFEST_FETCH,
    NOT_STARTED,
    PLAYBOOKS,
    QUEUED,
    RUNNING,
)

# Seconds until a waiting run looks by itself: one whose turn is near, one far behind.
# Mostly it is woken before, when a run of its cluster ends.
WAIT_FOR_CAPACITY = 10
WAIT_FAR_BEHIND = 60
WAIT_FOR_HOST = 2  # a run that has told its result ends within seconds
CHANNEL = "root.kubernetes"
LIVE_JOBS = ("wait_dependencies", "pending", "enqueued", "started")
_REFUSALS = (UserError, ValidationError, vars_file.InvalidVars, ValueError)


class KubernetesRunLaunch(models.AbstractModel):
    """How a queued run becomes a supervisor process: once, whatever dies meanwhile."""

    _name = "kubernetes.run.launch"
    _description = "Kubernetes Run: Launch"

    def _queue_launch(self, seconds=0):
        """Queue the launch job as our own user: not as the customer who paid.

        :param int seconds: wait so long before
        """
        for run in self._as_bot():
            run.with_delay(
                channel=CHANNEL,
                eta=seconds or None,
                identity_key=run._get_launch_key(),
                description=f"Launch run {run.uuid}",
            )._job_launch()

    def _as_bot(self):
        """Return these runs as our own user, who knows no companies of the caller's."""
        bot = self.env.ref("kubernetes_hosting.user_bot")
        return self.with_user(bot).with_context(allowed_company_ids=None)

    def _get_launch_key(self):
        return f"kubernetes_hosting.launch.{self.uuid}"

    def _job_launch(self):
        """Start the supervisor and return; a second call finds it started already."""
        run_sudo = self.sudo()
        if not run_sudo.try_lock_for_update(allow_referencing=True):
            raise RetryableJobError("Locked", seconds=2, ignore_retry=True)
        if run_sudo.state != QUEUED or run_sudo._is_paused():
            return
        run_sudo._check_capacity()
        try:
            run_sudo._start()
        except (*_REFUSALS, launcher.LaunchError, OSError) as error:
            run_sudo._abort(FAILED, run_sudo._explain_start(error))
            return
        if run_sudo.state == QUEUED:
            run_sudo._mark_running()
            run_sudo._wake_watch()

    def _is_paused(self):
        """Return whether the run waits for its cluster to answer again.

        Going on is the cluster's task then: it launches what has waited.
        """
        paused = self.sudo().cluster_id.paused_at
        return bool(paused) and self.playbook != CLUSTER_CHECK

    def _check_capacity(self):
        """Wait while as many runs work on the cluster as it may have: first come, first served.

        :raise RetryableJobError: asks queue_job to come again
        """
        cluster = self.cluster_id
        if not cluster:
            return
        if not cluster.try_lock_for_update(allow_referencing=True):
            raise RetryableJobError("Locked", seconds=2, ignore_retry=True)
        if self._get_held_hosts(self.line_ids.filtered("writes").host_id):
            raise RetryableJobError(
                "Waits for its host", seconds=WAIT_FOR_HOST, ignore_retry=True
            )
        working = self.search(
            [("cluster_id", "=", cluster.id), ("state", "=", RUNNING)]
        )
        live = [run for run in working if events.is_alive(run._get_path())]
        before = self._count_before()
        if len(live) + before >= cluster.capacity:
            near = before < 2 * cluster.capacity
            seconds = WAIT_FOR_CAPACITY if near else WAIT_FAR_BEHIND
            raise RetryableJobError(
                "Waits for capacity", seconds=seconds, ignore_retry=True
            )

    def _get_held_hosts(self, among=None):
        """Return hosts whose result is there while the run that wrote to them still works.

        Their locks are its own until it ends: who starts now would find them busy.
        """
        domain = [
            ("writes", "=", True),
            ("state", "not in", ACTIVE_RUN_STATES),
            ("run_id.state", "=", RUNNING),
        ]
        if among is not None:
            domain.append(("host_id", "in", among.ids))
        return self.env["kubernetes.run.line"].sudo().search(domain).host_id

    def _count_before(self):
        """Return how many runs have waited longer for the same cluster.

        Not those that wait on purpose: a lost run for its next attempt, a look whether a
        cluster answers again; nor one without a job (until the cron finds it).
        """
        keys = self._get_waiting_keys([("id", "<", self.id)])
        waiting = [("identity_key", "in", keys), ("state", "in", LIVE_JOBS)]
        return self.env["queue.job"].sudo().search_count(waiting) if keys else 0

    def _get_waiting_keys(self, domain=()):
        """Return the launch keys of the runs that wait for this cluster, the oldest first.

        Who waits for the end of another run of its host is not among them.
        """
        held = [("writes", "=", True), ("host_id", "in", self._get_held_hosts().ids)]
        waiting = self.search(
            [
                ("line_ids", "not any", held),
                ("cluster_id", "=", self.cluster_id.id),
                ("state", "=", QUEUED),
                ("playbook", "!=", CLUSTER_CHECK),
                *domain,
            ],
            order="id",
        ).filtered(lambda run: not run.past_uuids)
        return [run._get_launch_key() for run in waiting]

    def _wake_next(self):
        """Let the run that has waited longest look now: a place on its cluster is free.

        A job that is looking at this moment is let alone: it comes again by itself.
        """
        keys = self._get_waiting_keys() if self.cluster_id else []
        jobs = self.env["queue.job"].sudo()
        waiting = jobs.search([("identity_key", "in", keys), ("state", "=", "pending")])
        by_key = {job.identity_key: job for job in waiting}
        first = next((by_key[key] for key in keys if key in by_key), jobs)
        with contextlib.suppress(OperationalError), self.env.cr.savepoint():
            if first.eta and first.try_lock_for_update():
                first.eta = False

    def _get_path(self):
        """Return the run's directory.

        :rtype: pathlib.Path
        """
        return self.env["kubernetes.settings"]._read().run_root / self.uuid

    def _start(self):
        """Write the directory and start the supervisor, or adopt the one there is."""
        path = self._get_path()
        if events.read_status(path) is not None:
            return
        # A directory without a status is what a worker that died left half made.
        shutil.rmtree(path, ignore_errors=True)
        hosts, texts = self._collect_files()
        if self.line_ids and not hosts:
            self._end(FAILED)
            return
        launch = self._prepare_launch(path)
        self.command = launcher.command_line(launch)
        run_dir.create(path.parent, self.uuid)
        run_dir.write_inventory(path, hosts, texts)
        launcher.start(launch, self.env["kubernetes.settings"]._read().python)

    def _prepare_launch(self, path):
        """Return what the launcher needs to know of this run."""
        playbook = PLAYBOOKS[self.playbook]
        lines = self._get_open_lines()
        local = self.playbook in (MANIFEST_FETCH, CLUSTER_CHECK)
        return launcher.Launch(
            run_dir=path,
            project_dir=self.env["kubernetes.settings"]._read().project_dir,
            playbook=self.playbook,
            hosts=tuple(sorted(lines.host_id.mapped("fqdn"))),
            kubeconfig=self.cluster_id._get_kubeconfig() if self.cluster_id else None,
            timeout=playbook.seconds + playbook.seconds_per_host * len(lines),
            extra_vars=self._prepare_extra_vars(path),
            inventory="localhost," if local else "inventory",
            writes=playbook.writes,
            order=[*(self.past_uuids or []), self.uuid][0],
        )

    def _prepare_extra_vars(self, path):
        """Return the extra variables of this run: decisions, or what a check is about."""
        folder = path / "manifests"
        if self.playbook == MANIFEST_FETCH:
            return {
                "manifest_fetch_urls": self.manifest_ids.mapped("url"),
                "manifest_fetch_directory": str(folder),
            }
        if self.playbook == MANIFEST_CHECK:
            hashes = self.version_ids.mapped("sha256")
            return {"manifest_check_files": [str(folder / sha256) for sha256 in hashes]}
        if self.playbook == CLUSTER_CHECK:
            return {
                "cluster_check_cluster": self.cluster_id._prepare_vars(),
                "k8s_context": self.cluster_id.context,
            }
        return self.decisions or {}

    def _collect_files(self):
        """Return the files of the run; a host that can't be written fails alone.

        :rtype: tuple[list[run_dir.HostFiles], dict[str, str]]
        """
        if self.playbook == MANIFEST_CHECK:
            texts = {version.sha256: version.text for version in self.version_ids}
            return [self.manifest_ids[:1]._prepare_sample()], texts
        hosts, texts = [], {}
        for line in self._get_open_lines():
            try:
                own_hosts, own_texts = line._prepare_files()
            except _REFUSALS as error:
                line._end(FAILED, self._explain_start(error))
                continue
            hosts += own_hosts
            texts |= own_texts
        return hosts, texts

    def _get_open_lines(self):
        lines = self.line_ids.filtered(lambda line: line.state in ACTIVE_RUN_STATES)
        return lines.sorted(lambda line: line.host_id.fqdn)

    def _explain_start(self, error):
        """Return the error of the contract for a run that could not start."""
        if isinstance(error, vars_file.InvalidVars):
            return events.error_entry(
                "invalid_vars",
                str(error),
                self.env._("Correct the parameters of the host, then press Apply."),
            )
        hint = self.env._("Correct this, then run it again.")
        if isinstance(error, launcher.LaunchError | OSError):
            hint = self.env._(
                "The machine that Odoo runs on has a problem: its administrator finds "
                "it in Odoo's log and in odoo.conf."
            )
        return events.error_entry(NOT_STARTED, str(error), hint)
