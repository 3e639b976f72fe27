import logging
import uuid
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models

from odoo.addons.queue_job.exception import RetryableJobError

from ..tools import events, run_dir
from .kubernetes_run_launch import LIVE_JOBS
from .states import (
    CANCELLED,
    CLUSTER_CHECK,
    DONE,
    FAILED,
    LOST,
    MANIFEST_CHECK,
    MANIFEST_FETCH,
    QUEUED,
    RUNNING,
)

_logger = logging.getLogger(__name__)

WATCH_CHANNEL = "root.watch"
WATCH_KEY = "kubernetes_hosting.watch"
WATCH_SECONDS = 2
MAXIMUM_ATTEMPTS = 5
FIRST_WAIT = 5  # seconds, doubled with each attempt
LONGEST_WAIT = 180
STUCK_AFTER = timedelta(minutes=1)


class KubernetesRunWatch(models.AbstractModel):
    """How a run's progress and results come back, and what happens when it dies."""

    _name = "kubernetes.run.watch"
    _description = "Kubernetes Run: Watch"

    # === WATCH === #

    @api.model
    def _wake_watch(self):
        """Make sure that a watch job looks at the running runs."""
        runs = self.env["kubernetes.run"]._as_bot()
        runs.with_delay(
            channel=WATCH_CHANNEL, identity_key=WATCH_KEY, description="Watch runs"
        )._job_watch()

    @api.model
    def _job_watch(self):
        """Store what all running runs have reported, and come again while one runs."""
        if self._is_watched_by_another():
            return
        for run_sudo in self.sudo().search([("state", "=", RUNNING)], order="id"):
            run_sudo._watch()
            # Without it the retry below would roll back what was just stored.
            # pylint: disable=invalid-commit
            self.env.cr.commit()
        if self.sudo().search_count([("state", "=", RUNNING)], limit=1):
            raise RetryableJobError(
                "Runs are at work", seconds=WATCH_SECONDS, ignore_retry=True
            )

    def _is_watched_by_another(self):
        """Return whether a second watch job waits: then this one can end."""
        waiting = [
            ("identity_key", "=", WATCH_KEY),
            ("state", "in", ("pending", "enqueued")),
            ("uuid", "!=", self.env.context.get("job_uuid")),
        ]
        return bool(self.env["queue.job"].sudo().search_count(waiting, limit=1))

    def _watch(self):
        """Store one run's news; a run whose news can't be stored fails alone."""
        path = self._get_path()
        try:
            with self.env.cr.savepoint():
                self._take_status(events.read_status(path))
        except OperationalError:
            raise
        except Exception as error:
            _logger.exception("Run %s: its status could not be stored", self.uuid)
            text = f"{type(error).__name__}: {error}"
            self._abort(FAILED, events.error_entry("internal", text))

    def _take_status(self, status):
        """Store progress, the results that are new, and the end.

        :param dict|None status: what ``events.read_status`` returned
        """
        if status is None:
            self._retry_or_lose(None)
            return
        self._store_progress(status)
        for line in self._get_open_lines():
            result = status["results"].get(line.host_id.fqdn)
            if result:
                line._store_result(result)
        if status["state"] in (events.LOST, events.BUSY):
            if self.line_ids and not self._get_open_lines():
                # Each host has its result: only the end was not written down.
                good = all(line.state == DONE for line in self.line_ids)
                self._end(DONE if good else FAILED)
            else:
                self._retry_or_lose(status["error"])
        elif status["state"] in events.FINAL_STATES:
            self._finish(status)

    def _store_progress(self, status):
        vals = {"tasks_done": status["tasks_done"], "current_task": status["current"]}
        changed = {
            key: value for key, value in vals.items() if self[key] != (value or False)
        }
        if changed:
            self.write(changed | {"heartbeat": fields.Datetime.now()})

    def _finish(self, status):
        """Store the results that belong to no host, then end the run."""
        error = status["error"]
        take = self._get_taker()
        if take:
            error = take(status["stats"], error)
            good = not error
        else:
            good = all(line.state == DONE for line in self.line_ids)
        if status["state"] == events.CANCELED:
            self._end(CANCELLED, status["error"])
        elif good:
            self._end(DONE)
        else:
            self._end(FAILED, error)

    def _abort(self, state, error):
        """End a run that published nothing: what it was about has to learn that too."""
        take = self._get_taker()
        if take:
            take({}, error)
        self._end(state, error)

    # === RESULTS WITHOUT A HOST === #

    def _get_taker(self):
        """Return what stores the result of a playbook that knows no host, or None."""
        return {
            MANIFEST_FETCH: self._take_fetch,
            MANIFEST_CHECK: self._take_check,
            CLUSTER_CHECK: self._take_cluster,
        }.get(self.playbook)

    def _take_fetch(self, stats, error):
        """Store the downloads and queue the check of new texts; return the first error."""
        results = {
            entry.get("url"): entry
            for entry in stats.get("manifest_fetch_results") or []
            if isinstance(entry, dict)
        }
        missing = {"error": error or self._get_no_result()}
        versions = self.env["kubernetes.manifest.version"]
        for manifest in self.manifest_ids:
            result = results.get(manifest.url) or missing
            versions |= manifest._store_fetch(result, self._read_fetched(result))
        for manifest, own in versions.grouped("manifest_id").items():
            manifest._queue_check(own)
        return self.manifest_ids.filtered("error_class")[:1]._get_error()

    def _read_fetched(self, result):
        """Return the text of a download that is what its sha256 says, else None."""
        if not result.get("ok"):
            result["error"] = result.get("error") or events.error_entry("internal", "")
            return None
        try:
            return run_dir.read_manifest(self._get_path(), str(result.get("sha256")))
        except (OSError, ValueError) as problem:
            result["error"] = events.error_entry("internal", str(problem))
            return None

    def _take_check(self, stats, error):
        """Store the checks; return the first problem as an error of the contract."""
        refused = None
        for version in self.version_ids:
            rows = self._get_check_rows(stats, version)
            if rows:
                version.variables = rows[0].get("variables")
                version.variables_read_at = fields.Datetime.now()
            problems = self._get_problems(rows, error)
            version._store_check(problems)
            if problems and not refused:
                refused = events.error_entry(
                    "invalid_manifest",
                    problems[0].get("message") or "",
                    self.env._("Open the manifest: it shows all problems."),
                )
        return refused

    def _get_check_rows(self, stats, version):
        """Return what the check published of a version, [] when it did not run."""
        return [
            entry
            for entry in stats.get("manifest_check_results") or []
            if str(entry.get("file", "")).endswith(version.sha256)
        ]

    def _get_problems(self, own, error):
        """Return what the check found wrong with a version, also when it did not run."""
        if own:
            refused = [entry for entry in own if not entry.get("ok")]
            return [
                problem
                for entry in refused
                for problem in entry.get("problems") or [entry]
            ]
        message = (error or {}).get("message") or self.env._("The check did not run.")
        return [{"stage": "run", "message": message}]

    def _take_cluster(self, stats, error):
        """Store what the cluster check says; return its error."""
        result = stats.get("cluster_check_result") or {
            "ok": False,
            "error": error or self._get_no_result(),
        }
        self.cluster_id._store_check(result)
        self.cluster_id._take_probe(result.get("error"), self)
        return self.cluster_id._get_error() or self._get_failed_check(result)

    def _get_failed_check(self, result):
        """Return the first check that failed as an error of the contract, or None."""
        if result.get("ok"):
            return None
        checks = result.get("checks") or []
        failed = next((check for check in checks if check["state"] == "failed"), {})
        return events.error_entry(
            "not_ready",
            " ".join(filter(None, [failed.get("check"), failed.get("detail")])),
            failed.get("hint") or "",
        )

    # === RECONCILE === #

    def _retry_or_lose(self, error):
        """Queue a run again whose process died, with back-off, at most five times."""
        error = error or events.error_entry(
            "lost",
            self.env._("The directory of the run is gone."),
            self.env._("Press Run again."),
        )
        if self.attempt >= MAXIMUM_ATTEMPTS:
            self._abort(LOST, error)
            return
        # Quietly: hosts and followers hear of it when all attempts are used up.
        self._get_open_lines()._requeue()
        self.state = LOST
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (self.attempt - 1))
        self.write(
            {
                "state": QUEUED,
                "attempt": self.attempt + 1,
                "uuid": str(uuid.uuid4()),
                "past_uuids": [*(self.past_uuids or []), self.uuid],
                "started_at": False,
                "current_task": False,
                "tasks_done": 0,
            }
        )
        self._queue_launch(seconds=wait)

    @api.model
    def _cron_reconcile(self):
        """Each minute: pick up what a crash left behind, look again, deploy what waited."""
        if self.search_count([("state", "=", RUNNING)], limit=1):
            self._wake_watch()
        steps = [
            self.env["kubernetes.cluster"]._probe_paused,
            self._reconcile_queued,
            self.env["kubernetes.host"]._queue_rechecks,
            self.env["kubernetes.host"]._deploy_waiting,
        ]
        for step in steps:
            try:
                with self.env.cr.savepoint():
                    step()
            except OperationalError:
                raise
            except Exception:
                _logger.exception("Reconciling failed in %s", step.__name__)

    @api.model
    def _reconcile_queued(self):
        """Queue the launch of runs again whose job failed or vanished."""
        limit = fields.Datetime.now() - STUCK_AFTER
        queued = self.search([("state", "=", QUEUED), ("write_date", "<", limit)])
        for run in queued.filtered(lambda run: not run._is_paused()):
            live = [
                ("identity_key", "=", run._get_launch_key()),
                ("state", "in", LIVE_JOBS),
            ]
            if not self.env["queue.job"].sudo().search_count(live, limit=1):
                run._queue_launch()
