from odoo import fields
from odoo.exceptions import AccessError, UserError

from ..models.states import TRANSITIONS
from .common import KubernetesCase


class TestHost(KubernetesCase):
    def test_creating_active_hosts_queues_one_run_for_both(self):
        project = self._create_project()
        with self.trap_jobs() as trap:
            hosts = project._create_hosts()
        run = hosts.active_run_id
        self.assertEqual(len(run), 1)
        self.assertEqual(run.line_ids.host_id, hosts)
        self.assertEqual((run.playbook, run.state), ("apply", "queued"))
        self.assertEqual(set(hosts.mapped("activity")), {"queued"})
        trap.assert_jobs_count(1)
        trap.assert_enqueued_job(run._job_launch)
        bot = self.env.ref("kubernetes_hosting.user_bot")
        self.assertEqual(trap.enqueued_jobs[0].recordset.env.user, bot)

    def test_a_draft_is_deployed_when_it_becomes_active(self):
        with self.trap_jobs() as trap:
            host = self._create_host(lifecycle="draft")
            trap.assert_jobs_count(0)
            self.assertEqual(host.activity, "idle")
            host.action_apply()
            trap.assert_jobs_count(1)
        self.assertEqual((host.lifecycle, host.activity), ("active", "queued"))

    def test_a_second_apply_is_refused_while_a_run_is_at_work(self):
        host = self._create_host()
        with self.assertRaisesRegex(UserError, "at work on acme.example.com"):
            host.action_apply()
        self.assertEqual(host.run_count, 1)

    def test_several_hosts_make_one_run_and_show_it(self):
        hosts = self._create_idle_host() | self._create_idle_host("other")
        action = hosts.action_apply()
        run = hosts.active_run_id
        self.assertEqual(len(run), 1)
        self.assertEqual(action["domain"], [("id", "in", run.ids)])

    def test_update_takes_the_newest_approved_version_unless_pinned(self):
        host = self._create_idle_host()
        pinned = self._create_idle_host("other")
        pinned.manifest_line_ids.track = "pinned"
        second = self._add_version(self.manifest, "kind: ConfigMap\n")
        second._store_check([])
        self.assertFalse(host.update_available)
        second.action_approve()
        self.assertTrue(host.update_available)
        self.assertFalse(pinned.update_available)
        (host | pinned).action_update()
        self.assertEqual(host.manifest_line_ids.version_id, second)
        self.assertEqual(pinned.manifest_line_ids.version_id, self.version)
        self.assertEqual(host.active_run_id.playbook, "update")

    def test_apply_keeps_the_version(self):
        host = self._create_idle_host()
        second = self._add_version(self.manifest, "kind: ConfigMap\n")
        second._store_check([])
        second.action_approve()
        host.action_apply()
        self.assertEqual(host.manifest_line_ids.version_id, self.version)

    def test_status_needs_an_active_host_and_locks_nothing(self):
        host = self._create_host(lifecycle="draft")
        with self.assertRaisesRegex(UserError, "press Apply first"):
            host.action_check_status()
        host = self._create_idle_host("other")
        host.action_check_status()
        self.assertEqual(host.active_run_id.playbook, "status")
        host.action_apply()
        self.assertEqual(len(host._get_active_lines()), 2)

    def test_apply_without_a_manifest_says_what_to_do(self):
        host = self._create_host(manifest_line_ids=[])
        self.assertTrue(host.deploy_waiting)
        self.assertFalse(host.run_count)
        with self.assertRaisesRegex(UserError, "add one on the tab Manifests"):
            host.action_apply()

    def test_apply_without_a_kubeconfig_says_what_to_do(self):
        host = self._create_idle_host()
        self.cluster.kubeconfig = False
        with self.assertRaisesRegex(UserError, "zurich-1 has no kubeconfig"):
            host.action_apply()

    def test_an_active_host_is_not_deleted(self):
        host = self._create_idle_host()
        with self.assertRaisesRegex(UserError, "Terminate it first"):
            host.unlink()
        host.lifecycle = "suspended"
        with self.assertRaisesRegex(UserError, "Terminate it first"):
            host.unlink()
        draft = self._create_host("other", lifecycle="draft")
        draft.unlink()
        self.assertFalse(draft.exists())

    def test_only_the_transitions_of_the_table_are_possible(self):
        lifecycles = list(TRANSITIONS["kubernetes.host"])
        for before in lifecycles:
            for after in lifecycles:
                allowed = after == before or (
                    after in TRANSITIONS["kubernetes.host"][before]
                )
                name = f"{before}-{after}"
                with self.subTest(name):
                    host = self._create_host(name, lifecycle="draft")
                    self.env.cr.execute(
                        "UPDATE kubernetes_host SET lifecycle = %s WHERE id = %s",
                        (before, host.id),
                    )
                    host.invalidate_recordset()
                    if allowed:
                        host.lifecycle = after
                        self.assertEqual(host.lifecycle, after)
                        continue
                    with self.assertRaisesRegex(UserError, "can't become"):
                        host.lifecycle = after

    def test_what_was_seen_is_not_written_by_hand(self):
        host = self._create_idle_host()
        user = self._create_user("administrator")
        for vals in (
            {"health": "failed"},
            {"ladder": []},
            {"error_message": "x"},
            {"deploy_waiting": True},
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(AccessError, "can't be set by hand"),
            ):
                host.with_user(user).write(vals)
        with self.assertRaisesRegex(AccessError, "can't be set by hand"):
            self.env["kubernetes.host"].with_user(user).create(
                {"project_id": host.project_id.id, "health": "ok"}
            )

    def test_create_hosts_makes_what_is_missing(self):
        project = self._create_project()
        project.action_create_hosts()
        self.assertEqual(project.host_count, 2)
        project.action_create_hosts()
        self.assertEqual(project.host_count, 2)

    def test_create_hosts_without_manifests_says_what_to_do(self):
        project = self._create_project(manifest_ids=[])
        with self.assertRaisesRegex(UserError, "Choose the manifests of acme"):
            project.action_create_hosts()

    def test_hosts_run_the_manifests_of_their_environment(self):
        only = self._create_manifest("only", environment="staging", sequence=1)
        reset = self._create_manifest("reset", purpose="reset")
        project = self._create_project(
            manifest_ids=[fields.Command.set((self.manifest | only | reset).ids)]
        )
        hosts = project._create_hosts()
        found = {
            host.environment: host.manifest_line_ids.sorted().manifest_id.mapped("name")
            for host in hosts
        }
        self.assertEqual(found, {"production": ["web"], "staging": ["only", "web"]})

    def test_approved_jobs_travel_in_vars_and_files(self):
        """Those of the project, in their environment, in the approved text alone."""
        host = self._create_project()._create_hosts()[:1]
        self.assertNotIn("hosting_jobs", host._prepare_vars())
        jobs = self._create_manifest("jobs", purpose="reset")
        unapproved = self._create_manifest("later", purpose="reset")
        version = self._add_version(jobs, "kind: Job\n")
        version._store_check([])
        version.action_approve()
        host.project_id.manifest_ids |= jobs | unapproved
        entry = host._prepare_vars()["hosting_jobs"][0]
        self.assertEqual((entry["purpose"], entry["name"]), ("reset", "jobs"))
        self.assertEqual(entry["sha256"], jobs.current_version_id.sha256)
        _hosts, texts = host._prepare_files()
        self.assertEqual(texts[entry["sha256"]], jobs.current_version_id.text)
        self.assertEqual(len(host._prepare_vars()["hosting_jobs"]), 1)
