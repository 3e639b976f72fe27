from odoo.tools import mute_logger

from .life import LifeCase


class TestLifeMail(LifeCase):
    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang("de_DE")
        self.env["ir.module.module"]._load_module_terms(
            ["kubernetes_hosting_sale"], ["de_DE"]
        )

    def test_a_reminder_names_amount_day_and_pay_page(self):
        invoice = self._invoice("2031-01-10")
        self._go_to("2031-01-13")
        body = self._get_body("Please pay")
        self.assertIn(invoice.name, body)
        self.assertIn(f"{invoice.amount_residual:.2f}", body)
        self.assertIn("01/10/2031", body)
        self.assertIn("suspended on 01/27/2031", body)
        link = f"/my/invoices/{invoice.id}?access_token={invoice.access_token}"
        self.assertIn(link, body.replace("&amp;", "&"))

    def test_the_suspension_has_the_pay_link_only_in_arrears(self):
        self.subscription.action_pause()
        self.assertNotIn("Pay now", self._get_body("is suspended"))
        self.assertIn("paused", self._get_body("is suspended"))

    def test_all_of_them_in_german(self):
        self.anna.lang = "de_DE"
        invoice = self._invoice("2031-01-10")
        for day in ("2031-01-13", "2031-01-20", "2031-01-27"):
            self._go_to(day)
        self._pay_invoice(invoice)
        self._follow()
        self._finish_runs(self.project)
        self._close()
        self.project.write({"state": "terminating"})
        self.project.write({"state": "resting"})
        self.assertEqual(
            self._get_mails(),
            [
                "Bitte bezahlen Sie acme.example.com",
                "acme.example.com wird am 27.01.2031 gesperrt",
                "acme.example.com ist gesperrt",
                "acme.example.com läuft wieder",
                "acme.example.com: Löschung am 12.03.2031",
                "acme.example.com ist gelöscht",
            ],
        )
        for subject in self._get_mails():
            body = self._get_body(subject)
            for english in ("Hello", "Your hosting", "Questions", "Thank"):
                self.assertNotIn(english, body)
            self.assertIn("Guten Tag", body)

    def test_an_order_with_a_hosting_says_where_to_look(self):
        order = self._create_order("bravo")
        template = order._get_confirmation_template()
        self.assertEqual(
            template,
            self.env.ref("kubernetes_hosting_sale.mail_template_order_received"),
        )
        body = template._render_field("body_html", order.ids)[order.id]
        self.assertIn(order._get_hosting_progress_link(), body.replace("&amp;", "&"))
        self.assertIn("bravo", body)
        self.anna.lang = "de_DE"
        body = template._render_field("body_html", order.ids, compute_lang=True)
        self.assertIn("eingerichtet", body[order.id])

    def test_the_confirmation_is_sent_once(self):
        self.env["ir.config_parameter"].set_param("sale.async_emails", "True")
        order = self._create_order("bravo")
        order.with_context(mail_notify_author=True).action_confirm()
        order._send_order_confirmation_mail()
        with mute_logger("odoo.addons.base.models.ir_actions_report"):
            self.env["sale.order"]._cron_send_pending_emails()
            self.env["sale.order"]._cron_send_pending_emails()
        mails = order.message_ids.filtered(
            lambda message: message.subject == f"Your order {order.name}"
        )
        self.assertEqual(len(mails), 1)

    def test_other_orders_have_their_own_confirmation(self):
        chair = self.env["product.product"].create({"name": "Chair"})
        order = self._create_order()
        order.order_line = [(0, 0, {"product_id": chair.id})]
        self.assertNotEqual(
            order._get_confirmation_template(),
            self.env.ref("kubernetes_hosting_sale.mail_template_order_received"),
        )

    def _get_body(self, subject):
        mail = self.env["mail.message"].search(
            [
                ("model", "=", "kubernetes.project"),
                ("res_id", "=", self.project.id),
                ("subject", "ilike", subject),
            ]
        )
        self.assertEqual(len(mail), 1)
        return str(mail.body)
