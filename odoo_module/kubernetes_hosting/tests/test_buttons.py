from odoo.exceptions import AccessError, UserError

from .common import KubernetesCase


class TestButtons(KubernetesCase):
    def _terminate(self, host, user=None, **vals):
        action = host.with_user(user or self.env.user).action_terminate()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        wizard = wizard.with_user(user or self.env.user)
        wizard.write(vals)
        wizard.action_terminate()

    def test_an_idle_host_can_do_everything(self):
        self.assertFalse(self._create_idle_host().blocked)

    def test_a_writing_run_blocks_with_a_reason(self):
        blocked = self._create_host().blocked
        self.assertIn("action_apply", blocked)
        self.assertIn("action_terminate", blocked)
        self.assertIn("cancel it", blocked["action_suspend"])

    def test_a_status_run_blocks_only_what_looks(self):
        host = self._create_idle_host()
        host.action_check_status()
        self.assertEqual(set(host.blocked), {"action_check_status", "action_preview"})

    def test_a_draft_without_manifest_says_what_is_missing(self):
        host = self._create_host(lifecycle="draft", manifest_line_ids=[])
        self.assertIn("tab Manifests", host.blocked["action_apply"])
        self.assertIn("press Apply first", host.blocked["action_check_status"])

    def test_an_unapproved_manifest_is_named(self):
        manifest = self._create_manifest("other")
        host = self._create_host(
            lifecycle="draft", manifest_line_ids=[(0, 0, {"manifest_id": manifest.id})]
        )
        self.assertIn("other was never fetched", host.blocked["action_preview"])

    def test_a_blocked_action_is_refused_by_the_method_too(self):
        host = self._create_host()
        for button in host.blocked:
            if button in ("action_preview", "action_resume"):
                continue  # the one locks nothing, the other is shown when suspended
            with self.subTest(button), self.assertRaises(UserError):
                if button == "action_terminate":
                    self._terminate(host, typed_name=host.fqdn, without_backup=True)
                else:
                    getattr(host, button)()

    def test_terminate_wants_the_typed_name(self):
        host = self._create_idle_host()
        for name in ("", "acme", "other.example.com", "ACME.example.com"):
            with self.subTest(name), self.assertRaisesRegex(UserError, "Type the name"):
                self._terminate(host, typed_name=name, without_backup=True)
        self.assertEqual(host.activity, "idle")

    def test_terminate_wants_a_backup_or_its_waiver(self):
        host = self._create_idle_host()
        with self.assertRaisesRegex(UserError, "no verified backup"):
            self._terminate(host, typed_name=host.fqdn)
        self._terminate(host, typed_name=f" {host.fqdn} ", without_backup=True)
        run = host.active_run_id
        self.assertEqual(run.playbook, "terminate")
        self.assertEqual(
            run.decisions,
            {
                "host_remove_confirm": host.fqdn,
                "host_remove_without_backup": True,
            },
        )
        self.assertIn("Without a backup", host.message_ids[0].body)
        self.assertEqual(host.lifecycle, "active", "until the playbook says it is gone")

    def test_only_administrators_open_the_wizard(self):
        host = self._create_idle_host()
        user = self._create_user("operator")
        with self.assertRaisesRegex(AccessError, "Only an administrator"):
            host.with_user(user).action_terminate()
        with self.assertRaises(AccessError):
            self.env["kubernetes.host.terminate"].with_user(user).create(
                {"host_id": host.id}
            )
        administrator = self._create_user("administrator")
        self._terminate(host, administrator, typed_name=host.fqdn, without_backup=True)
        self.assertEqual(host.active_run_id.user_id, administrator)
