import json
from unittest.mock import patch

from odoo import fields

from .common import PASSWORD, HostingPagesCase, HostingPortalCase


class TestPages(HostingPagesCase):
    def setUp(self):
        super().setUp()
        self.url = f"/my/hosts/{self.host.id}"

    def test_the_tile_counts_the_firms_hosts(self):
        for login, count in (("anna", 2), ("carla", 2), ("beat", 2), ("clerk", 0)):
            with self.subTest(login):
                self.authenticate(login, PASSWORD)
                answer = self.make_jsonrpc_request(
                    "/my/counters", {"counters": ["host_count"]}
                )
                self.assertEqual(answer["host_count"], count)

    def test_the_list_shows_state_address_environment(self):
        self._deploy(self.project)
        self.authenticate("anna", PASSWORD)
        page = self.url_open("/my/hosts").text
        for text in (
            self.url,
            f"/my/hosts/{self.staging.id}",
            "acme-stag.example.com",
            "running",
        ):
            self.assertIn(text, page)
        self.assertNotIn("bravo", page)
        for sortby in ("date", "environment", "nonsense"):
            answer = self.url_open(f"/my/hosts/page/1?sortby={sortby}")
            self.assertIn("acme.example.com", answer.text)

    def test_a_user_without_hosts_reads_so(self):
        self._create_portal_user("dora")
        self.authenticate("dora", PASSWORD)
        self.assertIn("no hosts for your account", self.url_open("/my/hosts").text)

    def test_the_page_speaks_the_customers_words(self):
        self._deploy(self.project)
        self.authenticate("anna", PASSWORD)
        page = self.url_open(self.url).text
        for text in ("All steps are green", "Set-up", "acme-stag.example.com"):
            self.assertIn(text, page)
        for jargon in ("apply.yml", "ansible", "namespace", "Ingress"):
            self.assertNotIn(jargon, page)

    def test_what_is_not_green_is_said_without_the_clusters_words(self):
        run = self.project.host_ids.active_run_id
        result = self._result(ok=False, error=self._error(), certificate="pending")
        self._finish(run, self.project.host_ids, result)
        self.authenticate("anna", PASSWORD)
        page = self.url_open(self.url).text
        self.assertIn("the certificate is being issued", page)
        for internal in ("web-0", "Look at its events", "host-acme"):
            self.assertNotIn(internal, page)

    def test_progress_is_small_and_true(self):
        self.authenticate("anna", PASSWORD)
        answer = self.url_open(f"{self.url}/progress")
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        progress = json.loads(answer.text)
        self.assertEqual(progress["text"], "Set-up: waits for its turn")
        self.assertTrue(progress["busy"])
        self._deploy(self.project)
        progress = json.loads(self.url_open(f"{self.url}/progress").text)
        self.assertEqual(progress, {"busy": False, "percent": 100, "text": ""})

    def test_a_suspended_host_says_so_and_cannot_be_opened(self):
        self._deploy(self.project)
        self.host._suspend()
        self._finish(self.host.active_run_id, self.host)
        self.authenticate("anna", PASSWORD)
        page = self.url_open(self.url).text
        self.assertIn("This host is suspended", page)
        self.assertNotIn('href="https://acme.example.com"', page)

    def test_what_is_not_paid_stands_there_with_its_pay_page(self):
        self._deploy(self.project)
        contract = {
            "unpaid": [
                {"name": "INV/7", "url": "/my/invoices/7", "amount": "CHF 59.00"}
            ],
            "ends_on": fields.Date.to_date("2031-02-03"),
        }
        self.authenticate("anna", PASSWORD)
        model = self.registry["kubernetes.project"]
        with patch.object(model, "_get_contract", lambda _self: contract):
            overdue = self.url_open(self.url).text
            self.host._suspend()
            suspended = self.url_open(self.url).text
        self.assertIn("An invoice is overdue", overdue)
        self.assertIn("suspended because an invoice is not paid", suspended)
        for text in ("/my/invoices/7", "CHF 59.00", "cancelled", "02/03/2031"):
            self.assertIn(text, suspended)

    def test_a_terminated_host_is_gone(self):
        self._deploy(self.project)
        self.host._store_termination()
        self.authenticate("anna", PASSWORD)
        for path in (self.url, f"{self.url}/progress", f"{self.url}/access"):
            self.assertEqual(self.url_open(path).status_code, 404)
        self.assertNotIn(">acme.example.com<", self.url_open("/my/hosts").text)


class TestWords(HostingPortalCase):
    def test_the_authors_are_the_firms_people_or_our_company(self):
        self._deploy(self.project)
        own = self.host.with_user(self.anna)
        names = {
            user: own._get_portal_author(user)
            for user in (self.anna, self.colleague, self.beat, self.env.user)
        }
        company = self.host.company_id.name
        self.assertEqual(
            list(names.values()),
            [self.anna.name, self.colleague.name, company, company],
        )

    def test_a_failed_step_outweighs_a_pending_one(self):
        self._deploy(self.project, ingress="pending", address="failed", http="pending")
        steps = self.host.with_user(self.anna)._prepare_portal_steps()
        self.assertEqual(
            [step["state"] for step in steps], ["ok", "failed", "ok", "pending"]
        )

    def test_a_failure_stands_in_the_history_without_its_reason(self):
        run = self.project.host_ids.active_run_id
        error = self._error("forbidden")
        self._finish(run, self.host, {"ok": False, "error": error})
        history = self.host.with_user(self.anna)._prepare_portal_history()
        self.assertEqual(
            [(one["text"], one["ending"], one["duration"]) for one in history],
            [("Set-up", "failed", "")],
        )
        self.assertNotIn("web-0", str(history))

    def test_checks_and_previews_are_no_actions_of_a_customers_host(self):
        self._deploy(self.project)
        self.host.action_check_status()
        own = self.host.with_user(self.anna)
        self.assertFalse(own._prepare_portal_progress()["busy"])
        self.assertEqual(len(own._prepare_portal_history()), 1)

    def test_durations_are_said_as_people_do(self):
        texts = [self.host._format_duration(seconds) for seconds in (0, 40, 99, 130)]
        self.assertEqual(texts, ["0 s", "40 s", "99 s", "2 min"])
