from odoo import fields
from odoo.exceptions import UserError

from .life import LifeCase


class TestClosing(LifeCase):
    def test_the_service_lasts_as_long_as_it_was_paid(self):
        self._close()
        self.assertEqual(str(self.project.service_until), "2031-02-10")
        self.assertEqual(str(self.project.terminate_on), "2031-03-12")
        self.assertEqual(self.project.state, "active")
        self.assertIn("deleted on 03/12/2031", self._get_mails()[-1])
        self._follow()
        self.assertEqual(len(self._get_mails()), 1)

    def test_in_arrears_it_ends_at_once(self):
        self._invoice("2031-01-10")
        self._go_to("2031-01-13")
        self._close()
        self.assertEqual(self.project.state, "suspended")
        self.assertEqual(str(self.project.terminate_on), "2031-02-12")

    def test_a_card_moved_to_closed_does_the_same(self):
        closed = self.env.ref("subscription_oca.subscription_stage_closed")
        self.subscription.write({"stage_id": closed.id})
        self.assertEqual(str(self.project.service_until), "2031-02-10")

    def test_who_closed_it_stands_on_the_project(self):
        seller = self.env["res.users"].create(
            {
                "name": "Sara Seller",
                "login": "sara",
                "group_ids": [
                    fields.Command.set(
                        self.env.ref("sales_team.group_sale_salesman_all_leads").ids
                    )
                ],
            }
        )
        self.subscription.with_user(seller).close_subscription()
        self.assertEqual(self.project.closed_by_id, seller)
        notes = " ".join(self.project.message_ids.mapped("body"))
        self.assertIn("Sara Seller", notes)

    def test_reopened_in_time_everything_stays(self):
        self._close()
        self._go_to("2031-02-10")
        self.assertEqual(self.project.state, "suspended")
        self.subscription.action_start_subscription()
        self._finish_runs(self.project)
        self.assertEqual(self.project.state, "active")
        self.assertFalse(self.project.terminate_on)
        self._go_to("2031-03-20")
        self.assertNotIn("terminate", self._get_playbooks())

    def test_paused_it_sleeps_and_wakes(self):
        self.subscription.action_pause()
        self._finish_runs(self.project)
        self.assertEqual(self.project.state, "suspended")
        self.assertEqual(self.project.suspension_reason, "paused")
        self.subscription.action_resume()
        self._finish_runs(self.project)
        self.assertEqual(self.project.state, "active")
        self.assertEqual(self._get_playbooks(), ["apply", "suspend", "resume"])

    def test_a_busy_host_lets_the_salesperson_close_all_the_same(self):
        host = self.project.host_ids[0]
        run = host._queue("apply")
        self.subscription.action_pause()
        self.assertEqual(self.project.state, "active")
        self._finish(run, host)
        self._follow()
        self.assertEqual(self.project.state, "suspended")

    def test_the_days_number_of_deletions_is_limited(self):
        self.company.hosting_terminations_per_day = 2
        projects = self.project
        for name in ("bravo", "charlie"):
            projects |= self._buy(name)[1]
        for subscription in projects.subscription_id:
            subscription.close_subscription()
        self._go_to("2031-02-10", projects)
        self._go_to("2031-03-12", projects)
        self.assertEqual(len(self._find(projects, "resting")), 2)
        self._go_to("2031-03-13 01:00:00", projects)
        self.assertEqual(len(self._find(projects, "resting")), 3)

    def test_zero_deletes_nothing(self):
        self.company.hosting_terminations_per_day = 0
        self._close()
        self._go_to("2031-02-10")
        self._go_to("2031-12-01")
        self.assertEqual(self.project.state, "suspended")

    def test_without_the_waiver_a_host_waits_for_its_backup(self):
        self.company.hosting_waive_backup = False
        self._close()
        self._go_to("2031-02-10")
        self._go_to("2031-03-12")
        self._go_to("2031-03-13")
        self.assertEqual(self.project.state, "suspended")
        self.assertEqual(len(self.project.activity_ids), 1)
        self.assertIn("backup", self.project.activity_ids.note)

    def test_before_it_rests_it_is_backed_up_once(self):
        self._add_jobs()
        self.company.hosting_waive_backup = False
        self._close()
        self.clock.move_to("2031-02-10")
        self._follow()
        hosts = self.project.host_ids
        self.assertEqual(hosts.active_run_id.playbook, "backup")
        self.assertEqual(hosts.active_run_id.line_ids.host_id, hosts)
        self.assertEqual(self.project.state, "active")
        self._store_backups("2031-02-10T00:01:00Z")
        self._finish_runs(self.project)
        self._follow()
        self._finish_runs(self.project)
        self.assertEqual(self.project.state, "suspended")
        self.assertEqual(self._get_playbooks(), ["apply", "backup", "suspend"])
        self._go_to("2031-03-12")
        self.assertEqual(self.project.state, "resting")
        self.assertFalse(self.project.backup_waived)

    def test_a_failed_backup_keeps_it_from_its_deletion_only(self):
        self._add_jobs()
        self.company.hosting_waive_backup = False
        self._store_backups("2031-01-20T00:01:00Z")
        self._close()
        self.clock.move_to("2031-02-10")
        self._follow()
        run = self.project.host_ids.active_run_id
        failed = {"ok": False, "error": self._error("quota")}
        self._finish(run, run.line_ids.host_id, failed)
        self._follow()
        self._finish_runs(self.project)
        self.assertEqual(self.project.state, "suspended")
        self._go_to("2031-03-12")
        self.assertEqual(self.project.state, "suspended")
        self.assertIn("backup", self.project.activity_ids.note)

    def test_debtors_are_backed_up_before_they_rest_too(self):
        self._add_jobs()
        self._invoice("2031-01-10")
        for day in ("2031-01-13", "2031-01-20", "2031-01-27"):
            self._go_to(day)
        self._follow()
        self._finish_runs(self.project)
        self.assertEqual(self.project.state, "suspended")
        self.assertEqual(self._get_playbooks(), ["apply", "backup", "suspend"])

    def test_the_waiver_is_a_decision_of_the_run(self):
        self._close()
        self._go_to("2031-02-10")
        self.clock.move_to("2031-03-12")
        self._follow(1)
        run = self.project.host_ids.active_run_id
        self.assertTrue(run.decisions["host_remove_without_backup"])
        self.assertTrue(self.project.backup_waived)

    def test_a_failed_deletion_is_tried_again_the_next_day(self):
        self._close()
        self._go_to("2031-02-10")
        self.clock.move_to("2031-03-12")
        self._follow(1)
        run = self.project.host_ids.active_run_id
        failed = self._result(ok=False, error=self._error("timeout"))
        self._finish(run, run.line_ids.host_id, failed)
        self.assertEqual(self.project.state, "terminating")
        self.env.cr.execute(
            "UPDATE kubernetes_run_line SET create_date = '2031-03-12 00:00:00'"
        )
        self.env.invalidate_all()
        self._follow()
        self.assertFalse(self.project.host_ids.active_run_id, "not at once")
        self._go_to("2031-03-13")
        self.assertEqual(self.project.state, "resting")
        self.assertEqual(self._get_mails()[-1], "acme.example.com is deleted")

    def test_a_deletion_that_began_can_not_be_stopped(self):
        self._close()
        self._go_to("2031-02-10")
        self.clock.move_to("2031-03-12")
        self._follow(1)
        self.subscription.action_start_subscription()
        self.assertEqual(self.project.state, "terminating")
        with self.assertRaises(UserError):
            self.project.state = "active"

    def _add_jobs(self):
        jobs = self._create_manifest("odoo-jobs", purpose="reset")
        version = self._add_version(jobs, "kind: Job\n")
        version._store_check([])
        version.action_approve()
        self.project.manifest_ids += jobs

    def _store_backups(self, time):
        hosts = self.project.host_ids
        one = {"id": time[:10], "time": time, "verified": True}
        rows = [one | {"host": host.fqdn} for host in hosts]
        hosts[0]._store_backups({"id": one["id"], "list": rows})

    def _find(self, projects, state):
        return projects.filtered(lambda project: project.state == state)
