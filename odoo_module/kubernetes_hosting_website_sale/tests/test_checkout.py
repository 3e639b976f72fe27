from odoo import fields
from odoo.tools import mute_logger

from .common import HostingShopCase


class TestCheckout(HostingShopCase):
    def test_the_step_stands_between_address_and_payment(self):
        self._add_to_cart()
        page = self.url_open("/shop/checkout?try_skip_step=true")
        self.assertTrue(page.url.endswith("/shop/project"), page.url)
        self.assertIn("It becomes the subdomain of your hosting", page.text)
        self.assertIn("-stag.", page.text)
        self.assertIn(".example.com", page.text.replace("<!-- -->", ""))

    def test_a_good_name_is_reserved_and_leads_on(self):
        cart = self._add_to_cart()
        answer = self._post_names(" Acme ")
        self.assertEqual(answer.status_code, 303)
        self.assertTrue(answer.headers["Location"].endswith("/shop/payment"))
        self.assertEqual(cart.order_line.hosting_name, "acme")
        self.assertEqual(cart.order_line.hosting_project_id.state, "reserved")
        self.assertEqual(self.url_open("/shop/payment").status_code, 200)
        page = self.url_open("/shop/project")
        self.assertIn("Free, reserved for you for 30 minutes", page.text)

    def test_a_bad_name_stays_on_the_page_with_its_reason(self):
        cart = self._add_to_cart()
        for name, reason in {
            "": "Enter a name",
            "www": "reserved",
            "Müller": "Umlauts",
            "a": "at least 3",
            "<script>alert(1)</script>": "letters, digits",
        }.items():
            with self.subTest(name):
                answer = self._post_names(name)
                self.assertEqual(answer.status_code, 200)
                self.assertIn(reason, answer.text)
                self.assertNotIn("<script>alert(1)", answer.text)
                self.assertFalse(cart.order_line.hosting_name)

    def test_a_taken_name_says_so(self):
        self._create_order("acme")
        self._add_to_cart()
        self.assertIn("acme is taken", self._post_names("acme").text)

    def test_each_hosting_of_a_cart_gets_its_name(self):
        self._add_to_cart()
        cart = self._add_to_cart()
        self.assertIn("taken", self._post_names("acme", "acme").text)
        self.assertEqual(self._post_names("acme", "bravo").status_code, 303)
        self.assertEqual(cart.order_line.mapped("hosting_name"), ["acme", "bravo"])

    def test_the_form_needs_a_token_of_this_session(self):
        cart = self._add_to_cart()
        with mute_logger("odoo.http"):
            answer = self._post_names("acme", csrf_token="wrong")
        self.assertEqual(answer.status_code, 400)
        self.assertFalse(cart.order_line.hosting_name)

    def test_without_a_hosting_there_is_no_step(self):
        self._add_to_cart(self.chair)
        self.assertEqual(self._get("/shop/project"), (303, "/shop/payment"))
        self.assertEqual(self._get("/shop/payment")[0], 200)

    def test_visitors_log_in_first(self):
        self.authenticate(None, None)
        self._add_to_cart()
        for path in ("/shop/checkout", "/shop/project", "/shop/payment"):
            with self.subTest(path):
                self.assertEqual(self._get(path), (303, "/web/login"))

    def test_visitors_buy_other_things_without_an_account(self):
        self.authenticate(None, None)
        self._add_to_cart(self.chair)
        self.assertEqual(self._get("/shop/checkout"), (303, "/shop/address"))

    def test_the_confirmation_shows_how_far_it_is(self):
        cart = self._add_to_cart()
        self._post_names("acme")
        self.url_open("/shop/checkout")
        cart.action_confirm()
        page = self.url_open("/shop/confirmation").text
        self.assertIn("acme is being set up", page.replace("<!-- -->", ""))
        link = cart.get_portal_url(suffix="/hosting")
        self.assertIn(f'href="{link}"', page.replace("&amp;", "&"))
        hosts = cart.order_line.hosting_project_id.host_ids
        self._finish(hosts.active_run_id, hosts)
        page = self.url_open("/shop/confirmation").text
        for host in hosts:
            self.assertIn(f'href="{host.url}"', page)

    def test_the_page_speaks_german(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.website.language_ids = [
            fields.Command.link(self.env.ref("base.lang_de").id)
        ]
        self.env["ir.module.module"]._load_module_terms(
            ["kubernetes_hosting_website_sale"], ["de_DE"]
        )
        self._add_to_cart()
        page = self.url_open("/de/shop/project").text
        self.assertTrue("Geben Sie Ihrem Projekt einen Namen" in page)
        self.assertFalse("Name your project" in page)
