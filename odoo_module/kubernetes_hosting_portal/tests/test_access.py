from datetime import timedelta
from urllib.parse import urlsplit

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .common import FIRST_PASSWORD, PASSWORD, HostingPagesCase, HostingPortalCase


class TestAccessRun(HostingPortalCase):
    def setUp(self):
        super().setUp()
        self._deploy(self.project)
        self.own = self.host.with_user(self.anna)

    def test_the_run_gets_a_path_and_no_secret(self):
        run = self.own._request_access()
        self.assertEqual(run.user_id, self.anna)
        file = run._get_path() / "first_password"
        self.assertEqual(
            run._prepare_extra_vars(run._get_path()), {"host_access_file": str(file)}
        )
        self.assertFalse(run.line_ids.writes, "it locks no host")

    def test_a_new_password_is_a_decision_of_a_run_of_its_own(self):
        with self.assertRaisesRegex(UserError, "ask us"):
            self.own._request_access(renew=True)
        self._add_jobs()
        shown = self.own._request_access()
        run = self.own._request_access(renew=True)
        self.assertNotEqual(run, shown)
        self.assertEqual(run, self.own._request_access(renew=True))
        file = str(run._get_path() / "first_password")
        self.assertEqual(
            run._prepare_extra_vars(run._get_path()),
            {"host_access_renew": True, "host_access_file": file},
        )
        self.assertIn("Anna asked for a new password", self.host.message_ids[0].body)
        self._hand_over(run)
        self.assertEqual(self.own._reveal_password(run), FIRST_PASSWORD)
        self.assertIn("Anna looked at the new password", self.host.message_ids[0].body)

    def test_a_suspended_host_gets_no_new_password(self):
        self.host._suspend()
        self._finish(self.host.active_run_id, self.host)
        with self.assertRaisesRegex(UserError, "is suspended"):
            self.own._request_access(renew=True)
        self.own._request_access()

    def test_asking_twice_is_one_run(self):
        self.assertEqual(self.own._request_access(), self.own._request_access())

    def test_each_user_has_a_run_of_his_own(self):
        colleagues = self.host.with_user(self.colleague)._request_access()
        run = self.own._request_access()
        self.assertNotEqual(run, colleagues)
        self.assertFalse(self.own._get_access_run(colleagues.id))

    def test_a_host_that_was_never_deployed_has_no_password(self):
        with self.assertRaisesRegex(UserError, "not ready"):
            self.foreign.with_user(self.beat)._request_access()

    def test_the_password_is_read_once_and_the_file_goes_with_the_commit(self):
        run = self.own._request_access()
        self.assertIsNone(self.own._reveal_password(run))
        file = self._hand_over(run)
        self.assertEqual(self.own._reveal_password(run), FIRST_PASSWORD)
        self.assertTrue(file.exists(), "a transaction that is repeated finds it again")
        self.env.cr.postcommit.run()
        self.assertFalse(file.exists())
        self.assertIsNone(self.own._reveal_password(run))

    def test_who_looked_and_when_stands_in_the_chatter(self):
        run = self.own._request_access()
        self._hand_over(run)
        self.own._reveal_password(run)
        message = self.host.message_ids[0]
        self.assertIn("Anna looked at the first password", message.body)
        self.assertEqual(message.author_id, self.anna.partner_id)
        self.assertTrue(message.subtype_id.internal)

    def test_the_password_is_nowhere_in_the_database(self):
        run = self.own._request_access()
        self._hand_over(run)
        self.assertEqual(self.own._reveal_password(run), FIRST_PASSWORD)
        self._finish(run, self.host)
        self.assertEqual(self._find_in_database(FIRST_PASSWORD), [])
        self.assertIn("kubernetes_host", self._find_in_database("acme.example.com"))

    def test_the_run_says_nothing_about_the_hosts_health(self):
        before = (self.host.health, self.host.objects, self.host.checked_at)
        run = self.own._request_access()
        error = self._error("unreachable")
        self._finish(run, self.host, {"ok": False, "error": error})
        self.assertEqual(
            (self.host.health, self.host.objects, self.host.checked_at), before
        )
        self.assertIn("could not be handed over", self.host.message_ids[0].body)

    def test_a_run_that_is_lost_leaves_no_password_behind(self):
        run = self.own._request_access()
        run._mark_running()
        file = self._hand_over(run)
        run._take_status(None)
        self.assertEqual((run.state, run.attempt), ("queued", 2))
        self.assertNotEqual(run._get_path(), file.parent)
        self.assertFalse(file.exists())

    def test_what_nobody_came_to_read_is_deleted(self):
        run = self.own._request_access()
        file = self._hand_over(run)
        self._finish(run, self.host)
        run._cron_delete_secrets()
        self.assertTrue(file.exists(), "the page may still be loading")
        self.env.cr.execute(
            "UPDATE kubernetes_run SET create_date = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(minutes=6), run.id],
        )
        run.invalidate_recordset()
        run._cron_delete_secrets()
        self.assertFalse(file.exists())


class TestAccessPage(HostingPagesCase):
    def setUp(self):
        super().setUp()
        self._deploy(self.project)
        self._deploy(self.foreign.project_id)
        self.url = f"/my/hosts/{self.host.id}/access"

    def test_looking_at_the_page_reveals_nothing_and_starts_nothing(self):
        self.authenticate("anna", PASSWORD)
        answer = self.url_open(self.url)
        self.assertEqual(answer.status_code, 200)
        for text in ("https://acme.example.com", "https://acme-stag.example.com"):
            self.assertIn(text, answer.text)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertIn(f"/my/hosts/{self.staging.id}/access", answer.text)
        self.assertFalse(self._get_access_runs())

    def test_the_owner_sees_the_password_once(self):
        self.authenticate("anna", PASSWORD)
        self.assertIn("Fetching it", self._post(self.url).text)
        run = self._get_access_runs()
        waiting = self._post(f"{self.url}/result", run_id=run.id)
        self.assertIn("Fetching it", waiting.text)
        file = self._hand_over(run)
        shown = self._post(f"{self.url}/result", run_id=run.id)
        self.assertIn(FIRST_PASSWORD, shown.text)
        self.assertEqual(shown.headers["Cache-Control"], "no-store")
        # The test's cursor runs no hooks after a commit.
        file.unlink()
        self._finish(run, self.host)
        again = self._post(f"{self.url}/result", run_id=run.id)
        self.assertNotIn(FIRST_PASSWORD, again.text)
        self.assertIn("shown already", again.text)
        self.assertEqual(self._find_in_database(FIRST_PASSWORD), [])

    def test_a_new_password_is_asked_for_and_shown_on_the_page(self):
        self.authenticate("anna", PASSWORD)
        self.assertNotIn("Set a new password", self.url_open(self.url).text)
        self._add_jobs()
        self.assertIn("Set a new password", self.url_open(self.url).text)
        self.assertIn("New password", self._post(self.url, renew="1").text)
        run = self._get_access_runs()
        self.assertEqual(run.decisions, {"host_access_renew": True})
        self._hand_over(run)
        shown = self._post(f"{self.url}/result", run_id=run.id)
        self.assertIn(FIRST_PASSWORD, shown.text)

    def test_a_failure_names_a_reference_and_no_detail(self):
        self.authenticate("anna", PASSWORD)
        self._post(self.url)
        run = self._get_access_runs()
        self._finish(run, self.host, {"ok": False, "error": self._error("forbidden")})
        page = self._post(f"{self.url}/result", run_id=run.id).text
        self.assertIn(f"R-{run.id}", page)
        self.assertNotIn("Pod web-0", page)

    def test_who_may_and_who_may_not(self):
        ways = {
            "page": lambda: self.url_open(self.url, allow_redirects=False),
            "ask": lambda: self._post(self.url),
            "result": lambda: self._post(f"{self.url}/result", run_id=self.run.id),
        }
        expected = {"anna": 200, "carla": 200, "beat": 404, "clerk": 404, None: 303}
        self.run = self.host.with_user(self.anna)._request_access()
        self._hand_over(self.run)
        for login, status in expected.items():
            self.authenticate(login, PASSWORD if login else None)
            for way, call in ways.items():
                # A colleague sees the firm's host, but another one's run is not his.
                wanted = 404 if (login, way) == ("carla", "result") else status
                with self.subTest(login=login, way=way):
                    answer = call()
                    self.assertEqual(answer.status_code, wanted)
                    revealed = FIRST_PASSWORD in answer.text
                    self.assertEqual(revealed, (login, way) == ("anna", "result"))
        owners = self._get_access_runs().user_id
        self.assertEqual(owners, self.anna | self.colleague)

    def test_visitors_are_sent_to_the_log_in(self):
        self.authenticate(None, None)
        answer = self.url_open(self.url, allow_redirects=False)
        self.assertEqual(urlsplit(answer.headers["Location"]).path, "/web/login")

    def test_a_run_of_another_host_shows_nothing(self):
        run = self.foreign.with_user(self.beat)._request_access()
        self._hand_over(run)
        self.authenticate("anna", PASSWORD)
        answer = self._post(f"{self.url}/result", run_id=run.id)
        self.assertEqual(answer.status_code, 404)
        for number in ("", "x", "0", "-1", "999999999"):
            with self.subTest(number):
                answer = self._post(f"{self.url}/result", run_id=number)
                self.assertEqual(answer.status_code, 404)

    def test_without_a_token_of_the_session_nothing_happens(self):
        self.authenticate("anna", PASSWORD)
        with mute_logger("odoo.http"):
            for path in (self.url, f"{self.url}/result"):
                answer = self._post(path, csrf_token="wrong", run_id=1)
                self.assertEqual(answer.status_code, 400)
        self.assertFalse(self._get_access_runs())

    def test_a_link_alone_never_reveals(self):
        self.authenticate("anna", PASSWORD)
        run = self.host.with_user(self.anna)._request_access()
        self._hand_over(run)
        for path in (
            f"{self.url}?run_id={run.id}",
            f"{self.url}/result?run_id={run.id}",
        ):
            answer = self.url_open(path)
            self.assertFalse(FIRST_PASSWORD in answer.text)
        self.assertIn(answer.status_code, (404, 405))

    def test_an_access_token_opens_nothing(self):
        self.authenticate("beat", PASSWORD)
        self.assertNotIn("access_token", self.env["kubernetes.host"]._fields)
        answer = self.url_open(f"{self.url}?access_token=x")
        self.assertEqual(answer.status_code, 404)
