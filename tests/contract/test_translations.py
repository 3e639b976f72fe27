"""German is loaded as a whole or not at all: one entry that names no module breaks it."""

import re

import polib
import pytest

from tests.lab.paths import CHECKOUT

FILES = sorted(CHECKOUT.glob("odoo_module/*/i18n/*.po"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parts[-3])
def test_each_entry_names_its_module(path):
    """As Odoo reads it, also after a merge."""
    entries = [entry for entry in polib.pofile(str(path)) if not entry.obsolete]
    unnamed = [e.msgid for e in entries if not re.match(r"modules?: \w+", e.comment)]
    assert len(entries) > 15 and unnamed == []
    assert len({entry.msgid for entry in entries}) == len(entries)
