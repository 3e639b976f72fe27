from odoo.tests import TransactionCase, tagged

from odoo.addons.kubernetes_hosting_sale.tests.test_i18n import GermanMixin


@tagged("post_install", "-at_install")
class TestGerman(GermanMixin, TransactionCase):
    module = "kubernetes_hosting_website_sale"
    allow_inherited_tests_method = True
