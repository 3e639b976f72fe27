import time

from odoo.tests import tagged

from ..tools import events, launcher
from .common import KubernetesCase

PATIENCE = 60  # seconds for ansible-playbook on a loaded machine


@tagged("post_install", "-at_install")
class TestLaunch(KubernetesCase):
    """The real supervisor runs a real playbook of this folder, without a cluster."""

    def setUp(self):
        super().setUp()
        parameter = {"name": "greeting", "value": "{{ not rendered }}"}
        self.hosts = self._create_project()._create_hosts()
        self.hosts.write({"parameter_ids": [(0, 0, parameter)]})
        self.apply = self.hosts.active_run_id
        self.addCleanup(self._end_supervisor)

    def _end_supervisor(self):
        path = self.apply._get_path()
        launcher.cancel(path)
        self._wait(lambda: not events.is_alive(path))

    def _wait(self, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline, "it takes too long")
            time.sleep(0.1)

    def _is_running(self):
        status = events.read_status(self.apply._get_path())
        return status["state"] == "running" and status["tasks_done"]

    def _watch_until_the_end(self):
        path = self.apply._get_path()
        self._wait(lambda: not events.is_alive(path))
        self.apply._watch()

    def test_a_run_from_launch_to_result(self):
        self.apply._job_launch()
        path = self.apply._get_path()
        self.assertEqual(self.apply.state, "running")
        self.assertTrue(events.is_alive(path))
        started = events.read_status(path)["started"]
        self.assertEqual(
            self.apply.command, "ansible-playbook -i inventory playbooks/apply.yml"
        )
        self.apply.state = "lost"
        self.apply.state = "queued"
        self.apply._job_launch()
        self.assertEqual(events.read_status(path)["started"], started, "adopted")
        self.assertEqual(self.apply.state, "running")
        (path / "go").touch()
        self._watch_until_the_end()
        self.assertEqual(self.apply.state, "done", self.apply.log)
        for host in self.hosts:
            self.assertEqual((host.health, host.activity), ("ok", "idle"))
            self.assertEqual(host.ladder[0]["detail"], "{{ not rendered }}")
        self.assertIn("Publish a result", self.apply.log)

    def test_cancel_ends_the_run(self):
        self.apply._job_launch()
        self._wait(self._is_running)
        self.apply.action_cancel()
        self._watch_until_the_end()
        self.assertEqual(self.apply.state, "cancelled")
        self.assertEqual(set(self.hosts.mapped("activity")), {"idle"})
        self.assertEqual(self.hosts[0].error_class, "cancelled")

    def test_another_run_of_the_host_waits_for_the_lock(self):
        self.apply._job_launch()
        self._wait(self._is_running)
        first = self.apply._get_path()
        self.apply._retry_or_lose(None)
        self.assertNotEqual(self.apply._get_path(), first)
        self.apply._job_launch()
        self._wait(lambda: not events.is_alive(self.apply._get_path()))
        self.apply._watch()
        self.assertEqual((self.apply.state, self.apply.attempt), ("queued", 3))
        launcher.cancel(first)
        self._wait(lambda: not events.is_alive(first))
