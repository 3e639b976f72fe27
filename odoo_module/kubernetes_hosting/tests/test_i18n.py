from odoo.tests import TransactionCase, tagged

from .german import GermanMixin


@tagged("post_install", "-at_install")
class TestGerman(GermanMixin, TransactionCase):
    module = "kubernetes_hosting"
    minimum_terms = 350

    def test_german_is_shown(self):
        self.env["res.lang"]._activate_lang("de_DE")
        module = self.env.ref(f"base.module_{self.module}")
        module._update_translations(["de_DE"])
        german = self.env["kubernetes.project"].with_context(lang="de_DE")
        with self.assertRaisesRegex(Exception, "www ist reserviert"):
            german._normalise_name("www")
        view = self.env.ref(f"{self.module}.kubernetes_host_view_form")
        arch = view.with_context(lang="de_DE").arch
        self.assertIn("Anwenden", arch)
