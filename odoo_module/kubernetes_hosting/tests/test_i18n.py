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
        buffer = io.BytesIO()
        with_terms = trans_export(None, [MODULE], buffer, "po", self.env)
        self.assertTrue(with_terms)
        template = polib.pofile(buffer.getvalue().decode())
        german = {
            entry.msgid: entry.msgstr
            for entry in polib.pofile(str(PO))
            if entry.msgstr and not entry.obsolete and "fuzzy" not in entry.flags
        }
        self.assertGreater(len(template), 200)
        missing = [entry.msgid for entry in template if entry.msgid not in german]
        self.assertFalse(missing)

    def test_german_is_written_as_in_switzerland(self):
        wrong = [entry.msgstr for entry in polib.pofile(str(PO)) if "ß" in entry.msgstr]
        self.assertFalse(wrong)

    def test_placeholders_are_the_same(self):
        for entry in polib.pofile(str(PO)):
            with self.subTest(entry.msgid):
                self.assertEqual(_names(entry.msgid), _names(entry.msgstr))


def _names(text):
    """Return the placeholders of a text, as in %(name)s."""
    return sorted(part.partition(")")[0] for part in text.split("%(")[1:])
