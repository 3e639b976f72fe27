from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .common import KubernetesCase

CHECKS = {
    "neutralized": True,
    "mail_servers_off": True,
    "crons_off": True,
    "payments_off": True,
}


class ResetCase(KubernetesCase):
    """A project with two green hosts whose product has jobs for its data."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.jobs = cls._create_manifest("odoo-jobs", purpose="reset")
        version = cls._add_version(cls.jobs, "kind: Job\n")
        version._store_check([])
        version.action_approve()
        cls.project = cls._create_project("acme")
        cls.project.manifest_ids += cls.jobs
        hosts = cls.project._create_hosts()
        cls._finish(hosts.active_run_id, hosts)
        cls.production = hosts.filtered(lambda host: host.environment == "production")
        cls.staging = hosts - cls.production

    @classmethod
    def _reset_result(cls, ok=True, **reset):
        now = fields.Datetime.now()
        return cls._result(ok=ok, error=None if ok else cls._error("reset_unsafe")) | {
            "playbook": "reset",
            "objects": [],
            "reset": {
                "action": "reset",
                "source": "acme.example.com",
                "stage": "done",
                "verified": True,
                "checks": CHECKS,
                "size": {"database": 3000, "dump": 500, "files": 1000, "count": 7},
                "seconds": 41,
                "undo_until": f"{(now + timedelta(hours=24)).isoformat()}Z",
                "staging": "up",
            }
            | reset,
        }

    def _run_reset(self, **reset):
        self.staging.action_reset()
        result = self._reset_result(**reset)
        self._finish(self.staging.active_run_id, self.staging, result)


class TestReset(ResetCase):
    def test_the_button_queues_one_run_on_staging_alone(self):
        self.assertFalse(self.staging.blocked)
        self.staging.action_reset()
        run = self.staging.active_run_id
        self.assertEqual((run.playbook, run.decisions or {}), ("reset", {}))
        self.assertIn("action_reset", self.staging.blocked)
        self.assertEqual(run.line_ids.host_id, self.staging)
        self.assertTrue(run.line_ids.writes)
        with self.assertRaisesRegex(UserError, "at work"):
            self.staging.action_reset()

    def test_without_jobs_staging_starts_new_and_empty(self):
        self.project.manifest_ids -= self.jobs
        self.staging.action_reset()
        decisions = self.staging.active_run_id.decisions
        self.assertEqual(decisions, {"host_staging_reset_fresh": True})

    def test_jobs_that_wait_for_approval_delete_nothing(self):
        self.jobs.current_version_id = False
        with self.assertRaisesRegex(UserError, "odoo-jobs"):
            self.staging.action_reset()

    def test_production_is_never_reset(self):
        with self.assertRaisesRegex(UserError, "only staging"):
            self.production.action_reset()

    def test_staging_needs_an_active_production(self):
        self.production._suspend()
        with self.assertRaisesRegex(UserError, "no active production"):
            self.staging.action_reset()

    def test_only_operators_reset(self):
        user = self._create_user("user")
        for action in ("action_reset", "action_undo_reset"):
            with self.subTest(action), self.assertRaises(AccessError):
                getattr(self.staging.with_user(user), action)()
        self.staging.with_user(self._create_user("operator")).action_reset()
        self.assertEqual(self.staging.active_run_id.playbook, "reset")

    def test_the_checklist_and_figures_are_kept(self):
        objects = self.staging.objects
        self._run_reset()
        self.assertEqual(
            (self.staging.reset_seconds, self.staging.reset_size), (41, 4000)
        )
        self.assertTrue(self.staging.reset_at)
        self.assertEqual({row["state"] for row in self.staging.reset_checks}, {"ok"})
        self.assertEqual(len(self.staging.reset_checks), len(CHECKS))
        self.assertEqual(self.staging.objects, objects, "what Apply made stays known")
        self.assertEqual(self.staging.health, "ok")

    def test_undo_is_possible_for_its_time(self):
        with self.assertRaisesRegex(UserError, "nothing to undo"):
            self.staging.action_undo_reset()
        self._run_reset()
        self.assertTrue(self.staging.can_undo_reset)
        self.staging.action_undo_reset()
        run = self.staging.active_run_id
        self.assertEqual(
            (run.playbook, run.decisions), ("reset", {"host_staging_reset_undo": True})
        )
        copied = self.staging.reset_at
        self._finish(run, self.staging, self._reset_result(action="undo", seconds=3))
        self.assertEqual(self.staging.reset_result["action"], "undo")
        self.assertEqual(
            (self.staging.reset_at, self.staging.reset_seconds), (copied, 41)
        )
        self.staging.sudo().reset_undo_until = fields.Datetime.now()
        self.assertFalse(self.staging.can_undo_reset)

    def test_a_reset_that_stopped_before_says_nothing_of_staging(self):
        self._run_reset()
        before = self.staging.read(
            ["health", "ladder", "objects", "reset_at", "reset_undo_until"]
        )
        self.staging.action_reset()
        result = self._reset_result(
            ok=False,
            stage="verify",
            verified=False,
            staging="unchanged",
            undo_until=None,
        )
        self._finish(self.staging.active_run_id, self.staging, result)
        after = self.staging.read(
            ["health", "ladder", "objects", "reset_at", "reset_undo_until"]
        )
        self.assertEqual(after, before)
        self.assertEqual(self.staging.error_class, "reset_unsafe")
        self.assertIn("Reset staging failed", self.staging.message_ids[0].body)

    def test_a_reset_that_left_staging_down_is_red_and_can_be_undone(self):
        self.staging.action_reset()
        result = self._reset_result(ok=False, stage="start", staging="down")
        self._finish(self.staging.active_run_id, self.staging, result)
        self.assertEqual(self.staging.health, "failed")
        self.assertTrue(self.staging.can_undo_reset)
        self.assertFalse(self.staging.reset_at)

    def test_nobody_writes_the_results_by_hand(self):
        for name in ("reset_result", "reset_at", "reset_undo_until", "reset_size"):
            with self.subTest(name), self.assertRaises(AccessError):
                self.staging.with_user(
                    self._create_user("administrator", name=name)
                ).write({name: False})

    def test_what_was_before_is_deleted_when_its_time_is_over(self):
        self._run_reset()
        hosts = self.env["kubernetes.host"]
        hosts._cron_forget_resets()
        self.assertFalse(self.staging.active_run_id, "it can still be undone")
        self.staging.sudo().reset_undo_until = fields.Datetime.now()
        hosts._cron_forget_resets()
        self.assertFalse(self.staging.active_run_id, "a run was at work just now")
        old = fields.Datetime.now() - timedelta(hours=7)
        self.env.cr.execute("UPDATE kubernetes_run_line SET create_date = %s", [old])
        self.env.invalidate_all()
        hosts._cron_forget_resets()
        run = self.staging.active_run_id
        self.assertEqual(
            (run.playbook, run.decisions),
            ("reset", {"host_staging_reset_forget": True}),
        )
        result = self._reset_result(action="forget", undo_until=None, checks={})
        self._finish(run, self.staging, result)
        self.assertFalse(self.staging.reset_undo_until)
        self.assertTrue(self.staging.reset_checks, "the copy that is there was checked")
        hosts._cron_forget_resets()
        self.assertFalse(self.staging.active_run_id, "once")

    def test_all_attempts_of_a_run_have_one_name(self):
        """By it a second attempt knows that the first one has swapped already."""
        self.staging.action_reset()
        run = self.staging.active_run_id
        first = run.uuid
        self.assertEqual(run._prepare_launch(run._get_path()).order, first)
        run._mark_running()
        run._take_status(None)
        self.assertNotEqual(run.uuid, first)
        self.assertEqual(run._prepare_launch(run._get_path()).order, first)

    def test_jobs_that_were_never_fetched_are_with_the_first_host(self):
        """Until they are approved nothing is deleted in their place."""
        jobs = self._create_manifest("other-jobs", purpose="reset")
        project = self._create_project("bravo")
        project.manifest_ids += jobs
        hosts = project._create_hosts()
        fetch = self.env["kubernetes.run"].search([("manifest_ids", "=", jobs.id)])
        self.assertEqual(fetch.playbook, "manifest_fetch")
        self._finish(hosts.active_run_id, hosts)
        staging = hosts.filtered(lambda host: host.environment == "staging")
        self.assertIn("wait for approval", staging._explain_no_reset())
        with self.assertRaisesRegex(UserError, "other-jobs"):
            staging.action_reset()

    def test_jobs_are_checked_with_the_variables_of_what_they_are_for(self):
        """They have none of their own: those of a host of theirs, or of all manifests."""
        self.manifest.parameter_ids = [(0, 0, {"name": "web_x", "value": "any"})]
        jobs = self._create_manifest("other-jobs", purpose="reset")
        self.assertEqual(jobs._prepare_sample().variables["web_x"], "any")
        jobs.parameter_ids = [(0, 0, {"name": "web_x", "value": "own"})]
        self.assertEqual(jobs._prepare_sample().variables["web_x"], "own")
        self.staging.parameter_ids = [(0, 0, {"name": "web_y", "value": "host"})]
        self.production.parameter_ids = [(0, 0, {"name": "web_y", "value": "host"})]
        sample = self.jobs._prepare_sample()
        self.assertIn(sample.fqdn, (self.staging.fqdn, self.production.fqdn))
        self.assertEqual(sample.variables["web_y"], "host")
