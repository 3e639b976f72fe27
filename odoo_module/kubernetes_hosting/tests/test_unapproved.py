"""An unapproved version of a manifest is applied by no button, cron or RPC."""

from odoo import fields
from odoo.exceptions import UserError

from ..models.states import PLAYBOOKS, TERMINATED
from .common import KubernetesCase

SECRET_TEXT = "kind: NobodyApprovedThis\n"


class TestUnapproved(KubernetesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._create_user("administrator")
        cls.host = cls._create_idle_host()
        cls.waiting = cls._add_version(cls.manifest, SECRET_TEXT)
        cls.waiting._store_check([])
        cls.fresh = cls._create_manifest("fresh")
        cls.refused = cls._add_version(cls.fresh, "kind: Refused\n")
        cls.refused._store_check([{"message": "no"}])

    def _writing_texts(self):
        """Return the texts that the writing runs of this test would apply."""
        found = set()
        for run in self.env["kubernetes.run"].search([("state", "=", "queued")]):
            if PLAYBOOKS[run.playbook].writes:
                found |= set(run._collect_files()[1].values())
        return found

    def _assert_nothing_unapproved(self):
        bad = {self.waiting.text, self.refused.text}
        self.assertFalse(self._writing_texts() & bad)

    def _buttons(self, model):
        """Return the public methods of a model that a form or RPC may call."""
        names = {
            name
            for cls in type(self.env[model]).mro()
            if "kubernetes" in (cls.__module__ or "")
            for name in vars(cls)
            if name.startswith("action_")
        }
        return sorted(names)

    def test_no_button_applies_it(self):
        subjects = [self.host, self.host.project_id, self.host.last_run_id]
        subjects += [self.manifest, self.fresh, self.cluster]
        pressed = 0
        for subject in subjects:
            for name in self._buttons(subject._name):
                if name in ("action_approve", "action_check"):
                    continue
                with self.subTest(model=subject._name, button=name):
                    pressed += self._press(subject, name)
                    self._assert_nothing_unapproved()
        self.assertGreater(pressed, 10)

    def _press(self, record, name):
        """Press a button in a savepoint; return whether it was not refused."""
        try:
            with self.env.cr.savepoint():
                getattr(record.with_user(self.administrator), name)()
                self.env.flush_all()
        except (UserError, TypeError, ValueError):
            return False
        return True

    def test_no_cron_applies_it(self):
        waiting_host = self._create_host(
            "waits",
            manifest_line_ids=[fields.Command.create({"manifest_id": self.fresh.id})],
        )
        self.assertTrue(waiting_host.deploy_waiting)
        crons = self.env["ir.cron"].search(
            [("cron_name", "ilike", "kubernetes"), ("active", "=", True)]
        )
        self.assertTrue(crons)
        for cron in crons:
            with self.subTest(cron=cron.cron_name):
                cron.ir_actions_server_id.run()
                self._assert_nothing_unapproved()
        self.assertFalse(waiting_host.run_line_ids.filtered("writes"))

    def test_no_write_by_rpc_brings_it_to_a_host(self):
        line = self.host.manifest_line_ids
        writes = (
            (line, {"version_id": self.waiting.id}),
            (self.manifest, {"current_version_id": self.waiting.id}),
            (
                self.manifest,
                {"version_ids": [(1, self.waiting.id, {"state": "approved"})]},
            ),
            (self.manifest, {"version_ids": [(1, self.version.id, {"text": "x"})]}),
            (self.waiting, {"state": "approved"}),
            (self.version, {"text": SECRET_TEXT}),
            (self.host.last_run_id, {"version_ids": [(4, self.waiting.id)]}),
            (self.host.last_run_id, {"playbook": "apply"}),
        )
        for record, vals in writes:
            with (
                self.subTest(record=record, vals=vals),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                record.with_user(self.administrator).write(vals)
                self.env.flush_all()

    def test_a_preview_of_it_is_never_run_again_as_something_that_writes(self):
        run = self.waiting._preview(self.host)
        run.sudo()._end("failed")
        again = self.env["kubernetes.run"].search(
            [("id", "=", run.action_run_again()["res_id"])]
        )
        self.assertEqual(again.playbook, "preview")
        self.host.action_apply()
        self.assertEqual(self._writing_texts(), {self.version.text})

    def test_a_run_that_waited_does_not_apply_what_lost_its_approval(self):
        self.host.action_apply()
        run = self.host.active_run_id
        self.env.cr.execute(
            "UPDATE kubernetes_manifest_version SET state = 'waiting' WHERE id = %s",
            (self.version.id,),
        )
        self.env.invalidate_all()
        self.assertEqual(run._collect_files(), ([], {}))
        self.assertEqual(run.line_ids.state, "failed")

    def test_what_uses_no_manifest_needs_no_approval(self):
        self._run_a_text_without_version()
        for press, playbook in (
            (self.host.action_check_status, "status"),
            (self.host.action_suspend, "suspend"),
            (lambda: self.host._terminate(without_backup=True), "terminate"),
        ):
            with self.subTest(playbook):
                press()
                run = self.host._get_active_lines().run_id
                self.assertEqual(run.playbook, playbook)
                hosts, texts = run._collect_files()
                self.assertEqual(hosts[0].variables["hosting_manifests"], [])
                self.assertFalse(texts)
                self._finish(run, self.host)
        self.assertEqual(self.host.lifecycle, "terminated")

    def _run_a_text_without_version(self):
        """Let the host run a manifest that has no approved version."""
        self.host.manifest_line_ids.sudo().write(
            {"manifest_id": self.fresh.id, "version_id": False}
        )
        self.assertTrue(self.host._get_unapproved())

    def test_a_resumed_host_needs_approval(self):
        self.host.action_suspend()
        self._finish(self.host.active_run_id, self.host)
        self._run_a_text_without_version()
        self.host._resume()
        run = self.host.active_run_id
        self.assertEqual(run._collect_files(), ([], {}))
        self.assertEqual(run.line_ids.state, "failed")

    def test_a_host_that_was_never_deployed_is_suspended_without_a_run(self):
        host = self._create_host(
            "waits",
            manifest_line_ids=[fields.Command.create({"manifest_id": self.fresh.id})],
        )
        host.action_suspend()
        self.assertEqual((host.lifecycle, host.activity), ("suspended", "idle"))
        version = self._add_version(self.fresh, "kind: Pod\n")
        version._store_check([])
        version.action_approve()
        self.assertEqual(host.activity, "idle", "it is suspended")
        host.action_resume()
        self.assertEqual(host.active_run_id.playbook, "apply")
        self.assertFalse(host.deploy_waiting)

    def test_a_terminated_host_needs_no_approval(self):
        self.host.sudo().lifecycle = TERMINATED
        self.assertEqual(self.waiting.change_count, 0)
