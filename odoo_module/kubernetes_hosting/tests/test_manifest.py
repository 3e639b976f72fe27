import hashlib

from odoo.exceptions import AccessError, UserError, ValidationError

from ..models.kubernetes_manifest_fetch import TRUSTED_PREFIXES
from ..tools import run_dir, vars_file
from .common import PROJECT_DIR, KubernetesCase

TEXT = "kind: ConfigMap\n"
PROBLEM = {
    "ok": False,
    "stage": "check",
    "document": 1,
    "path": "spec.hostPath",
    "rule": "host-path",
    "message": "hostPath is not allowed.",
}


class TestManifest(KubernetesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fresh = cls._create_manifest("fresh")

    def _trust(self, prefixes):
        self.env["ir.config_parameter"].sudo().set_param(TRUSTED_PREFIXES, prefixes)

    def _fetch(self, text=TEXT, **entry):
        """Let a fetch end as the playbook publishes it; return the check's run."""
        self.fresh._queue_fetch()
        run = self.env["kubernetes.run"]._get_active(manifest_ids=self.fresh.ids)
        self.assertEqual(run.playbook, "manifest_fetch")
        path = run_dir.create(run._get_path().parent, run.uuid)
        sha256 = self._sha256(text)
        run_dir.write_private(path / "manifests" / sha256, text.encode())
        result = {"url": self.fresh.url, "ok": True, "sha256": sha256, "error": None}
        run._mark_running()
        stats = {"manifest_fetch_results": [result | entry]}
        run._take_status(self._status("successful", stats=stats))
        return self.env["kubernetes.run"]._get_active(manifest_ids=self.fresh.ids)

    def _sha256(self, text):
        return hashlib.sha256(text.encode()).hexdigest()

    def _check(self, run, *problems):
        self.assertEqual(run.playbook, "manifest_check")
        files = run._prepare_extra_vars(run._get_path())["manifest_check_files"]
        results = [dict(problem, file=files[0]) for problem in problems]
        run._mark_running()
        stats = {"manifest_check_results": results or [{"file": files[0], "ok": True}]}
        run._take_status(self._status("successful", stats=stats))

    def test_a_fetched_version_is_checked_and_waits_for_approval(self):
        check = self._fetch()
        version = self.fresh.latest_version_id
        self.assertEqual((version.number, version.text), (1, TEXT))
        self.assertEqual((version.state, self.fresh.is_busy), ("new", True))
        self._check(check)
        self.assertEqual(version.state, "waiting")
        self.assertFalse(self.fresh.current_version_id)
        self.fresh.action_approve()
        self.assertEqual(version.state, "approved")
        self.assertEqual(self.fresh.current_version_id, version)
        self.assertEqual(version.approved_by_id, self.env.user)

    def test_a_trusted_url_is_approved_once_it_passes_the_checks(self):
        self._trust("https://else.example.com https://git.example.com/")
        check = self._fetch()
        self.assertEqual(self.fresh.latest_state, "new")
        self._check(check)
        self.assertEqual(self.fresh.latest_state, "approved")

    def test_a_trusted_url_with_problems_is_refused(self):
        self._trust("https://git.example.com/")
        run = self._fetch()
        second = {"document": 2, "path": "kind", "rule": "kind", "message": "No List."}
        self._check(run, PROBLEM | {"problems": [PROBLEM, second]})
        self.assertEqual((run.state, run.error_class), ("failed", "invalid_manifest"))
        self.assertEqual(run.error_message, "hostPath is not allowed.")
        version = self.fresh.latest_version_id
        self.assertEqual(version.state, "refused")
        self.assertEqual(version.problems, [PROBLEM, second])
        with self.assertRaisesRegex(UserError, "refused by the checks"):
            self.fresh.action_approve()

    def test_what_is_no_address_is_not_accepted_as_trusted(self):
        settings = self.env["res.config.settings"]
        for prefixes in ("http://git.example.com/", "git.example.com", "https://a@b/"):
            with (
                self.subTest(prefixes=prefixes),
                self.assertRaisesRegex(ValidationError, "no address to trust"),
            ):
                settings.create({"kubernetes_trusted_prefixes": prefixes})
        good = "https://git.example.com/org https://10.0.0.1:8443/"
        settings.create({"kubernetes_trusted_prefixes": good}).execute()
        self.assertTrue(
            self._create_manifest(
                "x", url="https://git.example.com/org/x"
            )._is_trusted()
        )

    def test_a_similar_url_is_not_trusted(self):
        for prefix in (
            "https://git.example.com/fre",
            "https://git.example.co",
            "http://git.example.com/",
            "https://git.example.com:444/",
            "",
        ):
            with self.subTest(prefix=prefix):
                self._trust(prefix)
                self.assertFalse(self.fresh._is_trusted())

    def test_check_again_after_a_refusal(self):
        self._check(self._fetch(), PROBLEM)
        self.fresh.action_check()
        run = self.env["kubernetes.run"]._get_active(manifest_ids=self.fresh.ids)
        self._check(run)
        self.assertEqual(self.fresh.latest_state, "waiting")

    def test_a_check_that_did_not_run_refuses(self):
        run = self._fetch()
        run._mark_running()
        error = self._error("timeout")
        run._take_status(self._status("timeout", error=error))
        self.assertEqual((run.state, self.fresh.latest_state), ("failed", "refused"))
        problems = self.fresh.latest_version_id.problems
        self.assertEqual(problems[0]["message"], error["message"])

    def test_a_check_that_can_not_start_refuses_and_can_be_repeated(self):
        check = self._fetch()
        self.settings["project_dir"] = "/nowhere"
        self.addCleanup(self.settings.update, project_dir=str(PROJECT_DIR))
        check._job_launch()
        self.assertEqual((check.state, check.error_class), ("failed", "not_started"))
        problems = self.fresh.latest_version_id.problems
        self.assertIn("No playbooks found", problems[0]["message"])
        self.assertFalse(self.fresh.is_busy)
        self.settings["project_dir"] = str(PROJECT_DIR)
        self.fresh.action_check()
        run = self.env["kubernetes.run"]._get_active(manifest_ids=self.fresh.ids)
        self._check(run)
        self.assertEqual(self.fresh.latest_state, "waiting")

    def test_a_cancelled_fetch_says_so_and_can_be_repeated(self):
        self.fresh.action_fetch()
        run = self.env["kubernetes.run"]._get_active(manifest_ids=self.fresh.ids)
        run.action_cancel()
        self.assertEqual(
            (run.state, self.fresh.error_class), ("cancelled", "cancelled")
        )
        self._check(self._fetch())
        self.assertFalse(self.fresh.error_class)

    def test_the_same_text_makes_no_second_version(self):
        self._check(self._fetch())
        self.fresh.action_approve()
        self.assertFalse(self._fetch())
        self.assertEqual(len(self.fresh.version_ids), 1)

    def test_a_download_that_failed_says_why_and_fetch_repeats(self):
        error = self._error("manifest_unreachable")
        self.assertFalse(self._fetch(ok=False, error=error))
        self.assertEqual(self.fresh.error_class, "manifest_unreachable")
        self.assertFalse(self.fresh.version_ids)
        self.assertTrue(self._fetch())
        self.assertFalse(self.fresh.error_class)

    def test_a_download_with_another_content_is_not_taken(self):
        self.assertFalse(self._fetch(sha256="0" * 64))
        self.assertFalse(self._fetch(sha256="../../etc/passwd"))
        self.assertEqual(self.fresh.error_class, "internal")
        self.assertFalse(self.fresh.version_ids)

    def test_an_active_host_fetches_and_is_deployed_after_approval(self):
        self._trust("")
        self.fresh.flush_recordset()
        project = self._create_project(manifest_ids=self.fresh)
        hosts = project._create_hosts()
        self.assertEqual(set(hosts.mapped("deploy_waiting")), {True})
        self.assertIn("being fetched", hosts[0].waiting_reason)
        self.assertFalse(hosts.run_line_ids)
        self.env["kubernetes.run"]._get_active(manifest_ids=self.fresh.ids)._cancel()
        self._check(self._fetch())
        hosts.invalidate_recordset()
        self.assertIn("waits for approval", hosts[0].waiting_reason)
        with self.assertRaisesRegex(UserError, "waits for approval"):
            hosts[0].action_apply()
        self.fresh.action_approve()
        run = hosts.active_run_id
        self.assertEqual((len(run), run.playbook), (1, "apply"))
        self.assertEqual(set(hosts.mapped("deploy_waiting")), {False})
        version = self.fresh.current_version_id
        self.assertEqual(hosts.manifest_line_ids.version_id, version)

    def test_the_reconciler_deploys_what_waited(self):
        project = self._create_project(manifest_ids=self.fresh)
        host = project._create_hosts()[0]
        self._add_version(self.fresh, TEXT)._store_check([])
        self.fresh.latest_version_id.sudo().state = "approved"
        self.fresh.current_version_id = self.fresh.latest_version_id
        self.env["kubernetes.run"]._cron_reconcile()
        self.assertEqual(host.activity, "queued")

    def test_no_door_leads_around_the_approval(self):
        version = self._add_version(self.fresh, TEXT)
        host = self._create_idle_host()
        administrator = self._create_user("administrator")
        with self.assertRaisesRegex(ValidationError, "approved versions"):
            self.fresh.with_user(administrator).current_version_id = version
        with self.assertRaisesRegex(ValidationError, "approved versions"):
            self.fresh.current_version_id = self.version
        with self.assertRaisesRegex(ValidationError, "approved versions"):
            host.manifest_line_ids.version_id = version
        with self.assertRaises(AccessError):
            version.with_user(administrator).state = "approved"
        with self.assertRaises(AccessError):
            self.env["kubernetes.manifest.version"].with_user(administrator).create(
                {"manifest_id": self.fresh.id, "number": 9, "sha256": "x", "text": "x"}
            )

    def test_the_check_renders_for_a_host_or_an_example(self):
        self.fresh.parameter_ids = [(0, 0, {"name": "web_image", "value": "web:1"})]
        sample = self.fresh._prepare_sample()
        self.assertEqual(sample.fqdn, "example.example.com")
        self.assertEqual(sample.variables["web_image"], "web:1")
        self.assertIn('"hosting_schema": 1', vars_file.dump_vars(sample.variables))
        host = self._create_host()
        sample = self.manifest._prepare_sample()
        self.assertEqual(sample.fqdn, host.fqdn)

    def test_wrong_urls_and_secrets_are_refused(self):
        for url in (
            "http://git.example.com/a.yaml",
            "file:///etc/passwd",
            "https://user@git.example.com/a.yaml",
            "https://git.example.com/a/../b.yaml",
            "https://git.example.com/a b.yaml",
        ):
            with (
                self.subTest(url=url),
                self.assertRaisesRegex(ValidationError, "no address for a manifest"),
                self.env.cr.savepoint(),
            ):
                self.fresh.url = url
        for line in ("odoo-db", "Odoo: x", "hosting-lease: x", "odoo-db: a b"):
            with (
                self.subTest(line=line),
                self.assertRaisesRegex(ValidationError, "names no secret"),
                self.env.cr.savepoint(),
            ):
                self.fresh.secret_refs = line

    def test_a_manifest_in_use_is_not_deleted(self):
        self._create_host()
        with self.assertRaisesRegex(UserError, "archive it"):
            self.manifest.unlink()
        self.fresh.unlink()
        self.assertFalse(self.fresh.exists())
