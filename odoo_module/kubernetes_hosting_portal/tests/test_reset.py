from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .common import PASSWORD, HostingPagesCase, HostingPortalCase

LOGGER = "odoo.addons.kubernetes_hosting_portal.models.kubernetes_host_reset"


class ResetMixin:
    """Two green hostings whose product has jobs for its data."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._add_jobs()
        cls._deploy(cls.project)
        cls._deploy(cls.foreign.project_id)
        cls.own = cls.staging.with_user(cls.anna)

    def _get_resets(self):
        return self.env["kubernetes.run"].search([("playbook", "=", "reset")])

    def _age(self, run, **ago):
        """Make a run and its lines older."""
        moment = fields.Datetime.now() - timedelta(**ago)
        for table, column in (
            ("kubernetes_run", "id"),
            ("kubernetes_run_line", "run_id"),
        ):
            self.env.cr.execute(
                f"UPDATE {table} SET create_date = %s WHERE {column} = %s",  # noqa: S608
                [moment, run.id],
            )
        self.env.invalidate_all()


class TestRequests(ResetMixin, HostingPortalCase):
    def test_the_typed_name_is_the_projects(self):
        for name in ("", None, "acme-stag", "acme.example.com", "bravo", "acm"):
            with self.subTest(name), self.assertRaisesRegex(UserError, "type the name"):
                self.own._request_reset(name)
        self.assertFalse(self._get_resets())
        run = self.own._request_reset(" Acme ")
        self.assertEqual((run.user_id, run.line_ids.host_id), (self.anna, self.staging))

    def test_production_is_refused(self):
        with self.assertRaisesRegex(UserError, "only staging"):
            self.host.with_user(self.anna)._request_reset("acme")

    def test_it_is_refused_while_a_run_is_at_work(self):
        self.staging.action_apply()
        with self.assertRaisesRegex(UserError, "at work"):
            self.own._request_reset("acme")

    def test_the_one_who_loses_the_race_reads_the_same(self):
        error = UserError("A run is at work on acme-stag: cancel it.")
        error.__cause__ = UniqueViolation()
        with (
            patch.object(self.registry["kubernetes.host"], "_queue", side_effect=error),
            self.assertRaisesRegex(UserError, "Please wait until it has ended"),
        ):
            self.own._request_reset("acme")

    def test_customers_reset_every_ten_minutes(self):
        run = self.own._request_reset("acme")
        self._finish(run, self.staging, self._reset_result())
        for user in (self.anna, self.colleague):
            with self.subTest(user.login), self.assertRaisesRegex(UserError, "10 min"):
                self.staging.with_user(user)._request_reset("acme")
        self._age(run, minutes=9, seconds=50)
        with self.assertRaisesRegex(UserError, "10 min"):
            self.own._request_reset("acme")
        self._age(run, minutes=11)
        self.own._request_reset("acme")
        self.assertEqual(len(self._get_resets()), 2)

    def test_operators_have_no_such_limit(self):
        run = self.own._request_reset("acme")
        self._finish(run, self.staging, self._reset_result())
        self.staging.action_reset()
        self.assertEqual(len(self._get_resets()), 2)

    def test_undo_is_possible_at_once_and_does_not_count(self):
        with self.assertRaisesRegex(UserError, "nothing to undo"):
            self.own._request_undo()
        run = self.own._request_reset("acme")
        self._finish(run, self.staging, self._reset_result())
        undo = self.own._request_undo()
        self.assertEqual(undo.decisions, {"host_staging_reset_undo": True})
        self._finish(undo, self.staging, self._reset_result(action="undo"))
        self._age(run, minutes=11)
        self.own._request_reset("acme")

    def test_what_is_ours_to_solve_is_not_explained_to_customers(self):
        self.kubeconfig.rename(self.kubeconfig.with_suffix(".off"))
        self.addCleanup(self.kubeconfig.with_suffix(".off").rename, self.kubeconfig)
        with (
            mute_logger(LOGGER),
            self.assertRaisesRegex(UserError, "or ask us") as said,
        ):
            self.own._request_reset("acme")
        self.assertNotIn("kubeconfig", str(said.exception))
        self.assertIn("kubeconfig", self.staging.message_ids[0].body)

    def test_a_suspended_staging_is_not_reset(self):
        self.project.host_ids._suspend()
        self._finish(self.staging.active_run_id, self.project.host_ids)
        with self.assertRaisesRegex(UserError, "not active"):
            self.own._request_reset("acme")


class TestResetPage(ResetMixin, HostingPagesCase):
    def setUp(self):
        super().setUp()
        self.url = f"/my/hosts/{self.staging.id}"

    def test_a_reset_from_the_page_to_its_result_and_undo(self):
        self.authenticate("anna", PASSWORD)
        page = self.url_open(self.url).text
        for text in (
            "Nothing was copied",
            "Undo is possible",
            "What was done on staging",
        ):
            self.assertIn(text.lower(), page.lower())
        answer = self._post(f"{self.url}/reset", name="acme")
        self.assertEqual(answer.status_code, 303)
        self.assertTrue(answer.headers["Location"].endswith(self.url))
        run = self._get_resets()
        self.assertIn("Reset of staging: waits", self.url_open(self.url).text)
        self._finish(run, self.staging, self._reset_result())
        page = self.url_open(self.url).text
        for text in ("Copied from production on", "Mails off", "Last time it took"):
            self.assertIn(text, page)
        self.assertIn("4.00 Mb", page)
        self.assertEqual(self._post(f"{self.url}/undo").status_code, 303)
        undo = self._get_resets() - run
        self._finish(undo, self.staging, self._reset_result(action="undo"))
        page = self.url_open(self.url).text
        self.assertIn("from before the last reset", page)
        self.assertIn("Undo of the reset", page)

    def test_a_refusal_stands_on_the_page(self):
        self.authenticate("anna", PASSWORD)
        answer = self._post(f"{self.url}/reset", name="wrong")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("Please type the name of the project: acme", answer.text)
        self.assertFalse(self._get_resets())

    def test_a_failed_reset_says_what_became_of_staging(self):
        run = self.own._request_reset("acme")
        failed = self._reset_result(ok=False, staging="unchanged", undo_until=None)
        self._finish(run, self.staging, failed)
        self.authenticate("anna", PASSWORD)
        page = self.url_open(self.url).text
        self.assertIn("Staging is as it was", page)
        self.assertNotIn("web-0", page)

    def test_without_jobs_the_dialog_says_that_nothing_is_copied(self):
        self.project.manifest_ids = self.manifest
        self.authenticate("anna", PASSWORD)
        page = self.url_open(self.url).text
        self.assertIn("All data of staging are deleted", page)
        self.assertNotIn("undo is possible for 24 hours", page)

    def test_production_has_no_reset(self):
        self.authenticate("anna", PASSWORD)
        page = self.url_open(f"/my/hosts/{self.host.id}").text
        self.assertNotIn("o_hosting_reset", page)
