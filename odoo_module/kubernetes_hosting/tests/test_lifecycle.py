from odoo.exceptions import AccessError, UserError

from .common import KubernetesCase


class TestLifecycle(KubernetesCase):
    def test_suspend_queues_its_playbook_and_says_so_in_the_variables(self):
        host = self._create_idle_host()
        host.action_suspend()
        self.assertEqual(host.lifecycle, "suspended")
        self.assertEqual(host.active_run_id.playbook, "suspend")
        self.assertEqual(host._prepare_vars()["hosting_state"], "suspended")

    def test_resume_queues_its_playbook_and_no_second_apply(self):
        host = self._create_idle_host()
        host.action_suspend()
        self._finish(host.active_run_id, host)
        host.action_resume()
        self.assertEqual(host.lifecycle, "active")
        self.assertEqual(host._get_active_lines().run_id.mapped("playbook"), ["resume"])
        self.assertEqual(host._prepare_vars()["hosting_state"], "running")

    def test_a_busy_host_is_not_suspended(self):
        host = self._create_host()
        with self.assertRaises(UserError):
            host.action_suspend()

    def test_preview_changes_nothing_of_the_host(self):
        host = self._create_idle_host()
        objects = host.objects
        host.action_preview()
        run = host.active_run_id
        self.assertFalse(run.line_ids.writes)
        result = self._result(health="failed") | {
            "objects": [{"kind": "Service", "name": "web", "action": "would_create"}]
        }
        self._finish(run, host, result)
        self.assertEqual((host.objects, host.health), (objects, "ok"))
        self.assertEqual(run.line_ids.result["objects"][0]["action"], "would_create")

    def test_terminate_is_for_administrators_and_says_which_hosts(self):
        host = self._create_idle_host()
        operator = self._create_user("operator")
        with self.assertRaises(AccessError):
            host.with_user(operator)._terminate()
        run = host._terminate(without_backup=True)
        self.assertEqual(
            run.decisions,
            {"host_remove_confirm": host.fqdn, "host_remove_without_backup": True},
        )
        self.assertEqual(host.lifecycle, "active", "until the namespace is gone")
        self._finish(run, host, self._result(ok=False, error=self._error("timeout")))
        self.assertEqual(host.lifecycle, "active")
        self._finish(host._terminate(), host)
        self.assertEqual((host.lifecycle, host.health), ("terminated", "unknown"))
