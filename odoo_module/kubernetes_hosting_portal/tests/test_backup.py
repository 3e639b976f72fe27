from odoo.exceptions import UserError

from .common import PASSWORD, HostingPagesCase

TOKEN = "canary-Tk92-download-token"


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

    def test_the_mail_before_the_deletion_leads_to_the_backups(self):
        link = f"{self.host.get_base_url()}{self.url}#backups"
        self.assertEqual(self.project._get_backup_link(), link)
        self.authenticate("anna", PASSWORD)
        self.assertIn('id="backups"', self.url_open(self.url).text)
        self.project.manifest_ids = self.manifest
        self.assertIsNone(self.project._get_backup_link(), "nothing to download")

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

    def test_a_backup_is_downloaded_by_its_owner_and_it_is_logged(self):
        backup = self._add_backup(self.host)
        self.authenticate("anna", PASSWORD)
        self.assertIn("Download…", self.url_open(self.url).text)
        path = f"{self.url}/backup/{backup.id}"
        page = self._post(path)
        self.assertIn("made ready", page.text)
        run = self._get_download()
        self.assertEqual((run.user_id, run.line_ids.host_id), (self.anna, self.host))
        self.assertIn("Anna asked for a download", self.host.message_ids[0].body)
        self.assertIn("made ready", self._post(f"{path}/result", run_id=run.id).text)
        self._hand_out(run)
        page = self._post(f"{path}/result", run_id=run.id)
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        for text in (TOKEN, "https://acme--backup.example.com/1", "SHA256SUMS"):
            self.assertIn(text, page.text)
        # The test's cursor runs no hooks after a commit.
        (run._get_path() / "download_token").unlink()
        page = self._post(f"{path}/result", run_id=run.id)
        self.assertNotIn(TOKEN, page.text)
        self.assertIn("was already", page.text)
        self.assertEqual(self._find_in_database(TOKEN), [])

    def test_a_download_belongs_to_who_asked_for_it(self):
        """Not even a colleague's session gets the token; he may ask himself."""
        backup = self._add_backup(self.host)
        run = self.own._request_download(self.own._get_own_backup(backup.id))
        self._hand_out(run)
        path = f"{self.url}/backup/{backup.id}"
        for login in ("carla", "beat"):
            self.authenticate(login, PASSWORD)
            with self.subTest(login):
                answer = self._post(f"{path}/result", run_id=run.id)
                self.assertEqual(answer.status_code, 404)
        self.authenticate("carla", PASSWORD)
        self.assertIn("made ready", self._post(path).text)

    def test_a_backup_of_another_host_is_none(self):
        foreign = self.foreign.project_id
        self._deploy(foreign)
        theirs = self._add_backup(self.foreign, "20261123-041500-ffffff")
        siblings = self._add_backup(self.staging, "20261123-041500-eeeeee")
        self.authenticate("anna", PASSWORD)
        for number in (theirs.id, siblings.id, 999999999):
            for path in ("", "/result"):
                with self.subTest(number=number, path=path):
                    answer = self._post(f"{self.url}/backup/{number}{path}", run_id="1")
                    self.assertEqual(answer.status_code, 404)
        self.assertFalse(self._get_download())

    def test_ten_downloads_a_day_are_enough(self):
        backup = self._add_backup(self.host)
        for _number in range(10):
            run = self.own._request_download(self.own._get_own_backup(backup.id))
            again = self.own._request_download(self.own._get_own_backup(backup.id))
            self.assertEqual(run, again, "while one is made ready, it is that one")
            self._hand_out(run)
        with self.assertRaisesRegex(UserError, "10 downloads a day"):
            self.own._request_download(self.own._get_own_backup(backup.id))

    def test_a_suspended_host_offers_its_backups(self):
        """The leave kit: the contract is over, the data are there."""
        backup = self._add_backup(self.host)
        self.host._suspend()
        self._finish(self.host.active_run_id, self.host)
        self.authenticate("anna", PASSWORD)
        self.assertIn("Download…", self.url_open(self.url).text)
        answer = self._post(f"{self.url}/backup/{backup.id}")
        self.assertIn("made ready", answer.text)

    def _get_download(self):
        return self.env["kubernetes.run"].search(
            [("playbook", "=", "backup_download")], limit=1
        )

    def _hand_out(self, run):
        """Do what backup_download.yml does at its end."""
        file = run._get_path() / "download_token"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(TOKEN)
        told = {"url": "https://acme--backup.example.com/1"}
        entries = [
            {"id": one.name, "host": one.host_id.fqdn, "verified": True, "size": 9}
            for one in self.project.host_ids.backup_ids
        ]
        result = {"ok": True, "backup": {"list": entries, "download": told}}
        self._finish(run, self.host, result | {"error": None})
