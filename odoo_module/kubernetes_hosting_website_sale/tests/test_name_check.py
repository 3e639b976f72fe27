from odoo.addons.kubernetes_hosting_website_sale.models import kubernetes_name_check

from .common import HostingShopCase


class TestNameCheck(HostingShopCase):
    """The check while typing: the same verdict as the form, and not too often."""

    def setUp(self):
        super().setUp()
        self.env["kubernetes.name.check"].search([]).unlink()

    def test_it_tells_free_taken_and_invalid_and_reserves_nothing(self):
        self._create_order("acme")
        before = self.projects.search_count([])
        for name, state, words in (
            ("bravo", "free", None),
            (" Bravo", "free", None),
            ("acme", "taken", "acme is taken. Free: acme-ag, my-acme, acme-ch."),
            ("www", "invalid", "www is reserved."),
            ("Müller", "invalid", "Try mueller."),
        ):
            with self.subTest(name):
                verdict = self._check(name)
                self.assertEqual(verdict["state"], state)
                self.assertIn(words or "", verdict["message"] or "")
                expected = self.projects._judge_name(name)
                self.assertEqual(verdict, expected)
        self.assertEqual(self.projects.search_count([]), before)

    def test_ones_own_name_is_free_and_only_for_its_own_line(self):
        self._add_to_cart()
        cart = self._add_to_cart()
        self._post_names("acme", "bravo")
        first, second = cart.order_line
        self.assertEqual(self._check("acme", first.id)["state"], "free")
        self.assertEqual(self._check("acme", second.id)["state"], "taken")
        other = self._create_order("other").order_line
        self.assertEqual(self._check("other", other.id)["state"], "taken")

    def test_twenty_a_minute_for_a_visitor_and_for_an_address(self):
        states = [self._check("bravo")["state"] for _number in range(21)]
        self.assertEqual(states, ["free"] * 20 + ["later"])
        # Another visitor at the same address shares its limit.
        self.authenticate(None, None)
        self.assertEqual(self._check("bravo")["state"], "later")
        self.env.cr.execute("UPDATE kubernetes_name_check SET started = started - 60")
        self.assertEqual(self._check("bravo")["state"], "free")

    def test_who_asks_too_often_can_still_buy(self):
        cart = self._add_to_cart()
        self.env["kubernetes.name.check"]._count(1)
        self.env.cr.execute("UPDATE kubernetes_name_check SET count = 99")
        self._post_names("acme")
        self.assertEqual(cart.order_line.hosting_name, "acme")

    def test_it_never_has_more_rows_than_slots(self):
        checks = self.env["kubernetes.name.check"]
        slots = {checks._get_slot(f"address {number}") for number in range(1000)}
        self.assertGreater(len(slots), 900)
        self.assertTrue(all(0 <= s < kubernetes_name_check.SLOTS for s in slots))
        self.assertEqual([checks._count(7) for _number in range(3)], [1, 2, 3])
        self.assertEqual(checks.search_count([("slot", "=", 7)]), 1)

    def _check(self, name, line_id=None):
        return self.make_jsonrpc_request(
            self._build_url("/shop/project/check"), {"name": name, "line_id": line_id}
        )


class TestWithoutJavaScript(HostingShopCase):
    def test_a_suggestion_is_a_button_of_the_form(self):
        self._create_order("acme")
        cart = self._add_to_cart()
        line = cart.order_line
        page = self._post_names("acme").text
        self.assertIn(f'name="suggested_{line.id}"', page)
        self.assertIn('value="acme-ag"', page)
        answer = self._post_names("acme", **{f"suggested_{line.id}": "acme-ag"})
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(line.hosting_name, "acme-ag")

    def test_the_page_renews_the_reservation(self):
        cart = self._add_to_cart()
        self._post_names("acme")
        project = cart.order_line.hosting_project_id
        project.reserved_until = "2020-01-01"
        self.env.flush_all()
        self.url_open("/shop/project")
        project.invalidate_recordset()
        self.assertGreater(str(project.reserved_until), "2020-01-02")
