from odoo.exceptions import ValidationError
from odoo.tests import Form

from .common import HostingSaleCase


class TestProduct(HostingSaleCase):
    def test_a_hosting_without_one_of_its_parts_is_refused(self):
        missing = {
            "type": ("consu", "product type"),
            "subscribable": (False, "subscription template"),
            "subscription_template_id": (False, "subscription template"),
            "hosting_cluster_id": (False, "cluster"),
            "hosting_manifest_ids": (False, "manifests"),
        }
        for field, (value, word) in missing.items():
            with self.subTest(field), self.assertRaisesRegex(ValidationError, word):
                self._create_hosting_product("Broken", **{field: value})

    def test_other_products_need_none_of_it(self):
        product = self.env["product.product"].create({"name": "Chair"})
        self.assertFalse(product.is_hosting)

    def test_switching_it_on_fills_what_is_the_same_for_all(self):
        with Form(self.env["product.template"]) as form:
            form.name = "New"
            form.is_hosting = True
            self.assertEqual(form.type, "service")
            self.assertEqual(form.hosting_cluster_id, self.cluster)
            form.subscription_template_id = self.template
            form.hosting_manifest_ids.add(self.manifest)
        self.assertTrue(form.record.subscribable)

    def test_a_parameter_has_its_type(self):
        with self.assertRaisesRegex(ValidationError, "web_workers"):
            self.hosting.hosting_parameter_ids.value = "many"
        with self.assertRaisesRegex(ValidationError, "hosting_state"):
            self.hosting.hosting_parameter_ids.name = "hosting_state"
