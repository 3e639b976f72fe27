from odoo.exceptions import AccessError, UserError

from .common import KubernetesCase

UNKNOWN_TEXT = "kind: Secret\n"


class TestDecisions(KubernetesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.host = cls._create_idle_host()
        cls.line = cls.host.manifest_line_ids
        cls.host._store_result(
            "apply", {"ok": False, "error": cls._error("manifest_drift")}
        )

    def _adopt(self, sha256):
        self.host.action_adopt_text()
        run = self.host.active_run_id
        self.assertEqual(run.decisions, {"host_manifests_adopt": True})
        result = self._result() | {"manifests": [{"name": "web", "sha256": sha256}]}
        self._finish(run, self.host, result)

    def _fetch_unknown(self):
        """Return the version that the fetch brings which adopting queued."""
        run = self.env["kubernetes.run"]._get_active(manifest_ids=self.manifest.ids)
        self.assertEqual(run.playbook, "manifest_fetch")
        run.state = "running"
        run._end("done")
        return self._add_version(self.manifest, UNKNOWN_TEXT)

    def _sha256(self, text):
        version = self.env["kubernetes.manifest.version"]
        return self._add_version(self._create_manifest("hash"), text).sha256 or version

    def test_a_version_that_odoo_has_approved_is_pinned(self):
        second = self._add_version(self.manifest, "kind: ConfigMap\n")
        second._store_check([])
        second.action_approve()
        self._adopt(second.sha256)
        self.assertEqual((self.line.version_id, self.line.track), (second, "pinned"))
        self.assertFalse(self.line.adopted_sha256)

    def test_an_unknown_text_is_fetched_and_pinned_once_it_is_approved(self):
        sha256 = self._sha256(UNKNOWN_TEXT)
        self._adopt(sha256)
        self.assertEqual(self.line.adopted_sha256, sha256)
        entry = self.line._prepare_vars()
        self.assertEqual(entry["sha256"], sha256)
        self.assertIn(sha256, entry["known"])
        version = self._fetch_unknown()
        self.assertIn("being fetched", self._refusal(), "its check is at work")
        self.assertEqual(version.sha256, sha256)
        version._store_check([])
        self.assertEqual(self.line.version_id, self.version, "not approved yet")
        version.action_approve()
        self.assertEqual(self.line.version_id, version)
        self.assertFalse(self.line.adopted_sha256)
        self.host.action_apply()

    def _refusal(self):
        version = self.manifest.latest_version_id
        self.manifest._queue_check(version)
        with self.assertRaises(UserError) as caught:
            self.host.action_apply()
        run = self.env["kubernetes.run"]._get_active(manifest_ids=self.manifest.ids)
        run.state = "running"
        run._end("done")
        return str(caught.exception)

    def test_the_older_text_is_not_put_back_until_somebody_overwrites(self):
        self._adopt("f" * 64)
        run = self.env["kubernetes.run"]._get_active(manifest_ids=self.manifest.ids)
        run.state = "running"
        run._end("failed")
        with self.assertRaisesRegex(UserError, "not known to Odoo.*press Overwrite"):
            self.host.action_apply()
        self.assertIn("ffffffffffff…", self.host.blocked["action_apply"])
        self.host.action_overwrite_text()
        run = self.host.active_run_id
        self.assertEqual(run.decisions, {"host_manifests_overwrite": True})
        self.assertEqual(self.line._get_version(), self.version)

    def test_a_refused_apply_makes_no_green_host_red(self):
        self.assertEqual((self.host.health, self.host.needs_attention), ("ok", True))

    def test_a_look_shows_the_drift_and_its_end(self):
        result = self._result() | {"manifests": [{"name": "web", "sha256": "f" * 64}]}
        self.host._store_result("status", result)
        self.assertEqual(self.host.error_class, "manifest_drift")
        self.assertIn("web (ffffffffffff…)", self.host.error_message)
        self.assertTrue(self.host.needs_attention)
        self.assertEqual(self.host.health, "ok", "it answers all the same")
        result["manifests"][0]["sha256"] = self.version.sha256
        self.host._store_result("status", result)
        self.assertFalse(self.host.error_class)

    def test_a_failed_adoption_changes_nothing(self):
        self.host.action_adopt_text()
        result = self._result(ok=False, error=self._error("manifest_changed"))
        result |= {"manifests": [{"name": "web", "sha256": "f" * 64}]}
        self._finish(self.host.active_run_id, self.host, result)
        self.assertFalse(self.line.adopted_sha256)

    def test_the_run_alone_has_the_decision(self):
        self.host.action_overwrite_text()
        run = self.host.active_run_id
        self._finish(run, self.host)
        self.host.action_apply()
        self.assertFalse(self.host.active_run_id.decisions)

    def test_who_may_decide(self):
        user, operator = self._create_user("user"), self._create_user("operator")
        for method, refused in (
            ("action_overwrite_text", user),
            ("action_adopt_text", operator),
            ("action_adopt_namespace", operator),
            ("action_force_fields", operator),
        ):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(self.host.with_user(refused), method)()
        self.host.with_user(operator).action_overwrite_text()
        self.assertEqual(self.host.activity, "queued")

    def test_namespace_and_fields(self):
        for method, decision in (
            ("action_adopt_namespace", "host_namespace_adopt"),
            ("action_force_fields", "host_manifests_force"),
        ):
            getattr(self.host, method)()
            run = self.host.active_run_id
            self.assertEqual(run.decisions, {decision: True})
            self._finish(run, self.host)
