import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from odoo.exceptions import ValidationError

from odoo.addons.queue_job.exception import FailedJobError, RetryableJobError

from ..models.kubernetes_host_notify import WEBHOOK
from .common import KubernetesCase


class Receiver(HTTPServer):
    """A real receiver on this machine; it answers with ``status``."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received = []
        self.status = 200
        self.url = f"http://127.0.0.1:{self.server_port}/hook?team=ops"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, self.headers, json.loads(body)))
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_arguments):
        """Say nothing."""


class TestNotify(KubernetesCase):
    """Followers and a webhook hear of failures and recoveries, and of nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.host = cls._create_idle_host()
        cls.settings["webhook_networks"] = "127.0.0.0/8"
        cls.addClassCleanup(cls.settings.pop, "webhook_networks")
        cls.receiver = Receiver()
        cls.addClassCleanup(cls.receiver.server_close)
        cls.addClassCleanup(cls.receiver.shutdown)

    def setUp(self):
        super().setUp()
        self.receiver.received.clear()
        self.receiver.status = 200
        self._set_url(self.receiver.url)

    def _set_url(self, url):
        self.env["ir.config_parameter"].sudo().set_param(WEBHOOK, url)

    def _apply(self, result):
        """Let an Apply end with a result; return the webhook's jobs."""
        with self.trap_jobs() as trap:
            self.host.action_apply()
            self._finish(self.host.active_run_id, self.host, result)
        self.run_of_host = self.host.last_run_id
        return [job for job in trap.enqueued_jobs if job.method_name == "_job_webhook"]

    def _fail(self):
        return self._apply(self._result(ok=False, error=self._error()))

    def _perform(self, job):
        return job.recordset._job_webhook(*job.args)

    def test_the_webhook_hears_of_failure_and_recovery_once_each(self):
        self.assertFalse(self._apply(self._result()), "a success is no news")
        (failure,) = self._fail()
        self._perform(failure)
        (recovery,) = self._apply(self._result())
        self._perform(recovery)
        self.assertFalse(self._apply(self._result()))
        (path, headers, first), (_path, _headers, second) = self.receiver.received
        self.assertEqual(path, "/hook?team=ops")
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertEqual(first["event"], "host.failed")
        self.assertEqual(first["host"], "acme.example.com")
        self.assertEqual(first["error"]["class"], "not_ready")
        self.assertRegex(first["at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual((second["event"], second["error"]), ("host.recovered", None))

    def test_the_job_and_the_message_hold_no_parameter(self):
        self.host.parameter_ids = [
            (0, 0, {"name": "web_password", "value": "canary-5511"})
        ]
        (job,) = self._fail()
        self._perform(job)
        self.assertNotIn("canary-5511", json.dumps(self.receiver.received[0][2]))
        self.assertNotIn("canary-5511", repr(job.args))

    def test_without_a_webhook_nothing_is_queued(self):
        self._set_url("")
        self.assertFalse(self._fail())

    def test_a_receiver_in_trouble_gets_it_again(self):
        (job,) = self._fail()
        for status in (503, 429):
            self.receiver.status = status
            with self.subTest(status), self.assertRaises(RetryableJobError):
                self._perform(job)

    def test_a_receiver_that_refuses_or_redirects_does_not(self):
        (job,) = self._fail()
        for status in (302, 404):
            self.receiver.status = status
            with self.subTest(status), self.assertRaises(FailedJobError):
                self._perform(job)
        self.assertEqual(len(self.receiver.received), 2, "redirects aren't followed")

    def test_an_address_of_our_own_network_is_refused(self):
        (job,) = self._fail()
        self.settings["webhook_networks"] = "10.99.0.0/16"
        try:
            for url in (self.receiver.url, "https://127.0.0.1:9/", "https://[::1]/"):
                self._set_url(url)
                with (
                    self.subTest(url),
                    self.assertRaisesRegex(FailedJobError, "no public address"),
                ):
                    self._perform(job)
        finally:
            self.settings["webhook_networks"] = "127.0.0.0/8"
        self.assertFalse(self.receiver.received)

    def test_the_setting_refuses_other_addresses(self):
        for url in ("ftp://x.example", "https://me:pw@x.example/", "x"):
            with self.subTest(url), self.assertRaises(ValidationError):
                self.env["res.config.settings"].create({"kubernetes_webhook_url": url})

    def test_followers_get_mail_of_failure_and_recovery(self):
        follower = self.env["res.users"].create(
            {
                "name": "Olga",
                "login": "olga",
                "email": "olga@example.com",
                "notification_type": "email",
                "group_ids": [
                    (6, 0, self.env.ref("kubernetes_hosting.group_operator").ids)
                ],
            }
        )
        self.host.message_subscribe(follower.partner_id.ids)
        mails = self.env["mail.mail"].sudo()
        last = mails.search([], order="id desc", limit=1).id or 0
        self._fail()
        self._apply(self._result())
        sent = mails.search([("id", ">", last)], order="id").filtered(
            lambda mail: follower.partner_id in mail.recipient_ids
        )
        self.assertEqual(len(sent), 2)
        self.assertEqual(set(sent.mapped("state")), {"outgoing"})
        self.assertIn("&lt;b&gt;not&lt;/b&gt; ready", str(sent[0].body_html))
        self.assertIn("answers again", str(sent[1].body_html))

    def test_a_cancelled_run_alarms_nobody(self):
        self.host.action_apply()
        with self.trap_jobs() as trap:
            self.host.active_run_id.action_cancel()
        trap.assert_jobs_count(0)
