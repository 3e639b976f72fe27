"""The README's table of rights says what the addon's own table says, button by button."""

import re
from importlib.util import module_from_spec, spec_from_file_location

import pytest
from lxml import etree

from tests.lab.paths import CHECKOUT

ADDON = CHECKOUT / "odoo_module/kubernetes_hosting"
GROUPS = ["user", "operator", "administrator"]
# Buttons whose label counts hosts: how the table calls them.
COUNTING = {"action_approve": "Approve", "action_make_current": "Roll back"}
# What only opens something else, or stands in dialogs.
OPENS = re.compile(r"action_(view_|open)")


def rights() -> dict[str, dict[str, str]]:
    """Return model → method → smallest group, as the addon's own tests have it."""
    spec = spec_from_file_location("rights", ADDON / "tests/rights.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.METHODS


def labels() -> dict[tuple[str, str], set[str]]:
    """Return (model, label) → methods of the buttons in forms, lists and menus."""
    found: dict[tuple[str, str], set[str]] = {}
    for path in [*ADDON.glob("views/*.xml"), *ADDON.glob("wizards/*.xml")]:
        for record in etree.parse(path).iter("record"):
            for key, method in _buttons(record):
                found.setdefault(key, set()).add(method)
    return found


def _buttons(record):
    own = {field.get("name"): field for field in record.findall("field")}
    if record.get("model") == "ir.actions.server" and "code" in own:
        model = own["model_id"].get("ref", "").rpartition("model_")[2].replace("_", ".")
        for method in re.findall(r"records\.(\w+)\(", own["code"].text or ""):
            yield (model, own["name"].text), method
    if record.get("model") != "ir.ui.view" or "model" not in own:
        return
    for node in record.iter("button", "widget"):
        method = node.get("action") if node.tag == "widget" else node.get("name")
        if node.get("type", "object") == "object" and method:
            label = node.get("string") or COUNTING.get(method)
            yield (own["model"].text, label), method


def table() -> dict[tuple[str, str], str]:
    """Return (model, label) → smallest group, as the README's table has it."""
    text = (CHECKOUT / "README.md").read_text()
    text = text.partition("### Rights")[2].partition("\n## ")[0]
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        subject, colon, _rest = cells[0].partition(":")
        if len(cells) != 4 or not colon or "*" not in cells[0]:
            continue
        if f"kubernetes.{subject}" not in rights():
            continue  # Another addon's: its own tests have them.
        marks = [cell == "✓" for cell in cells[1:]]
        assert marks == sorted(marks) and marks[-1], f"no step by step: {line}"
        for label in re.findall(r"\*([^*]+)\*", cells[0]):
            found[f"kubernetes.{subject}", label] = GROUPS[marks.index(True)]
    return found


TABLE = table()


@pytest.mark.parametrize("key", TABLE, ids=" ".join)
def test_each_button_of_the_table_is_for_the_group_that_it_names(key):
    methods = labels().get(key) or labels().get((f"{key[0]}.version", key[1]))
    assert methods, f"no such button: {key}"
    for method in methods:
        own = rights()[key[0]].get(method) or rights()[f"{key[0]}.version"][method]
        assert own == TABLE[key], method


def test_each_button_with_an_effect_stands_in_the_table():
    told = {(key[0], method) for key in TABLE for method in labels().get(key, ())}
    missing = [
        (model, method)
        for (model, label), methods in labels().items()
        for method in methods
        if label
        and (model, method) not in told
        and method in rights().get(model, {})
        and not OPENS.match(method)
        and model in {key[0] for key in TABLE}
    ]
    assert missing == []
