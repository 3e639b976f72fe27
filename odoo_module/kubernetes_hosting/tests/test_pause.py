from datetime import timedelta

from odoo import fields

from ..models.kubernetes_cluster_pause import FIRST_PROBE, LONGEST_PROBE
from ..tools import events
from .common import KubernetesCase

DOWN = events.error_entry("unreachable", "Connection refused.", "Look at its API.")


class TestPause(KubernetesCase):
    """A cluster that does not answer: its queue waits, a check repeats, it goes on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls._create_host("first")
        cls.second = cls._create_host("second")

    def _go_down(self, error=None):
        run = self.first.active_run_id
        self._finish(run, self.first, self._result(ok=False, error=error or DOWN))

    def _get_probe(self):
        return self.env["kubernetes.run"].search(
            [("playbook", "=", "cluster_check"), ("state", "=", "queued")]
        )

    def _answer(self, error=None):
        """Let the waiting check of the connection end."""
        probe = self._get_probe()
        probe._mark_running()
        result = {"ok": not error, "checks": [], "error": error}
        status = self._status("failed" if error else "successful")
        probe._take_status(status | {"stats": {"cluster_check_result": result}})
        return probe

    def test_an_unreachable_cluster_pauses_its_queue(self):
        self._go_down()
        self.assertTrue(self.cluster.paused_at)
        self.assertEqual(
            self.cluster.pause_reason, "Connection refused. Look at its API."
        )
        waiting = self.second.active_run_id
        waiting._job_launch()
        self.assertEqual(waiting.state, "queued")
        self.assertFalse(waiting._get_path().exists())
        self.assertEqual(self.cluster.waiting_count, 1)
        self.assertIn("zurich-1", self.second.run_summary)

    def test_refused_credentials_pause_too_and_a_hosts_own_error_does_not(self):
        self._go_down(self._error("not_ready"))
        self.assertFalse(self.cluster.paused_at)
        self.second.active_run_id._mark_running()
        self.second.active_run_id._take_status(
            self._status(
                "failed",
                {
                    self.second.fqdn: self._result(
                        ok=False, error=self._error("unauthorized")
                    )
                },
            )
        )
        self.assertTrue(self.cluster.paused_at)

    def test_the_check_repeats_with_back_off_until_it_answers(self):
        with self.trap_jobs() as trap:
            self._go_down()
        self.assertEqual(len(self._get_probe()), 1)
        soon = fields.Datetime.now() + timedelta(seconds=FIRST_PROBE + 5)
        self.assertLess(trap.enqueued_jobs[0].eta, soon)
        waits = []
        for _turn in range(7):
            self._answer(DOWN)
            self.assertEqual(len(self._get_probe()), 1)
            waits.append(self.cluster.probe_wait)
        self.assertEqual(waits, [30, 60, 120, 240, 480, LONGEST_PROBE, LONGEST_PROBE])
        self.assertTrue(self.cluster.paused_at)

    def test_the_queue_goes_on_when_the_cluster_answers(self):
        self._go_down()
        waiting = self.second.active_run_id
        with self.trap_jobs() as trap:
            self._answer()
        self.assertFalse(self.cluster.paused_at)
        trap.assert_enqueued_job(waiting._job_launch)
        self.assertFalse(self._get_probe())
        messages = self.cluster.message_ids.mapped("body")
        self.assertIn("its queue goes on", messages[0])
        self.assertIn("its queue is paused", messages[1])

    def test_a_run_that_got_through_ends_the_pause(self):
        third = self._create_host("third")
        third.active_run_id._mark_running()
        self._go_down()
        third.active_run_id._take_status(
            self._status("successful", {third.fqdn: self._result()})
        )
        self.assertFalse(self.cluster.paused_at)

    def test_a_check_that_could_not_run_says_nothing(self):
        self._go_down()
        probe = self._get_probe()
        probe._abort("failed", events.error_entry("not_started", "No kubeconfig."))
        self.assertTrue(self.cluster.paused_at)
        self.assertEqual(len(self._get_probe()), 1)

    def test_the_reconciler_replaces_a_cancelled_check_and_leaves_waiting_runs(self):
        self._go_down()
        self._get_probe().action_cancel()
        runs = self.env["kubernetes.run"]
        self.env["queue.job"].sudo().search([]).unlink()
        old = fields.Datetime.now() - timedelta(minutes=2)
        self.env.flush_all()
        self.env.cr.execute("UPDATE kubernetes_run SET write_date = %s", (old,))
        self.env.invalidate_all()
        with self.trap_jobs() as trap:
            runs._cron_reconcile()
        trap.assert_jobs_count(1)
        trap.assert_enqueued_job(self._get_probe()._job_launch)
