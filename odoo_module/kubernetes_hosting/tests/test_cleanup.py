from odoo import fields

from ..models.kubernetes_run_cleanup import KEEP
from ..tools import run_dir
from .common import KubernetesCase


class TestCleanup(KubernetesCase):
    """Old runs go with their directories, the last ones of each host stay."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.host = cls._create_idle_host()
        cls.env["ir.config_parameter"].sudo().set_param(KEEP, "2")

    def _apply(self, host=None):
        host = host or self.host
        host.action_apply()
        run = host.active_run_id
        run_dir.create(run._get_path().parent, run.uuid)
        self._finish(run, host)
        return run

    def _clean_up(self, days=3):
        """Run the vacuum, some days after all runs there are."""
        self.env.flush_all()
        old = fields.Datetime.subtract(fields.Datetime.now(), days=days)
        self.env.cr.execute("UPDATE kubernetes_run SET ended_at = %s", (old,))
        self.env.invalidate_all()
        done = self.env["kubernetes.run"]._gc_runs()
        self.env.cr.postcommit.run()
        return done

    def test_the_last_runs_of_each_host_stay(self):
        runs = [self._apply() for _turn in range(4)]
        other = self._create_idle_host("other").last_run_id
        count, more = self._clean_up()
        self.assertFalse(more)
        # The first one deployed the host: it was an Apply, too.
        self.assertEqual(count, 3)
        self.assertEqual(
            [bool(run.exists()) for run in runs], [False, False, True, True]
        )
        self.assertTrue(other.exists())

    def test_directories_go_with_their_run_and_all_its_attempts(self):
        run = self._apply()
        past = run_dir.create(run._get_path().parent, "00000000-dead")
        run.past_uuids = [past.name, "../outside"]
        path = run._get_path()
        self._apply(), self._apply()
        self._clean_up()
        self.assertFalse(run.exists())
        self.assertFalse(path.exists() or past.exists())
        self.assertTrue(self.host.last_run_id._get_path().exists())

    def test_nothing_goes_on_the_same_day(self):
        runs = [self._apply() for _turn in range(4)]
        self._clean_up(days=0)
        self.assertTrue(all(run.exists() for run in runs))

    def test_a_status_check_does_not_push_an_apply_out(self):
        apply = self._apply()
        for _turn in range(3):
            self.host.action_check_status()
            self._finish(self.host.active_run_id, self.host)
        self._clean_up()
        self.assertTrue(apply.exists())

    def test_active_runs_stay(self):
        self.host.action_apply()
        waiting = self.host.active_run_id
        self._clean_up()
        self.assertTrue(waiting.exists())

    def test_runs_without_a_host_go_by_their_cluster(self):
        runs = self.env["kubernetes.run"]
        for _turn in range(4):
            self.cluster.action_check_connection()
            check = runs.search([("state", "=", "queued")])
            check._mark_running()
            check._abort("failed", None)
        self._clean_up()
        self.assertEqual(runs.search_count([("playbook", "=", "cluster_check")]), 2)
