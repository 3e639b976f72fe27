import fcntl
import hashlib
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from odoo.addons.queue_job.exception import RetryableJobError

from ..models.kubernetes_run_watch import MAXIMUM_ATTEMPTS
from ..tools import events, run_dir
from .common import KubernetesCase


class TestRun(KubernetesCase):
    def test_the_index_allows_one_active_writing_line_for_each_host(self):
        host = self._create_host()
        vals = {
            "playbook": "apply",
            "cluster_id": self.cluster.id,
            "line_ids": [fields.Command.create({"host_id": host.id, "writes": True})],
        }
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.env["kubernetes.run"].sudo().create(vals)
        self._finish(host.active_run_id, host)
        self.env.flush_all()
        self.assertTrue(self.env["kubernetes.run"].sudo().create(vals))

    def test_cancel_ends_a_queued_run_and_its_launch_does_nothing(self):
        host = self._create_host()
        run = host.active_run_id
        run.action_cancel()
        self.assertEqual(run.state, "cancelled")
        self.assertEqual(run.line_ids.error_class, "cancelled")
        self.assertEqual((host.activity, host.health), ("idle", "unknown"))
        run._job_launch()
        self.assertEqual(run.state, "cancelled")
        self.assertFalse(run._get_path().exists())
        with self.assertRaisesRegex(UserError, "has ended already"):
            run.action_cancel()

    def test_cancel_of_a_run_whose_process_is_gone_starts_it_no_more(self):
        host = self._create_host()
        run = host.active_run_id
        run._mark_running()
        run.action_cancel()
        self.assertEqual((run.state, run.attempt), ("cancelled", 1))
        self.assertEqual(host.activity, "idle")

    def test_cancel_comes_too_late_for_a_run_that_has_ended(self):
        host = self._create_host()
        run = host.active_run_id
        path = run_dir.create(run._get_path().parent, run.uuid)
        status = self._status("successful", {host.fqdn: self._result()})
        run_dir.write_json(path / events.STATUS_FILE, status)
        run._mark_running()
        run.action_cancel()
        self.assertEqual((run.state, host.health), ("done", "ok"))

    def test_run_again_repeats_all_hosts_or_the_failed_ones(self):
        project = self._create_project()
        hosts = project._create_hosts()
        run = hosts.active_run_id
        run._mark_running()
        good, bad = hosts
        run._take_status(
            self._status(
                "failed",
                {
                    good.fqdn: self._result(),
                    bad.fqdn: self._result(ok=False, error=self._error()),
                },
            )
        )
        self.assertEqual(run.state, "failed")
        self.assertEqual(run.error_message, "Pod web-0 is <b>not</b> ready.")
        self.assertEqual(run.failed_count, 1)
        action = run.action_run_failed()
        again = self.env["kubernetes.run"].browse(action["res_id"])
        self.assertEqual(again.line_ids.host_id, bad)
        self.assertEqual(again.playbook, "apply")
        with self.assertRaisesRegex(UserError, "still at work"):
            again.action_run_again()
        again.action_cancel()
        action = run.action_run_again()
        again = self.env["kubernetes.run"].browse(action["res_id"])
        self.assertEqual(again.line_ids.host_id, hosts)

    def test_run_again_makes_a_confirmation_anew_for_the_hosts_that_are_left(self):
        hosts = self._create_project()._create_hosts()
        self._finish(hosts.active_run_id, hosts)
        run = hosts._terminate(without_backup=True)
        gone, left = hosts
        run._mark_running()
        failed = self._result(ok=False, error=self._error("forbidden"))
        results = {gone.fqdn: self._result(), left.fqdn: failed}
        run._take_status(self._status("failed", results))
        with self.assertRaisesRegex(UserError, "terminated"):
            run.action_run_again()
        action = run.action_run_failed()
        again = self.env["kubernetes.run"].browse(action["res_id"])
        self.assertEqual(
            again.decisions,
            {
                "host_remove_confirm": left.fqdn,
                "host_remove_without_backup": True,
            },
        )

    def test_run_again_never_undoes_a_later_decision(self):
        host = self._create_idle_host()
        host.action_suspend()
        suspend = host.active_run_id
        self._finish(suspend, host)
        host.action_resume()
        self._finish(host.active_run_id, host)
        with self.assertRaisesRegex(UserError, "another lifecycle"):
            suspend.action_run_again()

    def test_run_again_needs_the_rights_of_the_first_time(self):
        host = self._create_idle_host()
        operator = self._create_user("operator")
        host.action_adopt_namespace()
        adopt = host.active_run_id
        self._finish(adopt, host)
        with self.assertRaises(AccessError):
            adopt.with_user(operator).action_run_again()
        host.with_user(operator).action_overwrite_text()
        overwrite = host.active_run_id
        self._finish(overwrite, host)
        self.assertTrue(overwrite.with_user(operator).action_run_again())

    def test_a_run_without_supervisor_is_queued_again_with_back_off(self):
        host = self._create_host()
        run = host.active_run_id
        first = run.uuid
        run._mark_running()
        with self.trap_jobs() as trap:
            run._take_status(None)
        self.assertEqual((run.state, run.attempt), ("queued", 2))
        self.assertNotEqual(run.uuid, first, "a fresh directory for each attempt")
        self.assertEqual(host.activity, "queued")
        self.assertFalse(host.error_class, "nobody is alarmed while it is tried again")
        trap.assert_enqueued_job(run._job_launch)
        self.assertGreaterEqual(
            trap.enqueued_jobs[0].eta, fields.Datetime.now() + timedelta(seconds=4)
        )

    def test_a_run_is_lost_after_the_last_attempt(self):
        host = self._create_host()
        run = host.active_run_id
        error = events.error_entry("lost", "Gone.", "", True)
        for attempt in range(1, MAXIMUM_ATTEMPTS + 1):
            self.assertEqual((run.state, run.attempt), ("queued", attempt))
            run._mark_running()
            run._take_status(self._status("lost", error=error))
        self.assertEqual(run.state, "lost")
        self.assertEqual(run.line_ids.state, "lost")
        self.assertEqual((host.activity, host.error_class), ("idle", "lost"))
        host.action_apply()
        self.assertEqual(host.activity, "queued")

    def test_a_busy_host_is_tried_again(self):
        run = self._create_host().active_run_id
        run._mark_running()
        run._take_status(self._status("busy", error=events.error_entry("busy", "x")))
        self.assertEqual((run.state, run.attempt), ("queued", 2))

    def test_a_loss_after_the_last_result_ends_the_run_as_its_hosts_did(self):
        for ok, state in ((True, "done"), (False, "failed")):
            host = self._create_host(f"host-{state}")
            run = host.active_run_id
            run._mark_running()
            error = None if ok else self._error()
            results = {host.fqdn: self._result(ok=ok, error=error)}
            with self.trap_jobs() as trap:
                run._take_status(self._status("running", results))
                run._take_status(self._status("lost", results))
            with self.subTest(state):
                self.assertEqual((run.state, run.attempt), (state, 1))
                launches = [job.method_name for job in trap.enqueued_jobs]
                self.assertNotIn("_job_launch", launches)

    def test_a_result_that_arrived_before_the_loss_is_kept(self):
        hosts = self._create_project()._create_hosts()
        run = hosts.active_run_id
        run._mark_running()
        done = {hosts[0].fqdn: self._result()}
        run._take_status(self._status("lost", done, error=None))
        self.assertEqual(run.state, "queued")
        self.assertEqual(hosts[0].activity, "idle")
        self.assertEqual(hosts[1].activity, "queued")
        self.assertEqual(run._prepare_launch(run._get_path()).hosts, (hosts[1].fqdn,))

    def test_the_launch_is_refused_at_capacity(self):
        self.cluster.capacity = 1
        first = self._create_host().active_run_id
        path = run_dir.create(first._get_path().parent, first.uuid)
        first._mark_running()
        second = self._create_host("other").active_run_id
        with open(path / events.LOCK_FILE, "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with self.assertRaises(RetryableJobError) as caught:
                second._job_launch()
            self.assertTrue(caught.exception.ignore_retry)
        self.assertEqual(second.state, "queued")

    def test_who_came_first_is_served_first(self):
        self.cluster.capacity = 1
        names = ("first", "second", "third")
        runs = [self._create_host(name).active_run_id for name in names]
        runs[0]._check_capacity()
        for run, before in zip(runs, range(3), strict=True):
            self.assertEqual(run._count_before(), before)
        with self.assertRaises(RetryableJobError) as caught:
            runs[2]._check_capacity()
        self.assertEqual(caught.exception.seconds, 60, "far behind: seldom")
        self.cluster.capacity = 3
        runs[2]._check_capacity()
        self.cluster.capacity = 1
        runs[0].past_uuids = ["lost"]
        runs[1]._check_capacity()
        self._get_launch_jobs(runs[1]).unlink()
        self.assertEqual(runs[2]._count_before(), 0)

    def test_the_end_of_a_run_wakes_who_waits_longest(self):
        names = ("first", "second", "third")
        runs = [self._create_host(name).active_run_id for name in names]
        for run in runs:
            self._get_launch_jobs(run).eta = fields.Datetime.now() + timedelta(hours=1)
        runs[0]._mark_running()
        runs[0]._end("done")
        self.assertFalse(self._get_launch_jobs(runs[1]).eta)
        self.assertTrue(self._get_launch_jobs(runs[2]).eta)
        self._get_launch_jobs(runs[1]).state = "started"
        runs[1]._mark_running()
        runs[1].past_uuids = ["lost"]
        runs[2].past_uuids = ["lost"]
        runs[1]._end("done")
        self.assertTrue(self._get_launch_jobs(runs[2]).eta, "it waits on purpose")

    def test_a_look_that_waits_for_its_time_keeps_nobody(self):
        self.cluster.capacity = 1
        self.env["kubernetes.run"]._queue(
            "cluster_check", wait=600, cluster=self.cluster
        )
        self._create_host().active_run_id._check_capacity()

    def test_a_run_waits_until_the_one_before_it_lets_go_of_its_host(self):
        self.cluster.capacity = 2
        hosts = self._create_project()._create_hosts()
        deployed = hosts.active_run_id
        deployed._mark_running()
        early = {hosts[0].fqdn: self._result()}
        deployed._take_status(self._status("running", early))
        self.assertEqual((deployed.state, hosts[0].activity), ("running", "idle"))
        hosts[0].action_apply()
        waiting = hosts[0].active_run_id
        with self.assertRaises(RetryableJobError) as caught:
            waiting._job_launch()
        self.assertTrue(caught.exception.ignore_retry)
        self.assertEqual((waiting.state, waiting.attempt), ("queued", 1))
        other = self._create_host("other").active_run_id
        self.assertEqual(other._count_before(), 0, "others pass it by")
        deployed._end("failed")
        waiting._check_capacity()
        self.assertEqual(other._count_before(), 1)

    def _get_launch_jobs(self, run):
        keys = [("identity_key", "=", run._get_launch_key())]
        return self.env["queue.job"].search(keys)

    def test_a_directory_with_a_status_is_adopted(self):
        run = self._create_host().active_run_id
        path = run_dir.create(run._get_path().parent, run.uuid)
        run_dir.write_json(path / events.STATUS_FILE, self._status("successful"))
        with self.trap_jobs() as trap:
            run._job_launch()
        self.assertEqual(run.state, "running")
        self.assertFalse((path / "inventory").exists(), "nothing was written anew")
        trap.assert_enqueued_job(self.env["kubernetes.run"]._job_watch)

    def test_a_broken_kubeconfig_fails_the_run_with_a_reason(self):
        run = self._create_host().active_run_id
        self.addCleanup(self.kubeconfig.write_text, self.kubeconfig.read_text())
        self.kubeconfig.write_text("{}")
        run._job_launch()
        host = run.line_ids.host_id
        self.assertEqual((run.state, run.error_class), ("failed", "not_started"))
        self.assertIn("kubeconfig zurich-1", host.error_message)
        self.assertTrue(host.error_hint)
        self.assertEqual((host.activity, host.health), ("idle", "unknown"))

    def test_a_manifest_that_lost_its_approval_is_not_applied(self):
        host = self._create_host()
        run = host.active_run_id
        self.env.cr.execute(
            "UPDATE kubernetes_manifest_version SET state = 'refused' WHERE id = %s",
            (self.version.id,),
        )
        self.env.invalidate_all()
        run._job_launch()
        self.assertEqual((run.state, host.error_class), ("failed", "not_started"))
        self.assertIn("refused by the checks", host.error_message)
        self.assertFalse(run._get_path().exists())

    def test_the_reconciler_queues_a_launch_whose_job_vanished(self):
        run = self._create_host().active_run_id
        self.env["queue.job"].sudo().search([]).unlink()
        self.env.cr.execute(
            "UPDATE kubernetes_run SET write_date = %s WHERE id = %s",
            (fields.Datetime.now() - timedelta(minutes=2), run.id),
        )
        self.env.invalidate_all()
        with self.trap_jobs() as trap:
            self.env["kubernetes.run"]._cron_reconcile()
        trap.assert_jobs_count(1)
        trap.assert_enqueued_job(run._job_launch)

    def test_the_reconciler_leaves_a_waiting_launch_alone(self):
        run = self._create_host().active_run_id
        self.env.cr.execute(
            "UPDATE kubernetes_run SET write_date = %s WHERE id = %s",
            (fields.Datetime.now() - timedelta(minutes=2), run.id),
        )
        self.env.invalidate_all()
        self.env["kubernetes.run"]._cron_reconcile()
        key = [("identity_key", "=", run._get_launch_key())]
        self.assertEqual(self.env["queue.job"].sudo().search_count(key), 1)

    def test_the_line_keeps_the_hashes_of_what_was_applied(self):
        host = self._create_host()
        line = host.run_line_ids
        line._prepare_files()
        name, content = host._export(False)
        self.assertEqual(name, "vars.yml")
        self.assertEqual(line.vars_sha256, hashlib.sha256(content).hexdigest())
        self.assertEqual(line.manifest_sha256s, [self.version.sha256])
