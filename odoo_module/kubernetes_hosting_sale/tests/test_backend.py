from odoo.exceptions import AccessError
from odoo.tests import Form

from .common import HostingSaleCase


class TestBackend(HostingSaleCase):
    """Hostings that are made in the backend, without an order."""

    def test_a_project_takes_what_its_product_says(self):
        self.hosting.hosting_parameter_ids = [
            (0, 0, {"name": "web_greeting", "value": "hello"})
        ]
        with Form(self.env["kubernetes.project"]) as form:
            form.name = "backend"
            form.product_id = self.hosting
        project = form.record
        self.assertEqual(project.cluster_id, self.cluster)
        self.assertEqual(project.manifest_ids, self.hosting.hosting_manifest_ids)
        project.action_create_hosts()
        self.assertEqual(len(project.host_ids), 2)
        values = {
            parameter.name: parameter.value
            for parameter in project.host_ids[0].parameter_ids
        }
        self.assertEqual(values["web_greeting"], "hello")

    def test_a_manifest_knows_the_products_that_sell_it(self):
        self.assertEqual(self.manifest.product_count, 1)
        action = self.manifest.action_view_products()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found, self.hosting.product_tmpl_id)
        self.hosting.is_hosting = False
        self.manifest.invalidate_recordset(["product_count"])
        self.assertEqual(self.manifest.product_count, 0)

    def test_strangers_learn_no_products(self):
        user = self.env["res.users"].create({"name": "x", "login": "stranger"})
        with self.assertRaises(AccessError):
            self.manifest.with_user(user).action_view_products()
