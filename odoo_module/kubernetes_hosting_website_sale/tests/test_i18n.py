from odoo.tests import TransactionCase, tagged

from odoo.addons.kubernetes_hosting.tests.german import GermanMixin


@tagged("post_install", "-at_install")
class TestGerman(GermanMixin, TransactionCase):
    module = "kubernetes_hosting_website_sale"
