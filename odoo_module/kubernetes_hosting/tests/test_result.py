import xmlrpc.client
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields

from ..tools import events, run_dir
from .common import KubernetesCase


class TestResult(KubernetesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.host = cls._create_host()
        cls.apply = cls.host.active_run_id

    def test_progress_is_shown_while_the_run_is_at_work(self):
        self.assertIn("waits for its turn", self.host.run_summary)
        self.apply._mark_running()
        self.apply._take_status(
            self._status("running", current="Apply the manifests", tasks_done=33)
        )
        self.host.invalidate_recordset()
        self.assertEqual(self.host.activity, "running")
        self.assertEqual(self.host.run_progress, 50)
        self.assertIn("Apply the manifests", self.host.run_summary)

    def test_progress_learns_from_the_last_run(self):
        self._finish(self.apply, self.host)
        hosts = self._create_project("two")._create_hosts()
        run = hosts.active_run_id
        run._mark_running()
        self.assertEqual(run.tasks_expected, 14, "7 for each of two hosts")

    def test_a_green_result_is_stored_on_line_and_host(self):
        self._finish(self.apply, self.host)
        line = self.apply.line_ids
        self.assertEqual(
            (self.apply.state, line.state, line.changed), ("done", "done", 3)
        )
        self.assertEqual((self.host.health, self.host.activity), ("ok", "idle"))
        self.assertEqual([step["step"] for step in self.host.ladder][0], "dns")
        self.assertEqual(self.host.objects[0]["kind"], "Service")
        self.assertEqual(self.host.last_run_id, self.apply)
        self.assertTrue(self.host.checked_at)

    def test_a_result_is_taken_once_and_before_the_run_ends(self):
        self.apply._mark_running()
        results = {self.host.fqdn: self._result()}
        self.apply._take_status(self._status("running", results))
        self.assertEqual((self.apply.state, self.host.activity), ("running", "idle"))
        messages = len(self.host.message_ids)
        self.apply._take_status(self._status("successful", results))
        self.assertEqual(self.apply.state, "done")
        self.assertEqual(len(self.host.message_ids), messages)

    def test_a_failure_shows_class_message_and_next_step(self):
        result = self._result(ok=False, error=self._error(), health="failed")
        self._finish(self.apply, self.host, result)
        self.assertEqual((self.apply.state, self.host.health), ("failed", "failed"))
        self.assertEqual(self.host.error_class, "not_ready")
        self.assertEqual(self.host.error_hint, "Look at its events.")
        self.assertEqual(self.host.error_object, "Pod/host-acme/web-0")
        body = self.host.message_ids[0].body
        self.assertIn("&lt;b&gt;not&lt;/b&gt;", body, "customers influence this text")
        self.assertNotIn("<b>", body)

    def test_every_field_can_be_read_through_xmlrpc(self):
        result = self._result() | {"reset": None, "observed": {"pods": [None]}}
        result["ingress"]["steps"][0]["detail"] = None
        result["objects"][0]["namespace"] = None
        self._finish(self.apply, self.host, result)
        for record in (self.host, self.apply, self.apply.line_ids):
            values = record.read()[0]
            fields_read = {
                name: value
                for name, value in values.items()
                if record._fields[name].type == "json"
            }
            self.assertTrue(xmlrpc.client.dumps((fields_read,)))

    def test_an_unknown_error_class_is_internal(self):
        error = self._error("brand_new")
        self._finish(self.apply, self.host, self._result(ok=False, error=error))
        self.assertEqual(self.host.error_class, "internal")

    def test_the_next_success_clears_the_error_and_says_so(self):
        result = self._result(ok=False, error=self._error(), health="failed")
        self._finish(self.apply, self.host, result)
        self.host.action_apply()
        self._finish(self.host.active_run_id, self.host)
        self.assertFalse(self.host.error_class or self.host.error_message)
        self.assertEqual(self.host.health, "ok")
        self.assertIn("answers again", self.host.message_ids[0].body)

    def test_a_cluster_that_can_not_be_reached_says_nothing_of_the_host(self):
        self._finish(self.apply, self.host)
        self.host.action_apply()
        error = self._error("unreachable")
        lost = {"ok": False, "changed": 0, "error": error, "ingress": None}
        self._finish(self.host.active_run_id, self.host, lost)
        self.assertEqual(
            (self.host.health, self.host.error_class), ("ok", "unreachable")
        )
        self.host.action_check_status()
        self._finish(self.host.active_run_id, self.host, lost)
        self.assertEqual(self.host.health, "unknown")

    def test_a_host_without_entry_takes_the_supervisors_word(self):
        self.apply._mark_running()
        error = self._error("timeout")
        self.apply._take_status(self._status("timeout", error=error))
        self.assertEqual(
            (self.apply.state, self.apply.line_ids.state), ("failed", "failed")
        )
        self.assertEqual(self.host.error_class, "timeout")

    def test_a_success_without_entry_is_a_failure(self):
        self.apply._mark_running()
        self.apply._take_status(self._status("successful"))
        self.assertEqual(
            (self.apply.state, self.host.error_class), ("failed", "internal")
        )
        self.assertIn("published no result", self.host.error_message)

    def test_a_cancelled_run_is_cancelled(self):
        self.apply._mark_running()
        error = self._error("cancelled")
        self.apply._take_status(self._status("canceled", error=error))
        self.assertEqual(self.apply.state, "cancelled")
        self.assertEqual(self.apply.line_ids.state, "cancelled")

    def test_a_pending_ladder_is_looked_at_again_for_half_an_hour(self):
        start = fields.Datetime.now()
        with freeze_time(start):
            self._finish(self.apply, self.host, self._result(certificate="pending"))
        self.assertEqual(self.host.health, "pending")
        self.assertEqual(self.host.recheck_at, start + timedelta(minutes=1))
        looks = self._look_until_given_up(start)
        self.assertGreater(len(looks), 4)
        gaps = [later - sooner for sooner, later in zip(looks, looks[1:], strict=False)]
        self.assertEqual(gaps, sorted(gaps), "with back-off")
        self.assertLess(looks[-1] - start, timedelta(minutes=46))
        self.assertFalse(self.host.recheck_at)

    def _look_until_given_up(self, start):
        looks = []
        for minute in range(1, 60):
            with freeze_time(start + timedelta(minutes=minute)):
                self.env["kubernetes.host"]._queue_rechecks()
                run = self.host.active_run_id
                if run:
                    self.assertEqual(run.playbook, "status")
                    looks.append(fields.Datetime.now())
                    self._finish(run, self.host, self._result(certificate="pending"))
        return looks

    def test_a_ladder_that_turns_green_is_not_looked_at_again(self):
        self._finish(self.apply, self.host, self._result(certificate="pending"))
        self.host.action_check_status()
        self._finish(self.host.active_run_id, self.host)
        self.assertEqual(self.host.health, "ok")
        self.assertFalse(self.host.recheck_at or self.host.pending_since)

    def test_a_status_that_can_not_be_stored_fails_the_run_alone(self):
        self.apply._mark_running()
        path = run_dir.create(self.apply._get_path().parent, self.apply.uuid)
        results = {self.host.fqdn: {"ok": True, "changed": "many"}}
        status = self._status("successful", results)
        run_dir.write_json(path / events.STATUS_FILE, status)
        with self.assertLogs("odoo.addons.kubernetes_hosting", "ERROR"):
            self.apply._watch()
        self.assertEqual(
            (self.apply.state, self.apply.error_class), ("failed", "internal")
        )
        self.assertEqual(self.host.activity, "idle")

    def test_objects_survive_a_status_check(self):
        self._finish(self.apply, self.host)
        self.host.action_check_status()
        result = self._result() | {"objects": []}
        self._finish(self.host.active_run_id, self.host, result)
        self.assertEqual(self.host.objects[0]["name"], "web")
