from odoo.exceptions import UserError

from .common import PASSWORD, HostingPagesCase


class TestBackups(HostingPagesCase):
    def setUp(self):
        super().setUp()
        self._add_jobs()
        self._deploy(self.project)
        self.url = f"/my/hosts/{self.host.id}"
        self.own = self.host.with_user(self.anna)

    def test_the_page_lists_the_backups_of_its_host(self):
        self._add_backup(self.host)
        self.authenticate("anna", PASSWORD)
        page = self.url_open(self.url).text
        for text in ("Backups", "4.00 Mb", "checked", "Back up now"):
            self.assertIn(text, page)
        staging = self.url_open(f"/my/hosts/{self.staging.id}").text
        self.assertIn("There is no backup yet", staging)

    def test_back_up_now(self):
        self.authenticate("anna", PASSWORD)
        self.assertEqual(self._post(f"{self.url}/backup").status_code, 303)
        run = self.host.active_run_id
        self.assertEqual((run.playbook, run.user_id), ("backup", self.anna))
        self.assertIn("Backup: waits for its turn", self.url_open(self.url).text)

    def test_without_jobs_there_is_nothing_to_press(self):
        self.project.manifest_ids = self.manifest
        self.authenticate("anna", PASSWORD)
        self.assertNotIn("Back up now", self.url_open(self.url).text)
        answer = self._post(f"{self.url}/backup")
        self.assertIn("no jobs that back up", answer.text)

    def test_five_a_day_by_customers_are_enough(self):
        for number in range(5):
            run = self.own._request_backup()
            self._finish(run, self.host, {"ok": True, "error": None})
            self.assertEqual(len(self.host.run_line_ids), number + 2)
        with self.assertRaisesRegex(UserError, "5 backups a day"):
            self.own._request_backup()
        self.host.action_backup()
        self.assertEqual(self.host.active_run_id.user_id, self.env.user)
