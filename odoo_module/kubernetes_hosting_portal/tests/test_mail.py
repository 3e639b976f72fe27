from unittest.mock import patch

from odoo.tools import mute_logger

from ..hooks import post_init_hook
from .common import HostingPortalCase


class TestMail(HostingPortalCase):
    def test_green_production_sends_the_access_data(self):
        self._deploy(self.project)
        mail = self._get_mails()
        self.assertEqual(mail.subject, "acme.example.com is ready")
        self.assertEqual(mail.partner_ids, self.anna.partner_id)
        body = str(mail.body)
        for text in (
            "https://acme.example.com",
            "https://acme-stag.example.com",
            ">admin<",
            f"/my/hosts/{self.host.id}/access",
            "Show my password",
        ):
            self.assertIn(text, body)
        self.assertNotIn("token=", body)
        self.assertTrue(self.project.access_mail_sent_at)

    def test_it_is_sent_once(self):
        self._deploy(self.project)
        for playbook in ("apply", "status", "apply"):
            self.host._store_result(playbook, self._result())
        self.project._cron_send_access_mails()
        self.assertEqual(len(self._get_mails()), 1)

    def test_it_waits_for_the_last_step(self):
        self._deploy(self.project, certificate="pending")
        self.assertFalse(self._get_mails())
        self.project._cron_send_access_mails()
        self.assertFalse(self._get_mails())
        self.host._store_result("status", self._result())
        self.assertEqual(len(self._get_mails()), 1)

    def test_green_staging_is_not_enough(self):
        run = self.project.host_ids.active_run_id
        run._mark_running()
        results = {
            self.staging.fqdn: self._result(),
            self.host.fqdn: self._result(
                ok=False, error=self._error(), health="failed"
            ),
        }
        run._take_status(self._status("failed", results))
        self.assertEqual(self.staging.health, "ok")
        self.assertFalse(self._get_mails())

    def test_a_failure_while_sending_loses_no_result(self):
        mails = self.env.registry["mail.template"]
        with (
            patch.object(mails, "send_mail", side_effect=RuntimeError("broken")),
            mute_logger(
                "odoo.addons.kubernetes_hosting_portal.models.kubernetes_project"
            ),
        ):
            self._deploy(self.project)
        self.assertEqual(self.host.health, "ok")
        self.assertFalse(self.project.access_mail_sent_at)
        self.project._cron_send_access_mails()
        self.assertEqual(len(self._get_mails()), 1)

    def test_it_speaks_the_customers_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.env["ir.module.module"]._load_module_terms(
            ["kubernetes_hosting_portal"], ["de_DE"]
        )
        self.anna.partner_id.lang = "de_DE"
        self._deploy(self.project)
        mail = self._get_mails()
        self.assertEqual(mail.subject, "acme.example.com ist bereit")
        self.assertIn("Passwort anzeigen", str(mail.body))
        self.assertNotIn("Show my password", str(mail.body))

    def test_a_customer_without_a_user_is_invited(self):
        guest = self.env["res.partner"].create(
            {"name": "Guest", "email": "guest@example.com"}
        )
        self.project.partner_id = guest
        self._deploy(self.project)
        body = str(self._get_mails().body)
        self.assertIn("/web/signup?", body)
        self.assertIn("token=", body)

    def test_without_an_address_there_is_no_mail_and_no_flag(self):
        self.anna.partner_id.email = False
        self._deploy(self.project)
        self.assertFalse(self._get_mails())
        self.assertFalse(self.project.access_mail_sent_at)

    def test_the_mail_goes_out_at_once(self):
        cron = self.env.ref("mail.ir_cron_mail_scheduler_action")
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search_count([("cron_id", "=", cron.id)])
        self._deploy(self.project)
        self.assertGreater(triggers.search_count([("cron_id", "=", cron.id)]), before)

    def test_hostings_that_run_before_the_installation_get_none(self):
        self.anna.partner_id.email = False
        self._deploy(self.project)
        post_init_hook(self.env)
        self.anna.partner_id.email = "anna@example.com"
        self.host._store_result("status", self._result())
        self.assertFalse(self._get_mails())

    def _get_mails(self):
        return self.env["mail.message"].search(
            [
                ("model", "=", "kubernetes.project"),
                ("res_id", "=", self.project.id),
                ("message_type", "=", "email_outgoing"),
            ]
        )
