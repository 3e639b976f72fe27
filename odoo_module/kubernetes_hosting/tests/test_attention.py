from datetime import timedelta
from unittest.mock import patch

from odoo import fields

from ..models import kubernetes_host_checks
from ..models.kubernetes_host_attention import ACTIVITY_TYPE
from .common import KubernetesCase


class TestAttention(KubernetesCase):
    def _look(self, host, result):
        host._store_result("status", result)

    def _activities(self, host):
        return host.activity_search([ACTIVITY_TYPE])

    def _red(self):
        return self._result(ok=False, error=self._error(), http="failed")

    def test_a_red_host_raises_one_activity_and_a_green_one_clears_it(self):
        host = self._create_idle_host()
        self.assertFalse(host.needs_attention)
        for _night in range(3):
            self._look(host, self._red())
        self.assertTrue(host.needs_attention)
        self.assertEqual(len(self._activities(host)), 1)
        self.assertTrue(self._activities(host).user_id)
        self._look(host, self._result(certificate="pending"))
        self.assertEqual(len(self._activities(host)), 1, "pending is not green yet")
        self._look(host, self._result())
        self.assertFalse(self._activities(host))
        self.assertFalse(host.needs_attention)

    def test_a_failed_run_on_a_green_host_is_news_and_a_cancelled_one_is_not(self):
        host = self._create_idle_host()
        error = self._error("cancelled")
        host._store_result("apply", {"ok": False, "error": error})
        self.assertFalse(self._activities(host))
        host._store_result("apply", {"ok": False, "error": self._error("forbidden")})
        self.assertEqual((host.health, len(self._activities(host))), ("ok", 1))

    def test_the_activity_sends_no_mail_of_its_own(self):
        host = self._create_idle_host()
        host.user_id = self._create_user("operator", email="operator@example.com")
        with self.trap_jobs():
            mails = self.env["mail.mail"].search_count([])
            self._look(host, self._red())
            self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.assertEqual(self._activities(host).user_id, host.user_id)

    def test_without_a_responsible_an_operator_of_the_company_gets_it(self):
        company = self.env["res.company"].create({"name": "Other"})
        operator = self._create_user(
            "operator", company_id=company.id, company_ids=[(6, 0, company.ids)]
        )
        host = self._create_idle_host()
        host.user_id = False
        self.cluster.company_id = self.manifest.company_id = False
        host.project_id.company_id = company
        self._look(host, self._red())
        self.assertEqual(self._activities(host).user_id, operator)

    def test_a_terminated_host_needs_nobody(self):
        host = self._create_idle_host()
        self._look(host, self._red())
        self._finish(host._terminate(without_backup=True), host)
        self.assertFalse(host.needs_attention)
        self.assertFalse(self._activities(host))

    def test_first_ready_is_kept(self):
        host = self._create_host()
        self.assertTrue(host.activated_at)
        self.assertFalse(host.ready_at)
        self._finish(host.active_run_id, host)
        ready = host.ready_at
        self.assertTrue(ready)
        with patch.object(fields.Datetime, "now", lambda: ready + timedelta(days=1)):
            self._look(host, self._result())
        self.assertEqual(host.ready_at, ready)


class TestNightlyCheck(KubernetesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hosts = cls.env["kubernetes.host"]
        for name in ("one", "two-hosts", "three"):
            cls.hosts |= cls._create_idle_host(name)

    def _runs(self):
        return self.env["kubernetes.run"].search(
            [("playbook", "=", "status"), ("state", "=", "queued")]
        )

    def _night(self, batch=2):
        with patch.object(kubernetes_host_checks, "BATCH", batch):
            self.hosts._queue_rechecks()

    def test_batches_follow_each_other_until_all_were_seen(self):
        self.hosts._cron_check_all()
        seen = self.hosts.browse()
        for _batch in range(2):
            self._night()
            run = self._runs()
            self.assertEqual(len(run), 1)
            self._night()
            self.assertEqual(self._runs(), run, "one at a time on a cluster")
            seen |= run.line_ids.host_id
            self._finish(run, run.line_ids.host_id)
        self.assertEqual(seen, self.hosts)
        self._night()
        self.assertFalse(self._runs())

    def test_nights_that_are_missed_pile_nothing_up(self):
        for _night in range(5):
            self.hosts._cron_check_all()
            self._night()
        self.assertEqual(len(self._runs()), 1)
        self.assertEqual(len(self._runs().line_ids), 2)

    def test_what_is_pending_comes_first(self):
        self.hosts._cron_check_all()
        last = self.hosts[-1]
        last.sudo().pending_since = fields.Datetime.now()
        self._night(batch=1)
        self.assertEqual(self._runs().line_ids.host_id, last)

    def test_hosts_at_work_drafts_and_suspended_ones_are_left_out(self):
        self._create_host("draft", lifecycle="draft")
        self.hosts[0].action_apply()
        self.hosts[1].action_suspend()
        self.hosts._cron_check_all()
        self._night(batch=9)
        self.assertEqual(self._runs().line_ids.host_id, self.hosts[2])

    def test_a_paused_cluster_waits_until_it_is_back(self):
        self.hosts._cron_check_all()
        cluster = self.cluster.sudo()
        cluster.paused_at = fields.Datetime.now()
        self._night(batch=9)
        self.assertFalse(self._runs())
        cluster.paused_at = False
        self._night(batch=9)
        self.assertEqual(self._runs().line_ids.host_id, self.hosts)
