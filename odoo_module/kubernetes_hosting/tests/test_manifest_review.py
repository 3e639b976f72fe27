import hashlib

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from ..models.kubernetes_manifest_review import ACTIVITY
from .common import KubernetesCase

PROBLEM = {"line": 3, "rule": "kind", "message": "Pod is not accepted"}


class TestManifestReview(KubernetesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._create_user("administrator")
        cls.operator = cls._create_user("operator")
        cls.user = cls._create_user("user")

    def _wait(self, text="kind: Deployment\n"):
        """Return a new version that waits for approval."""
        version = self._add_version(self.manifest, text)
        version._store_check([])
        return version

    def _activities(self):
        kind = self.env.ref(ACTIVITY)
        self.manifest.invalidate_recordset(["activity_ids"])
        return self.manifest.activity_ids.filtered(
            lambda activity: activity.activity_type_id == kind
        )

    def test_how_many_hosts_would_change_stands_before_the_approval(self):
        followers = [self._create_idle_host(f"one{i}") for i in range(2)]
        pinned = self._create_idle_host("pinned")
        pinned.manifest_line_ids.track = "pinned"
        gone = self._create_idle_host("gone")
        gone.sudo().lifecycle = "terminated"
        version = self._wait()
        self.assertEqual((version.change_count, self.version.change_count), (2, 0))
        self.assertEqual(self.version.host_count, 3)
        self.assertEqual(self.manifest.approve_label, "Approve (2 hosts would change)")
        version.action_approve()
        self.manifest.invalidate_recordset()
        self.assertEqual(self.manifest.stale_host_count, 2)
        action = self.manifest.action_view_stale_hosts()
        found = self.env["kubernetes.host"].search(action["domain"])
        self.assertEqual(found, followers[0] | followers[1])
        followers[0].action_update()
        self.assertEqual(self.manifest.current_version_id.change_count, 1)

    def test_the_count_knows_the_hosts_of_all_companies(self):
        self.manifest.company_id = False
        company = self.env["res.company"].create({"name": "Other"})
        foreign = self._create_idle_host("foreign")
        self.cluster.company_id = False
        foreign.project_id.company_id = company
        version = self._wait()
        self.assertEqual(version.with_user(self.administrator).change_count, 1)

    def test_the_diff_is_with_the_current_version(self):
        version = self._wait("kind: Service\nname: x\n")
        self.assertEqual(version.compared_id, self.version)
        added = [row for row in version.changes if row["kind"] == "added"]
        self.assertEqual([row["right"] for row in added], ["name: x"])
        version.action_approve()
        self.assertEqual(version.compared_id, self.version, "the one before it")
        self.assertFalse(self.version.compared_id == self.version)

    def test_any_two_versions_are_compared(self):
        second, third = self._wait("a: 1\n"), self._wait("a: 2\n")
        action = self.manifest.with_user(self.user).action_compare()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(self.user)
            .with_context(**action["context"])
        )
        self.assertEqual((wizard.old_id, wizard.new_id), (self.version, third))
        wizard.old_id = second
        self.assertEqual([row["left"] for row in wizard.changes], ["a: 1"])
        wizard.old_id = third
        self.assertTrue(wizard.is_equal)

    def test_a_wizard_is_its_makers_alone(self):
        wizards = self.env["kubernetes.manifest.compare"]
        wizard = wizards.with_user(self.user).create({"manifest_id": self.manifest.id})
        with self.assertRaises(AccessError):
            wizard.with_user(self.operator).read(["manifest_id"])

    def test_roll_back_says_what_follows_and_changes_no_host(self):
        host, pinned = self._create_idle_host("one"), self._create_idle_host("two")
        pinned.manifest_line_ids.track = "pinned"
        newer = self._wait()
        newer.action_approve()
        host.action_update()
        self._finish(host.active_run_id, host)
        runs = self.env["kubernetes.run"].search_count([])
        self.version.with_user(self.administrator).action_make_current()
        self.assertEqual(self.manifest.current_version_id, self.version)
        self.assertEqual(host.manifest_line_ids.version_id, newer)
        self.assertEqual(self.env["kubernetes.run"].search_count([]), runs)
        note = self.manifest.message_ids[0]
        self.assertEqual(note.author_id, self.administrator.partner_id)
        for words in ("Rolled back from v2 to v1", "1 hosts take it", "1 hosts keep"):
            self.assertIn(words, note.body)
        self.assertTrue(host.update_available)
        host.action_update()
        self.assertEqual(host.manifest_line_ids.version_id, self.version)

    def test_what_was_rolled_back_does_not_return_with_the_next_fetch(self):
        newer = self._wait()
        newer.action_approve()
        self.version.action_make_current()
        self._add_version(self.manifest, newer.text)
        self.assertEqual(self.manifest.current_version_id, self.version)
        newer.action_make_current()
        self.assertFalse(newer.rolled_back_at)
        self.assertIn("taken again", self.manifest.message_ids[0].body)
        self._add_version(self.manifest, self.version.text)
        self.assertEqual(self.manifest.current_version_id, self.version)

    def test_only_approved_versions_become_current(self):
        waiting = self._wait()
        with self.assertRaisesRegex(UserError, "is not approved"):
            waiting.action_make_current()
        with self.assertRaisesRegex(UserError, "current version already"):
            self.version.action_make_current()
        waiting.action_approve()
        with self.assertRaises(AccessError):
            self.version.with_user(self.operator).action_make_current()

    def test_a_waiting_version_is_asked_of_each_administrator_once(self):
        self._wait()
        first = self._activities()
        self.assertIn(self.administrator, first.user_id)
        self.assertNotIn(self.operator, first.user_id)
        self.assertEqual(set(first.mapped("summary")), {"v2 waits for approval"})
        third = self._add_version(self.manifest, "third: 1\n")
        third._store_check([PROBLEM])
        self.assertEqual(self._activities(), first)
        self.assertEqual(set(first.mapped("summary")), {"v3 was refused by the checks"})
        self._wait("fourth: 1\n").with_user(self.administrator).action_approve()
        self.assertFalse(self._activities())

    def test_administrators_of_another_company_are_not_asked(self):
        company = self.env["res.company"].create({"name": "Other"})
        foreign = self._create_user(
            "administrator", company_id=company.id, company_ids=[(6, 0, company.ids)]
        )
        self.manifest.company_id = self.env.company
        self._wait()
        self.assertNotIn(foreign, self._activities().user_id)
        self.assertIn(self.administrator, self._activities().user_id)

    def test_each_night_all_manifests_are_fetched_a_few_in_each_run(self):
        others = self.env["kubernetes.manifest"].search([]) - self.manifest
        others.active = False
        company = self.env["res.company"].create({"name": "Other"})
        self._create_manifest("foreign", company_id=company.id)
        self._create_manifest("archived", active=False)
        for number in range(11):
            self._create_manifest(f"many{number}")
        self.env["kubernetes.manifest"]._cron_fetch_all()
        everything = self.env["kubernetes.manifest"].search([])
        runs = self.env["kubernetes.run"]._get_active(manifest_ids=everything.ids)
        self.assertEqual(runs.manifest_ids, everything)
        self.assertEqual(sorted(len(run.manifest_ids) for run in runs), [1, 2, 10])
        self.assertEqual(len(runs.filtered(lambda run: run.company_id == company)), 1)
        self.env["kubernetes.manifest"]._cron_fetch_all()
        again = self.env["kubernetes.run"]._get_active(manifest_ids=everything.ids)
        self.assertEqual(again, runs, "what is being fetched is not fetched twice")

    def test_preview_takes_a_version_that_nobody_approved(self):
        host = self._create_idle_host()
        waiting = self._wait()
        action = waiting.with_user(self.operator).action_preview()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.operator)
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual(wizard.host_id, host)
        wizard.action_preview()
        run = self.env["kubernetes.run"].search([], limit=1)
        self.assertEqual((run.playbook, run.version_ids), ("preview", waiting))
        hosts, texts = run._collect_files()
        entry = hosts[0].variables["hosting_manifests"][0]
        self.assertEqual(entry["sha256"], self._sha256(waiting.text))
        self.assertEqual(texts[entry["sha256"]], waiting.text)
        self.assertEqual(host.manifest_line_ids.version_id, self.version)

    def test_preview_is_for_operators_and_for_hosts_that_run_it(self):
        other = self._create_manifest("other")
        version = self._add_version(other, "kind: Secret\n")
        host = self._create_idle_host()
        wizards = self.env["kubernetes.manifest.preview"]
        for record in (other, version):
            with self.assertRaises(AccessError):
                record.with_user(self.user).action_preview()
        with self.assertRaises(AccessError):
            wizards.with_user(self.user).create({"version_id": version.id})
        wizard = wizards.create({"version_id": version.id, "host_id": host.id})
        with self.assertRaisesRegex(UserError, "does not run other"):
            wizard.action_preview()

    def _sha256(self, text):
        return hashlib.sha256(text.encode()).hexdigest()
