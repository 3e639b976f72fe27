from odoo import fields
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.kubernetes_hosting.tests.common import KubernetesCase

from .common import HostingPaymentCase, HostingSaleMixin

PASSWORD = "anna-muster-1"


class TestProgress(HostingPaymentCase):
    """From payment to first log-in: each step says what is."""

    def test_each_step_as_time_goes_by(self):
        order = self._create_order("acme")
        self._assert_steps(order, "unpaid", "waiting waiting waiting waiting waiting")
        payment = self._pay(order, "pending")
        self._assert_steps(order, "running", "running waiting waiting waiting waiting")
        payment._set_done()
        payment._post_process()
        self._assert_steps(order, "running", "done done running waiting waiting")
        hosts = order.order_line.hosting_project_id.host_ids
        run = hosts.active_run_id
        pending = self._result(
            ok=False, certificate="pending", http="pending", health="pending"
        )
        run._mark_running()
        run._take_status(
            self._status("successful", {host.fqdn: pending for host in hosts})
        )
        self._assert_steps(order, "running", "done done done running waiting")
        for host in hosts:
            host._store_result("status", self._result())
        self._assert_steps(order, "ready", "done done done done done")

    def test_the_page_goes_on_until_staging_answers_too(self):
        order = self._create_order("acme")
        order.action_confirm()
        hosts = order.order_line.hosting_project_id.host_ids
        production, staging = hosts.sorted("environment")
        pending = self._result(ok=False, http="pending", health="pending")
        results = {production.fqdn: self._result(), staging.fqdn: pending}
        run = hosts.active_run_id
        run._mark_running()
        run._take_status(self._status("successful", results))
        self._assert_staging(order, "running", False)
        staging._store_result("status", self._result(ok=False, health="failed"))
        self._assert_staging(order, "failed", True)
        staging._store_result("status", self._result())
        self._assert_staging(order, "done", True)

    def _assert_staging(self, order, state, finished):
        progress = self._assert_steps(order, "ready", "done done done done done")
        self.assertEqual([host["state"] for host in progress["hosts"]], ["done", state])
        self.assertEqual(progress["finished"], finished)

    def test_a_failure_is_honest_and_has_a_reference(self):
        order = self._create_order("acme")
        order.action_confirm()
        hosts = order.order_line.hosting_project_id.host_ids
        run = hosts.active_run_id
        self._finish(run, hosts, self._result(ok=False, error=self._error()))
        progress = self._assert_steps(
            order, "failed", "done done failed waiting waiting"
        )
        self.assertEqual(progress["reference"], f"R-{run.id}")

    def test_an_order_that_could_not_be_provided_says_so(self):
        order = self._create_order("acme")
        payment = self._pay(order, "draft")
        order.order_line.hosting_name = False
        payment._set_done()
        with mute_logger("odoo.addons.kubernetes_hosting_sale.models.sale_order"):
            payment._post_process()
        progress = self._assert_steps(
            order, "failed", "done failed waiting waiting waiting"
        )
        self.assertEqual(progress["reference"], order.name)

    def test_a_cancelled_order_says_so(self):
        order = self._create_order("acme")
        order._action_cancel()
        self._assert_steps(order, "failed", "failed waiting waiting waiting waiting")

    def test_the_usual_time_is_that_of_the_last_runs(self):
        order = self._create_order("acme")
        order.action_confirm()
        line = order.order_line
        self.assertEqual(line._get_usual_seconds(self.cluster), 0)
        hosts = line.hosting_project_id.host_ids
        run = hosts.active_run_id
        self._finish(run, hosts)
        run.started_at = fields.Datetime.subtract(run.ended_at, seconds=33)
        self.assertEqual(line._get_usual_seconds(self.cluster), 40)

    def _assert_steps(self, order, state, states):
        [progress] = order._get_hosting_progress()
        found = " ".join(step["state"] for step in progress["steps"])
        self.assertEqual((progress["state"], found), (state, states))
        return progress


@tagged("post_install", "-at_install")
class TestProgressPage(HostingSaleMixin, KubernetesCase, HttpCase):
    """Who sees the progress page, and who may choose another name."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_hosting()
        berta = cls.env["res.partner"].create(
            {"name": "Berta", "email": "berta@example.com"}
        )
        cls.env["res.users"].create(
            [
                {
                    "login": partner.name.split()[0].lower(),
                    "password": PASSWORD,
                    "partner_id": partner.id,
                    "group_ids": [
                        fields.Command.set(cls.env.ref("base.group_portal").ids)
                    ],
                }
                for partner in (cls.anna, berta)
            ]
        )
        cls.order = cls._create_order("acme")

    def test_the_owner_and_who_has_the_link_see_it_and_nobody_else(self):
        self.order.action_confirm()
        path = f"/my/orders/{self.order.id}/hosting"
        link = self.order.get_portal_url(suffix="/hosting")
        self.assertTrue(self.order._get_hosting_progress_link().endswith(link))
        for who, address, status in (
            (None, path, 404),
            (None, f"{path}?access_token=wrong", 404),
            (None, link, 200),
            ("anna", path, 200),
            ("berta", path, 404),
            ("berta", link, 200),
            ("anna", "/my/orders/999999/hosting", 404),
        ):
            with self.subTest(who=who, address=address):
                self.authenticate(who, PASSWORD if who else None)
                answer = self.url_open(address)
                self.assertEqual(answer.status_code, status)
                if status == 200:
                    self.assertIn("acme is being set up", answer.text)
                    self.assertEqual(answer.headers["Cache-Control"], "no-store")
                    self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
                state = self.url_open(address.replace("/hosting", "/hosting/progress"))
                self.assertEqual(state.status_code, status)

    def test_the_page_asks_for_what_it_shows(self):
        self.order.action_confirm()
        link = self.order.get_portal_url(suffix="/hosting/progress")
        self.assertIn(link.replace("&", "&amp;"), self._read())
        answer = self.url_open(link).json()
        self.assertFalse(answer["finished"])
        self.assertIn('data-step="production"', answer["html"])
        hosts = self.order.order_line.hosting_project_id.host_ids
        self._finish(hosts.active_run_id, hosts)
        answer = self.url_open(link).json()
        self.assertTrue(answer["finished"])
        for host in hosts:
            self.assertIn(f'href="{host.url}"', answer["html"])

    def test_nothing_technical_and_nothing_secret(self):
        self.order.action_confirm()
        hosts = self.order.order_line.hosting_project_id.host_ids
        run = hosts.active_run_id
        result = self._result(ok=False, error=self._error())
        result["observed"] = {"logs": ["SECRET-CANARY"]}
        self._finish(run, hosts, result)
        page = self._read()
        self.assertIn("Something needs our hands", page)
        self.assertIn(f"R-{run.id}", page)
        for word in ("SECRET-CANARY", "Pod/host-acme", "web-0", "not_ready", "events"):
            self.assertNotIn(word, page)

    def test_an_order_without_a_hosting_has_no_such_page(self):
        chair = self.env["product.product"].create({"name": "Chair"})
        order = self._create_order(
            order_line=[fields.Command.create({"product_id": chair.id})]
        )
        address = order.get_portal_url(suffix="/hosting")
        self.assertEqual(self.url_open(address).status_code, 404)

    # === ANOTHER NAME === #

    def test_a_conflict_is_told_by_mail_and_solved_by_the_customer(self):
        project = self._lose_name()
        [mail] = self.env["mail.mail"].search(
            [("model", "=", "kubernetes.project"), ("res_id", "=", project.id)]
        )
        self.assertIn("Please choose another name than acme", mail.subject)
        path = f"/my/orders/{self.order.id}/hosting/name"
        self.assertIn(path, mail.body_html)
        page = self._read()
        self.assertIn("Nothing is lost", page)
        self.assertIn(path, page)
        self.authenticate("anna", PASSWORD)
        page = self.url_open(path).text
        self.assertIn("got taken before your payment arrived", page)
        self.assertIn("acme-ag", page)
        self.assertIn("acme is taken", self._choose("acme").text)
        self.assertIn("www is reserved", self._choose("www").text)
        self.assertEqual(project.state, "name_conflict")
        answer = self._choose("Acme-AG")
        self.assertEqual(answer.status_code, 303)
        self.assertEqual((project.name, project.state), ("acme-ag", "active"))
        self._assert_provided_once(self.order)
        run = project.host_ids.active_run_id
        self.assertEqual(run.user_id, self.env.ref("kubernetes_hosting.user_bot"))
        # Pressed twice, or back in the browser: the name stays.
        self.assertEqual(self._choose("another").status_code, 303)
        self.assertEqual(project.name, "acme-ag")

    def test_only_the_owner_chooses_another_name(self):
        project = self._lose_name()
        link = self.order.get_portal_url(suffix="/hosting/name")
        self.authenticate(None, None)
        answer = self.url_open(link, allow_redirects=False)
        self.assertIn("/web/login", answer.headers["Location"])
        self.authenticate("berta", PASSWORD)
        self.assertEqual(self.url_open(link).status_code, 404)
        self.assertEqual(self._choose("bravo").status_code, 404)
        self.authenticate("anna", PASSWORD)
        with mute_logger("odoo.http"):
            self.assertEqual(self._choose("bravo", "wrong").status_code, 400)
        self.assertEqual((project.name, project.state), ("acme", "name_conflict"))

    def _lose_name(self):
        """Let somebody else take the order's name before it is confirmed."""
        line = self.order.order_line
        line.hosting_project_id._release()
        self._create_project("acme")
        line.invalidate_recordset()
        self.order._provide_hostings()
        self.assertFalse(line.hosting_provided)
        # A salesperson's confirmation would ask for a name; a payment does not.
        self.order.write({"state": "sale"})
        self.order._provide_hostings()
        project = line.hosting_project_id
        self.assertEqual(project.state, "name_conflict")
        return project

    def _read(self):
        link = self.order.get_portal_url(suffix="/hosting")
        return self.url_open(link).text.replace("<!-- -->", "")

    def _choose(self, name, token=None):
        data = {
            f"name_{self.order.order_line.id}": name,
            "csrf_token": token or Request.csrf_token(self),
        }
        path = f"/my/orders/{self.order.id}/hosting/name"
        return self.url_open(path, data=data, allow_redirects=False)
