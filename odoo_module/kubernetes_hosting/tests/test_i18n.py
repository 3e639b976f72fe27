import io
from pathlib import Path

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

MODULE = "kubernetes_hosting"
PO = Path(__file__).parents[1] / "i18n" / "de.po"


@tagged("post_install", "-at_install")
class TestI18n(TransactionCase):
    def test_german_is_complete(self):
        german = {
            entry.msgid
            for entry in polib.pofile(str(PO))
            if entry.msgstr and not entry.obsolete and not entry.fuzzy
        }
        terms = [entry for entry in self._export() if self._is_own(entry)]
        self.assertGreater(len(terms), 350)
        missing = [term.msgid for term in terms if term.msgid not in german]
        self.assertFalse(missing)

    def _export(self):
        buffer = io.BytesIO()
        trans_export(None, [MODULE], buffer, "po", self.env)
        return polib.pofile(buffer.getvalue().decode())

    def _is_own(self, entry):
        """Leave out fields that other modules add to what our models inherit."""
        return any(self._is_own_place(place) for place, _line in entry.occurrences)

    def _is_own_place(self, place):
        prefix = "model:ir.model.fields,"
        if not place.startswith(prefix):
            return True
        xmlid = place.removeprefix(prefix).partition(":")[2]
        record = self.env.ref(xmlid)
        field = self.env[record.model]._fields[record.name]
        return MODULE in field._modules

    def test_german_is_written_as_in_switzerland(self):
        wrong = [entry.msgstr for entry in polib.pofile(str(PO)) if "ß" in entry.msgstr]
        self.assertFalse(wrong)

    def test_placeholders_are_the_same(self):
        for entry in polib.pofile(str(PO)):
            with self.subTest(entry.msgid):
                self.assertEqual(_names(entry.msgid), _names(entry.msgstr))

    def test_german_is_shown(self):
        self.env["res.lang"]._activate_lang("de_DE")
        module = self.env.ref(f"base.module_{MODULE}")
        module._update_translations(["de_DE"])
        german = self.env["kubernetes.project"].with_context(lang="de_DE")
        with self.assertRaisesRegex(Exception, "www ist reserviert"):
            german._normalise_name("www")
        view = self.env.ref(f"{MODULE}.kubernetes_host_view_form")
        arch = view.with_context(lang="de_DE").arch
        self.assertIn("Anwenden", arch)


def _names(text):
    """Return the placeholders of a text, as in %(name)s."""
    return sorted(part.partition(")")[0] for part in text.split("%(")[1:])
