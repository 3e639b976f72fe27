from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .test_reset import ResetCase

TOKEN = "canary-Tk92-download-token"


class TestBackup(ResetCase):
    def test_only_operators_back_up(self):
        with self.assertRaises(AccessError):
            self.production.with_user(self._create_user("user")).action_backup()

    def test_the_button_queues_a_backup(self):
        self.production.action_backup()
        self.assertEqual(self.production.active_run_id.playbook, "backup")

    def test_without_jobs_there_is_no_backup(self):
        self.project.manifest_ids -= self.jobs
        with self.assertRaisesRegex(UserError, "no jobs"):
            self.production.action_backup()

    def test_the_records_follow_the_playbooks_list(self):
        self._back_up("one")
        first = self.production.backup_ids
        self.assertEqual((first.name, first.size, first.verified), ("one", 1500, True))
        self.assertEqual((first.dump_sha256, first.files_sha256), ("d1", "f1"))
        self.assertEqual(first.user_id, self.env.user)
        self._back_up("two", also=["one"])
        self.assertEqual(set(self.production.backup_ids.mapped("name")), {"one", "two"})
        self._back_up("three", also=["two"])
        self.assertEqual(
            set(self.production.backup_ids.mapped("name")), {"two", "three"}
        )
        self.assertFalse(first.exists())

    def test_a_backup_says_nothing_of_the_hosts_health(self):
        before = self.production.read(["health", "ladder", "objects", "checked_at"])
        self.production.action_backup()
        failed = {"ok": False, "error": self._error("quota")}
        self._finish(self.production.active_run_id, self.production, failed)
        after = self.production.read(["health", "ladder", "objects", "checked_at"])
        self.assertEqual(after, before)
        self.assertIn("Back up failed", self.production.message_ids[0].body)

    def test_a_backup_of_somebody_elses_host_is_not_taken(self):
        other = self._create_idle_host("bravo")
        entry = self._entry("x") | {"host": other.fqdn}
        self.production._store_backups({"id": "x", "list": [entry]})
        self.assertFalse(self.env["kubernetes.backup"].search([]))

    def test_restore_goes_into_staging(self):
        self._back_up("one")
        backup = self.production.backup_ids
        backup.action_restore_into_staging()
        run = self.staging.active_run_id
        self.assertEqual(
            (run.playbook, run.decisions, run.line_ids.host_id),
            ("restore", {"host_backup_restore": "one"}, self.staging),
        )
        with self.assertRaises(AccessError):
            backup.with_user(self._create_user("user")).action_restore_into_staging()

    def test_what_was_not_verified_is_not_restored(self):
        self._back_up("one")
        self.production.backup_ids.sudo().verified = False
        with self.assertRaisesRegex(UserError, "not verified"):
            self.production.backup_ids.action_restore_into_staging()

    def test_nobody_writes_backups(self):
        self._back_up("one")
        admin = self._create_user("administrator")
        for operation in ("write", "create", "unlink"):
            self.assertFalse(
                self.production.backup_ids.with_user(admin).has_access(operation)
            )

    def test_the_cron_backs_up_production_once_a_day(self):
        hosts = self.env["kubernetes.host"]
        hosts._cron_backup()
        self.assertEqual(self.production.active_run_id.playbook, "backup")
        self.assertFalse(self.staging.active_run_id)
        self._finish_backup("one")
        hosts._cron_backup()
        self.assertFalse(self.production.active_run_id, "there is a fresh one")
        old = fields.Datetime.now() - timedelta(hours=25)
        self.production.backup_ids.sudo().created_at = old
        hosts._cron_backup()
        self.assertFalse(self.production.active_run_id, "one was tried just now")
        self._age_runs(old)
        hosts._cron_backup()
        self.assertEqual(self.production.active_run_id.playbook, "backup")

    def test_zero_hours_turn_it_off(self):
        self.env["ir.config_parameter"].set_param("kubernetes_hosting.backup_hours", 0)
        self.env["kubernetes.host"]._cron_backup()
        self.assertFalse(self.production.active_run_id)

    def test_one_host_that_cannot_keeps_no_other_from_its_backup(self):
        other = self._create_project("bravo")
        other.manifest_ids += self.jobs
        hosts = other._create_hosts()
        self._finish(hosts.active_run_id, hosts)
        self.production._queue("apply")
        with mute_logger(
            "odoo.addons.kubernetes_hosting.models.kubernetes_host_backup"
        ):
            self.env["kubernetes.host"]._cron_backup()
        backed_up = hosts.filtered(lambda host: host.environment == "production")
        self.assertEqual(backed_up.active_run_id.playbook, "backup")

    def test_a_verified_backup_counts_for_termination(self):
        self.assertFalse(self.production._has_verified_backup())
        self._back_up("one")
        self.assertTrue(self.production._has_verified_backup())
        backup = self.production.backup_ids.sudo()
        backup.created_at = fields.Datetime.now() - timedelta(days=31)
        self.assertFalse(self.production._has_verified_backup())
        self.production.lifecycle = "suspended"
        self.assertTrue(self.production._has_verified_backup(), "nothing changed since")
        backup.write({"created_at": fields.Datetime.now(), "verified": False})
        self.assertFalse(self.production._has_verified_backup())

    def test_an_administrator_downloads_a_backup_and_it_is_logged(self):
        self._back_up("one")
        backup = self.production.backup_ids
        for group in ("user", "operator"):
            own = backup.with_user(self._create_user(group))
            with self.subTest(group), self.assertRaises(AccessError):
                own.action_download()
            with self.subTest(group), self.assertRaises(AccessError):
                own.take_download(1)
        user = self._create_user("administrator")
        action = backup.with_user(user).action_download()
        run = self._get_download()
        self.assertEqual(action["params"], {"backup_id": backup.id, "run_id": run.id})
        self.assertEqual(run.decisions, {"host_backup_download": "one"})
        self.assertFalse(run.line_ids.writes, "it keeps no other run waiting")
        self.assertEqual(
            run._prepare_extra_vars(run._get_path()),
            {
                "host_backup_download": "one",
                "host_backup_token_file": str(run._get_path() / "download_token"),
            },
        )
        self.assertIn("asked for a download", self.production.message_ids[0].body)
        self.assertEqual(backup.with_user(user).action_download(), action, "it is one")

    def test_the_token_is_told_once_to_whom_it_belongs_and_stands_nowhere(self):
        self._back_up("one")
        backup = self.production.backup_ids
        backup.action_download()
        run = self._get_download()
        self.assertEqual(backup.take_download(run.id), {"busy": True})
        file = self._hand_out(run)
        self.assertEqual(backup.take_download(run.id), {"busy": True}, "no address yet")
        self._finish_download(run)
        other = backup.with_user(self._create_user("administrator"))
        self.assertIn("error", other.take_download(run.id))
        told = {"url": "https://acme--backup.example.com/1", "token": TOKEN}
        self.assertEqual(backup.take_download(run.id), told)
        self.env.cr.postcommit.run()
        self.assertFalse(file.exists())
        self.assertIn("error", backup.take_download(run.id))
        self.env.flush_all()
        for table in ("kubernetes_run", "kubernetes_run_line", "mail_message"):
            self.env.cr.execute(
                f"SELECT 1 FROM {table} t WHERE t::text LIKE %s",  # noqa: S608
                [f"%{TOKEN}%"],
            )
            self.assertFalse(self.env.cr.fetchall(), table)

    def test_a_download_that_failed_leaves_no_token_and_no_word_of_health(self):
        self._back_up("one")
        backup = self.production.backup_ids
        before = self.production.read(["health", "ladder", "objects", "checked_at"])
        backup.action_download()
        run = self._get_download()
        file = self._hand_out(run)
        failed = {"ok": False, "error": self._error("timeout"), "backup": None}
        self._finish(run, self.production, failed)
        self.assertFalse(file.exists())
        self.assertIn("could not be handed out", backup.take_download(run.id)["error"])
        after = self.production.read(["health", "ladder", "objects", "checked_at"])
        self.assertEqual(after, before)

    def test_a_lost_download_leaves_its_token_nowhere(self):
        self._back_up("one")
        self.production.backup_ids.action_download()
        run = self._get_download()
        run._mark_running()
        file = self._hand_out(run)
        run._take_status(None)
        self.assertEqual((run.state, run.attempt), ("queued", 2))
        self.assertFalse(file.exists())

    def test_what_was_not_verified_is_not_handed_out(self):
        self._back_up("one")
        self.production.backup_ids.sudo().verified = False
        with self.assertRaisesRegex(UserError, "not verified"):
            self.production.backup_ids.action_download()

    def test_a_suspended_host_hands_its_backups_out(self):
        self._back_up("one")
        self.production._suspend()
        self._finish(self.production.active_run_id, self.production)
        self.production.backup_ids.action_download()
        self.assertTrue(self._get_download())

    def _get_download(self):
        return self.env["kubernetes.run"].search([("playbook", "=", "backup_download")])

    def _hand_out(self, run):
        """Do what backup_download.yml does at its end; return the file."""
        file = run._get_path() / "download_token"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(TOKEN)
        return file

    def _finish_download(self, run):
        told = {"id": "one", "url": "https://acme--backup.example.com/1"}
        backup = {"list": [self._entry("one")], "download": told}
        result = {"ok": True, "backup": backup, "error": None}
        self._finish(run, self.production, result)

    def _back_up(self, name, also=()):
        self.production.action_backup()
        self._finish_backup(name, also)

    def _finish_backup(self, name, also=()):
        entries = [self._entry(one) for one in (name, *also)]
        backup = self._entry(name) | {
            "sha256": {"dump": "d1", "files": "f1"},
            "list": entries,
        }
        result = {"ok": True, "playbook": "backup", "backup": backup, "error": None}
        self._finish(self.production.active_run_id, self.production, result)

    def _entry(self, name):
        now = fields.Datetime.now().isoformat()
        return {
            "id": name,
            "host": self.production.fqdn,
            "time": f"{now}Z",
            "size": 1500,
            "verified": True,
        }

    def _age_runs(self, moment):
        self.env.cr.execute("UPDATE kubernetes_run_line SET create_date = %s", [moment])
        self.env.invalidate_all()
