import importlib

from odoo import fields
from odoo.tests import tagged

from .common import KubernetesCase
from .rights import METHODS
from .rights_matrix import RightsMatrixMixin


@tagged("post_install", "-at_install")
class TestRightsMatrix(RightsMatrixMixin, KubernetesCase):
    addon = "kubernetes_hosting"
    methods = METHODS
    arguments = {"kubernetes.backup.take_download": [1]}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["kubernetes.update.schedule"].create({"name": "Night"})
        now = fields.Datetime.now()
        cls.env["kubernetes.backup"].sudo().create(
            {"name": "one", "host_id": cls.host.id, "created_at": now}
        )

    def test_every_addon_of_the_family_has_its_table(self):
        family = [("name", "=like", "kubernetes_hosting%"), ("state", "=", "installed")]
        for addon in self.env["ir.module.module"].search(family).mapped("name"):
            found = self._find_methods(addon)
            if found:
                table = importlib.import_module(f"odoo.addons.{addon}.tests.rights")
                with self.subTest(addon=addon):
                    self.assertEqual(
                        {name: set(own) for name, own in table.METHODS.items()}, found
                    )
