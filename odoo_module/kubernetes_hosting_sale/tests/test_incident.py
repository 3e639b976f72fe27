from unittest.mock import patch

from odoo.tools import mute_logger

from .common import HostingSaleCase

INCIDENT = "odoo.addons.kubernetes_hosting_sale.models.kubernetes_project_incident"


class TestIncident(HostingSaleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        operators = cls.env.ref("kubernetes_hosting.group_operator")
        cls.env["res.users"].search(
            [("group_ids", "in", operators.all_implied_by_ids.ids)]
        ).partner_id.email = False
        cls.oscar = cls._create_user("operator", email="oscar@example.com")
        cls.order = cls._create_order("acme")
        cls.order.action_confirm()
        cls.project = cls.order.order_line.hosting_project_id
        cls.host, cls.other = cls.project.host_ids
        cls.bad = cls._result(ok=False, error=cls._error(), health="failed")

    def test_operators_hear_of_it_and_the_customer_does_not(self):
        self._fail()
        mail = self._get_mails()
        sent = self.env["mail.mail"].search([("mail_message_id", "=", mail.id)])
        self.assertEqual(sent.recipient_ids, self.oscar.partner_id)
        self.assertFalse(sent.email_to or sent.email_cc)
        self.assertEqual(mail.subject, f"acme: {self.host.fqdn} needs a hand")
        body = str(mail.body)
        self.assertIn("Pod web-0 is &lt;b&gt;not&lt;/b&gt; ready.", body)
        self.assertIn(f"/odoo/kubernetes-projects/{self.project.id}", body)

    def test_once_until_all_is_green_again(self):
        self._fail()
        for _attempt in range(2):
            self.host.action_apply()
            self._finish(self.host.active_run_id, self.host, self.bad)
        self.other._store_result("status", self.bad)
        self.assertEqual(len(self._get_mails()), 1)
        for host in self.project.host_ids:
            host._store_result("apply", self._result())
        self.assertFalse(self.project.incident_at)
        self.host._store_result("status", self.bad)
        self.assertEqual(len(self._get_mails()), 2)

    def test_both_hosts_of_a_run_are_one_incident(self):
        run = self.project.host_ids.active_run_id
        self._finish(run, self.project.host_ids, self.bad)
        self.assertEqual(len(self._get_mails()), 1)

    def test_a_run_that_was_lost_is_reported_when_nobody_tries_again(self):
        run = self.project.host_ids.active_run_id
        run._mark_running()
        for _attempt in range(4):
            run._retry_or_lose(None)
            self.assertFalse(self._get_mails(), "it is tried again")
            run._mark_running()
        run._retry_or_lose(None)
        self.assertEqual(len(self._get_mails()), 1)

    def test_still_pending_after_half_an_hour_is_a_failure(self):
        run = self.project.host_ids.active_run_id
        pending = self._result(certificate="pending")
        self._finish(run, self.project.host_ids, pending)
        self.assertFalse(self._get_mails())
        self.host.sudo().pending_since = "2020-01-01 00:00:00"
        self.host._store_result("status", pending)
        self.assertEqual(len(self._get_mails()), 1)

    def test_cancelled_by_hand_is_no_failure(self):
        run = self.project.host_ids.active_run_id
        run._cancel()
        self.assertFalse(self._get_mails())

    def test_an_address_of_the_settings_gets_it_instead(self):
        self.project.company_id.hosting_failure_email = "ops@example.com"
        self._fail()
        mail = self.env["mail.mail"].search(
            [("model", "=", self.project._name), ("res_id", "=", self.project.id)]
        )
        self.assertEqual(mail.email_to, "ops@example.com")
        self.assertFalse(mail.recipient_ids)

    def test_each_in_his_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.env["ir.module.module"]._load_module_terms(
            ["kubernetes_hosting_sale"], ["de_DE"]
        )
        self.oscar.lang = "de_DE"
        self._create_user("operator", email="olga@example.com", lang="en_US", login="o")
        self._fail()
        subjects = set(self._get_mails().mapped("subject"))
        self.assertEqual(
            subjects,
            {
                f"acme: {self.host.fqdn} needs a hand",
                f"acme: {self.host.fqdn} braucht Hilfe",
            },
        )

    def test_hosts_that_nobody_bought_send_nothing(self):
        own = self._create_host("bravo")
        self._finish(own.active_run_id, own, self.bad)
        self.assertFalse(self._get_mails(own.project_id))

    def test_a_mail_that_fails_loses_no_result(self):
        mails = self.env.registry["mail.template"]
        with (
            patch.object(mails, "send_mail", side_effect=RuntimeError("broken")),
            mute_logger(INCIDENT),
        ):
            self._fail()
        self.assertEqual(self.host.health, "failed")
        self.assertFalse(self.project.incident_at)
        self.host._store_result("status", self.bad)
        self.assertEqual(len(self._get_mails()), 1)

    def _fail(self):
        """Let the deployment of one host fail, the other's be fine."""
        run = self.project.host_ids.active_run_id
        run._mark_running()
        results = {self.host.fqdn: self.bad, self.other.fqdn: self._result()}
        run._take_status(self._status("failed", results))

    def _get_mails(self, project=None):
        project = project or self.project
        return self.env["mail.message"].search(
            [
                ("model", "=", "kubernetes.project"),
                ("res_id", "=", project.id),
                ("message_type", "=", "email_outgoing"),
                # Of the portal's addon, which may be installed.
                ("subject", "not like", "% is ready"),
            ]
        )
