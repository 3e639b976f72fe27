"""What every addon of this family promises of its German translation."""

import io
from pathlib import Path

import polib

from odoo.tools.translate import trans_export


class GermanMixin:
    """Whether an addon's German is complete; a subclass names the addon."""

    module = None
    minimum_terms = 15
    # Odoo warns of tests that a class inherits, unless it says so.
    allow_inherited_tests_method = True

    def test_german_is_complete(self):
        """Odoo translates a term only at the places that its entry names."""
        german = {
            (entry.msgid, place)
            for entry in self._read_po()
            for place, _line in entry.occurrences
            if entry.msgstr
        }
        buffer = io.BytesIO()
        trans_export(None, [self.module], buffer, "po", self.env)
        terms = {
            (term.msgid, place)
            for term in polib.pofile(buffer.getvalue().decode())
            for place, _line in term.occurrences
            if self._is_own(place)
        }
        self.assertGreater(len({term for term, _place in terms}), self.minimum_terms)
        self.assertEqual(sorted(terms - german), [])

    def test_german_is_written_as_in_switzerland(self):
        self.assertEqual([e.msgstr for e in self._read_po() if "ß" in e.msgstr], [])

    def test_each_term_of_code_says_where_it_is_read(self):
        """Odoo gives the browser, and Python, only the terms that are marked for it."""
        for mark, place in (("odoo-javascript", "/static/"), ("odoo-python", ".py")):
            missing = [
                entry.msgid
                for entry in self._read_po()
                if any(place in path for path, _line in entry.occurrences)
                and mark not in entry.comment
            ]
            self.assertEqual(missing, [], mark)

    def test_placeholders_are_the_same(self):
        for entry in self._read_po():
            with self.subTest(entry.msgid):
                self.assertEqual(_names(entry.msgid), _names(entry.msgstr))

    def _read_po(self):
        addons = Path(__file__).parents[2]
        return polib.pofile(str(addons / self.module / "i18n" / "de.po"))

    def _is_own(self, place):
        """Leave out what other modules add by models that inherit from ours."""
        kind, _comma, name = place.partition(",")
        if kind == "model:ir.model.fields":
            record = self.env.ref(name.partition(":")[2])
            return self.module in self.env[record.model]._fields[record.name]._modules
        if kind == "model:ir.model.fields.selection":
            record = self.env.ref(name.partition(":")[2]).field_id
            added_by = self.env[record.model]._original_module
            return not added_by.startswith(f"{self.module}_")
        return True


def _names(text):
    """Return the placeholders of a text, as in %(name)s."""
    return sorted(part.partition(")")[0] for part in text.split("%(")[1:])
