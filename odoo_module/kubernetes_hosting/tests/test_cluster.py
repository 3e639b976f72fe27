from odoo.exceptions import AccessError, UserError, ValidationError

from .common import KUBECONFIG, KubernetesCase


class TestCluster(KubernetesCase):
    def _write_kubeconfig(self, text):
        self.kubeconfig.write_text(text)
        self.addCleanup(self.kubeconfig.write_text, KUBECONFIG)

    def test_a_kubeconfig_that_acts_is_refused_with_its_reason(self):
        user = "user: {token: not-a-real-token}"
        cases = {
            "contains exec": (user, "user: {exec: {command: /bin/sh}}"),
            "contains auth-provider": (user, "user: {auth-provider: {name: x}}"),
            "contains tokenFile": (user, "user: {tokenFile: /etc/passwd}"),
            "contains proxy-url": ("{server:", "{proxy-url: 'http://x', server:"),
            "contains insecure": (
                "{server:",
                "{insecure-skip-tls-verify: true, server:",
            ),
            "https address": ("https://203", "http://203"),
            "lacks a token": (user, "user: {}"),
            "Its context is called other": ("name: zurich-1", "name: other"),
            "several entries in users": ("users: [", "users: [{name: v, user: {}}, "),
        }
        for reason, (old, new) in cases.items():
            self.assertIn(old, KUBECONFIG)
            self._write_kubeconfig(KUBECONFIG.replace(old, new))
            with self.subTest(reason), self.assertRaisesRegex(UserError, reason):
                self.cluster.action_check_connection()

    def test_a_file_outside_the_directory_is_refused(self):
        for name in ("../odoo.conf", "/etc/passwd", "a/b", ".hidden"):
            with (
                self.subTest(name=name),
                self.assertRaisesRegex(ValidationError, "plain name of a file"),
            ):
                self.cluster.kubeconfig = name
        with self.assertRaisesRegex(ValidationError, "no such file"):
            self.cluster.kubeconfig = "nowhere"

    def test_a_file_that_others_may_read_is_refused(self):
        self.kubeconfig.chmod(0o644)
        self.addCleanup(self.kubeconfig.chmod, 0o600)
        with self.assertRaisesRegex(UserError, "set its mode to 0600"):
            self.cluster._get_kubeconfig()

    def test_missing_settings_say_what_to_add(self):
        saved = dict(self.settings)
        self.addCleanup(self.settings.update, saved)
        del self.settings["kubeconfig_dir"]
        with self.assertRaisesRegex(UserError, "kubeconfig_dir is missing"):
            self.cluster._get_kubeconfig()
        self.settings.update(saved, project_dir="/nowhere")
        with self.assertRaisesRegex(UserError, "No playbooks found"):
            self.cluster._get_kubeconfig()

    def test_wrong_names_domains_and_addresses_are_refused(self):
        for field, value, reason in (
            ("name", "Zürich 1", "no cluster name"),
            ("domain", "example", "no domain"),
            ("domain", "-x.com", "no domain"),
            ("domain", "example.com\n", "no domain"),
            ("address", "example.com", "no IP address"),
        ):
            with (
                self.subTest(value=value),
                self.assertRaisesRegex(ValidationError, reason),
                self.env.cr.savepoint(),
            ):
                self.cluster[field] = value

    def test_the_check_is_shown(self):
        self.cluster.action_check_connection()
        self.assertTrue(self.cluster.is_busy)
        run = self.cluster.run_ids
        variables = run._prepare_extra_vars(run._get_path())
        self.assertEqual(variables["cluster_check_cluster"]["name"], "zurich-1")
        self.assertEqual(run._prepare_launch(run._get_path()).inventory, "localhost,")
        run._mark_running()
        check = {"check": "api", "state": "ok", "detail": "v1.37.0", "hint": ""}
        result = {"ok": True, "version": "v1.37.0", "checks": [check], "error": None}
        stats = {"cluster_check_result": result}
        run._take_status(self._status("successful", stats=stats))
        self.assertEqual((run.state, self.cluster.state), ("done", "ok"))
        self.assertEqual(self.cluster.version, "v1.37.0")
        self.assertFalse(self.cluster.is_busy)

    def test_a_failed_check_is_the_runs_error(self):
        self.cluster.action_check_connection()
        run = self.cluster.run_ids
        run._mark_running()
        check = {"check": "policies", "state": "failed", "detail": "not in force"}
        result = {"ok": False, "checks": [check | {"hint": "Apply them."}]}
        stats = {"cluster_check_result": result}
        run._take_status(self._status("failed", stats=stats))
        self.assertEqual((run.state, self.cluster.state), ("failed", "failed"))
        self.assertEqual(run.error_message, "policies not in force")
        self.assertEqual(run.error_hint, "Apply them.")

    def test_a_check_without_result_is_a_failure_with_the_reason(self):
        self.cluster.action_check_connection()
        run = self.cluster.run_ids
        run._mark_running()
        error = self._error("unreachable")
        run._take_status(self._status("failed", error=error))
        self.assertEqual((run.state, self.cluster.state), ("failed", "failed"))
        self.assertEqual(self.cluster.error_class, "unreachable")

    def test_a_check_that_can_not_start_is_shown(self):
        self.cluster.action_check_connection()
        run = self.cluster.run_ids
        self._write_kubeconfig("{}")
        run._job_launch()
        self.assertEqual((run.state, self.cluster.state), ("failed", "failed"))
        self.assertIn("is refused", self.cluster.error_message)

    def test_a_cluster_in_use_is_not_deleted(self):
        self._create_project()
        with self.assertRaisesRegex(UserError, "archive it"):
            self.cluster.unlink()

    def test_a_check_is_of_the_address_that_was_checked(self):
        self.cluster._store_check({"ok": True, "version": "v1", "checks": [{}]})
        self.cluster.capacity = 5
        self.assertEqual(self.cluster.state, "ok")
        self.cluster.address = "203.0.113.8"
        self.assertEqual(
            (self.cluster.state, self.cluster.version, self.cluster.checks),
            ("unknown", False, False),
        )

    def test_how_many_runs_work_stands_beside_the_capacity(self):
        hosts = self._create_host("one") | self._create_host("two")
        hosts[0].active_run_id._mark_running()
        self.assertEqual(self.cluster.running_count, 1)
        runs = self.env["kubernetes.run"].search(
            self.cluster.action_view_runs()["domain"]
        )
        self.assertEqual(runs, hosts.run_line_ids.run_id)

    def test_what_a_check_found_is_nobodys_to_write(self):
        administrator = self._create_user("administrator")
        for field, value in (
            ("state", "ok"),
            ("checks", []),
            ("error_hint", "x"),
            ("error_object", "x"),
        ):
            with self.subTest(field=field), self.assertRaises(AccessError):
                self.cluster.with_user(administrator)[field] = value

    def test_a_file_too_large_is_not_read_whole(self):
        self._write_kubeconfig("#" * 70_000)
        with self.assertRaisesRegex(UserError, "larger than 64 KiB"):
            self.cluster._get_kubeconfig()
